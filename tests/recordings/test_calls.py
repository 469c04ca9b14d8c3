"""Recordings from the first word of a talk to their place on the shelf."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

import pytest

from config.clock import FakeClock
from config.database import Database
from recordings.calls import CallRecordings
from recordings.disk import DiskGuard, free_bytes
from recordings.finishing import Finisher
from recordings.policy import Policy
from recordings.records import Recording, of_call
from recordings.store import Shelf
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.events import AlarmCleared, AlarmRaised, CallEnded, Event, RecordingKept, RecordingStarted
from switchboard.telephony import LineGone, RecordingRefused
from tests.fakes.phones import FakePhones, settle
from tests.recordings.voices import talk

ROOM = 10**9
HEAD_ONLY = b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x80\x3e\0\0\x02\0\x10\0data\0\0\0\0"
"""A wav without a single sample."""

E = TypeVar("E", bound=Event)


class Studio:
    """A small telephone system with recordings, wound by hand."""

    def __init__(self, database: Database, folder: Path, policy: Policy, measure: Callable[[Path], int], low_bytes: int) -> None:
        self.clock = FakeClock()
        self.bus = Bus()
        self.told: list[Event] = []
        self._waiting: list[tuple[type[Event], asyncio.Future[Any]]] = []
        self.bus.witness(self._witness)
        self.calls = Calls(self.bus, self.clock)
        self.phones = FakePhones(self.bus, self.clock)
        self.shelf = Shelf(folder)
        self.database = database
        self.disk = DiskGuard(self.bus, self.clock, folder, low_bytes, measure)
        self.finisher = Finisher(self.bus, self.clock, database, self.shelf, self.disk)
        self.recordings = CallRecordings(self.bus, self.clock, self.calls, self.phones, self.shelf, policy, self.disk, self.finisher)

    def _witness(self, _number: int, event: Event) -> None:
        self.told.append(event)
        for kind, waiting in self._waiting:
            if type(event) is kind and not waiting.done():
                waiting.set_result(event)

    def coming(self, kind: type[E]) -> asyncio.Future[E]:
        """The next event of `kind`."""
        waiting: asyncio.Future[E] = asyncio.get_running_loop().create_future()
        self._waiting.append((kind, waiting))
        return waiting

    def codes(self, kind: type[AlarmRaised | AlarmCleared]) -> list[str]:
        return [event.code for event in self.told if isinstance(event, kind)]

    async def talk(self, direction: str = "inbound") -> str:
        """A call reaches the point where both hear each other."""
        call = self.phones.call_in()
        self.calls.arrived(call, direction=direction, caller="+98912", dialled="1000", at=self.clock.now())
        self.calls.connected(call, agent="maryam", leg=f"{call}-a", at=self.clock.now())
        await self.recording_decided()
        return call

    async def recording_decided(self) -> None:
        """Let what was begun because of an answered call come to its end."""
        await asyncio.gather(*self.recordings._tasks._running)

    async def finished(self) -> None:
        """Wait until nothing is left to be finished."""
        while self.finisher.waiting:
            await asyncio.to_thread(lambda: None)

    async def finisher_looks_again(self) -> None:
        """Wait until the finisher has found a file unfinished and waits for it to be closed."""
        timers = self.clock.pending
        while self.clock.pending == timers:
            await asyncio.to_thread(lambda: None)

    async def end(self, call: str, **files: float | bool) -> None:
        """Asterisk has written the files and the call ends."""
        if files.pop("written", True):
            talk(self.shelf.incoming_folder, call, written_at=self.clock.now(), **files)
        self.calls.ended(call, at=self.clock.now())

    async def row(self, call: str) -> Recording | None:
        return await self.database.read(lambda connection: of_call(connection, call))


@asynccontextmanager
async def studio(
    tmp_path: Path,
    *,
    policy: Policy | None = None,
    measure: Callable[[Path], int] = lambda _folder: ROOM,
    low_bytes: int = 1000,
    folder: Path | None = None,
) -> AsyncIterator[Studio]:
    database = await Database.temporary(tmp_path)
    one = Studio(database, folder or tmp_path / "recordings", policy or Policy(), measure, low_bytes)
    try:
        await one.recordings.start()
        yield one
    finally:
        await one.recordings.stop()
        await database.close()
    assert one.clock.pending == 0


async def test_a_talk_is_recorded_and_stands_on_the_shelf_after_it(tmp_path: Path) -> None:
    """Whoever looks at the call afterwards finds its recording, its length and its hash."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        assert one.phones.calls[call].recording == one.shelf.incoming_folder / f"{call}.wav"
        assert RecordingStarted(at=one.clock.now(), call=call) in one.told
        began = one.clock.now()
        one.clock.advance(4)
        kept = one.coming(RecordingKept)
        await one.end(call, seconds=4)
        event = await kept
        row = await one.row(call)
        assert row
        assert (event.call, event.recording, event.seconds, event.repaired) == (call, row.id, 4.0, False)
        assert (row.started_at, row.seconds, row.channels) == (began, 4.0, 2)
        await one.finished()
        assert row.file == f"2023/11/{call}.mp3"
        assert one.shelf.audio(row.file).stat().st_size == row.size_bytes
        assert one.shelf.picture(row.file).is_file()
        assert hashlib.sha256(one.shelf.audio(row.file).read_bytes()).hexdigest() == row.sha256
    assert list((tmp_path / "recordings/incoming").iterdir()) == []


async def test_a_talk_that_was_over_before_a_sound_is_no_failure(tmp_path: Path) -> None:
    """A customer who hangs up in the moment of the answer leaves an empty file and no alarm."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        one.clock.advance(0.05)
        await one.end(call, written=False)
        await one.finished()
        assert one.codes(AlarmRaised) == []


@pytest.mark.parametrize("content", [b"", b"RIFF", HEAD_ONLY], ids=["empty", "cut off", "a head alone"])
async def test_files_of_a_talk_too_brief_for_a_sound_leave_no_recording(tmp_path: Path, content: bytes) -> None:
    """Asterisk made the files and had nothing to write: no row, no dead file, no alarm."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        found = one.shelf.incoming(call)
        for file in (found.mixed, found.customer, found.agent):
            file.write_bytes(content)
            os.utime(file, (one.clock.now() - 60, one.clock.now() - 60))
        one.clock.advance(0.05)
        await one.end(call, written=False)
        await one.finished()
        assert one.codes(AlarmRaised) == []
        assert await one.row(call) is None
        assert [file for file in one.shelf.folder.rglob("*") if file.is_file()] == []


@pytest.mark.parametrize(("refusal", "alarms"), [(LineGone(), []), (RecordingRefused("no codec"), ["recording_failed"])])
async def test_a_recording_that_is_refused_is_told_once_and_tried_no_more(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, refusal: Exception, alarms: list[str]
) -> None:
    """A customer who is gone already is no failure; a refusal is one. Neither is a crash, and the call goes on."""
    async with studio(tmp_path) as one:
        one.phones.refuse_recording = refusal
        call = await one.talk()
        assert one.calls.get(call)
        one.clock.advance(5)
        await one.end(call, written=False)
        await one.finished()
        one.clock.advance(61)
        await one.recording_decided()
        assert one.codes(AlarmRaised) == alarms
        assert await one.row(call) is None
        assert not any(isinstance(event, RecordingStarted) for event in one.told)
        assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize(
    ("policy", "direction", "recorded"),
    [
        (Policy(), "inbound", True),
        (Policy(), "outbound", True),
        (Policy(), "internal", False),
        (Policy(record=False), "inbound", False),
        (Policy(queue_records=lambda queue: queue != "sales"), "inbound", True),
    ],
)
async def test_the_policy_decides(tmp_path: Path, policy: Policy, direction: str, recorded: bool) -> None:
    """Talks between colleagues, and all of them when recording is off, stay unrecorded."""
    async with studio(tmp_path, policy=policy) as one:
        call = await one.talk(direction)
        assert bool(one.phones.calls[call].recording) == recorded


def test_a_queue_may_be_left_out() -> None:
    """The queue's own flag counts for calls answered from it."""
    policy = Policy(queue_records=lambda queue: queue != "sales")
    assert [policy.wants("inbound", queue) for queue in ("sales", "support", "")] == [False, True, True]


async def test_being_answered_again_does_not_begin_a_second_recording(tmp_path: Path) -> None:
    """After a transfer the same recording goes on."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        one.phones.calls[call].recording = None
        one.calls.held(call, one.clock.now())
        one.calls.connected(call, agent="reza", leg="r", at=one.clock.now())
        await one.recording_decided()
        assert one.phones.calls[call].recording is None


async def test_a_recording_that_asterisk_still_writes_is_not_overwritten_after_a_restart(tmp_path: Path) -> None:
    """The daemon came back during the talk; starting again would erase the first half."""
    async with studio(tmp_path) as one:
        talk(one.shelf.incoming_folder, "call-1", cut_off=True)
        call = await one.talk()
        assert call == "call-1"
        assert one.phones.calls[call].recording is None
        assert any(isinstance(event, RecordingStarted) for event in one.told)


async def test_a_recording_taken_over_is_finished_at_once_when_its_call_ends(tmp_path: Path) -> None:
    """The daemon was killed and came back during the talk; nobody waits for a sweep."""
    async with studio(tmp_path) as one:
        talk(one.shelf.incoming_folder, "7.7", cut_off=True, seconds=2)
        live = LiveCall("7.7", "inbound", "+98912", "", "1000", one.clock.now() - 60, state="talking", answered_at=one.clock.now() - 50)
        one.calls.adopted(live, one.clock.now())
        await one.recording_decided()
        kept = one.coming(RecordingKept)
        talk(one.shelf.incoming_folder, "7.7", seconds=6, written_at=one.clock.now())
        one.calls.ended("7.7", at=one.clock.now())
        event = await kept
        row = await one.row("7.7")
        assert row
        assert (event.seconds, event.repaired, row.started_at) == (6.0, False, one.clock.now() - 6)


async def test_what_a_killed_daemon_left_is_finished_and_goes_to_its_call(tmp_path: Path) -> None:
    """No recording is lost by a crash: the file's name says whose it is."""
    async with studio(tmp_path) as one:
        talk(one.shelf.incoming_folder, "1763757600.12", seconds=3, written_at=one.clock.now() - 60)
        kept = one.coming(RecordingKept)
        one.phones.comes_back()
        event = await kept
        row = await one.row("1763757600.12")
        assert row
        assert (event.call, event.repaired) == ("1763757600.12", False)
        assert row.started_at == one.clock.now() - 63


async def test_what_a_killed_asterisk_left_is_mended(tmp_path: Path) -> None:
    """The call was cut off; its recording plays to the cut."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        one.phones.goes_away()
        await settle()
        talk(one.shelf.incoming_folder, call, cut_off=True, written_at=one.clock.now())
        one.clock.advance(5)
        kept = one.coming(RecordingKept)
        one.calls.cut_off(call)
        one.calls.ended(call, at=one.clock.now())
        event = await kept
        assert event.repaired
        assert event.seconds == 4.0


async def test_a_live_call_is_left_alone(tmp_path: Path) -> None:
    """What lies in the folder while its call goes on is not touched."""
    async with studio(tmp_path) as one:
        one.calls.arrived("9.9", direction="inbound", caller="", dialled="1000", at=one.clock.now())
        talk(one.shelf.incoming_folder, "9.9", cut_off=True, written_at=one.clock.now() - 60)
        talk(one.shelf.incoming_folder, "8.8", written_at=one.clock.now() - 60)
        kept = one.coming(RecordingKept)
        one.phones.comes_back()
        assert (await kept).call == "8.8"
        await one.recording_decided()
        assert await one.row("9.9") is None
        assert one.shelf.incoming("9.9").mixed.exists()


async def test_finishing_twice_gives_one_recording(tmp_path: Path) -> None:
    """A crash between the row and the clearing away leaves nothing double."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        kept = one.coming(RecordingKept)
        await one.end(call)
        first = await kept
        await one.finished()
        talk(one.shelf.incoming_folder, call, written_at=one.clock.now() - 60)
        talk(one.shelf.incoming_folder, "later", written_at=one.clock.now() - 60)
        again = one.coming(RecordingKept)
        one.phones.comes_back()
        assert (await again).call == "later"
        row = await one.row(call)
        assert row
        assert row.id == first.recording
        assert not one.shelf.incoming(call).files()


async def test_when_nothing_was_written_somebody_is_told(tmp_path: Path) -> None:
    """A recording that should be there and is not raises an alarm, and the next good one clears it."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        one.clock.advance(5)
        raised = one.coming(AlarmRaised)
        await one.end(call, written=False)
        assert (await raised).code == "recording_failed"
        assert not one.recordings.health()["ok"]
        cleared = one.coming(AlarmCleared)
        await one.end(await one.talk())
        assert (await cleared).code == "recording_failed"
        assert one.recordings.health()["ok"]


async def test_without_the_link_the_call_goes_on_and_somebody_is_told(tmp_path: Path) -> None:
    """Recording is never a reason for a call to fail."""
    async with studio(tmp_path) as one:
        one.phones.away = True
        call = await one.talk()
        assert one.codes(AlarmRaised) == ["recording_failed"]
        assert one.calls.get(call)


async def test_stopping_leaves_unfinished_files_for_the_next_start(tmp_path: Path) -> None:
    """A restart in the middle of the work loses nothing."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        await one.end(call)
    async with studio(tmp_path) as one:
        if await one.row(call) is None:
            kept = one.coming(RecordingKept)
            one.clock.advance(60)
            one.phones.comes_back()
            assert (await kept).call == call
        row = await one.row(call)
        assert row
        assert one.shelf.audio(row.file).exists()


async def test_a_long_grown_file_is_waited_for(tmp_path: Path) -> None:
    """Asterisk's last bytes may come a moment after the hang-up."""
    async with studio(tmp_path) as one:
        call = await one.talk()
        kept = one.coming(RecordingKept)
        await one.end(call, cut_off=True, seconds=2)
        await one.finisher_looks_again()
        talk(one.shelf.incoming_folder, call, seconds=4, written_at=one.clock.now())
        one.clock.advance(1)
        event = await kept
        assert (event.seconds, event.repaired) == (4.0, False)


# ── A full disk ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_with_a_full_disk_calls_go_on_unrecorded(tmp_path: Path) -> None:
    """Said on the console and in /healthz; recording returns with the room."""
    room = {"bytes": ROOM}
    async with studio(tmp_path, measure=lambda _folder: room["bytes"]) as one:
        room["bytes"] = 10
        await one.disk.look()
        assert one.codes(AlarmRaised) == ["disk_full"]
        assert one.recordings.health()["paused"]
        call = await one.talk()
        assert one.calls.get(call)
        assert one.phones.calls[call].recording is None
        ended = one.coming(CallEnded)
        await one.end(call, written=False)
        assert (await ended).status == "answered"
        assert one.codes(AlarmRaised) == ["disk_full"]
        room["bytes"] = ROOM
        await one.disk.look()
        assert one.codes(AlarmCleared) == ["disk_full"]
        assert one.phones.calls[await one.talk()].recording


@pytest.fixture
def small_disk(tmp_path: Path) -> AsyncIterator[Path]:
    """A disk of 2 MB; a plain folder of a large disk is no substitute, so only where mounting is allowed."""
    place = tmp_path / "small disk"
    place.mkdir()
    asked = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(asked, capture_output=True, check=False).returncode:
        yield Path()
        return
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def fill(file: Path) -> None:
    """Write until there is no room."""
    with suppress(OSError), file.open("wb", buffering=0) as full:
        while full.write(bytes(4096)):
            pass
    assert free_bytes(file.parent) == 0


async def test_on_a_disk_that_is_really_full_the_finished_recording_waits_for_room(tmp_path: Path, small_disk: Path) -> None:
    """The samples stay where Asterisk wrote them until there is room, and then reach the shelf."""
    if small_disk == Path():
        assert os.getuid() != 0, "root can mount a small disk"
        return  # an ordinary user cannot; the same path is taken with a told amount of room above and with /dev/full in test_media
    async with studio(tmp_path, measure=free_bytes, low_bytes=200_000, folder=small_disk / "recordings") as one:
        call = await one.talk()
        talk(one.shelf.incoming_folder, call, seconds=30, written_at=one.clock.now())
        filler = small_disk / "filler"
        fill(filler)
        raised = one.coming(AlarmRaised)
        await one.end(call, written=False)
        assert (await raised).code == "disk_full"
        assert one.calls.get(call) is None
        assert len(one.shelf.incoming(call).files()) == 3
        assert one.phones.calls[await one.talk()].recording is None
        filler.unlink()
        kept = one.coming(RecordingKept)
        one.phones.comes_back()
        one.clock.advance(61)
        event = await kept
        assert (event.call, event.seconds) == (call, 30.0)
        assert one.codes(AlarmCleared) == ["disk_full"]
