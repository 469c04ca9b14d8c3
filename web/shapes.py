"""The shape of what comes in: one declaration reads a form, a query, a JSON body or a websocket message, and describes it.

    WRAP_UP = {"call": text(60), "note": text(4000, need=False), "follow_up_at": moment(need=False)}
    values = read(WRAP_UP, raw)         # {"call": "…", "note": "", "follow_up_at": None}, or FieldRefused naming the field
    json_schema(WRAP_UP)                # for OpenAPI

Values may come as text (forms, queries) or as JSON's own kinds. Control letters are refused in texts, except line
breaks and tabs in long ones; texts are stripped.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from attrs import field, frozen

from config.translations import _
from web.errors import FieldRefused, FieldUnknown

CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
CONTROL_IN_LONG = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
LONG = 300
"""A text that may be longer than this may have line breaks."""

LATEST = 4102444800.0
"""2100-01-01: moments after it are slips of the pen."""


@frozen
class Field:
    """One value: how it is read (ValueError or TypeError when it cannot be), what people are told, and its JSON schema."""

    read: Callable[[Any], Any]
    expected: str
    schema: Mapping[str, Any]
    need: bool = True
    default: Any = None
    places: Mapping[str, object] = field(factory=dict)


Shape = Mapping[str, Field]
NOTHING: Shape = {}


def text(longest: int = LONG, *, need: bool = True, pattern: str = "", default: str = "") -> Field:
    """A text of at most `longest` letters, stripped; empty ones are only taken when not needed."""
    control = CONTROL_IN_LONG if longest > LONG else CONTROL

    def reader(raw: Any) -> str:
        if not isinstance(raw, str) or len(raw) > longest * 2:
            raise TypeError
        value = raw.strip()
        if (
            len(value) > longest
            or control.search(value)
            or (need and not value)
            or (value and pattern and not re.fullmatch(pattern, value))
        ):
            raise ValueError
        return value

    schema = {
        "type": "string",
        "maxLength": longest,
        **({"minLength": 1} if need else {}),
        **({"pattern": f"^{pattern}$"} if pattern else {}),
    }
    return Field(reader, _("a text of at most {longest} letters"), schema, need, default, {"longest": longest})


def texts(most: int, *, longest: int = 60, need: bool = True) -> Field:
    """At most `most` short texts: a JSON list, or in forms one text with commas or spaces between."""

    def reader(raw: Any) -> tuple[str, ...]:
        found = raw.replace(",", " ").split() if isinstance(raw, str) else raw
        if not isinstance(found, list) or len(found) > most:
            raise TypeError
        if not all(isinstance(one, str) and 0 < len(one) <= longest and not CONTROL.search(one) for one in found):
            raise ValueError
        return tuple(found)

    schema = {"type": "array", "items": {"type": "string", "minLength": 1, "maxLength": longest}, "maxItems": most}
    return Field(reader, _("a list of at most {most} texts"), schema, need, (), {"most": most})


def secret(longest: int = 200, *, need: bool = True) -> Field:
    """A password: taken as it is, never stripped."""

    def reader(raw: Any) -> str:
        if not isinstance(raw, str) or not 0 < len(raw) <= longest:
            raise ValueError
        return raw

    return Field(reader, _("a password"), {"type": "string", "format": "password", "minLength": 1, "maxLength": longest}, need)


def whole(low: int, high: int, *, need: bool = True, default: int | None = None) -> Field:
    """A whole number from `low` to `high`."""

    def reader(raw: Any) -> int:
        if isinstance(raw, bool) or not isinstance(raw, int | str):
            raise TypeError
        if isinstance(raw, str) and not re.fullmatch(r"-?[0-9]{1,18}", raw.strip()):
            raise ValueError
        value = int(raw)
        if not low <= value <= high:
            raise ValueError
        return value

    schema = {"type": "integer", "minimum": low, "maximum": high, **({} if default is None else {"default": default})}
    return Field(reader, _("a whole number from {low} to {high}"), schema, need, default, {"low": low, "high": high})


def yes_no(*, need: bool = True, default: bool = False) -> Field:
    """Yes or no; forms say "on", "1", "true", "yes" or leave it out."""

    def reader(raw: Any) -> bool:
        if isinstance(raw, bool):
            return raw
        word = str(raw).lower()
        if word not in ("1", "true", "yes", "on", "0", "false", "no", "off"):
            raise ValueError
        return word in ("1", "true", "yes", "on")

    return Field(reader, _("true or false"), {"type": "boolean"}, need, default)


def choice(*options: str, need: bool = True, default: str | None = None) -> Field:
    """One of `options`."""

    def reader(raw: Any) -> str:
        if raw not in options:
            raise ValueError
        return str(raw)

    return Field(reader, _("one of {options}"), {"type": "string", "enum": list(options)}, need, default, {"options": ", ".join(options)})


def moment(*, need: bool = True) -> Field:
    """A moment: ISO 8601 with its zone ("2026-01-31T08:30:00Z"), or UTC epoch seconds; read as UTC epoch seconds."""

    def reader(raw: Any) -> float:
        if isinstance(raw, bool) or not isinstance(raw, int | float | str):
            raise TypeError
        value = float(raw) if not isinstance(raw, str) else _from_iso(raw)
        if not 0 <= value <= LATEST:
            raise ValueError
        return value

    return Field(reader, _("a moment such as 2026-01-31T08:30:00Z"), {"type": "string", "format": "date-time"}, need)


def _from_iso(raw: str) -> float:
    moment = datetime.fromisoformat(raw.strip())
    if moment.tzinfo is None:
        raise ValueError(raw)
    return moment.timestamp()


def read(shape: Shape, raw: Any, *, strict: bool = True) -> dict[str, Any]:
    """Every field of `shape` from `raw`; missing and empty ones get their default.

    Raises FieldRefused at the first wrong one, and, when `strict`, FieldUnknown for a field that the shape does not have.
    """
    if not isinstance(raw, Mapping):
        raise FieldRefused("", _("a JSON object"))
    if strict and (strange := next((name for name in raw if name not in shape), None)) is not None:
        raise FieldUnknown(field=str(strange)[:60], name=str(strange)[:60], known=", ".join(shape) or "–")
    return {name: _read(name, one, raw.get(name)) for name, one in shape.items()}


def _read(name: str, one: Field, raw: Any) -> Any:
    if raw is None or (raw == "" and not one.need):
        if one.need:
            raise FieldRefused(name, one.expected, **one.places)
        return one.default
    try:
        return one.read(raw)
    except (ValueError, TypeError, OverflowError):
        raise FieldRefused(name, one.expected, **one.places) from None


def json_schema(shape: Shape) -> dict[str, Any]:
    """The JSON schema of an object of this shape."""
    needed = [name for name, one in shape.items() if one.need]
    properties = {name: dict(one.schema) for name, one in shape.items()}
    return {"type": "object", "properties": properties, "additionalProperties": False, **({"required": needed} if needed else {})}
