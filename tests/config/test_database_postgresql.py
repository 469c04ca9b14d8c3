"""A PostgreSQL server: what breaks comes back by itself, nothing is saved twice, and whatever does not fit is said in one sentence."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update
from sqlalchemy.engine import make_url

from config import database_postgresql, database_server, database_writers
from config.database import Database, sqlite_file
from config.database_address import PasswordFileOpen, PasswordFileUnreadable, address, shown, with_password
from config.database_errors import (
    DatabaseAway,
    DatabaseForbidden,
    DatabaseFull,
    DatabaseHeld,
    DatabaseInUse,
    DatabaseLogInRefused,
    DatabaseNotSupported,
    DatabaseSlow,
    DatabaseTooOld,
    DatabaseTrouble,
    DatabaseUnfit,
    DatabaseUnknown,
    NoDatabaseFile,
    NumberTooLarge,
)
from config.database_lookups import numbered
from config.database_server import check
from config.errors import Refusal
from tests.config.databases import count, jar, opened, put, shelf
from tests.peers import postgresql
from tests.peers.cut import Wire
from tests.peers.postgresql import CAREFUL, PASSWORD, Server, server

COUNTER = "SELECT at FROM jar"


@asynccontextmanager
async def wired() -> AsyncIterator[tuple[Database, Wire]]:
    """A database reached over a wire that can be cut, with one jar."""
    url = make_url(server().new())
    wire = Wire(server().port)
    database = await postgresql.opened(url.set(port=wire.port).render_as_string(hide_password=False))
    await database.write(shelf.create_all)
    await database.write(put("counter"))
    try:
        yield database, wire
    finally:
        await database.close()
        wire.close()


def one_more(connection: Connection) -> int:
    return connection.execute(update(jar).values(at=jar.c.at + 1)).rowcount


def backends(database: Database, but: str = "") -> list[tuple[int]]:
    name = database.lookup("SELECT current_database()")[0][0]
    return server().execute(
        f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}' AND query NOT LIKE '%{but}%'"
        if but
        else f"SELECT pid FROM pg_stat_activity WHERE datname = '{name}'"
    )


async def heard(told: list[Any], enough: Callable[[list[Any]], bool]) -> None:
    while not enough(told):  # noqa: ASYNC110  the thing waited for tells a list
        await asyncio.sleep(0.01)


async def refused(kind: type[Refusal], url: str) -> Refusal:
    with pytest.raises(kind) as refusal:
        await Database.open(url)
    assert "secret" not in str(refusal.value)
    assert PASSWORD not in str(refusal.value)
    return refusal.value


async def test_connections_that_were_cut_are_nobodys_worry(tmp_path: Path) -> None:
    """An administrator of the server ends every connection: the next read, write and look-up succeed, and no alarm is raised."""
    told: list[DatabaseTrouble | None] = []
    async with opened(tmp_path, "postgresql") as database:
        database.watch(told.append)
        await database.write(put("counter"))
        assert await database.read(count) == 1
        for (pid,) in backends(database):
            server().execute(f"SELECT pg_terminate_backend({pid})")
        assert await database.read(count) == 1
        assert await database.write(one_more) == 1
        assert database.lookup(COUNTER) == [(1.0,)]
        assert told == []


async def test_a_look_up_over_a_cut_connection_is_refused_once(tmp_path: Path) -> None:
    """The loop does not wait for a new connection: the caller is a stranger once, and known the next time."""
    async with opened(tmp_path, "postgresql") as database:
        await database.write(put("counter"))
        for (pid,) in backends(database):
            server().execute(f"SELECT pg_terminate_backend({pid})")
        with pytest.raises(DatabaseAway):
            database.lookup(COUNTER)
        assert await database.read(count) == 1
        assert database.lookup(COUNTER) == [(0.0,)]


async def test_a_server_that_goes_and_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is away everything is refused in words and the alarm stands; what was being written waits for it; then all is as before."""
    monkeypatch.setattr(database_postgresql, "READ_PATIENCE_SECONDS", 0.05)
    own = Server()
    told: list[DatabaseTrouble | None] = []
    try:
        database = await postgresql.opened(own.new())
        database.watch(told.append)
        await database.write(shelf.create_all)
        await database.write(put("counter"))
        await asyncio.to_thread(own.stop, signal.SIGQUIT)
        with pytest.raises(DatabaseAway) as refusal:
            await database.read(count)
        assert "127.0.0.1" in refusal.value.text("en")
        with pytest.raises(DatabaseAway):
            database.lookup(COUNTER)
        waiting = asyncio.ensure_future(database.write(one_more))
        await heard(told, lambda seen: [type(one) for one in seen] == [DatabaseAway])
        await asyncio.to_thread(own.start)
        assert await waiting == 1
        await heard(told, lambda seen: seen[-1] is None)
        assert database.lookup(COUNTER) == [(1.0,)]
        assert await database.read(count) == 1
        await database.close()
    finally:
        own.remove()


async def test_a_server_that_stays_away_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """After some seconds a save is refused, so that nobody looks at a page that never comes; closing does not hang."""
    monkeypatch.setattr(database_writers, "PATIENCE_SECONDS", 0.2)
    own = Server()
    try:
        database = await postgresql.opened(own.new())
        await asyncio.to_thread(own.stop, signal.SIGQUIT)
        with pytest.raises(DatabaseAway):
            await database.write(one_more)
        await database.close()
    finally:
        own.remove()


async def test_a_commit_that_was_not_answered_is_not_done_twice() -> None:
    """The connection breaks after the server has the commit: the change is there once, and the answer is that it is."""
    async with wired() as (database, wire):
        wire.cut_at(b"COMMIT", deliver=True)
        assert await database.write(one_more) == 1
        assert wire.cuts == 1
        assert await database.read(lambda connection: connection.execute(text(COUNTER)).scalar()) == 1.0


async def test_a_commit_that_never_arrived_is_done_again() -> None:
    """The connection breaks before the server has the commit: the work runs again, and the change is there once."""
    async with wired() as (database, wire):
        wire.cut_at(b"COMMIT", deliver=False)
        assert await database.write(one_more) == 1
        assert wire.cuts == 1
        assert await database.read(lambda connection: connection.execute(text(COUNTER)).scalar()) == 1.0


async def test_a_connection_lost_in_the_middle_costs_only_time() -> None:
    """A work whose connection broke runs again from its beginning."""
    runs: list[int] = []

    def work(connection: Connection) -> None:
        runs.append(1)
        one_more(connection)
        connection.execute(text("SELECT 'the second half'"))

    async with wired() as (database, wire):
        wire.cut_at(b"the second half", deliver=False)
        await database.write(work)
        assert len(runs) == 2
        assert await database.read(lambda connection: connection.execute(text(COUNTER)).scalar()) == 1.0


async def test_works_that_get_in_each_others_way_all_end(tmp_path: Path) -> None:
    """A hundred that read everything and write everything, three at a time: each is done once."""

    def work(connection: Connection) -> None:
        seen = count(connection)
        connection.execute(insert(jar).values(name=f"jar {seen}"))
        connection.execute(update(jar).values(at=jar.c.at + 1))

    async with opened(tmp_path, "postgresql") as database:
        await asyncio.gather(*(database.write(work) for _ in range(100)))
        assert await database.read(count) == 100


async def test_a_row_that_somebody_else_holds_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A forgotten transaction in a database viewer is the reason that is given; it is not waited for without end."""
    monkeypatch.setattr(database_server, "LOCK_MILLISECONDS", 50)
    async with opened(tmp_path, "postgresql") as database:
        await database.write(put("counter"))
        name = database.lookup("SELECT current_database()")[0][0]
        with database_server.plain(address(server().url(name))) as viewer, viewer.transaction():
            viewer.execute("UPDATE jar SET at = 5")
            with pytest.raises(DatabaseHeld):
                await database.write(one_more)
        assert await database.write(one_more) == 1


async def test_a_full_disk_of_the_server_is_told_and_forgotten(tmp_path: Path) -> None:
    """The server says that its disk is full: so does the alarm, until something can be saved again."""
    told: list[DatabaseTrouble | None] = []
    async with opened(tmp_path, "postgresql") as database:
        database.watch(told.append)
        full = text("DO $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = 'disk_full'; END $$")
        with pytest.raises(DatabaseFull):
            await database.write(lambda connection: connection.execute(full).rowcount)
        assert [type(one) for one in told] == [DatabaseFull]
        await database.write(put("honey"))
        assert told[-1] is None


async def test_a_look_up_that_takes_too_long_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The loop that steers calls does not wait for a slow query; the connection stays."""
    monkeypatch.setattr(database_server, "LOOKUP_MILLISECONDS", 20)
    async with opened(tmp_path, "postgresql") as database:
        before = database.lookup("SELECT pg_backend_pid()")
        with pytest.raises(DatabaseSlow):
            database.lookup("SELECT pg_sleep(30)")
        assert database.lookup("SELECT pg_backend_pid()") == before


async def test_a_server_that_froze_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look-up at a server that says nothing at all is refused, and so are the following ones at once, until it speaks again."""
    monkeypatch.setattr(database_server, "LOOKUP_WAIT_SECONDS", 0.05)
    async with opened(tmp_path, "postgresql") as database:
        pid = database.lookup("SELECT pg_backend_pid()")[0][0]
        os.kill(pid, signal.SIGSTOP)
        try:
            with pytest.raises(DatabaseAway):
                database.lookup(COUNTER)
        finally:
            os.kill(pid, signal.SIGCONT)
        monkeypatch.setattr(database_server, "LOOKUP_WAIT_SECONDS", 5.0)
        while database._store._outage.lasts:  # noqa: ASYNC110  the frozen one lets go of the lock first
            await asyncio.sleep(0.01)
        assert database.lookup("SELECT count(*) FROM jar") == [(0,)]


async def test_a_number_beyond_all_records_finds_nothing(tmp_path: Path) -> None:
    """An address with a number that no record can have is an address where nothing is, and no fault."""
    async with opened(tmp_path, "postgresql") as database:
        with pytest.raises(NumberTooLarge):
            await database.read(lambda connection: connection.execute(select(jar).where(jar.c.id == 2**62)).all())
        with pytest.raises(NumberTooLarge):
            await database.write(lambda connection: connection.execute(delete(jar).where(jar.c.id == 2**62)).rowcount)
        assert database.lookup("SELECT 1 FROM jar WHERE id = ?", (2**62,)) == []


async def test_two_copies_on_one_database_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second copy says who has the database, and changes nothing."""
    monkeypatch.setattr(database_postgresql, "IN_USE_SECONDS", 0.0)
    async with opened(tmp_path, "postgresql") as database:
        name = database.lookup("SELECT current_database()")[0][0]
        refusal = await refused(DatabaseInUse, server().url(name))
        assert "127.0.0.1, server process" in refusal.text("en")


async def test_who_may_not_enter_is_told_so(tmp_path: Path) -> None:
    """A wrong password, a missing one, an unknown user and a user that the server sends away: each is said without the password."""
    name = make_url(server().new()).database or ""
    for user, password in ((CAREFUL, "secret"), (CAREFUL, None), ("stranger", "secret"), ("unwanted", "secret")):
        refusal = await refused(DatabaseLogInRefused, server().url(name, user, password))
        assert user in refusal.text("en")
        assert "password_file" in refusal.text("fa")
    right = tmp_path / "password"
    right.write_text(f"{PASSWORD}\nmore\n", "utf-8")
    right.chmod(0o600)
    server().execute(f"ALTER DATABASE {name} OWNER TO {CAREFUL}")
    database = await Database.open(with_password(server().url(name, CAREFUL), right))
    assert database.lookup("SELECT count(*) FROM party") == [(0,)]
    await database.close()


def test_a_password_file_is_private_and_not_empty(tmp_path: Path) -> None:
    """What is wrong with the file is said, and its content is not."""
    file = tmp_path / "password"
    with pytest.raises(PasswordFileUnreadable):
        with_password("postgresql://u@h/x", file)
    file.write_text("\nsecret\n")
    file.chmod(0o600)
    with pytest.raises(PasswordFileUnreadable):
        with_password("postgresql://u@h/x", file)
    file.write_bytes(b"\xff\xfe\n")
    with pytest.raises(PasswordFileUnreadable):
        with_password("postgresql://u@h/x", file)
    file.write_text("secret\n")
    file.chmod(0o644)
    with pytest.raises(PasswordFileOpen):
        with_password("postgresql://u@h/x", file)


async def test_a_database_that_is_not_there_is_named_with_the_cure() -> None:
    """The statement that makes it is given, ready to be copied."""
    refusal = await refused(DatabaseUnknown, server().url("nowhere", password="secret"))
    assert 'CREATE DATABASE "nowhere" OWNER "switchboard" TEMPLATE template0' in refusal.text("en")


@pytest.mark.parametrize(
    "options",
    [
        "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'",
        "ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
        "ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'fa' LC_COLLATE 'C' LC_CTYPE 'C.UTF-8'",
    ],
)
async def test_a_database_that_would_lose_persian_is_refused(options: str) -> None:
    """No UTF-8, no Persian letters, or another order than the search relies on: what it is, and what it must be."""
    refusal = await refused(DatabaseUnfit, server().new(options=options))
    assert "LC_COLLATE 'C.UTF-8'" in refusal.text("en")


async def test_a_server_that_is_gone_or_no_server_is_said() -> None:
    """Nobody listens there, the name leads nowhere, or an option is not known."""
    await refused(DatabaseAway, "postgresql://switchboard:secret@127.0.0.1:1/x")
    await refused(DatabaseAway, "postgresql://switchboard:secret@nowhere.invalid/x")
    await refused(DatabaseNotSupported, f"{server().url('x', password='secret')}?nonsense=1")


async def test_a_role_that_may_do_too_little_is_told_so() -> None:
    """A role that may not make tables is refused with what it lacks."""
    name = make_url(server().new()).database or ""
    refusal = await refused(DatabaseForbidden, server().url(name, CAREFUL, PASSWORD))
    assert "permission denied" in refusal.text("en")


def test_an_old_server_is_refused() -> None:
    """The version is said, and which one is needed."""
    old = SimpleNamespace(execute=lambda _sql, _values: SimpleNamespace(fetchone=lambda: (13, "UTF8", "C.UTF-8", "C.UTF-8")))
    with pytest.raises(DatabaseTooOld) as refusal:
        check(old, make_url("postgresql://h/x"))
    assert "13" in refusal.value.text("en")


def test_addresses_are_shown_without_their_password() -> None:
    """However the password stands in the address."""
    for url in (
        "postgresql://u:secret@h:5432/x",
        "postgres://u:secret@h/x",
        "postgresql+asyncpg://u@h/x?password=secret",
        "postgresql://u@h/x?sslpassword=secret",
    ):
        assert "secret" not in shown(address(url))
        assert shown(address(url)).startswith("postgresql://u")
    with pytest.raises(NoDatabaseFile) as refusal:
        sqlite_file("postgresql://u:secret@h/x")
    assert "secret" not in str(refusal.value)


def test_question_marks_inside_quotes_are_left_alone() -> None:
    """Only places for values are numbered."""
    assert (
        numbered("SELECT '?', \"a?\", 'it''s ?' FROM t WHERE a = ? AND b LIKE ? || '%'")
        == "SELECT '?', \"a?\", 'it''s ?' FROM t WHERE a = $1 AND b LIKE $2 || '%'"
    )


async def test_reading_is_planned_for_what_it_asks(tmp_path: Path) -> None:
    """However often a list is asked for, a rare value among millions is not looked for as if it were any value."""
    async with opened(tmp_path, "postgresql") as database:
        assert await database.read(lambda connection: connection.execute(text("SHOW plan_cache_mode")).scalar()) == "force_custom_plan"
