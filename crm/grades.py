"""Ratings begin and end by date: every night those of the new day are taken over, so that lists, filters and colours are right without reading rows."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select, update

from config.clock import Clock, Timer
from config.database import Database
from config.loops import Tasks
from crm.entities.records.party_rules import grade_on
from crm.tables import party, rating
from switchboard.bus import Bus
from switchboard.events import RecordSaved

AWAY_DAYS = 400
"""How long the product may have been switched off before a rating that changed meanwhile is overlooked."""
AT_ONCE = 500


class Grades:
    """Keeps the rating of today at every party. `start()`, and `await stop()` at the end."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, timezone: str) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._zone = ZoneInfo(timezone)
        self._tasks = Tasks("grades")
        self._timer: Timer | None = None

    def start(self) -> None:
        """Refresh now and after every midnight of the office."""
        now = datetime.fromtimestamp(self._clock.now(), self._zone)
        midnight = (now + timedelta(days=1)).replace(hour=0, minute=0, second=30, microsecond=0)
        self._tasks.start(self.refresh(2 if self._timer else AWAY_DAYS), "ratings of the day")
        self._timer = self._clock.call_later((midnight - now).total_seconds(), self.start)

    async def stop(self) -> None:
        """Finish what is being written."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.drain()

    async def refresh(self, days: int = AWAY_DAYS) -> int:
        """Take over the ratings that began or ended in the last `days`; how many parties changed."""
        today = datetime.fromtimestamp(self._clock.now(), self._zone).date()
        found = await self._database.read(lambda connection: _changed(connection, today, days))
        for start in range(0, len(found), AT_ONCE):
            await self._database.write(partial(_put, found=found[start : start + AT_ONCE]))
        for number, _grade in found:
            event = RecordSaved(
                at=self._clock.now(), entity="party", record=number, act="changed", user="", origin="ratings", fields=("grade",)
            )
            self._bus.tell(event)
        return len(found)


def _changed(connection: Connection, today: date, days: int) -> list[tuple[int, str]]:
    """Parties whose rating of today is another than they have, and which."""
    day, before = today.isoformat(), (today - timedelta(days=days)).isoformat()
    turned = or_(rating.c.since.between(before, day), rating.c.until.between(before, day))
    numbers = list(connection.execute(select(rating.c.party_id).where(turned).distinct()).scalars())
    found = []
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        kept = {row.id: row.grade for row in connection.execute(select(party.c.id, party.c.grade).where(party.c.id.in_(some)))}
        rows: dict[int, list[dict[str, str]]] = {}
        for row in connection.execute(select(rating).where(rating.c.party_id.in_(some)).order_by(rating.c.position)).mappings():
            rows.setdefault(row["party_id"], []).append(dict(row))
        found += [(number, grade) for number, mine in rows.items() if (grade := grade_on(mine, today) or "") != kept.get(number, "")]
    return found


def _put(connection: Connection, found: list[tuple[int, str]]) -> None:
    for number, grade in found:
        connection.execute(update(party).where(party.c.id == number).values(grade=grade))
