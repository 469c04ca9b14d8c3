"""Moments that people type into forms, in the office's time zone. Pure."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from config.errors import Refusal
from config.persian.dates import read_moment
from config.translations import _

USUAL = time(9)
"""The time of day of a moment that was given as a day only."""

LONGEST = 100
MOST_WORDS = 12


class MomentUnreadable(Refusal):
    """Not a date and time."""

    code = "moment_unreadable"
    status = 422
    sentence = _("“{text}” was not understood. Expected a date and time such as 1404/02/15 16:30, “tomorrow 10” or “in 3 days”.")


def promised(typed: str, now: datetime, language: str) -> datetime | None:
    """The moment at the beginning of a promise («فردا ۱۰ تماس بگیر»); a time alone is the next one to come. None for none."""
    words = typed.split()[:MOST_WORDS]
    for count in range(len(words), 0, -1):
        if found := read_moment(" ".join(words[:count]), now, language, usual=USUAL, ahead=True):
            return found
    return None


def later(typed: str, now: float, timezone: str, language: str, *, field: str = "later") -> float:
    """The moment of a promise that was typed into a form, UTC epoch seconds; 0.0 for none. Raises `MomentUnreadable`."""
    if not typed.strip():
        return 0.0
    found = promised(typed, datetime.fromtimestamp(now, ZoneInfo(timezone)), language)
    if found is None:
        raise MomentUnreadable(field=field, text=typed[:LONGEST])
    return found.timestamp()
