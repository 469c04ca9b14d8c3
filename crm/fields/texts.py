"""Texts: one line, several lines, rich text, colour, icon, barcode."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from attrs import frozen

from config.translations import _
from crm.fields.kind import EQUAL, PRESENT, WORDS, Kind, Reading, Showing, ValueRefused, clean, nothing
from crm.fields.rich import plain_text, safe_html


@frozen(kw_only=True)
class Line(Kind):
    """A text of one line."""

    code: ClassVar[str] = "text"
    title: ClassVar[str] = _("Text")
    longest: int = 200

    def read(self, raw: Any, reading: Reading) -> str | None:
        return None if nothing(raw) else clean(raw, self.longest) or None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest}


@frozen(kw_only=True)
class LongText(Kind):
    """A text of several lines."""

    code: ClassVar[str] = "long_text"
    title: ClassVar[str] = _("Long text")
    storage: ClassVar[str] = "text"
    widget: ClassVar[str] = "long_text"
    operators: ClassVar[tuple[str, ...]] = ("like", "=", *PRESENT)
    orders: ClassVar[bool] = False
    longest: int = 20_000

    def read(self, raw: Any, reading: Reading) -> str | None:
        return None if nothing(raw) else clean(raw, self.longest, lines=True) or None

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest}


@frozen(kw_only=True)
class RichText(Kind):
    """A text with headings, lists, emphasis and links; anything else in it is dropped when it is read."""

    code: ClassVar[str] = "rich_text"
    title: ClassVar[str] = _("Formatted text")
    storage: ClassVar[str] = "text"
    widget: ClassVar[str] = "rich_text"
    operators: ClassVar[tuple[str, ...]] = ("like", *PRESENT)
    orders: ClassVar[bool] = False
    longest: int = 100_000

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        return safe_html(clean(raw, self.longest, lines=True)) or None

    def show(self, value: Any, showing: Showing) -> str:
        return plain_text(value) if value else ""

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": self.longest, "contentMediaType": "text/html"}


@frozen(kw_only=True)
class Colour(Kind):
    """A colour, as #rrggbb."""

    code: ClassVar[str] = "colour"
    title: ClassVar[str] = _("Colour")
    widget: ClassVar[str] = "colour"
    operators: ClassVar[tuple[str, ...]] = EQUAL
    orders: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = clean(raw, 20).lower()
        if not re.fullmatch(r"#[0-9a-f]{6}", text):
            raise ValueRefused(raw, _("a colour such as #1f7a4d"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}


@frozen(kw_only=True)
class Icon(Kind):
    """The name of one of our icons."""

    code: ClassVar[str] = "icon"
    title: ClassVar[str] = _("Icon")
    widget: ClassVar[str] = "icon"
    operators: ClassVar[tuple[str, ...]] = EQUAL
    orders: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = clean(raw, 40)
        if not re.fullmatch(r"[a-z][a-z0-9-]*", text):
            raise ValueRefused(raw, _("the name of an icon, such as star"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[a-z][a-z0-9-]*$", "maxLength": 40}


@frozen(kw_only=True)
class Barcode(Kind):
    """What a scanner or a card reader types: printable ASCII of one line, kept exactly."""

    code: ClassVar[str] = "barcode"
    title: ClassVar[str] = _("Barcode or card code")
    widget: ClassVar[str] = "barcode"
    operators: ClassVar[tuple[str, ...]] = WORDS

    def read(self, raw: Any, reading: Reading) -> str | None:
        from config.persian.digits import to_ascii

        if nothing(raw):
            return None
        text = to_ascii(clean(raw, 100))
        if not re.fullmatch(r"[\x20-\x7e]+", text):
            raise ValueRefused(raw, _("Latin letters, digits and signs, as the scanner types them"))
        return text

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 100, "pattern": "^[ -~]*$"}
