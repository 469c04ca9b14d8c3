"""Two edits of one record: what was changed since a form was made, what the form changes, and where the two meet. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Kind, Reading, Showing
from crm.fields.rows import Rows
from web.records.form_reading import Raw, several
from web.records.inputs import raw_of
from web.records.meeting_rows import Clash, chosen, rows_met


@frozen(kw_only=True)
class Difference:
    """What two people changed to different values, in readers' words. `was`: what both began with.

    `path` is what the choice is sent for: the field's name; "channels.7.raw" is a field of row 7, "channels.7" the whole row; `row` says which.
    """

    field: Field
    path: str
    was: str
    theirs: str
    mine: str
    row: str = ""
    inner: Field | None = None


@frozen(kw_only=True)
class Meeting:
    """Two edits brought together: `mine` is what is to be saved (my value where they clash), `differences` what somebody must choose.

    `kept`: the fields in which others' changes stay beside mine. `by`: the user name of who changed last what is to be chosen.
    """

    mine: Raw
    differences: list[Difference]
    kept: tuple[str, ...] = ()
    by: str = ""


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


def picked(entity: Entity, raw: Mapping[str, Any], base: Mapping[str, Any], showing: Showing, picks: Mapping[str, str]) -> Raw:
    """A form's raw values with the rows that somebody chose on the page of two edits; `base` are the values that page was made from."""
    fields = entity.by_name
    return {
        name: chosen(name, raw_of(fields[name], base.get(name), showing), value, picks)
        if name in fields and isinstance(fields[name].kind, Rows) and isinstance(value, list)
        else value
        for name, value in raw.items()
    }


def meeting(
    entity: Entity, mine: Raw, now: Mapping[str, Any], since: Mapping[str, Any], showing: Showing, reading: Reading
) -> Meeting:  # fmt: skip
    """My raw values and what others saved since (`since`: what they changed, as it was before), brought together as far as they go."""
    merged: Raw = {}
    found: list[Difference] = []
    kept: list[str] = []
    for name, value in mine.items():
        one = entity.by_name[name]
        if name not in since:
            merged[name] = value
            continue
        began, present = raw_of(one, since[name], showing), raw_of(one, now.get(name), showing)
        if isinstance(one.kind, Rows) and all(row.get("id") for row in (*began, *present)):
            met = rows_met(one.kind, began, value or [], present, reading, same)
            merged[name] = met.rows
            found += [_clash(one, clash, showing, reading) for clash in met.clashes]
            kept += [name] if met.theirs_too else []
        elif several(one.kind):
            merged[name] = [part for part in present if part in value or part not in began] + [
                part for part in value if part not in present and part not in began
            ]
            kept.append(name)
        else:
            merged[name] = value
            if not same(one.kind, present, value, reading):
                found.append(
                    Difference(
                        field=one, path=name, was=_said(one, since[name], showing), theirs=_said(one, now.get(name), showing),
                        mine=_said(one, one.kind.read(value, reading), showing),
                    )
                )  # fmt: skip
    return Meeting(mine=merged, differences=found, kept=tuple(kept))


def _clash(one: Field, clash: Clash, showing: Showing, reading: Reading) -> Difference:
    assert isinstance(one.kind, Rows)
    inner = next((each for each in one.kind.fields if each.name == clash.field), None)

    def said(raw: Any) -> str:
        if inner is not None:
            return _tried(inner, raw, showing, reading)
        return translate(showing.language, _("Removed")) if raw is None else _tried(one, [raw], showing, reading)

    return Difference(
        field=one, inner=inner, path=f"{one.name}.{clash.row}" + (f".{inner.name}" if inner else ""), was=said(clash.was), theirs=said(clash.theirs),
        mine=said(clash.mine), row=_short(one.kind, clash.began, showing, reading) if inner else "",
    )  # fmt: skip


def _short(kind: Rows, raw: Raw, showing: Showing, reading: Reading) -> str:
    """A row in as few words as lists show it."""
    try:
        (row,) = kind.read([raw], reading)
    except (Refusal, ValueError, TypeError):
        return ""
    shown = [one for name in kind.brief for one in kind.fields if one.name == name] or kind.fields
    return " – ".join(text for one in shown if (text := one.kind.show(row.get(one.name), showing)))


def _tried(one: Field, raw: Any, showing: Showing, reading: Reading) -> str:
    try:
        return one.kind.show(one.kind.read(raw, reading), showing)
    except Refusal:
        return str(raw)


def _said(one: Field, value: Any, showing: Showing) -> str:
    return one.kind.show(value, showing)


def _plain(raw: Any) -> Any:
    if isinstance(raw, Mapping):
        return {name: plain for name, value in raw.items() if (plain := _plain(value)) not in ("", [])}
    if isinstance(raw, Sequence) and not isinstance(raw, str):
        return [plain for one in raw if (plain := _plain(one)) not in ("", {}, [])]
    return "" if raw is None else str(raw).replace("\r\n", "\n").strip()
