"""Where a back-up's database comes from: SQLite's online back-up API, or pg_dump. Both see one moment, while the product runs.

SQLite (https://www.sqlite.org/backup.html): the copy is made in steps of a few megabytes inside one read transaction.
Without that transaction every commit of the product would make the copy start again from the beginning.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from attrs import evolve, frozen
from sqlalchemy.engine import make_url

from config.archive import BackupFailed
from config.disk_steps import put_out
from config.translations import _

if TYPE_CHECKING:  # the driver is loaded only by those who use a server
    from psycopg import Cursor

STEP_PAGES = 1_024
LOCK_SECONDS = 30.0
POSTGRES_PLACES = Path("/usr/lib/postgresql")
POUR_BYTES = 1024 * 1024
COUNT_PAGES = 2_048
KIND_SQLITE, KIND_POSTGRES = "sqlite", "postgresql"

Step = Callable[[int, int], None]
"""Told done and all (bytes; all may be 0 when nobody knows); raises to stop."""


@frozen
class Copied:
    """What came with the copy: how many rows each table had, the revision of the tables, and a moment not before the copy's."""

    rows: dict[str, int]
    revision: str
    at: float = 0.0


class Source(Protocol):
    """A database that can be copied while it is used."""

    kind: str
    file: Path | None
    """The database's file, which is not one of the home's plain files; None when it is a server's."""

    def size(self) -> int:
        """Bytes that a copy may need at most."""

    def rows(self) -> dict[str, int]:
        """How many rows each table has now; raises `BackupFailed` and sqlite3.Error."""

    def copy(self, target: Path, step: Step) -> Copied:
        """Copy the database as of one moment; raises `BackupFailed`, OSError, sqlite3.Error and what `step` raises."""


class SqliteSource:
    """A SQLite file."""

    kind = KIND_SQLITE

    def __init__(self, file: Path) -> None:
        self.file: Path | None = file
        self._file = file

    def size(self) -> int:
        return sum(one.stat().st_size for one in (self._file, self._file.with_name(f"{self._file.name}-wal")) if one.exists())

    def rows(self) -> dict[str, int]:
        with closing(sqlite3.connect(f"{self._file.as_uri()}?mode=ro", uri=True, timeout=LOCK_SECONDS)) as live:
            return rows_of(live)

    def copy(self, target: Path, step: Step) -> Copied:
        if not self._file.is_file():
            raise BackupFailed(why=f"{self._file}: there is no such file")
        address = f"{self._file.as_uri()}?mode=ro"
        target.touch(mode=0o600)
        with (
            target.open("rb") as written,
            closing(sqlite3.connect(address, uri=True, timeout=LOCK_SECONDS, isolation_level=None)) as live,
            closing(sqlite3.connect(target, isolation_level=None)) as copy,
        ):
            copy.execute("PRAGMA synchronous = OFF").close()  # it is thrown away if anything happens
            live.execute("BEGIN").close()
            page = int(live.execute("PRAGMA page_size").fetchone()[0])
            live.execute("SELECT count(*) FROM sqlite_schema").fetchall()  # from here on, one moment
            at = time.time()
            live.backup(copy, pages=STEP_PAGES, progress=_gently(step, page, written.fileno()))
            live.execute("ROLLBACK").close()
            copy.execute("PRAGMA journal_mode = DELETE").fetchone()
            return evolve(looked_at(copy), at=at)


def _gently(step: Step, page: int, written: int) -> Callable[[int, int, int], None]:
    """Put each step on the disk, so that it need never take a gigabyte at once and let everybody else wait."""

    def progress(_status: int, remaining: int, total: int) -> None:
        put_out(written)
        step((total - remaining) * page, total * page)

    return progress


def looked_at(copy: sqlite3.Connection, *, thoroughly: bool = False) -> Copied:
    """Check a copy and count its rows; raises `BackupFailed` when it is damaged."""
    said = copy.execute("PRAGMA integrity_check(3)" if thoroughly else "PRAGMA quick_check(3)").fetchall()
    if said != [("ok",)]:
        raise BackupFailed(why="; ".join(str(row[0]) for row in said))
    rows = rows_of(copy)
    found = copy.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in rows else None
    return Copied(rows, str(found[0]) if found else "")


def rows_of(database: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has."""
    names = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    tables = [str(name) for (name,) in database.execute(names)]
    return {name: int(database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]) for name in tables}  # noqa: S608  # the schema's own names


class PostgresSource:
    """A PostgreSQL database, by pg_dump in its own format, uncompressed so that what is the same is kept once."""

    kind = KIND_POSTGRES
    file: Path | None = None

    def __init__(self, url: str) -> None:
        self._url = url

    def size(self) -> int:
        import psycopg

        with refused(), psycopg.connect(conninfo(self._url)) as connection:
            row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
        return int(row[0]) if row else 0

    def rows(self) -> dict[str, int]:
        import psycopg

        with refused(), psycopg.connect(conninfo(self._url)) as connection, connection.cursor() as cursor:
            return counted(cursor).rows

    def copy(self, target: Path, step: Step) -> Copied:
        import psycopg

        program = postgres_program("pg_dump")
        with refused(), psycopg.connect(conninfo(self._url)) as connection, connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            snapshot = _one(cursor.execute("SELECT pg_export_snapshot()").fetchone())
            size = int(_one(cursor.execute("SELECT pg_database_size(current_database())").fetchone()))
            at = time.time()
            command = [
                program,
                "--format=custom",
                "--compress=0",
                "--no-owner",
                "--no-privileges",
                "--exclude-table-data=switchboard_journal.*",
                f"--snapshot={snapshot}",
            ]
            pour_gently(command, self._url, target, lambda done: step(done, max(done, size)))
            return evolve(counted(cursor, lambda: step(size, size)), at=at)


@contextmanager
def refused() -> Iterator[None]:
    """What the server says, as a refusal."""
    import psycopg

    try:
        yield
    except psycopg.Error as error:
        raise BackupFailed(why=str(error).splitlines()[0].rstrip(".")) from error


def counted(cursor: Cursor[Any], rest: Callable[[], None] = lambda: None) -> Copied:
    """The rows of each table of the public schema, and the revision, in the cursor's transaction; `rest` is called after every few megabytes.

    The server does not work behind everybody as we do, and would give a count of millions all its processors.
    """
    names = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1"
    tables = [str(row[0]) for row in cursor.execute(names).fetchall()]
    rows = {name: sum(_counts(cursor, name, rest)) for name in tables}
    found = cursor.execute("SELECT version_num FROM alembic_version").fetchone() if "alembic_version" in tables else None
    return Copied(rows, str(found[0]) if found else "")


def _counts(cursor: Cursor[Any], name: str, rest: Callable[[], None]) -> Iterator[int]:
    """The rows in each piece of a table (a scan of a range of places, since PostgreSQL 14)."""
    from psycopg import sql

    table = sql.Identifier("public", name)
    size = "SELECT pg_relation_size({}::regclass) / current_setting('block_size')::int"
    pages = int(_one(cursor.execute(sql.SQL(size).format(sql.Literal(table.as_string(cursor)))).fetchone()))
    for first in range(0, max(pages, 1), COUNT_PAGES):
        there = [f"ctid >= '({first},0)'"] if first else []
        if first + COUNT_PAGES < pages:
            there.append(f"ctid < '({first + COUNT_PAGES},0)'")
        asked = sql.SQL("SELECT count(*) FROM {}{}").format(table, sql.SQL(f" WHERE {' AND '.join(there)}" if there else ""))
        yield int(_one(cursor.execute(asked).fetchone()))
        rest()


def _one(row: object) -> str:
    assert isinstance(row, tuple)
    return str(row[0])


def source_of(url: str) -> Source:
    """The source that a database's SQLAlchemy address names."""
    parts = make_url(url)
    if parts.get_backend_name() == "postgresql":
        return PostgresSource(url)
    from config.database import sqlite_file

    return SqliteSource(sqlite_file(url))


def conninfo(url: str) -> str:
    """A SQLAlchemy address as libpq understands it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False).replace(" ", "%20")


def environment_of(url: str) -> dict[str, str]:
    """Libpq's variables: a password among the arguments could be read by every account of the machine."""
    parts = make_url(url)
    query: Mapping[str, object] = parts.query
    named = {
        "PGHOST": parts.host or query.get("host"), "PGPORT": parts.port or query.get("port"), "PGUSER": parts.username, "PGPASSWORD": parts.password,
        "PGDATABASE": parts.database,
    }  # fmt: skip
    return {**os.environ, **{name: str(value) for name, value in named.items() if value}}


def postgres_program(name: str) -> str:
    """pg_dump or pg_restore, the newest that is installed; raises `BackupFailed`."""
    versions = sorted(POSTGRES_PLACES.glob(f"*/bin/{name}"), key=lambda one: float(one.parts[-3]), reverse=True)
    found = str(versions[0]) if versions else shutil.which(name)
    if not found:
        raise BackupFailed(why=_("pg_dump and pg_restore are not installed (Debian package postgresql-client)"))
    return found


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever happens, the program does not outlive the block."""
    try:
        yield
    finally:
        with suppress(BrokenPipeError):
            if process.stdin:
                process.stdin.close()
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait()


def pour_gently(command: list[str], url: str, target: Path, step: Callable[[int], None]) -> None:
    """Write what a program says to `target`, a little at a time: while `step` rests, the server waits with it."""
    with (
        target.open("wb") as written,
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, env=environment_of(url), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said) as process,
        ended(process),
    ):
        assert process.stdout
        done = 0
        while piece := process.stdout.read(POUR_BYTES):
            written.write(piece)
            written.flush()
            put_out(written.fileno(), done, len(piece))
            done += len(piece)
            step(done)
        process.wait()
        said.seek(0)
        raise_ill(command, process.returncode, said.read())


def raise_ill(command: list[str], status: int, said: bytes) -> None:
    """`BackupFailed` with the last words of a program that failed."""
    if status:
        words = said.decode("utf-8", "replace").strip().splitlines()
        raise BackupFailed(why=f"{Path(command[0]).name}: {words[-1] if words else status}".rstrip("."))
