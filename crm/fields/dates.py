"""Dates, moments and times of day: typed in Jalali or Gregorian or in words, kept as ISO text or UTC epoch seconds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from attrs import frozen

from config.persian.dates import read_date, read_moment, read_time, show_date, show_moment
from config.persian.digits import in_script
from config.translations import _
from crm.fields.kind import ORDERED, Kind, Reading, Showing, ValueRefused, clean, nothing

EARLIEST, LATEST = date(1800, 1, 1), date(2200, 1, 1)


@frozen(kw_only=True)
class Date(Kind):
    """A day, as "2026-01-31"."""

    code: ClassVar[str] = "date"
    title: ClassVar[str] = _("Date")
    widget: ClassVar[str] = "date"
    operators: ClassVar[tuple[str, ...]] = (*ORDERED, "yearly")

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        value = (
            raw.date()
            if isinstance(raw, datetime)
            else raw
            if isinstance(raw, date)
            else read_date(clean(raw, 60), reading.today, reading.language)
        )
        if value is None or not EARLIEST <= value < LATEST:
            raise ValueRefused(raw, _("a date such as 1404/02/15, 2025-05-05 or “tomorrow”"))
        return str(value.isoformat())

    def show(self, value: Any, showing: Showing) -> str:
        return show_date(date.fromisoformat(value), showing.language) if value else ""

    def typed(self, value: Any, showing: Showing) -> str:
        return self.show(value, showing)

    def cell(self, value: Any, showing: Showing) -> Any:
        return date.fromisoformat(value) if value else None

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date"}


@frozen(kw_only=True)
class Moment(Kind):
    """A date with its time, as UTC epoch seconds; typed and shown in the office's time zone."""

    code: ClassVar[str] = "moment"
    title: ClassVar[str] = _("Date and time")
    storage: ClassVar[str] = "real"
    widget: ClassVar[str] = "moment"
    operators: ClassVar[tuple[str, ...]] = ORDERED

    def read(self, raw: Any, reading: Reading) -> float | None:
        if nothing(raw):
            return None
        if isinstance(raw, bool):
            raise ValueRefused(raw, _("a date and time"))
        value = float(raw) if isinstance(raw, int | float) else _stamp(read_moment(_text(raw), reading.now, reading.language))
        if value is None or not -5_364_662_400 <= value < 7_258_118_400:
            raise ValueRefused(raw, _("a date and time such as 1404/02/15 16:30 or “tomorrow 10:00”"))
        return value

    def plain(self, value: Any) -> Any:
        return None if value is None else datetime.fromtimestamp(value, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def show(self, value: Any, showing: Showing) -> str:
        return "" if value is None else show_moment(_local(value, showing), showing.language)

    def typed(self, value: Any, showing: Showing) -> str:
        return self.show(value, showing)

    def cell(self, value: Any, showing: Showing) -> Any:
        return None if value is None else _local(value, showing).replace(tzinfo=None, microsecond=0)

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}


@frozen(kw_only=True)
class Time(Kind):
    """A time of day, as "16:30"."""

    code: ClassVar[str] = "time"
    title: ClassVar[str] = _("Time of day")
    widget: ClassVar[str] = "time"
    operators: ClassVar[tuple[str, ...]] = ORDERED

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        value = read_time(_text(raw))
        if value is None:
            raise ValueRefused(raw, _("a time of day such as 16:30"))
        return f"{value:%H:%M}"

    def show(self, value: Any, showing: Showing) -> str:
        return in_script(value, showing.language) if value else ""

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return set()

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"}


def _stamp(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _local(value: float, showing: Showing) -> datetime:
    return datetime.fromtimestamp(value, ZoneInfo(showing.timezone))


def _text(raw: Any) -> str:
    return str(raw.isoformat()) if hasattr(raw, "isoformat") else clean(raw, 60)
