"""The clock of alarm dates: what came near since it last looked, and what changed meanwhile, in small steps.

How far it has come is kept, and each ring is written down once: what a stop interrupts is done again at the next start, nothing rings
twice and nothing is lost while the product is off. What changed is read from the history, which is written with the change itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from functools import cache, partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, func, select

from config.clock import Clock, Timer
from config.database import Database
from config.loops import Tasks
from crm.alarms import keeping
from crm.alarms.reckoning import DAY, Office, Watched, days_near
from crm.alarms.watching import ViewerOf, looked_at, near, near_moments, planned, watched
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.patterns import Patterns
from crm.record_tables import history
from switchboard.bus import Bus
from switchboard.events import CatalogueChanged, DateAlarmsChanged, RecordSaved

LOOK_SECONDS = 30.0
SOON_SECONDS = 1.0
BATCH = 200
LOOK_BACK = 50
"""Changes before the last one known that are looked at again: several writers may commit out of order."""
KEPT_SECONDS = 400 * DAY
MOST_TOLD = 20
MOST_WOKEN = 10_000
DEFAULT_OPENS = 8 * 3600.0


class AlarmClock:
    """`start()`, and `await stop()` at the end."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, catalogue: Catalogue, patterns: Patterns, timezone: str, opens: time = time(8)) -> None:  # fmt: skip
        self._database = database
        self._bus = bus
        self._clock = clock
        self._catalogue = catalogue
        self._patterns = patterns
        self._office = Office(zone=ZoneInfo(timezone), opens=opens)
        self._opens = opens.hour * 3600.0 + opens.minute * 60.0
        self._tasks = Tasks("alarm dates")
        self._one_by_one = asyncio.Lock()
        self._timer: Timer | None = None
        self._soon: Timer | None = None
        self._stopped = False
        bus.listen(RecordSaved, self._changed)
        bus.listen(CatalogueChanged, self._changed)

    def start(self) -> None:
        """Look now, and every half minute."""
        if self._stopped:
            return
        self._tasks.start(self.look(), "alarm dates")
        self._timer = self._clock.call_later(LOOK_SECONDS, self.start)

    async def stop(self) -> None:
        """Finish the step that is being written."""
        self._stopped = True
        for timer in (self._timer, self._soon):
            if timer:
                timer.cancel()
        await self._tasks.drain()

    async def settled(self) -> None:
        """Wait until it has looked."""
        await self._tasks.settled()

    def _changed(self, event: RecordSaved | CatalogueChanged) -> None:
        entity = self._catalogue.entities.get(event.entity)
        if self._soon is None and not self._stopped and self._timer and entity is not None and (entity.alarms or not event.entity):
            self._soon = self._clock.call_later(SOON_SECONDS, self._look_soon)

    def _look_soon(self) -> None:
        self._soon = None
        self._tasks.start(self.look(), "alarm dates")

    async def look(self) -> None:
        """Ring what came near up to now."""
        async with self._one_by_one:
            now, viewer_of = self._clock.now(), cache(self._patterns.viewer)
            kept = await self._database.read(keeping.marks)
            await self._follow(kept.get("history"), now, viewer_of)
            names = ["clock"]
            back = self._back(kept)
            for entity, watches in self._watched():
                for one in watches:
                    names.append(_name(one))
                    came = kept.get(names[-1])
                    await self._pass(entity, one, came if came is None or one.moment else came - back, now, viewer_of)
            if "clock" in kept:
                self._tell(await self._database.read(lambda connection: keeping.woken(connection, kept["clock"], now, MOST_WOKEN)))
            await self._database.write(lambda connection: _passed(connection, names, now, self._opens))

    def _back(self, kept: Mapping[str, float]) -> float:
        """How far to look back once more: a day when the hour of ringing was changed, for the new one may lie before the last look. What rang does not ring again."""
        return 0.0 if kept.get("opens", DEFAULT_OPENS) == self._opens else DAY

    def _watched(self) -> Iterable[tuple[Entity, list[Watched]]]:
        found = ((entity, watched(entity)) for entity in self._catalogue.entities.values())
        return [one for one in found if one[1]]

    async def _pass(self, entity: Entity, one: Watched, kept: float | None, now: float, viewer_of: ViewerOf) -> None:
        """Ring the days of one field that came near since it was looked at; at the first look those that are not over."""
        since = now - (max(one.ahead) + 1) * DAY if kept is None else kept
        if one.moment:
            found = [await self._database.read(lambda connection: near_moments(connection, entity, one, since, now))]
        else:
            days = days_near(one, since, now, self._office)
            found = [await self._database.read(partial(near, entity=entity, one=one, day=day)) for day in days]
        for numbers in found:
            for begin in range(0, len(numbers), BATCH):
                plans = await self._database.read(
                    partial(
                        planned, entity=entity, watches=[one], numbers=numbers[begin : begin + BATCH], office=self._office, viewer_of=viewer_of,
                        since=None if kept is None else since, now=now,
                    )
                )  # fmt: skip
                if plans:
                    self._tell(await self._database.write(partial(keeping.put, entity=entity, plans=plans, now=now)))

    async def _follow(self, last: float | None, now: float, viewer_of: ViewerOf) -> None:
        """Look at the records that were changed since the last look."""
        if last is None:
            newest = await self._database.read(lambda connection: connection.execute(select(func.max(history.c.id))).scalar())
            await self._database.write(lambda connection: keeping.mark(connection, "history", newest or 0))
            return
        position = max(int(last) - LOOK_BACK, 0)
        while rows := await self._database.read(partial(_changes, after=position)):
            for entity, watches in self._watched():
                names = looked_at(entity, watches)
                numbers = sorted({row["record_id"] for row in rows if row["entity"] == entity.name and _matters(row, names)})
                if numbers:
                    await self._settle(entity, watches, numbers, now, viewer_of)
            position = rows[-1]["id"]
            if len(rows) < BATCH:
                break
        if position > last:
            await self._database.write(lambda connection: keeping.mark(connection, "history", position))

    async def _settle(self, entity: Entity, watches: list[Watched], numbers: list[int], now: float, viewer_of: ViewerOf) -> None:
        plans = await self._database.read(
            partial(planned, entity=entity, watches=watches, numbers=numbers, office=self._office, viewer_of=viewer_of, since=None, now=now)
        )

        def work(connection: Connection) -> tuple[set[str], keeping.Told]:
            gone = keeping.tidy(connection, entity, watches, numbers, self._office, viewer_of)
            return gone, keeping.put(connection, entity, plans, now)

        gone, told = await self._database.write(work)
        self._tell({**{user: [] for user in gone}, **told})

    def _tell(self, told: keeping.Told) -> None:
        for user, numbers in told.items():
            self._bus.tell(DateAlarmsChanged(at=self._clock.now(), user=user, rang=tuple(numbers[:MOST_TOLD])))


def _name(one: Watched) -> str:
    """Under which name it is kept how far a field has come; another one when it rings at other times."""
    return f"{one.entity}.{one.field} {','.join(map(str, one.ahead))} {one.yearly}".strip()


def _changes(connection: Connection, after: int) -> list[dict[str, Any]]:
    c = history.c
    chosen = select(c.id, c.entity, c.record_id, c.act, c.changes).where(c.id > after).order_by(c.id).limit(BATCH)
    return [dict(row) for row in connection.execute(chosen).mappings()]


def _matters(row: Mapping[str, Any], names: set[str]) -> bool:
    return row["act"] not in ("created", "changed") or bool(names & set(row["changes"]))


def _passed(connection: Connection, names: Sequence[str], now: float, opens: float) -> None:
    keeping.mark(connection, "opens", opens)
    for name in names:
        keeping.mark(connection, name, now)
    keeping.forget(connection, now - KEPT_SECONDS)
