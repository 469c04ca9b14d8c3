"""The one query builder: what a user may see, narrowed by conditions, searched, sorted, and cut into pages by key.

Every page, API call, search, autocomplete, count, export and print of records goes through `chosen`; so access cannot be forgotten.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import orjson
from attrs import evolve, field, frozen
from sqlalchemy import ColumnElement, Connection, Select, Table, and_, exists, false, func, literal, not_, or_, select, true, tuple_
from sqlalchemy.sql import FromClause

from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity
from crm.expression import Both, Condition, ExpressionRefused, Not, Test
from crm.fields.choices import MultiChoice
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.fields.references import Reference, References, User, Users
from crm.fields.rows import Rows
from crm.folding import fold
from crm.record_links import links_of
from crm.record_tables import record_choice, record_star, record_user
from crm.search_tokens import searched
from crm.sql_words import custom_value, folded
from crm.tables import search_token

LONGEST_PATH = 3
RARE = 2_000
"""A value that so few records have is rare (docs/decisions/0020)."""
COUNTED = 10_000
"""Lists say "more than ten thousand" instead of counting on."""
_LAST = "\U0010ffff"
_RELATIVE = re.compile(r"@(today|now)(?:([+-])(\d{1,5}))?")


class CursorRefused(Refusal):
    """A page address that was changed by hand or belongs to another order."""

    code = "cursor_refused"
    status = 422
    sentence = _("This page address is not valid any more; open the list from its beginning.")


@frozen(kw_only=True)
class World:
    """What a query is asked in: by whom, today, over which entities."""

    viewer: Viewer
    entities: Mapping[str, Entity]
    reading: Reading = field(factory=Reading)
    now: float = 0.0
    connection: Connection | None = None
    """Where it is asked: with it, conditions on rare things are asked the other way round (see `_belonging`)."""


@frozen(kw_only=True)
class Query:
    """Records of `entity` that are asked for.

    `where`: conditions. `q`: words as typed into the search box. `sort`: ("field", descending) pairs. `deleted`: "no", "only" or "any".
    `after`/`before`: the key of the page before or behind. `right`: what is to be done with them.
    """

    entity: Entity
    where: Condition | None = None
    q: str = ""
    sort: tuple[tuple[str, bool], ...] = ()
    deleted: str = "no"
    starred: bool = False
    active: bool | None = None
    after: str = ""
    before: str = ""
    limit: int = 50
    offset: int = 0
    """For page numbers; keys (`after`) are quicker and miss nothing."""
    right: str = "view"


@frozen
class Page:
    """Rows of one page in order, and the keys of its neighbours ("" = none)."""

    rows: list[Mapping[str, Any]] = field(factory=list)
    next: str = ""
    previous: str = ""


def chosen(query: Query, world: World, *columns: Any) -> Select[Any]:
    """SELECT of `columns` (the whole row when none are named) of all records asked for and allowed; not yet sorted."""
    table = query.entity.table
    found = select(*(columns or (table,))).select_from(table).where(allowed(query.entity, world.viewer, query.right))
    if query.deleted != "any":
        found = found.where(table.c.deleted_at.is_(None) if query.deleted == "no" else table.c.deleted_at.is_not(None))
    if query.active is not None:
        found = found.where(table.c.active.is_(query.active))
    if query.starred:
        found = found.where(_starred(query.entity, world.viewer))
    if query.q.strip():
        found = found.where(*_words(query.entity, query.q))
    if query.where is not None:
        found = found.where(predicate(query.where, query.entity, world))
    return found


def page(connection: Connection, query: Query, world: World) -> Page:
    """One page, by keyset: as quick at the end of a million as at their beginning."""
    world = evolve(world, connection=connection)
    order = _order(query, world)
    back = bool(query.before)
    sql = chosen(query, world)
    if cursor := query.before or query.after:
        sql = sql.where(_beyond(order, _opened(cursor, len(order)), back=back))
    ordered = [(column.asc() if descending is back else column.desc()) for column, _name, descending in order]
    found = connection.execute(sql.order_by(*ordered).limit(query.limit + 1).offset(query.offset or None)).mappings().all()
    more = len(found) > query.limit
    rows: list[Mapping[str, Any]] = [dict(row) for row in found[: query.limit]]
    if back:
        rows.reverse()
    if not rows:
        return Page()
    keys = [_sealed([_key(row, name) for _column, name, _descending in order]) for row in (rows[0], rows[-1])]
    has_next, has_previous = (True, more) if back else (more, bool(query.after) or query.offset > 0)
    return Page(rows, keys[1] if has_next else "", keys[0] if has_previous else "")


def ids(connection: Connection, query: Query, world: World, most: int) -> list[int]:
    """The ids of the first `most` records, in order."""
    world = evolve(world, connection=connection)
    order = _order(query, world)
    sql = chosen(query, world, query.entity.table.c.id)
    ordered = [column.desc() if descending else column.asc() for column, _name, descending in order]
    return list(connection.execute(sql.order_by(*ordered).limit(most)).scalars())


def neighbours(connection: Connection, query: Query, world: World, record_id: int) -> tuple[int | None, int | None]:
    """The ids of the records before and behind this one in the list that was asked for; None at its ends, and when it is not in it."""
    order, table = _order(query, world), query.entity.table
    row = connection.execute(chosen(query, world).where(table.c.id == record_id)).mappings().first()
    if row is None:
        return None, None
    key = [_key(dict(row), name) for _column, name, _descending in order]

    def beside(*, back: bool) -> int | None:
        sql = chosen(query, world, table.c.id).where(_beyond(order, key, back=back))
        ordered = [column.asc() if descending is back else column.desc() for column, _name, descending in order]
        return connection.execute(sql.order_by(*ordered).limit(1)).scalar()

    return beside(back=True), beside(back=False)


def count(connection: Connection, query: Query, world: World, most: int = COUNTED) -> int:
    """How many there are; `most` + 1 when there are more than that."""
    world = evolve(world, connection=connection)
    some = chosen(query, world, query.entity.table.c.id).limit(most + 1).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def allowed(entity: Entity, viewer: Viewer, right: str = "view", table: FromClause | None = None) -> ColumnElement[bool]:
    """The condition that `viewer` may do `right` with a row (see crm/access.py)."""
    level = viewer.level(entity.name, right)
    if level in ("none", "all"):
        return true() if level == "all" else false()
    c = (entity.table if table is None else table).c
    users = [viewer.username] if level == "own" else sorted({viewer.username, *viewer.team})
    listed = select(literal(1)).where(
        record_user.c.entity == entity.name, record_user.c.record_id == c.id, record_user.c.field == "experts"
    )
    return or_(
        c.expert.in_(users),
        exists(listed.where(record_user.c.username.in_(users))),
        and_(c.expert.is_(None), c.created_by == viewer.username, not_(exists(listed))),
    )


def predicate(condition: Condition, entity: Entity, world: World, table: FromClause | None = None) -> ColumnElement[bool]:
    """The condition as SQL. Raises ExpressionRefused for a field or operator that is not there, and what the field's kind refuses."""
    source = entity.table if table is None else table
    if isinstance(condition, Both):
        parts = [predicate(part, entity, world, source) for part in condition.parts]
        return and_(*parts) if condition.kind == "and" else or_(*parts)
    if isinstance(condition, Not):
        return not_(func.coalesce(predicate(condition.part, entity, world, source), false()))
    return _test(condition, condition.path.split("."), entity, world, source)


def value_of(one: Field, source: FromClause) -> ColumnElement[Any]:
    """The SQL expression of a field's value: its column, or its place among the fields of the administrators' own."""
    return custom_value(source.c.extra, one) if one.custom else source.c[one.name]


# ── Conditions ───────────────────────────────────────────────────────────────────────────────────────────────


def _test(test: Test, path: Sequence[str], entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    if len(path) > LONGEST_PATH:
        raise ExpressionRefused(place=test.path, expected=_("a path of at most three fields"))
    one = _field(path[0], test, entity, world)
    if isinstance(one.kind, Rows):
        return _in_rows(test, path, one, entity, world, source)
    if len(path) > 1:
        return _over_link(test, path, one, entity, world, source)
    if test.operator not in one.kind.operators:
        raise ExpressionRefused(place=f"{test.path} {test.operator}", expected=", ".join(one.kind.operators))
    if isinstance(one.kind, References | Users):
        return _in_links(test, one, entity, world, source)
    if test.operator == "under":
        return _under(test, one, world, value_of(one, source))
    if test.operator == "has" and one.indexed and isinstance(one.kind, MultiChoice) and not one.custom:
        return _has_choice(test, one, entity, world, source)
    return _compare(test, one, value_of(one, source), world)


STANDARD_PLACES = ("id", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "active", "version")


def _field(name: str, test: Test, entity: Entity, world: World) -> Field:
    one = entity.field(name) or standard_field(name)
    if one is None or not one.active or not one.filtered or one.level > world.viewer.pattern.field_level:
        raise ExpressionRefused(place=test.path, expected=_("the name of a field"))
    return one


def standard_field(name: str) -> Field | None:
    """A field that every entity has beside its own: id, active, and who made and changed it when."""
    from crm.fields.dates import Moment
    from crm.fields.numbers import Number, YesNo

    kinds = {"id": Number(), "version": Number(), "active": YesNo(), "created_by": User(), "updated_by": User()}
    labels = {
        "id": _("Id"), "version": _("Version"), "active": _("Active"), "created_by": _("Made by"), "updated_by": _("Changed by"),
        "created_at": _("Made"), "updated_at": _("Changed"), "deleted_at": _("Deleted"),
    }  # fmt: skip
    if name not in STANDARD_PLACES:
        return None
    return Field(name=name, kind=kinds.get(name, Moment()), label=labels[name], read_only=True)


def _compare(test: Test, one: Field, place: ColumnElement[Any], world: World) -> ColumnElement[bool]:
    op, text = test.operator, one.kind.storage in ("string", "text")
    if op in ("empty", "filled"):
        there = and_(place.is_not(None), place != "") if text else place.is_not(None)
        return there if op == "filled" else not_(there)
    if op in ("like", "starts"):
        words = fold(str(test.value or ""))[:200]
        return folded(place).contains(words, autoescape=True) if op == "like" else folded(place).startswith(words, autoescape=True)
    if op == "has":
        return folded(place).contains(orjson.dumps(_read(test.value, one, world)).decode().strip("[]"), autoescape=True)
    if op == "in":
        return place.in_([_read(value, one, world) for value in test.value][:500])
    if op == "between":
        low, high = (_bounds(value, one, world) for value in test.value)
        return and_(place >= low[0], place <= high[1], place != "") if text else and_(place >= low[0], place <= high[1])
    low_value, high_value = _bounds(test.value, one, world)
    if op in ("=", "!="):
        same = place == low_value if low_value == high_value else and_(place >= low_value, place <= high_value)
        if low_value is None:
            return _compare(Test(test.path, "empty" if op == "=" else "filled"), one, place, world)
        return same if op == "=" else not_(func.coalesce(same, false()))
    compared = {"<": place < low_value, "<=": place <= high_value, ">": place > high_value, ">=": place >= low_value}[op]
    return and_(compared, place != "") if text else compared


def _bounds(raw: Any, one: Field, world: World) -> tuple[Any, Any]:
    """The first and last value that is meant: a day given for a moment is all of that day."""
    value = _read(raw, one, world)
    if one.kind.code == "moment" and isinstance(raw, str) and value is not None and _is_day(raw, world.reading):
        return value, value + 86_399.999
    return value, value


def _is_day(raw: str, reading: Reading) -> bool:
    from config.persian.dates import read_date

    return raw.startswith("@today") or read_date(raw, reading.today, reading.language) is not None


def _read(raw: Any, one: Field, world: World) -> Any:
    if raw == "@me":
        return world.viewer.username
    if isinstance(raw, str) and (relative := _RELATIVE.fullmatch(raw)):
        name, sign, days = relative.groups()
        if name == "now":
            return world.now + (int(days or 0) * 86_400) * (-1 if sign == "-" else 1)
        raw = (world.reading.today + timedelta(days=int(days or 0) * (-1 if sign == "-" else 1))).isoformat()
    return one.kind.read(raw, world.reading)


def _in_rows(test: Test, path: Sequence[str], one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    assert isinstance(one.kind, Rows)
    child = entity.children.get(one.name)
    if child is None:
        raise ExpressionRefused(place=test.path, expected=_("a field that can be searched"))
    rows = select(literal(1)).where(child.c[f"{entity.name}_id"] == source.c.id)
    if len(path) == 1 and test.operator in ("empty", "filled"):
        return exists(rows) if test.operator == "filled" else not_(exists(rows))
    inner = next((part for part in one.kind.fields if len(path) > 1 and part.name == path[1]), None)
    if inner is None:
        raise ExpressionRefused(place=test.path, expected=", ".join(f"{one.name}.{part.name}" for part in one.kind.fields))
    if len(path) > 2:
        return exists(rows.where(_over_link(test, path[1:], inner, entity, world, child)))
    if test.operator not in inner.kind.operators:
        raise ExpressionRefused(place=f"{test.path} {test.operator}", expected=", ".join(inner.kind.operators))
    found = inner.indexed and test.operator in ("=", "in", "starts")
    return _belonging(child.c[f"{entity.name}_id"], _compare(test, inner, child.c[inner.name], world), source, world, counted=found)


def _over_link(test: Test, path: Sequence[str], one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    target = world.entities.get(one.kind.refers_to())
    if target is None:
        raise ExpressionRefused(place=test.path, expected=_("the name of a field"))
    other = target.table.alias()
    inner = and_(allowed(target, world.viewer, "view", other), other.c.deleted_at.is_(None), _test(test, path[1:], target, world, other))
    if isinstance(one.kind, References):
        links, place = _links(entity, one, source)
        return exists(links.where(place == other.c.id, inner))
    return exists(select(literal(1)).where(other.c.id == value_of(one, source), inner))


def _links(entity: Entity, one: Field, source: FromClause) -> tuple[Select[Any], ColumnElement[Any]]:
    links = links_of(entity, one)
    return select(literal(1)).where(links.only, links.record == source.c.id), links.target


def _in_links(test: Test, one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    if isinstance(one.kind, Users):
        owner: ColumnElement[Any] = record_user.c.record_id
        place: ColumnElement[Any] = record_user.c.username
        only: ColumnElement[bool] = and_(record_user.c.entity == entity.name, record_user.c.field == one.name)
    else:
        links = links_of(entity, one)
        owner, place, only = links.record, links.target, links.only
    if test.operator in ("empty", "filled"):
        there = _belonging(owner, only, source, world, counted=False)
        return there if test.operator == "filled" else not_(there)
    if test.operator == "under":
        return _belonging(owner, and_(only, _under(test, one, world, place)), source, world)
    single = evolve(one, kind=User() if isinstance(one.kind, Users) else Reference(entity=one.kind.refers_to()))
    return _belonging(owner, and_(only, place == _read(test.value, single, world)), source, world)


def _has_choice(test: Test, one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    c = record_choice.c
    only = and_(c.entity == entity.name, c.field == one.name, c.code.in_(_read(test.value, one, world) or [""]))
    return _belonging(c.record_id, only, source, world)


def _belonging(
    owner: ColumnElement[Any], only: ColumnElement[bool], source: FromClause, world: World, *, counted: bool = True
) -> ColumnElement[bool]:  # fmt: skip
    """Records that own a row for which `only` holds.

    The databases do not know how common a value is, so it is counted first, up to a few hundred: records with a rare one are looked up from the
    rows (a list of a million is not searched for them), those with a common one are met soon enough in the list's own order.
    """
    if counted and world.connection is not None:
        some = select(owner).where(only).limit(RARE + 1).subquery()
        if world.connection.execute(select(func.count()).select_from(some)).scalar_one() <= RARE:
            return source.c.id.in_(select(owner).where(only))
    return exists(select(literal(1)).where(owner == source.c.id, only))


def _under(test: Test, one: Field, world: World, place: ColumnElement[Any]) -> ColumnElement[bool]:
    """In the branch of a tree: the record itself or any below it."""
    target = world.entities.get(one.kind.refers_to())
    number = Reference(entity=one.kind.refers_to()).read(test.value, world.reading)
    if target is None or "path" not in target.table.c:
        return place == number
    top, below = target.table.alias(), target.table.alias()
    branch = select(below.c.id).where(top.c.id == number, below.c.path.startswith(top.c.path))
    return place.in_(branch)


def _words(entity: Entity, typed: str) -> list[ColumnElement[bool]]:
    """Each word typed is the beginning of one of the record's tokens."""
    found: list[ColumnElement[bool]] = []
    for term in searched(typed[:200])[:6]:
        ranges = or_(*(and_(search_token.c.token >= prefix, search_token.c.token < prefix + _LAST) for prefix in term))
        found.append(entity.table.c.id.in_(select(search_token.c.record_id).where(search_token.c.entity == entity.name, ranges)))
    return found or [false()]


def _starred(entity: Entity, viewer: Viewer) -> ColumnElement[bool]:
    mine = select(literal(1)).where(
        record_star.c.username == viewer.username, record_star.c.entity == entity.name, record_star.c.record_id == entity.table.c.id
    )
    return exists(mine)


# ── Order and pages ──────────────────────────────────────────────────────────────────────────────────────────

Order = list[tuple[ColumnElement[Any], str, bool]]


def _order(query: Query, world: World) -> Order:
    table: Table = query.entity.table
    order: Order = []
    for name, descending in query.sort or ((query.entity.sort.removeprefix("-"), query.entity.sort.startswith("-")),):
        if name in (query.entity.title_field, "sort_key"):
            order.append((table.c.sort_key, "sort_key", descending))
            continue
        one = query.entity.field(name) or standard_field(name)
        usable = one and one.kind.orders and one.kind.storage != "none" and one.level <= world.viewer.pattern.field_level
        if one is None or not usable:
            raise ExpressionRefused(place=name, expected=_("a field that lists can be sorted by"))
        place = value_of(one, table)
        nullable = one.custom or table.c[one.name].nullable
        zero: Any = 0 if one.kind.storage in ("integer", "real", "boolean") else ""
        order.append((func.coalesce(place, zero) if nullable else place, name, descending))
    order.append((table.c.id, "id", order[-1][2]))
    return order


def _key(row: Mapping[str, Any], name: str) -> Any:
    if name in row:
        return row[name]
    return (row["extra"] or {}).get(name)


def _beyond(order: Order, key: Sequence[Any], *, back: bool) -> ColumnElement[bool]:
    values = [_zero(column) if value is None else value for (column, _name, _descending), value in zip(order, key, strict=True)]
    if len({descending for _column, _name, descending in order}) == 1:
        row, limit = tuple_(*(column for column, _name, _descending in order)), tuple_(*(literal(value) for value in values))
        return row < limit if order[0][2] is not back else row > limit
    found: list[ColumnElement[bool]] = []
    for place, (column, _name, descending) in enumerate(order):
        same = [order[other][0] == values[other] for other in range(place)]
        found.append(and_(*same, column < values[place] if descending is not back else column > values[place]))
    return or_(*found)


def _zero(column: ColumnElement[Any]) -> Any:
    return 0 if column.type.python_type in (int, float, bool) else ""


def _sealed(key: Sequence[Any]) -> str:
    from base64 import urlsafe_b64encode

    return urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def _opened(cursor: str, length: int) -> list[Any]:
    from base64 import urlsafe_b64decode

    try:
        key = orjson.loads(urlsafe_b64decode(cursor[:4000] + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise CursorRefused from None
    if not isinstance(key, list) or len(key) != length or any(not isinstance(value, str | int | float | bool | None) for value in key):
        raise CursorRefused
    return key
