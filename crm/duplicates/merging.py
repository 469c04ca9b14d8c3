"""Two records made one: the master keeps its id and gets what the other has more; the other goes into the bin and its address leads on. And back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, String, cast, delete, insert, select, update

from config.errors import Refusal
from config.translations import _
from crm import record_saving as saving
from crm.access import Viewer
from crm.duplicates.moving import drop_doubles, move_all, move_back
from crm.duplicates.tables import merge
from crm.entity import Entity, Values, Who
from crm.fields.kind import Reading
from crm.fields.references import Parent, References, Users
from crm.fields.rows import Rows
from crm.record import values_of
from crm.record_shape import shape_of
from crm.record_steps import one

UNDO_SECONDS = 30 * 24 * 3600.0


class MergeRefused(Refusal):
    """Records that cannot be made one."""

    code = "merge_refused"
    status = 422
    sentence = _("These records cannot be merged: {reason}.")


class UndoRefused(Refusal):
    """A merge that cannot be undone any more."""

    code = "undo_refused"
    status = 409
    sentence = _("This merge cannot be undone: {reason}.")


def merged_values(entity: Entity, master: Mapping[str, Any], other: Mapping[str, Any], chosen: Mapping[str, str]) -> Values:
    """What the master becomes. `chosen` {field: "master" | "other"}; else the master's own value wins where there is one.

    Lists (rows, links, users, several choices) are united.
    """
    values: Values = {}
    for field in entity.fields:
        mine, theirs = master.get(field.name), other.get(field.name)
        if not field.typed and field.kind.code != "computed" and mine is not None:
            continue
        if isinstance(field.kind, Rows | References | Users) and not isinstance(field.kind, Parent):
            continue  # moved with everything else that points here
        if field.kind.code == "multi_choice":
            values[field.name] = list(dict.fromkeys([*(mine or ()), *(theirs or ())])) or None
        elif field.kind.code != "computed" and (
            chosen.get(field.name) == "other" or (mine in (None, False) and chosen.get(field.name) != "master")
        ):
            values[field.name] = theirs
    return {name: value for name, value in values.items() if value != master.get(name)}


def merge_into(
    connection: Connection, entity: Entity, entities: Mapping[str, Entity], master_id: int, other_id: int, chosen: Mapping[str, str], viewer: Viewer,
    reading: Reading, who: Who, versions: Sequence[int | None] = (None, None),
) -> int:  # fmt: skip
    """Merge `other_id` into `master_id`; the id of the merge. Raises MergeRefused, NoSuchRecord, NoRight, RecordChanged, RecordInvalid."""
    if master_id == other_id:
        raise MergeRefused(reason=_("they are one and the same"))
    master, other = one(connection, entity, master_id, viewer, "edit"), one(connection, entity, other_id, viewer, "delete")
    if master.deleted or other.deleted:
        raise MergeRefused(reason=_("one of them has been deleted"))
    for record, version in zip((master, other), versions, strict=True):
        if version is not None and record.version != version:
            raise saving.RecordChanged(record.version, {}, str(record.values["updated_by"]))
    rows = [saving.row_of(connection, entity, number) for number in (master_id, other_id)]
    mine, theirs = values_of(connection, entity, rows)
    if entity.variant_field and mine.get(entity.variant_field) != theirs.get(entity.variant_field):
        raise MergeRefused(reason=_("they are not of one sort"))
    values = merged_values(entity, mine, theirs, chosen)
    _no_circle(connection, entity, master_id, other_id, theirs, values)
    unique = {
        field.name: theirs[field.name]
        for field in entity.fields
        if field.unique and not field.custom and theirs.get(field.name) is not None
    }
    if unique:
        connection.execute(update(entity.table).where(entity.table.c.id == other_id).values(dict.fromkeys(unique)))
    moves = move_all(connection, entity, entities, other_id, master_id)
    moves += drop_doubles(connection, entity, master_id)
    saving.change(connection, entity, master_id, values, None, entities, reading, who, "merged")
    saving.set_deleted(connection, entity, other_id, entities, who, deleted=True)
    saving.index(connection, entity, master_id, entities)
    snapshot = {"moves": moves, "values": {name: [mine.get(name), value] for name, value in values.items()}, "unique": unique}
    made = connection.execute(
        insert(merge).values(entity=entity.name, master_id=master_id, other_id=other_id, at=who.at, by=who.username, snapshot=snapshot)
    ).inserted_primary_key
    assert made is not None
    return int(made[0])


def _no_circle(connection: Connection, entity: Entity, master_id: int, other_id: int, theirs: Mapping[str, Any], values: Values) -> None:
    """In a tree: what swallows a record above it takes that one's place, and nothing takes a place below itself."""
    name = shape_of(entity).parent
    if name and other_id in _above(connection, entity, name, master_id):
        values[name] = theirs.get(name)
    elif name and values.get(name) is not None and master_id in (values[name], *_above(connection, entity, name, values[name])):
        del values[name]


def _above(connection: Connection, entity: Entity, name: str, record_id: int) -> list[int]:
    """The records above one, the nearest first."""
    found: list[int] = []
    place: int | None = record_id
    while (place := connection.execute(select(entity.table.c[name]).where(entity.table.c.id == place)).scalar()) and place not in found:
        found.append(place)
    return found


def undo(
    connection: Connection, entity: Entity, entities: Mapping[str, Entity], merge_id: int, viewer: Viewer, reading: Reading, who: Who
) -> tuple[int, int]:
    """Make two of one again; the ids (master, other). What the master has been given since stays its own. Raises UndoRefused."""
    row = connection.execute(select(merge).where(merge.c.id == merge_id, merge.c.entity == entity.name)).mappings().first()
    if row is None:
        raise saving.NoSuchRecord(record=merge_id)
    if row["undone_at"] is not None:
        raise UndoRefused(reason=_("it has been undone already"))
    if who.at - row["at"] > UNDO_SECONDS:
        raise UndoRefused(reason=_("it is more than thirty days old"))
    master_id, other_id, snapshot = row["master_id"], row["other_id"], row["snapshot"]
    master = one(connection, entity, master_id, viewer, "edit")
    if master.deleted:
        raise UndoRefused(reason=_("the record it went into has been deleted"))
    move_back(connection, snapshot["moves"])
    current = saving.row_of(connection, entity, master_id)
    (values,) = values_of(connection, entity, [current])
    back = {name: pair[0] for name, pair in snapshot["values"].items() if values.get(name) == pair[1]}
    saving.change(connection, entity, master_id, back, None, entities, reading, who, "unmerged")
    if snapshot["unique"]:
        connection.execute(update(entity.table).where(entity.table.c.id == other_id).values(snapshot["unique"]))
    saving.set_deleted(connection, entity, other_id, entities, who, deleted=False)
    saving.index(connection, entity, master_id, entities)
    connection.execute(update(merge).where(merge.c.id == merge_id).values(undone_at=who.at))
    return master_id, other_id


def led_to(connection: Connection, entity: str, record_id: int) -> int:
    """The record that `record_id` went into (in the end); 0 when it did not."""
    number, seen = record_id, {record_id}
    while True:
        chosen = select(merge.c.master_id).where(merge.c.entity == entity, merge.c.other_id == number, merge.c.undone_at.is_(None))
        found = connection.execute(chosen.order_by(merge.c.id.desc()).limit(1)).scalar()
        if found is None or found in seen:
            return number if number != record_id else 0
        number = int(found)
        seen.add(number)


def forget_old(connection: Connection, now: float) -> None:
    """Merges too old to be undone lose what undoing needs; the address of the other leads on for ever."""
    last, c = now - UNDO_SECONDS, merge.c
    connection.execute(update(merge).where(c.at < last, c.undone_at.is_(None), cast(c.snapshot, String) != "{}").values(snapshot={}))
    connection.execute(delete(merge).where(c.undone_at < last))
