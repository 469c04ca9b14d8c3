"""Who looks at a console, and which offers are on their screens: a phone rings when the pop can be seen, not before.

A console says `seen` when it has painted the card. One that does not (asleep, slow, gone) delays the ring by at most
`POP_SECONDS`, which nobody hears.
"""

from __future__ import annotations

import asyncio

from switchboard.futures import resolve

POP_SECONDS = 0.15


class Pops:
    """Waits for pops to be seen."""

    def __init__(self) -> None:
        self._watching: set[str] = set()
        self._waiting: dict[tuple[str, str], asyncio.Future[None]] = {}

    def watch(self, agent: str, *, on: bool) -> None:
        """The agent has a console open, or not any more."""
        (self._watching.add if on else self._watching.discard)(agent)

    def seen(self, agent: str, call: str) -> None:
        """The card of `call` stands on the agent's screen."""
        if waiting := self._waiting.get((agent, call)):
            resolve(waiting, None)

    async def shown(self, agent: str, call: str) -> None:
        """Wait until the card is on the screen; not at all for somebody without a console."""
        if agent not in self._watching:
            return
        key = (agent, call)
        waiting = self._waiting[key] = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait([waiting], timeout=POP_SECONDS)
        finally:
            if self._waiting.get(key) is waiting:
                del self._waiting[key]
