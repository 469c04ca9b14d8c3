"""The journal of a PostgreSQL database: every few seconds, the rows that changed go into the vault, so that any such moment can be restored.

What has changed stands in the database itself (config/backup/capture.py) until a transaction has put it into the vault and
forgets it. So nothing is lost while the daemon, the server or the vault is away, and a stream goes on over restarts. A
tick is one snapshot: an entry gives the rows as of that moment. Should the process die between vault and commit, the
same rows are kept twice, which changes nothing.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

import psycopg
from psycopg import Connection, IsolationLevel

from config.backup import capture
from config.backup.journal_files import StreamWriter, entries, newest_entry
from config.backup.row_changes import blocks
from config.backup.ticks import Follower
from config.backup.vault import PieceLost, Vault
from config.clock import Clock
from config.database_address import address
from config.database_errors import DatabaseTrouble, said
from config.database_server import connect
from config.errors import Refusal

log = logging.getLogger(__name__)

LONGEST_WAITING_BYTES = 1024 * 1024 * 1024
"""A vault that cannot be written must not fill the server's disk: from here on no more changes are noted, and the stream ends."""

LOCK_MILLISECONDS = "2000"
"""Making the triggers waits for nobody longer than this: whoever writes would wait behind it."""


MANY = 2


class ServerJournal(Follower):
    """Follows the database at `url`. `begun(stream)` is called on the loop whenever a new stream begins: it is worth nothing without a back-up."""

    def __init__(self, url: str, open_vault: Callable[[], Vault], clock: Clock, seconds: float, begun: Callable[[str], None]) -> None:
        super().__init__(clock, seconds)
        self._url = address(url)
        self._open_vault = open_vault
        self._begun = begun
        self._vault: Vault | None = None
        self._stream: StreamWriter | None = None

    async def stop(self) -> None:
        """Put what is left into the vault. Changes go on being noted, for the next start."""
        await self._ticks.stop()
        await self.tick()

    async def tick(self) -> None:
        """Put what was committed since the last tick into the vault."""
        async with self._alone:
            begun: list[str] = []
            try:
                await asyncio.to_thread(self._follow, begun)
                self.trouble = ""
            except (OSError, psycopg.Error, Refusal) as error:
                self._stream = None
                await self._troubled(error)
        for stream in begun:
            self._begun(stream)

    async def _troubled(self, error: Exception) -> None:
        if not self.trouble:
            log.warning("the journal of the database cannot be kept: %s", error)
        self.trouble = said(error) if isinstance(error, psycopg.Error) else str(error)
        try:
            await asyncio.to_thread(self._let_go)
        except (OSError, psycopg.Error, Refusal) as also:
            log.info("the changes that wait were not looked at: %s", also)  # the server is away; it has its own alarm

    def _follow(self, begun: list[str]) -> None:
        vault = self._vault = self._vault or self._open_vault()
        with closing(self._connected()) as connection:
            if not self._goes_on(connection, vault):
                capture.capture(connection)
                self._stream = StreamWriter(vault, self._clock.now())
                begun.append(self._stream.stream)
            self._keep(connection)

    def _goes_on(self, connection: Connection[Any], vault: Vault) -> bool:
        """Whether what is noted leads on from the last entry of the stream."""
        with connection.transaction(), connection.cursor() as cursor:
            standing = capture.standing(cursor)
            if standing is None or capture.emptied_at_once(cursor):
                return False
        stream, seq = standing
        if self._stream is None and stream:
            newest, last = newest_entry(vault)
            if newest == stream and seq <= last and moments_after(vault, stream, seq) <= 1:
                self._stream = StreamWriter(vault, self._clock.now(), stream, last)
        return self._stream is not None and self._stream.stream == stream

    def _keep(self, connection: Connection[Any]) -> None:
        assert self._stream is not None
        begun = self._clock.now()
        with connection.transaction(), connection.cursor() as cursor, ExitStack() as reading:
            changed = set(capture.changed_tables(cursor))  # from here on, one moment
            at = self._clock.now()
            tables = [one for one in capture.captured_tables(cursor) if one.name in changed]
            if tables:
                rows = ((one, reading.enter_context(closing(capture.changed_rows(cursor, one)))) for one in tables)
                self._stream.write_rows(begun, at, blocks(rows))
            capture.taken(cursor, self._stream.stream, self._stream.seq)
        self.moment = at

    def _let_go(self) -> None:
        with closing(self._connected()) as connection, connection.cursor() as cursor:
            there = cursor.execute("SELECT to_regclass('switchboard_journal.change')").fetchone() != (None,)
            if there and capture.waiting_bytes(cursor) > LONGEST_WAITING_BYTES:
                log.warning("changes are no longer noted; moments from now on cannot be restored until the journal works again")
                capture.forget_capture(connection)

    def _connected(self) -> Connection[Any]:
        connection = connect(self._url, kind=psycopg.Connection, autocommit=True, lock_timeout=LOCK_MILLISECONDS)
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        return connection


def moments_after(vault: Vault, stream: str, seq: int) -> int:
    """How many moments the vault has that the database does not know of: one when a tick was cut off, more when the database was set back."""
    try:
        return sum(1 for entry in entries(vault, stream, seq) if entry.moment)
    except PieceLost:
        return MANY


def forget_journal(url: str) -> None:
    """Note no changes in the database at `url` any more. Blocks; raises `DatabaseTrouble`."""
    try:
        with closing(connect(address(url), kind=psycopg.Connection, autocommit=True, lock_timeout=LOCK_MILLISECONDS)) as connection:
            capture.forget_capture(connection)
    except psycopg.Error as error:
        raise DatabaseTrouble(detail=said(error)) from error
