"""Which back-ups stay: the newest, and the last one of each of so many days, weeks and months (grandfather, father, son). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, tzinfo

from attrs import frozen

Period = Callable[[date], tuple[int, ...]]

PERIODS: Mapping[str, Period] = {
    "daily": lambda day: (day.toordinal(),),
    "weekly": lambda day: day.isocalendar()[:2],
    "monthly": lambda day: (day.year, day.month),
}


@frozen
class Rule:
    """How many days, weeks and months keep their last back-up; `recent_days`: all back-ups younger than this stay."""

    daily: int = 7
    weekly: int = 4
    monthly: int = 12
    recent_days: float = 1.0


def staying(moments: Iterable[float], rule: Rule, zone: tzinfo, now: float) -> set[float]:
    """Those of `moments` (UTC epoch seconds) that stay. The newest always does; empty days, weeks and months use up nothing."""
    newest_first = sorted(moments, reverse=True)
    kept = set(newest_first[:1]) | {moment for moment in newest_first if now - moment < rule.recent_days * 86_400}
    for name, period in PERIODS.items():
        seen: set[tuple[int, ...]] = set()
        for moment in newest_first:
            of_moment = period(datetime.fromtimestamp(moment, zone).date())
            if of_moment not in seen and len(seen) < getattr(rule, name):
                seen.add(of_moment)
                kept.add(moment)
    return kept
