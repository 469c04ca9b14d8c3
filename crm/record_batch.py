"""Writing a batch of new records whose values are checked: a few statements for all of them, whatever hangs on them included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, func, select

from config.many_rows import insert_rows, next_numbers, pour_rows, sent_together
from config.persian.alphabet import sort_key
from crm.access import SYSTEM
from crm.attachments.claiming import claim
from crm.entity import Entity, Values, Who
from crm.fields.kind import Showing
from crm.linked_names import titles
from crm.mentions import COLUMNS as MENTION_COLUMNS, mention, mention_rows, mentioning
from crm.record_links import link_new
from crm.record_shape import shape_of
from crm.record_tables import history, record_choice, record_user
from crm.record_tokens import found_by, owners_of
from crm.search_index import COLUMNS as TOKEN_COLUMNS, token_rows
from crm.tables import search_token

HISTORY_COLUMNS = ("at", "username", "origin", "entity", "record_id", "act", "version", "changes")
UNTOLD = (None, False)
"""What the history of a new record does not tell."""


def write_new(connection: Connection, entity: Entity, wholes: Sequence[Values], entities: Mapping[str, Entity], who: Who) -> list[int]:
    """Write new records of whole values, to which is added what follows from their ids; the ids."""
    if not wholes:
        return []
    spoken_of = select(func.max(history.c.record_id)).where(history.c.entity == entity.name)
    numbers = next_numbers(connection, entity.table, len(wholes), spoken_of)
    if entity.follow:
        followed = entity.follow(connection, [(number, {}, whole) for number, whole in zip(numbers, wholes, strict=True)], who)
        for whole, more in zip(wholes, followed, strict=True):
            whole.update(more)
    records = list(zip(numbers, wholes, strict=True))
    showing = Showing(language="fa", titles=titles(connection, entities, entity.searched, wholes, SYSTEM))
    paths = _paths(connection, entity, records) if "path" in entity.table.c else ()
    with sent_together(connection):
        _write_rows(connection, entity, records, paths, who)
        _write_children(connection, entity, records)
        _write_lists(connection, entity, records)
        if mentioning(entity):
            rows = [row for number, whole in records for row in mention_rows(entity, number, whole)]
            insert_rows(connection, mention, MENTION_COLUMNS, rows)
        _write_history(connection, entity, records, who)
        tokens = _tokens(entity, records, showing, who)  # worked out while the server is busy with the others
    pour_rows(connection, search_token, TOKEN_COLUMNS, tokens)
    for number, whole in records:
        claim(connection, entity, number, whole, {}, who)
    return numbers


def row_for(entity: Entity, whole: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    """The row of the entity's table for whole values; `extra` holds what custom fields that are unknown now have left."""
    columns = shape_of(entity).columns
    row = dict(zip((name for name, _nothing in columns), _kept(columns, whole), strict=True))
    return {
        **row,
        "active": bool(whole.get("active", True)),
        "extra": _own(entity, whole, extra),
        "sort_key": sort_key(entity.sort_name(whole)),
    }


def _kept(columns: Sequence[tuple[str, Any]], whole: Mapping[str, Any]) -> list[Any]:
    return [nothing if (value := whole.get(name)) is None else value for name, nothing in columns]


def _own(entity: Entity, whole: Mapping[str, Any], extra: Mapping[str, Any]) -> dict[str, Any]:
    own = dict(extra)
    for name in shape_of(entity).own:
        own.pop(name, None)
        if whole.get(name) is not None:
            own[name] = whole[name]
    return own


Records = Sequence[tuple[int, Values]]


def _write_rows(connection: Connection, entity: Entity, records: Records, paths: Sequence[str], who: Who) -> None:
    """The rows of the entity's table. Columns that no record says anything for, most of them, are not gone through for each."""
    said = {name for _number, whole in records for name, value in whole.items() if value is not None}
    columns = [one for one in shape_of(entity).columns if one[0] in said]
    alike = {name: nothing for name, nothing in shape_of(entity).columns if name not in said}
    by = {"created_at": who.at, "created_by": who.username, "updated_at": who.at, "updated_by": who.username}
    names = (*(name for name, _nothing in columns), "active", "extra", "sort_key", *by, "id", *(("path",) if paths else ()))
    rows = [
        (
            *_kept(columns, whole),
            bool(whole.get("active", True)),
            _own(entity, whole, {}),
            sort_key(entity.sort_name(whole)),
            *by.values(),
            number,
        )
        for number, whole in records
    ]
    if paths:
        rows = [(*row, path) for row, path in zip(rows, paths, strict=True)]
    insert_rows(connection, entity.table, names, rows, alike)


def _paths(connection: Connection, entity: Entity, records: Records) -> list[str]:
    """The places of new records in the tree."""
    parent, table = shape_of(entity).parent, entity.table
    above = {whole[parent] for _number, whole in records if whole.get(parent)}
    rows = connection.execute(select(table.c.id, table.c.path).where(table.c.id.in_(above)))
    known = {row.id: row.path for row in rows}
    return [f"{known[whole[parent]] if whole.get(parent) else '/'}{number}/" for number, whole in records]


def _write_children(connection: Connection, entity: Entity, records: Records) -> None:
    for rows in shape_of(entity).rows:
        name = rows.field.name
        if (child := entity.children.get(name)) is None:
            continue
        found = [
            (number, place, *(nothing if (value := row.get(inner)) is None else value for inner, nothing in rows.columns))
            for number, whole in records
            for place, row in enumerate(whole.get(name) or ())
        ]
        insert_rows(connection, child, (f"{entity.name}_id", "position", *(inner for inner, _nothing in rows.columns)), found)


def _write_lists(connection: Connection, entity: Entity, records: Records) -> None:
    """Links, users and indexed choices: what lies in tables that all entities share."""
    shape, name = shape_of(entity), entity.name
    for one in shape.links:
        link_new(connection, entity, one, records)
    users = [
        (name, number, one.name, username, place)
        for one in shape.users
        for number, whole in records
        for place, username in enumerate(whole.get(one.name) or ())
    ]
    insert_rows(connection, record_user, ("entity", "record_id", "field", "username", "position"), users)
    choices = [(name, number, one.name, code) for one in shape.choices for number, whole in records for code in whole.get(one.name) or ()]
    insert_rows(connection, record_choice, ("entity", "record_id", "field", "code"), choices)


def _tokens(entity: Entity, records: Records, showing: Showing, who: Who) -> list[tuple[str, str, int, str]]:
    """The rows by which the records are found, in the order of the tree that they go into: neighbours share its pages."""
    rows = [
        row
        for number, whole in records
        for row in token_rows(entity.name, number, found_by(entity, whole, showing), owners_of(whole, who.username))
    ]
    rows.sort(key=itemgetter(1))  # by token; their entity is one, and their numbers ascend already
    return rows


def _write_history(connection: Connection, entity: Entity, records: Records, who: Who) -> None:
    names = shape_of(entity).names
    rows = [
        (
            who.at,
            who.username,
            who.origin,
            entity.name,
            number,
            "created",
            1,
            {name: [None, value] for name, value in whole.items() if value not in UNTOLD and name in names},
        )
        for number, whole in records
    ]
    insert_rows(connection, history, HISTORY_COLUMNS, rows)
