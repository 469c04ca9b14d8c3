"""The database keeps what it was given, groups what gathers, and says plainly when it cannot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, func, insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError

from config import database as subject
from config.database import Database
from config.database_errors import (
    DatabaseBroken,
    DatabaseBusy,
    DatabaseFull,
    DatabaseLocked,
    DatabaseNotSupported,
    DatabaseTrouble,
    DatabaseUnwritable,
)

shelf = MetaData()
jar = Table(
    "jar",
    shelf,
    Column("id", Integer, primary_key=True),
    Column("name", String, unique=True, nullable=False),
    Column("at", Float, nullable=False, default=0.0),
)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Database]:
    database = await Database.temporary(folder)
    await database.write(shelf.create_all)
    try:
        yield database
    finally:
        await database.close()


def put(name: str):
    def work(connection: Connection) -> int:
        return connection.execute(insert(jar).values(name=name)).inserted_primary_key[0]

    return work


def count(connection: Connection) -> int:
    return connection.execute(select(func.count()).select_from(jar)).scalar_one()


async def test_what_is_written_is_seen_by_readers_and_look_ups(tmp_path: Path) -> None:
    """When the answer comes, everybody sees what was saved."""
    async with opened(tmp_path) as database:
        number = await database.write(put("honey"))
        assert await database.read(count) == 1
        assert database.lookup("SELECT id, name FROM jar WHERE name = ?", ["honey"]) == [(number, "honey")]


async def test_what_is_written_is_there_after_a_restart(tmp_path: Path) -> None:
    """A saved record survives closing the program."""
    async with opened(tmp_path) as database:
        await database.write(put("honey"))
    async with opened(tmp_path) as database:
        assert await database.read(count) == 1


def open_to_others(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.stat().st_mode & 0o007]


async def test_other_accounts_of_the_machine_cannot_read_it(tmp_path: Path) -> None:
    """Customers' records, in the file and beside it, are for the account of the product only; an older open file is closed."""
    file = tmp_path / "switchboard.sqlite3"
    file.touch(mode=0o644)
    database = await Database.temporary(tmp_path)
    await database.write(lambda connection: connection.execute(text("CREATE TABLE t (x)")))
    assert open_to_others(tmp_path) == []
    await database.close()


async def test_a_failing_work_takes_nobody_with_it(tmp_path: Path) -> None:
    """One bad record among many saved at the same moment loses only itself."""
    async with opened(tmp_path) as database:
        names = ["a", "b", "a", "c"]
        answers = await asyncio.gather(*(database.write(put(name)) for name in names), return_exceptions=True)
        assert [isinstance(answer, IntegrityError) for answer in answers] == [False, False, True, False]
        assert await database.read(count) == 3


async def test_a_work_that_fails_half_way_leaves_nothing(tmp_path: Path) -> None:
    """A change is saved whole or not at all."""

    def half(connection: Connection) -> None:
        put("first half")(connection)
        message = "the second half"
        raise ValueError(message)

    async with opened(tmp_path) as database:
        with pytest.raises(ValueError, match="the second half"):
            await database.write(half)
        assert await database.read(count) == 0


async def test_many_works_share_one_commit(tmp_path: Path) -> None:
    """A thousand saves at one moment cost a few commits, in the order they were asked for."""
    async with opened(tmp_path) as database:
        seen: list[int] = []
        await asyncio.gather(*(database.write(put(f"jar {n}")) for n in range(1000)))
        seen = [n for (n,) in database.lookup("SELECT id FROM jar ORDER BY CAST(substr(name, 5) AS INTEGER)")]
        assert seen == sorted(seen)
        assert len(seen) == 1000


async def test_a_reader_cannot_write(tmp_path: Path) -> None:
    """Nothing but the one writer changes the file."""
    async with opened(tmp_path) as database:
        with pytest.raises((OperationalError, DatabaseUnwritable)):
            await database.read(put("smuggled"))
        assert await database.read(count) == 0


async def test_the_statements_of_one_read_see_one_moment(tmp_path: Path) -> None:
    """A page is not half old and half new."""
    async with opened(tmp_path) as database:
        loop = asyncio.get_running_loop()

        def twice(connection: Connection) -> tuple[int, int]:
            before = count(connection)
            asyncio.run_coroutine_threadsafe(database.write(put("in between")), loop).result(10)
            return before, count(connection)

        assert await database.read(twice) == (0, 0)
        assert await database.read(count) == 1


async def test_too_much_waiting_work_is_refused(tmp_path: Path) -> None:
    """A flood is refused with a sentence instead of eating the memory."""
    async with opened(tmp_path) as database:
        assert database._writer is not None
        database._writer._most_waiting = 3
        answers = await asyncio.gather(*(database.write(put(str(n))) for n in range(5)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [int, int, int, DatabaseBusy, DatabaseBusy]


async def test_a_closed_database_refuses(tmp_path: Path) -> None:
    """After closing, a late question gets a refusal and does not hang."""
    database = await Database.temporary(tmp_path)
    await database.close()
    await database.close()
    with pytest.raises(DatabaseBusy):
        await database.write(put("late"))
    with pytest.raises(DatabaseBusy):
        await database.read(count)
    with pytest.raises(DatabaseBusy):
        database.lookup("SELECT 1")


async def test_a_full_disk_is_told_and_forgotten_when_there_is_room(tmp_path: Path) -> None:
    """When the disk is full the save is refused with that reason, the watcher hears it, and hears the recovery."""
    heard: list[DatabaseTrouble | None] = []
    async with opened(tmp_path) as database:
        database.watch(heard.append)
        (pages,) = database.lookup("PRAGMA page_count")[0]

        def limit(connection: Connection) -> None:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")

        def unlimit(connection: Connection) -> None:
            connection.exec_driver_sql("PRAGMA max_page_count = 1000000")

        await database.write(limit)
        with pytest.raises(DatabaseFull):
            await database.write(put("x" * 100_000))
        assert [type(one) for one in heard] == [DatabaseFull]
        await database.write(unlimit)
        assert heard[-1] is None
        await database.write(put("y" * 100_000))
        assert await database.read(count) == 1


async def test_a_file_held_by_another_program_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database viewer that locks the file is named as the reason."""
    monkeypatch.setattr(subject, "LOCK_SECONDS", 0.01)
    monkeypatch.setattr(subject._connect, "__kwdefaults__", {"lock_seconds": 0.01})
    async with opened(tmp_path) as database:
        other = subject._connect(database.file, read_only=False)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseLocked):
            await database.write(put("blocked"))
        other.execute("ROLLBACK")
        other.close()
        assert await database.write(put("free")) == 1


async def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    """A damaged file is named, not overwritten."""
    file = tmp_path / "switchboard.sqlite3"
    file.write_bytes(b"this is not a database, it only sits in its place" * 100)
    with pytest.raises(DatabaseBroken) as refusal:
        await Database.open(f"sqlite:///{file}")
    assert "restore" in refusal.value.text("en")
    assert file.read_bytes().startswith(b"this is not")


async def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    """A path through a file is refused with the system's reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DatabaseUnwritable):
        await Database.open(f"sqlite:///{tmp_path}/file/deeper/switchboard.sqlite3")


@pytest.mark.parametrize("url", ["postgresql://localhost/x", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/x"])
async def test_other_databases_are_refused_by_name(url: str) -> None:
    """An address we cannot use is refused, without repeating a password."""
    with pytest.raises(DatabaseNotSupported) as refusal:
        await Database.open(url)
    assert "secret" not in str(refusal.value)


async def test_a_cancelled_wait_does_not_break_the_writer(tmp_path: Path) -> None:
    """A request that was given up does not disturb the next one."""
    async with opened(tmp_path) as database:
        waiting = asyncio.ensure_future(database.write(put("given up")))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await database.write(put("next")) in {1, 2}


async def test_no_file_is_left_open_after_closing(tmp_path: Path) -> None:
    """Closing checkpoints the log and closes every file."""
    async with opened(tmp_path) as database:
        await database.write(put("honey"))
        await database.read(count)
    assert files_in(tmp_path) == ["switchboard.sqlite3"]
    assert not [name for name in open_files() if str(tmp_path) in name]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def open_files() -> list[str]:
    return [str(entry.readlink()) for entry in Path("/proc/self/fd").iterdir() if entry.exists()]
