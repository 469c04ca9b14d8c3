"""How long recordings are kept: a rule without I/O, and the hourly sweep that follows it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable
from functools import partial

from attrs import frozen

from config.clock import Clock, Timer
from config.database import Database
from config.loops import Tasks
from recordings.records import Recording, forget_file, mark_removed, older_than
from recordings.store import Shelf

log = logging.getLogger(__name__)

DAY = 86_400.0
SWEEP_SECONDS = 3_600.0


@frozen
class Retention:
    """Recordings go after `keep_days` days; 0: never."""

    keep_days: int = 0

    def horizon(self, when: float) -> float:
        """Recordings that began before this moment are due at `when`."""
        return when - self.keep_days * DAY if self.keep_days else 0.0


def due(recordings: Iterable[Recording], rule: Retention, when: float) -> list[Recording]:
    """Those that are to go now: old enough, with a file still on the shelf, and not on legal hold."""
    horizon = rule.horizon(when)
    return [one for one in recordings if one.started_at < horizon and one.file and not one.legal_hold]


class RetentionSweep:
    """Removes what is due, once an hour. The row says so, then the file goes, then its name: what a crash leaves, the next sweep ends."""

    def __init__(self, database: Database, clock: Clock, shelf: Shelf, rule: Retention) -> None:
        self._database = database
        self._clock = clock
        self._shelf = shelf
        self._rule = rule
        self._timer: Timer | None = None
        self._tasks = Tasks("retention")

    def start(self) -> None:
        """Sweep now and every hour; never when nothing is ever due."""
        if self._rule.keep_days:
            self._again()

    async def stop(self) -> None:
        """Sweep no more."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.stop()

    async def sweep(self) -> int:
        """Remove what is due now; how many went."""
        when = self._clock.now()
        old = await self._database.read(lambda connection: older_than(connection, self._rule.horizon(when)))
        gone = 0
        for one in due(old, self._rule, when):
            if await self._database.write(partial(mark_removed, recording_id=one.id, at=when)):
                await asyncio.to_thread(self._shelf.remove, one.file)
                await self._database.write(partial(forget_file, recording_id=one.id))
                gone += 1
        if gone:
            log.info("%d recordings were older than %d days and are removed", gone, self._rule.keep_days)
        return gone

    def _again(self) -> None:
        self._timer = self._clock.call_later(SWEEP_SECONDS, self._again)
        self._tasks.start(self.sweep(), "retention sweep")
