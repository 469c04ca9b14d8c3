"""Working hours: weekly hours and holidays, in the Jalali or the Gregorian calendar. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable

from attrs import frozen

from config.persian.calendar import from_jalali, to_jalali, weekday
from ivr.spoken_text import FOLDS

DAYS = ("saturday", "sunday", "monday", "tuesday", "wednesday", "thursday", "friday")
"""The Iranian week."""

EVERY_DAY = "every_day"
DAY_MINUTES = 24 * 60
IRAN = frozenset({(1, 1), (1, 2), (1, 3), (1, 4), (1, 12), (1, 13), (3, 14), (3, 15), (11, 22), (12, 29)})
"""The official holidays of Iran's solar calendar, (month, day); the lunar ones move and are to be listed with their year."""

Span = tuple[int, int]
"""Minutes of the day, from (included) and until (not included); until may lie beyond midnight."""


class HoursUnreadable(ValueError):
    """A text is not days, hours or a date."""


@frozen
class Week:
    """Open spans by day, Saturday first."""

    days: tuple[tuple[Span, ...], ...]

    def open_at(self, moment: dt.datetime) -> bool:
        """Whether the local `moment` is inside a span of its day, or of the night before."""
        minute = moment.hour * 60 + moment.minute
        day = weekday(moment.date())
        return any(begin <= minute < end for begin, end in self.days[day]) or any(
            minute < end - DAY_MINUTES for _begin, end in self.days[day - 1]
        )


@frozen
class Holidays:
    """Days on which nobody works: `yearly` Jalali (month, day), and `once` certain dates."""

    yearly: frozenset[tuple[int, int]] = frozenset()
    once: frozenset[dt.date] = frozenset()

    def include(self, day: dt.date) -> bool:
        """Whether `day` is one of them."""
        jalali = to_jalali(day)
        return day in self.once or (jalali.month, jalali.day) in self.yearly


def state_at(moment: dt.datetime, week: Week, holidays: Holidays) -> str:
    """What holds at the local `moment`: "open", "closed" or "holiday"."""
    if holidays.include(moment.date()):
        return "holiday"
    return "open" if week.open_at(moment) else "closed"


def jalali_text(moment: dt.datetime) -> str:
    """The local moment as "1404/08/30 09:15"."""
    day = to_jalali(moment.date())
    return f"{day.year:04}/{day.month:02}/{day.day:02} {moment:%H:%M}"


def read_days(text: str) -> tuple[int, ...]:
    """Day numbers of "saturday", "saturday-wednesday", "saturday, monday" or "every_day". Raises `HoursUnreadable`."""
    if text.strip() == EVERY_DAY:
        return tuple(range(7))
    days: list[int] = []
    for part in text.split(","):
        first, _dash, last = (one.strip().lower() for one in part.partition("-"))
        if first not in DAYS or (last and last not in DAYS):
            raise HoursUnreadable(text)
        begin = DAYS.index(first)
        length = (DAYS.index(last) - begin) % 7 if last else 0
        days.extend((begin + step) % 7 for step in range(length + 1))
    return tuple(days)


def read_spans(text: str) -> tuple[Span, ...]:
    """Spans of "08:00-12:00, 13:00-17:00"; "22:00-02:00" goes past midnight, "closed" is none. Raises `HoursUnreadable`."""
    if text.strip().lower() == "closed":
        return ()
    return tuple(map(_span, text.translate(FOLDS).split(",")))


def _span(text: str) -> Span:
    found = re.fullmatch(r"\s*(\d{1,2}):(\d{2})\s*[-–]\s*(\d{1,2}):(\d{2})\s*", text)
    if not found:
        raise HoursUnreadable(text)
    begin, end = (int(found[hour]) * 60 + int(found[hour + 1]) for hour in (1, 3))
    if begin >= DAY_MINUTES or end > DAY_MINUTES or int(found[2]) > 59 or int(found[4]) > 59 or begin == end:
        raise HoursUnreadable(text)
    return (begin, end if end > begin else end + DAY_MINUTES)


def read_holidays(texts: Iterable[str]) -> Holidays:
    """Holidays: "01/13" every year and "1405/01/02" once (Jalali), "2026-12-25" (Gregorian), "iran" the official solar ones.

    Raises `HoursUnreadable`.
    """
    yearly: set[tuple[int, int]] = set()
    once: set[dt.date] = set()
    for raw in texts:
        text = raw.translate(FOLDS).strip()
        if text.lower() == "iran":
            yearly |= IRAN
        elif found := re.fullmatch(r"(\d{1,2})/(\d{1,2})", text):
            yearly.add(_month_day(int(found[1]), int(found[2]), raw))
        else:
            once.add(_date(text, raw))
    return Holidays(frozenset(yearly), frozenset(once))


def _month_day(month: int, day: int, raw: str) -> tuple[int, int]:
    if not 1 <= month <= 12 or not 1 <= day <= (31 if month <= 6 else 30):
        raise HoursUnreadable(raw)
    return month, day


def _date(text: str, raw: str) -> dt.date:
    try:
        if found := re.fullmatch(r"(1[34]\d\d)/(\d{1,2})/(\d{1,2})", text):
            year, month, day = map(int, found.groups())
            return from_jalali(year, month, day)
        return dt.date.fromisoformat(text)
    except ValueError:
        raise HoursUnreadable(raw) from None
