"""Everything that points to one record made to point to another, written down so that it can be made undone.

References are found, not listed: every foreign key to the entity's table in the metadata; the shared tables that name entity and
record; fields that refer to any entity; fields of the administrators' own. Only the columns of other floors that carry an id without a
foreign key are named here. Where the target has the same row already (the same communication, the same role), the row goes away.

What is written down is a list of [table, kind, key, column, old value] ("moved") and [table, "dropped", row].
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import Column, Connection, RowMapping, Table, and_, delete, insert, select, update

from config.database import metadata
from crm.entity import Entity
from crm.fields.references import AnyReference
from crm.fields.rows import Rows
from crm.record_tables import record_link, record_star, record_user

Move = list[Any]
WITHOUT_KEY = {"party": (("call", "party"),)}
"""Columns of other floors that hold an id of the entity without a foreign key."""
LEFT_ALONE = frozenset({"search_token", "history", "merge", "duplicate_group", "not_duplicate", "event"})


def move_all(connection: Connection, entity: Entity, entities: Mapping[str, Entity], old: int, new: int) -> list[Move]:
    """Let everything that points to `old` point to `new`."""
    moves: list[Move] = []
    for table, column in pointing(entity):
        moves += _move(connection, table, column, old, new)
    for table in (record_link, record_user, record_star):
        moves += _move(connection, table, table.c.record_id, old, new, table.c.entity == entity.name)
    moves += _move(connection, record_link, record_link.c.target_id, old, new, record_link.c.target == entity.name)
    for other in entities.values():
        for one in other.fields:
            if isinstance(one.kind, AnyReference) and not one.custom:
                moves += _move(connection, other.table, other.table.c[one.name], f"{entity.name}:{old}", f"{entity.name}:{new}")
    return moves + _drop_loops(connection, entity, new)


def pointing(entity: Entity) -> Iterator[tuple[Table, Column[Any]]]:
    """Every column that holds an id of the entity."""
    for table in metadata.sorted_tables:
        if table.name in LEFT_ALONE:
            continue
        for column in table.columns:
            if any(key.target_fullname == f"{entity.name}.id" for key in column.foreign_keys):
                yield table, column
    for name, field in WITHOUT_KEY.get(entity.name, ()):
        if name in metadata.tables:
            yield metadata.tables[name], metadata.tables[name].c[field]


def move_back(connection: Connection, moves: Iterable[Move]) -> int:
    """Undo `move_all`, the last move first; rows that have been changed again since stay as they are. How many could not be moved back."""
    lost = 0
    for move in reversed(list(moves)):
        table = metadata.tables.get(move[0])
        if table is None:
            lost += 1
        elif move[1] == "dropped":
            lost += not _put_back(connection, table, move[2])
        else:
            _name, _kind, key, column, old, new = move
            where = and_(*(table.c[name] == value for name, value in key.items()), table.c[column] == new)
            lost += not connection.execute(update(table).where(where).values({column: old})).rowcount
    return lost


def drop_doubles(connection: Connection, entity: Entity, number: int) -> list[Move]:
    """Rows of the record (numbers, addresses…) that say the same as an earlier one go away."""
    moves: list[Move] = []
    for name, child in entity.children.items():
        kind = entity.by_name[name].kind
        assert isinstance(kind, Rows)
        compared = [one.name for one in kind.fields if one.read_only]
        said = compared or ([kind.main] if kind.main else [one.name for one in kind.fields])
        seen: set[str] = set()
        owner = child.c[f"{entity.name}_id"]
        for row in connection.execute(select(child).where(owner == number).order_by(child.c.position, child.c.id)).mappings().all():
            if (key := repr([row[one] for one in said])) in seen:
                connection.execute(delete(child).where(child.c.id == row["id"]))
                moves.append([str(child.name), "dropped", _plain(row)])
            seen.add(key)
    return moves


def _move(connection: Connection, table: Table, column: Column[Any], old: Any, new: Any, *where: Any) -> list[Move]:
    keys = list(table.primary_key.columns)
    moves: list[Move] = []
    for row in connection.execute(select(table).where(column == old, *where)).mappings().all():
        here = and_(*(key == row[key.name] for key in keys))
        if column.primary_key and _there(connection, keys, dict(row), column, new):
            connection.execute(delete(table).where(here))
            moves.append([str(table.name), "dropped", _plain(row)])
            continue
        connection.execute(update(table).where(here).values({column.name: new}))
        key_now = {str(key.name): new if key is column else row[key.name] for key in keys}
        moves.append([str(table.name), "moved", key_now, str(column.name), old, new])
    return moves


def _there(connection: Connection, keys: list[Column[Any]], row: Mapping[str, Any], column: Column[Any], new: Any) -> bool:
    same = and_(*(key == (new if key is column else row[key.name]) for key in keys))
    return connection.execute(select(keys[0]).where(same)).first() is not None


def _drop_loops(connection: Connection, entity: Entity, number: int) -> list[Move]:
    """Rows that now join the record to itself (two relatives that were one person) go away."""
    moves: list[Move] = []
    for table in metadata.sorted_tables:
        ends = [column for column in table.columns if any(key.target_fullname == f"{entity.name}.id" for key in column.foreign_keys)]
        if len(ends) < 2 or table.name in LEFT_ALONE or table is entity.table:
            continue
        loop = and_(*(column == number for column in ends))
        for row in connection.execute(select(table).where(loop)).mappings().all():
            connection.execute(delete(table).where(and_(*(key == row[key.name] for key in table.primary_key.columns))))
            moves.append([str(table.name), "dropped", _plain(row)])
    loops = and_(
        record_link.c.entity == entity.name,
        record_link.c.target == entity.name,
        record_link.c.record_id == number,
        record_link.c.target_id == number,
    )
    for row in connection.execute(select(record_link).where(loops)).mappings().all():
        connection.execute(delete(record_link).where(loops, record_link.c.field == row["field"]))
        moves.append([record_link.name, "dropped", _plain(row)])
    return moves


def _put_back(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    key = and_(*(column == row[column.name] for column in table.primary_key.columns))
    if connection.execute(select(*table.primary_key.columns).where(key)).first() is not None:
        return False
    connection.execute(insert(table).values({name: value for name, value in row.items() if name in table.c}))
    return True


def _plain(row: Mapping[str, Any] | RowMapping) -> dict[str, Any]:
    """The row as JSON: SQLAlchemy's own kind of str is none for the encoder."""
    return {str(name): value for name, value in row.items()}
