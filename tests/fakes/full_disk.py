"""A disk that is full for a while: everything that a database is to write is refused, and counted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from config.database import Database
from config.database_errors import DatabaseFull
from tests.fakes.phones import settle
from tests.fakes.waiting import until

MOST_SECONDS = 600


class FullDisk:
    """Stands in a database's way while `full`. `refused` is how often something was to be written meanwhile."""

    def __init__(self, monkeypatch: Any, *, full: bool = True) -> None:
        self.full, self.refused = full, 0
        write = Database.write

        async def written(database: Database, *given: Any, **more: Any) -> Any:
            if self.full:
                self.refused += 1
                raise DatabaseFull
            return await write(database, *given, **more)

        monkeypatch.setattr(Database, "write", written)

    async def until_refused(self, times: int = 1) -> None:
        """Wait until something was to be written so often."""
        await until(lambda: self.refused >= times, lambda: f"nothing was to be written; there are {asyncio.all_tasks()}")

    async def freed(self, clock: Any, over: Callable[[], Any]) -> None:
        """There is room again; wind the clock until `over` gives something true."""
        self.full = False
        for _second in range(MOST_SECONDS):
            if await over():
                return
            clock.advance(1.0)
            await settle(5)
        raise AssertionError("it does not go on")
