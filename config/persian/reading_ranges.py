"""A span of days as people type it, for filters and reports. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable

from config.persian.calendar import GREGORIAN, JALALI, add_months, month_bounds, parts, season_bounds, year_bounds
from config.persian.date_words import canonical
from config.persian.reading_days import DAYS, MONTHS, TURNS, Today, calendar_of, century, day_in, span

Days = tuple[dt.date, dt.date]
"""First and last day, both inside."""

_BETWEEN = re.compile(r"(?:from )?(.+?) (?:to|through) (.+)")
_DASHED = re.compile(r"\s+[-–—−]\s+|\s*(?:\.\.+|…|→)\s*")


def read_range(text: str, today: dt.date, language: str = "fa") -> Days | None:
    """First and last day (both inside) of the span that `text` means; None for none.

    «این ماه», «هفته گذشته», «۱۴۰۳», «بهار ۱۴۰۴», «اردیبهشت», "1404/02", «۷ روز گذشته» (with today), "last 7 days", "Q1 2025", «امسال»,
    «از اول ماه تا امروز», "2025-01-01 - 2025-03-31", and every single day that `read_date` knows. Weeks begin on Saturday.
    """
    sides = _DASHED.split(text)
    if len(sides) == 2:
        return _joined(canonical(sides[0]), canonical(sides[1]), today, language)
    return _range_in(canonical(text), today, language)


def _range_in(line: str, today: dt.date, language: str) -> Days | None:
    calendar = JALALI if language == "fa" else GREGORIAN
    for grammar, meaning in _GRAMMAR:
        if found := grammar.fullmatch(line):
            try:
                return meaning(found, (today, calendar))
            except (ValueError, OverflowError):
                return None
    if between := _BETWEEN.fullmatch(line):
        return _joined(between[1], between[2], today, language)
    day = day_in(line, today, language)
    return (day, day) if day else None


def _joined(first: str, last: str, today: dt.date, language: str) -> Days | None:
    """From the first day of one to the last day of the other: «اردیبهشت تا تیر»."""
    begin, end = _range_in(first, today, language), _range_in(last, today, language)
    return (begin[0], end[1]) if begin and end and begin[0] <= end[1] else None


def _span(found: re.Match[str], today: Today) -> Days:
    return span(found["unit"], TURNS[found["before"] or found["after"]], today)


def _lately(found: re.Match[str], today: Today) -> Days:
    """The last 7 days are today and the six before; the next 7 today and the six after."""
    count, unit, day = int(found["count"]), found["unit"], today[0]
    turn = -1 if (found["before"] or found["after"]) in {"last", "recent"} else 1
    if unit in DAYS:
        other = day + dt.timedelta(turn * (count * DAYS[unit] - 1))
    else:
        other = add_months(day, turn * count * MONTHS[unit], today[1]) - dt.timedelta(turn)
    return min(day, other), max(day, other)


def _year(found: re.Match[str], today: Today) -> Days:
    return year_bounds(int(found["year"]), calendar_of(found["year"], today[1]))


def _year_named(found: re.Match[str], today: Today) -> tuple[int, str]:
    calendar = calendar_of(found["year"], today[1])
    return (century(int(found["year"]), calendar, today[0]) if found["year"] else parts(*_in(today, calendar)).year), calendar


def _in(today: Today, calendar: str) -> Today:
    return today[0], calendar


def _season(found: re.Match[str], today: Today) -> Days:
    year, calendar = _year_named(found, today)
    return season_bounds(
        year + TURNS.get(found["turn"] or "this", 0), 1 if found["season"] == "begin" else int(found["season"].lstrip("#")), calendar
    )


def _half(found: re.Match[str], today: Today) -> Days:
    year, calendar = _year_named(found, today)
    first = 7 if (found["half"] or found["first"]) == "#2" else 1
    return month_bounds(year, first, calendar)[0], month_bounds(year, first + 5, calendar)[1]


def _month(found: re.Match[str], today: Today) -> Days:
    calendar = JALALI if found["calendar"] == "j" else GREGORIAN
    year = century(int(found["year"]), calendar, today[0]) if found["year"] else parts(today[0], calendar).year
    return month_bounds(year + TURNS.get(found["turn"] or "this", 0), int(found["month"]), calendar)


def _month_number(found: re.Match[str], today: Today) -> Days:
    return month_bounds(int(found["year"]), int(found["month"]), calendar_of(found["year"], today[1]))


_UNIT = r"(?P<unit>day|week|month|season|year)"
_YEAR = r"(?: (?:year )?(?P<year>\d{4}|\d{2}))?"
_TURN = r"(?: (?:year )?(?P<turn>next|last|this)(?: year)?)?"
_GRAMMAR: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], Today], Days]], ...] = (
    (re.compile(rf"(?P<before>next|last|this) {_UNIT}(?P<after>)"), _span),
    (re.compile(rf"(?P<before>){_UNIT} (?P<after>next|last|this)"), _span),
    (re.compile(rf"(?P<before>next|last) (?P<count>\d{{1,4}}) {_UNIT}(?P<after>)"), _lately),
    (re.compile(rf"(?P<before>)(?P<count>\d{{1,4}}) {_UNIT} (?P<after>next|last|recent)"), _lately),
    (re.compile(rf"in (?P<before>)(?P<count>\d{{1,4}}) {_UNIT} (?P<after>next|last|recent)"), _lately),
    (re.compile(r"(?:year )?(?P<year>\d{4})"), _year),
    (re.compile(rf"q ?(?P<season>[1-4]){_YEAR}{_TURN}"), _season),
    (re.compile(rf"season (?P<season>begin|#?[1-4]){_YEAR}{_TURN}"), _season),
    (re.compile(rf"(?:half (?P<half>begin|#1|#2)|(?P<first>begin|#2) half){_YEAR}"), _half),
    (re.compile(rf"(?P<calendar>[jg])m(?P<month>\d{{1,2}})(?: month)?{_YEAR}{_TURN}"), _month),
    (re.compile(r"(?P<year>\d{4})[/ ](?P<month>\d{1,2})"), _month_number),
)
