"""Two edits of the rows of one record (numbers, addresses, relations): brought together row by row and field by field. Pure.

A row is known by its id. What only one of two people changed, added or removed stays as that one left it; where both changed the same field of
the same row to different values, or one removed a row that the other changed, somebody chooses: a `Clash`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import define, field, frozen

from crm.fields.kind import Kind, Reading, nothing
from crm.fields.rows import Rows
from web.records.form_reading import Raw

Same = Callable[[Kind, Any, Any, Reading], bool]


@frozen(kw_only=True)
class Clash:
    """A row that two people changed: `row` is its id, `began` the row as both found it, `field` the field's name, "" for the whole row.

    The values are raw ones; of a whole row None means that it was removed.
    """

    row: str
    began: Raw
    field: str
    was: Any
    theirs: Any
    mine: Any


@frozen(kw_only=True)
class RowsMet:
    """The rows as both edits together leave them (mine, where the two clash), the clashes, and whether others' changes are among them."""

    rows: list[Raw]
    clashes: tuple[Clash, ...]
    theirs_too: bool


@define
class _Met:
    rows: list[Raw] = field(factory=list)
    clashes: list[Clash] = field(factory=list)
    theirs_too: bool = False


def by_id(rows: Sequence[Mapping[str, Any]]) -> dict[str, Raw]:
    """The rows that have an id."""
    return {str(row["id"]): dict(row) for row in rows if row.get("id")}


def rows_met(
    kind: Rows, base: Sequence[Mapping[str, Any]], mine: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]], reading: Reading, same: Same
) -> RowsMet:  # fmt: skip
    """What two edits of `base` make together: `mine` is the form's, `now` what others saved. All are raw rows as forms send them."""
    mine = [row for row in mine if not kind.main or not nothing(row.get(kind.main))]
    began, present, own = by_id(base), by_id(now), by_id(mine)
    met = _Met()
    for row in mine:
        number = str(row.get("id") or "")
        if number not in began:
            if number or not any(_alike(kind, row, other, reading, same) for key, other in present.items() if key not in began):
                met.rows.append(dict(row))
        elif number in present:
            met.rows.append(_fields_met(kind, number, began[number], row, present[number], met, reading, same))
        elif _alike(kind, row, began[number], reading, same):
            met.theirs_too = True
        else:
            met.clashes.append(Clash(row=number, began=began[number], field="", was=began[number], theirs=None, mine=dict(row)))
            met.rows.append(dict(row))
    for number, row in present.items():
        if number in own:
            continue
        if number not in began:
            met.theirs_too = True
            met.rows.append(row)
        elif not _alike(kind, row, began[number], reading, same):
            met.clashes.append(Clash(row=number, began=began[number], field="", was=began[number], theirs=row, mine=None))
    if [key for key in own if key in began] == [key for key in began if key in own]:
        met.rows = _in_order(met.rows, list(present))
    return RowsMet(rows=met.rows, clashes=tuple(met.clashes), theirs_too=met.theirs_too)


def chosen(name: str, base: Sequence[Mapping[str, Any]], mine: Sequence[Mapping[str, Any]], picks: Mapping[str, str]) -> list[Raw]:
    """My rows after somebody chose: `picks` {"channels.7.raw" or "channels.7": "mine" | "theirs"}; `base` are the rows that were shown to choose from."""
    taken = [
        path.removeprefix(f"{name}.").partition(".")[::2]
        for path, pick in picks.items()
        if pick == "theirs" and path.startswith(f"{name}.")
    ]
    rows, began = [dict(row) for row in mine], by_id(base)
    for number, inner in taken:
        there = [row for row in rows if str(row.get("id") or "") == number]
        if not inner:
            rows = [row for row in rows if row not in there]
            rows += [began[number]] if number in began else []
        elif there and number in began:
            there[0][inner] = began[number].get(inner)
    return rows


def _fields_met(
    kind: Rows, number: str, was: Raw, mine: Mapping[str, Any], theirs: Raw, met: _Met, reading: Reading, same: Same
) -> Raw:  # fmt: skip
    row: Raw = {**theirs, "id": number}
    for one in kind.fields:
        if not one.typed:
            continue
        name = one.name
        a, b, c = was.get(name), mine.get(name), theirs.get(name)
        changed_by_them = not same(one.kind, a, c, reading)
        if same(one.kind, a, b, reading):
            met.theirs_too |= changed_by_them
            continue
        row[name] = b
        if changed_by_them and not same(one.kind, b, c, reading):
            met.clashes.append(Clash(row=number, began=was, field=name, was=a, theirs=c, mine=b))
    return row


def _alike(kind: Rows, one: Mapping[str, Any], other: Mapping[str, Any], reading: Reading, same: Same) -> bool:
    return all(same(each.kind, one.get(each.name), other.get(each.name), reading) for each in kind.fields if each.typed)


def _in_order(rows: list[Raw], order: Sequence[str]) -> list[Raw]:
    """Rows in others' order, when I have not moved any; new ones stay behind."""
    place = {number: at for at, number in enumerate(order)}
    return sorted(rows, key=lambda row: place.get(str(row.get("id") or ""), len(place)))
