"""When the next back-up is due. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo


def next_due(hours: Iterable[str], now: float, zone: tzinfo) -> float | None:
    """The first moment after `now` at which it is one of `hours` ("03:00") in `zone`; None without hours. UTC epoch seconds.

    An hour that a change of the clocks leaves out comes when the clock has gone on; one that comes twice counts once.
    """
    today = datetime.fromtimestamp(now, zone).date()
    times = [time.fromisoformat(one) for one in hours]
    moments = [datetime.combine(today + timedelta(days=days), one, zone).timestamp() for days in (0, 1, 2) for one in times]
    return min((moment for moment in moments if moment > now), default=None)
