"""What is recorded, kept, watched and thrown away."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from attrs import frozen

from departments.floor import AgentFloor
from departments.ground import Ground
from recordings.calls import CallRecordings
from recordings.disk import DiskGuard
from recordings.finishing import Finisher
from recordings.policy import Policy
from recordings.retention import Retention, RetentionSweep
from recordings.store import Shelf
from switchboard.asterisk.link import AsteriskLink


@frozen
class Tapes:
    """The recordings, under the names pages ask for."""

    shelf: Shelf
    recordings: CallRecordings


async def open_recordings(ground: Ground, floor: AgentFloor, link: AsteriskLink, closing: AsyncExitStack) -> Tapes:
    """What is recorded, kept, watched and thrown away."""
    settings, bus, clock, database = ground.settings, ground.bus, ground.clock, ground.database

    def queue_records(name: str) -> bool:
        rules = floor.dispatcher.floor.rules_of(name)
        return rules is None or rules.record

    shelf = Shelf(settings.home / "recordings")
    await asyncio.to_thread(shelf.prepare)
    disk = DiskGuard(bus, clock, shelf.folder, settings.recordings.min_free_mb * 1_000_000)
    finisher = Finisher(bus, clock, database, shelf, disk)
    recordings = CallRecordings(
        bus, clock, ground.calls, link.phones, shelf, Policy(settings.telephony.record, queue_records), disk, finisher
    )  # fmt: skip
    await recordings.start()
    closing.push_async_callback(recordings.stop)
    sweep = RetentionSweep(database, clock, shelf, Retention(settings.recordings.keep_days))
    sweep.start()
    closing.push_async_callback(sweep.stop)
    return Tapes(shelf, recordings)
