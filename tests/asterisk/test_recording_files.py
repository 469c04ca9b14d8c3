"""What Asterisk itself leaves in the incoming folder, closed or killed, becomes a recording.

A caller hears the waiting music; the far side says back what it hears. So the same music is on both sides of the file.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from recordings.disk import free_bytes
from recordings.incoming import Incoming, incoming
from recordings.media import encode, prepare
from tests.asterisk.plant import Plant, embedded_asterisk
from tests.phones.baresip import select_wait, until
from tests.recordings.voices import RATE, Sound, heard


@pytest.fixture
def plant() -> Iterator[Plant]:
    with embedded_asterisk() as one:
        yield one


def recorded(plant: Plant, call: str, seconds: float) -> Incoming:
    """A call between a tone and an echo whose recording has reached the disk for `seconds`."""
    found = incoming(plant.folders.recordings, call)
    asked = {"endpoint": "Local/02112345678@demo-outside/n", "context": "static-queue", "extension": "s", "priority": "1"}
    status, answer = plant.ari.ask("POST", "channels", asked)
    assert status == 200, answer
    channel = until(lambda: _talking(plant), "the far side picked up")
    plant.ami.command(f"mixmonitor start {channel} {found.mixed},r({found.customer})t({found.agent})")
    until(lambda: len(found.files()) == 3 and min(_seconds(file) for file in found.files()) >= seconds, "the recording has grown")
    return found


def _talking(plant: Plant) -> str:
    lines = plant.ami.command("core show channels concise").splitlines()
    return next((line.split("!")[0] for line in lines if "!Queue!" in line and "!Up!" in line), "")


def _seconds(file: Path) -> float:
    return file.stat().st_size / 16_000


def audible(sound: Sound, start: float, end: float) -> bool:
    """Whether there is something to hear in every second between two moments."""
    loud = np.abs(sound[int(start * RATE) : int(end * RATE)].astype(int))
    return all(loud[at : at + RATE].max() > 300 for at in range(0, len(loud) - RATE, RATE))


def test_a_hung_up_call_leaves_closed_files_with_both_sides(plant: Plant, tmp_path: Path) -> None:
    """Our reading of "closed" is Asterisk's; the customer is left, what they heard is right."""
    found = recorded(plant, "1769845500.1", 3)
    assert not found.is_closed()
    plant.ami.command("channel request hangup all")
    until(found.is_closed, "Asterisk closed the files")
    media = encode(prepare(found), tmp_path / "kept.mp3", Event())
    assert (media.channels, media.repaired) == (2, False)
    sound = heard(tmp_path / "kept.mp3")
    for side in (0, 1):
        assert audible(sound[:, side], 1.0, media.seconds - 0.5)


def test_a_killed_asterisk_leaves_a_recording_that_plays_to_the_cut(plant: Plant, tmp_path: Path) -> None:
    """Asterisk is killed with -9 in the middle of a talk: everything that was written is heard again."""
    found = recorded(plant, "1769845500.2", 5)
    on_disk = min(_seconds(file) for file in found.files())
    plant.running.send(signal.SIGKILL)
    assert plant.running.ended(10)
    assert not found.is_closed()
    media = encode(prepare(found), tmp_path / "kept.mp3", Event())
    assert media.repaired
    assert media.seconds >= on_disk - 0.01
    sound = heard(tmp_path / "kept.mp3")
    assert audible(sound[:, 0], 1.0, media.seconds - 0.5)


@pytest.fixture
def small_disk(plant: Plant) -> Iterator[Path]:
    """The incoming folder on a disk of 1 MB, where mounting is allowed; else the folder as it is."""
    folder = plant.folders.recordings
    owner = folder.stat()
    how = f"size=1m,uid={owner.st_uid},gid={owner.st_gid},mode={owner.st_mode & 0o777:o}"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", how, "tmpfs", str(folder)], capture_output=True, check=False).returncode == 0
    assert mounted or os.getuid(), "root can mount a small disk"
    yield folder
    if mounted:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_costs_the_recording_and_not_the_call(plant: Plant, small_disk: Path, tmp_path: Path) -> None:
    """Asterisk goes on talking when it cannot write, and what it had written is kept."""
    found = recorded(plant, "1769845500.3", 2)
    if free_bytes(small_disk) < 1_000_000:
        until(lambda: free_bytes(small_disk) == 0, "the disk is full", 40)
        select_wait(2)
    assert _talking(plant)
    plant.ami.command("channel request hangup all")
    until(lambda: not _talking(plant), "the call is over")
    media = encode(prepare(found), tmp_path / "kept.mp3", Event())
    assert media.seconds >= 2
    assert audible(heard(tmp_path / "kept.mp3")[:, 0], 1.0, 2.0)
