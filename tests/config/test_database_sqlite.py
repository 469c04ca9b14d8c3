"""A file of SQLite: one writer for all, nobody else's business, and plain words about disk, lock and damage."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from config import database_sqlite as subject
from config.database import Database
from config.database_errors import DatabaseBroken, DatabaseFull, DatabaseLocked, DatabaseMoved, DatabaseTrouble, DatabaseUnwritable
from tests.config.databases import count, in_file, opened, put


def open_to_others(folder: Path) -> list[str]:
    return [one.name for one in folder.iterdir() if one.stat().st_mode & 0o007]


async def test_other_accounts_of_the_machine_cannot_read_it(tmp_path: Path) -> None:
    """Customers' records, in the file and beside it, are for the account of the product only; an older open file is closed."""
    file = tmp_path / "switchboard.sqlite3"
    file.touch(mode=0o644)
    database = await in_file(tmp_path)
    await database.write(lambda connection: connection.execute(text("CREATE TABLE t (x)")))
    assert open_to_others(tmp_path) == []
    await database.close()


async def test_many_works_share_one_commit(tmp_path: Path) -> None:
    """A thousand saves at one moment cost a few commits, in the order they were asked for."""
    async with opened(tmp_path) as database:
        await asyncio.gather(*(database.write(put(f"jar {n}")) for n in range(1000)))
        seen = [n for (n,) in database.lookup("SELECT id FROM jar ORDER BY CAST(substr(name, 5) AS INTEGER)")]
        assert seen == sorted(seen)
        assert len(seen) == 1000


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


async def test_a_file_that_was_taken_away_is_not_written_into(tmp_path: Path) -> None:
    """Moved, removed or replaced under the running product: saving is refused with that reason instead of being lost, and goes on when the file is back."""
    heard: list[DatabaseTrouble | None] = []
    async with opened(tmp_path) as database:
        database.watch(heard.append)
        await database.write(put("before"))
        aside = database.file.with_name("aside.db")
        database.file.rename(aside)
        with pytest.raises(DatabaseMoved):
            await database.write(put("lost"))
        database.file.write_bytes(b"another")
        with pytest.raises(DatabaseMoved):
            await database.write(put("lost"))
        assert {type(one) for one in heard} == {DatabaseMoved}
        aside.replace(database.file)
        await database.write(put("after"))
        assert heard[-1] is None
        assert await database.read(count) == 2


async def test_a_file_held_by_another_program_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database viewer that locks the file is named as the reason."""
    monkeypatch.setattr(subject.sqlite_connect, "__kwdefaults__", {"lock_seconds": 0.01})
    async with opened(tmp_path) as database:
        other = subject.sqlite_connect(database.file, read_only=False)
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
