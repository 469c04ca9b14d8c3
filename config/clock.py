"""Time as a thing that is handed over, so that tests can move it.

Moments are UTC epoch seconds (float); `Timer`s are kept so that whoever asked can cancel them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A call that will happen later unless cancelled."""

    def cancel(self) -> None:
        """Make it not happen; harmless when it has happened."""


class Clock(Protocol):
    """What time it is, and a way to be called later."""

    def now(self) -> float:
        """UTC epoch seconds."""

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Call `call` once, `seconds` from now, on the loop's thread."""


class SystemClock:
    """The machine's clock and the running asyncio loop's timers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        return time.time()

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        return self._loop.call_later(seconds, call)


class FakeClock:
    """A clock that tests wind by hand; timers fire in order of their moment."""

    def __init__(self, now: float = 1_700_000_000.0) -> None:
        self._now = now
        self._timers: list[_FakeTimer] = []

    def now(self) -> float:
        return self._now

    def call_later(self, seconds: float, call: Callable[[], None]) -> Timer:
        timer = _FakeTimer(self._now + seconds, call, self._timers)
        self._timers.append(timer)
        return timer

    def advance(self, seconds: float) -> None:
        """Wind forward, firing what falls due, timers set by timers included."""
        end = self._now + seconds
        while due := [timer for timer in self._timers if timer.due <= end]:
            timer = min(due, key=lambda one: one.due)
            self._timers.remove(timer)
            self._now = max(self._now, timer.due)
            timer.call()
        self._now = end

    @property
    def pending(self) -> int:
        """How many timers are still to fire."""
        return len(self._timers)


class _FakeTimer:
    def __init__(self, due: float, call: Callable[[], None], timers: list[_FakeTimer]) -> None:
        self.due = due
        self.call = call
        self._timers = timers

    def cancel(self) -> None:
        if self in self._timers:
            self._timers.remove(self)
