"""Wrong passwords are counted per account and per address; too many, and there is a wait that grows. Pure: time is handed in."""

from __future__ import annotations

from collections import OrderedDict

from attrs import define

WINDOW_SECONDS = 15 * 60.0
LONGEST_SECONDS = 4 * 3600.0
FORGET_SECONDS = 24 * 3600.0
"""After a day of peace the next wait is the shortest again."""

MOST_KEYS = 20_000
"""Accounts and addresses remembered; the oldest are forgotten first, so a flood of names costs no memory."""


@define
class _Count:
    """The failures of one key since `begun`, how often it had to wait, and until when it waits."""

    begun: float
    failures: int = 0
    waits: int = 0
    until: float = 0.0


class Throttle:
    """Allows `attempts` failures within 15 minutes for each key ("user:maryam"), then a wait of 15 minutes, 30, 60… up to four hours."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._counts: OrderedDict[str, _Count] = OrderedDict()

    def wait_seconds(self, key: str, now: float) -> float:
        """How long until `key` may try again; 0.0 when now."""
        count = self._counts.get(key)
        return max(count.until - now, 0.0) if count else 0.0

    def failed(self, key: str, now: float, times: int = 1) -> float:
        """A wrong password for `key`; gives until when it waits now, 0.0 when it may go on.

        `times`: the limit is so many times wider (addresses are shared).
        """
        count = self._counts.pop(key, None) or _Count(now)
        if now >= count.begun + WINDOW_SECONDS:
            count.begun, count.failures = now, 0
        if now >= count.until + FORGET_SECONDS:
            count.waits = 0
        count.failures += 1
        if locks := count.failures >= self._attempts * times:
            count.until = now + min(WINDOW_SECONDS * 2**count.waits, LONGEST_SECONDS)
            count.waits += 1
            count.failures = 0
        self._counts[key] = count
        while len(self._counts) > MOST_KEYS:
            self._counts.popitem(last=False)
        return count.until if locks else 0.0

    def succeeded(self, key: str) -> None:
        """The right password: what was wrong before is forgotten."""
        self._counts.pop(key, None)

    def beginning(self, start: str) -> list[str]:
        """The keys that begin so: "user:maryam@" for every address where maryam's tries are counted apart. Looks at all of them."""
        return [key for key in self._counts if key.startswith(start)]
