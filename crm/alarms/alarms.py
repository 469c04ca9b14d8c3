"""A user's alarms: what rings, what is put off, done and taken back. Who may not see the record or the field any more has no alarm of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo

from attrs import frozen
from sqlalchemy import Connection, and_, or_, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.alarms.reckoning import DAY, Office, years
from crm.alarms.tables import date_alarm, date_ring
from crm.catalogue import Catalogue
from crm.fields.field import Field
from crm.query import allowed
from crm.record import records
from switchboard.bus import Bus
from switchboard.events import DateAlarmsChanged

MOST = 200
DONE_SECONDS = 7 * DAY
"""How long what is done can be looked at and taken back."""
FARTHEST = 400 * DAY


class NoSuchAlarm(Refusal):
    """Not there any more, or somebody else's."""

    code = "no_such_alarm"
    status = 404
    sentence = _("There is no such alarm any more, or it is somebody else's.")


class UntilRefused(Refusal):
    """A moment that an alarm cannot be put off to."""

    code = "until_refused"
    status = 422
    sentence = _("An alarm is put off to a moment that is to come, within a year.")


@frozen(kw_only=True)
class Alarm:
    """One alarm of a user. `when`: "overdue", "today" or "coming"; `years`: which anniversary, 0 for none; `until`: put off to, 0.0 when not."""

    id: int
    entity: str
    record_id: int
    title: str
    url: str
    field: Field
    day: str
    at: float
    ahead: int
    state: str
    until: float
    when: str
    years: int


class Alarms:
    """The verbs on one's own alarms."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, catalogue: Catalogue, timezone: str, opens: time = time(8)) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._catalogue = catalogue
        self.office = Office(zone=ZoneInfo(timezone), opens=opens)

    async def of(self, viewer: Viewer, *, done: bool = False, only: Sequence[int] = ()) -> list[Alarm]:
        """The alarms that ring or are put off, the nearest day first; or (`done`) the last ones done. `only`: these."""
        now = self._clock.now()
        c = date_alarm.c
        rows = select(date_alarm, *(date_ring.c[name] for name in ("entity", "record_id", "field", "day", "at", "ahead"))).join(
            date_ring, date_ring.c.id == c.ring_id
        )
        state = and_(c.state == "done", c.done_at > now - DONE_SECONDS) if done else c.state == "open"
        rows = rows.where(c.username == viewer.username, state)
        if only:
            rows = rows.where(c.id.in_(list(only)[:MOST]))
        rows = rows.order_by(c.done_at.desc() if done else date_ring.c.at, c.id).limit(MOST)

        def work(connection: Connection) -> list[Alarm]:
            return self._alarms(connection, [dict(row) for row in connection.execute(rows).mappings()], viewer, now)

        return await self._database.read(work)

    async def ringing(self, viewer: Viewer) -> list[Alarm]:
        """Those that are not put off."""
        now = self._clock.now()
        return [one for one in await self.of(viewer) if one.until <= now]

    async def snooze(self, number: int, viewer: Viewer, until: float) -> None:
        """Put it off to `until`. Raises NoSuchAlarm, UntilRefused."""
        now = self._clock.now()
        if not now < until <= now + FARTHEST:
            raise UntilRefused(field="until")
        await self._set(number, viewer, until=until, state="open", done_at=None)

    async def done(self, number: int, viewer: Viewer, *, undo: bool = False) -> None:
        """It is done, or (`undo`) it is not. Raises NoSuchAlarm."""
        state = {"state": "open", "done_at": None} if undo else {"state": "done", "done_at": self._clock.now()}
        await self._set(number, viewer, **state, until=0.0)

    async def _set(self, number: int, viewer: Viewer, **values: Any) -> None:
        c = date_alarm.c
        own = update(date_alarm).where(c.id == number, c.username == viewer.username, or_(c.state == "open", c.state == "done"))
        if not (await self._database.write(lambda connection: connection.execute(own.values(values)).rowcount)):
            raise NoSuchAlarm
        self._bus.tell(DateAlarmsChanged(at=self._clock.now(), user=viewer.username))

    def _alarms(self, connection: Connection, rows: Sequence[Mapping[str, Any]], viewer: Viewer, now: float) -> list[Alarm]:
        today = self.office.day(now).isoformat()
        there: dict[tuple[str, int], Any] = {}
        for name in {row["entity"] for row in rows} & set(self._catalogue.entities):
            entity = self._catalogue[name]
            numbers = [row["record_id"] for row in rows if row["entity"] == name]
            c = entity.table.c
            seen = select(entity.table).where(c.id.in_(numbers), c.deleted_at.is_(None), allowed(entity, viewer))
            wanted = {row["field"] for row in rows} | {entity.title_field}
            found = records(connection, entity, [dict(one) for one in connection.execute(seen).mappings()], viewer, wanted)
            there.update({(name, one.id): one for one in found})
        alarms = []
        for row in rows:
            record = there.get((row["entity"], row["record_id"]))
            field = self._catalogue[row["entity"]].field(row["field"]) if record else None
            if record is None or field is None or not field.active or field.level > viewer.pattern.field_level:
                continue
            value = record.values.get(field.name)
            alarms.append(
                Alarm(
                    id=row["id"], entity=row["entity"], record_id=row["record_id"], title=record.title, field=field, day=row["day"], at=row["at"],
                    url=f"{self._catalogue[row['entity']].address}/{row['record_id']}", ahead=row["ahead"], state=row["state"], until=row["until"],
                    when="overdue" if row["day"] < today else "today" if row["day"] == today else "coming",
                    years=years(value, row["day"], field.yearly) if field.yearly and isinstance(value, str) else 0,
                )
            )  # fmt: skip
        return alarms
