"""A table of the tests, and databases of both kinds to put it in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, func, insert, select

from config.database import Database, create_all
from config.database_sqlite import SqliteStore, prepare
from tests.peers import postgresql

shelf = MetaData()
jar = Table(
    "jar",
    shelf,
    Column("id", Integer, primary_key=True),
    Column("name", String, unique=True, nullable=False),
    Column("at", Float, nullable=False, default=0.0),
)

KINDS = ("sqlite", "postgresql")


@asynccontextmanager
async def opened(folder: Path, kind: str = "sqlite") -> AsyncIterator[Database]:
    """A database of this kind with the tests' table; the same one again for the same folder."""
    database = await (postgresql.temporary(folder) if kind == "postgresql" else in_file(folder))
    await database.write(shelf.create_all)
    try:
        yield database
    finally:
        await database.close()


async def in_file(folder: Path) -> Database:
    """A SQLite database, whatever kind the tests run on."""
    database, file = Database(), folder / "switchboard.sqlite3"
    prepare(file, lambda connection, _file: create_all(connection))
    database._store = SqliteStore(file, database._tell_watchers)
    return database


def put(name: str) -> Callable[[Connection], int]:
    """Work that adds a jar and gives its id."""

    def work(connection: Connection) -> int:
        made = connection.execute(insert(jar).values(name=name)).inserted_primary_key
        assert made is not None
        return int(made[0])

    return work


def count(connection: Connection) -> int:
    """How many jars there are."""
    return connection.execute(select(func.count()).select_from(jar)).scalar_one()
