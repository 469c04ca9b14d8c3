"""Dates and times as people type and see them: one place to import from.

`read_date(text, today, language)`, `read_time(text)`, `read_moment(text, now, language)`, `read_range(text, today, language)` give None
for what is none or could mean several; `show_date(date, language, style, calendar)` and its neighbours are read back by them.
"""

from config.persian.reading_days import read_date
from config.persian.reading_ranges import read_range
from config.persian.reading_times import read_moment, read_time
from config.persian.showing import month_name, show_date, show_moment, show_time, usual_calendar, weekday_name

__all__ = ["month_name", "read_date", "read_moment", "read_range", "read_time", "show_date", "show_moment", "show_time", "usual_calendar", "weekday_name"]  # fmt: skip
