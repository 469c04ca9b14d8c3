"""The database: one writer with group commit, readers in threads, and look-ups that take microseconds on the loop.

Tables are SQLAlchemy Core tables on `metadata`, each declared on the floor that owns it. Times are UTC epoch
seconds (Float); structured values are JSON. SQLite now; the three ways in (write, read, lookup) are the seam
behind which PostgreSQL fits later. Why threads and not aiosqlite: docs/decisions/0008.
"""

from __future__ import annotations

import asyncio
import sqlite3
import stat
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from config.database_errors import DatabaseBroken, DatabaseBusy, DatabaseNotSupported, DatabaseTrouble, DatabaseUnwritable, trouble
from config.group_writer import GroupWriter
from config.migrate import bring_up_to_date

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of the product; names are given by rule, so that migrations can speak of them."""

READERS = 2
MOST_READS_WAITING = 2_000
LOCK_SECONDS = 5.0
LOOKUP_LOCK_SECONDS = 0.05
"""The loop must not wait longer than this for a lock; in WAL mode a reader waits only while the file is being recovered."""

_PRAGMAS = {"foreign_keys": "ON", "cache_size": "-8192", "mmap_size": str(256 * 1024 * 1024), "temp_store": "MEMORY"}


class Database:
    """The open database. Works get a SQLAlchemy `Connection` and must not commit; they must not keep it."""

    def __init__(self, file: Path) -> None:
        """Open a file that `open` or `temporary` has prepared."""
        self.file = file
        self._loop = asyncio.get_running_loop()
        self._watchers: list[Callable[[DatabaseTrouble | None], None]] = []
        self._writing = _engine(file, read_only=False)
        self._reading = _engine(file, read_only=True)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="database reader")
        self._reads = 0
        self._writer: GroupWriter | None = GroupWriter(self._writing, self._loop, self._tell_watchers)
        self._lookup: sqlite3.Connection | None = _connect(file, read_only=True, lock_seconds=LOOKUP_LOCK_SECONDS)

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open (making folder, file and tables, after a backup when tables change) what `url` names, such as sqlite:////srv/sb/switchboard.sqlite3."""
        file = sqlite_file(url)
        await asyncio.to_thread(_prepare, file, bring_up_to_date)
        return cls(file)

    @classmethod
    async def temporary(cls, folder: Path) -> Database:
        """A database for one test: all tables known so far, in a new file in `folder`."""
        file = folder / "switchboard.sqlite3"
        await asyncio.to_thread(_prepare, file, _create_all)
        return cls(file)

    async def close(self) -> None:
        """Finish what waits and close; the writer closes last, because it alone checkpoints."""
        if self._writer is None or self._lookup is None:
            return
        writer, self._writer = self._writer, None
        await writer.close()
        await asyncio.to_thread(self._readers.shutdown)
        self._lookup.close()
        self._lookup = None
        self._reading.dispose()
        self._writing.dispose()

    def watch(self, watcher: Callable[[DatabaseTrouble | None], None]) -> None:
        """Call `watcher` on the loop when the database falls ill (disk full, locked, damaged), and with None when it is well again."""
        self._watchers.append(watcher)

    def _tell_watchers(self, unwell: DatabaseTrouble | None) -> None:
        for watcher in self._watchers:
            watcher(unwell)

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the writer's thread, in a savepoint of its own; returns after the commit, raises what `work` raises."""
        if self._writer is None:
            raise DatabaseBusy
        return await self._writer.write(work)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader's thread; all its statements see one moment. Writing there is refused by SQLite."""
        if self._reads >= MOST_READS_WAITING or self._writer is None:
            raise DatabaseBusy
        self._reads += 1
        try:
            return await self._loop.run_in_executor(self._readers, self._read, work)
        finally:
            self._reads -= 1

    def _read(self, work: Callable[[Connection], T]) -> T:
        try:
            with self._reading.connect() as connection:
                return work(connection)
        except Exception as error:
            raise trouble(error) or error from error

    def lookup(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a prepared statement, at once, on the loop's thread: for indexed look-ups of a few rows on hot paths only."""
        if self._lookup is None:
            raise DatabaseBusy
        try:
            return self._lookup.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise trouble(error) or error from error


def sqlite_file(url: str) -> Path:
    """The file behind a `sqlite:///…` address."""
    try:
        parts = make_url(url)
    except ArgumentError:
        raise DatabaseNotSupported(url=url) from None
    if parts.get_backend_name() != "sqlite" or not parts.database or parts.database == ":memory:":
        raise DatabaseNotSupported(url=parts.render_as_string(hide_password=True))
    return Path(parts.database).absolute()


def read_all(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` on a read-only connection of its own, for commands beside a running copy. Blocks; no loop is needed."""
    engine = _engine(sqlite_file(url), read_only=True)
    try:
        with engine.connect() as connection:
            return work(connection)
    except Exception as error:
        raise trouble(error) or error from error
    finally:
        engine.dispose()


def _connect(file: Path, *, read_only: bool, lock_seconds: float = LOCK_SECONDS) -> sqlite3.Connection:
    mode = "ro" if read_only else "rwc"
    connection = sqlite3.connect(
        f"{file.as_uri()}?mode={mode}", uri=True, timeout=lock_seconds, isolation_level=None, check_same_thread=False, cached_statements=256
    )
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}").close()
    if not read_only:
        connection.execute("PRAGMA synchronous = NORMAL").close()
        connection.execute("PRAGMA wal_autocheckpoint = 2000").close()
    return connection


def _engine(file: Path, *, read_only: bool) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: _connect(file, read_only=read_only),
        poolclass=QueuePool,
        pool_size=READERS if read_only else 1,
        max_overflow=0,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
    )
    begin = "BEGIN" if read_only else "BEGIN IMMEDIATE"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


def _prepare(file: Path, make_tables: Callable[[Connection, Path], None]) -> None:
    """Make or check the file before anybody else uses it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        _close_to_others(file)
        engine = _engine(file, read_only=False)
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


def _create_all(connection: Connection, _file: Path) -> None:
    with connection.begin():
        metadata.create_all(connection)
