"""Orders to the telephone system: given at once, carried out one after the other per call or leg, never waited for.

The order of orders about one thing is kept (a phone is not dropped before it was rung); different things do not
wait for each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from config.loops import Tasks

Order = Callable[[], Awaitable[None]]


class Orders:
    """The orders under way, by the call or leg they are about."""

    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._last: dict[str, asyncio.Task[None]] = {}

    def give(self, about: str, order: Order, name: str) -> None:
        """Carry out `order` after all earlier ones about the same thing."""
        task = self._tasks.start(self._in_turn(self._last.get(about), order), name=name)
        self._last[about] = task
        task.add_done_callback(lambda done: self._forget(about, done))

    def _forget(self, about: str, done: asyncio.Task[None]) -> None:
        if self._last.get(about) is done:
            del self._last[about]

    @staticmethod
    async def _in_turn(before: asyncio.Task[None] | None, order: Order) -> None:
        if before is not None:
            await asyncio.wait({before})
        await order()
