"""Talks between a queue's callers and agents: from the answer to the hang-up, hold included.

Pure. A talk that ends because the agent's phone failed puts the caller back to the head of the line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from attrs import define, field

from agents.actions import HangUp, Met, Outbox, Release, Remember, ToStatic
from agents.lines import Lines
from agents.queue import Waiting
from agents.rules import QueueRules
from agents.seats import Seats

NORMAL_ENDS: Final = frozenset({0, 16, 31})
"""Q.850 causes with which a phone ends a talk on purpose; all others mean that it failed."""


@define(eq=False)
class Talk:
    """A queue's caller and an agent who answered. `since` is when the wait before it began."""

    call: str
    agent: str
    leg: str
    queue: str
    since: float
    priority: int = 0
    connected: bool = False
    """Both hear each other."""


@define
class Talks:
    """All talks of queue callers."""

    _out: Outbox
    _seats: Seats
    _lines: Lines
    _queues: Mapping[str, QueueRules]
    _talks: dict[str, Talk] = field(factory=dict)
    _legs: dict[str, Talk] = field(factory=dict)

    def __iter__(self) -> Iterator[Talk]:
        return iter(self._talks.values())

    def get(self, call: str) -> Talk | None:
        """The talk of `call`, or None."""
        return self._talks.get(call)

    def of_leg(self, leg: str) -> Talk | None:
        """The talk in which `leg` is the agent's, or None."""
        return self._legs.get(leg)

    def begin(self, talk: Talk) -> None:
        """The agent picked up, or a talk was found alive."""
        self._talks[talk.call] = self._legs[talk.leg] = talk

    def connected(self, talk: Talk) -> None:
        """The bridge stands."""
        talk.connected = True
        self._out.add(Met(talk.call, talk.leg, talk.agent), Release(talk.call, "answered"))

    def leg_gone(self, talk: Talk, cause: int, now: float) -> None:
        """The agent's leg ended: on purpose, so the call is over; or it failed, so the caller needs another agent."""
        if talk.connected and cause in NORMAL_ENDS:
            self.end(talk, now)
            self._out.add(HangUp(talk.call, "agent"))
        else:
            self.give_back(talk, now)

    def give_back(self, talk: Talk, now: float) -> None:
        """Back to the head of the line. After a talk a new wait begins, but the old place outlives this process too."""
        self.end(talk, now)
        if talk.queue not in self._queues:
            self._out.add(ToStatic(talk.call))
            return
        since = now if talk.connected else talk.since
        self._lines.join(Waiting(talk.call, talk.queue, since, talk.priority, returned=True), now)
        self._out.add(Remember(talk.call, {"SB_SINCE": f"{talk.since:.3f}"}))

    def end(self, talk: Talk, now: float) -> None:
        """The talk is over; the agent wraps up if there was anything to wrap up."""
        del self._talks[talk.call], self._legs[talk.leg]
        queue = self._queues.get(talk.queue)
        seat = self._seats.get(talk.agent)
        if seat and seat.presence.busy_with(talk.call):
            self._seats.finish(seat, queue.wrap_up_seconds if queue and talk.connected else 0.0, now)

    def hold(self, talk: Talk, happened: str, now: float) -> None:
        """The customer was put on hold ("held") or taken back ("resumed")."""
        seat = self._seats.get(talk.agent)
        if seat and seat.presence.busy_with(talk.call) and seat.presence.can(happened):
            self._seats.move(seat, happened, now)
