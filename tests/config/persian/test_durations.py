"""Lengths of time as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from config.persian.durations import DAY, HOUR, MINUTE, read_duration, show_clock, show_duration


@pytest.mark.parametrize(
    ("typed", "seconds"),
    [
        ("1:30", 90 * MINUTE), ("۱:۰۲:۳۷", 3757), ("۹۰ دقیقه", 90 * MINUTE), ("2h", 2 * HOUR), ("1h 30", 90 * MINUTE), ("1h30m", 90 * MINUTE),
        ("یک ساعت و نیم", 90 * MINUTE), ("نیم ساعت", 30 * MINUTE), ("ربع ساعت", 15 * MINUTE), ("سه ربع ساعت", 45 * MINUTE), ("1.5 hours", 90 * MINUTE),
        ("۱/۵ ساعت", 90 * MINUTE), ("2d 4h", 2 * DAY + 4 * HOUR), ("45", 45 * MINUTE), ("30s", 30), ("دو هفته", 14 * DAY), ("half an hour", 30 * MINUTE),
        ("an hour", HOUR), ("۱ ساعت و ۲۰ دقیقه و ۵ ثانیه", 4805), ("0", 0),
    ],
)  # fmt: skip
def test_lengths_of_time_are_read_as_people_write_them(typed: str, seconds: int) -> None:
    """A clock, units in both languages, halves and quarters; a number alone is minutes."""
    assert read_duration(typed) == seconds


@pytest.mark.parametrize("typed", ["", "abc", "1:75", "-5", "5 min 2h", "h", "10**9 days", "99999999999 d", "1h 2h", "x" * 500])
def test_what_is_no_length_of_time_is_none(typed: str) -> None:
    """Nothing is guessed."""
    assert read_duration(typed) is None


@given(st.integers(0, 90 * 365 * DAY), st.sampled_from(["fa", "en"]))
def test_what_is_shown_is_read_back(seconds: int, language: str) -> None:
    """In words and as a clock."""
    assert read_duration(show_duration(seconds, language)) == seconds
    if seconds < 9999 * HOUR:
        assert read_duration(show_clock(seconds, language)) == seconds


def test_lengths_of_time_are_shown_in_words() -> None:
    """Only the units that are there."""
    assert show_duration(5400, "fa") == "۱ ساعت و ۳۰ دقیقه"
    assert show_duration(93_784, "en") == "1 d 2 h 3 min 4 s"
    assert show_duration(-60, "en") == "-1 min"


@given(st.text(max_size=120))
def test_nothing_typed_breaks_it(text: str) -> None:
    """Any text is a length of time or none."""
    assert read_duration(text) is None or isinstance(read_duration(text), int)
