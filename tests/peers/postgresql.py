"""A PostgreSQL server of the tests: private directory, free port, an account that is not root, stopped by its process id.

`server()` starts it when it is first asked for; it ends with the process that asked. Every database is a clone of a template that has all tables.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from config.database import Database, create_all, metadata
from config.database_postgresql import PostgresqlStore, server_engine
from tests.house.new_revision import import_tables
from tests.phones.baresip import until
from tests.phones.ports import free_port

USER = "switchboard"
CAREFUL = "careful"
"""A role that must say its password, which is `PASSWORD`."""
PASSWORD = "گذرواژه@:/ 1404"
TEMPLATE = "with_all_tables"
FAST = (
    "fsync=off",
    "full_page_writes=off",
    "max_connections=200",
    "shared_buffers=64MB",
    "logging_collector=off",
)
ACCOUNTS = ("postgres", "switchboard", "nobody")

KEPT = 5
"""Databases of earlier tests that stay; each takes 8 MB."""

_names = itertools.count(1)
_made: dict[Path, str] = {}


class Server:
    """A running server."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="switchboard-test-postgresql-"))
        self.port = free_port()
        self._account = next((name for name in ACCOUNTS if _known(name)), None) if os.getuid() == 0 else None
        self._process: subprocess.Popen[bytes] | None = None
        self._templates: set[str] = set()
        if self._account:
            shutil.chown(self.folder, self._account)
        self._run(
            program("initdb"), "-D", "data", "-E", "UTF8", "--locale=C.UTF-8", "-A", "trust", "-U", USER, "--no-sync", "--no-instructions"
        )
        rules = "local all all trust\n" + "".join(
            f"host all {who} 127.0.0.1/32 {how}\n" for who, how in ((CAREFUL, "scram-sha-256"), ("unwanted", "reject"), ("all", "trust"))
        )
        (self.folder / "data/pg_hba.conf").write_text(rules)
        self.start()
        self.execute(f"CREATE ROLE {CAREFUL} LOGIN PASSWORD '{PASSWORD}'")

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = [
            word for one in (*FAST, "listen_addresses=127.0.0.1", f"port={self.port}", "unix_socket_directories=") for word in ("-c", one)
        ]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [program("postgres"), "-D", "data", *options],
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as_account(),
            )
        until(self._answers, f"PostgreSQL; see {self.folder}/log", 30)

    @property
    def pid(self) -> int:
        """Its process id."""
        assert self._process is not None
        return self._process.pid

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """SIGINT: hang up on everybody and end (a fast shutdown); SIGQUIT: as if it had crashed."""
        if self._process is None:
            return
        process, self._process = self._process, None
        process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def remove(self) -> None:
        """Stop and throw the directory away."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, name: str, user: str = USER, password: str | None = None) -> str:
        """The address of a database there."""
        parts = make_url(f"postgresql://127.0.0.1:{self.port}/{name}").set(username=user, password=password)
        return parts.render_as_string(hide_password=False)

    def execute(self, sql: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Rows of a statement, in a connection of its own."""
        with psycopg.connect(host="127.0.0.1", port=self.port, user=USER, dbname=database, autocommit=True) as connection:
            cursor = connection.execute(sql.encode())
            return cursor.fetchall() if cursor.description else []

    def new(self, template: str = "template0", options: str = "") -> str:
        """The address of a new database, empty unless a template is named."""
        name = f"test_{os.getpid()}_{next(_names)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template} {options}")
        return self.url(name)

    def with_tables(self) -> str:
        """The address of a new database with all tables known so far."""
        import_tables()
        name = f"{TEMPLATE}_{len(metadata.tables)}"
        if name not in self._templates:
            self.execute(f"CREATE DATABASE {name}")
            engine = server_engine(make_url(self.url(name)), read_only=False, most=0)
            with engine.connect() as connection:
                create_all(connection)
            self._templates.add(name)
        return self.new(name)

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, (self.folder / "log").read_text(errors="replace")[-3000:]
        try:
            self.execute("SELECT 1")
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, *words: str) -> None:
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True, check=False, **self._as_account())
        assert done.returncode == 0, done.stdout + done.stderr

    def _as_account(self) -> dict[str, Any]:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
        return (
            {"env": environment, "user": self._account, "group": pwd.getpwnam(self._account).pw_gid, "extra_groups": []}
            if self._account
            else {"env": environment}
        )


@cache
def server() -> Server:
    """The server of this test run."""
    one = Server()
    atexit.register(one.remove)
    return one


@cache
def program(name: str) -> str:
    """Where a program of PostgreSQL is: Debian keeps them out of PATH."""
    found = shutil.which(name) or next(map(str, sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)), None)
    assert found, f"{name} is missing: make setup-test installs it"
    return found


async def temporary(folder: Path) -> Database:
    """What `Database.temporary` gives, on the server: the same database again for the same folder."""
    if folder not in _made:
        for old in list(_made)[:-KEPT]:
            with contextlib.suppress(psycopg.errors.ObjectInUse):
                server().execute(f"DROP DATABASE {make_url(_made.pop(old)).database}")
        _made[folder] = await asyncio.to_thread(server().with_tables)
    return await opened(_made[folder])


async def opened(url: str) -> Database:
    """The database at `url`, its tables as they are."""
    database = Database()
    database._store = await PostgresqlStore.opened(
        make_url(url).set(drivername="postgresql+psycopg"), database._tell_watchers, lambda _connection, _url: None
    )
    return database


def _known(name: str) -> bool:
    try:
        pwd.getpwnam(name)
    except KeyError:
        return False
    return True
