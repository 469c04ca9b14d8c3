"""One job at a time, in a process of its own, by schedule and when asked."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from attrs import evolve

from config.backup import work
from config.backup.keeper import BUSY_SECONDS, MOST_TRIES, SETTLE_SECONDS, TRY_AGAIN_SECONDS, Keeper, Outcome
from config.backup.vault import VaultBusy
from config.clock import FakeClock
from config.places import PROJECT
from tests.config.backup.house import AT, House, quiet


class Desk:
    """A keeper of a house, and what its alarm said."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.clock = FakeClock()
        self.alarms: list[bool] = []
        environ = {**os.environ, "SWITCHBOARD_HOME": str(house.home)}
        self.keeper = Keeper(evolve(house.settings, demo=False), self.clock, environ, self.alarms.append)

    async def done(self) -> Outcome:
        await self.keeper.settled(60)
        assert self.keeper.job is None
        assert self.keeper.last
        return self.keeper.last


@asynccontextmanager
async def desk(folder: Path, **wishes: object):
    one = Desk(House(folder, **wishes))
    (one.house.home / "switchboard.toml").write_text("demo = false\n")
    try:
        yield one
    finally:
        await one.keeper.stop()


async def test_a_backup_is_made_verified_and_prepared_for_download(tmp_path: Path) -> None:
    """What the administrator does on the page, in the order they do it."""
    async with desk(tmp_path) as one:
        job = one.keeper.begin("make", "manual")
        assert one.keeper.job is job
        with pytest.raises(VaultBusy):
            one.keeper.begin("verify", "latest")
        made = await one.done()
        assert made.ok
        assert not made.proof_failed
        name = made.result["set"]
        assert job.phase
        assert one.keeper.begin("verify", name)
        assert (await one.done()).result["proof"]["ok"]
        one.keeper.begin("package", name)
        file = one.house.backups / "downloads" / (await one.done()).result["file"]
        assert file.stat().st_mode & 0o777 == 0o600
        one.keeper.begin("delete", name)
        assert (await one.done()).ok
        assert one.house.listed() == []
        assert not file.exists()


async def test_what_refuses_says_why_in_the_readers_language(tmp_path: Path) -> None:
    """A sentence, not a traceback."""
    async with desk(tmp_path) as one:
        one.keeper.begin("make", "manual")
        await one.done()
        one.keeper.begin("verify", "20000101T000000Z")
        last = await one.done()
        assert (last.ok, last.code) == (False, "no_such_backup")
        assert "20000101T000000Z" in last.why("en")
        assert last.why("fa") != last.why("en")


async def test_a_job_is_stopped_when_asked(tmp_path: Path) -> None:
    """And leaves nothing half."""
    async with desk(tmp_path) as one:
        for number in range(40):
            one.house.put(f"recordings/{number}.mp3", f"{number}" * 300_000)
        one.keeper.begin("make", "manual")
        one.keeper.cancel()
        last = await one.done()
        assert not last.ok
        assert not (one.house.backups / "sets").exists()


async def test_the_schedule_makes_backups_and_raises_the_alarm_when_it_cannot(tmp_path: Path) -> None:
    """At three in the morning somebody must notice; it is tried again, and the alarm ends when it works."""
    async with desk(tmp_path, hours=("03:00",), files_minutes=0) as one:
        one.house.make(one.clock.now())
        hidden = one.house.database.rename(one.house.database.with_name("hidden"))
        one.keeper.start()
        assert one.keeper.next_at
        one.clock.advance(one.keeper.next_at - one.clock.now())
        assert not (await one.done()).ok
        assert one.alarms == [True]
        hidden.rename(one.house.database)
        one.clock.advance(TRY_AGAIN_SECONDS)
        assert (await one.done()).ok
        assert one.alarms == [True, False]
        assert one.house.listed()[0].set.reason == "schedule"
        assert one.keeper.next_at > one.clock.now()
        assert MOST_TRIES > 1


async def test_a_new_journal_gets_its_backup_when_the_start_has_settled(tmp_path: Path) -> None:
    """Without one, its moments lead on from nothing."""
    async with desk(tmp_path, hours=(), files_minutes=5) as one:
        one.keeper.start()
        assert one.keeper.next_at is None
        one.clock.advance(301)
        assert one.keeper.job is None
        one.keeper.stream_begun("a stream")
        one.clock.advance(SETTLE_SECONDS)
        assert (await one.done()).ok
        one.house.put("recordings/new.mp3", "a talk")
        one.clock.advance(300)
        await one.keeper.settled(60)
        assert list((one.house.backups / "additions").glob("*/*"))


async def test_a_backup_that_is_due_while_new_files_follow_is_made_right_after(tmp_path: Path) -> None:
    """Both come round by the clock: a quarter of an hour later they would meet again, and so all night."""
    async with desk(tmp_path) as one:
        one.keeper.begin("make", "manual")
        await one.done()
        one.keeper.begin("add")
        one.keeper.stream_begun("s")
        one.clock.advance(SETTLE_SECONDS)
        assert [listed.set.reason for listed in one.house.listed()] == ["manual"]
        await one.keeper.settled(60)
        one.clock.advance(BUSY_SECONDS)
        await one.done()
        assert [listed.set.reason for listed in one.house.listed()] == ["journal", "manual"]


async def test_a_backup_that_was_missed_is_made_after_the_start(tmp_path: Path) -> None:
    """The machine was off at three in the morning; a fresh one is not made again."""
    async with desk(tmp_path, hours=("03:00",), files_minutes=0) as one:
        one.keeper.start()
        one.clock.advance(SETTLE_SECONDS)
        await one.keeper.settled(60)
        assert (await one.done()).ok
        (made,) = one.house.listed()
        assert made.set.reason == "schedule"
        again = Keeper(one.keeper._settings, one.clock, {}, one.alarms.append)
        again.start()
        one.clock.advance(SETTLE_SECONDS)
        await again.settled(60)
        assert again.last is None
        await again.stop()


def test_a_process_that_is_killed_in_the_middle_leaves_nothing_half(tmp_path: Path) -> None:
    """Power failure, out of memory, an impatient administrator: what was there is whole, and the next one is made."""
    house = House(tmp_path)
    first = house.make()
    for number in range(30):
        house.put(f"recordings/{number}.mp3", f"{number}" * 500_000)
    command = [sys.executable, "-m", "config.backup.work", "make", "manual"]
    with subprocess.Popen(command, cwd=PROJECT, env={**os.environ, "SWITCHBOARD_HOME": str(house.home)}, stdout=subprocess.PIPE) as process:
        assert process.stdout
        for line in process.stdout:
            if b'"files"' in line:
                break
        process.kill()
    assert [one.set.id for one in house.listed()] == [first.id]
    assert house.jobs.verify("latest", AT, quiet)[1].ok
    assert house.jobs.make(AT + 60, "manual", quiet).proof.ok
    assert not list(house.backups.glob("work-*"))


@pytest.mark.parametrize("awaited", [False, True])
def test_the_process_lets_everybody_else_go_first(awaited: bool) -> None:
    """It gets the processor when nobody wants it; when somebody waits for it, at least a little always."""
    asked = (
        f"import os; from config.backup.pace import be_gentle; be_gentle(awaited={awaited}); print(os.sched_getscheduler(0), os.nice(0))"
    )
    said = subprocess.run([sys.executable, "-c", asked], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(os.SCHED_BATCH), "19"]


def test_the_process_tells_lines_and_ends_with_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the daemon reads."""
    house = House(tmp_path)
    monkeypatch.setenv("SWITCHBOARD_HOME", str(house.home))
    monkeypatch.setattr(work, "be_gentle", lambda **_how: None)
    monkeypatch.setattr(work.signal, "signal", lambda _number, _call: None)
    assert work.main(["make", "manual"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert '"phase": "database"' in lines[0]
    assert '"result"' in lines[-1]
    assert work.main(["verify", "20000101T000000Z"]) == 1
    assert '"no_such_backup"' in capsys.readouterr().out
