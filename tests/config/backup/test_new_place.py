"""Restoring beside what runs: counted, compared, and never written over."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from attrs import evolve

from config.backup import new_place
from config.backup.jobs import Jobs
from config.backup.new_place import DatabaseNotMade, NoRoomToRestore, PlaceNameUnclear, PlaceTaken
from config.backup.sources import conninfo
from config.places import PROJECT
from config.settings import Database, Settings
from tests.config.backup.house import AT, SOUND, House, parties, quiet
from tests.config.backup.test_postgresql import NAMES, names, office
from tests.peers.postgresql import CAREFUL, PASSWORD, server


class Stopped(Exception):
    pass


def stop_at(phase: str):
    def telling(now: str, _done: int, _total: int) -> None:
        if now == phase:
            raise Stopped

    return telling


def test_a_backup_is_restored_beside_what_runs(tmp_path: Path) -> None:
    """The administrator sees what each table had, has in the copy and has now, and what to type to switch over."""
    house = House(tmp_path)
    one = house.make()
    house.add_party("سارا")
    copy = house.jobs.restore(one.id, None, "friday", AT + 60, quiet)
    assert copy.place == house.home / "restored/friday"
    assert copy.tables == (("party", 2, 2, 3),)
    assert parties(copy.place / "switchboard.db") == ["مریم احمدی", "رضا"]
    assert (copy.place / SOUND).exists()
    assert len(parties(house.database)) == 3
    assert any(str(copy.place) in command for command in copy.commands)
    environ = dict(shlex.split(line)[1].split("=", 1) for line in copy.commands[1:3])
    assert Settings.load(environ).database_url == copy.address
    with pytest.raises(PlaceTaken, match="friday"):
        house.jobs.restore("latest", None, "friday", AT + 60, quiet)
    assert "restored/friday" not in str(house.jobs.home.files(house.database))


@pytest.mark.parametrize("name", ["", "../x", "a/b", "-x", "نو", "x" * 61])
def test_a_name_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """Nothing is written anywhere else."""
    house = House(tmp_path)
    house.make()
    with pytest.raises(PlaceNameUnclear):
        house.jobs.restore("latest", None, name, AT, quiet)
    assert not (house.home / "restored").exists()


@pytest.mark.parametrize("phase", ["database", "files"])
def test_a_restore_that_is_stopped_leaves_nothing(tmp_path: Path, phase: str) -> None:
    """And the same name can be used again."""
    house = House(tmp_path)
    house.make()
    with pytest.raises(Stopped):
        house.jobs.restore("latest", None, "copy", AT, stop_at(phase))
    assert not (house.home / "restored/copy").exists()
    assert house.jobs.restore("latest", None, "copy", AT, quiet)


def test_a_disk_that_is_too_small_is_said_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The running product needs that disk."""
    house = House(tmp_path)
    house.make()
    monkeypatch.setattr(new_place, "SPARE_BYTES", 10**18)
    with pytest.raises(NoRoomToRestore):
        house.jobs.restore("latest", None, "copy", AT, quiet)


def test_a_restore_that_is_killed_is_begun_anew_under_the_same_name(tmp_path: Path) -> None:
    """What was half there goes."""
    house = House(tmp_path)
    for number in range(30):
        house.put(f"recordings/{number}.mp3", f"{number}" * 500_000)
    house.make()
    command = [sys.executable, "-m", "config.backup.work", "restore", "latest", "copy"]
    with subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "SWITCHBOARD_HOME": str(house.home)}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for line in process.stdout:
            if b'"files"' in line:
                break
        process.send_signal(signal.SIGKILL)
    assert not (house.home / "restored/copy/switchboard.db").exists()
    assert house.jobs.restore("latest", None, "copy", AT, quiet).files


def test_a_servers_backup_becomes_a_database_of_its_own(tmp_path: Path) -> None:
    """Made on the same server, counted, and the one in use is not touched."""
    house, jobs, url = office(tmp_path)
    jobs.make(AT, "manual", quiet)
    with psycopg.connect(conninfo(url)) as writer:
        writer.execute("DELETE FROM party")
    name = f"copy_{os.getpid()}"
    with pytest.raises(Stopped):
        jobs.restore("latest", None, name, AT, stop_at("filling"))
    assert server().execute(f"SELECT 1 FROM pg_database WHERE datname = '{name}'") == []
    copy = jobs.restore("latest", None, name, AT, quiet)
    assert names(copy.address) == list(NAMES)
    assert ("party", 3, 3, 0) in copy.tables
    assert not list(copy.place.glob("database.dump*"))
    assert f"SWITCHBOARD_DATABASE={copy.address}" in copy.commands[2]
    assert names(url) == []
    with pytest.raises(Exception, match="not empty"):
        jobs.restore("latest", None, url.rsplit("/", 1)[1], AT, quiet)
    assert not (house.home / "restored" / url.rsplit("/", 1)[1]).exists()


def test_an_account_that_may_make_no_databases_is_told_what_to_ask_for(tmp_path: Path) -> None:
    """The statement is ready to be sent to the server's administrator; a database that they made is used. No password is told."""
    _house, jobs, url = office(tmp_path)
    jobs.make(AT, "manual", quiet)
    careful = server().url(url.rsplit("/", 1)[1], CAREFUL, PASSWORD)
    theirs = Jobs(evolve(jobs.settings, database=Database(url=careful)), {})
    name = f"given-{os.getpid()}"
    with pytest.raises(DatabaseNotMade, match=f'CREATE DATABASE "{name}" OWNER "{CAREFUL}"'):
        theirs.restore("latest", None, name, AT, quiet)
    server().execute(f'CREATE DATABASE "{name}" OWNER {CAREFUL} TEMPLATE template0')
    server().execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {CAREFUL}", url.rsplit("/", 1)[1])
    copy = theirs.restore("latest", None, name, AT, quiet)
    assert PASSWORD not in str(copy)
    assert ("party", 3, 3, 3) in copy.tables
