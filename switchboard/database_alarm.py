"""Tells the administrator when the database falls ill (disk full, locked, damaged), once, and when it is well again."""

from __future__ import annotations

from config.clock import Clock
from config.database import Database
from config.database_errors import DatabaseTrouble
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised


class DatabaseAlarm:
    """Watches a database; AlarmRaised and AlarmCleared carry the trouble's code."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._raised = ""
        database.watch(self._seen)

    def _seen(self, unwell: DatabaseTrouble | None) -> None:
        code = unwell.code if unwell else ""
        if code == self._raised:
            return
        before, self._raised = self._raised, code
        if before:
            self._bus.tell(AlarmCleared(at=self._clock.now(), code=before))
        if unwell:
            self._bus.tell(AlarmRaised(at=self._clock.now(), code=unwell.code, sentence=unwell.alarm))
