"""The demo's music on hold: quiet chords, made here, so that nobody holds a right in it.

Eight bars of broken chords with soft overtones and a slow decay, 8 kHz mono, about a minute; the end runs into the
beginning without a click.
"""

from __future__ import annotations

import wave
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 8000
BEAT_SECONDS = 0.6
CHORDS = (  # MIDI notes: Am7, Fmaj7, C, G, Dm7, Am7, Fmaj7, E7sus4
    (57, 64, 67, 72), (53, 60, 64, 69), (48, 60, 64, 67), (55, 59, 62, 67),
    (50, 57, 60, 65), (57, 60, 64, 67), (53, 57, 60, 64), (52, 57, 59, 64),
)  # fmt: skip
PATTERN = (0, 1, 2, 3, 2, 1, 2, 3)
"""Which note of the chord is plucked on each beat."""


def write_music(folder: Path) -> None:
    """Write `folder`/chords.wav unless the folder holds any music already (a company puts its own there)."""
    if any(one.suffix in (".wav", ".gsm", ".ulaw", ".alaw", ".sln", ".g722") for one in folder.iterdir()):
        return
    part = folder / "chords.part"
    with wave.open(str(part), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(compose().tobytes())
    part.chmod(0o644)
    part.rename(folder / "chords.wav")


def compose() -> NDArray[np.int16]:
    """The piece as samples, at a level that leaves a voice room (peak −12 dBFS)."""
    import numpy as np

    beat = int(RATE * BEAT_SECONDS)
    total = beat * len(PATTERN) * len(CHORDS) * 2
    piece = np.zeros(total)
    for turn in range(2):
        for bar, chord in enumerate(CHORDS):
            for step, which in enumerate(PATTERN):
                start = ((turn * len(CHORDS) + bar) * len(PATTERN) + step) * beat
                octave = 12 if turn == 1 and step % 4 == 3 else 0
                _add(piece, _note(chord[which] + octave, loud=0.5 if step == 0 else 0.32), start)
            _add(piece, _pad(chord, beat * len(PATTERN)), (turn * len(CHORDS) + bar) * len(PATTERN) * beat)
    return np.asarray(piece / np.abs(piece).max() * 32767 * 0.25, dtype=np.int16)


def _add(piece: NDArray[np.float64], sound: NDArray[np.float64], start: int) -> None:
    """Mix `sound` in at `start`; what runs over the end comes back at the beginning."""
    import numpy as np

    places = (start + np.arange(len(sound))) % len(piece)
    np.add.at(piece, places, sound)


def _note(midi: int, loud: float) -> NDArray[np.float64]:
    import numpy as np

    seconds = np.arange(int(RATE * 2.4)) / RATE
    pitch = 440.0 * 2 ** ((midi - 69) / 12)
    tone = sum(level * np.sin(2 * np.pi * pitch * harmonic * seconds) for harmonic, level in ((1, 1.0), (2, 0.35), (3, 0.12), (4, 0.05)))
    attack = np.minimum(1.0, seconds / 0.012)
    return np.asarray(loud * tone * attack * np.exp(-seconds * 1.8), dtype=np.float64)


def _pad(chord: tuple[int, ...], length: int) -> NDArray[np.float64]:
    import numpy as np

    seconds = np.arange(length) / RATE
    swell = np.sin(np.pi * np.arange(length) / length) ** 2
    voices = sum(np.sin(2 * np.pi * 440.0 * 2 ** ((midi - 69) / 12) * seconds) for midi in chord[1:])
    return np.asarray(0.10 * swell * voices, dtype=np.float64)
