"""The two ends of a move: where rows are read, in one moment, and where they are written, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

from attrs import frozen
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.engine import URL

from config.database_address import SERVER, address, shown, sqlite_file
from config.database_errors import said
from config.database_sqlite import prepare, sqlite_connect, sqlite_engine
from config.errors import Refusal
from config.migrate import bring_server_up_to_date, bring_up_to_date
from config.moving.rows import Row, Shape
from config.sequences import catch_up
from config.translations import _

AT_ONCE = 5_000
OURS = "alembic_version"


class NothingToMove(Refusal):
    """There is no database yet."""

    code = "nothing_to_move"
    status = 409
    sentence = _("{source} holds no records of Switchboard: there is nothing to move. Write the new address into the settings and start.")


class TargetNotEmpty(Refusal):
    """There are rows, or tables of somebody else, where the rows were to go."""

    code = "target_not_empty"
    status = 409
    sentence = _("{target} is not empty ({what}). Name an empty database; nothing was written.")


class RowRefused(Refusal):
    """The other database cannot keep a row."""

    code = "row_refused"
    status = 422
    sentence = _("A row of “{table}” cannot be kept in {target}: {why}. Nothing was moved.")


class Source(Protocol):
    """Rows of one moment, and the revision of their tables."""

    @property
    def revision(self) -> str: ...

    def count(self, shape: Shape) -> int: ...

    def rows(self, shape: Shape) -> Iterator[Row]: ...


class Target(Protocol):
    """Where they go; `tables` are there and empty, in an order in which every row finds what it points to."""

    @property
    def tables(self) -> list[Table]: ...

    def write(self, shape: Shape, rows: Iterable[Row]) -> None: ...

    def finish(self) -> None: ...


def source(url: str) -> AbstractContextManager[Source]:
    """The database at `url`, held at the moment of the call. Not even a lock of it is kept from writers."""
    parts = address(url)
    return _server_source(parts) if parts.drivername == SERVER else _file_source(sqlite_file(url))


def target(url: str) -> AbstractContextManager[Target]:
    """The empty database at `url` with our tables made; what was written counts only after `finish`. Raises `TargetNotEmpty`."""
    parts = address(url)
    return _server_target(parts) if parts.drivername == SERVER else _file_target(sqlite_file(url), url)


@frozen
class _FileSource:
    connection: sqlite3.Connection
    revision: str

    def count(self, shape: Shape) -> int:
        return int(self.connection.execute(f'SELECT count(*) FROM "{shape.name}"').fetchone()[0])  # noqa: S608  names come from our own tables

    def rows(self, shape: Shape) -> Iterator[Row]:
        cursor = self.connection.execute(_select(shape))
        while some := cursor.fetchmany(AT_ONCE):
            yield from map(shape.alike, some)


@contextmanager
def _file_source(file: Path) -> Iterator[Source]:
    if not file.exists():
        raise NothingToMove(source=file)
    with closing(sqlite_connect(file, read_only=True)) as connection:
        connection.execute("BEGIN")
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():  # from here on it is one moment
            raise NothingToMove(source=file)
        revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        yield _FileSource(connection, revision)
        connection.execute("ROLLBACK")


@frozen
class _ServerSource:
    connection: Any
    revision: str

    def count(self, shape: Shape) -> int:
        return int(self.connection.execute(f'SELECT count(*) FROM "{shape.name}"').fetchone()[0])  # noqa: S608  as above

    def rows(self, shape: Shape) -> Iterator[Row]:
        with self.connection.cursor(name="moving") as cursor:
            cursor.itersize = AT_ONCE
            cursor.execute(_select(shape))
            yield from map(shape.alike, cursor)


@contextmanager
def _server_source(url: URL) -> Iterator[Source]:
    from psycopg import Connection as Server, IsolationLevel
    from psycopg.types.string import TextLoader

    from config.database_server import connect

    with closing(connect(url, kind=Server)) as connection:
        connection.read_only, connection.isolation_level = True, IsolationLevel.REPEATABLE_READ
        for name in ("json", "jsonb"):
            connection.adapters.register_loader(name, TextLoader)
        if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
            raise NothingToMove(source=shown(url))
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        yield _ServerSource(connection, str(found[0]) if found else "")
        connection.rollback()


@frozen
class _ServerTarget:
    connection: Connection
    tables: list[Table]
    place: str

    def write(self, shape: Shape, rows: Iterable[Row]) -> None:
        import psycopg

        driver: Any = self.connection.connection.dbapi_connection
        names = ", ".join(f'"{name}"' for name in shape.columns)
        try:
            with driver.cursor() as cursor, cursor.copy(f'COPY "{shape.name}" ({names}) FROM STDIN') as copy:
                for row in rows:
                    copy.write_row(row)
        except (psycopg.DataError, psycopg.IntegrityError) as error:
            raise RowRefused(table=shape.name, target=self.place, why=_whole(error)) from error

    def finish(self) -> None:
        catch_up(self.connection, self.tables)
        self.connection.commit()


@contextmanager
def _server_target(url: URL) -> Iterator[Target]:
    from config import database_server
    from config.database_postgresql import server_engine

    with closing(database_server.plain(url)) as held:
        database_server.check(held, url)
        database_server.hold_alone(held)
        engine = server_engine(url, read_only=False)
        try:
            with engine.connect() as connection:
                with connection.begin():
                    tables = _read_tables(connection)
                    _must_be_empty(connection, tables, shown(url))
                bring_server_up_to_date(connection, url)
                with connection.begin():
                    tables = _read_tables(connection)
                yield _ServerTarget(connection, [one for one in tables if one.name != OURS], shown(url))
                connection.rollback()
            held.execute("ANALYZE")
        finally:
            engine.dispose()


@frozen
class _FileTarget:
    connection: sqlite3.Connection
    tables: list[Table]
    place: str

    def write(self, shape: Shape, rows: Iterable[Row]) -> None:
        names = ", ".join(f'"{name}"' for name in shape.columns)
        places = ", ".join("?" * len(shape.columns))
        try:
            self.connection.executemany(f'INSERT INTO "{shape.name}" ({names}) VALUES ({places})', rows)  # noqa: S608  as above
        except (sqlite3.IntegrityError, sqlite3.DataError) as error:
            raise RowRefused(table=shape.name, target=self.place, why=said(error)) from error

    def finish(self) -> None:
        if broken := self.connection.execute("PRAGMA foreign_key_check").fetchall():
            raise RowRefused(table=broken[0][0], target=self.place, why=f"it points to a row of {broken[0][2]} that is not there")
        self.connection.execute("COMMIT")
        self.connection.execute("ANALYZE")


@contextmanager
def _file_target(file: Path, url: str) -> Iterator[Target]:
    """The rows go into a file beside it, which takes its name when all is there."""
    if file.exists() and file.stat().st_size:
        raise TargetNotEmpty(target=shown(url), what=_("there is a file"))
    part = file.with_name(f"{file.name}.moving")
    for left in (part, *_beside(part)):
        left.unlink(missing_ok=True)
    try:
        prepare(part, bring_up_to_date)
        engine = sqlite_engine(part, read_only=True)
        with engine.connect() as connection:
            tables = _read_tables(connection)
        engine.dispose()
        with closing(sqlite_connect(part, read_only=False)) as writing:
            writing.execute("PRAGMA foreign_keys = OFF")  # looked at in the end: a branch may come before its tree
            writing.execute("BEGIN IMMEDIATE")
            yield _FileTarget(writing, [one for one in tables if one.name != OURS], shown(url))
            if writing.in_transaction:
                return
        part.rename(file)
    finally:
        for left in (part, *_beside(part)):
            left.unlink(missing_ok=True)


def _read_tables(connection: Connection) -> list[Table]:
    found = MetaData()
    found.reflect(connection)
    return found.sorted_tables


def _must_be_empty(connection: Connection, tables: list[Table], place: str) -> None:
    names = {table.name for table in tables}
    if names and OURS not in names:
        raise TargetNotEmpty(target=place, what=", ".join(sorted(names)[:5]))
    for table in tables:
        if table.name != OURS and connection.execute(table.select().limit(1)).first() is not None:
            raise TargetNotEmpty(target=place, what=table.name)


def _beside(file: Path) -> list[Path]:
    return [file.with_name(f"{file.name}{ending}") for ending in ("-wal", "-shm")]


def _select(shape: Shape) -> str:
    names = ", ".join(f'"{name}"' for name in shape.columns)
    return f'SELECT {names} FROM "{shape.name}"'  # noqa: S608  as above


def _whole(error: Exception) -> str:
    """All the server said: its second line names the place."""
    return "; ".join(line.strip() for line in str(error).strip().splitlines()[:2])[:300].rstrip(".")
