"""What every department stands on: the database, its back-ups, the bus, the ledger and the registry of live calls."""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack

from attrs import frozen

from config.backup.before_update import back_up_before_update
from config.backup.following import journal_of
from config.backup.jobs import Jobs
from config.backup.keeper import Keeper
from config.backup.lost import must_not_be_lost
from config.backup.ticks import Follower
from config.clock import Clock, SystemClock
from config.database import Database
from config.loops import LOOP
from config.secrets import installation_key
from config.settings import Settings
from config.translations import _
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.database_alarm import DatabaseAlarm
from switchboard.events import AlarmCleared, AlarmRaised
from switchboard.ledger import Ledger, last_number

BACKUP_FAILED = _("The last back-up failed. The page “Back-ups” says why.")


@frozen
class Ground:
    """What every department stands on, under the names pages ask for."""

    settings: Settings
    key: bytes
    clock: Clock
    database: Database
    bus: Bus
    calls: Calls
    ledger: Ledger
    keeper: Keeper
    journal: Follower | None
    """None when PostgreSQL keeps its own."""
    backup_jobs: Jobs


async def lay_ground(settings: Settings, closing: AsyncExitStack) -> Ground:
    """Database, bus, ledger and the registry of live calls."""
    key = await asyncio.to_thread(installation_key, settings.home)
    jobs = Jobs(settings)
    await asyncio.to_thread(must_not_be_lost, settings)
    await asyncio.to_thread(back_up_before_update, jobs)
    database = await Database.open(settings.database_url)
    closing.push_async_callback(database.close)
    clock = SystemClock(LOOP)
    bus = Bus(await last_number(database))
    keeper, journal = await open_backups(settings, jobs, database, bus, clock, closing)
    DatabaseAlarm(database, bus, clock)
    ledger = Ledger(database, bus, clock)
    ledger.start()
    closing.push_async_callback(ledger.stop)
    return Ground(settings, key, clock, database, bus, Calls(bus, clock), ledger, keeper, journal, jobs)


async def open_backups(
    settings: Settings, jobs: Jobs, database: Database, bus: Bus, clock: Clock, closing: AsyncExitStack
) -> tuple[Keeper, Follower | None]:  # fmt: skip
    """The schedule of the back-ups and the journal between them, which follows the database until everybody else is done with it."""

    def alarm(failed: bool) -> None:
        at, code = clock.now(), "backup_failed"
        bus.tell(AlarmRaised(at=at, code=code, sentence=BACKUP_FAILED) if failed else AlarmCleared(at=at, code=code))

    keeper = Keeper(settings, clock, os.environ, alarm)
    closing.push_async_callback(keeper.stop)
    keeper.start()
    journal = await journal_of(settings, jobs, database, clock, keeper.stream_begun)
    if journal is None:
        return keeper, None
    closing.push_async_callback(journal.stop)
    await journal.start()
    return keeper, journal
