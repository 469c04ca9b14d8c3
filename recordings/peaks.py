"""The picture of a recording: how loud each side is, in at most a thousand steps."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
"""Shape (moments, channels)."""

MAX_POINTS = 1000
LOUDEST = 255


class Peaks:
    """Takes a recording's samples in any pieces, in order, and gives the loudest of each step, per channel.

    `frames` is how many moments will come; a few more or less do no harm.
    """

    def __init__(self, frames: int, channels: int, points: int = MAX_POINTS) -> None:
        self._step = max(1, -(-frames // points))
        self._points = -(-frames // self._step)
        self._loudest = np.zeros((self._points, channels), dtype=np.int32)
        self._seen = 0

    def feed(self, samples: Samples) -> None:
        """Look at the next samples."""
        if len(samples) == 0:
            return
        moments = np.arange(self._seen, self._seen + len(samples)) // self._step
        starts = np.flatnonzero(np.diff(moments, prepend=-1))
        loudest = np.maximum.reduceat(np.abs(samples.astype(np.int32)), starts, axis=0)
        steps = moments[starts]
        inside = steps < self._points
        np.maximum.at(self._loudest, steps[inside], loudest[inside])
        self._seen += len(samples)

    def lanes(self) -> list[list[int]]:
        """One list per channel, each value 0 (silence) to 255 (as loud as can be)."""
        scaled = (self._loudest * LOUDEST + 16383) // 32768
        return [[int(one) for one in lane] for lane in scaled.T]
