"""From Asterisk's WAV files to one small file that every browser plays and seeks in: docs/decisions/0007.

Two channels: the customer on the left, the agent on the right; one channel when only the mixed file is there. Runs in
a thread and an ffmpeg of low priority; nothing here touches the loop.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import subprocess
import wave
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Event, Timer
from typing import IO

import numpy as np
from attrs import frozen

from recordings.incoming import Incoming
from recordings.peaks import Peaks, Samples
from recordings.wav import HEAD_BYTES, NotWave, WaveHead, mended, read_head

log = logging.getLogger(__name__)

BIT_RATE = "48k"
PLAYED_RATE = 16_000
"""MPEG-2 Layer III has 16 kHz as its lowest rate; 8 kHz would be MPEG-2.5, which not every player knows."""

CHUNK_FRAMES = 32_768
NICENESS = 15
SLOWEST = 0.5
"""ffmpeg may take so much of the recording's length before it counts as stuck (measured: 0.003)."""
LEAST_SECONDS = 60.0
LENGTH_SLACK_SECONDS = 0.3
"""How far the small file's length may be from the WAV's: MP3 adds a frame or two at its ends."""


class NothingRecorded(Exception):
    """There are no samples at all: the call ended before a word was said."""


class NoRoom(Exception):
    """The disk is full."""


class Stopped(Exception):
    """The product is stopping; the files stay where they are and are finished at the next start."""


class EncodingFailed(Exception):
    """ffmpeg is missing, failed, or made a file of another length; says which."""


@frozen
class Source:
    """The files to make a recording from: the two legs, or the mixed file alone."""

    files: tuple[Path, ...]
    rate: int
    frames: int
    repaired: bool

    @property
    def channels(self) -> int:
        """2: customer and agent. 1: both together."""
        return len(self.files)

    @property
    def seconds(self) -> float:
        """The length."""
        return self.frames / self.rate


@frozen
class Media:
    """A finished file: what it is and how it sounds."""

    ending: str
    seconds: float
    channels: int
    repaired: bool
    size_bytes: int
    sha256: str
    lanes: list[list[int]]


def prepare(found: Incoming) -> Source:
    """Mend what Asterisk left unfinished and choose the files. Raises `NothingRecorded` or `NoRoom`."""
    heads = {}
    repaired = False
    for file in found.files():
        head, changed = _mend(file)
        repaired = repaired or changed
        if head and head.frames(file.stat().st_size):
            heads[file] = head
    legs = tuple(file for file in (found.customer, found.agent) if file in heads)
    files: tuple[Path, ...] = legs if len(legs) == 2 and len({heads[file].rate for file in legs}) == 1 else (found.mixed,)
    if any(file not in heads for file in files):
        files = legs[:1]
    if not files:
        raise NothingRecorded(found.call)
    return Source(files, heads[files[0]].rate, max(heads[file].frames(file.stat().st_size) for file in files), repaired)


def encode(source: Source, target: Path, stopping: Event, command: str = "ffmpeg") -> Media:
    """Write the MP3 of `source` to `target` and check it; raises `EncodingFailed`, `NoRoom` or `Stopped`."""
    peaks = Peaks(source.frames, source.channels)
    limit = max(LEAST_SECONDS, source.seconds * SLOWEST)
    try:
        process = subprocess.Popen(
            _arguments(source, target, command), stdin=subprocess.PIPE, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL
        )
    except OSError as error:
        raise EncodingFailed(f"{command} cannot be started: {error}") from error
    watchdog = Timer(limit, process.kill)
    watchdog.start()
    try:
        with process:
            assert process.stdin
            assert process.stderr
            _feed(source, process.stdin, peaks, stopping)
            said = process.stderr.read(4096).decode("utf-8", "replace").strip()
            code = process.wait()
    except BaseException:
        process.kill()
        raise
    finally:
        watchdog.cancel()
    if "No space left" in said or "Disk quota exceeded" in said:
        raise NoRoom(str(target))
    if code:
        raise EncodingFailed(f"{command} ended with {code}: {said or 'it took too long'}")
    _check_length(target, source.seconds)
    return _measured("mp3", target, source, peaks)


def plain(source: Source, target: Path, stopping: Event) -> Media:
    """Write the samples themselves to `target` as one WAV file: what is kept when encoding fails. Raises `NoRoom` or `Stopped`."""
    peaks = Peaks(source.frames, source.channels)
    try:
        with target.open("wb") as opened, wave.open(opened, "wb") as written:
            written.setnchannels(source.channels)
            written.setsampwidth(2)
            written.setframerate(source.rate)
            for samples in pieces(source):
                if stopping.is_set():
                    raise Stopped("stopping")
                peaks.feed(samples)
                written.writeframesraw(samples.tobytes())
    except OSError as error:
        raise _room(error, target) or error from error
    return _measured("wav", target, source, peaks)


def pieces(source: Source) -> Iterator[Samples]:
    """The samples, (moments, channels), a few seconds at a time; the shorter side goes on in silence."""
    with ExitStack() as open_files:
        tracks = [open_files.enter_context(wave.open(str(file), "rb")) for file in source.files]
        left = source.frames
        while left > 0:
            count = min(CHUNK_FRAMES, left)
            left -= count
            yield np.stack([_samples(track, count) for track in tracks], axis=1)


def _samples(track: wave.Wave_read, count: int) -> Samples:
    raw = track.readframes(count)
    samples = np.frombuffer(raw[: len(raw) // 2 * 2], dtype="<i2")[:: track.getnchannels()]
    return np.pad(samples, (0, count - len(samples)))


def _feed(source: Source, stdin: IO[bytes], peaks: Peaks, stopping: Event) -> None:
    try:
        for samples in pieces(source):
            if stopping.is_set():
                raise Stopped("stopping")
            peaks.feed(samples)
            stdin.write(samples.tobytes())
        stdin.close()
    except BrokenPipeError:
        log.info("ffmpeg stopped listening")  # what it said on its way out says why


def _arguments(source: Source, target: Path, command: str) -> list[str]:
    heard = ["-f", "s16le", "-ar", str(source.rate), "-ac", str(source.channels), "-i", "pipe:0"]
    # Constant bit rate: a browser finds any moment by arithmetic. No joint stereo: the two voices never mix.
    made = ["-ar", str(PLAYED_RATE), "-c:a", "libmp3lame", "-b:a", BIT_RATE, "-joint_stereo", "0", "-map_metadata", "-1", "-f", "mp3"]
    return ["nice", "-n", str(NICENESS), command, "-nostdin", "-hide_banner", "-v", "error", *heard, *made, "-y", f"file:{target}"]


def _mend(file: Path) -> tuple[WaveHead | None, bool]:
    size = file.stat().st_size
    try:
        with file.open("r+b") as opened:
            head = opened.read(HEAD_BYTES)
            changes = mended(head, size)
            for offset, written in changes:
                opened.seek(offset)
                opened.write(written)
        return read_head(head), bool(changes)
    except NotWave as error:
        if size:
            log.warning("%s is not a recording: %s", file.name, error)
        return None, False
    except OSError as error:
        raise _room(error, file) or error from error


def _check_length(file: Path, seconds: float) -> None:
    asked = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", f"file:{file}"]
    try:
        said = subprocess.run(asked, capture_output=True, text=True, timeout=LEAST_SECONDS, check=True).stdout
        found = float(said)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise EncodingFailed(f"the encoded file cannot be measured: {error}") from error
    if abs(found - seconds) > LENGTH_SLACK_SECONDS:
        raise EncodingFailed(f"the encoded file plays {found:.2f} s, the recording {seconds:.2f} s")


def _measured(ending: str, file: Path, source: Source, peaks: Peaks) -> Media:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return Media(
        ending=ending,
        seconds=round(source.seconds, 3),
        channels=source.channels,
        repaired=source.repaired,
        size_bytes=file.stat().st_size,
        sha256=digest,
        lanes=peaks.lanes(),
    )


def _room(error: OSError, file: Path) -> NoRoom | None:
    return NoRoom(str(file)) if error.errno in (errno.ENOSPC, errno.EDQUOT) else None
