"""Days and moments as they are shown, in either language and calendar. Composed here: ICU's full Persian style orders its parts wrongly. Pure."""

from __future__ import annotations

import datetime as dt

from config.persian.calendar import (
    FIRST_YEAR,
    GREGORIAN,
    GREGORIAN_MONTHS,
    GREGORIAN_MONTHS_PERSIAN,
    JALALI,
    LAST_YEAR,
    MONTHS,
    MONTHS_LATIN,
    WEEKDAYS,
    WEEKDAYS_ENGLISH,
    parts,
    weekday,
)
from config.persian.digits import in_script


def usual_calendar(language: str) -> str:
    """Persian readers reckon in Jalali, others in Gregorian."""
    return JALALI if language == "fa" else GREGORIAN


def show_date(date: dt.date, language: str = "fa", style: str = "number", calendar: str = "") -> str:
    """The day in the reader's words; `calendar` "jalali" or "gregorian", by default the language's own. `read_date` reads it back.

    `style`: "number" 1404/02/03, "long" ۳ اردیبهشت ۱۴۰۴, "full" چهارشنبه ۳ اردیبهشت ۱۴۰۴, "short" ۳ اردیبهشت, "month" اردیبهشت ۱۴۰۴.
    Days that the Jalali calendar does not reach (before 622) are shown in the Gregorian one.
    """
    calendar = calendar or usual_calendar(language)
    if calendar == JALALI and not FIRST_YEAR + 622 <= date.year <= LAST_YEAR + 620:
        calendar = GREGORIAN
    year, month, day = parts(date, calendar)
    if style == "number":
        between = "/" if calendar == JALALI or language == "fa" else "-"
        return in_script(f"{year:04}{between}{month:02}{between}{day:02}", language)
    name = month_name(month, language, calendar)
    if style == "month":
        return in_script(f"{name} {year}", language)
    text = f"{day} {name}" if style == "short" else f"{day} {name} {year}"
    if style == "full":
        text = f"{weekday_name(date, language)} {text}"
    return in_script(text, language)


def show_time(time: dt.time, language: str = "fa") -> str:
    """Hours and minutes: «۱۴:۰۵»."""
    return in_script(f"{time:%H:%M}", language)


def show_moment(moment: dt.datetime, language: str = "fa", style: str = "number", calendar: str = "") -> str:
    """Day and time of a local moment: «۱۴۰۴/۰۲/۰۳ ۱۴:۰۵»; `read_moment` reads it back."""
    return f"{show_date(moment.date(), language, style, calendar)} {show_time(moment.timetz(), language)}"


def month_name(month: int, language: str = "fa", calendar: str = "") -> str:
    """«اردیبهشت», "May", "Ordibehesht", «مه»."""
    names = {
        ("fa", JALALI): MONTHS, ("fa", GREGORIAN): GREGORIAN_MONTHS_PERSIAN, ("en", JALALI): MONTHS_LATIN, ("en", GREGORIAN): GREGORIAN_MONTHS,
    }  # fmt: skip
    return names["fa" if language == "fa" else "en", calendar or usual_calendar(language)][month - 1]


def weekday_name(date: dt.date, language: str = "fa") -> str:
    """«شنبه», "Saturday"."""
    return (WEEKDAYS if language == "fa" else WEEKDAYS_ENGLISH)[weekday(date)]
