"""When days ring, for one value and for a stretch of time."""

from __future__ import annotations

import itertools
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from config.persian.calendar import from_jalali, to_jalali, year_bounds
from crm.alarms.reckoning import DAY, Office, Watched, anniversaries, days_near, first_days, happens_on, rung, standing, years

TEHRAN = Office(zone=ZoneInfo("Asia/Tehran"))
BIRTHDAY = Watched(entity="party", field="birth", ahead=(7, 1, 0), yearly="jalali")
END = Watched(entity="party", field="ends", ahead=(7, 1))
DAYS = st.dates(date(1900, 1, 1), date(2100, 1, 1))


def at(day: date, hour: int = 8, minute: int = 0) -> float:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=TEHRAN.zone).timestamp()


def test_a_birthday_rings_a_week_and_a_day_before_and_on_the_day_when_the_office_opens():
    """Born on 3 Ordibehesht: at eight in Tehran, seven days before, one day before, and on that day, every year."""
    born, day = from_jalali(1365, 2, 3).isoformat(), from_jalali(1405, 2, 3)
    opening = at(day)
    for ahead in (7, 1, 0):
        moment = opening - ahead * DAY
        ring = rung(born, BIRTHDAY, moment - 60, moment, TEHRAN)
        assert ring is not None
        assert (ring.day, ring.ahead, ring.at) == (day.isoformat(), ahead, opening)
        assert rung(born, BIRTHDAY, moment, moment + 60, TEHRAN) is None  # and not again
    assert years(born, day.isoformat(), "jalali") == 40


def test_what_passed_while_nobody_looked_rings_once_and_the_nearest_counts():
    """The product was off for a fortnight: a contract that ended meanwhile rings as overdue, once, for its last day."""
    day = date(2026, 3, 10)
    ring = rung(day.isoformat(), END, at(date(2026, 3, 1)), at(date(2026, 3, 15)), TEHRAN)
    assert ring is not None
    assert ring.ahead == 1
    assert ring.day == "2026-03-10"


def test_what_is_written_down_late_rings_at_once_but_not_what_is_over():
    """A contract that ends in three days is typed in today: its week has begun, so it rings; one that ended last month does not."""
    now = at(date(2026, 3, 7), 12)
    ring = standing("2026-03-10", END, now, TEHRAN)
    assert ring is not None
    assert ring.ahead == 7
    assert standing("2026-02-01", END, now, TEHRAN) is None
    assert standing("2026-03-20", END, now, TEHRAN) is None


def test_a_moment_rings_to_the_minute():
    """An appointment at 16:30 rings a day before at 16:30, and at 16:30 itself."""
    meeting = Watched(entity="toy", field="seen_at", ahead=(1, 0), moment=True)
    value = datetime(2026, 3, 10, 13, 0, tzinfo=UTC).timestamp()
    assert rung(value, meeting, value - DAY - 1, value - DAY, TEHRAN).ahead == 1
    assert rung(value, meeting, value - 1, value, TEHRAN).ahead == 0
    assert rung(value, meeting, value - DAY + 1, value - 1, TEHRAN) is None
    assert standing(value, meeting, value + 1, TEHRAN) is None


def test_who_was_born_on_the_leap_day_is_not_forgotten():
    """30 Esfand and 29 February are kept on the last day of the month in common years, and nobody is rung on two days."""
    born = from_jalali(1403, 12, 30)
    (kept,) = anniversaries(born, "jalali", from_jalali(1404, 1, 1), from_jalali(1404, 12, 29))
    assert to_jalali(kept) == (1404, 12, 29)
    assert born.isoformat() in first_days(from_jalali(1404, 12, 29), "jalali")
    (kept,) = anniversaries(date(2024, 2, 29), "gregorian", date(2026, 1, 1), date(2026, 12, 31))
    assert kept == date(2026, 2, 28)


@given(DAYS, st.sampled_from(["jalali", "gregorian"]), st.integers(1, 60))
def test_the_days_looked_up_are_those_that_have_this_anniversary(first, calendar, after):
    """Asking "whose anniversary is today" of the database and asking each record gives the same."""
    target = parts_year(first, calendar) + after
    (day,) = anniversaries(first, calendar, *year_bounds(target, calendar))
    assert first.isoformat() in first_days(day, calendar)
    assert happens_on(first.isoformat(), day.isoformat(), Watched(entity="t", field="f", yearly=calendar), TEHRAN)


@given(DAYS, st.lists(st.integers(0, 40), min_size=1, max_size=12))
def test_however_often_the_clock_looks_every_ring_comes_once(day, gaps):
    """Looking every hour or once a month: each day is found, and none twice."""
    begin = at(day, 3)
    steps = [begin]
    for gap in gaps:
        steps.append(steps[-1] + gap * 7 * 3600)
    found = [one for since, now in itertools.pairwise(steps) for one in days_near(END, since, now, TEHRAN)]
    whole = days_near(END, steps[0], steps[-1], TEHRAN)
    assert sorted(set(found)) == whole


def parts_year(day: date, calendar: str) -> int:
    return to_jalali(day).year if calendar == "jalali" else day.year
