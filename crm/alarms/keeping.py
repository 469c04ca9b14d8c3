"""Writing what rings: each ring once, one alarm for each expert, a nearer ring instead of an earlier one. In the writer's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from config.upsert import insert
from crm.alarms.reckoning import Office, Watched, happens_on
from crm.alarms.tables import alarm_mark, date_alarm, date_ring
from crm.alarms.watching import Planned, ViewerOf, allowed_users, known
from crm.entity import Entity

Told = dict[str, list[int]]
"""The new alarms of each user."""


def put(connection: Connection, entity: Entity, plans: Sequence[Planned], now: float) -> Told:
    """Write these rings down; whom to tell of which alarms. What is there already is left as it is."""
    told: Told = {}
    for one in plans:
        key = {"entity": entity.name, "record_id": one.record_id, "field": one.field, "day": one.ring.day}
        row = {**key, "ahead": one.ring.ahead, "at": one.ring.at, "rang_at": now}
        connection.execute(insert(connection, date_ring).values(row).on_conflict_do_nothing())
        same = [date_ring.c[name] == value for name, value in key.items()]
        number = connection.execute(select(date_ring.c.id).where(*same, date_ring.c.ahead == one.ring.ahead)).scalar_one()
        earlier = select(date_ring.c.id).where(*same, date_ring.c.ahead > one.ring.ahead)
        nearer = select(date_ring.c.id).where(*same, date_ring.c.ahead < one.ring.ahead)
        later = set(connection.execute(select(date_alarm.c.username).where(date_alarm.c.ring_id.in_(nearer))).scalars())
        for user in one.users:
            if user in later:  # looked at once more after the hour of ringing was changed: nobody goes back from today's to yesterday's
                continue
            made = connection.execute(
                insert(connection, date_alarm)
                .values(ring_id=number, username=user, state="open", until=0.0)
                .on_conflict_do_nothing()
                .returning(date_alarm.c.id)
            ).scalar()
            if made is not None:
                told.setdefault(user, []).append(int(made))
                mine = (date_alarm.c.username == user, date_alarm.c.state == "open", date_alarm.c.ring_id.in_(earlier))
                connection.execute(delete(date_alarm).where(*mine))
    return told


def tidy(
    connection: Connection, entity: Entity, watches: Sequence[Watched], numbers: Sequence[int], office: Office, viewer_of: ViewerOf
) -> set[str]:  # fmt: skip
    """Take away what records that were changed ring no more: another day, another expert, deleted; whose alarms went."""
    rings = select(date_ring).where(date_ring.c.entity == entity.name, date_ring.c.record_id.in_(numbers))
    rows = [dict(row) for row in connection.execute(rings).mappings()]
    if not rows:
        return set()
    there = {one.id: one.values for one in known(connection, entity, watches, numbers)}
    by_field = {one.field: one for one in watches}
    gone: set[str] = set()
    for ring in rows:
        values: Mapping[str, Any] = there.get(ring["record_id"], {})
        one, value = by_field.get(ring["field"]), values.get(ring["field"])
        stays = one is not None and value is not None and happens_on(value, ring["day"], one, office)
        users = allowed_users(entity, entity.by_name[ring["field"]], values, viewer_of) if stays else ()
        lost = (date_alarm.c.ring_id == ring["id"], date_alarm.c.state == "open", date_alarm.c.username.not_in(users))
        gone |= set(connection.execute(delete(date_alarm).where(*lost).returning(date_alarm.c.username)).scalars())
    return gone


def woken(connection: Connection, since: float, now: float, most: int) -> Told:
    """The alarms that were put off to a moment in (`since`, `now`]."""
    chosen = select(date_alarm.c.username, date_alarm.c.id).where(
        date_alarm.c.state == "open", date_alarm.c.until > since, date_alarm.c.until <= now
    )
    told: Told = {}
    for user, number in connection.execute(chosen.order_by(date_alarm.c.until).limit(most)):
        told.setdefault(user, []).append(number)
    return told


def forget(connection: Connection, before: float) -> None:
    """Let go of rings from before a moment, with their alarms."""
    old = select(date_ring.c.id).where(date_ring.c.rang_at < before).limit(1000)
    numbers = list(connection.execute(old).scalars())
    connection.execute(delete(date_alarm).where(date_alarm.c.ring_id.in_(numbers)))
    connection.execute(delete(date_ring).where(date_ring.c.id.in_(numbers)))


def marks(connection: Connection) -> dict[str, float]:
    """How far the clock has come."""
    return {row.name: row.value for row in connection.execute(select(alarm_mark))}


def mark(connection: Connection, name: str, value: float) -> None:
    """The clock has come to `value`."""
    changed = connection.execute(update(alarm_mark).where(alarm_mark.c.name == name).values(value=value))
    if not changed.rowcount:
        connection.execute(insert(connection, alarm_mark).values(name=name, value=value))
