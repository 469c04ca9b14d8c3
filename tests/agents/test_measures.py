"""Measures: the usual definitions, with the worked examples of those who wrote them."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from agents.measures import AgentCounts, QueueCounts, ServiceLevel, Wait, service_level
from agents.presence import Intent, Presence
from agents.rules import QueueRules
from agents.tally import Tally
from switchboard.events import AgentActivityChanged, AgentIntentChanged, AgentOffered, OfferEnded, QueueJoined, QueueLeft

DAY = 86_400.0


def wait(seconds: float, why: str, *, since: float = 100.0) -> Wait:
    left = since + seconds if why else 0.0
    return Wait(call="call", queue="sales", since=since, threshold_seconds=20.0, short_seconds=5.0, left_at=left, why=why)


def test_ciscos_worked_example() -> None:
    """70 answered and 10 abandoned within the threshold, 20 passed it: 77.8 %, 70 % and 80 %."""
    level = ServiceLevel(answered=70, abandoned=10, passed=20)
    assert level.offered == 100
    assert level.abandons_ignored == pytest.approx(0.778, abs=0.0005)
    assert level.abandons_negative == pytest.approx(0.70)
    assert level.abandons_positive == pytest.approx(0.80)


@pytest.mark.parametrize(
    ("seconds", "why", "event"),
    [
        (20.0, "answered", "answered"),
        (20.1, "answered", "passed"),
        (10.0, "abandoned", "abandoned"),
        (60.0, "abandoned", "passed"),
        (4.9, "abandoned", "short"),
        (10.0, "timeout", ""),
        (60.0, "timeout", "passed"),
        (10.0, "cut_off", ""),
    ],
)
def test_a_call_causes_one_service_level_event_at_the_most(seconds: float, why: str, event: str) -> None:
    """At the first of: answered in time, abandoned in time, threshold passed. Errors within the threshold and short abandons do not count."""
    assert wait(seconds, why).service_event(1_000.0) == event


def test_who_still_waits_counts_when_the_threshold_passes() -> None:
    """Not before, and not only when it is over."""
    still = wait(0.0, "")
    assert still.service_event(still.since + 20) == ""
    assert still.service_event(still.since + 21) == "passed"


def test_genesys_switches() -> None:
    """80 answered of which 10 late, 15 abandoned of which 5 short, 5 flowed out."""
    counts = QueueCounts(offered=100, answered=80, answered_late=10, abandoned=15, short_abandoned=5, flowed_out=5)
    assert counts.genesys_service_level(without_short=False) == pytest.approx(70 / 95)
    assert counts.genesys_service_level() == pytest.approx(70 / 90)
    assert counts.genesys_service_level(flow_outs=True) == pytest.approx(70 / 95)
    assert counts.genesys_service_level(without_abandons=True) == pytest.approx(70 / 80)
    assert counts.abandon_rate == pytest.approx(15 / 100)


def test_nothing_has_no_ratio() -> None:
    """An empty day is not a day of 0 % or 100 %."""
    assert QueueCounts().genesys_service_level() is None
    assert QueueCounts().speed_of_answer is None
    assert ServiceLevel(0, 0, 0).abandons_negative is None
    assert AgentCounts().handle_time is None


@given(st.lists(st.tuples(st.floats(0, 100), st.sampled_from(["answered", "abandoned", "timeout", "key", "cut_off"])), max_size=80))
def test_counts_add_up(waits: list[tuple[float, str]]) -> None:
    """Every call that left is one of answered, abandoned and flowed out; the three service levels are ordered as they must be."""
    counts = QueueCounts()
    over = [wait(seconds, why) for seconds, why in waits]
    for one in over:
        counts.add(one)
    assert counts.answered + counts.abandoned + counts.flowed_out == len(over)
    level = service_level(over, 1_000.0)
    assert level.answered == counts.answered - counts.answered_late
    if level.answered:
        assert (level.abandons_negative or 0) <= (level.abandons_ignored or 0) <= 1
        assert (level.abandons_negative or 0) <= (level.abandons_positive or 0) <= 1


# ── The tally of a day ───────────────────────────────────────────────────────────────────────────────────────────


def tally() -> Tally:
    rules = QueueRules(name="sales", service_level_seconds=20.0, short_abandon_seconds=5.0)
    return Tally(lambda now: now // DAY * DAY, {"sales": rules}.get)


def test_a_queues_day() -> None:
    """Two answered (one late), one abandoned, one gone too soon to count."""
    day = tally()
    for n, (seconds, why) in enumerate([(10, "answered"), (40, "answered"), (30, "abandoned"), (2, "abandoned")]):
        day.apply(QueueJoined(at=DAY + n, call=f"call-{n}", queue="sales", since=DAY + n))
        day.apply(QueueLeft(at=DAY + n + seconds, call=f"call-{n}", queue="sales", why=why, waited_seconds=seconds))
    assert day.counted("sales") == {"answered": 2, "abandoned": 1, "offered": 4}
    counts = day.of_queue("sales")
    assert (counts.speed_of_answer, counts.longest_wait_seconds, counts.short_abandoned) == (25.0, 40.0, 1)
    assert day.service_level("sales", DAY + 100) == ServiceLevel(answered=1, abandoned=0, passed=2)


def test_an_adopted_caller_is_counted_once() -> None:
    """Read from the ledger, then joined anew with the old beginning."""
    day = tally()
    for at in (DAY + 1, DAY + 60):
        day.apply(QueueJoined(at=at, call="call-1", queue="sales", since=DAY + 1))
    day.apply(QueueLeft(at=DAY + 70, call="call-1", queue="sales", why="answered", waited_seconds=69))
    assert day.counted("sales")["offered"] == 1
    assert day.of_queue("sales").answered_wait_seconds == 69.0


def test_an_agents_day() -> None:
    """Talk, hold and wrap-up make the handle time; breaks count against one occupancy and not against the other."""
    day = tally()
    day.apply(AgentIntentChanged(at=DAY, agent="maryam", intent="available"))
    day.apply(AgentOffered(at=DAY + 100, call="c", agent="maryam", queue="sales", leg="l", since=DAY))
    for at, activity in ((100, "ringing"), (105, "talking"), (165, "hold"), (175, "talking"), (205, "wrap_up"), (225, "idle")):
        day.apply(AgentActivityChanged(at=DAY + at, agent="maryam", activity=activity))
    day.apply(OfferEnded(at=DAY + 105, call="c", agent="maryam", queue="sales", leg="l", why="answered"))
    day.apply(AgentIntentChanged(at=DAY + 300, agent="maryam", intent="on_break", reason="lunch"))
    counts = day.of_agent("maryam", DAY + 400)
    assert (counts.talk_seconds, counts.hold_seconds, counts.wrap_up_seconds) == (90.0, 10.0, 20.0)
    assert (counts.handled, counts.handle_time) == (1, 120.0)
    assert (counts.ready_seconds, counts.logged_in_seconds) == (175.0, 400.0)
    assert counts.occupancy_of_login == pytest.approx(120 / 400)
    assert counts.occupancy_of_readiness == pytest.approx(120 / 295)
    assert (counts.offers, counts.non_response) == (1, 0.0)


def test_offers_not_answered_are_the_agents_unless_the_caller_gave_up() -> None:
    """Ringing in vain and refusing count; a caller who hangs up meanwhile does not."""
    day = tally()
    for why in ("no_answer", "rejected", "caller_gone", "unreachable", "withdrawn", "answered"):
        day.apply(OfferEnded(at=DAY, call="c", agent="maryam", queue="sales", leg="l", why=why))
    counts = day.of_agent("maryam", DAY)
    assert (counts.answered, counts.no_answer, counts.rejected) == (1, 2, 1)
    assert counts.non_response == pytest.approx(3 / 4)


def test_midnight_begins_a_new_day() -> None:
    """Counts begin anew; who waits and who works goes on."""
    day = tally()
    day.apply(AgentIntentChanged(at=DAY + 100, agent="maryam", intent="available"))
    day.apply(QueueJoined(at=2 * DAY - 10, call="call-1", queue="sales", since=2 * DAY - 10))
    day.apply(QueueLeft(at=2 * DAY + 10, call="call-1", queue="sales", why="answered", waited_seconds=20))
    assert day.counted("sales") == {"answered": 1, "abandoned": 0, "offered": 1}
    assert day.of_agent("maryam", 2 * DAY + 50).ready_seconds == 50.0


def test_a_restart_leaves_no_ghosts_in_the_tally() -> None:
    """Whoever hung up while the daemon was away no longer waits, and agents do what they are found doing."""
    day = tally()
    day.apply(QueueJoined(at=DAY, call="gone", queue="sales", since=DAY))
    day.apply(QueueJoined(at=DAY, call="there", queue="sales", since=DAY))
    day.apply(AgentIntentChanged(at=DAY, agent="maryam", intent="available"))
    day.apply(AgentActivityChanged(at=DAY, agent="maryam", activity="talking"))
    found = Presence("maryam", Intent("available"))
    day.settle({"there"}, [found.now()], DAY + 60)
    assert (day.of_queue("sales").flowed_out, day.service_level("sales", DAY + 60).passed) == (1, 2)
    counts = day.of_agent("maryam", DAY + 90)
    assert (counts.talk_seconds, counts.ready_seconds) == (60.0, 30.0)
