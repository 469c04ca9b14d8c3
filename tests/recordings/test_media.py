"""From Asterisk's files to the one that is kept."""

from __future__ import annotations

import subprocess
from pathlib import Path
from threading import Event

import numpy as np
import pytest

from recordings.incoming import BadName, calls_in, incoming
from recordings.media import EncodingFailed, NoRoom, NothingRecorded, Stopped, encode, plain, prepare
from recordings.peaks import MAX_POINTS, Peaks
from tests.recordings.voices import AGENT_HZ, CUSTOMER_HZ, heard, loudness, talk, tone, write_wav


def test_the_customer_is_on_the_left_and_the_agent_on_the_right(tmp_path: Path) -> None:
    """A listener can hear each side alone, at the moment it spoke."""
    talk(tmp_path, "1.1", seconds=4)
    media = encode(prepare(incoming(tmp_path, "1.1")), tmp_path / "kept.mp3", Event())
    sound = heard(tmp_path / "kept.mp3")
    left, right = sound[:, 0], sound[:, 1]
    assert loudness(left, CUSTOMER_HZ, 0.5, 1.5) > 0.2
    assert loudness(right, AGENT_HZ, 2.5, 3.5) > 0.2
    assert loudness(right, CUSTOMER_HZ, 0.5, 1.5) < 0.001
    assert loudness(left, AGENT_HZ, 2.5, 3.5) < 0.001
    assert (media.channels, media.seconds, media.repaired) == (2, 4.0, False)
    assert media.size_bytes == (tmp_path / "kept.mp3").stat().st_size
    said = subprocess.run(["sha256sum", tmp_path / "kept.mp3"], capture_output=True, text=True, check=True).stdout
    assert said.split()[0] == media.sha256


def test_the_picture_shows_who_spoke_when(tmp_path: Path) -> None:
    """The first half belongs to the customer's lane, the second to the agent's."""
    talk(tmp_path, "1.1", seconds=4)
    customer, agent = encode(prepare(incoming(tmp_path, "1.1")), tmp_path / "kept.mp3", Event()).lanes
    half = len(customer) // 2
    assert min(customer[: half - 1]) > 50 > max(customer[half + 1 :])
    assert min(agent[half + 1 :]) > 50 > max(agent[: half - 1])


def test_a_cut_off_recording_is_mended_and_kept_whole(tmp_path: Path) -> None:
    """Asterisk was killed in the middle of the talk; nothing that reached the disk is lost."""
    talk(tmp_path, "1.1", seconds=4, cut_off=True)
    media = encode(prepare(incoming(tmp_path, "1.1")), tmp_path / "kept.mp3", Event())
    assert media.repaired
    assert media.seconds == 4.0
    assert loudness(heard(tmp_path / "kept.mp3")[:, 1], AGENT_HZ, 2.5, 3.5) > 0.2


def test_sides_of_different_length_end_in_silence(tmp_path: Path) -> None:
    """After a kill one file may hold a little more than the other."""
    write_wav(tmp_path / "1.1-in.wav", tone(400, 3), cut_off=True)
    write_wav(tmp_path / "1.1-out.wav", tone(1000, 2), cut_off=True)
    media = encode(prepare(incoming(tmp_path, "1.1")), tmp_path / "kept.mp3", Event())
    assert media.seconds == 3.0
    assert np.abs(heard(tmp_path / "kept.mp3")[int(2.5 * 8000) :, 1]).max() < 50


def test_the_mixed_file_alone_is_kept_in_one_channel(tmp_path: Path) -> None:
    """When a side is missing, what there is is kept."""
    write_wav(tmp_path / "1.1.wav", tone(400, 2))
    (tmp_path / "1.1-in.wav").write_bytes(b"")
    media = encode(prepare(incoming(tmp_path, "1.1")), tmp_path / "kept.mp3", Event())
    assert (media.channels, len(media.lanes)) == (1, 1)


@pytest.mark.parametrize("content", [b"", b"not a recording at all, but forty-four bytes!!!"])
def test_files_without_samples_are_nothing_recorded(tmp_path: Path, content: bytes) -> None:
    """A call that ended at once leaves empty files."""
    (tmp_path / "1.1.wav").write_bytes(content)
    with pytest.raises(NothingRecorded):
        prepare(incoming(tmp_path, "1.1"))


def test_without_ffmpeg_the_samples_are_kept_as_they_are(tmp_path: Path) -> None:
    """A machine without the encoder keeps larger files, but keeps them, and browsers play them."""
    talk(tmp_path, "1.1", seconds=2)
    source = prepare(incoming(tmp_path, "1.1"))
    with pytest.raises(EncodingFailed, match="no-such-program"):
        encode(source, tmp_path / "kept.mp3", Event(), command="no-such-program")
    media = plain(source, tmp_path / "kept.wav", Event())
    assert (media.ending, media.seconds) == ("wav", 2.0)
    assert loudness(heard(tmp_path / "kept.wav")[:, 0], CUSTOMER_HZ, 0.2, 0.8) > 0.2


def test_a_failing_encoder_is_named_with_what_it_said(tmp_path: Path) -> None:
    """The log says why."""
    talk(tmp_path, "1.1", seconds=2)
    with pytest.raises(EncodingFailed, match="No such file"):
        encode(prepare(incoming(tmp_path, "1.1")), tmp_path / "no-folder" / "kept.mp3", Event())


def test_a_full_device_is_no_room_for_both_ways_of_keeping(tmp_path: Path) -> None:
    """Out of space is told apart from every other failure."""
    talk(tmp_path, "1.1", seconds=2)
    source = prepare(incoming(tmp_path, "1.1"))
    with pytest.raises(NoRoom):
        encode(source, Path("/dev/full"), Event())
    with pytest.raises(NoRoom):
        plain(source, Path("/dev/full"), Event())


def test_stopping_ends_the_work_at_once(tmp_path: Path) -> None:
    """The product never waits for a long recording when it is told to stop."""
    talk(tmp_path, "1.1", seconds=2)
    source = prepare(incoming(tmp_path, "1.1"))
    stopping = Event()
    stopping.set()
    for keep in (encode, plain):
        with pytest.raises(Stopped):
            keep(source, tmp_path / "kept", stopping)


@pytest.mark.parametrize("call", ["../etc/passwd", "a/b", "", ".hidden", "-rf", "a..b", "x" * 200, "call\n"])
def test_a_call_id_that_could_leave_the_folder_is_refused(tmp_path: Path, call: str) -> None:
    """File names come from call ids, and only from harmless ones."""
    with pytest.raises(BadName):
        incoming(tmp_path, call)


def test_calls_are_found_by_the_names_of_their_files() -> None:
    """Three files are one call; other files are nobody's."""
    names = ["n-1.2-in.wav", "n-1.2-out.wav", "n-1.2.wav", "7.1.wav", "notes.txt", "..wav", "5.1-in.wav.part"]
    assert calls_in(names) == ("7.1", "n-1.2")


@pytest.mark.parametrize("frames", [1, 7, 999, 1000, 1001, 123_457])
@pytest.mark.parametrize("chunk", [1000, 32_768])
def test_peaks_do_not_depend_on_the_pieces_they_come_in(frames: int, chunk: int) -> None:
    """The same picture, however the file is read."""
    sound = np.random.default_rng(frames).integers(-32768, 32767, (frames, 2), dtype=np.int16)
    whole, pieces = Peaks(frames, 2), Peaks(frames, 2)
    whole.feed(sound)
    for start in range(0, frames, chunk):
        pieces.feed(sound[start : start + chunk])
    assert whole.lanes() == pieces.lanes()
    step = -(-frames // MAX_POINTS)
    expected = [(int(np.abs(sound[at : at + step, 0].astype(int)).max()) * 255 + 16383) // 32768 for at in range(0, frames, step)]
    assert whole.lanes()[0] == expected
