"""PostgreSQL behind the same three ways in: a pool of writers, a pool of readers, and one connection for look-ups on the loop.

Reads see one moment (REPEATABLE READ, READ ONLY); writes are SERIALIZABLE, as with SQLite's one writer: see config/database_writers.py.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson
import psycopg
from psycopg import IsolationLevel
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool, QueuePool

from config import database_server
from config.database_errors import DatabaseAway, DatabaseInUse, DatabaseTrouble, meaning, trouble
from config.database_lookups import LookupLine
from config.database_outage import Outage
from config.database_store import Watch
from config.database_writers import WRITERS, Writers
from config.read_room import ReadRoom

T = TypeVar("T")

READERS = 4
READ_PATIENCE_SECONDS = 2.0
IN_USE_SECONDS = 5.0
"""A copy that was killed may be held for alive by the server for a moment."""


class PostgresqlStore:
    """An open database. Made by `opened`, on the loop's thread."""

    def __init__(self, url: URL, line: LookupLine, watch: Watch) -> None:
        loop = asyncio.get_running_loop()
        self._line = line
        self._outage = Outage(line.reach, lambda trouble: _on_loop(loop, watch, trouble))
        self._writing = server_engine(url, read_only=False, most=WRITERS)
        self._reading = server_engine(url, read_only=True, most=READERS)
        self._writers = Writers(self._writing, self._outage, watch)
        self._readers = ReadRoom(READERS)

    @classmethod
    async def opened(cls, url: URL, watch: Watch, make_tables: Callable[[Connection, URL], None]) -> PostgresqlStore:
        """Look at the server, take the database for this copy alone, and bring its tables up to date."""
        line = LookupLine(url)
        try:
            await asyncio.to_thread(_prepare, url, line, make_tables)
        except BaseException:
            line.close()
            raise
        return cls(url, line, watch)

    async def close(self) -> None:
        """Finish what waits and hang up."""
        await self._writers.close()
        self._outage.close()
        await self._readers.close()
        self._line.close()
        self._reading.dispose()
        self._writing.dispose()

    async def write(self, work: Callable[[Connection], T], lane: str) -> T:
        """Run `work` in a writer's thread, in a transaction of its own; works of one `lane` in the order they came."""
        return await self._writers.write(work, lane)

    async def read(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in a reader's thread."""
        return await self._readers.run(lambda: self._read(work))

    def lookup(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Rows of a prepared statement, at once."""
        return self._line.ask(sql, parameters, self._outage)

    def _read(self, work: Callable[[Connection], T]) -> T:
        tries = 0
        while True:
            if self._outage.lasts and not self._outage.over(READ_PATIENCE_SECONDS):
                raise self._outage.why
            try:
                with self._reading.connect() as connection, connection.begin():
                    return work(connection)
            except Exception as error:  # only what means that the server is away is tried again; the rest is raised
                unwell = trouble(error)
                tries += 1
                if not isinstance(unwell, DatabaseAway):
                    raise meaning(error) or error from error
                self._outage.begin(unwell)
                if tries > READERS:
                    raise unwell from error


def server_engine(url: URL, *, read_only: bool, most: int = 1) -> Engine:
    """SQLAlchemy's way to the server; `most` 0: a connection is closed after each use.

    Reading is planned for the values it asks for: a plan for any value reads a million rows to count the few companies among persons.
    """
    options: dict[str, Any] = {"plan_cache_mode": "force_custom_plan"} if read_only else {}

    def make() -> psycopg.Connection[Any]:
        connection = database_server.connect(url, kind=psycopg.Connection, **options)
        connection.read_only = read_only
        connection.isolation_level = IsolationLevel.REPEATABLE_READ if read_only else IsolationLevel.SERIALIZABLE
        return connection

    return create_engine(
        "postgresql+psycopg://",
        creator=make,
        json_serializer=lambda value: orjson.dumps(value).decode(),
        json_deserializer=orjson.loads,
        **({"poolclass": QueuePool, "pool_size": most, "max_overflow": 0} if most else {"poolclass": NullPool}),
    )


def _prepare(url: URL, line: LookupLine, make_tables: Callable[[Connection, URL], None]) -> None:
    with database_server.plain(url) as connection:
        database_server.check(connection, url)
    until = time.monotonic() + IN_USE_SECONDS
    while True:
        try:
            line.reach()
            break
        except DatabaseInUse:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)  # in a thread of the start-up; the copy before is still closing
    engine = server_engine(url, read_only=False, most=0)
    try:
        with engine.connect() as connection:
            make_tables(connection, url)
    except Exception as error:
        raise trouble(error) or error from error
    finally:
        engine.dispose()


def _on_loop(loop: asyncio.AbstractEventLoop, watch: Watch, unwell: DatabaseTrouble | None) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(watch, unwell)
