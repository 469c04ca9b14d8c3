"""A moment as a person types it: ISO 8601, the Jalali calendar or words such as "دیروز ۱۴:۳۰", in the installation's time zone unless it says otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from config.errors import Refusal
from config.persian.reading_times import read_moment
from config.translations import _


class MomentUnclear(Refusal):
    """Not a date and time."""

    code = "moment_unclear"
    field = "at"
    sentence = _("“{text}” is not a moment. Expected such as “2026-11-21 14:05”, “1405-08-30 14:05” or “2026-11-21T10:35:00Z”.")


def moment(text: str, timezone: str, now: float) -> float:
    """UTC epoch seconds; raises `MomentUnclear`."""
    try:
        read = datetime.fromisoformat(text.strip())
    except ValueError:
        read = None
    zone = ZoneInfo(timezone)
    if read is None or read.year < 1700:
        read = read_moment(text, datetime.fromtimestamp(now, zone), ahead=False)
    if read is None:
        raise MomentUnclear(text=text)
    return (read if read.tzinfo else read.replace(tzinfo=zone)).timestamp()


def shown(at: float, timezone: str) -> str:
    """A moment for the terminal: "2026-11-21 14:05:00 Asia/Tehran"."""
    return f"{datetime.fromtimestamp(at, UTC).astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M:%S} {timezone}"
