"""The one query builder: what a user may see, narrowed by conditions, searched, sorted, and cut into pages by key.

Every page, API call, search, autocomplete, count, export and print of records goes through `chosen`; so access cannot be forgotten.
What is asked: query_world.py. Access, conditions, values, words and order as SQL: query_access.py and its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import Column, ColumnElement, Connection, Select, Table, exists, func, literal, select

from crm.access import Viewer
from crm.entity import Entity
from crm.fields.field import Field
from crm.query_access import allowed
from crm.query_conditions import predicate
from crm.query_order import CursorRefused, Order, beyond, key_part, opened, order_of, sealed
from crm.query_values import STANDARD_PLACES, standard_field, value_of
from crm.query_words import worded
from crm.query_world import RARE_TO_COUNT, Query, World
from crm.record_tables import record_star

__all__ = [
    "COUNTED", "STANDARD_PLACES", "CursorRefused", "Page", "Query", "World", "allowed", "chosen", "count", "ids", "neighbours", "page", "predicate",
    "standard_field", "value_of",
]  # fmt: skip

COUNTED = 10_000
"""Lists say "more than ten thousand" instead of counting on."""
ALWAYS = ("id", "sort_key", "active", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deleted_by")
"""The columns of every row that is read."""


@frozen
class Page:
    """Rows of one page in order, and the keys of its neighbours ("" = none)."""

    rows: list[Mapping[str, Any]] = field(factory=list)
    next: str = ""
    previous: str = ""


def chosen(connection: Connection, query: Query, world: World, *columns: Column[Any]) -> Select[Any]:
    """SELECT of `columns` (the whole row when none are named) of all records asked for and allowed; not yet sorted."""
    table = query.entity.table
    found = _selected(table, columns).where(allowed(query.entity, world.viewer, query.right))
    if query.deleted != "any":
        found = found.where(table.c.deleted_at.is_(None) if query.deleted == "no" else table.c.deleted_at.is_not(None))
    if query.active is not None:
        found = found.where(table.c.active.is_(query.active))
    if query.starred:
        found = found.where(_starred(query.entity, world.viewer))
    if query.q.strip():
        found = found.where(worded(connection, query.entity, query.q, world.rare, world.viewer))
    if query.where is not None:
        found = found.where(predicate(query.where, query.entity, evolve(world, connection=connection)))
    return found


def page(connection: Connection, query: Query, world: World, fields: Iterable[Field] | None = None) -> Page:
    """One page, by keyset: as quick at the end of a million as at their beginning. `fields`: whose columns are read, when not all."""
    order = order_of(query, world)
    back = bool(query.before)
    sql = chosen(connection, query, world, *_columns(query.entity, order, fields))
    if cursor := query.before or query.after:
        sql = sql.where(beyond(order, opened(cursor, len(order)), back=back))
    ordered = [(column.asc() if descending is back else column.desc()) for column, _name, descending in order]
    result = connection.execute(sql.order_by(*ordered).limit(query.limit + 1).offset(query.offset or None))
    names, found = tuple(result.keys()), result.all()
    more = len(found) > query.limit
    rows: list[Mapping[str, Any]] = [dict(zip(names, row, strict=True)) for row in found[: query.limit]]
    if back:
        rows.reverse()
    if not rows:
        return Page()
    keys = [sealed([key_part(row, name) for _column, name, _descending in order]) for row in (rows[0], rows[-1])]
    has_next, has_previous = (True, more) if back else (more, bool(query.after) or query.offset > 0)
    return Page(rows, keys[1] if has_next else "", keys[0] if has_previous else "")


def ids(connection: Connection, query: Query, world: World, most: int) -> list[int]:
    """The ids of the first `most` records, in order."""
    order = order_of(query, world)
    sql = chosen(connection, query, world, query.entity.table.c.id)
    ordered = [column.desc() if descending else column.asc() for column, _name, descending in order]
    return list(connection.execute(sql.order_by(*ordered).limit(most)).scalars())


def neighbours(connection: Connection, query: Query, world: World, record_id: int) -> tuple[int | None, int | None]:
    """The ids of the records before and behind this one in the list that was asked for; None at its ends, and when it is not in it."""
    order, table = order_of(query, world), query.entity.table
    row = connection.execute(chosen(connection, query, world).where(table.c.id == record_id)).mappings().first()
    if row is None:
        return None, None
    key = [key_part(dict(row), name) for _column, name, _descending in order]

    def beside(*, back: bool) -> int | None:
        sql = chosen(connection, query, world, table.c.id).where(beyond(order, key, back=back))
        ordered = [column.asc() if descending is back else column.desc() for column, _name, descending in order]
        return connection.execute(sql.order_by(*ordered).limit(1)).scalar()

    return beside(back=True), beside(back=False)


def count(connection: Connection, query: Query, world: World, most: int = COUNTED) -> int:
    """How many there are; `most` + 1 when there are more than that."""
    counting = evolve(world, rare=RARE_TO_COUNT)
    some = chosen(connection, query, counting, query.entity.table.c.id).limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def _starred(entity: Entity, viewer: Viewer) -> ColumnElement[bool]:
    mine = select(literal(1)).where(
        record_star.c.username == viewer.username, record_star.c.entity == entity.name, record_star.c.record_id == entity.table.c.id
    )
    return exists(mine)


@lru_cache(1000)
def _selected(table: Table, columns: tuple[Column[Any], ...]) -> Select[Any]:
    """The beginning of the statement, made once for the columns of a list."""
    return select(*(columns or (table,))).select_from(table)


def _columns(entity: Entity, order: Order, fields: Iterable[Field] | None) -> list[Column[Any]]:
    """The columns that a page needs; none: all."""
    if fields is None:
        return []
    sorted_by = {name for _column, name, _descending in order}
    names = {*ALWAYS, entity.title_field, *sorted_by, *("extra" if one.custom else one.name for one in fields)}
    if any(name not in entity.table.c for name in sorted_by):
        names.add("extra")
    return [column for column in entity.table.c if column.name in names]
