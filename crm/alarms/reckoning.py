"""When days ring: which days come near in a stretch of time, and what rings for one value. Pure.

A day without a time happens, and rings, when the office opens. A yearly day comes again every year after its first, by the Jalali or the
Gregorian calendar; the last day of a long month (30 Esfand, 29 February) is kept on the month's last day in years that do not have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from attrs import frozen

from config.persian.calendar import day_of, month_length, parts

DAY = 86_400.0
OLDEST_YEARS = 230
"""Years back in which a yearly day may have been first."""
LATE_DAYS = 30
"""A yearly day that was missed longer ago than this is not rung any more."""
AWAY_DAYS = 400
"""How long the product may have been switched off before days that passed meanwhile are overlooked."""


@frozen(kw_only=True)
class Watched:
    """A field that rings. `moment`: it has a time. `yearly`: "", "jalali" or "gregorian" (only for days)."""

    entity: str
    field: str
    ahead: tuple[int, ...] = (1, 0)
    yearly: str = ""
    moment: bool = False


@frozen(kw_only=True)
class Office:
    """Where and when days begin to ring."""

    zone: ZoneInfo
    opens: time = time(8)

    def day(self, at: float) -> date:
        """The date at the office."""
        return datetime.fromtimestamp(at, self.zone).date()

    def opening(self, day: date) -> float:
        """When the office opens that day."""
        return datetime.combine(day, self.opens, self.zone).timestamp()


@frozen(kw_only=True)
class Ring:
    """What rings: the day (ISO), when it happens, and how many days ahead it rings."""

    day: str
    at: float
    ahead: int


def days_near(watched: Watched, since: float, now: float, office: Office) -> list[date]:
    """The days that began to ring in (`since`, `now`], in order."""
    first, today = max(office.day(since), office.day(now) - timedelta(days=AWAY_DAYS)), office.day(now)
    found: set[date] = set()
    for ahead in watched.ahead:
        day = first
        while day <= today:
            if since < office.opening(day) <= now:
                found.add(day + timedelta(days=ahead))
            day += timedelta(days=1)
    late = today - timedelta(days=LATE_DAYS)
    return sorted(day for day in found if not watched.yearly or day >= late)


@lru_cache(maxsize=64)
def first_days(day: date, calendar: str) -> Sequence[str]:
    """The days (ISO) of earlier years whose anniversary by `calendar` is `day`."""
    year, month, number = parts(day, calendar)
    last = number == month_length(year, month, calendar)
    found = []
    for before in range(year - OLDEST_YEARS, year):
        length = month_length(before, month, calendar)
        numbers = range(number, length + 1) if last else (number,)
        found += [day_of(before, month, wanted, calendar).isoformat() for wanted in numbers if wanted <= length]
    return tuple(found)


def anniversaries(first: date, calendar: str, begin: date, end: date) -> Iterator[date]:
    """The anniversaries of `first` from `begin` to `end`, in order."""
    year, month, number = parts(first, calendar)
    for one in range(max(parts(begin, calendar)[0], year + 1), parts(end, calendar)[0] + 1):
        day = day_of(one, month, min(number, month_length(one, month, calendar)), calendar)
        if begin <= day <= end:
            yield day


def rung(value: str | float, watched: Watched, since: float, now: float, office: Office) -> Ring | None:
    """What began to ring in (`since`, `now`] for a value, the nearest to its day when several did."""
    return _last(ring for ring, at in _rings(value, watched, now, office) if since < at <= now)


def standing(value: str | float, watched: Watched, now: float, office: Office) -> Ring | None:
    """What should be ringing for a value that was just written down: of a day that is not over, the nearest that has begun."""
    today = office.day(now)
    begun = (ring for ring, at in _rings(value, watched, now, office) if at <= now)
    return _last(ring for ring in begun if (ring.at >= now if watched.moment else date.fromisoformat(ring.day) >= today))


def years(value: str | float, day: str, calendar: str) -> int:
    """How many years after the first one a yearly day is."""
    return int(parts(date.fromisoformat(day), calendar)[0] - parts(date.fromisoformat(str(value)), calendar)[0])


def happens_on(value: str | float, day: str, watched: Watched, office: Office) -> bool:
    """Whether a value still happens on the day that rang."""
    if watched.moment:
        return office.day(float(value)).isoformat() == day
    if not watched.yearly:
        return str(value) == day
    at = date.fromisoformat(day)
    return any(one == at for one in anniversaries(date.fromisoformat(str(value)), watched.yearly, at, at))


def _rings(value: str | float, watched: Watched, now: float, office: Office) -> Iterator[tuple[Ring, float]]:
    """Every ring that may have begun by now, with its beginning."""
    if watched.moment:
        at = float(value)
        for ahead in watched.ahead:
            yield Ring(day=office.day(at).isoformat(), at=at, ahead=ahead), at - ahead * DAY
        return
    day, today = date.fromisoformat(str(value)), office.day(now)
    near = today + timedelta(days=max(watched.ahead, default=0))
    days = anniversaries(day, watched.yearly, today - timedelta(days=LATE_DAYS), near) if watched.yearly else (day,)
    for one in days:
        for ahead in watched.ahead:
            yield Ring(day=one.isoformat(), at=office.opening(one), ahead=ahead), office.opening(one - timedelta(days=ahead))


def _last(rings: Iterator[Ring]) -> Ring | None:
    """The latest day, and of it the ring nearest to it."""
    return max(rings, key=lambda one: (one.day, -one.ahead), default=None)


def tomorrow_at_opening(now: float, office: Office, days: int = 1) -> float:
    """When the office opens `days` from today."""
    return office.opening(office.day(now) + timedelta(days=days))
