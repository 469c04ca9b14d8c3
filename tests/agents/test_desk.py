"""What an agent can do with calls, and what is refused."""

from __future__ import annotations

import pytest

from agents.errors import BreakReasonUnknown, DigitsUnreadable, IntentUnknown, NotAnAgent
from config.errors import Refusal
from switchboard.errors import NoSuchCall, NotPossibleNow, NotYourCall, NumberNotAllowed, NumberUnreadable, PhoneOffline, TelephoneAway
from switchboard.events import AgentIntentChanged, CallAnswered, CallEnded, CallHeld, CallResumed, OfferEnded
from tests.agents.office import Office
from tests.fakes.phones import settle


async def talking(office: Office) -> str:
    """Maryam talks to a caller."""
    await office.at_work("maryam")
    call = await office.call_in()
    await office.picks_up("maryam")
    return call


# ── Intent ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_break_needs_a_reason_that_exists() -> None:
    """Reasons come from the administrator's list; none at all is a plain break."""
    office = Office()
    with pytest.raises(BreakReasonUnknown, match="lunch, prayer"):
        await office.desk.set_intent("maryam", "on_break", "gardening")
    await office.desk.set_intent("maryam", "on_break", "lunch")
    await office.desk.set_intent("maryam", "available", "lunch")
    assert [(one.intent, one.reason) for one in office.told(AgentIntentChanged)] == [("on_break", "lunch"), ("available", "")]
    await office.closes()


async def test_an_unknown_state_and_a_person_without_an_extension_are_refused() -> None:
    """With what was expected."""
    office = Office()
    with pytest.raises(IntentUnknown, match="available, on_break, offline"):
        await office.desk.set_intent("maryam", "asleep")
    with pytest.raises(NotAnAgent):
        await office.desk.set_intent("admin", "available")
    await office.desk.console("admin", connected=True)
    await office.closes()


# ── The call in hand ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_rejecting_offers_the_caller_to_somebody_else() -> None:
    """And hanging up what only rings is the same."""
    office = Office()
    await office.at_work("maryam")
    await office.passes(1)
    await office.at_work("reza")
    call = await office.call_in()
    await office.desk.reject("maryam", call)
    await settle()
    assert office.rings_at("reza") == call
    await office.desk.hang_up("reza", call)
    assert [one.why for one in office.told(OfferEnded)] == ["rejected", "rejected"]
    assert office.phones.hears(call) == "waiting-sales"
    await office.closes()


async def test_hold_and_resume() -> None:
    """The customer hears music meanwhile; a phone's own hold key counts as well."""
    office = Office()
    call = await talking(office)
    await office.desk.hold("maryam", call)
    assert (office.phones.hears(call), office.activity("maryam")) == ("hold", "hold")
    with pytest.raises(NotPossibleNow, match="nobody is talking"):
        await office.desk.hold("maryam", call)
    await office.desk.resume("maryam", call)
    assert office.activity("maryam") == "talking"
    live = office.calls.get(call)
    assert live
    office.phones.press_hold(live.leg)
    await settle()
    assert office.activity("maryam") == "hold"
    office.phones.press_resume(live.leg)
    await settle()
    assert (len(office.told(CallHeld)), len(office.told(CallResumed))) == (2, 2)
    with pytest.raises(NotPossibleNow, match="not on hold"):
        await office.desk.resume("maryam", call)
    await office.closes()


async def test_mute_and_digits() -> None:
    """The agent's leg is muted; keys go to the customer's side."""
    office = Office()
    call = await talking(office)
    live = office.calls.get(call)
    assert live
    await office.desk.mute("maryam", call, on=True)
    assert office.phones.legs[live.leg].muted
    await office.desk.send_digits("maryam", call, "12#a")
    assert office.phones.calls[call].digits_sent == "12#A"
    for garbage in ("", "x", "1" * 33, "1\r\n2", "۱"):
        with pytest.raises(DigitsUnreadable):
            await office.desk.send_digits("maryam", call, garbage)
    await office.closes()


async def test_hanging_up_ends_the_call_as_the_agents_wish() -> None:
    """Wrap-up begins, and can be ended for this call only."""
    office = Office()
    call = await talking(office)
    await office.desk.hang_up("maryam", call)
    await settle()
    assert [(one.status, one.by) for one in office.told(CallEnded)] == [("answered", "agent")]
    with pytest.raises(NotPossibleNow, match="after-call work"):
        await office.desk.end_wrap_up("maryam", "another-call")
    await office.desk.end_wrap_up("maryam", call)
    assert office.activity("maryam") == "idle"
    with pytest.raises(NotPossibleNow):
        await office.desk.end_wrap_up("maryam", call)
    await office.closes()


@pytest.mark.parametrize("order", ["reject", "hang_up", "hold", "resume"])
async def test_a_call_that_is_not_yours_and_one_that_is_not_there(order: str) -> None:
    """A message for somebody else's call changes nothing."""
    office = Office()
    call = await talking(office)
    with pytest.raises(NotYourCall):
        await getattr(office.desk, order)("reza", call)
    with pytest.raises(NoSuchCall):
        await getattr(office.desk, order)("maryam", "no-call")
    assert office.activity("maryam") == "talking"
    await office.closes()


async def test_rejecting_what_does_not_ring_is_refused() -> None:
    """One talks already."""
    office = Office()
    call = await talking(office)
    with pytest.raises(NotPossibleNow, match="does not ring"):
        await office.desk.reject("maryam", call)
    await office.closes()


async def test_orders_while_the_telephone_system_is_away_say_so() -> None:
    """The sentence is about the telephone system, in the reader's language as well."""
    office = Office()
    call = await talking(office)
    office.phones.away = True
    with pytest.raises(TelephoneAway):
        await office.desk.hold("maryam", call)
    office.phones.away = False
    await office.closes()


# ── Dialling ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_click_to_dial_rings_the_agent_then_the_customer() -> None:
    """The agent's phone answers by itself, the customer is dialled, they talk; afterwards the agent is as before."""
    office = Office()
    await office.at_work("maryam")
    await office.desk.set_intent("maryam", "on_break", "lunch")
    call = await office.desk.dial("maryam", "۰۲۱-۸۸۷۷۶۶۵۵")
    await settle()
    leg = office.phones.legs[call]
    assert (leg.auto_answer, leg.caller, leg.agent) == (True, "02188776655", "maryam")
    assert office.activity("maryam") == "ringing"
    office.phones.pick_up(call)
    await settle()
    customer = office.phones.calls[call].dialled_leg
    assert office.phones.legs[customer].caller == "+982100000000"
    office.phones.pick_up(customer)
    await settle()
    assert [(one.call, one.agent) for one in office.told(CallAnswered)] == [(call, "maryam")]
    await office.desk.hold("maryam", call)
    await office.desk.resume("maryam", call)
    await office.customer_hangs_up(call)
    assert office.activity("maryam") == "wrap_up"
    assert office.dispatcher.floor.seats["maryam"].presence.intent.name == "on_break"
    assert [(one.status, one.by) for one in office.told(CallEnded)] == [("answered", "customer")]
    await office.closes()


@pytest.mark.parametrize("cause", [1, 17, 19, 34])
async def test_why_a_dialled_number_was_not_reached_is_told(cause: int) -> None:
    """Unallocated, busy, no answer, congestion: the cause of the ended call is the network's."""
    office = Office()
    await office.at_work("maryam")
    call = await office.desk.dial("maryam", "09121234567")
    await settle()
    office.phones.pick_up(call)
    await settle()
    office.phones.reject(office.phones.calls[call].dialled_leg, cause)
    await settle()
    assert [(one.status, one.cause) for one in office.told(CallEnded)] == [("failed", cause)]
    assert office.activity("maryam") == "idle"
    await office.closes()


async def test_no_caller_is_offered_while_one_dials() -> None:
    """Reserved from the click on; offered when it is over."""
    office = Office()
    await office.at_work("maryam")
    own = await office.desk.dial("maryam", "09121234567")
    waiting = await office.call_in()
    assert office.phones.hears(waiting) == "waiting-sales"
    assert office.rings_at("maryam") == own
    await office.leg_ends(own, 16)
    assert office.rings_at("maryam") == waiting
    await office.closes()


async def test_a_colleague_is_called_by_the_extension() -> None:
    """An internal call; both are busy."""
    office = Office()
    await office.at_work("maryam", "reza")
    call = await office.desk.dial("maryam", "102")
    await settle()
    live = office.calls.get(call)
    assert live
    assert live.direction == "internal"
    office.phones.pick_up(call)
    await settle()
    office.phones.pick_up(office.phones.calls[call].dialled_leg)
    await settle()
    assert (office.activity("maryam"), office.activity("reza")) == ("talking", "talking")
    await office.desk.mute("reza", call, on=True)
    await office.desk.hang_up("reza", call)
    await settle()
    assert (office.activity("maryam"), office.activity("reza")) == ("idle", "idle")
    await office.closes()


async def test_what_may_not_be_dialled() -> None:
    """Each with its own sentence, and nothing rings."""
    office = Office()
    await office.at_work("maryam", "reza")
    for number, refusal in (
        ("0044201234567", NumberNotAllowed),
        ("+44201234567", NumberNotAllowed),
        ("+989091234567", NumberNotAllowed),
        ("hello", NumberUnreadable),
        ("", NumberUnreadable),
        ("101", NotPossibleNow),
        ("103", NotPossibleNow),
    ):
        with pytest.raises(refusal):
            await office.desk.dial("maryam", number)
    with pytest.raises(PhoneOffline):
        await office.desk.dial("sara", "09121234567")
    with pytest.raises(NotAnAgent):
        await office.desk.dial("admin", "09121234567")
    assert office.phones.legs == {}
    assert office.calls.live() == ()
    await office.closes()


async def test_one_call_at_a_time() -> None:
    """Who talks or is being rung cannot dial."""
    office = Office()
    await talking(office)
    with pytest.raises(NotPossibleNow, match="finish the call in hand"):
        await office.desk.dial("maryam", "09121234567")
    await office.closes()


async def test_the_telephone_system_goes_away_in_the_moment_of_dialling() -> None:
    """The attempt ends, the agent is free again, nothing stays in the registry."""
    office = Office()
    await office.at_work("maryam")
    office.phones.away = True
    await office.desk.dial("maryam", "09121234567")
    await settle()
    assert [one.status for one in office.told(CallEnded)] == ["failed"]
    assert office.activity("maryam") == "idle"
    office.phones.away = False
    office.phones.goes_away()
    await settle()
    with pytest.raises(TelephoneAway):
        await office.desk.dial("maryam", "09121234567")
    office.phones.comes_back()
    await settle()
    await office.closes()


async def test_a_number_dialled_on_the_phone_itself_is_checked_too() -> None:
    """A desk phone's own keys are no way around the allow-list."""
    office = Office()
    await office.at_work("maryam")
    for call, endpoint, number in (("own-1", "w101", "0044201234567"), ("own-2", "w999", "09121234567")):
        _lift(office, call)
        office.desk.dialled_by_hand(call, endpoint, number)
        await settle()
        assert call not in office.phones.legs
    _lift(office, "own-3")
    office.desk.dialled_by_hand("own-3", "w101", "09121234567")
    await settle()
    office.phones.pick_up(office.phones.calls["own-3"].dialled_leg)
    await settle()
    assert office.activity("maryam") == "talking"
    await office.closes()


def _lift(office: Office, call: str) -> None:
    """A phone of ours begins a call by itself."""
    from tests.fakes.phones import FakeCall, FakeLeg

    office.phones.calls[call] = FakeCall(call)
    office.phones.legs[call] = FakeLeg(call, call, up=True)


async def test_the_reason_is_told_in_persian_too() -> None:
    """A refusal's reason is translated with it."""
    office = Office()
    with pytest.raises(Refusal) as refused:
        await office.desk.end_wrap_up("maryam", "call-x")
    assert "{why}" not in refused.value.text("fa")
    await office.closes()
