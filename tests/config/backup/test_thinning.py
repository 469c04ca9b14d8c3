"""Which back-ups stay, and when the next one is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, strategies as st

from config.backup.schedule import next_due
from config.backup.thinning import Rule, staying

TEHRAN = ZoneInfo("Asia/Tehran")
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
moments = st.lists(st.floats(NOW.timestamp() - 800 * 86_400, NOW.timestamp()), max_size=60)


def days_ago(*days: float) -> list[float]:
    return [(NOW - timedelta(days=one)).timestamp() for one in days]


def test_a_year_of_nightly_backups_becomes_days_weeks_and_months() -> None:
    """Grandfather, father, son: seven days, four weeks, twelve months, and little more."""
    every = days_ago(*range(400))
    kept = staying(every, Rule(7, 4, 12), TEHRAN, NOW.timestamp())
    assert set(days_ago(*range(7))) <= kept
    assert 7 + 3 + 9 <= len(kept) <= 7 + 4 + 12
    assert min(kept) < days_ago(300)[0]


@given(moments, st.integers(1, 10), st.integers(0, 10), st.integers(0, 10))
def test_the_newest_always_stays_and_a_second_thinning_changes_nothing(every, daily, weekly, monthly) -> None:
    """Whatever the rule, there is never nothing left, and never more than the rule says (but for the last day's)."""
    rule = Rule(daily, weekly, monthly)
    kept = staying(every, rule, TEHRAN, NOW.timestamp())
    assert kept <= set(every)
    assert not every or max(every) in kept
    assert staying(kept, rule, TEHRAN, NOW.timestamp()) == kept
    older = [one for one in kept if NOW.timestamp() - one >= 86_400]
    assert len(older) <= daily + weekly + monthly


def test_after_a_long_holiday_the_old_ones_are_still_there() -> None:
    """Days without a back-up use nothing up."""
    every = days_ago(100, 101, 102, 200)
    assert staying(every, Rule(3, 0, 0), TEHRAN, NOW.timestamp()) == set(days_ago(100, 101, 102))


def test_the_next_backup_is_due_at_the_next_of_its_hours() -> None:
    """In the company's own time."""
    now = datetime(2026, 11, 21, 2, 59, tzinfo=TEHRAN).timestamp()
    assert next_due(["03:00", "13:30"], now, TEHRAN) == now + 60
    assert next_due(["03:00", "13:30"], now + 60, TEHRAN) == datetime(2026, 11, 21, 13, 30, tzinfo=TEHRAN).timestamp()
    assert next_due(["03:00"], now + 60, TEHRAN) == datetime(2026, 11, 22, 3, 0, tzinfo=TEHRAN).timestamp()
    assert next_due([], now, TEHRAN) is None


def test_a_change_of_the_clocks_loses_no_backup() -> None:
    """The hour that is left out comes a little later; the hour that comes twice counts once."""
    berlin = ZoneInfo("Europe/Berlin")
    before = datetime(2026, 3, 28, 12, 0, tzinfo=berlin).timestamp()
    due = next_due(["02:30"], before, berlin)
    assert due
    assert datetime.fromtimestamp(due, berlin).date().day == 29
    autumn = next_due(["02:30"], datetime(2026, 10, 25, 0, 0, tzinfo=berlin).timestamp(), berlin)
    assert autumn
    assert next_due(["02:30"], autumn, berlin) - autumn > 20 * 3600
