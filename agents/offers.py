"""Offers: which waiting caller rings at whose phone, and the choice that leads to it.

Pure. A caller is offered to one agent at a time and an agent to one caller; both keep that until the offer is closed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from attrs import define, field, frozen

from agents.actions import CancelTimer, Drop, Outbox, Ring, SetTimer
from agents.choosing import strategies
from agents.lines import Lines
from agents.presence import Intent
from agents.queue import Waiting
from agents.rules import FloorRules, QueueRules
from agents.seats import Seat, Seats
from switchboard.events import AgentOffered, OfferEnded

REFUSALS: Final = frozenset({17, 21})
SILENCES: Final = frozenset({18, 19})

RING_MARGIN_SECONDS: Final = 5.0
"""The telephone system gives up later than we do, so that the floor decides and a leg still ends without us."""


def why_unanswered(cause: int) -> str:
    """What the end of a ringing leg means, by its Q.850 cause: refused, rang in vain, or could not be rung."""
    if cause in REFUSALS:
        return "rejected"
    return "no_answer" if cause in SILENCES else "unreachable"


@frozen(eq=False)
class Offered:
    """A phone that rings for a waiting caller."""

    caller: Waiting
    agent: str
    leg: str
    endpoint: str


@define
class Offers:
    """All phones that ring for waiting callers, by leg."""

    _out: Outbox
    _seats: Seats
    _lines: Lines
    _queues: Mapping[str, QueueRules]
    _rules: FloorRules
    _new_leg: Callable[[], str]
    _offers: dict[str, Offered] = field(factory=dict)
    _of_agent: dict[str, Offered] = field(factory=dict)

    def __iter__(self) -> Iterator[Offered]:
        return iter(tuple(self._offers.values()))

    def get(self, leg: str) -> Offered | None:
        """The offer that rings as `leg`, or None."""
        return self._offers.get(leg)

    def at(self, agent: str) -> Offered | None:
        """The offer that rings at `agent`, or None."""
        return self._of_agent.get(agent)

    def match(self, now: float) -> None:
        """Offer until no waiting caller and free agent fit each other."""
        free = self._seats.free
        while free and len(self._lines) > len(self._offers):
            queues = self._lines.served(lambda name: self._queues[name].members, free)
            found = next(((caller, seat) for caller in self._lines.unoffered(queues) if (seat := self._choose(caller, free))), None)
            if found is None:
                return
            self._offer(*found, now)

    def close(self, offer: Offered, why: str, now: float) -> None:
        """The offer is over; the caller keeps the place, the agent's activity is the asker's business."""
        del self._offers[offer.leg], self._of_agent[offer.agent]
        offer.caller.offered_to = ""
        self._out.add(CancelTimer(("ring", offer.leg)), CancelTimer(("console", offer.agent)))
        self._out.tell(OfferEnded(at=now, call=offer.caller.call, agent=offer.agent, queue=offer.caller.queue, leg=offer.leg, why=why))

    def unanswered(self, offer: Offered, why: str, now: float) -> None:
        """The offer came to nothing: the agent is left alone for as long as `why` deserves."""
        seat, queue = self._seats[offer.agent], self._queues.get(offer.caller.queue)
        self.close(offer, why, now)
        if offer.caller.expert == offer.agent:
            self._lines.ask_first(offer.caller, "", 0, now)
        self._seats.move(seat, "missed", now)
        if why == "unreachable":
            self._seats.rest(seat, self._rules.unreachable_delay_seconds, now)
        elif why == "rejected" and queue:
            self._seats.rest(seat, queue.reject_delay_seconds, now)
        elif why == "no_answer" and queue:
            self._seats.rest(seat, queue.no_answer_delay_seconds, now)
            self._rang_in_vain(seat, now)

    def withdraw(self, caller: Waiting, why: str, now: float) -> None:
        """What rings for `caller` stops; the agent is free again at once."""
        if offer := self._of_agent.get(caller.offered_to):
            self.close(offer, why, now)
            self._out.add(Drop(offer.leg))
            self._seats.move(self._seats[offer.agent], "missed", now)

    def _choose(self, caller: Waiting, free: set[str]) -> Seat | None:
        """Who gets `caller`: the customer's own expert while one is awaited, else whom the queue's strategy names."""
        if caller.expert and (expert := self._seats.get(caller.expert)) and expert.working:
            return expert if expert.free else None
        queue = self._queues[caller.queue]
        names = [agent for agent in queue.members if agent in free]
        if not names:
            return None
        lowest = min(map(queue.members.__getitem__, names))
        chosen = strategies()[queue.strategy]((caller,), [self._seats[agent] for agent in names if queue.members[agent] == lowest])
        return self._seats[chosen.agent] if chosen else None

    def _offer(self, caller: Waiting, seat: Seat, now: float) -> None:
        offer = Offered(caller, seat.agent, self._new_leg(), self._seats.phone(seat))
        self._offers[offer.leg] = self._of_agent[seat.agent] = offer
        caller.offered_to = seat.agent
        seat.last_offered = now
        seconds = self._queues[caller.queue].ring_seconds
        self._out.tell(AgentOffered(at=now, call=caller.call, agent=seat.agent, queue=caller.queue, leg=offer.leg, since=caller.since))
        self._out.add(
            Ring(caller.call, offer.leg, seat.agent, offer.endpoint, seconds + RING_MARGIN_SECONDS),
            SetTimer(("ring", offer.leg), now + seconds),
        )
        self._seats.move(seat, "rung", now, call=caller.call)

    def _rang_in_vain(self, seat: Seat, now: float) -> None:
        """So many times in a row: nobody sits there, so the agent goes on a break by itself."""
        seat.no_answers += 1
        if seat.no_answers >= self._rules.no_answers_before_break and not seat.leaving:
            seat.no_answers = 0
            if seat.presence.intent.name == "available":
                self._seats.ask(seat, Intent("on_break", "no_answer"), now)
