"""Stories of the queue: callers and agents, from the first ring to the last, by telephones in memory."""

from __future__ import annotations

import pytest

from agents.rules import FloorRules
from agents.tally import Tally
from switchboard.events import AgentActivityChanged, AgentIntentChanged, AgentOffered, CallEnded, OfferEnded, QueueJoined, QueueLeft
from tests.agents.hall import queue
from tests.agents.office import Office
from tests.fakes.phones import settle


def offers(office: Office) -> list[tuple[str, str]]:
    return [(one.call, one.agent) for one in office.told(AgentOffered)]


def ends(office: Office) -> list[tuple[str, str]]:
    return [(one.agent, one.why) for one in office.told(OfferEnded)]


def exactly_one_leaving_for_every_joining(office: Office) -> bool:
    joined = [(one.call, one.queue) for one in office.told(QueueJoined)]
    left = [(one.call, one.queue) for one in office.told(QueueLeft)]
    return sorted(joined) == sorted(left)


async def test_two_callers_and_one_agent() -> None:
    """The second hears music until the agent has wrapped up the first; both are answered in the order of their coming."""
    office = Office([queue("sales", "maryam", wrap_up_seconds=30)])
    await office.at_work("maryam")
    first, second = await office.call_in(), await office.call_in()
    leg = await office.picks_up("maryam")
    assert (office.phones.hears(first), office.phones.hears(second)) == (leg, "waiting-sales")
    await office.passes(60)
    await office.leg_ends(leg)
    assert office.phones.hears(first) == ""
    assert office.activity("maryam") == "wrap_up"
    await office.passes(30)
    assert office.rings_at("maryam") == second
    await office.picks_up("maryam")
    await office.customer_hangs_up(second)
    assert office.flow.outcomes == {first: "answered", second: "answered"}
    assert exactly_one_leaving_for_every_joining(office)
    await office.closes()


async def test_one_caller_and_two_agents() -> None:
    """One phone rings, that of the agent who is idle for longer; the other agent takes the next caller."""
    office = Office()
    await office.at_work("reza")
    await office.passes(3)
    await office.at_work("maryam")
    first, second = await office.call_in(), await office.call_in()
    assert (office.rings_at("reza"), office.rings_at("maryam")) == (first, second)
    assert len(office.phones.ringing()) == 2
    await office.closes()


async def test_a_refusal_then_silence_then_an_answer() -> None:
    """Refused by one, not answered by the other, answered at last: the caller heard music all the time and kept the place."""
    office = Office([queue("sales", "maryam", "reza", ring_seconds=20, no_answer_delay_seconds=10, reject_delay_seconds=40)])
    await office.at_work("maryam")
    await office.passes(1)
    await office.at_work("reza")
    call = await office.call_in()
    office.phones.reject(office.leg_at("maryam"))
    await settle()
    assert office.rings_at("reza") == call
    await office.passes(20)
    assert ends(office) == [("maryam", "rejected"), ("reza", "no_answer")]
    assert office.phones.hears(call) == "waiting-sales"
    assert office.phones.ringing() == []
    await office.passes(10)
    assert office.rings_at("reza") == call
    await office.picks_up("reza")
    assert office.flow.outcomes == {call: "answered"}
    (left,) = office.told(QueueLeft)
    assert left.waited_seconds == pytest.approx(30, abs=1)
    await office.closes()


async def test_an_agent_who_left_the_desk_is_put_on_a_break() -> None:
    """Three times in vain; then the caller is for the others, and the agent finds the reason on the screen."""
    office = Office([queue("sales", "maryam", ring_seconds=10, no_answer_delay_seconds=2)], rules=FloorRules(no_answers_before_break=3))
    await office.at_work("maryam")
    call = await office.call_in()
    await office.passes(60)
    assert len(offers(office)) == 3
    assert [(one.intent, one.reason) for one in office.told(AgentIntentChanged)][-1] == ("on_break", "no_answer")
    assert office.phones.hears(call) == "waiting-sales"
    await office.desk.set_intent("maryam", "available")
    await settle()
    assert office.rings_at("maryam") == call
    await office.closes()


# ── The agent's browser closes ───────────────────────────────────────────────────────────────────────────────────


async def test_the_browser_closes_while_idle() -> None:
    """Available but not reachable: nobody is offered, and the call comes when the page is open again."""
    office = Office()
    await office.at_work("maryam")
    office.phones.phone("w101", online=False)
    await settle()
    call = await office.call_in()
    assert offers(office) == []
    office.phones.phone("w101", online=True)
    await settle()
    assert office.rings_at("maryam") == call
    await office.closes()


async def test_the_browser_closes_while_ringing() -> None:
    """The offer ends as unreachable and the next agent is rung at once."""
    office = Office()
    await office.at_work("maryam")
    await office.passes(1)
    await office.at_work("reza")
    call = await office.call_in()
    office.phones.phone("w101", online=False)
    await settle()
    assert ends(office) == [("maryam", "unreachable")]
    assert office.rings_at("reza") == call
    assert office.phones.ringing("w101") == []
    await office.closes()


async def test_the_browser_crashes_while_ringing_and_only_the_console_tells() -> None:
    """The registration still stands, but the console does not come back: after a few seconds the phone counts as gone."""
    office = Office(rules=FloorRules(console_grace_seconds=4))
    await office.at_work("maryam")
    call = await office.call_in()
    await office.desk.console("maryam", connected=False)
    await office.passes(2)
    await office.desk.console("maryam", connected=True)
    await office.passes(5)
    assert office.rings_at("maryam") == call
    await office.desk.console("maryam", connected=False)
    await office.passes(4)
    assert ends(office) == [("maryam", "unreachable")]
    await office.closes()


@pytest.mark.parametrize("held", [False, True])
async def test_the_browser_closes_while_talking_or_holding(held: bool) -> None:
    """No RTP comes any longer and Asterisk ends the leg: the customer is not hung up but served by the next agent, first of all."""
    office = Office()
    await office.at_work("maryam")
    call = await office.call_in()
    leg = await office.picks_up("maryam")
    waiting = await office.call_in()
    if held:
        await office.desk.hold("maryam", call)
    office.phones.phone("w101", online=False)
    await office.passes(5)
    await office.leg_ends(leg, 44)
    assert office.phones.hears(call) == "waiting-sales"
    await office.at_work("reza")
    assert office.rings_at("reza") == call
    await office.picks_up("reza")
    await office.customer_hangs_up(call)
    assert [(one.call, one.status) for one in office.told(CallEnded)] == [(call, "answered")]
    await office.customer_hangs_up(waiting)
    assert exactly_one_leaving_for_every_joining(office)
    await office.closes()


async def test_the_browser_closes_in_wrap_up() -> None:
    """Wrap-up ends by itself, and nobody is offered to an empty chair."""
    office = Office([queue("sales", "maryam", wrap_up_seconds=30)])
    await office.at_work("maryam")
    await office.call_in()
    await office.leg_ends(await office.picks_up("maryam"))
    office.phones.phone("w101", online=False)
    await office.passes(31)
    assert office.activity("maryam") == "idle"
    await office.call_in()
    assert len(offers(office)) == 1
    await office.closes()


# ── The caller hangs up ──────────────────────────────────────────────────────────────────────────────────────────


async def test_the_caller_hangs_up_while_waiting() -> None:
    """Missed, abandoned, nobody was bothered."""
    office = Office()
    call = await office.call_in()
    await office.passes(12)
    await office.customer_hangs_up(call)
    assert office.flow.outcomes == {call: "gone"}
    assert [(one.why, round(one.waited_seconds)) for one in office.told(QueueLeft)] == [("abandoned", 12)]
    assert [one.status for one in office.told(CallEnded)] == ["missed"]
    await office.closes()


async def test_the_caller_hangs_up_while_it_rings() -> None:
    """The phone stops ringing at once and the agent is free for the next caller."""
    office = Office()
    await office.at_work("maryam")
    call, next_call = await office.call_in(), await office.call_in()
    await office.customer_hangs_up(call)
    assert ends(office) == [("maryam", "caller_gone")]
    assert office.rings_at("maryam") == next_call
    await office.closes()


async def test_the_caller_hangs_up_in_the_moment_of_the_answer() -> None:
    """Both at once: the agent hears nobody, and is free without a wrap-up."""
    office = Office()
    await office.at_work("maryam")
    call = await office.call_in()
    leg = office.leg_at("maryam")
    office.phones.pick_up(leg)
    office.phones.customer_hangs_up(call)
    await settle()
    assert office.activity("maryam") in ("idle", "wrap_up")
    assert exactly_one_leaving_for_every_joining(office)
    assert len(office.told(CallEnded)) == 1
    await office.closes()


@pytest.mark.parametrize("held", [False, True])
async def test_the_caller_hangs_up_while_talking_or_on_hold(held: bool) -> None:
    """The agent's leg ends with the call, wrap-up begins."""
    office = Office()
    await office.at_work("maryam")
    call = await office.call_in()
    await office.picks_up("maryam")
    if held:
        await office.desk.hold("maryam", call)
    await office.customer_hangs_up(call)
    assert office.phones.nothing_left
    expected = ["ringing", "talking", "hold", "wrap_up"] if held else ["ringing", "talking", "wrap_up"]
    assert [one.activity for one in office.told(AgentActivityChanged)] == expected
    await office.closes()


# ── Waiting, breaks, days ────────────────────────────────────────────────────────────────────────────────────────


async def test_the_longest_wait_leads_back_into_the_flow() -> None:
    """Nobody came: the flow goes on, to voicemail, say."""
    office = Office()
    office.flow.max_seconds = 20
    call = await office.call_in()
    await office.passes(21)
    assert office.flow.outcomes == {call: "timeout"}
    assert office.phones.calls[call].variables["SB_QUEUE"] == ""
    await office.closes()


async def test_a_break_asked_for_while_talking_begins_after_the_call() -> None:
    """The next caller waits, and the agent is on the break when wrap-up begins."""
    office = Office([queue("sales", "maryam", wrap_up_seconds=20)])
    await office.at_work("maryam")
    call = await office.call_in()
    await office.picks_up("maryam")
    await office.desk.set_intent("maryam", "on_break", "prayer")
    waiting = await office.call_in()
    await office.customer_hangs_up(call)
    await office.passes(60)
    assert offers(office) == [(call, "maryam")]
    await office.desk.set_intent("maryam", "available")
    await settle()
    assert office.rings_at("maryam") == waiting
    await office.closes()


async def test_dialling_out_keeps_callers_waiting_and_the_agent_as_before() -> None:
    """Click-to-dial from the desk phone, answered, talked, wrapped up; then the waiting caller rings."""
    office = Office([queue("support", "sara")], rules=FloorRules(dial_wrap_up_seconds=15))
    await office.at_work("sara")
    own = await office.desk.dial("sara", "0912 123 4567")
    await settle()
    waiting = await office.call_in("support")
    office.phones.pick_up(own)
    await settle()
    office.phones.pick_up(office.phones.calls[own].dialled_leg)
    await settle()
    await office.passes(30)
    await office.leg_ends(own)
    assert [(one.call, one.status, one.by) for one in office.told(CallEnded)] == [(own, "answered", "agent")]
    assert office.rings_at("sara") == ""
    await office.passes(15)
    assert office.rings_at("sara") == waiting
    await office.closes()


async def test_a_days_tally_agrees_with_what_happened() -> None:
    """Answered, abandoned, gone too soon: the events alone are enough for the numbers."""
    office = Office([queue("sales", "maryam", wrap_up_seconds=0, service_level_seconds=20, short_abandon_seconds=5)])
    tally = Tally(lambda now: now // 86_400 * 86_400, office.dispatcher.floor.rules_of)
    office.bus.witness(lambda _number, event: tally.apply(event))
    await office.at_work("maryam")
    answered = await office.call_in()
    await office.passes(8)
    await office.picks_up("maryam")
    too_soon, patient = await office.call_in(), await office.call_in()
    await office.passes(3)
    await office.customer_hangs_up(too_soon)
    await office.passes(27)
    await office.customer_hangs_up(patient)
    await office.customer_hangs_up(answered)
    assert tally.counted("sales") == {"answered": 1, "abandoned": 1, "offered": 3}
    level = tally.service_level("sales", office.clock.now())
    assert (level.answered, level.abandoned, level.passed) == (1, 0, 1)
    counts = tally.of_agent("maryam", office.clock.now())
    assert (counts.handled, round(counts.talk_seconds)) == (1, 30)
    await office.closes()
