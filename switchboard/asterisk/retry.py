"""How long to wait before the next attempt to reach Asterisk."""

from __future__ import annotations

FIRST_SECONDS = 0.1
MOST_SECONDS = 2.0
"""Asterisk restarts in half a second; a longer pause would only keep callers waiting."""


def retry_seconds(failures: int, chance: float) -> float:
    """The pause after `failures` attempts that failed in a row (1, 2, …).

    Doubles up to `MOST_SECONDS`; `chance` (0…1, random) takes up to half of it away, so that several daemons do not
    come back in step.
    """
    pause: float = min(MOST_SECONDS, FIRST_SECONDS * 2 ** min(max(failures - 1, 0), 16))
    return pause * (1 - 0.5 * chance)
