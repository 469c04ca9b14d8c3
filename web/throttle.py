"""Wrong passwords are counted per account and per address; too many, and there is a wait. Pure: time is handed in."""

from __future__ import annotations

from collections import OrderedDict, deque

WINDOW_SECONDS = 15 * 60.0
MOST_KEYS = 20_000
"""Accounts and addresses remembered; the oldest are forgotten first, so a flood of names costs no memory."""


class Throttle:
    """Allows `attempts` failures within 15 minutes for each key ("user:maryam", "address:192.0.2.7")."""

    def __init__(self, attempts: int) -> None:
        self._attempts = attempts
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_seconds(self, key: str, now: float, times: int = 1) -> float:
        """How long until `key` may try again; 0.0 when now. `times`: the limit is so many times wider (addresses are shared)."""
        failures = self._failures.get(key)
        if failures is None:
            return 0.0
        while failures and failures[0] <= now - WINDOW_SECONDS:
            failures.popleft()
        limit = self._attempts * times
        return failures[-limit] + WINDOW_SECONDS - now if len(failures) >= limit else 0.0

    def failed(self, key: str, now: float, times: int = 1) -> None:
        """A wrong password for `key`."""
        failures = self._failures.pop(key, None)
        if failures is None or failures.maxlen != self._attempts * times:
            failures = deque(failures or (), maxlen=self._attempts * times)
        failures.append(now)
        self._failures[key] = failures
        while len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """The right password: what was wrong before is forgotten."""
        self._failures.pop(key, None)
