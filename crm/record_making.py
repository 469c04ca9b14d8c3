"""New records, one or a batch: the same checks, with a few questions to the database for all of them, and the same rows (crm/record_batch.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection

from config.errors import Refusal
from crm.access import Viewer
from crm.attachments.claiming import lost
from crm.entity import Entity, Values, Who
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.record_batch import write_new
from crm.record_draft import RecordInvalid, check, defaults
from crm.record_shape import shape_of
from crm.record_taken import UNSEEN, having, taken
from crm.record_targets import missing


def create(connection: Connection, entity: Entity, values: Values, entities: Mapping[str, Entity], reading: Reading, who: Who) -> int:
    """A new record; its id. `values` are read already (crm/record_draft.py). Raises RecordInvalid, Taken and what `prepare` refuses."""
    (made,) = create_many(connection, entity, [values], entities, reading, who)
    if isinstance(made, Refusal):
        raise made
    return made


def create_many(
    connection: Connection, entity: Entity, many: Sequence[Values], entities: Mapping[str, Entity], reading: Reading, who: Who
) -> list[int | Refusal]:
    """New records; each one's id, or why it was refused (then nothing of it is written). A field that nothing is said of begins with its default."""
    outcomes: list[int | Refusal] = []
    wholes: list[Values | None] = []
    begun = defaults(entity, reading, who.username)
    empty = {**shape_of(entity).empty, **begun}
    narrow = [(name, sorts) for name in begun if (sorts := entity.by_name[name].of)]
    for values in many:
        whole: Values = {**empty, "active": True, "created_by": who.username, **values}
        for name, sorts in narrow:
            if name not in values and entity.variant(whole) not in sorts:
                whole[name] = None
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
    for place, problem in _problems(connection, entity, wholes, entities, who).items():
        outcomes[place], wholes[place] = RecordInvalid(problem), None
    good = [(place, whole) for place, whole in enumerate(wholes) if whole is not None]
    for (place, _whole), number in zip(good, write_new(connection, entity, [whole for _place, whole in good], entities, who), strict=True):
        outcomes[place] = number
    return outcomes


# ── Checks against what is there ─────────────────────────────────────────────────────────────────────────────


def _problems(
    connection: Connection, entity: Entity, wholes: Sequence[Values | None], entities: Mapping[str, Entity], who: Who
) -> dict[int, dict[str, Refusal]]:
    """What is wrong with which of them: a value that is taken, a link to what is not there."""
    problems: dict[int, dict[str, Refusal]] = {}
    for one in shape_of(entity).unique:
        for place, refusal in _taken(connection, entity, one, wholes, who.viewer).items():
            problems.setdefault(place, {})[one.name] = refusal
    for place, path, refusal in missing(connection, entity, wholes, entities, who.viewer):
        problems.setdefault(place, {})[path] = refusal
    for place, name, gone in lost(connection, entity, wholes, who):
        problems.setdefault(place, {})[name] = gone
    return problems


def _taken(
    connection: Connection, entity: Entity, one: Field, wholes: Sequence[Values | None], viewer: Viewer | None
) -> dict[int, Refusal]:
    found: dict[int, Refusal] = {}
    known = having(connection, entity, one, {whole[one.name] for whole in wholes if whole and whole.get(one.name) is not None}, viewer)
    for place, whole in enumerate(wholes):
        value = whole.get(one.name) if whole else None
        if value is None:
            continue
        if value in known:
            found[place] = taken(one, value, known[value])
        known.setdefault(value, UNSEEN)
    return found
