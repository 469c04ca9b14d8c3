"""A day as people type it: in numbers, with the month's name, or relative to today. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from config.persian.calendar import (
    GREGORIAN,
    JALALI,
    add_months,
    day_of,
    month_bounds,
    parts,
    season_bounds,
    week_start,
    weekday,
    year_bounds,
)
from config.persian.date_words import canonical

DAYS = {"day": 1, "d": 1, "week": 7, "w": 7}
MONTHS = {"month": 1, "m": 1, "season": 3, "year": 12, "y": 12}
TURNS = {"next": 1, "last": -1, "this": 0}
NEAR = 10
"""Years around today in which a year of two digits that comes first is believed when it could be a day as well."""

_MIDNIGHT = re.compile(r"(?<=\d)[T ]00:00(?::00(?:\.0+)?)?Z?\s*$")
"""What spreadsheets and databases write behind a day."""

Today = tuple[dt.date, str]
"""Today, and the calendar that months without a name belong to."""


@lru_cache(maxsize=4096)
def read_date(text: str, today: dt.date, language: str = "fa") -> dt.date | None:
    """The day that `text` means; None when it means none, or could mean several.

    «1404/2/3», «۱۴۰۴-۰۲-۰۳», «۳ اردیبهشت ۱۴۰۴», "2025-05-01" (Gregorian by its year), "1 May 2025", «فردا», «۳ روز دیگر», «هفته پیش»,
    «شنبه آینده», «اول ماه بعد», "tomorrow", "in 3 days", "next monday", "+3". Without a year: this year's.
    """
    return day_in(canonical(_MIDNIGHT.sub("", text)), today, language)


def day_in(line: str, today: dt.date, language: str) -> dt.date | None:
    """The day that a line in canonical form (`date_words.canonical`) means."""
    calendar = JALALI if language == "fa" else GREGORIAN
    for grammar, meaning in _GRAMMAR:
        if found := grammar.fullmatch(line):
            try:
                day = meaning(found, (today, calendar))
            except (ValueError, OverflowError):
                continue
            if day is not None:
                return day
    return None


def century(year: int, calendar: str, today: dt.date) -> int:
    """A year as typed, in full: of two digits the one within 80 years back and 20 ahead."""
    if year >= 100:
        return year
    this = parts(today, calendar).year
    full = this - this % 100 + year
    return full - 100 if full > this + 20 else full + 100 if full <= this - 80 else full


def _near_day(found: re.Match[str], today: Today) -> dt.date:
    return today[0] + dt.timedelta(int(found[1]))


def _distance(found: re.Match[str], today: Today) -> dt.date:
    """In 3 days, next week, -2 weeks."""
    turn = found["turn"] or found["sign"] or "+"
    count = int(found["count"] or 1) * (-1 if turn in {"last", "-"} else 1)
    unit = found["unit"] or "day"
    if unit in DAYS:
        return today[0] + dt.timedelta(count * DAYS[unit])
    return add_months(today[0], count * MONTHS[unit], today[1])


def _on_weekday(found: re.Match[str], today: Today) -> dt.date:
    """Saturday, next Saturday, last Saturday: the nearest one in that direction; "this" may be today."""
    wanted = int(found["weekday"])
    ahead = (wanted - weekday(today[0])) % 7
    turn = found["before"] or found["after"]
    if turn == "last":
        return today[0] - dt.timedelta((7 - ahead) % 7 or 7)
    return today[0] + dt.timedelta(ahead if turn == "this" else ahead or 7)


def _in_week(found: re.Match[str], today: Today) -> dt.date:
    turn = TURNS[found["before"] or found["after"]]
    return week_start(today[0]) + dt.timedelta(7 * turn + int(found["weekday"]))


def _part_of(found: re.Match[str], today: Today) -> dt.date | None:
    """First of the next month, end of the year, 15th of this month."""
    turn = TURNS[found["before"] or found["after"] or "this"]
    first, last = span(found["unit"], turn, today)
    if found["part"] == "end":
        return last
    day = first + dt.timedelta(int(found["number"] or 1) - 1)
    return day if day <= last else None


def span(unit: str, turn: int, today: Today) -> tuple[dt.date, dt.date]:
    """First and last day of this (0), the next (1), the last (-1) week, month, season or year."""
    day, calendar = today
    if unit == "day":
        return day + dt.timedelta(turn), day + dt.timedelta(turn)
    if unit == "week":
        first = week_start(day) + dt.timedelta(7 * turn)
        return first, first + dt.timedelta(6)
    year, month, _number = parts(day, calendar)
    if unit == "year":
        return year_bounds(year + turn, calendar)
    if unit == "season":
        years, season = divmod(year * 4 + (month - 1) // 3 + turn, 4)
        return season_bounds(years, season + 1, calendar)
    years, month = divmod(year * 12 + month - 1 + turn, 12)
    return month_bounds(years, month + 1, calendar)


def _edge_of_named(found: re.Match[str], today: Today) -> dt.date:
    """First of Mehr, end of Esfand 1404, end of the year 1404."""
    calendar = {"j": JALALI, "g": GREGORIAN}.get(found["calendar"] or "", calendar_of(found["year"], today[1]))
    year = century(int(found["year"]), calendar, today[0]) if found["year"] else parts(today[0], calendar).year
    first, last = month_bounds(year, int(found["month"]), calendar) if found["month"] else year_bounds(year, calendar)
    return last if found["part"] == "end" else first


def _named(found: re.Match[str], today: Today) -> dt.date | None:
    """3 jm2 1404, jm2 3, wd0 3 jm2 04."""
    calendar = JALALI if found["calendar"] == "j" else GREGORIAN
    year = century(int(found["year"]), calendar, today[0]) if found["year"] else parts(today[0], calendar).year
    return _if_weekday(found, day_of(year, int(found["month"]), int(found["day"]), calendar))


def _numbers(found: re.Match[str], today: Today) -> dt.date | None:
    """1404/2/3, 2025/05/01, 3/2/1404, 04/02/03."""
    one, two, three = found["one"], found["two"], found["three"]
    orders = [(one, two, three)] if len(one) == 4 else [(three, two, one), (three, one, two)] if len(three) == 4 else None
    if orders is None:
        return _if_weekday(found, _short(one, two, three, today))
    calendar = calendar_of(orders[0][0], today[1])
    if calendar == JALALI:
        orders = orders[:1]
    return _if_weekday(found, _only({day for order in orders for day in _possible(*order, calendar)}))


def calendar_of(year: str | None, usual: str) -> str:
    """Which calendar a year of four digits belongs to; the usual one for other years."""
    if not year or len(year) != 4:
        return usual
    return JALALI if 1000 <= int(year) < 1600 else GREGORIAN


def _short(one: str, two: str, three: str, today: Today) -> dt.date | None:
    """Two-digit years: Persian writers put the year first; anything that could be read twice otherwise is not read."""
    day, calendar = today
    if max(map(len, (one, two, three))) > 2:
        return None
    this = parts(day, calendar).year
    first = [*_possible(str(century(int(one), calendar, day)), two, three, calendar)]
    if calendar == JALALI and first and abs(century(int(one), calendar, day) - this) <= NEAR:
        return first[0]
    year = str(century(int(three), calendar, day))
    others = [*_possible(year, two, one, calendar), *(_possible(year, one, two, calendar) if calendar == GREGORIAN else ())]
    return _only({*first, *others})


def _month_and_day(found: re.Match[str], today: Today) -> dt.date | None:
    year = str(parts(*today).year)
    one, two = found["one"], found["two"]
    return _only({*_possible(year, one, two, today[1]), *_possible(year, two, one, today[1])})


def _compact(found: re.Match[str], today: Today) -> dt.date:
    digits = found[0]
    return day_of(int(digits[:4]), int(digits[4:6]), int(digits[6:]), calendar_of(digits[:4], today[1]))


def _possible(year: str, month: str, day: str, calendar: str) -> Iterator[dt.date]:
    try:
        yield day_of(int(year), int(month), int(day), calendar)
    except ValueError:
        return


def _only(days: set[dt.date]) -> dt.date | None:
    return days.pop() if len(days) == 1 else None


def _if_weekday(found: re.Match[str], day: dt.date | None) -> dt.date | None:
    """None when the weekday that was written beside the date is another one."""
    written = found["weekday"]
    return day if day is None or written is None or weekday(day) == int(written) else None


_UNIT = r"(?P<unit>day|week|month|season|year)"
_SIDE = r"(?:(?P<before>next|last|this) )?"
_AFTER = r"(?: (?P<after>next|last|this))?"
_DAY = r"(?:wd(?P<weekday>\d) )?"
_YEAR = r"(?: (?:year )?(?P<year>\d{4}|\d{2}))?"
_MONTH = r"(?P<calendar>[jg])m(?P<month>\d{1,2})(?: month)?"
_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Today], dt.date | None]], ...] = (
    (re.compile(rf"{_DAY}(?P<one>\d{{1,4}})[/ ](?P<two>\d{{1,2}})[/ ](?P<three>\d{{1,4}})"), _numbers),
    (re.compile(r"day([+-]\d)(?: night)?"), _near_day),
    (re.compile(r"(?P<turn>)(?P<sign>[+-])\s?(?P<count>\d{1,4})(?: (?P<unit>day|week|month|season|year|[dwmy]))?"), _distance),
    (re.compile(rf"(?P<sign>)in (?P<turn>)(?P<count>\d{{1,4}}) {_UNIT}"), _distance),
    (re.compile(rf"(?P<sign>)(?P<count>\d{{1,4}}) {_UNIT} (?P<turn>next|last)"), _distance),
    (re.compile(rf"(?P<sign>)(?P<count>){_UNIT} (?P<turn>next|last)"), _distance),
    (re.compile(rf"(?P<sign>)(?P<count>)(?P<turn>next|last) {_UNIT}"), _distance),
    (re.compile(rf"{_SIDE}wd(?P<weekday>\d){_AFTER}"), _on_weekday),
    (re.compile(r"wd(?P<weekday>\d) (?:(?P<before>next|last|this) week|week (?P<after>next|last|this))"), _in_week),
    (re.compile(rf"(?:(?P<part>begin|end)|#(?P<number>\d+)) {_SIDE}{_UNIT}{_AFTER}"), _part_of),
    (re.compile(rf"(?P<part>begin|end) {_MONTH}{_YEAR}"), _edge_of_named),
    (re.compile(r"(?P<part>begin|end) year (?P<year>\d{4})(?P<month>)(?P<calendar>)"), _edge_of_named),
    (re.compile(rf"{_DAY}#?(?P<day>\d{{1,2}}) {_MONTH}{_YEAR}"), _named),
    (re.compile(rf"{_DAY}{_MONTH} #?(?P<day>\d{{1,2}})(?: (?P<year>\d{{4}}))?"), _named),
    (re.compile(rf"{_DAY}(?P<year>\d{{4}}) {_MONTH} #?(?P<day>\d{{1,2}})"), _named),
    (re.compile(r"(?P<one>\d{1,2})/(?P<two>\d{1,2})"), _month_and_day),
    (re.compile(r"\d{8}"), _compact),
)
