"""Wrong too often, and there is a wait; wrong again after it, and the wait is longer."""

from __future__ import annotations

from hypothesis import given, strategies as st

from web.throttle import LONGEST_SECONDS, MOST_KEYS, WINDOW_SECONDS, Throttle


def lock(throttle: Throttle, key: str, now: float, tries: int = 5) -> float:
    """Fail until there is a wait; how long it is."""
    for _number in range(tries):
        until = throttle.failed(key, now)
    return until - now


def test_the_wait_grows_up_to_four_hours() -> None:
    """15 minutes, 30, 60, 120, 240, and no more."""
    throttle, now, waits = Throttle(5), 1000.0, []
    for _round in range(6):
        waits.append(lock(throttle, "user:maryam", now))
        assert throttle.wait_seconds("user:maryam", now) == waits[-1]
        now += waits[-1] + 1
        assert throttle.wait_seconds("user:maryam", now) == 0
    assert waits == [900, 1800, 3600, 7200, LONGEST_SECONDS, LONGEST_SECONDS]


def test_a_day_of_peace_makes_the_wait_short_again() -> None:
    """Who was attacked last week does not wait four hours for a slip today."""
    throttle = Throttle(5)
    lock(throttle, "user:maryam", 0)
    assert lock(throttle, "user:maryam", 1000) == 1800
    assert lock(throttle, "user:maryam", 200_000) == 900


def test_the_right_password_forgets_and_time_does_too() -> None:
    """Four wrong ones, a right one, four more: no wait; nor for slips far apart."""
    throttle = Throttle(5)
    for _number in range(4):
        throttle.failed("user:maryam", 0)
    throttle.succeeded("user:maryam")
    assert not any(throttle.failed("user:maryam", 1) for _number in range(4))
    assert not any(throttle.failed("user:reza", number * WINDOW_SECONDS) for number in range(1, 20))


def test_a_flood_of_names_costs_no_memory() -> None:
    """The oldest are forgotten first."""
    throttle = Throttle(5)
    for number in range(MOST_KEYS + 500):
        throttle.failed(f"user:{number}", 0)
    assert len(throttle._counts) == MOST_KEYS


@given(st.lists(st.tuples(st.floats(0, 1000), st.sampled_from(["failed", "succeeded"])), max_size=60))
def test_nobody_waits_longer_than_the_longest(steps: list[tuple[float, str]]) -> None:
    """Whatever comes in whatever order, the wait is between nothing and four hours."""
    throttle, now = Throttle(3), 0.0
    for pause, what in steps:
        now += pause
        throttle.failed("k", now) if what == "failed" else throttle.succeeded("k")
        assert 0 <= throttle.wait_seconds("k", now) <= LONGEST_SECONDS
