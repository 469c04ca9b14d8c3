"""Two edits of one record: what was changed since a form was made, what the form changes, and where the two meet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from config.errors import Refusal
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Kind, Reading, Showing
from web.records.form_reading import Raw
from web.records.inputs import raw_of


@frozen(kw_only=True)
class Difference:
    """A field that two people changed to different values, in readers' words. `was`: what both began with."""

    field: Field
    was: str
    theirs: str
    mine: str


def before(values: Mapping[str, Any], history: Iterable[Mapping[str, Any]], version: int) -> dict[str, Any]:
    """The record's values as they were in `version`, by the rows of its history (newest first), of what has changed since."""
    found: dict[str, Any] = {}
    for row in history:
        if row["version"] > version:
            found.update({name: pair[0] for name, pair in row["changes"].items()})
    return {name: value for name, value in found.items() if value != values.get(name)}


def changed(entity: Entity, raw: Mapping[str, Any], base: Mapping[str, Any], showing: Showing, reading: Reading) -> Raw:
    """What of a form's raw values differs from the values it was made from."""
    fields = entity.by_name
    return {
        name: value
        for name, value in raw.items()
        if name in fields and not same(fields[name].kind, raw_of(fields[name], base.get(name), showing), value, reading)
    }


def same(kind: Kind, shown: Any, typed: Any, reading: Reading) -> bool:
    """Whether what was typed is what was shown, or means the same (digits of another script, separated thousands, empty rows)."""
    if _plain(shown) == _plain(typed):
        return True
    try:
        return bool(kind.read(shown, reading) == kind.read(typed, reading))
    except Refusal:
        return False


def meeting(
    entity: Entity, mine: Mapping[str, Any], now: Mapping[str, Any], since: Mapping[str, Any], showing: Showing, picks: Mapping[str, str]
) -> list[Difference]:  # fmt: skip
    """Where my values and those that others saved since differ and nobody has picked one yet."""
    fields = entity.by_name
    return [
        Difference(
            field=fields[name], was=fields[name].kind.show(since[name], showing), theirs=fields[name].kind.show(now.get(name), showing),
            mine=fields[name].kind.show(value, showing),
        )
        for name, value in mine.items()
        if name in since and name in fields and name not in picks and now.get(name) != value
    ]  # fmt: skip


def _plain(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {name: plain for name, value in raw.items() if (plain := _plain(value)) not in ("", [])}
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return [plain for one in raw if (plain := _plain(one)) not in ("", {}, [])]
    return "" if raw is None else str(raw).replace("\r\n", "\n").strip()
