"""A time of day, and a moment (day and time), as people type them. Pure."""

from __future__ import annotations

import datetime as dt
import re

from config.persian.date_words import canonical
from config.persian.digits import to_ascii
from config.persian.reading_days import day_in

_CLOCK = re.compile(
    r"(?:at |hour )*(?:(?P<four>[0-2]\d[0-5]\d)|(?P<hour>\d{1,2})(?::(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:/\d+)?)?)?"
    r"(?: (?P<minutes>\d{1,2}) minute| (?P<part>half-past|quarter-past))?)(?: (?P<half>am|pm|noon|night|midnight))?"
)
_EARLY = re.compile(r"(?P<half>am|pm|night) (?:at |hour )*(?P<rest>.+)")
_FIXED = {"noon": dt.time(12), "midnight": dt.time(0)}
_PARTS_OF_DAY = {"am": dt.time(9), "pm": dt.time(16), "night": dt.time(20)}
"""What people mean by «فردا صبح» when they say no hour."""

_SOON = re.compile(r"(?:in )?(?P<count>\d{1,4}) (?P<unit>hour|minute)(?P<half> half-past)?(?: (?P<turn>next|last))?")
_PARTS = {"half-past": 30, "quarter-past": 15}
_T = re.compile(r"(?<=\d)t(?=\d)", re.IGNORECASE)


def read_time(text: str) -> dt.time | None:
    """The time of day that `text` means; None for none: "14:30", «۱۴:۳۰», "2pm", «۹ صبح», «هفت و نیم عصر», «ساعت ۱۰», «ظهر», "1430"."""
    return _time_in(canonical(text))


def read_moment(
    text: str, now: dt.datetime, language: str = "fa", *, usual: dt.time = dt.time(0), ahead: bool = False
) -> dt.datetime | None:
    """The moment that `text` means, in the time zone of `now`; None for none.

    A day as in `read_date`, a time, or both in either order: «فردا ۱۰», «شنبه ساعت ۱۴:۳۰», "2025-05-01 14:30", "tomorrow at 10",
    «فردا صبح» (nine; «عصر» four, «شب» eight), «۲ ساعت دیگر», "in 30 minutes", «اکنون». A day alone is at `usual`; a time alone is today's, or when `ahead` the next one to come.
    """
    if len(text) > 100:
        return None
    if machine := _machine(text, now):
        return machine
    line = canonical(_T.sub(" ", text))
    if line in {"now", "اکنون", "الان", "حالا", "هم اکنون"}:
        return now
    if soon := _soon(line, now):
        return soon
    words = line.split(" ")
    for place in range(len(words) - 1, 0, -1):
        if found := _both(" ".join(words[:place]), " ".join(words[place:]), now, language):
            return found
    if day := day_in(line, now.date(), language):
        return dt.datetime.combine(day, usual, now.tzinfo)
    return _loose(words, now, language) or _alone(line, now, ahead=ahead)


def _machine(text: str, now: dt.datetime) -> dt.datetime | None:
    """ISO 8601 with a time zone, as programs write it."""
    try:
        moment = dt.datetime.fromisoformat(to_ascii(text.strip()))
    except ValueError:
        return None
    return moment.astimezone(now.tzinfo) if moment.tzinfo else None


def _soon(line: str, now: dt.datetime) -> dt.datetime | None:
    found = _SOON.fullmatch(line)
    if not found or not (found["turn"] or line.startswith("in ")):
        return None
    minutes = int(found["count"]) * (60 if found["unit"] == "hour" else 1) + (30 if found["half"] else 0)
    return now + dt.timedelta(minutes=-minutes if found["turn"] == "last" else minutes)


def _both(first: str, second: str, now: dt.datetime, language: str) -> dt.datetime | None:
    """A day and a plain time (with a colon, or said to be a time), in either order."""
    for day, written in ((first, second), (second, first)):
        time = f"night {written}" if day.endswith(" night") else written
        if _sure(time) and (read := _time_in(time) or _PARTS_OF_DAY.get(time)) is not None and (date := day_in(day, now.date(), language)):
            return dt.datetime.combine(date, read, now.tzinfo)
    return None


def _sure(time: str) -> bool:
    return ":" in time or not time.isdigit()


def _loose(words: list[str], now: dt.datetime, language: str) -> dt.datetime | None:
    """A bare hour at the end: «فردا ۱۰»."""
    if len(words) < 2 or not re.fullmatch(r"\d{1,2}", words[-1]):
        return None
    date, time = day_in(" ".join(words[:-1]), now.date(), language), _time_in(words[-1])
    return dt.datetime.combine(date, time, now.tzinfo) if date and time is not None else None


def _alone(line: str, now: dt.datetime, *, ahead: bool) -> dt.datetime | None:
    time = _time_in(line)
    if time is None:
        return None
    moment = dt.datetime.combine(now.date(), time, now.tzinfo)
    return moment + dt.timedelta(1) if ahead and moment <= now else moment


def _time_in(line: str) -> dt.time | None:
    if line in _FIXED:
        return _FIXED[line]
    if early := _EARLY.fullmatch(line):
        line = f"{early['rest']} {early['half']}"
    found = _CLOCK.fullmatch(line)
    if not found:
        return None
    hour = int(found["four"][:2] if found["four"] else found["hour"])
    minute = int(found["four"][2:] if found["four"] else found["minute"] or found["minutes"] or _PARTS.get(found["part"], 0))
    hour = _of_day(hour, found["half"] or "")
    return dt.time(hour, minute, int(found["second"] or 0)) if 0 <= hour < 24 and minute < 60 else None


def _of_day(hour: int, half: str) -> int:
    """The hour of 24; -1 when there is no such (14 am)."""
    if not half:
        return hour
    if half in {"am", "midnight"}:
        return hour % 12 if hour <= 12 else -1
    if half == "noon":
        return hour + 12 if hour < 4 else hour
    if half == "night":
        return hour + 12 if 5 < hour < 12 else 0 if hour == 12 else hour
    return hour + 12 if hour < 12 else hour
