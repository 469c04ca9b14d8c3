"""A hall without telephones: performs what the floor wants in memory and remembers all of it.

`hall = Hall(queue("sales", "maryam", "reza"))` seats the agents (not yet available); what people do are methods.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable

from agents.actions import (
    Action,
    CancelTimer,
    Connect,
    Drop,
    HangUp,
    Music,
    Release,
    Remember,
    Ring,
    SetTimer,
    Tell,
    TimerKey,
    ToStatic,
)
from agents.floor import Floor
from agents.presence import Intent
from agents.rules import FloorRules, QueueRules
from switchboard.events import (
    AgentActivityChanged,
    AgentIntentChanged,
    AgentOffered,
    Event,
    OfferEnded,
    QueueJoined,
    QueueLeft,
)  # fmt: skip

START = 1_000.0


def queue(name: str, *members: str, **rules: object) -> QueueRules:
    """A queue of these members, all with penalty 0."""
    return QueueRules(name=name, members=dict.fromkeys(members, 0), **rules)


class Hall:
    def __init__(self, *queues: QueueRules, rules: FloorRules | None = None, open_: bool = True) -> None:
        self.now = START
        self.events: list[Event] = []
        self.timers: dict[TimerKey, float] = {}
        self.rings: dict[str, Ring] = {}
        self.music: dict[str, str] = {}
        self.connected: dict[str, str] = {}
        """call → agent's leg, as the bridges stand."""
        self.released: dict[str, str] = {}
        self.remembered: dict[str, dict[str, str]] = {}
        self.done: list[Action] = []
        self.hung_up: list[HangUp] = []
        self.static: list[str] = []
        numbers = itertools.count(1)
        self.floor = Floor(lambda: f"leg-{next(numbers)}", rules or FloorRules())
        names = sorted({agent for one in queues for agent in one.members})
        self.do(lambda floor: floor.set_agents({agent: (f"w-{agent}", f"d-{agent}") for agent in names}, self.now))
        self.do(lambda floor: floor.set_queues(queues, self.now))
        if open_:
            self.do(lambda floor: floor.found(self.now))

    # ── What happens ─────────────────────────────────────────────────────────────────────────────────────────

    def do(self, happens: Callable[[Floor], list[Action]]) -> list[Action]:
        actions = happens(self.floor)
        for action in actions:
            self._perform(action)
        self.done += actions
        return actions

    def at_work(self, *agents: str) -> None:
        """Available, with the browser phone online."""
        for agent in agents:
            self.do(lambda floor, agent=agent: floor.phone_seen(f"w-{agent}", online=True, now=self.now))
            self.do(lambda floor, agent=agent: floor.ask(agent, Intent("available"), self.now))

    def wants(self, agent: str, intent: str, reason: str = "") -> None:
        self.do(lambda floor: floor.ask(agent, Intent(intent, reason), self.now))

    def phone(self, agent: str, *, online: bool) -> None:
        self.do(lambda floor: floor.phone_seen(f"w-{agent}", online=online, now=self.now))

    def joins(self, call: str, queue: str = "sales", **more: object) -> None:
        self.do(lambda floor: floor.join(call, queue, self.now, **more))

    def picks_up(self, agent: str, *, bridged: bool = True) -> str:
        """The agent's ringing phone is picked up, and the bridge stands. Gives the leg."""
        leg = self.leg_of(agent)
        self.do(lambda floor: floor.leg_answered(leg, self.now))
        if bridged:
            call = next((one.call for one in reversed(self.done) if isinstance(one, Connect) and one.leg == leg), "")
            if call:
                self.do(lambda floor: floor.connected(call, leg, self.now))
        return leg

    def leg_ends(self, leg: str, cause: int = 16) -> None:
        self.rings.pop(leg, None)
        self.do(lambda floor: floor.leg_gone(leg, cause, self.now))

    def hangs_up(self, call: str) -> None:
        """The customer hangs up."""
        self.do(lambda floor: floor.customer_gone(call, self.now))

    def passes(self, seconds: float) -> None:
        """Time goes by; timers fire in order."""
        end = self.now + seconds
        while due := [(at, key) for key, at in self.timers.items() if at <= end]:
            at, key = min(due)
            self.now = max(self.now, at)
            del self.timers[key]
            self.do(lambda floor, key=key: floor.timer(key, self.now))
        self.now = end

    # ── What a test looks at ─────────────────────────────────────────────────────────────────────────────────

    def leg_of(self, agent: str) -> str:
        """The leg that rings at the agent's phone."""
        return next(leg for leg, ring in self.rings.items() if ring.agent == agent)

    def rings_at(self, agent: str) -> str:
        """The call that rings at the agent's phone, "" for none."""
        return next((ring.call for ring in self.rings.values() if ring.agent == agent), "")

    def activity(self, agent: str) -> str:
        return self.floor.seats[agent].presence.activity

    def intent(self, agent: str) -> str:
        return self.floor.seats[agent].presence.intent.name

    def waiting(self, queue: str = "sales") -> list[str]:
        """Who waits, in order."""
        return [one.call for one in self.floor.lines.line(queue)]

    def offers(self) -> list[tuple[str, str]]:
        """Every offer made: (call, agent)."""
        return [(one.call, one.agent) for one in self.events if isinstance(one, AgentOffered)]

    def offers_ended(self) -> list[tuple[str, str, str]]:
        """(call, agent, why) of every offer that is over."""
        return [(one.call, one.agent, one.why) for one in self.events if isinstance(one, OfferEnded)]

    def left(self) -> list[tuple[str, str]]:
        """(call, why) of everybody who left a line."""
        return [(one.call, one.why) for one in self.events if isinstance(one, QueueLeft)]

    def joined_minus_left(self) -> Counter[tuple[str, str]]:
        """How often each call is in each line by the events alone."""
        count: Counter[tuple[str, str]] = Counter()
        for event in self.events:
            if isinstance(event, QueueJoined):
                count[event.call, event.queue] += 1
            elif isinstance(event, QueueLeft):
                count[event.call, event.queue] -= 1
        return count

    def activities(self, agent: str) -> list[str]:
        return [one.activity for one in self.events if isinstance(one, AgentActivityChanged) and one.agent == agent]

    def intents(self, agent: str) -> list[tuple[str, str]]:
        return [(one.intent, one.reason) for one in self.events if isinstance(one, AgentIntentChanged) and one.agent == agent]

    # ── How it is performed ──────────────────────────────────────────────────────────────────────────────────

    def _perform(self, action: Action) -> None:
        match action:
            case Tell(event):
                self.events.append(event)
            case SetTimer(key, at):
                self.timers[key] = at
            case CancelTimer(key):
                self.timers.pop(key, None)
            case _:
                self._telephone(action)

    def _telephone(self, action: Action) -> None:
        match action:
            case Ring(leg=leg):
                self.rings[leg] = action
            case Drop(leg):
                self.rings.pop(leg, None)
            case Connect(call, leg):
                self.rings.pop(leg, None)
                self.connected[call] = leg
            case Music(call, name):
                self.music[call] = name
                self.connected.pop(call, None)
            case Remember(call, variables):
                self.remembered.setdefault(call, {}).update(variables)
            case Release(call, outcome):
                self.released[call] = outcome
            case HangUp():
                self.hung_up.append(action)
            case ToStatic(call):
                self.static.append(call)
