"""The floor: callers and agents are brought together, whatever happens in between."""

from __future__ import annotations

import pytest

from agents.actions import Connect, Drop, HangUp, Met, Music, Release, Ring, Tell
from agents.rules import FloorRules, QueueRules
from agents.talks import Talk
from switchboard.events import AgentOffered, QueueJoined, QueueLeft
from tests.agents.hall import START, Hall, queue


def sales(*members: str, **rules: object) -> Hall:
    return Hall(queue("sales", *members, **rules))


# ── Offering ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_free_agent_is_told_before_their_phone_is_rung() -> None:
    """The pop comes first, within the same input; music plays meanwhile."""
    hall = sales("maryam")
    hall.at_work("maryam")
    actions = hall.do(lambda floor: floor.join("call-1", "sales", hall.now))
    offered = next(n for n, one in enumerate(actions) if isinstance(one, Tell) and isinstance(one.event, AgentOffered))
    rung = next(n for n, one in enumerate(actions) if isinstance(one, Ring))
    assert offered < rung
    assert hall.music["call-1"] == "sales"
    assert hall.remembered["call-1"] == {"SB_QUEUE": "sales", "SB_SINCE": "1000.000", "SB_PRIORITY": "0", "SB_AGENT": ""}


def test_two_callers_and_one_agent() -> None:
    """The first is offered; the second waits until the agent is done, wrap-up included."""
    hall = sales("maryam", wrap_up_seconds=30)
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.joins("call-2")
    leg = hall.picks_up("maryam")
    assert hall.offers() == [("call-1", "maryam")]
    hall.leg_ends(leg)
    hall.passes(29)
    assert hall.offers() == [("call-1", "maryam")]
    hall.passes(1)
    assert hall.rings_at("maryam") == "call-2"


def test_one_caller_and_two_agents() -> None:
    """Only the agent who is idle for longer is rung."""
    hall = sales("maryam", "reza")
    hall.at_work("reza")
    hall.passes(5)
    hall.at_work("maryam")
    hall.joins("call-1")
    assert hall.offers() == [("call-1", "reza")]
    assert hall.activity("maryam") == "idle"


def test_lower_penalties_are_offered_first() -> None:
    """Helpers from another team are rung only when the team itself is busy."""
    hall = Hall(QueueRules(name="sales", members={"maryam": 5, "reza": 0}))
    hall.at_work("maryam")
    hall.passes(60)
    hall.at_work("reza")
    hall.joins("call-1")
    hall.joins("call-2")
    assert hall.offers() == [("call-1", "reza"), ("call-2", "maryam")]


def test_an_agent_of_two_queues_takes_who_waits_longest() -> None:
    """Between queues the longest wait counts, and a priority more."""
    hall = Hall(queue("sales", "maryam", wrap_up_seconds=0), queue("support", "maryam", wrap_up_seconds=0))
    hall.joins("call-1", "support")
    hall.passes(1)
    hall.joins("call-2", "sales")
    hall.joins("call-3", "sales", priority=3)
    hall.at_work("maryam")
    for _ in range(3):
        hall.leg_ends(hall.picks_up("maryam"))
    assert [call for call, _ in hall.offers()] == ["call-3", "call-1", "call-2"]


def test_nobody_is_offered_before_every_live_call_is_known() -> None:
    """At a restart the first caller found must not pass the one who waits longer."""
    hall = Hall(queue("sales", "maryam"), open_=False)
    hall.at_work("maryam")
    hall.joins("late", since=START - 10, adopted=True)
    hall.joins("early", since=START - 90, adopted=True)
    assert hall.offers() == []
    hall.do(lambda floor: floor.found(hall.now))
    assert hall.rings_at("maryam") == "early"


def test_an_adopted_caller_waits_on_with_the_music_they_have() -> None:
    """Found in the holding bridge: nothing is sent to Asterisk, the wait counts from its beginning."""
    hall = sales("maryam")
    actions = hall.do(lambda floor: floor.join("call-1", "sales", hall.now, since=START - 40, adopted=True))
    assert not [one for one in actions if isinstance(one, Music)]
    assert [one for one in hall.events if isinstance(one, QueueJoined)] == [
        QueueJoined(at=START, call="call-1", queue="sales", since=START - 40)
    ]


# ── Offers that come to nothing ──────────────────────────────────────────────────────────────────────────────────


def test_no_answer_and_reject_have_their_own_delays() -> None:
    """Who let it ring is rung again sooner than who refused; the caller keeps the place."""
    hall = sales("maryam", ring_seconds=20, no_answer_delay_seconds=10, reject_delay_seconds=30)
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.passes(20)
    assert hall.offers_ended() == [("call-1", "maryam", "no_answer")]
    hall.passes(9)
    assert hall.rings_at("maryam") == ""
    hall.passes(1)
    assert hall.rings_at("maryam") == "call-1"
    hall.do(lambda floor: floor.reject("maryam", hall.now))
    assert hall.offers_ended()[-1] == ("call-1", "maryam", "rejected")
    hall.passes(29)
    assert hall.rings_at("maryam") == ""
    hall.passes(1)
    assert hall.rings_at("maryam") == "call-1"
    assert hall.left() == []


@pytest.mark.parametrize(("cause", "why"), [(17, "rejected"), (21, "rejected"), (18, "no_answer"), (19, "no_answer"), (20, "unreachable")])
def test_the_cause_of_a_ringing_legs_end_says_why(cause: int, why: str) -> None:
    """Busy and declined are refusals, silence is no answer, everything else is a phone that cannot be rung."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.leg_ends(hall.leg_of("maryam"), cause)
    assert hall.offers_ended() == [("call-1", "maryam", why)]
    assert hall.waiting() == ["call-1"]


def test_who_never_answers_is_put_on_a_break() -> None:
    """Three offers in a row rang in vain: nobody sits there. Told with the reason."""
    hall = Hall(queue("sales", "maryam", ring_seconds=10, no_answer_delay_seconds=1), rules=FloorRules(no_answers_before_break=3))
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.passes(100)
    assert hall.intents("maryam")[-1] == ("on_break", "no_answer")
    assert len(hall.offers()) == 3
    hall.wants("maryam", "available")
    assert hall.rings_at("maryam") == "call-1"


def test_an_answer_forgives_the_offers_not_answered() -> None:
    """Only offers in a row count."""
    hall = Hall(
        queue("sales", "maryam", ring_seconds=10, no_answer_delay_seconds=1, wrap_up_seconds=0), rules=FloorRules(no_answers_before_break=2)
    )
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.passes(11)
    hall.leg_ends(hall.picks_up("maryam"))
    hall.joins("call-2")
    hall.passes(10)
    assert hall.intent("maryam") == "available"


def test_the_browser_closed_while_it_rings() -> None:
    """The phone is gone: the offer ends as unreachable, another agent is rung for the same caller."""
    hall = sales("maryam", "reza")
    hall.at_work("maryam")
    hall.passes(1)
    hall.at_work("reza")
    hall.joins("call-1")
    hall.phone("maryam", online=False)
    assert hall.offers_ended() == [("call-1", "maryam", "unreachable")]
    assert hall.rings_at("reza") == "call-1"
    assert hall.intent("maryam") == "available"
    assert not hall.floor.seats["maryam"].presence.reachable


def test_a_phone_that_comes_back_is_rung_at_once() -> None:
    """The page was reloaded while it rang."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.phone("maryam", online=False)
    hall.phone("maryam", online=True)
    assert hall.rings_at("maryam") == "call-1"


def test_a_console_that_stays_away_while_it_rings_counts_as_closed() -> None:
    """The browser crashed, and the telephone system has not noticed yet."""
    hall = Hall(queue("sales", "maryam"), rules=FloorRules(console_grace_seconds=4))
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.do(lambda floor: floor.console_gone("maryam", hall.now))
    hall.passes(3)
    hall.do(lambda floor: floor.console_seen("maryam", hall.now))
    hall.passes(3)
    assert hall.rings_at("maryam") == "call-1"
    hall.do(lambda floor: floor.console_gone("maryam", hall.now))
    hall.passes(4)
    assert hall.offers_ended() == [("call-1", "maryam", "unreachable")]


def test_the_desk_phone_rings_when_the_browser_phone_is_off() -> None:
    """Any phone of the agent will do, the preferred one first."""
    hall = sales("maryam")
    hall.do(lambda floor: floor.phone_seen("d-maryam", online=True, now=hall.now))
    hall.wants("maryam", "available")
    hall.joins("call-1")
    assert hall.rings[hall.leg_of("maryam")].endpoint == "d-maryam"


# ── Callers who leave ────────────────────────────────────────────────────────────────────────────────────────────


def test_the_caller_hangs_up_while_waiting() -> None:
    """Abandoned, with the time they waited."""
    hall = sales("maryam")
    hall.joins("call-1")
    hall.passes(7)
    hall.hangs_up("call-1")
    assert [one for one in hall.events if isinstance(one, QueueLeft)] == [
        QueueLeft(at=START + 7, call="call-1", queue="sales", why="abandoned", waited_seconds=7.0)
    ]
    assert hall.released["call-1"] == "gone"


def test_the_caller_hangs_up_while_it_rings() -> None:
    """The ringing stops, the agent is not blamed and takes the next caller at once."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.joins("call-2")
    hall.hangs_up("call-1")
    assert hall.offers_ended() == [("call-1", "maryam", "caller_gone")]
    assert hall.offers()[-1] == ("call-2", "maryam")
    assert hall.floor.seats["maryam"].no_answers == 0


@pytest.mark.parametrize("held", [False, True])
def test_the_caller_hangs_up_while_talking_or_on_hold(held: bool) -> None:
    """The agent wraps up."""
    hall = sales("maryam", wrap_up_seconds=30)
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.picks_up("maryam")
    if held:
        hall.do(lambda floor: floor.held("call-1", "held", hall.now))
        assert hall.activity("maryam") == "hold"
    hall.hangs_up("call-1")
    assert hall.activity("maryam") == "wrap_up"
    assert hall.hung_up == []


def test_the_caller_hangs_up_in_the_moment_of_the_answer() -> None:
    """Picked up, but nobody is there: no wrap-up for a talk that never was."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.picks_up("maryam", bridged=False)
    hall.hangs_up("call-1")
    assert hall.activity("maryam") == "idle"
    assert hall.released["call-1"] == "gone"


def test_the_longest_wait_gives_the_caller_back_to_the_flow() -> None:
    """The shorter of the queue's and the flow's limits counts."""
    hall = sales("maryam", max_wait_seconds=60)
    hall.joins("call-1", max_seconds=20)
    hall.passes(19)
    assert hall.released == {}
    hall.passes(1)
    assert hall.released == {"call-1": "timeout"}
    assert hall.left() == [("call-1", "timeout")]
    assert hall.remembered["call-1"]["SB_QUEUE"] == ""


def test_the_longest_wait_lets_a_ringing_phone_ring_out() -> None:
    """An agent may still pick up; only when it is not answered the flow goes on."""
    hall = sales("maryam", ring_seconds=20)
    hall.at_work("maryam")
    hall.passes(1)
    hall.joins("call-1", max_seconds=15)
    hall.passes(15)
    assert hall.released == {}
    hall.passes(5)
    assert hall.left() == [("call-1", "timeout")]
    assert hall.activity("maryam") == "idle"


def test_a_queue_that_is_withdrawn_gives_its_callers_back() -> None:
    """Nobody is left in a line that no longer exists."""
    hall = Hall(queue("sales", "maryam"), queue("support", "reza"))
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.joins("call-2")
    hall.do(lambda floor: floor.set_queues([queue("support", "reza")], hall.now))
    assert hall.released == {"call-1": "timeout", "call-2": "timeout"}
    assert hall.activity("maryam") == "idle"


def test_the_flow_takes_a_caller_out() -> None:
    """A key was pressed while waiting: ringing stops, the caller is the flow's."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.do(lambda floor: floor.leave("call-1", "key", hall.now))
    assert hall.left() == [("call-1", "key")]
    assert hall.activity("maryam") == "idle"


# ── Talks ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_connects_and_lets_the_flow_go_when_they_hear_each_other() -> None:
    """First the bridge, then the outcome."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    leg = hall.leg_of("maryam")
    actions = hall.do(lambda floor: floor.leg_answered(leg, hall.now))
    assert Connect("call-1", leg, "maryam") in actions
    assert hall.released == {}
    actions = hall.do(lambda floor: floor.connected("call-1", leg, hall.now))
    assert actions == [Met("call-1", leg, "maryam"), Release("call-1", "answered")]
    assert hall.left() == [("call-1", "answered")]


def test_the_agent_hangs_up() -> None:
    """The call is over and wrap-up begins; its end can be had earlier."""
    hall = sales("maryam", wrap_up_seconds=30)
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.leg_ends(hall.picks_up("maryam"), 16)
    assert hall.hung_up == [HangUp("call-1", "agent")]
    assert hall.activity("maryam") == "wrap_up"
    assert hall.floor.seats["maryam"].presence.until == START + 30
    hall.do(lambda floor: floor.end_wrap_up("maryam", hall.now))
    assert hall.activity("maryam") == "idle"
    assert hall.timers == {}


def test_the_browser_closed_while_talking() -> None:
    """The leg died, the customer did not hang up: back to the head of the line, before who waits longer, to the next agent."""
    hall = sales("maryam", "reza", wrap_up_seconds=30)
    hall.at_work("maryam")
    hall.joins("call-1")
    leg = hall.picks_up("maryam")
    hall.joins("call-2")
    hall.passes(120)
    hall.leg_ends(leg, 44)
    assert hall.hung_up == []
    assert hall.waiting() == ["call-1", "call-2"]
    assert hall.activity("maryam") == "wrap_up"
    hall.at_work("reza")
    assert hall.rings_at("reza") == "call-1"
    assert hall.left() == [("call-1", "answered")]
    assert hall.remembered["call-1"]["SB_SINCE"] == "1000.000"


def test_a_phone_that_dies_before_the_bridge_stands_costs_nobody_the_place() -> None:
    """Picked up and dropped at once: the caller still waits since the beginning."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.passes(5)
    leg = hall.picks_up("maryam", bridged=False)
    hall.leg_ends(leg, 16)
    assert hall.waiting() == ["call-1"]
    assert hall.floor.lines.line("sales").longest_since == START
    assert hall.released == {}


def test_a_bridge_that_cannot_be_made_gives_the_caller_back() -> None:
    """The order failed: the agent's leg is dropped, the caller keeps the place."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    leg = hall.picks_up("maryam", bridged=False)
    hall.wants("maryam", "offline")
    actions = hall.do(lambda floor: floor.connect_failed("call-1", leg, hall.now))
    assert Drop(leg) in actions
    assert hall.waiting() == ["call-1"]


def test_hold_and_resume_are_seen() -> None:
    """Hold is an activity of its own."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.picks_up("maryam")
    hall.do(lambda floor: floor.held("call-1", "held", hall.now))
    hall.do(lambda floor: floor.held("call-1", "held", hall.now))
    hall.do(lambda floor: floor.held("call-1", "resumed", hall.now))
    assert hall.activities("maryam") == ["ringing", "talking", "hold", "talking"]


def test_a_leg_nobody_waits_for_changes_nothing() -> None:
    """A late answer to an offer that is over is none of ours."""
    hall = sales("maryam")
    hall.at_work("maryam")
    hall.joins("call-1")
    leg = hall.leg_of("maryam")
    hall.hangs_up("call-1")
    told = len(hall.events)
    hall.do(lambda floor: floor.leg_answered(leg, hall.now))
    hall.leg_ends(leg, 16)
    hall.hangs_up("call-1")
    assert len(hall.events) == told


# ── The link and restarts ────────────────────────────────────────────────────────────────────────────────────────


def test_a_lost_link_withdraws_offers_and_keeps_waits_and_talks() -> None:
    """What rings is dropped; nobody loses a place or a talk."""
    hall = sales("maryam", "reza")
    hall.at_work("maryam")
    hall.joins("call-1")
    hall.picks_up("maryam")
    hall.at_work("reza")
    hall.joins("call-2")
    leg = hall.leg_of("reza")
    actions = hall.do(lambda floor: floor.lost(hall.now))
    assert Drop(leg) in actions
    assert hall.offers_ended()[-1] == ("call-2", "reza", "withdrawn")
    assert (hall.activity("maryam"), hall.waiting()) == ("talking", ["call-2"])
    hall.do(lambda floor: floor.found(hall.now))
    assert hall.rings_at("reza") == "call-2"


def test_a_talk_found_alive_is_the_agents_again() -> None:
    """After a restart the agent talks, wraps up and is free as if nothing had been."""
    hall = Hall(queue("sales", "maryam", wrap_up_seconds=30), open_=False)
    hall.at_work("maryam")
    talk = Talk("call-1", "maryam", "leg-x", "sales", START - 60, connected=True)
    hall.do(lambda floor: floor.adopt_talk(talk, held=True, now=hall.now))
    hall.do(lambda floor: floor.adopt_talk(talk, held=True, now=hall.now))
    hall.do(lambda floor: floor.found(hall.now))
    hall.joins("call-2")
    assert (hall.activity("maryam"), hall.offers()) == ("hold", [])
    hall.leg_ends("leg-x")
    assert hall.hung_up == [HangUp("call-1", "agent")]
    assert hall.activity("maryam") == "wrap_up"


def test_a_talk_of_somebody_who_no_longer_works_here_is_still_ended() -> None:
    """The customer is not left alone when that agent hangs up."""
    hall = sales("maryam")
    hall.do(lambda floor: floor.adopt_talk(Talk("call-1", "ghost", "leg-x", "sales", 0.0, connected=True), held=False, now=hall.now))
    hall.leg_ends("leg-x")
    assert hall.hung_up == [HangUp("call-1", "agent")]


def test_an_agent_taken_off_the_roster_finishes_the_call() -> None:
    """Removed while talking: the talk goes on, and nothing is offered afterwards."""
    hall = sales("maryam", wrap_up_seconds=30)
    hall.at_work("maryam")
    hall.joins("call-1")
    leg = hall.picks_up("maryam")
    hall.do(lambda floor: floor.set_agents({}, hall.now))
    hall.joins("call-2")
    assert hall.activity("maryam") == "talking"
    hall.leg_ends(leg)
    assert hall.floor.seats.get("maryam") is None
    assert hall.offers() == [("call-1", "maryam")]
    assert hall.intents("maryam")[-1] == ("offline", "")


# ── The customer's own expert ────────────────────────────────────────────────────────────────────────────────────


def test_the_customers_own_expert_is_asked_first() -> None:
    """A free expert is offered the caller even when others are idle for longer and belong to the queue."""
    hall = Hall(queue("sales", "maryam"), queue("support", "reza"))
    hall.at_work("maryam", "reza")
    hall.joins("call-1", expert="reza")
    assert hall.offers() == [("call-1", "reza")]


def test_a_busy_expert_is_waited_for_a_little_while() -> None:
    """Others are not rung meanwhile; the next caller is not held up."""
    hall = Hall(queue("sales", "maryam", "reza"), rules=FloorRules(expert_seconds=15))
    hall.at_work("reza")
    hall.joins("call-0")
    hall.picks_up("reza")
    hall.at_work("maryam")
    hall.joins("call-1", expert="reza")
    assert hall.rings_at("maryam") == ""
    hall.passes(14)
    assert hall.rings_at("maryam") == ""
    hall.passes(1)
    assert hall.rings_at("maryam") == "call-1"


def test_an_expert_who_is_not_at_work_or_refuses_is_not_waited_for() -> None:
    """On a break, offline or saying no: anybody else."""
    hall = Hall(queue("sales", "maryam", "reza"))
    hall.at_work("maryam")
    hall.joins("call-1", expert="reza")
    assert hall.rings_at("maryam") == "call-1"
    hall.at_work("reza")
    hall.joins("call-2", expert="reza")
    hall.do(lambda floor: floor.reject("maryam", hall.now))
    assert hall.rings_at("reza") == "call-2"
    hall.do(lambda floor: floor.reject("reza", hall.now))
    hall.passes(60)
    assert hall.rings_at("maryam") == "call-1"


def test_who_the_caller_is_may_become_known_while_waiting() -> None:
    """Recognised late: a VIP moves forward, the place outlives the daemon."""
    hall = sales("maryam")
    hall.joins("call-1")
    hall.passes(1)
    hall.joins("call-2")
    hall.do(lambda floor: floor.recognised("call-2", hall.now, priority=5))
    assert hall.waiting() == ["call-2", "call-1"]
    assert hall.remembered["call-2"]["SB_PRIORITY"] == "5"


# ── For those who show it ────────────────────────────────────────────────────────────────────────────────────────


def test_queues_and_agents_are_shown_as_they_are() -> None:
    """How many wait, since when, and how many agents are free."""
    hall = sales("maryam", "reza")
    hall.joins("call-1")
    hall.passes(3)
    hall.joins("call-2")
    hall.at_work("maryam")
    (now,) = hall.floor.queues()
    assert (now.waiting, now.longest_since, now.agents_available) == (2, START, 0)
    assert {one.agent: (one.intent, one.activity, one.call) for one in hall.floor.agents()} == {
        "maryam": ("available", "ringing", "call-1"),
        "reza": ("offline", "idle", ""),
    }


def test_the_expert_is_asked_even_when_nobody_of_the_queue_is_at_work() -> None:
    """The customer's own expert need not belong to the queue."""
    hall = Hall(queue("sales", "maryam"), queue("support", "reza"))
    hall.at_work("reza")
    hall.joins("call-1", expert="reza")
    assert hall.rings_at("reza") == "call-1"


def test_a_call_in_wrap_up_can_come_back_to_the_same_agent() -> None:
    """The phone failed, wrap-up began, and after a lost link the talk is found alive after all."""
    hall = Hall(queue("sales", "maryam", wrap_up_seconds=30), open_=False)
    hall.at_work("maryam")
    for _ in range(2):
        talk = Talk("call-1", "maryam", "leg-x", "sales", START, connected=True)
        hall.do(lambda floor, talk=talk: floor.adopt_talk(talk, held=False, now=hall.now))
        assert hall.activity("maryam") == "talking"
        hall.hangs_up("call-1")
        assert hall.activity("maryam") == "wrap_up"
