"""Dates and times as people type them, read on Wednesday, 10 Ordibehesht 1404 (30 April 2025), at three in the afternoon."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from config.persian.calendar import from_jalali
from config.persian.dates import read_date, read_moment, read_range, read_time, show_date, show_moment

TODAY = from_jalali(1404, 2, 10)
NOW = dt.datetime(2025, 4, 30, 15, 0, tzinfo=ZoneInfo("Asia/Tehran"))
DAYS = st.dates(dt.date(1700, 1, 1), dt.date(2200, 1, 1))


@pytest.mark.parametrize(
    ("typed", "jalali"),
    [
        ("1404/2/3", (1404, 2, 3)), ("۱۴۰۴-۰۲-۰۳", (1404, 2, 3)), ("١٤٠٤/٢/٣", (1404, 2, 3)), ("14040203", (1404, 2, 3)), ("3/2/1404", (1404, 2, 3)),
        ("1404 / 2 / 3", (1404, 2, 3)), ("3 اردیبهشت 1404", (1404, 2, 3)), ("سوم ارديبهشت ۱۴۰۴", (1404, 2, 3)), ("۳ اردیبهشت ماه ۰۴", (1404, 2, 3)),
        ("چهارشنبه ۳ اردیبهشت ۱۴۰۴", (1404, 2, 3)), ("۳ام اردیبهشت", (1404, 2, 3)), ("بیست و سوم آبان ۱۴۰۴", (1404, 8, 23)), ("۲۳‌ام آبان", (1404, 8, 23)),
        ("04/02/03", (1404, 2, 3)), ("99/12/29", (1399, 12, 29)), ("29/12/99", (1399, 12, 29)), ("2/25", (1404, 2, 25)), ("2025-05-01", (1404, 2, 11)),
        ("۱ مه ۲۰۲۵", (1404, 2, 11)), ("25/12/2025", (1404, 10, 4)), ("امروز", (1404, 2, 10)), ("فردا", (1404, 2, 11)), ("دیروز", (1404, 2, 9)),
        ("پس‌فردا", (1404, 2, 12)), ("پس فردا", (1404, 2, 12)), ("پریروز", (1404, 2, 8)), ("۳ روز دیگر", (1404, 2, 13)), ("سه روز بعد", (1404, 2, 13)),
        ("+3", (1404, 2, 13)), ("-2 هفته", (1404, 1, 27)), ("هفته پیش", (1404, 2, 3)), ("هفتهٔ آینده", (1404, 2, 17)), ("یک ماه دیگر", (1404, 3, 10)),
        ("سال آینده", (1405, 2, 10)), ("۱۵ ماه بعد", (1405, 5, 10)), ("پانزدهم ماه بعد", (1404, 3, 15)), ("شنبه", (1404, 2, 13)),
        ("شنبه آینده", (1404, 2, 13)), ("شنبه گذشته", (1404, 2, 6)), ("سه‌شنبه", (1404, 2, 16)), ("۳شنبه", (1404, 2, 16)), ("چهارشنبه بعد", (1404, 2, 17)),
        ("همین چهارشنبه", (1404, 2, 10)), ("یکشنبه هفته بعد", (1404, 2, 14)), ("اول ماه بعد", (1404, 3, 1)), ("آخر ماه", (1404, 2, 31)),
        ("آخر اسفند", (1404, 12, 29)), ("اول مهر", (1404, 7, 1)), ("اول سال ۱۴۰۵", (1405, 1, 1)), ("پایان سال", (1404, 12, 29)), ("اول هفته", (1404, 2, 6)),
        ("2025-05-01T00:00:00", (1404, 2, 11)), ("1404/02/11 00:00", (1404, 2, 11)), ("دو هفته قبل", (1404, 1, 27)), ("شنبه‌ی بعد", (1404, 2, 13)),
    ],
)  # fmt: skip
def test_days_in_persian(typed: str, jalali: tuple[int, int, int]) -> None:
    """In numbers, with the month's name, or relative to today."""
    assert read_date(typed, TODAY, "fa") == from_jalali(*jalali)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2025-05-01", "2025-05-01"), ("1 May 2025", "2025-05-01"), ("May 1, 2025", "2025-05-01"), ("1st of May", "2025-05-01"), ("12/25/2025", "2025-12-25"),
        ("Thu 1 May 2025", "2025-05-01"), ("5/25/99", "1999-05-25"), ("tomorrow", "2025-05-01"), ("the day after tomorrow", "2025-05-02"),
        ("in 3 days", "2025-05-03"), ("three days ago", "2025-04-27"), ("next monday", "2025-05-05"), ("last friday", "2025-04-25"),
        ("a week ago", "2025-04-23"), ("in a month", "2025-05-30"), ("first of next month", "2025-05-01"), ("end of month", "2025-04-30"),
        ("monday next week", "2025-05-05"), ("3 Ordibehesht 1404", "2025-04-23"), ("1404/02/03", "2025-04-23"), ("+1w", "2025-05-07"),
    ],
)  # fmt: skip
def test_days_in_english(typed: str, day: str) -> None:
    """The same in English, months by the Gregorian calendar."""
    assert read_date(typed, TODAY, "en") == dt.date.fromisoformat(day)


@pytest.mark.parametrize(
    "typed",
    [
        "", "x", "1404/12/30", "1404/13/1", "25/5/1", "2/3", "01/05/2025", "شنبه ۳ اردیبهشت ۱۴۰۴", "0/0/0", "99999999", "فردا دیروز", "1404", "10",
        "+99999 سال", "9999 سال دیگر", "1403//1", "1404/2/3/4", "۳۲ فروردین", "x" * 5000, "1404/2/3'; DROP TABLE", "\u202e1404/2/",
    ],
)  # fmt: skip
def test_what_is_no_day_or_could_be_several_is_none(typed: str) -> None:
    """Nothing is guessed: days that do not exist, that can be read in two ways, or whose weekday does not fit."""
    assert read_date(typed, TODAY, "fa") is None


@given(DAYS, st.sampled_from(["fa", "en"]), st.sampled_from(["number", "long", "full"]), st.sampled_from(["jalali", "gregorian"]), DAYS)
def test_what_is_shown_is_read_back(day: dt.date, language: str, style: str, calendar: str, today: dt.date) -> None:
    """In either language and calendar, on any day."""
    assert read_date(show_date(day, language, style, calendar), today, language) == day


def test_days_are_shown_in_order() -> None:
    """Weekday, day, month, year: the order that ICU gets wrong in Persian."""
    day = from_jalali(1404, 2, 3)
    assert show_date(day, "fa") == "۱۴۰۴/۰۲/۰۳"
    assert show_date(day, "fa", "full") == "چهارشنبه ۳ اردیبهشت ۱۴۰۴"
    assert show_date(day, "fa", "long", "gregorian") == "۲۳ آوریل ۲۰۲۵"
    assert show_date(day, "fa", "short") == "۳ اردیبهشت"
    assert show_date(day, "en") == "2025-04-23"
    assert show_date(day, "en", "full") == "Wednesday 23 April 2025"
    assert show_date(day, "en", "month", "jalali") == "Ordibehesht 1404"
    assert show_date(dt.date(600, 1, 2), "fa") == "۰۶۰۰/۰۱/۰۲"


@pytest.mark.parametrize(
    ("typed", "time"),
    [
        ("14:30", "14:30"), ("۱۴:۳۰", "14:30"), ("14", "14:00"), ("1430", "14:30"), ("2pm", "14:00"), ("12 am", "00:00"), ("۲ بعدازظهر", "14:00"),
        ("۲ بعد از ظهر", "14:00"), ("۹ صبح", "09:00"), ("صبح ساعت ۹", "09:00"), ("۷ و نیم", "07:30"), ("هفت و ربع", "07:15"), ("هفت و نیم عصر", "19:30"),
        ("ظهر", "12:00"), ("نیمه‌شب", "00:00"), ("۱۲ شب", "00:00"), ("۱۰ شب", "22:00"), ("ساعت ۱۰ و ۲۰ دقیقه", "10:20"), ("10:20:30", "10:20:30"),
    ],
)  # fmt: skip
def test_times_of_day(typed: str, time: str) -> None:
    """With a colon, in words, with the part of the day."""
    assert read_time(typed) == dt.time.fromisoformat(time)


@pytest.mark.parametrize("typed", ["", "25", "10:75", "x", "24:00", "14 am", "10:20:99"])
def test_what_is_no_time_is_none(typed: str) -> None:
    """The clock ends at 23:59."""
    assert read_time(typed) is None


@pytest.mark.parametrize(
    ("typed", "language", "moment"),
    [
        ("فردا ۱۰", "fa", "2025-05-01T10:00"), ("شنبه ساعت ۱۴:۳۰", "fa", "2025-05-03T14:30"), ("2025-05-01 14:30", "fa", "2025-05-01T14:30"),
        ("2025-05-01T14:30:00Z", "fa", "2025-05-01T18:00"), ("2025-05-01T14:30", "en", "2025-05-01T14:30"), ("۲ ساعت دیگر", "fa", "2025-04-30T17:00"),
        ("یک ساعت و نیم دیگر", "fa", "2025-04-30T16:30"), ("نیم ساعت دیگر", "fa", "2025-04-30T15:30"), ("۱۰ دقیقه پیش", "fa", "2025-04-30T14:50"),
        ("فردا ساعت ۹ صبح", "fa", "2025-05-01T09:00"), ("ساعت ۱۰ فردا", "fa", "2025-05-01T10:00"), ("امشب ساعت ۸", "fa", "2025-04-30T20:00"),
        ("۱۴۰۴/۰۲/۰۳ ۱۴:۰۵", "fa", "2025-04-23T14:05"), ("۱۰:۳۰", "fa", "2025-04-30T10:30"), ("الان", "fa", "2025-04-30T15:00"),
        ("فردا", "fa", "2025-05-01T00:00"), ("tomorrow at 10", "en", "2025-05-01T10:00"), ("in 30 minutes", "en", "2025-04-30T15:30"),
        ("10am tomorrow", "en", "2025-05-01T10:00"), ("next monday 9:30", "en", "2025-05-05T09:30"), ("tomorrow noon", "en", "2025-05-01T12:00"),
        ("فردا صبح", "fa", "2025-05-01T09:00"), ("پنجشنبه عصر", "fa", "2025-05-01T16:00"), ("جمعه شب ساعت ۹", "fa", "2025-05-02T21:00"),
        ("امشب", "fa", "2025-04-30T20:00"), ("tomorrow afternoon", "en", "2025-05-01T16:00"), ("ظهر فردا", "fa", "2025-05-01T12:00"),
        ("ساعت ۵ و نیم عصر فردا", "fa", "2025-05-01T17:30"), ("10 in the morning tomorrow", "en", "2025-05-01T10:00"),
    ],
)  # fmt: skip
def test_moments(typed: str, language: str, moment: str) -> None:
    """A day, a time, or both in either order."""
    assert read_moment(typed, NOW, language) == dt.datetime.fromisoformat(moment).replace(tzinfo=NOW.tzinfo)


def test_a_time_alone_can_mean_the_next_one() -> None:
    """A follow-up at 10:30, typed in the afternoon, is tomorrow's; a day alone is at the usual time."""
    assert read_moment("10:30", NOW, ahead=True) == dt.datetime(2025, 5, 1, 10, 30, tzinfo=NOW.tzinfo)
    assert read_moment("فردا", NOW, usual=dt.time(9)) == dt.datetime(2025, 5, 1, 9, 0, tzinfo=NOW.tzinfo)
    assert read_moment("x" * 500, NOW) is None


@given(
    st.dates(dt.date(1700, 1, 1), dt.date(2199, 1, 1)),
    st.times(),
    st.sampled_from(["fa", "en"]),
    st.sampled_from(["number", "long", "full"]),
)
def test_moments_are_read_back(day: dt.date, time: dt.time, language: str, style: str) -> None:
    """Shown and typed again is the same minute."""
    moment = dt.datetime.combine(day, time, NOW.tzinfo)
    assert read_moment(show_moment(moment, language, style), NOW, language) == moment.replace(second=0, microsecond=0)


@pytest.mark.parametrize(
    ("typed", "language", "first", "last"),
    [
        ("این ماه", "fa", "2025-04-21", "2025-05-21"), ("ماه جاری", "fa", "2025-04-21", "2025-05-21"), ("هفته گذشته", "fa", "2025-04-19", "2025-04-25"),
        ("هفته جاری", "fa", "2025-04-26", "2025-05-02"), ("۱۴۰۳", "fa", "2024-03-20", "2025-03-20"), ("سال ۱۴۰۲", "fa", "2023-03-21", "2024-03-19"),
        ("۲۰۲۵", "fa", "2025-01-01", "2025-12-31"), ("بهار ۱۴۰۴", "fa", "2025-03-21", "2025-06-21"), ("زمستان گذشته", "fa", "2024-12-21", "2025-03-20"),
        ("اردیبهشت", "fa", "2025-04-21", "2025-05-21"), ("اردیبهشت پارسال", "fa", "2024-04-20", "2024-05-20"), ("1404/02", "fa", "2025-04-21", "2025-05-21"),
        ("۷ روز گذشته", "fa", "2025-04-24", "2025-04-30"), ("۷ روز اخیر", "fa", "2025-04-24", "2025-04-30"), ("۷ روز آینده", "fa", "2025-04-30", "2025-05-06"),
        ("امسال", "fa", "2025-03-21", "2026-03-20"), ("پارسال", "fa", "2024-03-20", "2025-03-20"), ("سه ماهه اول ۱۴۰۴", "fa", "2025-03-21", "2025-06-21"),
        ("نیمه دوم ۱۴۰۴", "fa", "2025-09-23", "2026-03-20"), ("از اول ماه تا امروز", "fa", "2025-04-21", "2025-04-30"),
        ("۱۴۰۴/۱/۱ تا ۱۴۰۴/۲/۱", "fa", "2025-03-21", "2025-04-21"), ("اردیبهشت تا تیر", "fa", "2025-04-21", "2025-07-22"), ("دیروز", "fa", "2025-04-29", "2025-04-29"),
        ("last 7 days", "en", "2025-04-24", "2025-04-30"), ("this month", "en", "2025-04-01", "2025-04-30"), ("last week", "en", "2025-04-19", "2025-04-25"),
        ("Q1 2025", "en", "2025-01-01", "2025-03-31"), ("May 2025", "en", "2025-05-01", "2025-05-31"), ("2025-01-01 - 2025-03-31", "en", "2025-01-01", "2025-03-31"),
        ("from yesterday to tomorrow", "en", "2025-04-29", "2025-05-01"), ("last quarter", "en", "2025-01-01", "2025-03-31"),
        ("first half 2025", "en", "2025-01-01", "2025-06-30"),
    ],
)  # fmt: skip
def test_spans(typed: str, language: str, first: str, last: str) -> None:
    """First and last day, both inside; weeks begin on Saturday."""
    assert read_range(typed, TODAY, language) == (dt.date.fromisoformat(first), dt.date.fromisoformat(last))


@pytest.mark.parametrize("typed", ["", "x", "فردا تا دیروز", "99999", "0000", "1404/13", "تا", "- - -", "x" * 5000])
def test_what_is_no_span_is_none(typed: str) -> None:
    """Nothing is guessed."""
    assert read_range(typed, TODAY) is None


@given(st.text(max_size=110), st.sampled_from(["fa", "en"]))
def test_nothing_typed_breaks_it(text: str, language: str) -> None:
    """Any text is a date or none."""
    assert isinstance(read_date(text, TODAY, language), dt.date | None)
    assert isinstance(read_moment(text, NOW, language), dt.datetime | None)
    assert isinstance(read_time(text), dt.time | None)
    assert isinstance(read_range(text, TODAY, language), tuple | None)
