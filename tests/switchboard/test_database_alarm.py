"""The administrator hears of a full disk once, and of its end."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from attrs import define, field

from config.clock import FakeClock
from config.database_errors import DatabaseFull, DatabaseLocked, DatabaseTrouble
from switchboard.bus import Bus
from switchboard.database_alarm import DatabaseAlarm


@define
class SickDatabase:
    watchers: list[Callable[[DatabaseTrouble | None], None]] = field(factory=list)

    def watch(self, watcher: Callable[[DatabaseTrouble | None], None]) -> None:
        self.watchers.append(watcher)


def test_a_trouble_is_told_once_and_its_end_too() -> None:
    """Not one alarm per failed save."""
    told: list[tuple[str, str]] = []
    bus, database = Bus(), SickDatabase()
    bus.witness(lambda _number, event: told.append((type(event).__name__, event.code)))
    DatabaseAlarm(database, bus, FakeClock())
    for unwell in (DatabaseFull(), DatabaseFull(), DatabaseLocked(), None, None):
        database.watchers[0](unwell)
    assert told == [
        ("AlarmRaised", "disk_full"), ("AlarmCleared", "disk_full"), ("AlarmRaised", "database_locked"), ("AlarmCleared", "database_locked"),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [DatabaseTrouble, *DatabaseTrouble.__subclasses__()])
def test_no_alarm_has_a_gap(kind: type[DatabaseTrouble]) -> None:
    """Alarms carry no details, so their sentences have no places for any."""
    assert "{" not in kind(detail="x").alarm
