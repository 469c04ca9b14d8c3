"""A small office in memory: agents at their phones, callers led straight to a queue, a clock that is wound by hand.

office = Office()
await office.at_work("maryam", "reza")
call = await office.call_in("sales")
assert office.rings_at("maryam") == call
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TypeVar

from agents.desk import Desk
from agents.dialling import DialRules
from agents.dispatcher import Dispatcher
from agents.roster import Agent, Roster
from agents.rules import FloorRules, QueueRules
from config.clock import FakeClock
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import Event
from switchboard.reception import Reception
from switchboard.telephony import Line
from tests.agents.hall import queue
from tests.fakes.phones import FakePhones, settle

E = TypeVar("E", bound=Event)

AGENTS = (
    Agent(username="maryam", name="مریم", extension="101"),
    Agent(username="reza", name="رضا", extension="102"),
    Agent(username="sara", name="سارا", extension="103", device="desk"),
)
QUEUES = (queue("sales", "maryam", "reza"), queue("support", "sara"))
RULES = DialRules(allowed=("0", "+98"), forbidden=("00", "0909"))


class StraightToQueue:
    """A flow of one node: the queue whose name was dialled. Notes how each caller's wait ended."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self.outcomes: dict[str, str] = {}
        self.max_seconds: float | None = None
        self.tasks: dict[str, asyncio.Task[None]] = {}

    def begin(self, line: Line) -> asyncio.Future[None]:
        task = self.tasks[line.call] = asyncio.ensure_future(self._lead(line))
        return task

    def resume(self, line: Line, _flow: str, _node: str) -> asyncio.Future[None]:
        return self.begin(line)

    async def _lead(self, line: Line) -> None:
        self.outcomes[line.call] = await self._dispatcher.wait(line.call, line.dialled, max_seconds=self.max_seconds)


class Office:
    def __init__(
        self,
        queues: Iterable[QueueRules] = QUEUES,
        *,
        rules: FloorRules | None = None,
        experts: dict[str, str] | None = None,
        phones: FakePhones | None = None,
        clock: FakeClock | None = None,
        found: bool = True,
    ) -> None:
        """With `phones` and `clock` of an office that was there before: the daemon started again beside living calls."""
        self.bus = phones.bus if phones else Bus()
        self.clock = clock or FakeClock()
        self.phones = phones or FakePhones(self.bus, self.clock)
        self.calls = Calls(self.bus, self.clock)
        self.roster = Roster(AGENTS)
        known_experts = experts or {}

        def expert_of(call: str) -> str:
            live = self.calls.get(call)
            return known_experts.get(live.caller, "") if live else ""

        self.dispatcher = Dispatcher(
            self.bus, self.clock, self.calls, self.phones, self.roster, rules=rules, expert_of=expert_of, caller_id="+982100000000"
        )
        self.dispatcher.set_queues(tuple(queues))
        self.desk = Desk(
            self.dispatcher, self.calls, self.phones, self.roster, self.clock, RULES, break_reasons=lambda: ("lunch", "prayer")
        )
        self.flow = StraightToQueue(self.dispatcher)
        self.phones.on_line = Reception(self.calls, self.flow).arrive
        self.events: list[Event] = []
        self.bus.witness(lambda _number, event: self.events.append(event))
        if found:
            self.phones.comes_back()

    # ── What people do ───────────────────────────────────────────────────────────────────────────────────────

    async def at_work(self, *agents: str, online: bool = True) -> None:
        for agent in agents:
            one = self.roster.get(agent)
            assert one
            if online:
                self.phones.phone(one.phones[0], online=True)
            await self.desk.set_intent(agent, "available")
        await settle()

    async def call_in(self, queue: str = "sales", caller: str = "+989121234567") -> str:
        call = self.phones.call_in(caller, queue)
        await settle()
        return call

    async def picks_up(self, agent: str) -> str:
        """The agent's ringing phone is picked up. Gives the leg."""
        leg = self.leg_at(agent)
        self.phones.pick_up(leg)
        await settle()
        return leg

    async def leg_ends(self, leg: str, cause: int = 16) -> None:
        self.phones.leg_hangs_up(leg, cause)
        await settle()

    async def customer_hangs_up(self, call: str) -> None:
        self.phones.customer_hangs_up(call)
        await settle()

    async def passes(self, seconds: float) -> None:
        """Time goes by in small steps, so that facts arrive between."""
        left = seconds
        while left > 0:
            step = min(left, 0.5)
            self.clock.advance(step)
            await settle(10)
            left -= step
        await settle()

    async def closes(self) -> None:
        """The end of a test: everybody hangs up, the daemon stops; nothing may be left."""
        for call in list(self.phones.calls.values()):
            if call.customer in self.phones.legs:
                self.phones.customer_hangs_up(call.id)
        await settle()
        for leg in list(self.phones.legs):
            self.phones.leg_hangs_up(leg)
        await self.passes(6)
        await self.dispatcher.stop()
        assert self.phones.nothing_left
        assert self.calls.live() == ()
        assert all(task.done() for task in self.flow.tasks.values())

    # ── What a test looks at ─────────────────────────────────────────────────────────────────────────────────

    def leg_at(self, agent: str) -> str:
        one = self.roster.get(agent)
        assert one
        (leg,) = [leg for phone in one.phones for leg in self.phones.ringing(phone)]
        return leg

    def rings_at(self, agent: str) -> str:
        """The call that rings at the agent, "" for none."""
        one = self.roster.get(agent)
        assert one
        return next((self.phones.legs[leg].call for phone in one.phones for leg in self.phones.ringing(phone)), "")

    def activity(self, agent: str) -> str:
        return self.dispatcher.floor.seats[agent].presence.activity

    def told(self, kind: type[E]) -> list[E]:
        return [one for one in self.events if isinstance(one, kind)]
