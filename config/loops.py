"""The one crossing between asyncio and Twisted.

Every coroutine of the product is an asyncio task. A future made on another loop than the reactor's hangs in
silence, so the reactor's loop is made here, once, and handed to whoever needs it.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

from twisted.internet import asyncioreactor
from twisted.internet.defer import Deferred

T = TypeVar("T")

log = logging.getLogger(__name__)

TURN_SECONDS = 0.0003
"""How long a thread that computes may keep the interpreter while another waits for it (Python's own is 0.005). Measured with an import, two readers and the loop: a
wake-up of the loop came up to 39 ms late with 0.005, 25 ms with 0.001, 11 ms with 0.0003, at the same rows per second (python -m tests.load exchange)."""

LOOP: asyncio.AbstractEventLoop = asyncio.new_event_loop()


def install_reactor() -> asyncio.AbstractEventLoop:
    """Make Twisted's reactor run on `LOOP`; harmless when done before. Returns the loop."""
    if "twisted.internet.reactor" not in sys.modules:
        asyncio.set_event_loop(LOOP)
        asyncioreactor.install(LOOP)  # type: ignore[no-untyped-call]  # untyped in Twisted
        sys.setswitchinterval(TURN_SECONDS)
    return LOOP


def deferred(work: Coroutine[Any, Any, T]) -> Deferred[T]:
    """Run `work` as a task and show it to Twisted as a Deferred."""
    return Deferred.fromFuture(asyncio.ensure_future(work, loop=LOOP))


def awaitable(waiting: Deferred[T]) -> Awaitable[T]:
    """Show Twisted's Deferred to a coroutine."""
    return waiting.asFuture(LOOP)


class Tasks:
    """Running coroutines of one owner: kept, their errors logged, all cancelled at the end."""

    def __init__(self, owner: str) -> None:
        self._owner = owner
        self._running: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, T], name: str = "") -> asyncio.Task[T]:
        """Run `work` as a task of this owner."""
        task = LOOP.create_task(work, name=name or self._owner)
        self._running.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("%s: %s failed", self._owner, task.get_name(), exc_info=error)

    async def stop(self) -> None:
        """Cancel what still runs and wait until it has ended."""
        running = [task for task in self._running if task is not asyncio.current_task()]
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)

    async def settled(self, seconds: float = 5.0) -> None:
        """Wait, for a while, until what runs now has ended; nothing is cancelled."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=seconds)

    async def drain(self, seconds: float = 5.0) -> None:
        """Let what runs finish, for a while; cancel the rest."""
        await self.settled(seconds)
        await self.stop()

    def __len__(self) -> int:
        return len(self._running)
