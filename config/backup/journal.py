"""The journal: every few seconds, the pages that the product has committed go into the vault, so that any such moment can be restored.

SQLite alone decides when it begins its log anew over the old one; nothing may be lost to that. So a read transaction is
always held, from before what was last seen: SQLite never writes over frames that a reader may need. A new one is begun
before the old one ends. When the log has grown all the same (the product writes without a pause), the single writer is
asked for a moment in which nobody writes: what is left is read, everything is checkpointed, and the log begins anew.
The checkpoint happens in the writer's thread, because two at once corrupt a file in SQLite before 3.51.3.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy import Connection

from config.backup.journal_files import StreamWriter
from config.backup.ticks import Follower
from config.backup.vault import Vault
from config.backup.wal import LogBroken, LogReader
from config.clock import Clock
from config.errors import Refusal

T = TypeVar("T")

log = logging.getLogger(__name__)

LONG_LOG_BYTES = 16 * 1024 * 1024
"""From here on the writer is asked for a moment."""

LONGEST_LOG_BYTES = 1024 * 1024 * 1024
"""A vault that cannot be written must not fill the product's own disk: from here on the log is let go and the stream ends."""

TICKS_BETWEEN_ASKING = 6


class Writer(Protocol):
    """The database's single writer."""

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` alone in the writer's thread."""


class Journal(Follower):
    """Follows the database `file`. `begun(stream)` is called on the loop whenever a new stream begins: it is worth nothing without a back-up."""

    def __init__(
        self, writer: Writer, file: Path, open_vault: Callable[[], Vault], clock: Clock, seconds: float, begun: Callable[[str], None]
    ) -> None:
        super().__init__(clock, seconds)
        self._writer = writer
        self._file = file
        self._open_vault = open_vault
        self._begun = begun
        self._log = LogReader(file.with_name(f"{file.name}-wal"))
        self._held: sqlite3.Connection | None = None
        self._stream: StreamWriter | None = None
        self._vault: Vault | None = None
        self._ticks_until_asking = TICKS_BETWEEN_ASKING

    async def stop(self) -> None:
        """Put what is left into the vault and let go of the log. The database must still be open, and nobody writing."""
        await self._ticks.stop()
        await self.tick()
        async with self._alone:
            await asyncio.to_thread(self._let_go)

    async def tick(self) -> None:
        """Put what was committed since the last tick into the vault."""
        async with self._alone:
            before = self._stream
            try:
                await asyncio.to_thread(self._follow)
                if self._log_bytes() > LONG_LOG_BYTES:
                    await self._ask_for_a_moment()
                self.trouble = ""
            except (OSError, sqlite3.Error, Refusal) as error:
                await self._troubled(error)
        if self._stream is not None and self._stream is not before:
            self._begun(self._stream.stream)

    async def _troubled(self, error: Exception) -> None:
        if not self.trouble:
            log.warning("the journal of the database cannot be kept: %s", error)
        self.trouble = str(error)
        if self._log_bytes() > LONGEST_LOG_BYTES:
            log.warning("the database's log is let go; moments from now on cannot be restored until the journal works again")
            await asyncio.to_thread(self._let_go)

    async def _ask_for_a_moment(self) -> None:
        self._ticks_until_asking -= 1
        if self._ticks_until_asking <= 0:
            self._ticks_until_asking = TICKS_BETWEEN_ASKING
            await self._writer.write(lambda _connection: self._begin_anew())

    def _follow(self) -> None:
        """Read on under a new transaction, and end the old one; the first time, begin a stream."""
        if self._stream is None or self._held is None:
            self._begin_stream()
            return
        fresh = _held(self._file)
        try:
            self._keep()
        except LogBroken:
            fresh.close()
            log.warning("the database's log was begun anew twice since the last look; a new stream begins")
            self._begin_stream()
        except BaseException:
            fresh.close()
            raise
        else:
            self._held.close()
            self._held = fresh

    def _keep(self) -> None:
        assert self._stream is not None
        begun = self._clock.now()
        look = self._log.look()
        at = self._clock.now()
        if look:
            self._stream.write(begun, at, look.size, look.page_bytes, self._log.blocks(look))
            self._log.take(look)
        self.moment = at

    def _begin_stream(self) -> None:
        self._let_go()
        vault = self._vault = self._vault or self._open_vault()
        self._held = _held(self._file)
        self._log.skip()
        self._stream = StreamWriter(vault, self._clock.now())

    def _begin_anew(self) -> None:
        """In the writer's thread, with the write lock held: nobody commits, so what is read here is everything."""
        self._follow()
        if self._held is not None:
            self._held.close()
            self._held = None
        checkpointing = sqlite3.connect(self._file, isolation_level=None)
        try:
            checkpointing.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        finally:
            checkpointing.close()
            self._held = _held(self._file)

    def _let_go(self) -> None:
        if self._held is not None:
            self._held.close()
        self._held = self._stream = None

    def _log_bytes(self) -> int:
        try:
            return self._log.file.stat().st_size
        except FileNotFoundError:
            return 0


def _held(file: Path) -> sqlite3.Connection:
    """A read transaction as of now."""
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=5)
    try:
        connection.execute("BEGIN").close()
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
    except BaseException:
        connection.close()
        raise
    return connection
