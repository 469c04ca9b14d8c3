"""Moments that a form offers by name: tomorrow at ten, in three days… in the office's time zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from config.translations import _

LATER = {
    "": _("No follow-up"),
    "today": _("Today, in two hours"),
    "1": _("Tomorrow"),
    "3": _("In 3 days"),
    "7": _("In a week"),
    "30": _("In a month"),
}
"""What is chosen → its words."""

HOUR = 10


def later(choice: str, now: float, timezone: str) -> float:
    """The moment behind a choice of `LATER`, UTC epoch seconds; 0.0 for none (or for what is not on the list)."""
    if choice == "today":
        return now + 2 * 3600
    if not choice or choice not in LATER:
        return 0.0
    local = datetime.fromtimestamp(now, UTC).astimezone(ZoneInfo(timezone)) + timedelta(days=int(choice))
    return local.replace(hour=HOUR, minute=0, second=0, microsecond=0).timestamp()
