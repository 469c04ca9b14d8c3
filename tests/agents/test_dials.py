"""Click-to-dial: the agent's own phone first, then the other side."""

from __future__ import annotations

import pytest

from agents.actions import DialOut, Drop, HangUp, Met, Ring
from agents.rules import FloorRules
from tests.agents.hall import START, Hall, queue

RULES = FloorRules(own_phone_seconds=20, dial_seconds=60, dial_wrap_up_seconds=30)


def hall_with(*agents: str, intent: str = "available") -> Hall:
    hall = Hall(queue("sales", *agents), rules=RULES)
    hall.at_work(*agents)
    for agent in agents:
        hall.wants(agent, intent)
    return hall


def dials(hall: Hall, agent: str = "maryam", number: str = "+982188776655", colleague: str = "") -> None:
    hall.do(lambda floor: floor.dial("own", agent, number, hall.now, colleague=colleague))


def other_leg(hall: Hall) -> str:
    dial = hall.floor.dials.get("own")
    assert dial is not None
    return dial.other_leg


def test_the_agents_phone_rings_first_and_answers_by_itself() -> None:
    """The agent is busy from the first moment, so no caller is offered meanwhile."""
    hall = hall_with("maryam")
    dials(hall)
    assert hall.rings["own"] == Ring("own", "own", "maryam", "w-maryam", 20, auto_answer=True)
    hall.joins("call-1")
    assert hall.offers() == []
    assert hall.activity("maryam") == "ringing"


def test_the_other_side_is_dialled_when_the_agent_is_there() -> None:
    """Talking begins when the other side answers; afterwards wrap-up and the intent from before."""
    hall = hall_with("maryam", intent="on_break")
    dials(hall)
    hall.do(lambda floor: floor.leg_answered("own", hall.now))
    leg = other_leg(hall)
    assert DialOut("own", leg, "maryam", "+982188776655", 60) in hall.done
    hall.do(lambda floor: floor.leg_answered(leg, hall.now))
    assert Met("own", "own", "maryam") in hall.done
    assert hall.activity("maryam") == "talking"
    hall.hangs_up("own")
    assert (hall.activity("maryam"), hall.intent("maryam")) == ("wrap_up", "on_break")
    hall.passes(30)
    assert hall.activity("maryam") == "idle"


@pytest.mark.parametrize("cause", [1, 17, 19, 34])
def test_a_number_that_cannot_be_reached_frees_the_agent_with_the_cause(cause: int) -> None:
    """Busy, no answer, no such number: the call ends with the network's cause, which the console shows."""
    hall = hall_with("maryam")
    dials(hall)
    hall.do(lambda floor: floor.leg_answered("own", hall.now))
    hall.leg_ends(other_leg(hall), cause)
    assert hall.hung_up == [HangUp("own", "customer", cause)]
    assert hall.activity("maryam") == "idle"


def test_the_agent_gives_up_while_it_rings() -> None:
    """The other side's phone stops ringing, nothing to wrap up."""
    hall = hall_with("maryam")
    dials(hall)
    hall.do(lambda floor: floor.leg_answered("own", hall.now))
    hall.leg_ends("own")
    assert hall.hung_up == [HangUp("own", "agent")]
    assert hall.activity("maryam") == "idle"


def test_the_agent_hangs_up_the_talk() -> None:
    """The whole call ends."""
    hall = hall_with("maryam")
    dials(hall)
    hall.do(lambda floor: floor.leg_answered("own", hall.now))
    hall.do(lambda floor: floor.leg_answered(other_leg(hall), hall.now))
    hall.do(lambda floor: floor.held("own", "held", hall.now))
    assert hall.activity("maryam") == "hold"
    hall.leg_ends("own")
    assert hall.hung_up == [HangUp("own", "agent")]
    assert hall.activity("maryam") == "wrap_up"


def test_an_own_phone_that_does_not_answer_ends_the_attempt() -> None:
    """The agent is free again and the customer was never rung."""
    hall = hall_with("maryam")
    dials(hall)
    hall.passes(20)
    assert Drop("own") in hall.done
    assert hall.hung_up == [HangUp("own", "system", 19)]
    assert hall.activity("maryam") == "idle"
    assert hall.timers == {}


def test_dialling_ends_wrap_up() -> None:
    """A call back from wrap-up is the usual case."""
    hall = hall_with("maryam")
    hall.joins("call-1")
    hall.leg_ends(hall.picks_up("maryam"))
    assert hall.activity("maryam") == "wrap_up"
    dials(hall)
    assert hall.activity("maryam") == "ringing"
    assert ("wrap", "maryam") not in hall.timers


def test_a_colleague_is_rung_like_a_customer_and_is_busy_too() -> None:
    """An internal call keeps both from being offered callers; nobody wraps up."""
    hall = hall_with("maryam", "reza")
    dials(hall, number="102", colleague="reza")
    hall.joins("call-1")
    assert hall.offers() == []
    hall.do(lambda floor: floor.leg_answered("own", hall.now))
    leg = other_leg(hall)
    assert DialOut("own", leg, "maryam", "102", 60) in hall.done
    hall.do(lambda floor: floor.leg_answered(leg, hall.now))
    assert Met("own", "own", "maryam") in hall.done
    assert (hall.activity("maryam"), hall.activity("reza")) == ("talking", "talking")
    hall.hangs_up("own")
    assert sorted(agent for _, agent in hall.offers()) == ["maryam"]
    assert hall.activity("reza") == "idle"


def test_what_an_agent_dials_on_the_phone_itself_needs_no_ringing() -> None:
    """The receiver is lifted already: the other side is rung at once, and the agent is busy like with click-to-dial."""
    hall = hall_with("maryam")
    hall.do(lambda floor: floor.dial("own", "maryam", "+982188776655", hall.now, lifted=True))
    assert hall.rings == {}
    assert DialOut("own", other_leg(hall), "maryam", "+982188776655", 60) in hall.done
    assert hall.timers == {}


def test_who_talks_or_has_no_phone_cannot_dial() -> None:
    """Reserved, talking, unreachable or unknown."""
    hall = hall_with("maryam", "reza")
    can = hall.floor.dials.can
    assert can("maryam")
    hall.phone("reza", online=False)
    dials(hall)
    assert not can("maryam")
    assert not can("reza")
    assert not can("ghost")
    assert hall.now == START
