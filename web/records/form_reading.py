"""What a record's form sent, as raw values by field. Pure.

`name` is a field, `phones.0.number` a field of a row; a name that comes several times is a list. `maker:text` is what stands in the
search box beside the hidden id of a link and `maker:was` what stood there at first; `pick.name` is a choice on the page of two edits.
`do` is the button: "save", or what is to be done with rows, "phones:add", "phones:remove:2", "phones:up:1", "phones:down:0".
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl

from attrs import field, frozen

from config.translations import _
from crm.fields.field import Field
from crm.fields.kind import Kind
from crm.fields.references import References, Users
from crm.fields.rows import Rows
from web.errors import BodyUnreadable

MOST_NAMES = 3000
LONGEST_NAME = 160
MOST_ROWS = 300
"""Rows beyond what a kind takes are still read, so that the kind itself says how many it takes."""

_ROW = re.compile(r"([a-z][a-z0-9_]*)\.(\d{1,3})\.([a-z][a-z0-9_]*)")
_PRESS = re.compile(r"([a-z][a-z0-9_]*):(add|remove|up|down)(?::(\d{1,3}))?")

Raw = dict[str, Any]


@frozen(kw_only=True)
class Sent:
    """A form: `raw` values by field (only those that were in it), what stands `beside` them, the button, and the version it was made from."""

    raw: Raw
    beside: Mapping[str, str] = field(factory=dict)
    do: str = "save"
    version: int | None = None
    picks: Mapping[str, str] = field(factory=dict)


def sent(fields: Iterable[Field], body: bytes) -> Sent:
    """The form in `body` for these fields. Raises BodyUnreadable when there are too many or too long names in it."""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, errors="replace", max_num_fields=MOST_NAMES)
    except ValueError:
        raise BodyUnreadable(expected=_("a form")) from None
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        if len(name) > LONGEST_NAME:
            raise BodyUnreadable(expected=_("a form"))
        found.setdefault(name, []).append(value)
    raw: Raw = {}
    for one in fields:
        if isinstance(one.kind, Rows):
            if one.name in found or any(name.startswith(f"{one.name}.") for name in found):
                raw[one.name] = _rows(one.name, one.kind, found)
        elif one.name in found:
            raw[one.name] = _leaf(one.kind, found[one.name])
    last = {name: values[-1] for name, values in found.items()}
    return Sent(
        raw=raw, do=last.get("do", "save"), version=_whole(last.get("version", "")),
        beside={name: value for name, value in last.items() if name.endswith((":text", ":was", ":entity"))},
        picks={name.removeprefix("pick."): value for name, value in last.items() if name.startswith("pick.")},
    )  # fmt: skip


def press(raw: Mapping[str, Any], do: str, kinds: Mapping[str, Kind]) -> Raw | None:
    """The values after a button of rows was pressed; None when `do` is no such button."""
    found = _PRESS.fullmatch(do)
    if not found or not isinstance(kinds.get(found[1]), Rows):
        return None
    name, act, place = found[1], found[2], int(found[3] or 0)
    rows = list(raw.get(name) or [])
    if act == "add":
        rows.append({})
    elif place < len(rows):
        row = rows.pop(place)
        if act != "remove":
            rows.insert(max(place - 1, 0) if act == "up" else place + 1, row)
    return {**raw, name: rows}


def flat(raw: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Raw values as the names and values of hidden inputs; `sent` reads them back."""
    found: list[tuple[str, str]] = []
    for name, value in raw.items():
        if isinstance(value, list) and any(isinstance(one, Mapping) for one in value):
            found.append((name, ""))
            found += [
                (f"{name}.{place}.{inner}", str(one))
                for place, row in enumerate(value)
                for inner, text in row.items()
                for one in (text if isinstance(text, list) else [text])
            ]
        elif isinstance(value, list):
            found += [(name, ""), *((name, str(one)) for one in value)]
        else:
            found.append((name, "" if value is None else str(value)))
    return found


def begun(one: Field) -> Any:
    """What an input of an empty row begins with."""
    if one.default is None:
        return None
    return "1" if one.default is True else str(one.default)


def several(kind: Kind) -> bool:
    """Whether a value of this kind is a list of plain values."""
    return kind.widget == "multi_choice" or isinstance(kind, References | Users)


def _leaf(kind: Kind, values: Sequence[str]) -> Any:
    return [one for one in values if one.strip()] if several(kind) else values[-1]


def _rows(name: str, kind: Rows, found: Mapping[str, list[str]]) -> list[Raw]:
    kinds: dict[str, Kind] = {one.name: one.kind for one in kind.fields}
    rows: dict[int, Raw] = {}
    for key, values in found.items():
        parts = _ROW.fullmatch(key)
        if parts and parts[1] == name and int(parts[2]) < MOST_ROWS and (parts[3] in kinds or parts[3] == "id"):
            row = rows.setdefault(int(parts[2]), {})
            if parts[3] == "id":
                row["id"] = values[-1]
            elif kinds[parts[3]].code != "yes_no" or values[-1] != "0":  # a box that is not ticked leaves an empty row empty
                row[parts[3]] = _leaf(kinds[parts[3]], values)
    usual = {one.name: ["", [], begun(one)] for one in kind.fields} | {"id": [""]}
    return [row for _place, row in sorted(rows.items()) if any(value not in usual[name] for name, value in row.items())]


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
