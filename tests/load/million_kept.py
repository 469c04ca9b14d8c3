"""Where the million of tests/load/million.py is kept: a SQLite file and a PostgreSQL server's directory, made once, until the maker changes.

Tables that have changed since are brought up to date as everybody's are, when `Database.open` opens them.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import pwd
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import psycopg

from config.database import Database
from crm import search_tokens
from crm.folding import fold
from crm.search_index import token_rows
from tests.load import million, persian_names
from tests.load.million import Batch, Maker, Size
from tests.peers.postgresql import ACCOUNTS, program
from tests.phones.baresip import until
from tests.phones.ports import free_port

USER = "switchboard"


def fingerprint(size: Size) -> str:
    """Changes when the maker or what it uses changes."""
    digest = hashlib.sha256((repr(size) + inspect.getsource(token_rows)).encode())
    for module in (million, persian_names, search_tokens, sys.modules[fold.__module__]):
        digest.update(Path(str(module.__file__)).read_bytes())
    return digest.hexdigest()[:12]


def folder(size: Size) -> Path:
    """Where this size is kept."""
    return Path(tempfile.gettempdir()) / f"switchboard-million-{size.persons}-{fingerprint(size)}"


async def sqlite_million(size: Size | None = None, say: Callable[[str], object] = print) -> Path:
    """The SQLite file, made when it is not there."""
    size = size or Size()
    home = folder(size)
    made = home / "switchboard.sqlite3"
    if not made.exists():
        (making := home / "making").mkdir(parents=True, exist_ok=True)
        file = making / "switchboard.sqlite3"
        file.unlink(missing_ok=True)
        await (await Database.open(f"sqlite:///{file}")).close()
        fill_sqlite(file, Maker(size), say)
        file.rename(made)
    return made


def fill_sqlite(file: Path, maker: Maker, say: Callable[[str], object]) -> None:
    """Rows in, then indexes."""
    driver = sqlite3.connect(file, isolation_level=None)
    driver.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA temp_store=FILE; PRAGMA foreign_keys=OFF"
    )
    kept = [(name, sql) for name, sql in driver.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")]
    for name, _sql in kept:
        driver.execute(f'DROP INDEX "{name}"')
    for batch in maker.batches():
        began = time.monotonic()
        driver.execute("BEGIN")
        _insert(driver, batch)
        driver.execute("COMMIT")
        say(f"{batch.table.name}: {time.monotonic() - began:.0f} s")
    for _name, sql in kept:
        driver.execute(sql)
    driver.executescript("ANALYZE; PRAGMA journal_mode=WAL")
    driver.close()


def _insert(driver: sqlite3.Connection, batch: Batch) -> None:
    columns = ", ".join(f'"{one}"' for one in batch.columns)
    places = ", ".join("?" * len(batch.columns))
    if _keyed(batch):  # rows live in the key's order: sorted first, each page is written once
        driver.execute(f"CREATE TEMP TABLE unsorted ({columns})")
        driver.executemany(f"INSERT INTO unsorted VALUES ({places})", batch.rows)
        driver.execute(f"INSERT INTO {batch.table.name} ({columns}) SELECT * FROM unsorted ORDER BY {columns}")
        driver.execute("DROP TABLE unsorted")
    else:
        driver.executemany(f"INSERT INTO {batch.table.name} ({columns}) VALUES ({places})", batch.rows)


def _keyed(batch: Batch) -> bool:
    key = tuple(batch.table.primary_key.c.keys())
    return batch.columns[: len(key)] == key and len(key) > 1


def fill_postgresql(connection: psycopg.Connection[Any], maker: Maker, say: Callable[[str], object]) -> None:
    """COPY into the empty tables of an open autocommit connection of the database's master, then keys and indexes."""
    connection.execute("SET session_replication_role = replica")  # foreign keys hold by the maker's making
    connection.execute("SET maintenance_work_mem = '512MB'")
    for batch in maker.batches():
        began, name = time.monotonic(), batch.table.name
        later = connection.execute(_INDEXES, (name, _keyed(batch))).fetchall()
        for drop, _make in later:
            connection.execute(drop)
        columns = ", ".join(f'"{one}"' for one in batch.columns)
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            for row in batch.rows:
                copy.write_row(row)
        for _drop, make in later:
            connection.execute(make)
        if "id" in batch.table.c:
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
        say(f"{name}: {time.monotonic() - began:.0f} s")
    connection.execute("VACUUM ANALYZE")
    connection.execute("SET session_replication_role = DEFAULT")


_INDEXES = """
SELECT CASE WHEN c.conname IS NULL THEN format('DROP INDEX %%I', i.relname) ELSE format('ALTER TABLE %%I DROP CONSTRAINT %%I', t.relname, c.conname) END,
       CASE WHEN c.conname IS NULL THEN pg_get_indexdef(i.oid)
            ELSE format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', t.relname, c.conname, pg_get_constraintdef(c.oid)) END
  FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype IN ('p', 'u')
 WHERE t.relname = %s AND (c.contype IS DISTINCT FROM 'p' OR %s)
"""
"""How the indexes of a table are dropped and made again; the primary key only where nothing points to it."""


class KeptServer:
    """A PostgreSQL server over a directory that stays: shared_buffers as Debian has them, no fsync unless `flushing`, ended by its process id."""

    def __init__(self, folder: Path, *, flushing: bool = False) -> None:
        self.folder = folder
        self.port = free_port()
        account = next((name for name in ACCOUNTS if name in {one.pw_name for one in pwd.getpwall()}), "nobody") if os.getuid() == 0 else ""
        self._as: dict[str, Any] = {"env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
        if account:
            self._as |= {"user": account, "group": pwd.getpwnam(account).pw_gid, "extra_groups": []}
        if not (folder / "data").exists():
            folder.mkdir(parents=True, exist_ok=True)
            if account:
                shutil.chown(folder, account)
            first = (program("initdb"), "-D", "data", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-U", USER, "--no-sync")
            subprocess.run(first, cwd=folder, capture_output=True, check=True, **self._as)
        options = (
            f"fsync={'on' if flushing else 'off'}",
            "max_wal_size=4GB",
            "shared_buffers=128MB",
            "listen_addresses=127.0.0.1",
            f"port={self.port}",
            "unix_socket_directories=",
        )
        words = (program("postgres"), "-D", "data", *(word for one in options for word in ("-c", one)))
        with (folder / "log").open("wb") as log:
            self._process = subprocess.Popen(words, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **self._as)
        until(self._answers, f"PostgreSQL; see {folder}/log", 30)

    def connect(self, database: str = "postgres") -> psycopg.Connection[Any]:
        """An autocommit connection of the server's master."""
        return psycopg.connect(host="127.0.0.1", port=self.port, user=USER, dbname=database, autocommit=True)

    def url(self, database: str) -> str:
        """For `Database.open`."""
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{database}"

    def stop(self) -> None:
        """A fast shutdown."""
        self._process.send_signal(signal.SIGINT)
        self._process.wait(60)

    def _answers(self) -> bool:
        assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")[-2000:]
        try:
            self.connect().close()
        except psycopg.OperationalError:
            return False
        return True


@asynccontextmanager
async def postgresql_million(
    size: Size | None = None, say: Callable[[str], object] = print, *, flushing: bool = False
) -> AsyncIterator[str]:
    """The address of the PostgreSQL database, made when it is not there; its server runs meanwhile."""
    size = size or Size()
    server = KeptServer(folder(size) / "postgresql", flushing=flushing)
    try:
        with server.connect() as master:
            there = master.execute("SELECT 1 FROM pg_database WHERE datname = 'million'").fetchone()
            if not there:
                master.execute("DROP DATABASE IF EXISTS making")
                master.execute("CREATE DATABASE making TEMPLATE template0")
                await (await Database.open(server.url("making"))).close()
                with server.connect("making") as connection:
                    fill_postgresql(connection, Maker(size), say)
                master.execute("ALTER DATABASE making RENAME TO million")
        await (await Database.open(server.url("million"))).close()  # brought up to date here: the product would back all of it up first
        yield server.url("million")
    finally:
        server.stop()
