"""Outlasting a break of the link to the telephone system: callers in a flow are led on where they were, once it stands again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from config.clock import Clock
from switchboard.bus import Bus
from switchboard.events import PhoneSystemFound
from switchboard.futures import resolve
from switchboard.telephony import PhoneSystemAway

T = TypeVar("T")

RETRY_SECONDS = 2.0
"""An order may also be refused while the link stands, when too many wait for an answer: it is tried again after so long."""


class Outages:
    """Those who wait for the link to stand again."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._clock = clock
        self._waiting: set[asyncio.Future[None]] = set()
        bus.listen(PhoneSystemFound, self._found)

    async def outlast(self, act: Callable[[], Awaitable[T]]) -> T:
        """Do `act`, again from its beginning after every `PhoneSystemAway`, until it comes to an end."""
        while True:
            try:
                return await act()
            except PhoneSystemAway:
                await self._back()

    async def _back(self) -> None:
        back: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.add(back)
        timer = self._clock.call_later(RETRY_SECONDS, lambda: resolve(back, None))
        try:
            await back
        finally:
            timer.cancel()
            self._waiting.discard(back)

    def _found(self, _event: PhoneSystemFound) -> None:
        for back in self._waiting:
            resolve(back, None)
