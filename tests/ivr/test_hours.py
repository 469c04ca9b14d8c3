"""Working hours and holidays."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, strategies as st

from config.persian.calendar import weekday
from ivr.hours import Holidays, HoursUnreadable, Week, jalali_text, read_days, read_holidays, read_spans, state_at

OFFICE = Week((*((read_spans("08:00-17:00"),) * 5), read_spans("08:00-13:00"), ()))
"""Saturday to Wednesday 8–17, Thursday 8–13."""


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("moment", "state"),
    [
        ("2025-11-22 08:00", "open"),  # a Saturday
        ("2025-11-22 07:59", "closed"),
        ("2025-11-22 17:00", "closed"),
        ("2025-11-27 12:59", "open"),  # a Thursday
        ("2025-11-27 13:00", "closed"),
        ("2025-11-28 10:00", "closed"),  # a Friday
        ("2026-03-21 10:00", "holiday"),  # Nowruz, a Saturday
        ("2026-03-25 10:00", "open"),
        ("2026-04-02 10:00", "holiday"),  # 13 Farvardin
    ],
)
def test_the_office_is_open_when_the_calendar_says_so(moment: str, state: str):
    assert state_at(at(moment), OFFICE, read_holidays(["iran"])) == state


def test_a_night_shift_goes_past_midnight():
    """Open from Thursday 22:00 until Friday 02:00."""
    nights = Week(((),) * 5 + (read_spans("22:00-02:00"), ()))
    states = {text: state_at(at(text), nights, Holidays()) for text in ("2025-11-27 23:30", "2025-11-28 01:59", "2025-11-28 02:00")}
    assert list(states.values()) == ["open", "open", "closed"]


@given(st.integers(0, 4_000_000_000).map(lambda at: dt.datetime.fromtimestamp(at, dt.UTC)))
def test_every_day_all_day_is_always_open(moment: dt.datetime):
    always = Week((read_spans("00:00-24:00"),) * 7)
    assert state_at(moment, always, Holidays()) == "open"
    assert state_at(moment, Week(((),) * 7), Holidays()) == "closed"


def test_days_are_read():
    assert read_days("saturday-wednesday") == (0, 1, 2, 3, 4)
    assert read_days("Thursday - saturday") == (5, 6, 0)
    assert read_days("monday, friday") == (2, 6)
    assert read_days("every_day") == tuple(range(7))
    assert weekday(dt.date(2025, 11, 22)) == 0


def test_hours_are_read_in_either_digits():
    assert read_spans("08:00-12:00, ۱۳:۳۰-۱۷:۰۰") == ((480, 720), (810, 1020))
    assert read_spans("closed") == ()


def test_holidays_are_read_in_either_calendar():
    """A Jalali date once, one of every year, and a Gregorian one."""
    read = read_holidays(["۱۴۰۵/۰۱/۲۱", "11/22", "2026-12-25"])
    assert read == Holidays(frozenset({(11, 22)}), frozenset({dt.date(2026, 4, 10), dt.date(2026, 12, 25)}))


@pytest.mark.parametrize("text", ["funday", "saturday-someday", "saturday monday", ""])
def test_what_is_no_day_is_refused(text: str):
    with pytest.raises(HoursUnreadable):
        read_days(text)


@pytest.mark.parametrize("text", ["", "8-17", "08:00", "08:60-09:00", "24:00-25:00", "10:00-10:00", "08:00-24:01"])
def test_what_are_no_hours_is_refused(text: str):
    with pytest.raises(HoursUnreadable):
        read_spans(text)


@pytest.mark.parametrize("text", ["", "13/01", "07/31", "1404/12/30", "1405/13/01", "2026-02-30", "tomorrow"])
def test_what_is_no_date_is_refused(text: str):
    with pytest.raises(HoursUnreadable):
        read_holidays([text])


@given(st.text(max_size=30))
def test_no_text_breaks_the_reading(text: str):
    """Read, or refused with its own error."""
    for read in (read_days, read_spans, lambda one: read_holidays([one])):
        try:
            read(text)
        except HoursUnreadable:
            continue


def test_the_path_shows_the_jalali_moment():
    assert jalali_text(at("2025-11-21 09:05")) == "1404/08/30 09:05"
