"""Doing something again and again, one at a time, while the product runs."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable

from config.clock import Clock, Timer
from config.loops import Tasks


class Ticks:
    """Calls `tick` every `seconds`; while one is still busy, the next is left out."""

    def __init__(self, name: str, clock: Clock, seconds: float, tick: Callable[[], Awaitable[None]]) -> None:
        self._clock = clock
        self._seconds = seconds
        self._tick = tick
        self._timer: Timer | None = None
        self._tasks = Tasks(name)

    def start(self) -> None:
        """The first tick comes after `seconds`."""
        self._timer = self._clock.call_later(self._seconds, self._again)

    async def stop(self) -> None:
        """No more ticks; the one that runs ends."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.stop()

    async def settled(self, seconds: float) -> None:
        """Wait, for a while, until a tick that runs has ended."""
        await self._tasks.settled(seconds)

    def _again(self) -> None:
        self.start()
        if not len(self._tasks):
            self._tasks.start(self._once(), "tick")

    async def _once(self) -> None:
        await self._tick()


class Follower(ABC):
    """A journal that follows a database, tick by tick."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._ticks = Ticks("journal of the database", clock, seconds, self.tick)
        self._alone = asyncio.Lock()
        self.moment = 0.0
        """The last moment that can be restored, UTC epoch seconds; 0: none yet."""

        self.trouble: str = ""
        """Why nothing could be kept at the last tick, in English; empty when all is well."""

    async def start(self) -> None:
        """Go on with a stream, or begin one, and follow."""
        await self.tick()
        self._ticks.start()

    async def settled(self, seconds: float) -> None:
        """Wait, for a while, until a tick that runs has ended."""
        await self._ticks.settled(seconds)

    @abstractmethod
    async def tick(self) -> None:
        """Put what was committed since the last tick into the vault."""

    @abstractmethod
    async def stop(self) -> None:
        """Put what is left into the vault, and follow no more."""
