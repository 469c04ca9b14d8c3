"""Stories of the call flow: the demo's flows and the real queues together, by telephones in memory."""

from __future__ import annotations

from pathlib import Path

from attrs import evolve

from config.loops import Tasks
from ivr.folder import load_flows
from ivr.walk import Walker
from switchboard.call import LiveCall
from switchboard.events import AgentOffered, CallEnded, QueueJoined, StepTaken
from switchboard.reception import Reception
from tests.agents.hall import queue
from tests.agents.office import Office
from tests.fakes.phones import settle
from tests.ivr.builders import FakeShelf

PROJECT = Path(__file__).resolve().parents[2]
QUEUES = (queue("sales", "maryam", "reza"), queue("support", "sara"), queue("operator", "reza"))


class Company:
    """The demo: its flows lead callers to the queues, where its agents are."""

    def __init__(self, office: Office | None = None) -> None:
        self.office = office or Office(QUEUES)
        self.tasks = Tasks("flows")
        loaded = load_flows(PROJECT / "config/flows", frozenset(row.name for row in QUEUES))
        assert loaded.problems == ()
        self.live = loaded.flows
        phones, calls = self.office.phones, self.office.calls
        self.walker = Walker(
            self.office.bus, self.office.clock, self, FakeShelf(), self.office.dispatcher, self.tasks,
            last_resort=phones.to_static_queue, leaving=lambda call: calls.leaving(call, by="system"),
        )  # fmt: skip
        self.reception = Reception(calls, self.walker)
        phones.on_line = self.reception.arrive

    async def call_in(self, dialled: str = "1000") -> str:
        return await self.office.call_in(dialled)

    async def press(self, call: str, keys: str) -> None:
        self.office.phones.press(call, keys)
        await settle()

    def way(self, call: str) -> list[str]:
        return [f"{step.node}→{step.exit}" for step in self.office.told(StepTaken) if step.call == call]

    async def ends(self) -> None:
        await self.tasks.stop()
        await self.office.closes()


async def test_a_caller_presses_one_and_talks_to_sales():
    """Greeting, menu, queue, agent: the agent sees the way through the menu when the phone rings, and the call keeps it."""
    company = Company()
    office = company.office
    await office.at_work("maryam")
    call = await company.call_in()
    await office.passes(2)
    await company.press(call, "1")
    assert office.rings_at("maryam") == call
    live = office.calls.get(call)
    assert live
    assert [(step["node"], step["exit"], step["detail"]) for step in live.steps] == [
        ("greeting", "done", ""), ("hours", "open", "1402/08/24 01:43"), ("menu", "1", "1"),
    ]  # fmt: skip
    leg = await office.picks_up("maryam")
    assert office.phones.hears(call) == leg
    assert company.way(call)[-1] == "sales→answered"
    await office.leg_ends(leg)
    (ended,) = office.told(CallEnded)
    assert (ended.status, ended.by) == ("answered", "agent")
    await company.ends()


async def test_the_offer_is_told_in_the_same_turn_as_the_last_key():
    """Nothing waits between the key and the screen-pop: not the place that is remembered, not the music."""
    company = Company()
    await company.office.at_work("maryam")
    call = await company.call_in()
    await company.office.passes(2)
    company.office.phones.press(call, "1")
    turns = 0
    while not company.office.told(AgentOffered):
        await settle(1)
        turns += 1
    assert turns <= 2
    await company.ends()


async def test_everybody_is_busy_for_too_long():
    """After ten minutes the caller hears why, and the call ends by the flow's own word."""
    company = Company()
    call = await company.call_in("1002")
    await company.office.passes(602)
    assert company.way(call) == ["queue→timeout", "busy→ended"]
    (ended,) = company.office.told(CallEnded)
    assert (ended.status, ended.by) == ("missed", "system")
    await company.ends()


async def test_a_caller_who_waits_survives_a_restart_in_place():
    """The daemon starts anew beside the living call: the flow goes on at its queue with the wait it had, and its way out still works."""
    company = Company()
    office = company.office
    call = await company.call_in()
    await office.passes(2)
    await company.press(call, "2")
    since = office.told(QueueJoined)[0].since
    kept = office.phones.calls[call].variables
    assert (kept["SB_FLOW"], kept["SB_NODE"]) == ("main", "support")
    before = office.calls.get(call)
    assert before
    await company.tasks.stop()
    await office.dispatcher.stop()
    await office.passes(100)

    again = Company(Office(QUEUES, phones=office.phones, clock=office.clock, found=False))
    found = evolve(before, state="waiting", queue="support", queued_since=since, legs={}, led=False)
    assert isinstance(found, LiveCall)
    again.office.calls.adopted(found, again.office.clock.now())
    again.reception.take_back(office.phones.lines[call], kept["SB_FLOW"], kept["SB_NODE"])
    again.office.phones.comes_back()
    await settle()
    assert [joined.since for joined in again.office.told(QueueJoined)] == [since]
    await again.office.at_work("sara")
    assert again.office.rings_at("sara") == call
    await again.office.picks_up("sara")
    assert again.way(call)[-1] == "support→answered"
    await again.ends()


async def test_a_caller_of_a_direct_number_keeps_the_place_as_well():
    """Whoever goes straight to a queue is remembered there too, so that the static queue can give them back."""
    company = Company()
    call = await company.call_in("1001")
    kept = company.office.phones.calls[call].variables
    assert (kept["SB_FLOW"], kept["SB_NODE"], kept["SB_QUEUE"]) == ("sales", "queue", "sales")
    await company.ends()


async def test_an_impatient_english_caller():
    """Types 0 before a word is heard, and hangs up while the operator's phone rings."""
    company = Company()
    await company.office.at_work("reza")
    call = await company.call_in("1003")
    await company.press(call, "0")
    assert company.office.rings_at("reza") == call
    await company.office.customer_hangs_up(call)
    assert company.way(call) == ["greeting→done", "hours→open", "menu→0", "operator→hung_up"]
    (ended,) = company.office.told(CallEnded)
    assert (ended.status, ended.by) == ("missed", "customer")
    assert company.office.phones.ringing() == []
    await company.ends()
