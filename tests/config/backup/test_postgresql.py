"""Back-ups of a PostgreSQL database: made while it is used, proved, restored into an empty one, and made before an update."""

from __future__ import annotations

import asyncio
import os
from functools import partial
from pathlib import Path

import psycopg
import pytest
from attrs import evolve

from commands.main import main
from config.archive import DUMP, BackupFailed, back_up
from config.backup import before_update
from config.backup.before_update import back_up_before_update
from config.backup.filling import fill_postgres
from config.backup.jobs import Jobs
from config.backup.reviving import END_OF_TIME, revive
from config.backup.sets import Set, listed
from config.backup.sources import PostgresSource, conninfo
from config.database import Database
from config.errors import Refusal
from config.migrate import MigrationFailed, bring_server_up_to_date, revisions
from config.restoring import restore
from config.settings import Database as DatabaseSettings
from tests.config.backup.house import AT, House, quiet
from tests.config.test_migrate import BROKEN, FIRST, scripts
from tests.peers.postgresql import CAREFUL, PASSWORD, server

NAMES = ("مریم احمدی", "رضا", "سارا")


def office(folder: Path) -> tuple[House, Jobs, str]:
    """A house whose records are on a server."""
    house = House(folder)
    url = server().new()
    with psycopg.connect(conninfo(url)) as connection:
        connection.execute("CREATE TABLE party (id SERIAL PRIMARY KEY, name TEXT)")
        connection.execute("CREATE TABLE alembic_version (version_num TEXT)")
        connection.execute("INSERT INTO alembic_version VALUES ('0001')")
        for name in NAMES:
            connection.execute("INSERT INTO party (name) VALUES (%s)", (name,))
    house.database.unlink()
    return house, Jobs(evolve(house.settings, database=DatabaseSettings(url=url)), {}), url


def names(url: str) -> list[str]:
    with psycopg.connect(conninfo(url)) as connection:
        return [row[0] for row in connection.execute("SELECT name FROM party ORDER BY id").fetchall()]


def revived(jobs: Jobs, one: Set, folder: Path) -> Path:
    revive(jobs.vault(), one, END_OF_TIME, folder, folder / DUMP, quiet)
    return folder / DUMP


def test_a_server_is_backed_up_and_restored_into_an_empty_database(tmp_path: Path) -> None:
    """Rows are counted in the same moment as they are copied; what somebody has not committed is not in it."""
    _house, jobs, url = office(tmp_path)
    with psycopg.connect(conninfo(url)) as writer:
        writer.execute("INSERT INTO party (name) VALUES ('not yet')")
        made = jobs.make(AT, "manual", quiet)
    assert made.proof
    assert made.proof.ok
    assert made.set.rows == {"alembic_version": 1, "party": 3}
    assert (made.set.engine, made.set.revision) == ("postgresql", "0001")
    dump = revived(jobs, made.set, tmp_path / "new")
    target = server().new()
    fill_postgres(dump, target)
    assert names(target) == list(NAMES)
    with pytest.raises(BackupFailed, match="not empty"):
        fill_postgres(dump, target)
    assert (tmp_path / "new/secrets/key").exists()
    second = jobs.make(AT + 60, "manual", quiet).set
    assert second.new_bytes < made.set.new_bytes


def test_one_file_carries_a_server_as_well(tmp_path: Path) -> None:
    """For those who keep back-ups by hand."""
    house, _jobs, url = office(tmp_path)
    manifest = back_up(house.home, PostgresSource(url), None, tmp_path / "kept.tar.sealed", AT, "correct horse battery")
    assert manifest.rows["party"] == 3
    new = tmp_path / "new"
    restore(tmp_path / "kept.tar.sealed", new, new / "switchboard.db", force=False, at=AT, passphrase="correct horse battery")
    target = server().new()
    fill_postgres(new / DUMP, target)
    assert names(target) == list(NAMES)


def test_a_server_that_is_away_or_a_damaged_dump_is_said_plainly(tmp_path: Path) -> None:
    """No half back-up is listed."""
    house, jobs, url = office(tmp_path)
    away = Jobs(evolve(jobs.settings, database=DatabaseSettings(url=url.replace(f":{server().port}/", ":1/"))), {})
    with pytest.raises(BackupFailed):
        away.make(AT, "manual", quiet)
    assert listed(house.jobs.vault()) == []
    one = jobs.make(AT, "manual", quiet).set
    dump = revived(jobs, one, tmp_path / "new")
    dump.write_bytes(dump.read_bytes()[:200])
    target = server().new()
    with pytest.raises(BackupFailed, match="pg_restore"):
        fill_postgres(dump, target)
    with psycopg.connect(conninfo(target)) as connection:
        assert connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)


def test_a_server_is_asked_before_anything_is_restored_and_its_password_stands_in_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Who is not let in finds no half-filled place that the next try would refuse; the file of the settings, or another, opens the server."""
    house, jobs, _url = office(tmp_path)
    jobs.make(AT, "manual", quiet)
    monkeypatch.setenv("SWITCHBOARD_HOME", str(house.home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    name = f"restored_{os.getpid()}"
    server().execute(f'CREATE DATABASE "{name}" OWNER {CAREFUL} TEMPLATE template0')
    new, address = tmp_path / "new", server().url(name, CAREFUL)
    words = ["restore", "latest", "--into", str(new), "--database", address]
    assert main(words) == 1
    assert f"{name} is as it was" in capsys.readouterr().err
    assert not new.exists()
    secret = tmp_path / "password"
    secret.write_text(PASSWORD)
    secret.chmod(0o600)
    assert main([*words, "--password-file", str(secret)]) == 0
    assert PASSWORD not in capsys.readouterr().out
    assert server().execute("SELECT count(*) FROM party", name) == [(3,)]
    assert not (new / DUMP).exists()


def test_an_update_of_a_server_is_backed_up_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Only when there is something to update, and whoever waits for the start hears why it takes so long."""
    _house, jobs, _url = office(tmp_path)
    monkeypatch.setattr(before_update, "SAY_SECONDS", 0.0)
    monkeypatch.setattr(before_update, "revisions", lambda: ["0001"])
    assert not back_up_before_update(jobs)
    monkeypatch.setattr(before_update, "revisions", lambda: ["0000"])
    assert not back_up_before_update(jobs), "a newer version's database is no older one"
    monkeypatch.setattr(before_update, "revisions", lambda: ["0001", "0002"])
    assert back_up_before_update(jobs)
    assert [one.set.reason for one in listed(jobs.vault())] == ["update"]
    first, *middle, last = [one.getMessage() for one in caplog.records if one.name == before_update.__name__]
    assert "a back-up is made" in first
    assert any(one.startswith("Back-up before the update: database, ") for one in middle)
    assert "is whole" in last


def test_an_update_whose_backup_fails_is_not_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full or unwritable place for back-ups stops the update, and says why; the tables are as they were."""
    house, jobs, url = office(tmp_path)
    monkeypatch.setattr(before_update, "revisions", lambda: ["0001", "0002"])
    house.backups.write_text("a file stands where the folder should be")
    with pytest.raises(Refusal, match="backups"):
        back_up_before_update(jobs)
    assert names(url) == list(NAMES)


async def test_a_failed_update_of_a_server_can_be_gone_back_on_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The version before starts with the database as it is; and the back-up from before is whole, should somebody want that one."""
    _house, jobs, url = office(tmp_path)
    old = scripts(tmp_path / "old", FIRST)
    new = scripts(
        tmp_path / "new", FIRST, BROKEN.replace('"0002"', '"0001"').replace("DELETE FROM lid", "UPDATE party SET name = 'ruined'")
    )
    monkeypatch.setattr(before_update, "revisions", lambda: revisions(new))
    assert await asyncio.to_thread(back_up_before_update, jobs)
    monkeypatch.setattr("config.database.bring_server_up_to_date", partial(bring_server_up_to_date, folder=new))
    with pytest.raises(MigrationFailed, match="backup --list"):
        await Database.open(url)
    monkeypatch.setattr("config.database.bring_server_up_to_date", partial(bring_server_up_to_date, folder=old))
    database = await Database.open(url)
    assert database.lookup("SELECT name FROM party ORDER BY id") == [(name,) for name in NAMES]
    await database.close()
    copy = await asyncio.to_thread(jobs.restore, "latest", None, f"before_{os.getpid()}", AT, quiet)
    assert names(copy.address) == list(NAMES)
