"""The Jalali calendar beside the Gregorian one."""

from __future__ import annotations

import datetime as dt
import json
import shutil
import subprocess
from itertools import pairwise

import pytest
from hypothesis import given, strategies as st
from persiantools.jdatetime import JalaliDate

from config.persian.calendar import (
    GREGORIAN,
    JALALI,
    add_months,
    from_jalali,
    month_bounds,
    month_length,
    months_between,
    season_bounds,
    to_jalali,
    week_start,
    weekday,
    year_bounds,
)

DAYS = st.dates(dt.date(622, 3, 22), dt.date(9997, 1, 1))
INTL = """
const format = new Intl.DateTimeFormat("en-u-ca-persian", {timeZone: "UTC", year: "numeric", month: "numeric", day: "numeric"});
const found = [];
for (let day = Date.UTC(1925, 2, 22); day < Date.UTC(2100, 0, 1); day += 86400000) {
  const part = Object.fromEntries(format.formatToParts(day).map(({type, value}) => [type, Number(value)]));
  found.push([part.year, part.month, part.day]);
}
console.log(JSON.stringify(found));
"""


@given(DAYS)
def test_every_day_has_one_name(day: dt.date) -> None:
    """Into Jalali and back is the same day, and persiantools agrees."""
    jalali = to_jalali(day)
    assert from_jalali(*jalali) == day
    other = JalaliDate(day)
    assert jalali == (other.year, other.month, other.day)


def test_browsers_reckon_the_same() -> None:
    """Every day from 1925 to 2100 has the name that Unicode ICU, inside every browser, gives it."""
    node = shutil.which("node")
    assert node, "the tests need node, as the browser bundle does"
    names = json.loads(subprocess.run([node, "-e", INTL], check=True, capture_output=True, timeout=120).stdout)
    first = dt.date(1925, 3, 22).toordinal()
    assert [list(to_jalali(dt.date.fromordinal(first + step))) for step in range(len(names))] == names


@pytest.mark.parametrize(("year", "leap"), [(1399, True), (1403, True), (1404, False), (1408, True)])
def test_leap_years(year: int, leap: bool) -> None:
    """Esfand has 30 days in a leap year."""
    assert month_length(year, 12) == (30 if leap else 29)


@pytest.mark.parametrize("wrong", [(1404, 12, 30), (1404, 13, 1), (1404, 0, 1), (1404, 7, 31), (0, 1, 1), (9377, 1, 1), (1404, 1, 0)])
def test_days_that_do_not_exist_are_refused(wrong: tuple[int, int, int]) -> None:
    """30 Esfand of a common year is no day."""
    with pytest.raises(ValueError, match="no such"):
        from_jalali(*wrong)


@pytest.mark.parametrize("day", [dt.date.min, dt.date(622, 3, 21), dt.date.max])
def test_days_beyond_the_calendar_are_refused(day: dt.date) -> None:
    """The Jalali calendar begins in 622."""
    with pytest.raises(ValueError, match="no such year"):
        to_jalali(day)


@given(DAYS, st.sampled_from([JALALI, GREGORIAN]))
def test_months_follow_one_another_without_a_gap(day: dt.date, calendar: str) -> None:
    """Rows for grouping by month cover every day once."""
    rows = list(months_between(day, day + dt.timedelta(400), calendar))
    for (_year, _month, _first, last), (_next_year, _next, first, _last) in pairwise(rows):
        assert first == last + dt.timedelta(1)
    assert rows[0][2] <= day
    assert rows[-1][3] >= day + dt.timedelta(400)


def test_bounds() -> None:
    """First and last days of months, seasons and years."""
    assert month_bounds(1403, 12) == (dt.date(2025, 2, 19), dt.date(2025, 3, 20))
    assert month_bounds(2024, 2, GREGORIAN) == (dt.date(2024, 2, 1), dt.date(2024, 2, 29))
    assert month_bounds(9999, 12, GREGORIAN)[1] == dt.date.max
    assert season_bounds(1404, 1) == (dt.date(2025, 3, 21), dt.date(2025, 6, 21))
    assert year_bounds(1403) == (dt.date(2024, 3, 20), dt.date(2025, 3, 20))


def test_months_are_added_as_people_count() -> None:
    """A month after 31 Shahrivar is the last of Mehr."""
    assert to_jalali(add_months(from_jalali(1404, 6, 31), 1)) == (1404, 7, 30)
    assert to_jalali(add_months(from_jalali(1403, 12, 30), 12)) == (1404, 12, 29)
    assert to_jalali(add_months(from_jalali(1404, 1, 15), -1)) == (1403, 12, 15)


@given(DAYS)
def test_weeks_begin_on_saturday(day: dt.date) -> None:
    """The week of Iran's offices."""
    start = week_start(day)
    assert start.strftime("%A") == "Saturday"
    assert 0 <= (day - start).days == weekday(day) <= 6
