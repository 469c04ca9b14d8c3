"""The keys a caller has typed and nobody has asked for yet: kept in order, bounded, deaf to garbage."""

from __future__ import annotations

import asyncio
from collections import deque

from config.clock import Clock
from switchboard.futures import fail, resolve
from switchboard.telephony import LineGone, PhoneSystemAway

KEYS = frozenset("0123456789*#ABCD")
"""RFC 4733 events 0–15."""

MOST = 32
"""Keys kept; a caller who leans on the keypad loses the oldest ones."""


def key_of(said: object) -> str:
    """The key that a message from the network names, or "" when it names none."""
    return said.upper() if isinstance(said, str) and said.upper() in KEYS else ""


class TypedAhead:
    """The waiting keys of one line; one asker at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._keys: deque[str] = deque(maxlen=MOST)
        self._asker: asyncio.Future[str | None] | None = None
        self._gone = False

    def __bool__(self) -> bool:
        return bool(self._keys)

    def typed(self, key: str) -> None:
        """A key was pressed: for whoever asks now, else kept."""
        if self._asker and not self._asker.done():
            self._asker.set_result(key)
        else:
            self._keys.append(key)

    def forget(self) -> None:
        """Drop what was typed ahead."""
        self._keys.clear()

    def line_gone(self) -> None:
        """No key will ever come: whoever asks gets `LineGone`."""
        self._gone = True
        fail(self._asker, LineGone)

    def away(self) -> None:
        """The keys cannot reach us: whoever asks now gets `PhoneSystemAway`."""
        fail(self._asker, PhoneSystemAway)

    async def next(self, seconds: float) -> str | None:
        """The next key, kept or pressed within `seconds`; None when none came. Raises `LineGone`, `PhoneSystemAway`."""
        if self._gone:
            raise LineGone
        if self._keys:
            return self._keys.popleft()
        asker: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        self._asker = asker
        timer = self._clock.call_later(seconds, lambda: resolve(asker, None))
        try:
            return await asker
        finally:
            timer.cancel()
            self._asker = None
