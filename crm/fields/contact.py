"""Ways to reach somebody: telephone number, e-mail address, web address."""

from __future__ import annotations

import re
from typing import Any, ClassVar
from urllib.parse import urlsplit

from attrs import frozen

from config.translations import _
from crm.fields.kind import Kind, Reading, Showing, ValueRefused, clean, nothing
from crm.numbers import read_number, shown
from crm.search_tokens import number_tokens, text_tokens

_MAIL = re.compile(r"[^\s<>,;\"()\[\]@]{1,64}@(?:[\w\-]{1,63}\.)+[\w\-]{2,63}")
"""Deliberately loose (RFC 5321 allows more than anybody uses); whether a mailbox is there, only sending tells."""


@frozen(kw_only=True)
class Phone(Kind):
    """A telephone number in E.164 (or a short code), with ";ext=12" (RFC 3966) when an extension was typed."""

    code: ClassVar[str] = "phone"
    title: ClassVar[str] = _("Telephone number")
    widget: ClassVar[str] = "phone"

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = clean(raw, 80)
        number = read_number(text.replace(";ext=", " ext "), country=reading.country, city_code=reading.city_code)
        if number is None:
            raise ValueRefused(raw, _("a telephone number such as 021-88776655 or +989121234567"))
        return f"{number.value};ext={number.extension}" if number.extension else number.value

    def show(self, value: Any, showing: Showing) -> str:
        number, _sign, extension = (value or "").partition(";ext=")
        return shown(number, showing.language, extension=extension) if number else ""

    def typed(self, value: Any, showing: Showing) -> str:
        number, _sign, extension = (value or "").partition(";ext=")
        return f"{number} ext {extension}" if extension else number

    def cell(self, value: Any, showing: Showing) -> Any:
        return self.typed(value, showing)

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return number_tokens(value.partition(";ext=")[0])

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 80, "example": "+989121234567"}


@frozen(kw_only=True)
class Email(Kind):
    """An e-mail address; its domain in lower case."""

    code: ClassVar[str] = "email"
    title: ClassVar[str] = _("E-mail address")
    widget: ClassVar[str] = "email"

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = clean(raw, 254).removeprefix("mailto:")
        if not _MAIL.fullmatch(text):
            raise ValueRefused(raw, _("an e-mail address such as name@example.com"))
        name, _at, host = text.rpartition("@")
        return f"{name}@{host.lower()}"

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return text_tokens(value) | {value.lower()}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": 254}


@frozen(kw_only=True)
class Web(Kind):
    """A web address, http or https."""

    code: ClassVar[str] = "web"
    title: ClassVar[str] = _("Web address")
    widget: ClassVar[str] = "web"

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = clean(raw, 500)
        address = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(address)
            host = parts.hostname or ""
        except ValueError:
            host = ""
            parts = urlsplit("")
        if parts.scheme not in ("http", "https") or "." not in host.strip(".") or re.search(r"[\s<>\"'\\]", address) or parts.username:
            raise ValueRefused(raw, _("a web address such as www.example.com"))
        return address

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uri", "maxLength": 510}


@frozen(kw_only=True)
class ContactPoint(Kind):
    """The comparable form of a way to reach somebody: a number in E.164, an e-mail or web address, a name in a messenger."""

    code: ClassVar[str] = "contact_point"
    title: ClassVar[str] = _("Number or address")
    widget: ClassVar[str] = "contact_point"
    offered: ClassVar[bool] = False

    def read(self, raw: Any, reading: Reading) -> str | None:
        if nothing(raw):
            return None
        text = clean(raw, 500)
        number = read_number(text, country=reading.country, city_code=reading.city_code)
        return number.value if number else text.lower()

    def show(self, value: Any, showing: Showing) -> str:
        return shown(value, showing.language) if value and value[0] in "+0123456789" else value or ""

    def cell(self, value: Any, showing: Showing) -> Any:
        return value or ""

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        return number_tokens(value) if value[0] in "+0123456789" else text_tokens(value) | {value}

    def schema(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 500}
