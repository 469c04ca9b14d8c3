"""The Jalali (solar Hijri) calendar beside the Gregorian one: days, months, seasons, weeks that begin on Saturday. Pure.

Days are `datetime.date` everywhere (stored, compared, counted); a Jalali date is only another name of a day. The first day of
every year comes from persiantools (agrees with Unicode ICU, which browsers use, for 1925–2100); the rest is counting.
"""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from persiantools.jdatetime import JalaliDate

JALALI = "jalali"
GREGORIAN = "gregorian"

MONTHS = (
    "فروردین", "اردیبهشت", "خرداد", "تیر", "مرداد", "شهریور", "مهر", "آبان", "آذر", "دی", "بهمن", "اسفند",
)  # fmt: skip
MONTHS_LATIN = (
    "Farvardin", "Ordibehesht", "Khordad", "Tir", "Mordad", "Shahrivar", "Mehr", "Aban", "Azar", "Dey", "Bahman", "Esfand",
)  # fmt: skip
GREGORIAN_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December",
)  # fmt: skip
GREGORIAN_MONTHS_PERSIAN = (
    "ژانویه", "فوریه", "مارس", "آوریل", "مه", "ژوئن", "ژوئیه", "اوت", "سپتامبر", "اکتبر", "نوامبر", "دسامبر",
)  # fmt: skip
WEEKDAYS = ("شنبه", "یک‌شنبه", "دوشنبه", "سه‌شنبه", "چهارشنبه", "پنج‌شنبه", "جمعه")
WEEKDAYS_ENGLISH = ("Saturday", "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
SEASONS = ("بهار", "تابستان", "پاییز", "زمستان")

FIRST_YEAR, LAST_YEAR = 1, 9376
"""Jalali years that can be reckoned: 622 to 9997."""

_HALF = 6 * 31
"""Days of the six long months."""


class Jalali(NamedTuple):
    """A day's name in the Jalali calendar; month and day from 1."""

    year: int
    month: int
    day: int


def to_jalali(day: dt.date) -> Jalali:
    """The Jalali name of `day`. ValueError before 622-03-22 and after Jalali year 9376."""
    ordinal = day.toordinal()
    year = day.year - 621
    if year > LAST_YEAR + 1 or ordinal < _new_year(year):
        year -= 1
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"no such year: {year}")
    gone = ordinal - _new_year(year)
    if gone < _HALF:
        return Jalali(year, gone // 31 + 1, gone % 31 + 1)
    gone -= _HALF
    return Jalali(year, 7 + gone // 30, gone % 30 + 1)


def from_jalali(year: int, month: int, day: int) -> dt.date:
    """The day of a Jalali date. ValueError when there is none (1404/12/30)."""
    if not 1 <= day <= month_length(year, month):
        raise ValueError(f"no such day: {year}/{month}/{day}")
    return dt.date.fromordinal(_new_year(year) + _gone_before(month) + day - 1)


def month_length(year: int, month: int, calendar: str = JALALI) -> int:
    """Days of a month, 28 to 31. ValueError for a month or year that does not exist."""
    first, last = month_bounds(year, month, calendar)
    return (last - first).days + 1


def month_bounds(year: int, month: int, calendar: str = JALALI) -> tuple[dt.date, dt.date]:
    """First and last day of a month. ValueError for a month or year that does not exist."""
    if not 1 <= month <= 12 or (calendar == JALALI and year > LAST_YEAR):
        raise ValueError(f"no such month: {year}/{month}")
    if calendar == GREGORIAN:
        return dt.date(year, month, 1), dt.date(year, month, monthrange(year, month)[1])
    first = _new_year(year) + _gone_before(month)
    last = _new_year(year) + _gone_before(month + 1) - 1 if month < 12 else _new_year(year + 1) - 1
    return dt.date.fromordinal(first), dt.date.fromordinal(last)


def year_bounds(year: int, calendar: str = JALALI) -> tuple[dt.date, dt.date]:
    """First and last day of a year."""
    return month_bounds(year, 1, calendar)[0], month_bounds(year, 12, calendar)[1]


def season_bounds(year: int, season: int, calendar: str = JALALI) -> tuple[dt.date, dt.date]:
    """First and last day of a quarter, 1 to 4; the quarters of the Jalali year are its seasons."""
    return month_bounds(year, season * 3 - 2, calendar)[0], month_bounds(year, season * 3, calendar)[1]


def months_between(first: dt.date, last: dt.date, calendar: str = JALALI) -> Iterator[tuple[int, int, dt.date, dt.date]]:
    """(year, month, first day, last day) of every month that has a day from `first` to `last`: the rows to join with when grouping by month."""
    year, month = parts(first, calendar)[:2]
    while True:
        begin, end = month_bounds(year, month, calendar)
        if begin > last:
            return
        yield year, month, begin, end
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


def parts(day: dt.date, calendar: str = JALALI) -> Jalali:
    """Year, month and day in either calendar."""
    return to_jalali(day) if calendar == JALALI else Jalali(day.year, day.month, day.day)


def day_of(year: int, month: int, day: int, calendar: str = JALALI) -> dt.date:
    """The day with this name in either calendar. ValueError when there is none."""
    return from_jalali(year, month, day) if calendar == JALALI else dt.date(year, month, day)


def add_months(day: dt.date, months: int, calendar: str = JALALI) -> dt.date:
    """The same day `months` later (or earlier), or the last of that month when it is shorter. ValueError beyond the calendar."""
    year, month, number = parts(day, calendar)
    years, month = divmod(year * 12 + month - 1 + months, 12)
    return day_of(years, month + 1, min(number, month_length(years, month + 1, calendar)), calendar)


def weekday(day: dt.date) -> int:
    """0 = Saturday … 6 = Friday."""
    return (day.weekday() + 2) % 7


def week_start(day: dt.date) -> dt.date:
    """The Saturday on or before `day`."""
    return day - dt.timedelta(weekday(day))


def _gone_before(month: int) -> int:
    """Days of the year before a month."""
    return (month - 1) * 31 if month <= 7 else _HALF + (month - 7) * 30


@cache
def _new_year(year: int) -> int:
    """The proleptic Gregorian ordinal of 1 Farvardin."""
    if not FIRST_YEAR <= year <= LAST_YEAR + 1:
        raise ValueError(f"no such year: {year}")
    first: dt.date = JalaliDate(year, 1, 1).to_gregorian()  # type: ignore[no-untyped-call]  # persiantools annotates only a part
    return first.toordinal()
