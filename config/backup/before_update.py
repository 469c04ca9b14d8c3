"""Before an update changes the tables of a PostgreSQL database, a back-up of everything is made; without it nothing is changed.

SQLite's file is copied beside itself when it is opened (config/migrate.py). Both databases change their tables in one
transaction: an update that fails leaves what was there, and the version before starts with it.
"""

from __future__ import annotations

import logging
import time

from sqlalchemy import Connection, inspect, text

from config.backup.jobs import Jobs
from config.database import read_all
from config.database_address import is_server
from config.migrate import revisions

log = logging.getLogger(__name__)

UPDATE = "update"
SAY_SECONDS = 20.0
"""Whoever has started the product and waits hears so often how far it is."""


def back_up_before_update(jobs: Jobs) -> bool:
    """Whether a back-up was needed and has been made; raises what keeps it from being made. Blocks for as long as that takes."""
    url = jobs.settings.database_url
    if not is_server(url):
        return False
    present = read_all(url, present_revision)
    known = revisions()
    if present not in known[:-1]:  # none, ours, or a newer version's, which is refused when the database is opened
        return False
    log.warning("The tables are of an older version. Before they are changed a back-up is made and checked; a large one takes minutes.")
    jobs.make(time.time(), UPDATE, Said())
    log.warning("The back-up before the update is whole.")
    return True


class Said:
    """Says now and then how far it is."""

    def __init__(self) -> None:
        self._said = time.monotonic()

    def __call__(self, phase: str, done: int, total: int) -> None:
        if (now := time.monotonic()) - self._said >= SAY_SECONDS:
            self._said = now
            log.warning("Back-up before the update: %s, %d of %d MB", phase, done // 1_000_000, total // 1_000_000)


def present_revision(connection: Connection) -> str:
    """The revision of the tables that are there; "" when there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(text("SELECT version_num FROM alembic_version")).scalar() or "")
