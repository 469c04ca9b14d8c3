"""Numbers: plain, money in Rial, percent, yes or no, rating, duration."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from attrs import frozen

from config.persian.digits import in_script, to_ascii
from config.persian.durations import read_duration, show_duration
from config.persian.money import RIAL, TOMAN, read_money, show_money
from config.persian.numbers import show_number
from config.translations import _, translate
from crm.fields.kind import ORDERED, Kind, Reading, Showing, ValueRefused, clean, nothing

LARGEST_WHOLE = 2**53 - 1
"""What JSON readers everywhere keep exactly."""

YES = frozenset({"1", "true", "yes", "on", "y", "بله", "بلی", "آری", "دارد", "هست", "✓"})
NO = frozenset({"0", "false", "no", "off", "n", "خیر", "نه", "ندارد", "نیست", "✗"})


@frozen(kw_only=True)
class Number(Kind):
    """A number with `places` decimals (0: whole), from `low` to `high`."""

    code: ClassVar[str] = "number"
    title: ClassVar[str] = _("Numeric value")
    widget: ClassVar[str] = "number"
    operators: ClassVar[tuple[str, ...]] = ORDERED
    numeric: ClassVar[bool] = True
    storage: ClassVar[str] = "real"
    places: int = 0
    low: float = -1e15
    high: float = 1e15
    unit: str = ""

    def column_type(self) -> Any:
        from sqlalchemy import BigInteger, Float

        return Float() if self.places else BigInteger()

    def read(self, raw: Any, reading: Reading) -> float | int | None:
        if nothing(raw):
            return None
        value = _number(raw, self._expected())
        if not self.low <= value <= self.high:
            raise ValueRefused(raw, self._expected(), low=_plain(self.low), high=_plain(self.high))
        if not self.places and value != int(value):
            raise ValueRefused(raw, _("a whole number"))
        return round(value, self.places) if self.places else int(value)

    def _expected(self) -> str:
        return _("a number from {low} to {high}") if self.low > -1e15 or self.high < 1e15 else _("a number")

    def show(self, value: Any, showing: Showing) -> str:
        if value is None:
            return ""
        text = f"{value:,.{self.places}f}" if self.places else f"{value:,}"
        text = in_script(text.replace(",", "٬").replace(".", "٫") if showing.language == "fa" else text, showing.language)
        return f"{text} {translate(showing.language, self.unit)}" if self.unit else text

    def typed(self, value: Any, showing: Showing) -> str:
        return "" if value is None else f"{value:.{self.places}f}".rstrip("0").rstrip(".") if self.places else str(value)

    def cell(self, value: Any, showing: Showing) -> Any:
        return value

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.low, "maximum": self.high} if self.low > -1e15 or self.high < 1e15 else {}
        return {"type": "number" if self.places else "integer", **bounds}


@frozen(kw_only=True)
class Money(Kind):
    """An amount in whole Rials; typed and shown in Toman as well."""

    code: ClassVar[str] = "money"
    title: ClassVar[str] = _("Amount of money")
    widget: ClassVar[str] = "money"
    operators: ClassVar[tuple[str, ...]] = ORDERED
    numeric: ClassVar[bool] = True
    storage: ClassVar[str] = "integer"

    def column_type(self) -> Any:
        from sqlalchemy import BigInteger

        return BigInteger()

    def read(self, raw: Any, reading: Reading) -> int | None:
        if nothing(raw):
            return None
        value = raw if isinstance(raw, int) and not isinstance(raw, bool) else read_money(clean(raw, 80))
        if value is None or abs(value) > LARGEST_WHOLE:
            raise ValueRefused(raw, _("an amount in Rial such as 12,500,000, or “1.2 million Toman”"))
        return int(value)

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else show_money(value, showing.language, TOMAN if showing.toman else RIAL)

    def cell(self, value: Any, showing: Showing) -> Any:
        return value

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "description": "Rial", "minimum": -LARGEST_WHOLE, "maximum": LARGEST_WHOLE}


@frozen(kw_only=True)
class Percent(Number):
    """A percentage, 0 to 100 unless said otherwise."""

    code: ClassVar[str] = "percent"
    title: ClassVar[str] = _("Percent")
    places: int = 2
    low: float = 0
    high: float = 100

    def read(self, raw: Any, reading: Reading) -> float | int | None:
        return super().read(raw.replace("%", "").replace("٪", "") if isinstance(raw, str) else raw, reading)

    def show(self, value: Any, showing: Showing) -> str:
        return (
            "" if value is None else show_number(round(value, self.places), showing.language) + ("٪" if showing.language == "fa" else "%")
        )


@frozen(kw_only=True)
class YesNo(Kind):
    """Yes or no; never nothing."""

    code: ClassVar[str] = "yes_no"
    title: ClassVar[str] = _("Yes or no")
    storage: ClassVar[str] = "boolean"
    widget: ClassVar[str] = "yes_no"
    operators: ClassVar[tuple[str, ...]] = ("=", "!=")

    def read(self, raw: Any, reading: Reading) -> bool:
        if isinstance(raw, bool) or nothing(raw):
            return bool(raw)
        word = to_ascii(str(raw)).strip().lower()
        if word in YES:
            return True
        if word in NO:
            return False
        raise ValueRefused(raw, _("yes or no"))

    def show(self, value: Any, showing: Showing) -> str:
        return translate(showing.language, _("Yes") if value else _("No"))

    def typed(self, value: Any, showing: Showing) -> str:
        return "1" if value else ""

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@frozen(kw_only=True)
class Rating(Number):
    """Stars, 1 to `high`."""

    code: ClassVar[str] = "rating"
    title: ClassVar[str] = _("Rating in stars")
    widget: ClassVar[str] = "rating"
    low: float = 1
    high: float = 5

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else "★" * int(value) + "☆" * (int(self.high) - int(value))

    def read(self, raw: Any, reading: Reading) -> float | int | None:
        stars = raw.count("★") if isinstance(raw, str) and "★" in raw else raw
        return super().read(stars, reading)


@frozen(kw_only=True)
class Duration(Kind):
    """A length of time, in seconds."""

    code: ClassVar[str] = "duration"
    title: ClassVar[str] = _("Duration")
    storage: ClassVar[str] = "integer"
    operators: ClassVar[tuple[str, ...]] = ORDERED
    numeric: ClassVar[bool] = True
    widget: ClassVar[str] = "duration"

    def read(self, raw: Any, reading: Reading) -> int | None:
        if nothing(raw):
            return None
        value = raw if isinstance(raw, int) and not isinstance(raw, bool) else read_duration(clean(raw, 60))
        if value is None or not 0 <= value < 2**31:
            raise ValueRefused(raw, _("a duration such as 1:30 (hours and minutes) or “90 minutes”"))
        return int(value)

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else show_duration(value, showing.language)

    def typed(self, value: Any, showing: Showing) -> str:
        return "" if value is None else f"{value // 3600}:{value // 60 % 60:02}" + (f":{value % 60:02}" if value % 60 else "")

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "description": "seconds"}


def _number(raw: Any, expected: str) -> float | int:
    if isinstance(raw, bool):
        raise ValueRefused(raw, expected, low="", high="")
    if isinstance(raw, int):
        return raw
    text = (
        to_ascii(str(raw)).strip().replace("٬", "").replace("،", "").replace(",", "").replace(" ", "").replace("٫", ".").replace("−", "-")
    )
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or abs(value) > LARGEST_WHOLE or "_" in text:
        raise ValueRefused(raw, _("a number"))
    return int(value) if value == int(value) and "." not in text and "e" not in text.lower() else value


def _plain(bound: float) -> str:
    return f"{bound:g}"
