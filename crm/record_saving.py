"""Writing a record: its row, its rows and links, its search tokens and its history, in one transaction of the database's writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from config.errors import Refusal
from config.translations import _, translate
from crm.access import SYSTEM, Viewer
from crm.attachments.claiming import claim
from crm.attachments.tables import attachment
from crm.entity import Entity, Values, Who
from crm.fields.choices import MultiChoice, State
from crm.fields.field import Field
from crm.fields.kind import Reading, Showing
from crm.fields.references import Parent, References, Users
from crm.fields.rows import Rows, row_changes
from crm.linked_names import titles
from crm.mentions import mention, mention_all, mentioning
from crm.record import values_of
from crm.record_batch import row_for
from crm.record_draft import RecordInvalid, check
from crm.record_links import links_follow, write_links
from crm.record_shape import stored
from crm.record_tables import history, record_choice, record_link, record_star, record_user, search_waiting
from crm.record_taken import having, taken
from crm.record_targets import missing
from crm.record_tokens import found_by, owners_of
from crm.search_index import write_tokens

STANDARD_SET = ("active",)


class NoSuchRecord(Refusal):
    """It was deleted for ever, never was, or may not be seen."""

    code = "no_such_record"
    status = 404
    sentence = _("There is no record {record} of this kind; it may have been deleted, or you may not see it.")


class RecordChanged(Refusal):
    """Somebody else saved the record after it was opened. `version` is the present one; `theirs` {field: present value} of what differs."""

    code = "changed_meanwhile"
    status = 409
    sentence = _("Somebody else saved this record while you were editing it. What you typed is still here: compare, and save again.")

    def __init__(self, version: int, theirs: Mapping[str, Any], by: str) -> None:
        self.version, self.theirs, self.by = version, dict(theirs), by
        super().__init__()


FOUND_AT_ONCE = 20
"""So many other records that are found by this one's name follow within its save, the others right behind it (crm/search_later.py)."""


class MoveRefused(Refusal):
    """A state that cannot be reached from the present one."""

    code = "move_refused"
    status = 422
    sentence = _("From “{old}” it cannot become “{new}”.")

    def __init__(self, field: Field, old: Any, new: Any) -> None:
        self._kind, self._old, self._new = field.kind, old, new
        super().__init__(field=field.name, old=old, new=new)

    def text(self, language: str) -> str:
        showing = Showing(language=language)
        return translate(language, self.sentence, old=self._kind.show(self._old, showing), new=self._kind.show(self._new, showing))


class Circle(Refusal):
    """A tree whose branch would hang on itself."""

    code = "circle"
    status = 422
    sentence = _("A record cannot stand below itself; choose another place in the tree.")


def row_of(connection: Connection, entity: Entity, record_id: int) -> Mapping[str, Any]:
    """The row, deleted or not; raises NoSuchRecord."""
    row = connection.execute(select(entity.table).where(entity.table.c.id == record_id)).mappings().first()
    if row is None:
        raise NoSuchRecord(record=record_id)
    return dict(row)


def change(
    connection: Connection, entity: Entity, record_id: int, values: Values, version: int | None, entities: Mapping[str, Entity], reading: Reading, who: Who,
    act: str = "changed",
) -> dict[str, list[Any]]:  # fmt: skip
    """Save `values` over the record as it was in `version` (None: as it is now); what changed {field: [old, new]}.

    Raises NoSuchRecord, RecordChanged, and as `create`.
    """
    row = row_of(connection, entity, record_id)
    (old,) = values_of(connection, entity, [row])
    if row["deleted_at"] is not None:
        raise NoSuchRecord(record=record_id)
    if version is not None and row["version"] != version:
        theirs = {name: old.get(name) for name, value in values.items() if old.get(name) != value}
        if theirs:
            raise RecordChanged(int(row["version"]), theirs, str(row["updated_by"]))
        return {}
    whole = {**old, **values}
    _ready(connection, entity, whole, old, entities, reading, who, record_id)
    changed = {name: [old.get(name), value] for name, value in whole.items() if _differs(entity, name, old.get(name), value)}
    if not changed:
        return {}
    new = {**row_for(entity, whole, row["extra"] or {}), "updated_at": who.at, "updated_by": who.username, "version": row["version"] + 1}
    connection.execute(update(entity.table).where(entity.table.c.id == record_id).values(new))
    _write_rest(connection, entity, record_id, whole, old, entities, who)
    note(connection, entity, record_id, act, changed, row["version"] + 1, who)
    return changed


def set_deleted(connection: Connection, entity: Entity, record_id: int, entities: Mapping[str, Entity], who: Who, *, deleted: bool) -> None:
    """Into the bin (found nowhere, all kept), or back. Raises NoSuchRecord when it is there already."""
    row = row_of(connection, entity, record_id)
    if (row["deleted_at"] is not None) is deleted:
        raise NoSuchRecord(record=record_id)
    values = {"deleted_at": who.at if deleted else None, "deleted_by": who.username if deleted else "", "version": row["version"] + 1}
    connection.execute(
        update(entity.table).where(entity.table.c.id == record_id).values({**values, "updated_at": who.at, "updated_by": who.username})
    )
    index(connection, entity, record_id, entities)
    note(connection, entity, record_id, "deleted" if deleted else "restored", {}, row["version"] + 1, who)


def purge(connection: Connection, entity: Entity, record_id: int, who: Who) -> None:
    """Delete for ever a record that lies in the bin; its history keeps that it was, and what it was called."""
    row = row_of(connection, entity, record_id)
    if row["deleted_at"] is None:
        raise NoSuchRecord(record=record_id)
    for table in (record_link, record_user, record_choice):
        connection.execute(delete(table).where(table.c.entity == entity.name, table.c.record_id == record_id))
    connection.execute(delete(record_link).where(record_link.c.target == entity.name, record_link.c.target_id == record_id))
    connection.execute(delete(record_star).where(record_star.c.entity == entity.name, record_star.c.record_id == record_id))
    files = update(attachment).where(attachment.c.entity == entity.name, attachment.c.record_id == record_id)
    connection.execute(files.values(record_id=0, deleted_at=who.at))  # nobody's: the next sweep takes them off the disk
    # written first: SQLite gives the highest number anew once it is free, and whoever follows the history would miss this row
    note(connection, entity, record_id, "purged", {entity.title_field: [row[entity.title_field], None]}, 0, who)
    here = (history.c.entity == entity.name, history.c.record_id == record_id)
    connection.execute(delete(history).where(*here, history.c.id < select(func.max(history.c.id)).where(*here).scalar_subquery()))
    write_tokens(connection, entity.name, record_id, set())
    connection.execute(delete(mention).where(mention.c.entity == entity.name, mention.c.record_id == record_id))
    connection.execute(delete(entity.table).where(entity.table.c.id == record_id))


def index(
    connection: Connection, entity: Entity, record_id: int, entities: Mapping[str, Entity], whole: Mapping[str, Any] | None = None
) -> None:
    """Write the record's search tokens anew; `whole`: all its values, when they are at hand and it is not in the bin."""
    if whole is None:
        row = row_of(connection, entity, record_id)
        if row["deleted_at"] is not None:
            write_tokens(connection, entity.name, record_id, set())
            return
        (whole,) = values_of(connection, entity, [row])
    showing = Showing(language="fa", titles=titles(connection, entities, entity.searched, [whole], SYSTEM))
    write_tokens(connection, entity.name, record_id, found_by(entity, whole, showing), owners=owners_of(whole, whole["created_by"]))


def note(connection: Connection, entity: Entity, record_id: int, act: str, changes: Mapping[str, Any], version: int, who: Who) -> None:
    """One row of history."""
    connection.execute(
        insert(history).values(
            at=who.at,
            username=who.username,
            origin=who.origin,
            entity=entity.name,
            record_id=record_id,
            act=act,
            version=version,
            changes=dict(changes),
        )
    )


# ── Checks ───────────────────────────────────────────────────────────────────────────────────────────────────


def _ready(
    connection: Connection,
    entity: Entity,
    whole: Values,
    old: Mapping[str, Any],
    entities: Mapping[str, Entity],
    reading: Reading,
    who: Who,
    record_id: int = 0,
) -> None:
    try:
        if entity.prepare:
            entity.prepare(whole, old, reading)
        if entity.check:
            entity.check(whole, entities)
    except Refusal as error:
        raise RecordInvalid({error.field or entity.title_field: error}) from None
    check(entity, whole, reading)
    problems: dict[str, Refusal] = {}
    for one in entity.fields:
        value = whole.get(one.name)
        if value is None or value == old.get(one.name):
            continue
        try:
            _check_one(connection, entity, one, value, old, record_id, who.viewer)
        except Refusal as error:
            problems[one.name] = error
    problems |= {path: refusal for _place, path, refusal in missing(connection, entity, [whole], entities, who.viewer, dict(old))}
    if problems:
        raise RecordInvalid(problems)


def _check_one(
    connection: Connection, entity: Entity, one: Field, value: Any, old: Mapping[str, Any], record_id: int, viewer: Viewer | None
) -> None:
    if isinstance(one.kind, State) and not one.kind.may_move(old.get(one.name), value):
        raise MoveRefused(one, old.get(one.name), value)
    if one.unique and not one.custom:
        others = having(connection, entity, one, [value], viewer, but=record_id)
        if value in others:
            raise taken(one, value, others[value])
    if isinstance(one.kind, Parent) and record_id:
        _check_tree(connection, entity.table, record_id, value)


def _check_tree(connection: Connection, table: Table, record_id: int, parent: int) -> None:
    path = connection.execute(select(table.c.path).where(table.c.id == parent)).scalar() or ""
    if parent == record_id or f"/{record_id}/" in path:
        raise Circle


# ── Rows ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _write_rest(
    connection: Connection, entity: Entity, number: int, whole: Values, old: Mapping[str, Any], entities: Mapping[str, Entity], who: Who
) -> None:
    for one in entity.fields:
        value, before = whole.get(one.name), old.get(one.name)
        if isinstance(one.kind, References) and not one.custom and links_follow(entity, one, old, whole):
            write_links(connection, entity, number, one, whole)
        if one.custom or value == before:
            continue
        if isinstance(one.kind, Rows) and one.name in entity.children:
            _write_child(connection, entity, one.kind, entity.children[one.name], number, value or [], before or [])
        elif isinstance(one.kind, Users):
            _write_users(connection, entity.name, number, one.name, value or ())
        elif isinstance(one.kind, MultiChoice) and one.indexed:
            _write_choices(connection, entity.name, number, one.name, value or ())
        elif isinstance(one.kind, Parent):
            write_path(connection, entity.table, number, value)
    claim(connection, entity, number, whole, old, who)
    if entity.follow:
        (more,) = entity.follow(connection, [(number, old, whole)], who)
        if more:
            connection.execute(update(entity.table).where(entity.table.c.id == number).values(dict(more)))
            whole.update(more)
    _make_findable(connection, entity, number, whole, old, entities)


def _make_findable(
    connection: Connection, entity: Entity, number: int, whole: Values, old: Mapping[str, Any], entities: Mapping[str, Entity]
) -> None:
    """Search tokens, and the telephone numbers that its texts mention; of the records that are found by its name as well."""
    index(connection, entity, number, entities, whole)
    if mentioning(entity):
        mention_all(connection, entity, number, whole)
    if entity.also_found and old:
        others = list(entity.also_found(connection, number, old, whole))
        for other in others[:FOUND_AT_ONCE]:
            index(connection, entity, other, entities)
        if waiting := [{"entity": entity.name, "record_id": other} for other in others[FOUND_AT_ONCE:]]:
            connection.execute(insert(search_waiting), waiting)


def _write_child(
    connection: Connection,
    entity: Entity,
    kind: Rows,
    child: Table,
    number: int,
    rows: Sequence[Mapping[str, Any]],
    old: Sequence[Mapping[str, Any]],
) -> None:
    known = {row["id"] for row in old if "id" in row}
    kept = {row["id"] for row in rows if row.get("id") in known}
    owner = f"{entity.name}_id"
    if gone := known - kept:
        connection.execute(delete(child).where(child.c.id.in_(gone), child.c[owner] == number))
    for place, row in enumerate(rows):
        columns = {one.name: stored(one, row.get(one.name)) for one in kind.fields if one.name in child.c}
        columns |= {name: row.get(name) for name in kind.derived} | {"position": place}
        if row.get("id") in kept:
            connection.execute(update(child).where(child.c.id == row["id"], child.c[owner] == number).values(columns))
        else:
            connection.execute(insert(child).values({**columns, owner: number}))


def _write_users(connection: Connection, entity: str, number: int, field: str, usernames: Iterable[str]) -> None:
    c = record_user.c
    connection.execute(delete(record_user).where(c.entity == entity, c.record_id == number, c.field == field))
    rows = [
        {"entity": entity, "record_id": number, "field": field, "username": name, "position": place} for place, name in enumerate(usernames)
    ]
    if rows:
        connection.execute(insert(record_user), rows)


def _write_choices(connection: Connection, entity: str, number: int, field: str, codes: Iterable[str]) -> None:
    c = record_choice.c
    connection.execute(delete(record_choice).where(c.entity == entity, c.record_id == number, c.field == field))
    if rows := [{"entity": entity, "record_id": number, "field": field, "code": code} for code in codes]:
        connection.execute(insert(record_choice), rows)


def write_path(connection: Connection, table: Table, number: int, parent: int | None) -> None:
    """Put a record at its place in the tree, and all that is below it."""
    above = connection.execute(select(table.c.path).where(table.c.id == parent)).scalar_one() if parent else "/"
    before = connection.execute(select(table.c.path).where(table.c.id == number)).scalar_one()
    path = f"{above}{number}/"
    connection.execute(update(table).where(table.c.id == number).values(path=path))
    if before not in ("/", path):
        below = connection.execute(select(table.c.id, table.c.path).where(table.c.path.startswith(before), table.c.id != number)).all()
        for row in below:
            connection.execute(update(table).where(table.c.id == row.id).values(path=path + row.path.removeprefix(before)))


def _differs(entity: Entity, name: str, old: Any, new: Any) -> bool:
    one = entity.field(name)
    if one is None:
        return name in STANDARD_SET and old != new
    if isinstance(one.kind, Rows):
        return row_changes(old or (), new or ())
    return bool(old != new) and one.kind.code != "computed"
