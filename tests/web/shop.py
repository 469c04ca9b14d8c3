"""Live calls, a floor and consoles in one room: what the websocket stands on, with a telephone system that always obeys."""

from __future__ import annotations

from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import Any

from attrs import define, field

from agents.actions import Connect, Release, Tell
from agents.errors import NotAnAgent
from agents.floor import Floor
from agents.presence import Intent
from agents.rules import BreakReason, QueueRules
from config.clock import FakeClock
from config.errors import Refusal
from crm.dispositions import Disposition
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.errors import NoSuchCall, NotYourCall
from switchboard.events import CallerRecognised, CustomerGone, LegAnswered, LegGone, LegRinging
from tests.web.building import COOKIE, Building, building
from tests.web.sockets import MemorySocket
from web.board import Board
from web.consoles import Consoles
from web.live import Live
from web.orders import Orders
from web.pages import live as live_page
from web.routes import ask

QUEUES = (
    QueueRules(name="sales", title_fa="فروش", title_en="Sales", members={"maryam": 0, "reza": 0}, wrap_up_seconds=20),
    QueueRules(name="support", title_fa="پشتیبانی", title_en="Support", members={"reza": 0, "sara": 0}, wrap_up_seconds=0),
)


REASONS = (BreakReason(code="lunch", title_fa="ناهار", title_en="Lunch"),)
RESULTS = (Disposition("order", "سفارش ثبت شد", "Order taken", needs_follow_up=False),)


class Telephony:
    """A real floor and real live calls; every order to a phone succeeds at once."""

    def __init__(self, bus: Bus, clock: FakeClock) -> None:
        legs = count(1)
        self.bus, self.clock = bus, clock
        self.calls = Calls(bus, clock)
        self.floor = Floor(lambda: f"leg-{next(legs)}")
        self.timers: dict[Any, float] = {}
        self.do(self.floor.set_queues(QUEUES, clock.now()))
        self.do(self.floor.set_agents({"maryam": ["w101"], "reza": ["w102"], "sara": ["103"], "nader": ["w201"]}, clock.now()))
        self.do(self.floor.found(clock.now()))

    def do(self, actions: list[Any]) -> None:
        for action in actions:
            if isinstance(action, Tell):
                self.bus.tell(action.event)
            elif isinstance(action, Connect):
                self.calls.connected(action.call, agent=action.agent, leg=action.leg, at=self.clock.now())
                self.do(self.floor.connected(action.call, action.leg, self.clock.now()))
            elif isinstance(action, Release) and self.calls.get(action.call):
                self.calls.led(action.call, on=action.outcome == "timeout")

    def at_work(self, *agents: str) -> None:
        for agent in agents:
            for endpoint in {"maryam": ["w101"], "reza": ["w102"], "sara": ["103"], "nader": ["w201"]}[agent]:
                self.do(self.floor.phone_seen(endpoint, online=True, now=self.clock.now()))
            self.do(self.floor.ask(agent, Intent("available"), self.clock.now()))

    def arrive(self, call: str = "1700000000.1", caller: str = "09121234567", queue: str = "sales") -> str:
        now = self.clock.now()
        self.calls.arrived(call, direction="inbound", caller=caller, dialled="1000", at=now)
        self.bus.tell(CallerRecognised(at=now, call=call, match="none", number=f"+98{caller[1:]}"))
        if queue:
            self.do(self.floor.join(call, queue, now))
        return call

    def rings(self, call: str) -> str:
        live = self.calls.get(call)
        self.bus.tell(LegRinging(at=self.clock.now(), call=call, leg=live.leg))
        return live.leg

    def answer(self, call: str) -> None:
        leg = self.rings(call)
        self.bus.tell(LegAnswered(at=self.clock.now(), call=call, leg=leg))
        self.do(self.floor.leg_answered(leg, self.clock.now()))

    def hang_up(self, call: str) -> None:
        """The customer hangs up, and the agent's leg with them."""
        now, live = self.clock.now(), self.calls.get(call)
        self.do(self.floor.customer_gone(call, now))
        for leg in tuple(live.legs):
            self.bus.tell(LegGone(at=now, call=call, leg=leg, cause=16))
        self.bus.tell(CustomerGone(at=now, call=call, leg=call, cause=16))


@define
class FakeDesk:
    """An agent's commands as agents.desk refuses them; keeps what was asked for."""

    telephony: Telephony
    asked: list[tuple[Any, ...]] = field(factory=list)

    def _own(self, agent: str, call: str) -> None:
        live = self.telephony.calls.get(call)
        if live is None:
            raise NoSuchCall(call=call)
        if live.agent != agent:
            raise NotYourCall(call=call)

    async def set_intent(self, agent, intent, reason=""):
        if self.telephony.floor.seats.get(agent) is None:
            raise NotAnAgent(user=agent)
        self.telephony.do(self.telephony.floor.ask(agent, Intent(intent, reason), self.telephony.clock.now()))

    async def seen(self, agent, call):
        self.asked.append(("seen", agent, call))

    async def reject(self, agent, call):
        self._own(agent, call)
        self.telephony.do(self.telephony.floor.reject(agent, self.telephony.clock.now()))

    async def hang_up(self, agent, call):
        self._own(agent, call)
        self.telephony.hang_up(call)

    async def hold(self, agent, call):
        self._own(agent, call)
        self.telephony.calls.held(call, self.telephony.clock.now())
        self.telephony.do(self.telephony.floor.held(call, "held", self.telephony.clock.now()))

    async def resume(self, agent, call):
        self._own(agent, call)
        self.telephony.calls.resumed(call, self.telephony.clock.now())
        self.telephony.do(self.telephony.floor.held(call, "resumed", self.telephony.clock.now()))

    async def mute(self, agent, call, on):
        self._own(agent, call)

    async def send_digits(self, agent, call, digits):
        self._own(agent, call)
        self.asked.append(("digits", agent, call, digits))

    async def dial(self, agent, number):
        self.asked.append(("dial", agent, number))
        return "1700000000.99"

    async def end_wrap_up(self, agent, call):
        if call not in {one.call for one in self.telephony.floor.agents() if one.agent == agent}:
            raise NotYourCall(call=call)
        self.telephony.do(self.telephony.floor.end_wrap_up(agent, self.telephony.clock.now()))

    async def console(self, agent, connected):
        self.asked.append(("console", agent, connected))


@define
class FakePen:
    """What agents write, kept; refuses what is about somebody else's call, as crm.timeline does."""

    telephony: Telephony
    said: list[tuple[Any, ...]] = field(factory=list)
    failing: Refusal | None = None
    notes: dict[str, str] = field(factory=dict)

    def written(self, call):
        return {"note": self.notes.get(call, ""), "disposition": "", "follow_up_at": None}

    async def note(self, call, user, note):
        live = self.telephony.calls.get(call)
        if live is None or live.agent != user:
            raise NotYourCall(call=call)
        self.notes[call] = note
        self.said.append(("note", call, user, note))

    async def wrap_up(self, call, user, *, disposition="", note="", follow_up_at=0.0):
        live = self.telephony.calls.get(call)
        if live is not None and live.agent != user:
            raise NotYourCall(call=call)
        self.said.append(("wrap_up", call, user, disposition, note, follow_up_at))

    async def link(self, call, party_id, user):
        self.said.append(("link", call, party_id, user))

    async def create(self, call, line, user):
        self.said.append(("create", call, f"{line['first_name']} {line['last_name']}", line["company"], user))
        return 301


@define
class Shop:
    """Everything a console stands on."""

    house: Building
    telephony: Telephony
    desk: FakeDesk
    pen: FakePen
    consoles: Consoles
    live: Live

    @property
    def clock(self) -> FakeClock:
        return self.house.clock

    async def console(self, username: str, **more: Any) -> MemorySocket:
        """An open console of `username`, its snapshot not taken yet."""
        browser = await self.house.logged_in(username)
        return await MemorySocket(self.house.site.factory, "/live", cookies=browser.cookies, **more).opened()


def card(_call: str) -> dict[str, Any]:
    return {"match": "none", "number": "+989121234567", "parties": []}


@asynccontextmanager
async def shop(folder: Path, modules: tuple[Any, ...] = (), **more: Any):
    made: dict[str, Any] = {}

    def routes(parts):
        telephony = Telephony(parts["bus"], parts["clock"])
        desk, pen = FakeDesk(telephony), FakePen(telephony)
        orders = Orders(telephony.calls, desk, pen)
        consoles = Consoles(parts["clock"], parts["sessions"], orders)
        board = Board(telephony.calls, telephony.floor, card, parts["accounts"].get)
        live = Live(
            parts["bus"],
            parts["clock"],
            telephony.calls,
            telephony.floor,
            board,
            consoles,
            orders,
            card,
            lambda: {"dispositions": RESULTS, "break_reasons": REASONS},
        )
        made.update(telephony=telephony, desk=desk, pen=pen, consoles=consoles, live=live, orders=orders, board=board)
        services = {**parts, **made, "calls": telephony.calls, "floor": telephony.floor, **more.get("services", {})}
        return [route for module in (live_page, *modules) for route in ask(module, services)]

    async with building(folder, routes, **{key: value for key, value in more.items() if key != "services"}) as house:
        yield Shop(house, made["telephony"], made["desk"], made["pen"], made["consoles"], made["live"])
        made["live"].stop()
        await made["consoles"].stop()


__all__ = ["COOKIE", "shop"]
