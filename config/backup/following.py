"""Which journal follows the database of an installation."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial

from config.backup.jobs import Jobs
from config.backup.journal import Journal
from config.backup.ticks import Follower
from config.clock import Clock
from config.database import Database
from config.database_address import is_server
from config.errors import Refusal
from config.settings import Settings

log = logging.getLogger(__name__)


async def journal_of(
    settings: Settings, jobs: Jobs, database: Database, clock: Clock, begun: Callable[[str], None]
) -> Follower | None:  # fmt: skip
    """The journal of the open `database`, not yet started; None when the settings want none (and then none is left in a server)."""
    seconds, vault = settings.backup.journal_seconds, partial(jobs.vault, make=True)
    if not is_server(settings.database_url):
        return Journal(database, database.file, vault, clock, seconds, begun) if seconds else None
    from config.backup.server_journal import ServerJournal, forget_journal  # the driver is loaded only by those who use a server

    if seconds:
        return ServerJournal(settings.database_url, vault, clock, seconds, begun)
    try:
        await asyncio.to_thread(forget_journal, settings.database_url)
    except Refusal as refusal:
        log.warning("changes go on being noted though nobody takes them: %s", refusal)
    return None
