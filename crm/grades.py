"""Ratings begin and end by date: every night those of the new day are taken over, so that lists, filters and colours are right without reading rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, or_, select

from config.clock import Clock, Timer
from config.database import Database
from config.loops import Tasks
from crm.access import SYSTEM
from crm.entities.records.party import PARTY
from crm.entities.records.party_rules import grade_on
from crm.entity import Values, Who
from crm.record_derived import write_derived
from crm.tables import party, rating
from switchboard.bus import Bus
from switchboard.events import RecordSaved

AWAY_DAYS = 400
"""How long the product may have been switched off before a rating that changed meanwhile is overlooked."""
AT_ONCE = 200
ORIGIN = "ratings"
"""What the history says of who changed a rating by its date."""


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
        """Take over the ratings that began or ended in the last `days`; how many parties changed. A batch at a time: calls and pages go between."""
        today = datetime.fromtimestamp(self._clock.now(), self._zone).date()
        numbers = await self._database.read(partial(_turned, today=today, days=days))
        changed = 0
        for start in range(0, len(numbers), AT_ONCE):
            some = numbers[start : start + AT_ONCE]
            if not await self._database.read(partial(_others, numbers=some, today=today)):
                continue
            who = Who(username=SYSTEM.username, at=self._clock.now(), origin=ORIGIN)
            done = await self._database.write(partial(_take_over, numbers=some, today=today, who=who))
            for number in done:
                self._bus.tell(
                    RecordSaved(
                        at=who.at, entity="party", record=number, act="changed", user=who.username, origin=ORIGIN, fields=("grade",)
                    )
                )
            changed += len(done)
        return changed


def _turned(connection: Connection, today: date, days: int) -> list[int]:
    """Parties that have a rating which began or ended lately."""
    day, before = today.isoformat(), (today - timedelta(days=days)).isoformat()
    turned = or_(rating.c.since.between(before, day), rating.c.until.between(before, day))
    return list(connection.execute(select(rating.c.party_id).where(turned).distinct().order_by(rating.c.party_id)).scalars())


def _others(connection: Connection, numbers: Sequence[int], today: date) -> dict[int, Values]:
    """Those of them whose rating of today is another than they have, and which."""
    kept = {row.id: row.grade for row in connection.execute(select(party.c.id, party.c.grade).where(party.c.id.in_(numbers)))}
    rows: dict[int, list[dict[str, str]]] = {}
    for row in connection.execute(select(rating).where(rating.c.party_id.in_(numbers)).order_by(rating.c.position)).mappings():
        rows.setdefault(row["party_id"], []).append(dict(row))
    return {number: {"grade": grade} for number, mine in rows.items() if ((grade := grade_on(mine, today)) or "") != kept.get(number, "")}


def _take_over(connection: Connection, numbers: Sequence[int], today: date, who: Who) -> list[int]:
    """Looked at once more in the transaction that writes: somebody may have saved meanwhile."""
    return list(write_derived(connection, PARTY, _others(connection, numbers, today), who))
