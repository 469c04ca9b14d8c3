"""Where reads happen: a few threads, and a limit to how many may wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from config.database_errors import DatabaseBusy

T = TypeVar("T")

MOST_WAITING = 2_000


class ReadRoom:
    """Runs `job` in one of `threads` threads. Used on the loop's thread."""

    def __init__(self, threads: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="database reader")
        self._inside = 0
        self._closed = False

    async def run(self, job: Callable[[], T]) -> T:
        """What `job` returns or raises; `DatabaseBusy` when too many wait, or after closing."""
        if self._inside >= MOST_WAITING or self._closed:
            raise DatabaseBusy
        self._inside += 1
        try:
            return await self._loop.run_in_executor(self._threads, job)
        finally:
            self._inside -= 1

    async def close(self) -> None:
        """Let what has begun finish; take nothing new."""
        self._closed = True
        await asyncio.to_thread(self._threads.shutdown)
