"""The database: works are written one after the other, read in threads, and looked up in microseconds on the loop.

Tables are SQLAlchemy Core tables on `metadata`, each declared on the floor that owns it. Times are UTC epoch
seconds (Float); structured values are JSON. SQLite or PostgreSQL, by the address; SQL must mean the same on both.
Why threads: docs/decisions/0008.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData

from config.database_address import SERVER, address, sqlite_file
from config.database_errors import DatabaseBusy, DatabaseTrouble, trouble
from config.database_sqlite import SqliteStore, prepare, read_once, sqlite_engine
from config.database_store import Store
from config.migrate import bring_server_up_to_date, bring_up_to_date

__all__ = ["Database", "create_all", "metadata", "read_all", "sqlite_file", "write_all"]

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


class Database:
    """The open database. Works get a SQLAlchemy `Connection` and must not commit; they must not keep it.

    A work may run more than once (PostgreSQL refuses one of two that were in each other's way, and connections break), so it changes
    nothing but the database and gives everything else back as its value.
    """

    def __init__(self) -> None:
        """Not yet open: made by `open` and `temporary`."""
        self._watchers: list[Callable[[DatabaseTrouble | None], None]] = []
        self._store: Store | None = None

    @classmethod
    async def open(cls, url: str) -> Database:
        """Open what `url` names, making a file with its folder, and bringing the tables up to date (a file is copied before)."""
        database = cls()
        parts = address(url)
        if parts.drivername == SERVER:
            from config.database_postgresql import PostgresqlStore  # the driver is loaded only by those who use a server

            database._store = await PostgresqlStore.opened(parts, database._tell_watchers, bring_server_up_to_date)
        else:
            file = sqlite_file(url)
            await asyncio.to_thread(prepare, file, bring_up_to_date)
            database._store = SqliteStore(file, database._tell_watchers)
        return database

    @classmethod
    async def temporary(cls, folder: Path) -> Database:
        """A database for one test: all tables known so far, in a new file in `folder`."""
        database = cls()
        file = folder / "switchboard.sqlite3"
        await asyncio.to_thread(prepare, file, lambda connection, _file: create_all(connection))
        database._store = SqliteStore(file, database._tell_watchers)
        return database

    @property
    def file(self) -> Path:
        """The file of a SQLite database."""
        assert isinstance(self._store, SqliteStore)
        return self._store.file

    async def close(self) -> None:
        """Finish what waits and close."""
        store, self._store = self._store, None
        if store is not None:
            await store.close()

    def watch(self, watcher: Callable[[DatabaseTrouble | None], None]) -> None:
        """Call `watcher` on the loop when the database falls ill (disk full, locked, damaged, away), and with None when it is well again."""
        self._watchers.append(watcher)

    def _tell_watchers(self, unwell: DatabaseTrouble | None) -> None:
        for watcher in self._watchers:
            watcher(unwell)

    async def write(self, work: Callable[[Connection], T], *, lane: str = "") -> T:
        """Run `work` in a writer's thread, whole or not at all; returns after the commit, raises what `work` raises.

        Works of one `lane` (a call, a record) are done in the order they were asked for; others may overtake each other.
        """
        if self._store is None:
            raise DatabaseBusy
        return await self._store.write(work, lane)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader's thread; all its statements see one moment. Writing there is refused by the database."""
        if self._store is None:
            raise DatabaseBusy
        return await self._store.read(work)

    def lookup(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Rows of a prepared statement (`?` for values), at once, on the loop's thread: for indexed look-ups of a few rows on hot paths only."""
        if self._store is None:
            raise DatabaseBusy
        return self._store.lookup(sql, parameters)


def read_all(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` on a read-only connection of its own, for commands beside a running copy. Blocks; no loop is needed."""
    engine = _engine(url, read_only=True)
    try:
        return read_once(engine, work)
    finally:
        engine.dispose()


def write_all(url: str, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction on a connection of its own, for commands on a database that nobody else has open. Blocks."""
    engine = _engine(url, read_only=False)
    try:
        with engine.begin() as connection:
            return work(connection)
    except Exception as error:
        raise trouble(error) or error from error
    finally:
        engine.dispose()


def _engine(url: str, *, read_only: bool) -> Engine:
    parts = address(url)
    if parts.drivername != SERVER:
        return sqlite_engine(sqlite_file(url), read_only=read_only)
    from config.database_postgresql import server_engine

    return server_engine(parts, read_only=read_only, most=0)


def create_all(connection: Connection) -> None:
    """Every table known so far, without migrations."""
    with connection.begin():
        metadata.create_all(connection)
