"""Recordings as Asterisk leaves them: tones for voices, headers whole or cut off."""

from __future__ import annotations

import os
import struct
import subprocess
import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
CUSTOMER_HZ = 400
AGENT_HZ = 1000

Sound = NDArray[np.int16]


def tone(hertz: float, seconds: float, loudness: int = 8000) -> Sound:
    """A steady tone."""
    return (loudness * np.sin(2 * np.pi * hertz * np.arange(int(seconds * RATE)) / RATE)).astype("<i2")


def silence(seconds: float) -> Sound:
    """Nothing to hear."""
    return np.zeros(int(seconds * RATE), dtype="<i2")


def write_wav(file: Path, sound: Sound, *, cut_off: bool = False, rate: int = RATE) -> Path:
    """The file as Asterisk closes it, or as it stands when Asterisk is killed: a header that says 0 bytes."""
    with wave.open(str(file), "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(rate)
        written.writeframes(sound.tobytes())
    if cut_off:
        with file.open("r+b") as opened:
            for offset in (4, 40):
                opened.seek(offset)
                opened.write(struct.pack("<I", 0))
    return file


def talk(folder: Path, call: str, *, seconds: float = 4.0, cut_off: bool = False, written_at: float | None = None) -> None:
    """A call's three files: the customer speaks in the first half, the agent in the second."""
    folder.mkdir(parents=True, exist_ok=True)
    half = seconds / 2
    customer = np.concatenate([tone(CUSTOMER_HZ, half), silence(half)])
    agent = np.concatenate([silence(half), tone(AGENT_HZ, half)])
    for ending, sound in (("", customer + agent), ("-in", customer), ("-out", agent)):
        file = write_wav(folder / f"{call}{ending}.wav", sound, cut_off=cut_off)
        if written_at is not None:
            os.utime(file, (written_at, written_at))


def heard(file: Path, rate: int = RATE) -> Sound:
    """What a player hears: samples of shape (moments, 2)."""
    asked = ["ffmpeg", "-nostdin", "-v", "error", "-i", str(file), "-f", "s16le", "-ar", str(rate), "-ac", "2", "-"]
    return np.frombuffer(subprocess.run(asked, capture_output=True, check=True).stdout, dtype="<i2").reshape(-1, 2)


def loudness(sound: Sound, hertz: float, start: float, end: float) -> float:
    """How strong a tone of `hertz` is between two moments, 0 to 1."""
    part = sound[int(start * RATE) : int(end * RATE)].astype(float) / 32768
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(part)) / RATE)
    return float(2 * abs(np.mean(part * turns)))
