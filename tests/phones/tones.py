"""Tones to send and to find again: how a test knows that somebody was really heard."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

RATE = 8000
ROWS, COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
KEYS = "123A456B789C*0#D"
"""The keys of ITU-T Q.23, by the hertz of their two tones."""


def write_tone(file: Path, hertz: float, seconds: float = 60.0, loudness: float = 0.4) -> Path:
    """A mono 16-bit 8 kHz wav of one sine tone."""
    samples = np.sin(2 * np.pi * hertz * np.arange(int(RATE * seconds)) / RATE) * loudness * 32767
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.astype("<i2").tobytes())
    return file


def read_samples(file: Path, channel: int = 0) -> tuple[int, np.ndarray]:
    """Rate in Hz and the samples (−1…1) of one channel. A header that was never finished is read by the file's size."""
    data = file.read_bytes()
    channels = int.from_bytes(data[22:24], "little")
    rate = int.from_bytes(data[24:28], "little")
    body = data[data.index(b"data") + 8 :]
    body = body[: len(body) // (2 * channels) * 2 * channels]
    samples = np.frombuffer(body, dtype="<i2").reshape(-1, channels)[:, channel]
    return rate, samples.astype(np.float64) / 32768


def strength(samples: np.ndarray, rate: int, hertz: float) -> float:
    """Share (0…1) of the sound's energy within ±15 Hz of `hertz`; 0 for silence."""
    if samples.size < rate // 10 or float(np.abs(samples).max(initial=0.0)) < 0.003:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(samples.size))) ** 2
    bins = np.fft.rfftfreq(samples.size, 1 / rate)
    near = np.abs(bins - hertz) <= 15
    total = float(spectrum[bins > 50].sum())
    return float(spectrum[near].sum()) / total if total else 0.0


def longest_tone(samples: np.ndarray, rate: int, hertz: float, window: float = 0.2, share: float = 0.5) -> float:
    """Seconds of the longest unbroken stretch in which `hertz` dominates."""
    step = int(rate * window)
    best = run = 0
    for start in range(0, samples.size - step + 1, step):
        run = run + 1 if strength(samples[start : start + step], rate, hertz) >= share else 0
        best = max(best, run)
    return best * window


def key_tones(key: str, seconds: float = 0.16) -> np.ndarray:
    """The samples of a key's two tones."""
    row, column = divmod(KEYS.index(key), 4)
    moments = np.arange(int(RATE * seconds)) / RATE
    return 0.25 * (np.sin(2 * np.pi * ROWS[row] * moments) + np.sin(2 * np.pi * COLUMNS[column] * moments))


def ulaw(samples: np.ndarray) -> bytes:
    """G.711 µ-law of samples in −1…1."""
    level = np.minimum(np.abs(samples) * 32635, 32635).astype(np.int64) + 132
    exponent = np.floor(np.log2(level)).astype(np.int64) - 7
    mantissa = (level >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()


def from_ulaw(sound: bytes) -> np.ndarray:
    """The samples (−1…1) of G.711 µ-law."""
    code = ~np.frombuffer(sound, dtype=np.uint8).astype(np.int64) & 0xFF
    level = (((code & 0x0F) << 3) + 132 << (code >> 4 & 7)) - 132
    return np.where(code & 0x80, -level, level) / 32768
