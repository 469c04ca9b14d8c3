"""One step of work on one record, with the access it needs; single changes, bulk calls and mass updates are all made of these."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, select

from crm import record_saving as saving
from crm.access import NoRight, Viewer
from crm.entity import Entity, Values, Who
from crm.fields.kind import Reading
from crm.query import allowed
from crm.record import Record, records, values_of
from crm.record_draft import may_set
from crm.record_making import create
from crm.record_saving import NoSuchRecord

FREE_OF_EDIT = frozenset({"active", "expert", "experts"})
"""What has a right of its own: changing only these does not need `edit`."""


@frozen(kw_only=True)
class Step:
    """What is to be done. `do`: create | change | delete | restore | purge. `values` are read already. `act`: what history calls a change."""

    entity: Entity
    do: str
    record_id: int = 0
    values: Values = field(factory=dict)
    version: int | None = None
    act: str = "changed"


@frozen(kw_only=True)
class Done:
    """What was done: to which record, how it is called in history, and what changed {field: [old, new]}."""

    entity: Entity
    record_id: int
    act: str
    changes: Mapping[str, Any]


def carry_out(connection: Connection, step: Step, viewer: Viewer, entities: Mapping[str, Entity], reading: Reading, who: Who) -> Done:
    """Do one step. Raises NoSuchRecord, NoRight, RecordInvalid, RecordChanged."""
    entity, number = step.entity, step.record_id
    if step.do == "create":
        viewer.demand(entity.name, "create")
        may_set(entity, viewer, {}, step.values)
        made = create(connection, entity, step.values, entities, reading, who)
        return Done(entity=entity, record_id=made, act="created", changes={name: [None, value] for name, value in step.values.items()})
    if step.do == "change":
        old = one(connection, entity, number, viewer).values
        if set(step.values) - FREE_OF_EDIT or not step.values:
            one(connection, entity, number, viewer, "edit")
        may_set(entity, viewer, old, step.values)
        changes = saving.change(connection, entity, number, step.values, step.version, entities, reading, who, step.act)
        return Done(entity=entity, record_id=number, act=step.act if changes else "", changes=changes)
    one(connection, entity, number, viewer, "purge" if step.do == "purge" else "delete")
    if step.do == "purge":
        saving.purge(connection, entity, number, who)
        return Done(entity=entity, record_id=number, act="purged", changes={})
    saving.set_deleted(connection, entity, number, entities, who, deleted=step.do == "delete")
    return Done(entity=entity, record_id=number, act="deleted" if step.do == "delete" else "restored", changes={})


def one(connection: Connection, entity: Entity, record_id: int, viewer: Viewer, right: str = "view") -> Record:
    """One record for `right`, also from the bin. What may not be seen is not there; what may be seen but not done is refused."""
    table = entity.table
    row = connection.execute(select(table).where(table.c.id == record_id, allowed(entity, viewer, "view"))).mappings().first()
    if row is None:
        raise NoSuchRecord(record=record_id)
    (found,) = records(connection, entity, [dict(row)], viewer)
    if right != "view":
        (whole,) = values_of(connection, entity, [dict(row)], [one for one in entity.fields if one.name == "experts"])
        if not viewer.may_with(entity.name, right, {**whole, "expert": row["expert"], "created_by": row["created_by"]}):
            raise NoRight(right)
    return found
