"""New records, one or a batch: the same checks, with a few questions to the database for all of them, and the same rows (crm/record_batch.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from config.errors import Refusal
from crm.entity import Entity, Values, Who
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.record_batch import write_new
from crm.record_draft import RecordInvalid, check
from crm.record_saving import ReferenceGone, Taken
from crm.record_shape import pointed, shape_of
from crm.tables import account

LOOKED_UP_AT_ONCE = 500


def create(connection: Connection, entity: Entity, values: Values, entities: Mapping[str, Entity], reading: Reading, who: Who) -> int:
    """A new record; its id. `values` are read already (crm/record_draft.py). Raises RecordInvalid, Taken and what `prepare` refuses."""
    (made,) = create_many(connection, entity, [values], entities, reading, who)
    if isinstance(made, Refusal):
        raise made
    return made


def create_many(
    connection: Connection, entity: Entity, many: Sequence[Values], entities: Mapping[str, Entity], reading: Reading, who: Who
) -> list[int | Refusal]:
    """New records; each one's id, or why it was refused (then nothing of it is written)."""
    outcomes: list[int | Refusal] = []
    wholes: list[Values | None] = []
    empty = shape_of(entity).empty
    for values in many:
        whole: Values = {**empty, "active": True, "created_by": who.username, **values}
        try:
            if entity.prepare:
                entity.prepare(whole, {}, reading)
            if entity.check:
                entity.check(whole, entities)
            check(entity, whole, reading)
            wholes.append(whole)
            outcomes.append(0)
        except RecordInvalid as error:
            wholes.append(None)
            outcomes.append(error)
        except Refusal as error:
            wholes.append(None)
            outcomes.append(RecordInvalid({error.field or entity.title_field: error}))
    for place, problem in _problems(connection, entity, wholes, entities).items():
        outcomes[place], wholes[place] = RecordInvalid(problem), None
    good = [(place, whole) for place, whole in enumerate(wholes) if whole is not None]
    for (place, _whole), number in zip(good, write_new(connection, entity, [whole for _place, whole in good], entities, who), strict=True):
        outcomes[place] = number
    return outcomes


# ── Checks against what is there ─────────────────────────────────────────────────────────────────────────────


def _problems(
    connection: Connection, entity: Entity, wholes: Sequence[Values | None], entities: Mapping[str, Entity]
) -> dict[int, dict[str, Refusal]]:
    """What is wrong with which of them: a value that is taken, a link to what is not there."""
    problems: dict[int, dict[str, Refusal]] = {}
    for one in shape_of(entity).unique:
        for place, refusal in _taken(connection, entity, one, wholes).items():
            problems.setdefault(place, {})[one.name] = refusal
    for target, wanted in _pointed(entity, wholes).items():
        gone = set(wanted) - _there(connection, target, list(wanted), entities)
        for missing in gone:
            for place, path in wanted[missing]:
                problems.setdefault(place, {})[path] = ReferenceGone(field=path, record=missing)
    return problems


def _taken(connection: Connection, entity: Entity, one: Field, wholes: Sequence[Values | None]) -> dict[int, Refusal]:
    found: dict[int, Refusal] = {}
    column = entity.table.c[one.name]
    values = {whole[one.name] for whole in wholes if whole and whole.get(one.name) is not None}
    known: dict[Any, Any] = {}
    for some in _cut(list(values)):
        known.update({row[0]: row[1] for row in connection.execute(select(column, entity.table.c.id).where(column.in_(some)))})
    for place, whole in enumerate(wholes):
        value = whole.get(one.name) if whole else None
        if value is None:
            continue
        if value in known:
            found[place] = Taken(field=one.name, value=str(value)[:60], other=known[value])
        known.setdefault(value, "–")
    return found


def _pointed(entity: Entity, wholes: Sequence[Values | None]) -> dict[str, dict[Any, list[tuple[int, str]]]]:
    """What they point to: {entity or "user": {id: [(which of them, the field's path)]}}."""
    found: dict[str, dict[Any, list[tuple[int, str]]]] = {}
    for place, whole in enumerate(wholes):
        for target, value, path in pointed(entity, whole) if whole else ():
            found.setdefault(target, {}).setdefault(value, []).append((place, path))
    return found


def _there(connection: Connection, target: str, wanted: Sequence[Any], entities: Mapping[str, Entity]) -> set[Any]:
    if target != "user" and target not in entities:
        return set()
    column = account.c.username if target == "user" else entities[target].table.c.id
    return {value for some in _cut(wanted) for value in connection.execute(select(column).where(column.in_(some))).scalars()}


def _cut(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + LOOKED_UP_AT_ONCE] for start in range(0, len(values), LOOKED_UP_AT_ONCE)]
