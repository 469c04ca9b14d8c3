"""The dispatcher: the floor at work on the bus, the clock and the telephone system."""

from __future__ import annotations

import asyncio

from agents.presence import Intent
from agents.rules import FloorRules
from config.clock import FakeClock
from switchboard.bus import Bus
from switchboard.call import LiveCall
from switchboard.events import AgentOffered, CallAnswered, CallEnded, CallerRecognised, OfferEnded, QueueJoined, QueueLeft
from switchboard.telephony import LineGone, Phone, PhoneSystemAway
from tests.agents.hall import queue
from tests.agents.office import QUEUES, Office
from tests.fakes.phones import FakePhones, settle


async def test_an_offer_is_told_in_the_turn_in_which_the_caller_comes() -> None:
    """From the last digit to the pop there is no turn of the loop, and no order is waited for."""
    office = Office()
    await office.at_work("maryam")
    office.calls.arrived("call-x", direction="inbound", caller="", dialled="sales", at=office.clock.now())
    waiting = office.dispatcher.wait("call-x", "sales", max_seconds=None)
    try:
        waiting.send(None)
        assert [(one.call, one.agent) for one in office.told(AgentOffered)] == [("call-x", "maryam")]
        assert office.phones.ringing() == []
    finally:
        waiting.close()
    office.calls.ended("call-x", at=office.clock.now())
    await settle()
    await office.closes()


async def test_a_caller_hears_music_then_the_agent_and_the_flow_goes_on() -> None:
    """The whole way, with the values that outlive the daemon."""
    office = Office()
    call = await office.call_in()
    assert office.phones.hears(call) == "waiting-sales"
    remembered = office.phones.calls[call].variables
    assert (remembered["SB_QUEUE"], remembered["SB_PRIORITY"]) == ("sales", "0")
    await office.at_work("maryam")
    assert office.rings_at("maryam") == call
    leg = await office.picks_up("maryam")
    assert office.phones.hears(call) == leg
    assert remembered["SB_AGENT"] == "maryam"
    assert office.flow.outcomes == {call: "answered"}
    assert [(one.call, one.agent) for one in office.told(CallAnswered)] == [(call, "maryam")]
    live = office.calls.get(call)
    assert live
    assert (live.state, live.agent, live.leg) == ("talking", "maryam", leg)
    await office.customer_hangs_up(call)
    assert office.activity("maryam") == "wrap_up"
    assert office.told(CallEnded)[0].status == "answered"
    await office.closes()


async def test_the_agents_hang_up_ends_the_call_and_is_told_as_the_agents() -> None:
    """The customer is not left in silence."""
    office = Office()
    await office.at_work("maryam")
    call = await office.call_in()
    await office.leg_ends(await office.picks_up("maryam"))
    assert [(one.call, one.status, one.by) for one in office.told(CallEnded)] == [(call, "answered", "agent")]
    await office.closes()


async def test_a_queue_that_does_not_exist_gives_the_caller_back_at_once() -> None:
    """A flow that names a queue taken away meanwhile goes its timeout way."""
    office = Office()
    call = await office.call_in("nowhere")
    assert office.flow.outcomes == {call: "timeout"}
    assert office.dispatcher.queues() == {"sales", "support"}
    await office.closes()


async def test_a_caller_who_is_gone_already_does_not_wait() -> None:
    """Hung up in the moment before."""
    office = Office()
    assert await office.dispatcher.wait("never-was", "sales", max_seconds=None) == "gone"
    await office.closes()


async def test_a_flow_that_stops_waiting_takes_the_caller_out() -> None:
    """A key leads out of the queue: the ringing stops."""
    office = Office()
    await office.at_work("maryam")
    call = await office.call_in()
    office.flow.tasks[call].cancel()
    await settle()
    assert [one.why for one in office.told(QueueLeft)] == ["key"]
    assert office.rings_at("maryam") == ""
    await office.closes()


async def test_stopping_the_daemon_leaves_waits_and_talks_alone() -> None:
    """Nothing is told, dropped or hung up: the next daemon adopts them."""
    office = Office()
    await office.at_work("maryam")
    talking = await office.call_in()
    leg = await office.picks_up("maryam")
    waiting = await office.call_in()
    told = len(office.events)
    await office.dispatcher.stop()
    office.flow.tasks[waiting].cancel()
    await settle()
    assert len(office.events) == told
    assert office.phones.hears(talking) == leg
    assert office.phones.hears(waiting) == "waiting-sales"
    for call in (talking, waiting):
        office.phones.customer_hangs_up(call)
    await settle()


async def test_waiting_callers_and_talks_are_adopted_by_the_next_daemon() -> None:
    """After a restart: the talk is the agent's, who waited longest is first, agents are as they were."""
    office = Office()
    await office.at_work("maryam")
    talking = await office.call_in()
    leg = await office.picks_up("maryam")
    first = await office.call_in()
    await office.passes(10)
    second = await office.call_in()
    since = {call: float(office.phones.calls[call].variables["SB_SINCE"]) for call in (first, second)}
    await office.dispatcher.stop()
    for task in office.flow.tasks.values():
        task.cancel()
    await settle()

    after = FakePhones(Bus(), office.clock)
    after.calls, after.legs = office.phones.calls, office.phones.legs
    after.lines = office.phones.lines
    again = Office(phones=after, clock=office.clock, found=False)
    again.dispatcher.restore([("maryam", Intent("available"), 0.0), ("reza", Intent("available"), 0.0)])
    for endpoint in ("w101", "w102"):
        after.phone(endpoint, online=True)
    now = office.clock.now()
    for call in (second, first):
        again.calls.adopted(_found(call, "waiting", queue="sales", queued_since=since[call]), now)
    again.calls.adopted(_found(talking, "talking", queue="sales", agent="maryam", leg=leg), now)
    await settle()
    assert again.told(AgentOffered) == []
    assert again.activity("maryam") == "talking"
    after.comes_back()
    await settle()
    assert again.rings_at("reza") == first
    assert [(one.call, one.since) for one in again.told(QueueJoined)] == [(second, since[second]), (first, since[first])]
    later = again.dispatcher.wait(second, "sales", max_seconds=None)
    waiting = asyncio.ensure_future(later)
    await settle()
    assert len(again.told(QueueJoined)) == 2
    after.customer_hangs_up(second)
    assert await waiting == "gone"
    for call in (first, talking):
        after.customer_hangs_up(call)
    await settle()
    await again.dispatcher.stop()


def _found(call: str, state: str, **more: object) -> LiveCall:
    live = LiveCall(call, "inbound", "+989121234567", "", "sales", 0.0, state=state)
    for name, value in more.items():
        setattr(live, name, value)
    return live


async def test_an_adopted_caller_without_a_flow_goes_to_the_static_queue_when_the_wait_is_over() -> None:
    """Nobody leads them on, so Asterisk's own queue does."""
    office = Office([queue("sales", "maryam", max_wait_seconds=30)])
    call = office.phones.call_in("+98912", "nowhere")
    await settle()
    office.calls.adopted(_found(call, "waiting", queue="sales", queued_since=office.clock.now()), office.clock.now())
    await office.passes(31)
    assert office.phones.hears(call) == "static-queue"
    office.phones.customer_hangs_up(call)
    await settle()
    await office.dispatcher.stop()


async def test_a_lost_link_loses_nobody_and_drops_what_rang_when_it_stands_again() -> None:
    """The phone that rang stops ringing, the caller keeps the place and is offered anew."""
    office = Office()
    await office.at_work("maryam")
    call = await office.call_in()
    leg = office.leg_at("maryam")
    office.phones.goes_away()
    await settle()
    assert [one.why for one in office.told(OfferEnded)] == ["withdrawn"]
    assert leg in office.phones.legs
    office.phones.comes_back()
    await settle()
    assert leg not in office.phones.legs
    assert office.rings_at("maryam") == call
    await office.closes()


async def test_a_restarted_telephone_system_cuts_everybody_off_and_the_agents_are_free() -> None:
    """Asterisk was killed: calls end as cut off, queues are empty, the next caller rings."""
    office = Office()
    await office.at_work("maryam", "reza")
    talking = await office.call_in()
    await office.picks_up("maryam")
    ringing = await office.call_in()
    office.phones.goes_away()
    await settle()
    office.phones.comes_back(restarted=True)
    for call in (talking, ringing):
        office.calls.cut_off(call)
        office.calls.ended(call, at=office.clock.now())
    await settle()
    assert [(one.call, one.status) for one in office.told(CallEnded)] == [(talking, "cut_off"), (ringing, "cut_off")]
    assert [(one.call, one.why) for one in office.told(QueueLeft)] == [(talking, "answered"), (ringing, "cut_off")]
    assert office.activity("reza") == "idle"
    call = await office.call_in()
    assert office.rings_at("reza") == call
    await office.closes()


class Stubborn(FakePhones):
    """Refuses one kind of order, as often as it is told to."""

    def __init__(self, error: type[Exception], *, ring: int = 0, connect: int = 0) -> None:
        super().__init__(Bus(), FakeClock())
        self.error = error
        self.refuse = {"ring": ring, "connect": connect}

    async def ring(self, call: str, leg: str, phone: Phone, **more: object) -> None:
        self._maybe("ring")
        await super().ring(call, leg, phone, **more)

    async def connect(self, call: str, leg: str) -> None:
        self._maybe("connect")
        await super().connect(call, leg)

    def _maybe(self, what: str) -> None:
        if self.refuse[what]:
            self.refuse[what] -= 1
            raise self.error


async def test_a_phone_that_cannot_be_rung_now_is_left_alone_for_a_while() -> None:
    """The order failed: an input like any other, the caller goes on waiting and is offered again."""
    phones = Stubborn(PhoneSystemAway, ring=1)
    office = Office(phones=phones, clock=phones.clock, rules=FloorRules(unreachable_delay_seconds=5))
    await office.at_work("maryam")
    call = await office.call_in()
    assert [one.why for one in office.told(OfferEnded)] == ["unreachable"]
    await office.passes(5)
    assert office.rings_at("maryam") == call
    await office.closes()


async def test_a_bridge_that_fails_keeps_the_callers_place() -> None:
    """The agent's leg is dropped, the caller is back at the head of the line and the flow still waits."""
    phones = Stubborn(PhoneSystemAway, connect=1)
    office = Office(phones=phones, clock=phones.clock)
    await office.at_work("maryam")
    call = await office.call_in()
    leg = await office.picks_up("maryam")
    assert leg not in phones.legs
    assert office.flow.outcomes == {}
    assert office.rings_at("maryam") == call
    await office.picks_up("maryam")
    assert office.flow.outcomes == {call: "answered"}
    await office.closes()


async def test_a_caller_found_gone_by_an_order_is_gone() -> None:
    """The leg ended before the order came: nobody is rung for a ghost."""
    phones = Stubborn(LineGone, ring=1)
    office = Office(phones=phones, clock=phones.clock)
    await office.at_work("maryam")
    call = await office.call_in()
    assert office.flow.outcomes == {call: "gone"}
    assert [one.why for one in office.told(QueueLeft)] == ["abandoned"]
    assert office.activity("maryam") == "idle"
    await office.closes()


async def test_a_recognised_vip_passes_the_others() -> None:
    """The priority is known from the registry at the door, and from recognition later."""
    office = Office()
    first = await office.call_in()
    vip = await office.call_in(caller="+989120000001")
    office.bus.tell(CallerRecognised(at=office.clock.now(), call=vip, match="exact", parties=(7,), priority=10))
    await office.at_work("maryam")
    assert office.rings_at("maryam") == vip
    assert office.phones.calls[vip].variables["SB_PRIORITY"] == "10"
    assert office.phones.hears(first) == "waiting-sales"
    await office.closes()


async def test_the_customers_own_expert_is_found_by_the_hook() -> None:
    """The card says who looks after this customer."""
    office = Office(experts={"+989120000001": "reza"})
    await office.at_work("maryam")
    await office.passes(5)
    await office.at_work("reza")
    call = await office.call_in(caller="+989120000001")
    assert office.rings_at("reza") == call
    await office.closes()


async def test_agents_come_and_go_while_running() -> None:
    """A new agent is rung without a restart; one taken away is not."""
    office = Office(QUEUES)
    await office.at_work("maryam", "reza")
    office.roster.replace([one for one in office.roster if one.username != "maryam"])
    office.dispatcher.roster_changed()
    call = await office.call_in()
    assert office.rings_at("reza") == call
    assert {one.agent for one in office.dispatcher.floor.agents()} == {"reza", "sara"}
    await office.closes()


async def test_a_colleagues_extension_leads_to_the_phone_that_is_online() -> None:
    """The preferred phone, else the other one; nothing for strangers and those who are away."""
    office = Office()
    assert office.dispatcher.phone_of("101") == ""
    office.phones.phone("101", online=True)
    await settle()
    assert office.dispatcher.phone_of("101") == "101"
    office.phones.phone("w101", online=True)
    await settle()
    assert (office.dispatcher.phone_of("101"), office.dispatcher.phone_of("999")) == ("w101", "")
    await office.closes()


async def test_nothing_is_left_of_a_busy_day() -> None:
    """After everybody has gone: no timer, no order, no waiter."""
    office = Office()
    await office.at_work("maryam", "reza", "sara")
    calls = [await office.call_in("sales" if n % 3 else "support") for n in range(9)]
    for call in calls[:3]:
        await office.customer_hangs_up(call)
    for agent in ("maryam", "reza"):
        if office.rings_at(agent):
            await office.leg_ends(await office.picks_up(agent), 44)
    await office.passes(120)
    await office.closes()
    assert len(office.dispatcher._tasks) == 0
    assert office.dispatcher._waiters == {}
    assert len(office.dispatcher._timers) == 0


async def test_the_registry_is_asked_for_the_priority_at_the_door() -> None:
    """Recognised during the greeting: the place is right from the beginning."""
    office = Office()
    first = await office.call_in()
    office.phones.on_line = lambda _line: None
    vip = office.phones.call_in("+989120000001", "sales")
    office.calls.arrived(vip, direction="inbound", caller="+989120000001", dialled="sales", at=office.clock.now())
    office.bus.tell(CallerRecognised(at=office.clock.now(), call=vip, match="exact", parties=(7,), priority=10))
    waiting = asyncio.ensure_future(office.dispatcher.wait(vip, "sales", max_seconds=None))
    await settle()
    assert [one.call for one in office.dispatcher.floor.lines.line("sales")] == [vip, first]
    await office.customer_hangs_up(vip)
    assert await waiting == "gone"
    await office.closes()
