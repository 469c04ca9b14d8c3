"""Duplicates as pages and the API show them: groups with the names that the user may see, and what merging would choose from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from crm.access import Viewer
from crm.duplicates.duplicates import Duplicates
from crm.duplicates.rules import Rule, rules_of
from crm.duplicates.similar import Similar
from crm.entity import Entity
from crm.expression import parse
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.references import Parent, References, Users
from crm.fields.rows import Rows
from crm.query import Query
from crm.record import Record
from crm.records import Records
from web.records.shown import Value


@frozen
class Group:
    """Records that agree under a rule, as the user may see them. `value` is "" when the user may not see the compared fields."""

    id: int
    reason: str
    value: str
    records: tuple[Record, ...]


async def groups_of(
    duplicates: Duplicates, records: Records, entity: Entity, run: int, after: int, viewer: Viewer, language: str
) -> tuple[list[Group], int]:
    """The next groups of a run, without those of which the user sees fewer than two records; and after which to go on (0: no more)."""
    rows = await duplicates.groups(run, after)
    wanted = sorted({number for row in rows for number in row["records"]})
    known = await named(records, entity, wanted, viewer)
    rules = {rule.name: rule for rule in rules_of(entity)}
    found = []
    for row in rows:
        seen = tuple(known[number] for number in row["records"] if number in known)
        rule = rules.get(row["reason"])
        if len(seen) > 1 and rule is not None:
            found.append(Group(row["id"], rule.word(language), row["value"] if open_to(rule, viewer) else "", seen))
    return found, rows[-1]["id"] if rows else 0


async def named(records: Records, entity: Entity, numbers: Sequence[int], viewer: Viewer) -> dict[int, Record]:
    """The living records of these ids that the user may see."""
    found: dict[int, Record] = {}
    for place in range(0, len(numbers), 200):
        query = Query(entity=entity, where=parse({"field": "id", "op": "in", "value": list(numbers[place : place + 200])}), limit=200)
        page, _neighbours = await records.page(query, viewer)
        found |= {one.id: one for one in page}
    return found


def open_to(rule: Rule, viewer: Viewer) -> bool:
    """Whether the user may see all the fields that a rule compares."""
    return all(part.outer.level <= viewer.pattern.field_level for part in rule.parts)


def similar_json(entity: Entity, found: Iterable[Similar], viewer: Viewer, language: str) -> list[dict[str, Any]]:
    """[{"id", "title", "url", "expert", "reasons"}]; a record that the user may not see has neither title nor address, only whose it is."""
    return [
        {
            "id": one.id if one.visible else None, "title": one.title, "url": f"{entity.address}/{one.id}" if one.visible else "", "expert": one.expert,
            "reasons": [rule.word(language) for rule in one.rules if open_to(rule, viewer)],
        }
        for one in found
    ]  # fmt: skip


@frozen
class Choice:
    """A field in which the records differ: each record's value, and whose is taken when nobody chooses."""

    field: Field
    values: tuple[Value, ...]
    taken: int


def choices(entity: Entity, found: Sequence[Record], showing: Showing) -> list[Choice]:
    """The fields to choose in; the first record is the master."""
    rows = []
    for field in entity.of(entity.variant(found[0].values)):
        values = tuple(Value(field=field, value=one.values.get(field.name), showing=showing) for one in found)
        if not field.typed or united(field) or field.name == entity.variant_field or field.name not in found[0].values:
            continue
        if any(one.there for one in values) and any(one.value != values[0].value for one in values):
            rows.append(Choice(field, values, next((place for place, one in enumerate(values) if one.there), 0)))
    return rows


def united(field: Field) -> bool:
    """Whether merging unites the values instead of choosing."""
    return field.kind.code == "multi_choice" or (isinstance(field.kind, Rows | References | Users) and not isinstance(field.kind, Parent))


def unions(entity: Entity, found: Sequence[Record], language: str) -> list[tuple[str, int]]:
    """What is put together: (label, how many in all)."""
    counted = [
        (one.word(language), sum(len(record.values.get(one.name) or ()) for record in found))
        for one in entity.of(entity.variant(found[0].values))
        if united(one)
    ]
    return [one for one in counted if one[1]]


def numbers_in(text: str) -> list[int]:
    """The ids in "3,5,8", each once, at most eight."""
    parts = (part.strip() for part in text.split(",")[:50])
    return list(dict.fromkeys(int(part) for part in parts if part.isascii() and part.isdigit() and len(part) < 16))[:8]


def chosen_of(form: Mapping[str, str]) -> dict[str, str]:
    """The fields of a merging form: {field: id of the record whose value is taken}."""
    return {name.removeprefix("take."): value for name, value in form.items() if name.startswith("take.")}


def versions_of(form: Mapping[str, str]) -> dict[int, int]:
    """The versions that the user saw: {id: version}."""
    found = ((name.removeprefix("version."), value) for name, value in form.items() if name.startswith("version."))
    return {
        int(number): int(value) for number, value in found if number.isdecimal() and value.isdecimal() and len(number) + len(value) < 30
    }
