"""Room on the disk."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given, strategies as st

from config.clock import FakeClock
from recordings.disk import CAREFUL_SECONDS, DiskGuard, RoomWatch, free_bytes
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised, Event


def test_recording_pauses_below_the_limit_and_goes_on_well_above_it() -> None:
    """A disk that wavers around the limit does not ring the alarm again and again."""
    watch = RoomWatch(low_bytes=100, well_bytes=150)
    assert [watch.seen(free, at=0.0) for free in (200, 99, 50, 120, 149, 150, 120)] == ["", "raise", "", "", "", "clear", ""]


def test_a_failed_write_counts_as_full_for_a_while_whatever_the_disk_says() -> None:
    """A quota is not seen in the free space."""
    watch = RoomWatch(low_bytes=100, well_bytes=150)
    assert watch.write_failed(at=1000.0) == "raise"
    assert watch.seen(10_000, at=1001.0) == ""
    assert watch.write_failed(at=1010.0) == ""
    assert watch.seen(10_000, at=1000.0 + CAREFUL_SECONDS) == ""
    assert watch.seen(10_000, at=1010.0 + CAREFUL_SECONDS) == "clear"


@given(st.lists(st.one_of(st.integers(0, 300), st.none()), max_size=60))
def test_alarm_and_all_clear_always_alternate(happenings: list[int | None]) -> None:
    """However the disk behaves, every alarm is cleared once before the next."""
    watch = RoomWatch(low_bytes=100, well_bytes=150)
    said = [watch.write_failed(at) if free is None else watch.seen(free, at) for at, free in enumerate(happenings)]
    changes = [one for one in said if one]
    assert changes == [("raise", "clear")[index % 2] for index in range(len(changes))]


def test_free_space_is_that_of_the_disk_under_the_folder(tmp_path: Path) -> None:
    """The figure is real."""
    assert free_bytes(tmp_path) > 1_000_000


async def test_the_administrator_is_told_and_told_again_when_there_is_room(tmp_path: Path) -> None:
    """One alarm, one all-clear; a disk that cannot be measured is full."""
    room = {"bytes": 500}

    def measure(_folder: Path) -> int:
        if room["bytes"] < 0:
            raise FileNotFoundError
        return room["bytes"]

    bus, told = Bus(), list[Event]()
    bus.witness(lambda _number, event: told.append(event))
    clock = FakeClock()
    disk = DiskGuard(bus, clock, tmp_path, low_bytes=100, measure=measure)
    await disk.start()
    assert not disk.full
    for amount in (50, -1, 500):
        room["bytes"] = amount
        await disk.look()
    await disk.stop()
    assert [type(event) for event in told] == [AlarmRaised, AlarmCleared]
    assert isinstance(told[0], AlarmRaised)
    assert told[0].code == "disk_full"
    assert "Calls go on" in told[0].sentence
    assert clock.pending == 0
