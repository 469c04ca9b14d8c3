"""SQLite: one writer with group commit, readers in threads, and look-ups that take microseconds on the loop.

WAL mode; the writer's connection alone checkpoints. Why threads and not aiosqlite: docs/decisions/0008.
"""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool

from config.database_errors import DatabaseBroken, DatabaseBusy, DatabaseMoved, DatabaseUnwritable, trouble
from config.database_store import Watch
from config.group_writer import GroupWriter
from config.persian.folding import fold
from config.read_room import ReadRoom

T = TypeVar("T")

READERS = 2
LOCK_SECONDS = 5.0
LOOKUP_LOCK_SECONDS = 0.05
"""The loop must not wait longer than this for a lock; in WAL mode a reader waits only while the file is being recovered."""

CHECKPOINT_PAGES = 8_000
"""Pages of the write-ahead log (32 MB) after which it is worked into the file. With 2000 every batch of an import did that, and waited for the disk longer than it worked."""

WRITER_CACHE_KB = 65_536
"""A batch of new records touches its words' pages all over the search's tree; what does not fit in the cache is written twice."""

_PRAGMAS = {"foreign_keys": "ON", "cache_size": "-8192", "mmap_size": str(256 * 1024 * 1024), "temp_store": "MEMORY"}


class SqliteStore:
    """An open file that `prepare` has made ready."""

    def __init__(self, file: Path, watch: Watch) -> None:
        self.file = file
        self._writing = sqlite_engine(file, read_only=False)
        self._reading = sqlite_engine(file, read_only=True)
        self._readers = ReadRoom(READERS)
        self._number = file.stat().st_ino
        self._writer: GroupWriter | None = GroupWriter(self._writing, asyncio.get_running_loop(), watch, ready=self._must_be_there)
        self._lookup: sqlite3.Connection | None = sqlite_connect(file, read_only=True, lock_seconds=LOOKUP_LOCK_SECONDS)

    async def close(self) -> None:
        """Finish what waits and close; the writer closes last, because it alone checkpoints."""
        if self._writer is None or self._lookup is None:
            return
        writer, self._writer = self._writer, None
        await writer.close()
        await self._readers.close()
        self._lookup.close()
        self._lookup = None
        self._reading.dispose()
        self._writing.dispose()

    async def write(self, work: Callable[[Connection], T], lane: str) -> T:  # noqa: ARG002  the one writer keeps everything in order
        """Run `work` in the writer's thread, in a savepoint of its own."""
        if self._writer is None:
            raise DatabaseBusy
        return await self._writer.write(work)

    def _must_be_there(self) -> None:
        """SQLite would go on in a file that was moved or removed, to the last word, and nobody would ever find it again."""
        try:
            there = self.file.stat().st_ino == self._number
        except FileNotFoundError:
            there = False
        if not there:
            raise DatabaseMoved(detail=self.file)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader's thread."""
        return await self._readers.run(lambda: read_once(self._reading, work))

    def lookup(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Rows of a prepared statement, at once."""
        if self._lookup is None:
            raise DatabaseBusy
        try:
            return self._lookup.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise trouble(error) or error from error


def read_once(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work` on a connection of `engine`; all its statements see one moment."""
    try:
        with engine.connect() as connection:
            return work(connection)
    except Exception as error:
        raise trouble(error) or error from error


def sqlite_connect(file: Path, *, read_only: bool, lock_seconds: float = LOCK_SECONDS) -> sqlite3.Connection:
    """A bare connection with our settings; SQLite keeps a read-only one from writing."""
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode={mode}", uri=True, timeout=lock_seconds, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}").close()
    connection.create_function("fold_text", 1, _folded, deterministic=True)
    if not read_only:
        connection.execute("PRAGMA synchronous = NORMAL").close()
        connection.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KB}").close()
        connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}").close()
    return connection


def _folded(text: object) -> str | None:
    """The SQL function fold_text: what `fold` makes of a text (PostgreSQL does nearly the same by translate(), see crm/sql_words.py)."""
    return None if text is None else fold(str(text))


def sqlite_engine(file: Path, *, read_only: bool) -> Engine:
    """SQLAlchemy's way to the file: one connection to write, `READERS` to read."""
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite_connect(file, read_only=read_only),
        poolclass=QueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def prepare(file: Path, make_tables: Callable[[Connection, Path], None]) -> None:
    """Make or check the file before anybody else uses it; `make_tables` runs outside a transaction."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _close_to_others(file)
        engine = sqlite_engine(file, read_only=False)
        try:
            with engine.connect() as connection:
                _begin_wal(connection)
                make_tables(connection, file)
        finally:
            engine.dispose()
    except OSError as error:
        raise DatabaseUnwritable(detail=str(error)) from error
    except Exception as error:
        raise trouble(error) or error from error


def _close_to_others(file: Path) -> None:
    """Customers' records are not for every account of the machine; SQLite gives its side files the same rights."""
    file.touch(mode=0o600)
    if (mode := stat.S_IMODE(file.stat().st_mode)) & 0o007:
        file.chmod(mode & 0o770)


def _begin_wal(connection: Connection) -> None:
    driver: Any = connection.connection.dbapi_connection
    if driver.execute("PRAGMA journal_mode = WAL").fetchone() != ("wal",):
        raise DatabaseBroken(detail="no write-ahead log")
