"""The kinds of settings: text, numbers, yes/no, addresses, port ranges, folders."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen

from config.declared import Kind
from config.translations import _

MOST_HOURS = 48


@frozen
class Address:
    """A host and a port to listen on or to reach."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@frozen
class PortRange:
    """UDP ports from `first` to `last`, both included."""

    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.first}-{self.last}"


def _port(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError(text)
    return int(text)


def _address(raw: Any) -> Address:
    found = re.fullmatch(r"\[([0-9A-Fa-f:.]+)\]:([0-9]+)|([^:\s/]+):([0-9]+)", raw.strip()) if isinstance(raw, str) else None
    if not found:
        raise ValueError(raw)
    return Address(found[1] or found[3], _port(found[2] or found[4]))


def _port_range(raw: Any) -> PortRange:
    first, last = (_port(part.strip()) for part in _text(raw).split("-"))
    if last - first < 9:
        raise ValueError(raw)
    return PortRange(first, last)


def _text(raw: Any) -> str:
    if not isinstance(raw, str) or any(ord(letter) < 32 for letter in raw):
        raise TypeError(raw)
    return raw


def _yes_no(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    word = _text(raw).lower()
    if word not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
        raise ValueError(raw)
    return word in ("1", "true", "yes", "on")


def _whole(raw: Any) -> int:
    if isinstance(raw, bool) or not isinstance(raw, int | str):
        raise TypeError(raw)
    number = int(raw)
    if number < 1:
        raise ValueError(raw)
    return number


def _count(raw: Any) -> int:
    return 0 if raw in (0, "0") and not isinstance(raw, bool) else _whole(raw)


def _seconds(raw: Any) -> float:
    if isinstance(raw, bool):
        raise TypeError(raw)
    number = float(raw)
    if not 0 < number < 1e9:
        raise ValueError(raw)
    return number


def _texts(raw: Any) -> tuple[str, ...]:
    return tuple(_text(one) for one in ([part.strip() for part in raw.split(",") if part.strip()] if isinstance(raw, str) else raw))


def _prefixes(raw: Any) -> tuple[str, ...]:
    prefixes = _texts(raw)
    if not all(re.fullmatch(r"\+?[0-9]+", one) for one in prefixes):
        raise ValueError(raw)
    return prefixes


def _digits(raw: Any) -> str:
    if not re.fullmatch(r"[0-9]{0,20}", _text(raw)):
        raise ValueError(raw)
    return str(raw)


def _number_or_nothing(raw: Any) -> str:
    if not re.fullmatch(r"(\+?[0-9]{2,20})?", _text(raw)):
        raise ValueError(raw)
    return str(raw)


def _country(raw: Any) -> str:
    if not re.fullmatch(r"[A-Z]{2}", _text(raw)):
        raise ValueError(raw)
    return str(raw)


def _language(raw: Any) -> str:
    if raw not in ("fa", "en"):
        raise ValueError(raw)
    return str(raw)


def _timezone(raw: Any) -> str:
    try:
        ZoneInfo(_text(raw))
    except (KeyError, OSError):
        raise ValueError(raw) from None
    return str(raw)


def _path(raw: Any) -> Path | None:
    return Path(_text(raw)).expanduser().absolute() if raw else None


def _host(raw: Any) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._:\[\]-]*", _text(raw)):
        raise ValueError(raw)
    return str(raw)


def _hours(raw: Any) -> tuple[str, ...]:
    hours = _texts(raw)
    if not all(re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", one) for one in hours) or len(hours) > MOST_HOURS:
        raise ValueError(raw)
    return tuple(sorted(set(hours)))


def _time(raw: Any) -> time:
    if isinstance(raw, time) and not (raw.second or raw.microsecond):  # TOML has times of the day of its own
        return raw
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", _text(raw)):
        raise ValueError(raw)
    return time.fromisoformat(raw)


def _quoted(value: Any) -> str:
    return f'"{value if value is not None else ""}"'


def _list(value: tuple[str, ...]) -> str:
    return "[" + ", ".join(map(_quoted, value)) + "]"


ADDRESS = Kind(_address, _('an address such as "127.0.0.1:8080"'), _quoted)
PORT_RANGE = Kind(_port_range, _('at least ten UDP ports such as "20000-20999"'), _quoted)
TEXT = Kind(_text, _("a text on one line"), _quoted)
YES_NO = Kind(_yes_no, _("true or false"), lambda value: str(value).lower())
WHOLE = Kind(_whole, _("a whole number from 1 up"))
COUNT = Kind(_count, _("a whole number from 0 up"))
SECONDS = Kind(_seconds, _("a number of seconds greater than 0"), lambda value: f"{value:g}")
PREFIXES = Kind(_prefixes, _('a list of number beginnings such as ["0", "+98"]'), _list)
DIGITS = Kind(_digits, _("digits only"), _quoted)
NUMBER = Kind(_number_or_nothing, _('a telephone number such as "+982112345678", or ""'), _quoted)
COUNTRY = Kind(_country, _('a country\'s two capital letters such as "IR"'), _quoted)
LANGUAGE = Kind(_language, _('"fa" or "en"'), _quoted)
TIMEZONE = Kind(_timezone, _('a time zone such as "Asia/Tehran"'), _quoted)
PATH = Kind(_path, _('the path of a file, or ""'), _quoted)
HOURS = Kind(_hours, _('times of the day such as ["03:00", "13:30"]'), _list)
TIME = Kind(_time, _('a time of the day such as "08:00"'), lambda value: _quoted(f"{value:%H:%M}"))
HOST = Kind(_host, _('a host name or address, with or without :port, or ""'), _quoted)
