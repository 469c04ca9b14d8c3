"""Opening the database from a command: only when no running copy has it, since one process alone may write."""

from __future__ import annotations

import asyncio

from config.database import Database
from config.database_address import is_server, sqlite_file
from config.errors import Refusal
from config.restoring import users_of
from config.settings import Settings
from config.translations import _


class ProductRuns(Refusal):
    """A running copy has the database open."""

    code = "product_runs"
    status = 409
    sentence = _("Switchboard is running with this database (process {pids}). Stop it first: only one program may write.")


async def open_alone(settings: Settings) -> Database:
    """The database of an installation that is not running; raises `ProductRuns`, or `DatabaseInUse` from a server."""
    url = settings.database_url
    if not is_server(url) and (pids := await asyncio.to_thread(users_of, settings.home, sqlite_file(url))):
        raise ProductRuns(pids=", ".join(map(str, pids)))
    return await Database.open(url)
