"""What a kind of field is, and what reading and showing a value needs to know.

A kind is a frozen value: its parameters (longest text, the choices, the entity that is referred to) are its attributes.
Everything the product does with a value, from the form to the API and the spreadsheet, asks the kind; nothing asks which
kind it is. A stored value is plain JSON (text, number, true/false, list, dict): dates are ISO text, moments UTC epoch
seconds, money whole Rials. None is "nothing there" for every kind.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from attrs import asdict, frozen
from sqlalchemy import JSON, BigInteger, Boolean, Float, String, Text
from sqlalchemy.types import TypeEngine

from config.errors import Refusal
from config.translations import _, translate

EQUAL = ("=", "!=", "in", "empty", "filled")
ORDERED = (*EQUAL, "<", "<=", ">", ">=", "between")
WORDS = ("like", "starts", *EQUAL)
PRESENT = ("empty", "filled")

NO_ACCESS = _("— no access —")
"""What a record is called for those who may not see it."""

STORAGE: Mapping[str, type[TypeEngine[Any]] | None] = {
    "string": String, "text": Text, "integer": BigInteger, "real": Float, "boolean": Boolean, "json": JSON, "none": None,
}  # fmt: skip
"""Where a value lies: a column of this type; "none": rows of another table, or nothing (computed)."""


class ValueRefused(Refusal):
    """A value that is not of its kind; `expected` is a sentence of its own."""

    code = "value_refused"
    status = 422
    sentence = _("“{value}” was not understood. Expected {expected}.")

    def __init__(self, value: object, expected: str, **places: object) -> None:
        self.expected, self.places = expected, places
        super().__init__(value=_short(value), expected=expected.format(**places) if places else expected)

    def text(self, language: str) -> str:
        expected = translate(language, self.expected, **self.places)
        return translate(language, self.sentence, value=self.values["value"], expected=expected)


@frozen(kw_only=True)
class Reading:
    """How a typed value is to be understood: whose language, what time it is at the office, where numbers without codes belong."""

    language: str = "fa"
    now: datetime = datetime(2000, 1, 1, tzinfo=ZoneInfo("Asia/Tehran"))
    country: str = "IR"
    city_code: str = "21"

    @property
    def today(self) -> date:
        """The date at the office."""
        return self.now.date()


@frozen(kw_only=True)
class Showing:
    """For whom a value is shown. `titles`: the names of what references point to (crm/linked_names.py); `toman`: money in Toman."""

    language: str = "fa"
    timezone: str = "Asia/Tehran"
    toman: bool = True
    titles: Mapping[tuple[str, object], str | None] = {}

    def title(self, entity: str, number: object, missing: str = "") -> str:
        """What a record that a value points to is called for the reader: NO_ACCESS when it may not be seen, `missing` when it is not known."""
        named = self.titles.get((entity, number), missing)
        return translate(self.language, NO_ACCESS) if named is None else named

    def opens(self, entity: str, number: object) -> bool:
        """Whether the reader may open it."""
        return self.titles.get((entity, number), "") is not None


@frozen(kw_only=True)
class Kind(ABC):
    """The base of all kinds. Subclasses say what differs from a plain text."""

    code: ClassVar[str]
    title: ClassVar[str]
    storage: ClassVar[str] = "string"
    operators: ClassVar[tuple[str, ...]] = WORDS
    widget: ClassVar[str] = "text"
    """The macro of web/templates/widgets.html that edits it."""
    offered: ClassVar[bool] = True
    """Whether administrators may choose it for fields of their own."""
    numeric: ClassVar[bool] = False
    """Shown at the line's end, added up in reports."""
    orders: ClassVar[bool] = True
    """Whether lists can be sorted by it."""

    def column_type(self) -> TypeEngine[Any] | None:
        """The SQL type of its column, None when its values lie elsewhere."""
        made = STORAGE[self.storage]
        return (JSON(none_as_null=True) if made is JSON else made()) if made else None

    @abstractmethod
    def read(self, raw: Any, reading: Reading) -> Any:
        """The value that `raw` (typed text, a cell, JSON) means; None for nothing. Raises a Refusal saying what was expected."""

    def plain(self, value: Any) -> Any:
        """The value as the API gives it."""
        return value

    def show(self, value: Any, showing: Showing) -> str:
        """The value as people read it in lists, prints and messages, amounts and dates in their own digits. "" for nothing."""
        return "" if value is None else str(value)

    def typed(self, value: Any, showing: Showing) -> str:
        """The value as a form's input holds it; `read` understands it."""
        return "" if value is None else str(value)

    def cell(self, value: Any, showing: Showing) -> Any:
        """The value in a spreadsheet: a number, a date or text."""
        return self.show(value, showing)

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        """The folded words it is found by."""
        from crm.search_tokens import text_tokens

        return text_tokens(self.show(value, showing))

    def warning(self, value: Any) -> Refusal | None:
        """What is doubtful about a value that is taken all the same (a wrong check digit)."""
        return None

    def schema(self) -> dict[str, Any]:
        """The JSON schema of `plain`."""
        return {"type": "string"}

    def options(self) -> dict[str, Any]:
        """Its parameters as JSON, from which `kind_of` makes it again."""
        return asdict(self)

    def refers_to(self) -> str:
        """The entity that its value is an id of; "" for most kinds."""
        return ""


def clean(raw: Any, longest: int, *, lines: bool = False) -> str:
    """A typed text without control and direction-override characters, its Arabic ye and kaf made Persian, stripped; refused when too long."""
    from crm.fields.cleaning import tidy

    if isinstance(raw, bool) or not isinstance(raw, str | int | float):
        raise ValueRefused(raw, _("a text"))
    text = tidy(str(raw), lines=lines)
    if len(text) > longest:
        raise ValueRefused(text, _("at most {longest} letters, found {length}"), longest=longest, length=len(text))
    return text


def nothing(raw: Any) -> bool:
    """Whether `raw` says that there is no value."""
    if isinstance(raw, str):
        return not raw or raw.isspace()
    return raw is None or (isinstance(raw, Collection) and not raw)


def _short(value: object) -> str:
    text = str(value).strip()
    return text if len(text) <= 60 else text[:59] + "…"
