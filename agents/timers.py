"""The floor's timers on a clock: one per key, a new one replaces the old."""

from __future__ import annotations

from collections.abc import Callable

from agents.actions import TimerKey
from config.clock import Clock, Timer


class Timers:
    """Gives each key back to `fired` when its moment has come."""

    def __init__(self, clock: Clock, fired: Callable[[TimerKey], None]) -> None:
        self._clock = clock
        self._fired = fired
        self._timers: dict[TimerKey, Timer] = {}

    def __len__(self) -> int:
        return len(self._timers)

    def set(self, key: TimerKey, at: float) -> None:
        """Fire `key` at `at` (UTC epoch seconds), or as soon as possible when that is past."""
        self.cancel(key)
        self._timers[key] = self._clock.call_later(max(0.0, at - self._clock.now()), lambda: self._fire(key))

    def cancel(self, key: TimerKey) -> None:
        """Forget the timer; harmless when there is none."""
        if timer := self._timers.pop(key, None):
            timer.cancel()

    def stop(self) -> None:
        """Forget all timers."""
        for key in tuple(self._timers):
            self.cancel(key)

    def _fire(self, key: TimerKey) -> None:
        del self._timers[key]
        self._fired(key)
