"""Today's tally: listens to what happens and keeps the raw moments and the counts, per queue and per agent. Pure.

`apply` takes events of the bus, and after a restart those that the ledger kept since the day began, in order.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from typing import Any

from attrs import define, evolve, field

from agents.measures import AgentCounts, QueueCounts, ServiceLevel, Wait, service_level
from agents.presence import AgentNow
from agents.rules import QueueRules
from switchboard.events import (
    AgentActivityChanged,
    AgentIntentChanged,
    AgentOffered,
    Event,
    OfferEnded,
    QueueJoined,
    QueueLeft,
)  # fmt: skip

MOST_WAITS = 200_000
"""Waits kept of a day; later ones are counted, but not kept one by one."""


TALLIED: tuple[type[Event], ...] = (QueueJoined, QueueLeft, AgentOffered, OfferEnded, AgentIntentChanged, AgentActivityChanged)
"""What counts."""


@define
class _Agent:
    """Where the agent's present stretch began, and the counts of those before."""

    counts: AgentCounts = field(factory=AgentCounts)
    intent: str = "offline"
    activity: str = "idle"
    since: float = 0.0

    def until(self, now: float) -> AgentCounts:
        """The counts with the present stretch up to `now`."""
        counts = evolve(self.counts)
        seconds = max(0.0, now - self.since) if self.since else 0.0
        if self.activity == "talking":
            counts.talk_seconds += seconds
        elif self.activity == "hold":
            counts.hold_seconds += seconds
        elif self.activity == "wrap_up":
            counts.wrap_up_seconds += seconds
        elif self.activity == "idle" and self.intent == "available":
            counts.ready_seconds += seconds
        if self.intent != "offline":
            counts.logged_in_seconds += seconds
        return counts

    def turn(self, now: float) -> None:
        """A new stretch begins."""
        self.counts, self.since = self.until(now), now


@define
class Tally:
    """`midnight` gives the beginning of the day a moment belongs to, where the people are; `rules_of` a queue's rules."""

    _midnight: Callable[[float], float]
    _rules_of: Callable[[str], QueueRules | None]
    _day: float = 0.0
    _waiting: dict[tuple[str, str], Wait] = field(factory=dict)
    _waits: dict[str, list[Wait]] = field(factory=dict)
    _kept: int = 0
    _queues: dict[str, QueueCounts] = field(factory=dict)
    _agents: dict[str, _Agent] = field(factory=dict)
    _ways: Mapping[type[Event], Callable[[Any], None]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._ways = {
            QueueJoined: self._joined,
            QueueLeft: self._left,
            AgentOffered: self._offered,
            OfferEnded: self._offer_ended,
            AgentIntentChanged: self._intent,
            AgentActivityChanged: self._activity,
        }

    # ── What is shown ────────────────────────────────────────────────────────────────────────────────────────

    def counted(self, queue: str) -> Mapping[str, int]:
        """The queue's answered, abandoned (without the short ones) and offered calls of today."""
        counts = self.of_queue(queue)
        abandoned = counts.abandoned - counts.short_abandoned
        return {"answered": counts.answered, "abandoned": abandoned, "offered": counts.offered}

    def of_queue(self, queue: str) -> QueueCounts:
        """The queue's counts of today."""
        return self._queues.get(queue) or QueueCounts()

    def of_agent(self, agent: str, now: float) -> AgentCounts:
        """The agent's counts of today, up to now."""
        one = self._agents.get(agent)
        return one.until(now) if one else AgentCounts()

    def service_level(self, queue: str, now: float) -> ServiceLevel:
        """The queue's service-level events of today, those who wait longer than the threshold included."""
        waiting = [wait for wait in self._waiting.values() if wait.queue == queue]
        return service_level([*self._waits.get(queue, ()), *waiting], now)

    # ── What happens ─────────────────────────────────────────────────────────────────────────────────────────

    def apply(self, event: Event) -> None:
        """Take what happened into account; other kinds of events change nothing."""
        if way := self._ways.get(type(event)):
            self._roll_over(event.at)
            way(event)

    def settle(self, there: Container[str], agents: Iterable[AgentNow], now: float) -> None:
        """After a restart: who waited by the ledger but is not `there` any more was cut off, agents do what they do now."""
        for call, queue in [key for key in self._waiting if key[0] not in there]:
            self.apply(QueueLeft(at=now, call=call, queue=queue, why="cut_off", waited_seconds=0.0))
        for agent in agents:
            one = self._agent(agent.agent)
            if (one.intent, one.activity) != (agent.intent, agent.activity):
                one.turn(now)
                one.intent, one.activity = agent.intent, agent.activity

    def _roll_over(self, now: float) -> None:
        """At midnight a new day begins; who waits or works goes on doing so."""
        day = self._midnight(now)
        if day <= self._day:
            return
        self._day = day
        self._waits.clear()
        self._kept = 0
        self._queues.clear()
        for wait in self._waiting.values():
            self._of_queue(wait.queue).offered += 1
        for one in self._agents.values():
            one.counts = AgentCounts()
            one.since = max(one.since, day) if one.since else 0.0

    def _of_queue(self, queue: str) -> QueueCounts:
        return self._queues.setdefault(queue, QueueCounts())

    def _joined(self, event: QueueJoined) -> None:
        rules = self._rules_of(event.queue) or QueueRules(name=event.queue)
        again = (event.call, event.queue) in self._waiting
        self._waiting[event.call, event.queue] = Wait(
            call=event.call,
            queue=event.queue,
            since=event.since,
            threshold_seconds=rules.service_level_seconds,
            short_seconds=rules.short_abandon_seconds,
        )
        if not again:  # adopted after a restart: it had joined before
            self._of_queue(event.queue).offered += 1

    def _left(self, event: QueueLeft) -> None:
        wait = self._waiting.pop((event.call, event.queue), None)
        if wait is None:
            return
        over = evolve(wait, left_at=event.at, why=event.why)
        self._of_queue(event.queue).add(over)
        if self._kept < MOST_WAITS:
            self._kept += 1
            self._waits.setdefault(event.queue, []).append(over)

    def _agent(self, agent: str) -> _Agent:
        return self._agents.setdefault(agent, _Agent())

    def _offered(self, event: AgentOffered) -> None:
        self._agent(event.agent).counts.offers += 1

    def _offer_ended(self, event: OfferEnded) -> None:
        counts = self._agent(event.agent).counts
        if event.why == "answered":
            counts.answered += 1
        elif event.why == "rejected":
            counts.rejected += 1
        elif event.why in ("no_answer", "unreachable"):
            counts.no_answer += 1

    def _intent(self, event: AgentIntentChanged) -> None:
        one = self._agent(event.agent)
        one.turn(event.at)
        one.intent = event.intent

    def _activity(self, event: AgentActivityChanged) -> None:
        one = self._agent(event.agent)
        one.turn(event.at)
        if event.activity == "talking" and one.activity != "hold":
            one.counts.handled += 1
        one.activity = event.activity
