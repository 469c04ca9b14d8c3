"""Copies that were restored beside what runs: how long they stay, and how they go."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from config.backup.copies import DAY, CopyInUse, Kept, NoSuchCopy, kept_copies
from config.backup.sources import conninfo
from tests.config.backup.house import AT, House, quiet
from tests.config.backup.test_postgresql import names, office
from tests.peers.postgresql import server

WORKING = "import sqlite3, sys; one = sqlite3.connect(sys.argv[1]); one.execute('SELECT 1 FROM party').fetchall(); print('open', flush=True); input()"


def with_copies(folder: Path, *copies: str, **wishes: object) -> House:
    """A house with a back-up and copies of it, a day apart."""
    house = House(folder, **wishes)
    house.make()
    for place, name in enumerate(copies):
        house.jobs.restore("latest", None, name, AT + place * DAY, quiet)
    return house


def left(house: House) -> list[str]:
    """What is there, the newest first."""
    return [one.name for one in kept_copies(house.home)]


def test_the_administrator_sees_which_copies_there_are(tmp_path: Path) -> None:
    """When they were restored, what they are as of, and when they go."""
    house = with_copies(tmp_path, "friday", "saturday")
    saturday, friday = kept_copies(house.home)
    assert (friday.name, friday.at, saturday.at) == ("friday", AT, AT + DAY)
    assert friday.moment
    assert friday.ends_at(14) == AT + 14 * DAY
    assert friday.ends_at(0) is None


def test_a_copy_is_removed_and_nothing_else(tmp_path: Path) -> None:
    """What runs, the back-ups and the other copies stay."""
    house = with_copies(tmp_path, "friday", "saturday")
    house.jobs.forget("friday", quiet)
    assert left(house) == ["saturday"]
    assert not list((house.home / "restored").glob("friday*"))
    assert house.database.exists()
    assert house.jobs.verify("latest", AT, quiet)[1].ok
    with pytest.raises(NoSuchCopy):
        house.jobs.forget("friday", quiet)
    with pytest.raises(NoSuchCopy):
        house.jobs.forget("../secrets", quiet)


def test_the_next_backup_removes_the_copies_whose_days_are_over(tmp_path: Path) -> None:
    """A copy is as large as the installation: forgotten ones would fill the disk."""
    house = with_copies(tmp_path, "friday", "saturday", copies_days=3)
    house.make(AT + 2 * DAY)
    assert left(house) == ["saturday", "friday"]
    house.make(AT + 3 * DAY)
    assert left(house) == ["saturday"]


def test_copies_stay_until_somebody_removes_them_where_that_is_wished(tmp_path: Path) -> None:
    """With copies_days = 0."""
    house = with_copies(tmp_path, "friday", copies_days=0)
    house.make(AT + 1000 * DAY)
    assert left(house) == ["friday"]


def test_a_copy_that_the_product_runs_in_stays(tmp_path: Path) -> None:
    """It may be what was switched over to."""
    house = with_copies(tmp_path, "friday", copies_days=1)
    database = house.home / "restored/friday/switchboard.db"
    with subprocess.Popen([sys.executable, "-c", WORKING, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as working:
        assert working.stdout and working.stdout.readline() == b"open\n"  # noqa: PT018  mypy needs the first
        with pytest.raises(CopyInUse, match="runs in it"):
            house.jobs.forget("friday", quiet)
        house.make(AT + 9 * DAY)
        assert left(house) == ["friday"]
        working.communicate(b"\n")
    house.jobs.forget("friday", quiet)
    assert left(house) == []


def test_a_copy_of_an_older_version_is_known_by_its_folder(tmp_path: Path) -> None:
    """Nothing was written beside it then."""
    house = with_copies(tmp_path, "friday")
    (house.home / "restored/friday.about").write_text("?")
    (one,) = kept_copies(house.home)
    assert one == Kept("friday", (house.home / "restored/friday").stat().st_mtime)


def test_the_database_that_was_made_for_a_copy_goes_with_it(tmp_path: Path) -> None:
    """One that was there before stays, and so does one that somebody works in."""
    _house, jobs, url = office(tmp_path)
    jobs.make(AT, "manual", quiet)
    name, ours = f"gone_{os.getpid()}", f"ours_{os.getpid()}"
    server().execute(f"CREATE DATABASE {ours}")
    for one in (name, ours):
        jobs.restore("latest", None, one, AT, quiet)
    copy = conninfo(url).rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(copy), pytest.raises(CopyInUse, match="being accessed"):
        jobs.forget(name, quiet)
    for one in (name, ours):
        jobs.forget(one, quiet)
    assert server().execute(f"SELECT datname FROM pg_database WHERE datname IN ('{name}', '{ours}')") == [(ours,)]
    assert names(url)
