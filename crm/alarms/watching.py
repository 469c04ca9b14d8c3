"""Reading what is to ring: the fields that ring, the records whose day came near, and for whom of their experts. On a reader's connection."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, and_, exists, literal, or_, select

from crm.access import SYSTEM, Viewer
from crm.alarms.reckoning import DAY, Office, Ring, Watched, first_days, rung, standing
from crm.entity import Entity
from crm.expression import holds, parse, tests
from crm.fields.dates import Date, Moment
from crm.fields.field import Field
from crm.query import value_of
from crm.record import Record, records
from crm.record_tables import record_user

ViewerOf = Callable[[str], Viewer]
DAYS_AT_ONCE = 60
MOST_OF_A_DAY = 100_000
"""Records that ring on one day for one field."""


@frozen(kw_only=True)
class Planned:
    """A record's field that rings, and for whom."""

    record_id: int
    field: str
    ring: Ring
    users: tuple[str, ...]


def watched(entity: Entity) -> list[Watched]:
    """The fields of an entity that ring."""
    return [
        Watched(
            entity=entity.name, field=one.name, ahead=one.ahead, moment=isinstance(one.kind, Moment),
            yearly="" if isinstance(one.kind, Moment) else one.yearly,
        )
        for one in entity.alarms
        if one.active and isinstance(one.kind, Date | Moment) and one.ahead and (one.custom or one.name in entity.table.c)
    ]  # fmt: skip


def near(connection: Connection, entity: Entity, one: Watched, day: date) -> list[int]:
    """The records with somebody responsible whose day comes on `day`."""
    place, c = value_of(entity.by_name[one.field], entity.table), entity.table.c
    days = first_days(day, one.yearly) if one.yearly else (day.isoformat(),)
    found: list[int] = []
    for begin in range(0, len(days), DAYS_AT_ONCE):
        if len(found) >= MOST_OF_A_DAY:
            break
        sql = select(c.id).where(place.in_(days[begin : begin + DAYS_AT_ONCE]), *_usable(entity))
        found += connection.execute(sql.limit(MOST_OF_A_DAY - len(found))).scalars()
    return found


def near_moments(connection: Connection, entity: Entity, one: Watched, since: float, now: float) -> list[int]:
    """The records with somebody responsible one of whose rings begins in (`since`, `now`]."""
    place, c = value_of(entity.by_name[one.field], entity.table), entity.table.c
    came = or_(*(and_(place > since + ahead * DAY, place <= now + ahead * DAY) for ahead in one.ahead))
    sql = select(c.id).where(came, *_usable(entity)).order_by(c.id).limit(MOST_OF_A_DAY)
    return list(connection.execute(sql).scalars())


def planned(
    connection: Connection, entity: Entity, watches: Sequence[Watched], numbers: Iterable[int], office: Office, viewer_of: ViewerOf,
    *, since: float | None, now: float,
) -> list[Planned]:  # fmt: skip
    """What rings for these records: what began after `since`, or (None) what should be ringing now."""
    found = []
    for record in known(connection, entity, watches, numbers):
        for one in watches:
            field, value = entity.by_name[one.field], record.values.get(one.field)
            if value is None or not _shown(entity, field, record.values):
                continue
            ring = standing(value, one, now, office) if since is None else rung(value, one, since, now, office)
            users = allowed_users(entity, field, record.values, viewer_of) if ring else ()
            if ring and users:
                found.append(Planned(record_id=record.id, field=one.field, ring=ring, users=users))
    return found


def looked_at(entity: Entity, watches: Sequence[Watched]) -> set[str]:
    """The fields of a record that decide what rings, and for whom."""
    found = {"expert", "experts", "active"}
    for one in watches:
        found |= {one.field, *(test.path for test in tests(parse(entity.by_name[one.field].show_if)))}
    return found


def known(connection: Connection, entity: Entity, watches: Sequence[Watched], numbers: Iterable[int]) -> list[Record]:
    """The records of these numbers that may ring, with what is needed to know for whom."""
    table = entity.table
    only = {*looked_at(entity, watches), entity.title_field, entity.variant_field} - {""}
    sql = select(table).where(table.c.id.in_(list(numbers)), table.c.deleted_at.is_(None), table.c.active)
    rows: list[Mapping[str, Any]] = [dict(row) for row in connection.execute(sql).mappings()]
    return records(connection, entity, rows, SYSTEM, only)


def allowed_users(entity: Entity, one: Field, values: Mapping[str, Any], viewer_of: ViewerOf) -> tuple[str, ...]:
    """The experts of a record who may see it and the field."""
    experts = dict.fromkeys(name for name in (values.get("expert"), *(values.get("experts") or ())) if name)
    return tuple(
        name
        for name, viewer in ((name, viewer_of(name)) for name in experts)
        if one.level <= viewer.pattern.field_level and viewer.may_with(entity.name, "view", values)
    )


def _usable(entity: Entity) -> tuple[Any, ...]:
    c = entity.table.c
    listed = (record_user.c.entity == entity.name, record_user.c.field == "experts", record_user.c.record_id == c.id)
    more = select(literal(1)).where(*listed)
    return c.deleted_at.is_(None), c.active, or_(c.expert.is_not(None), exists(more))


def _shown(entity: Entity, one: Field, values: Mapping[str, Any]) -> bool:
    variant = entity.variant(values)
    return (not one.of or not variant or variant in one.of) and holds(parse(one.show_if), values)
