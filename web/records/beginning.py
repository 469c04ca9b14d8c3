"""What a new record's form begins with when its address says something: fields by name, a name, a number somebody called from. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.rows import Rows
from web.records.form_reading import Raw, several

LONGEST = 500


def begun_with(entity: Entity, variant: str, asked: Mapping[str, str]) -> Raw:
    """Raw values from an address: ?price=3&kind=company&relations.0.other=7 (of rows the first one).

    `words` and `name` go where the record is called something, `number` where it is reached.
    """
    there = {one.name: one for one in entity.of(variant) if one.typed}
    raw: Raw = {
        name: text[:LONGEST].split(",") if several(there[name].kind) else text[:LONGEST]
        for name, text in asked.items()
        if name in there and not isinstance(there[name].kind, Rows)
    }
    called = asked.get("words", "").strip() or ("" if "name" in there else asked.get("name", "").strip())
    if called and (name := named_by(entity, there)):
        raw[name] = called[:LONGEST]
    for name, text in asked.items():
        rows, _first, field = name.partition(".0.")
        if rows in there and isinstance(there[rows].kind, Rows) and field:
            raw[rows] = [{**(raw[rows][0] if rows in raw else {}), field: text[:LONGEST]}]
    if "number" not in there and (number := asked.get("number", "").strip()):
        raw |= _reached(there, number[:LONGEST])
    return raw


def renamed(entity: Entity, raw: Raw) -> Raw:
    """The typed values when another sort of record was chosen: what it is called stays, though persons have a family name and companies a name."""
    fields = {variant.name: {one.name: one for one in entity.of(variant.name) if one.typed} for variant in entity.variants}
    here = fields.get(entity.variant(raw))
    if here is None or not (name := named_by(entity, here)) or raw.get(name):
        return raw
    called = next((said for there in fields.values() if (said := raw.get(named_by(entity, there))) and isinstance(said, str)), "")
    return {**raw, name: called} if called else raw


def named_by(entity: Entity, there: Mapping[str, Field]) -> str:
    """The field that what somebody is called goes into: the title's own when it is typed, else the last name of the quick form."""
    if entity.title_field in there:
        return entity.title_field
    names = [name for name, one in there.items() if one.quick and one.kind.code == "text"]
    return next((name for name in names if "last" in name), names[0] if names else "")


def _reached(there: Mapping[str, Field], number: str) -> Raw:
    for name, one in there.items():
        if one.kind.code == "phone":
            return {name: number}
        if isinstance(one.kind, Rows) and one.quick and one.kind.main:
            return {name: [{one.kind.main: number}]}
    return {}
