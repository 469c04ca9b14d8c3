"""Pauses between attempts grow, stay short, and never fall in step."""

from __future__ import annotations

from hypothesis import given, strategies as st

from switchboard.asterisk.retry import FIRST_SECONDS, MOST_SECONDS, retry_seconds


def test_the_first_attempts_come_quickly():
    """A restarting Asterisk is found within a blink."""
    assert [retry_seconds(failures, 0) for failures in (1, 2, 3)] == [FIRST_SECONDS, 2 * FIRST_SECONDS, 4 * FIRST_SECONDS]


@given(st.integers(0, 10**9), st.floats(0, 1))
def test_every_pause_is_bounded(failures, chance):
    """Never a busy loop, never long out of reach."""
    assert FIRST_SECONDS / 2 <= retry_seconds(failures, chance) <= MOST_SECONDS
