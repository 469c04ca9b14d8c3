"""How long recordings stay, and who listened to them."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from attrs import asdict, evolve
from hypothesis import given, strategies as st

from config.clock import FakeClock
from config.database import Database
from recordings.records import (
    DOWNLOADED,
    LISTENED,
    SAME_LISTENING_SECONDS,
    Kept,
    Recording,
    accesses,
    find,
    hold,
    keep,
    mark_removed,
    note_access,
    of_call,
)
from recordings.retention import DAY, Retention, RetentionSweep, due
from recordings.store import Shelf

NOW = 1_769_845_500.0


def kept(call: str, days_old: float = 0.0) -> Kept:
    began = NOW - days_old * DAY
    return Kept(
        call=call, started_at=began, seconds=60.0, file=f"2026/01/{call}.mp3", channels=2, size_bytes=360_000, sha256="0" * 64,
        repaired=False, kept_at=began + 60,
    )  # fmt: skip


def row(days_old: float, *, legal_hold: bool = False, file: str = "x.mp3") -> Recording:
    made = evolve(kept("1.1", days_old), file=file)
    return Recording(**asdict(made), id=1, legal_hold=legal_hold, removed_at=None)


@given(st.floats(0, 5000), st.integers(1, 3650), st.booleans())
def test_only_the_old_go_and_never_those_on_hold(days_old: float, keep_days: int, legal_hold: bool) -> None:
    """The rule, for any age."""
    one = row(days_old, legal_hold=legal_hold)
    assert bool(due([one], Retention(keep_days), NOW)) == (one.started_at < NOW - keep_days * DAY and not legal_hold)
    assert due([one], Retention(0), NOW) == []
    assert due([evolve(one, file="")], Retention(keep_days), NOW) == []


async def test_the_sweep_removes_file_and_name_and_keeps_the_row(tmp_path: Path) -> None:
    """A call from last year still says that it was recorded, and since when the recording is gone."""
    database, clock, shelf = await Database.temporary(tmp_path), FakeClock(NOW), Shelf(tmp_path / "recordings")
    try:
        ids = {}
        for call, days_old in (("old", 91), ("held", 91), ("new", 89), ("half", 91)):
            ids[call] = await database.write(partial(keep, kept=kept(call, days_old)))
            for file in (shelf.audio(f"2026/01/{call}.mp3"), shelf.picture(f"2026/01/{call}.mp3")):
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text("sound")
        await database.write(partial(hold, recording_id=ids["held"], on=True))
        await database.write(partial(mark_removed, recording_id=ids["half"], at=NOW - 5))  # a sweep that was killed half-way
        sweep = RetentionSweep(database, clock, shelf, Retention(90))
        assert await sweep.sweep() == 2
        assert sorted(file.name for file in (tmp_path / "recordings/2026/01").iterdir()) == [
            "held.mp3", "held.peaks.json", "new.mp3", "new.peaks.json",
        ]  # fmt: skip
        old = await database.read(partial(find, recording_id=ids["old"]))
        assert old
        assert (old.file, old.removed_at, old.seconds) == ("", NOW, 60.0)
        half = await database.read(partial(find, recording_id=ids["half"]))
        assert half
        assert (half.file, half.removed_at) == ("", NOW - 5)
        assert await sweep.sweep() == 0
    finally:
        await database.close()


async def test_without_a_rule_the_sweep_never_starts(tmp_path: Path) -> None:
    """Off by default."""
    database, clock = await Database.temporary(tmp_path), FakeClock(NOW)
    try:
        never = RetentionSweep(database, clock, Shelf(tmp_path), Retention())
        never.start()
        assert clock.pending == 0
        hourly = RetentionSweep(database, clock, Shelf(tmp_path), Retention(1))
        hourly.start()
        assert clock.pending == 1
        await hourly.stop()
        assert clock.pending == 0
    finally:
        await database.close()


async def test_every_listening_is_written_down_once(tmp_path: Path) -> None:
    """Seeking is the same listening; a download, another listener and another day are not."""
    database = await Database.temporary(tmp_path)
    try:
        one = await database.write(partial(keep, kept=kept("1.1")))
        noted = [
            await database.write(partial(note_access, recording_id=one, user=user, action=action, address="127.0.0.1", at=NOW + after))
            for user, action, after in (
                ("maryam", LISTENED, 0), ("maryam", LISTENED, 10), ("nader", LISTENED, 11), ("maryam", DOWNLOADED, 12),
                ("maryam", LISTENED, SAME_LISTENING_SECONDS + 1),
            )
        ]  # fmt: skip
        assert noted == [True, False, True, True, True]
        seen = await database.read(partial(accesses, recording_id=one))
        assert [(one["user"], one["action"]) for one in seen] == [
            ("maryam", LISTENED), ("maryam", DOWNLOADED), ("nader", LISTENED), ("maryam", LISTENED),
        ]  # fmt: skip
    finally:
        await database.close()


async def test_keeping_a_call_again_keeps_its_id(tmp_path: Path) -> None:
    """Links to a recording never change their meaning."""
    database = await Database.temporary(tmp_path)
    try:
        first = await database.write(partial(keep, kept=kept("1.1")))
        again = await database.write(partial(keep, kept=evolve(kept("1.1"), seconds=61.0)))
        found = await database.read(partial(of_call, call="1.1"))
        assert found
        assert (first, found.id, found.seconds) == (again, again, 61.0)
        assert await database.read(partial(of_call, call="2.2")) is None
    finally:
        await database.close()
