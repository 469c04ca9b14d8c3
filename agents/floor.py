"""The floor: waiting callers and agents brought together, as one machine without I/O.

Every input takes the time and gives back what is to be done (`agents.actions`), in order. It never offers a caller to two
agents nor two callers to one agent, and loses nobody: a caller leaves a line only answered, gone, or back in their
flow. After every input there is no caller and free agent left who could be brought together.

A caller's course is `COURSE`, drawn in docs/machines/caller.md; an agent's is agents/presence.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from attrs import define, field, frozen

from agents.actions import Action, CancelTimer, Connect, Drop, Outbox, Release, Remember, SetTimer, TimerKey
from agents.dials import Dials
from agents.lines import Lines
from agents.offers import Offered, Offers, why_unanswered
from agents.presence import AgentNow, Intent
from agents.queue import Waiting
from agents.rules import FloorRules, QueueRules
from agents.seats import Seats
from agents.talks import Talk, Talks

COURSE: Final[dict[tuple[str, str], str]] = {
    # (state of a caller, what happened): next state
    ("flow", "joins a queue"): "waiting",
    ("flow", "found talking after a restart"): "talk",
    ("waiting", "an agent is free"): "offered",
    ("waiting", "longest wait over"): "flow",
    ("waiting", "taken out by the flow"): "flow",
    ("waiting", "hangs up"): "gone",
    ("offered", "no answer"): "waiting",
    ("offered", "rejected"): "waiting",
    ("offered", "phone unreachable"): "waiting",
    ("offered", "link lost"): "waiting",
    ("offered", "not answered and longest wait over"): "flow",
    ("offered", "taken out by the flow"): "flow",
    ("offered", "hangs up"): "gone",
    ("offered", "answered"): "talk",
    ("talk", "agent's phone fails"): "waiting",
    ("talk", "agent hangs up"): "gone",
    ("talk", "hangs up"): "gone",
}


@frozen(kw_only=True)
class QueueNow:
    """One queue at a moment, for those who show it. `longest_since` is None when nobody waits."""

    name: str
    title_fa: str
    title_en: str
    waiting: int
    longest_since: float | None
    agents_available: int


@define
class Floor:
    """All queues and agents. `new_leg` makes the id of a leg to be."""

    _new_leg: Callable[[], str]
    rules: FloorRules = field(factory=FloorRules)
    _out: Outbox = field(factory=Outbox)
    _queues: dict[str, QueueRules] = field(factory=dict)
    _open: bool = False

    seats: Seats = field(init=False)
    lines: Lines = field(init=False)
    offers: Offers = field(init=False)
    talks: Talks = field(init=False)
    dials: Dials = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.seats = Seats(self._out)
        self.lines = Lines(self._out)
        self.offers = Offers(self._out, self.seats, self.lines, self._queues, self.rules, self._new_leg)
        self.talks = Talks(self._out, self.seats, self.lines, self._queues)
        self.dials = Dials(self._out, self.seats, self.rules, self._new_leg)

    # ── Who and what there is ────────────────────────────────────────────────────────────────────────────────

    def set_queues(self, queues: Sequence[QueueRules], now: float) -> list[Action]:
        """Exactly these queues exist. Callers of a queue that is gone go back to their flow."""
        names = {queue.name for queue in queues}
        for caller in [one for one in self.lines if one.queue not in names]:
            self._time_out(caller, now)
        self._queues.clear()
        self._queues.update((queue.name, queue) for queue in queues)
        return self._done(now)

    def set_agents(self, phones: Mapping[str, Sequence[str]], now: float) -> list[Action]:
        """Exactly these agents work here: agent → endpoints, the preferred one first."""
        self.seats.seat(phones, now)
        for talk in self.talks:
            self._engage(talk, now)
        return self._done(now)

    def restore(self, agent: str, intent: Intent, since: float) -> None:
        """What the agent wanted before the daemon started again; nothing is told, it was told then."""
        self.seats.restore(agent, intent, since)

    # ── Callers ──────────────────────────────────────────────────────────────────────────────────────────────

    def join(
        self, call: str, queue: str, now: float, *, since: float = 0.0, priority: int = 0,
        max_seconds: float | None = None, expert: str = "", adopted: bool = False,
    ) -> list[Action]:  # fmt: skip
        """A caller begins to wait in `queue` (raises KeyError when there is none). `since` 0: now.

        For a call that waits there already (adopted) only its longest wait is set anew.
        """
        longest = self._queues[queue].longest(max_seconds)
        caller = self.lines.get(call)
        if caller and caller.queue == queue:
            self.lines.limit(caller, longest, now)
            return self._done(now)
        if caller:
            self._leave(caller, "key", now)
        if talk := self.talks.get(call):
            self.talks.end(talk, now)
        caller = Waiting(call, queue, since or now, priority)
        self.lines.join(caller, now, longest=longest, adopted=adopted)
        self._prefer(caller, expert, now)
        return self._done(now)

    def recognised(self, call: str, now: float, *, priority: int, expert: str = "") -> list[Action]:
        """It became known who the caller is: a better place, the customer's own expert first."""
        if caller := self.lines.get(call):
            self.lines.promote(caller, priority)
            self._prefer(caller, expert, now)
        return self._done(now)

    def leave(self, call: str, why: str, now: float) -> list[Action]:
        """The flow takes the caller out of the line ("key")."""
        if caller := self.lines.get(call):
            self._leave(caller, why, now)
            self._out.add(Remember(call, {"SB_QUEUE": ""}))
        return self._done(now)

    def customer_gone(self, call: str, now: float, *, why: str = "abandoned") -> list[Action]:
        """The customer hung up (or the call was cut off), whatever was going on."""
        if caller := self.lines.get(call):
            self.offers.withdraw(caller, "caller_gone", now)
            self.lines.leave(caller, why, now)
            self._out.add(Release(call, "gone"))
        if talk := self.talks.get(call):
            self.talks.end(talk, now)
            self._out.add(Release(call, "gone"))
        self.dials.over(call, now)
        return self._done(now)

    # ── Legs ─────────────────────────────────────────────────────────────────────────────────────────────────

    def leg_answered(self, leg: str, now: float) -> list[Action]:
        """A phone was picked up. One whose offer is over already is none of ours: it is being dropped."""
        if offer := self.offers.get(leg):
            self._answer(offer, now)
        elif dial := self.dials.of_leg(leg):
            self.dials.answered(dial, leg, now)
        return self._done(now)

    def leg_gone(self, leg: str, cause: int, now: float) -> list[Action]:
        """A leg ended (or could not be made) with this Q.850 cause."""
        if offer := self.offers.get(leg):
            self._unanswered(offer, why_unanswered(cause), now)
        elif talk := self.talks.of_leg(leg):
            self.talks.leg_gone(talk, cause, now)
        elif dial := self.dials.of_leg(leg):
            self.dials.gone(dial, leg, cause, now)
        return self._done(now)

    def connected(self, call: str, leg: str, now: float) -> list[Action]:
        """The bridge stands: customer and agent hear each other."""
        if (talk := self.talks.get(call)) and talk.leg == leg:
            self.talks.connected(talk)
        return self._done(now)

    def connect_failed(self, call: str, leg: str, now: float) -> list[Action]:
        """The bridge could not be made; unless the customer is gone they go back to the head of the line."""
        if (talk := self.talks.get(call)) and talk.leg == leg:
            self.talks.give_back(talk, now)
            self._out.add(Drop(leg))
        return self._done(now)

    def held(self, call: str, happened: str, now: float) -> list[Action]:
        """The customer was put on hold ("held") or taken back ("resumed")."""
        if talk := self.talks.get(call):
            self.talks.hold(talk, happened, now)
        elif dial := self.dials.get(call):
            self.dials.hold(dial, happened, now)
        return self._done(now)

    # ── Agents ───────────────────────────────────────────────────────────────────────────────────────────────

    def ask(self, agent: str, intent: Intent, now: float) -> list[Action]:
        """The agent chooses an intent (raises KeyError for a stranger)."""
        self.seats.ask(self.seats[agent], intent, now)
        return self._done(now)

    def phone_seen(self, endpoint: str, *, online: bool, now: float) -> list[Action]:
        """A phone came or went; an offer that rings on one that went is over."""
        self.seats.phone_seen(endpoint, online=online, now=now)
        seat = self.seats.of_phone(endpoint)
        offer = self.offers.at(seat.agent) if seat else None
        if offer and offer.endpoint == endpoint and not online:
            self._stop(offer, "unreachable", now)
        return self._done(now)

    def console_gone(self, agent: str, now: float) -> list[Action]:
        """The agent's last console closed: when it stays away, what rings in that browser is over."""
        if self.offers.at(agent):
            self._out.add(SetTimer(("console", agent), now + self.rules.console_grace_seconds))
        return self._done(now)

    def console_seen(self, agent: str, now: float) -> list[Action]:
        """A console of the agent opened."""
        self._out.add(CancelTimer(("console", agent)))
        return self._done(now)

    def reject(self, agent: str, now: float) -> list[Action]:
        """The agent refuses the caller who rings."""
        if offer := self.offers.at(agent):
            self._stop(offer, "rejected", now)
        return self._done(now)

    def end_wrap_up(self, agent: str, now: float) -> list[Action]:
        """The agent is done with after-call work before its time."""
        self.seats.timer(("wrap", agent), now)
        return self._done(now)

    def dial(self, call: str, agent: str, number: str, now: float, *, colleague: str = "", lifted: bool = False) -> list[Action]:
        """The agent dials (see `Dials.begin`)."""
        self.dials.begin(call, agent, number, now, colleague=colleague, lifted=lifted)
        return self._done(now)

    # ── Time and the telephone system ────────────────────────────────────────────────────────────────────────

    def timer(self, key: TimerKey, now: float) -> list[Action]:
        """A timer that an action had set fired."""
        what, whom = key
        if what == "ring" and (offer := self.offers.get(whom)):
            self._stop(offer, "no_answer", now)
        elif what == "console" and (offer := self.offers.at(whom)):
            self._stop(offer, "unreachable", now)
        elif what == "wait" and (caller := self.lines.get(whom)):
            caller.overdue = True
            if not caller.offered_to:
                self._time_out(caller, now)
        elif what == "expert" and (caller := self.lines.get(whom)):
            self.lines.ask_first(caller, "", 0, now)
        elif what in ("rest", "wrap"):
            self.seats.timer(key, now)
        elif what == "dial":
            self.dials.timer(key, now)
        return self._done(now)

    def lost(self, now: float) -> list[Action]:
        """The link to the telephone system broke: nobody is offered any longer; who waits or talks goes on."""
        self._open = False
        for offer in self.offers:
            self._stop(offer, "withdrawn", now)
        return self._done(now)

    def found(self, now: float) -> list[Action]:
        """The link stands and every live call is known again: offers begin."""
        self._open = True
        return self._done(now)

    def adopt_talk(self, talk: Talk, *, held: bool, now: float) -> list[Action]:
        """A talk found alive after a restart. Nothing changes when it is known."""
        known = self.talks.get(talk.call)
        if (known and known.leg == talk.leg) or self.dials.get(talk.call):
            return self._done(now)
        if known:
            self.talks.end(known, now)
        if caller := self.lines.get(talk.call):
            self._leave(caller, "answered", now)
        if self._engage(talk, now) and held:
            self.talks.hold(talk, "held", now)
        if talk.leg == talk.call:
            self.dials.adopt(talk.call, talk.agent)
        else:
            self.talks.begin(talk)
        return self._done(now)

    # ── For those who show it ────────────────────────────────────────────────────────────────────────────────

    @property
    def open(self) -> bool:
        """Whether the link stands and every live call is known."""
        return self._open

    def rules_of(self, queue: str) -> QueueRules | None:
        """The rules of a queue, or None."""
        return self._queues.get(queue)

    def agents(self) -> tuple[AgentNow, ...]:
        """Everybody's presence."""
        return tuple(seat.presence.now() for seat in self.seats)

    def queues(self) -> tuple[QueueNow, ...]:
        """Every queue as it stands."""
        return tuple(self._queue_now(queue) for queue in self._queues.values())

    def _queue_now(self, queue: QueueRules) -> QueueNow:
        line = self.lines.line(queue.name)
        return QueueNow(
            name=queue.name,
            title_fa=queue.title_fa,
            title_en=queue.title_en,
            waiting=len(line),
            longest_since=line.longest_since,
            agents_available=len(self.seats.free & queue.members.keys()),
        )

    # ── How it is done ───────────────────────────────────────────────────────────────────────────────────────

    def _done(self, now: float) -> list[Action]:
        if self._open:
            self.offers.match(now)
        return self._out.take()

    def _answer(self, offer: Offered, now: float) -> None:
        caller, seat = offer.caller, self.seats[offer.agent]
        self.offers.close(offer, "answered", now)
        self.lines.leave(caller, "answered", now)
        seat.calls += 1
        seat.no_answers = 0
        self.talks.begin(Talk(caller.call, offer.agent, offer.leg, caller.queue, caller.since, caller.priority))
        self._out.add(Connect(caller.call, offer.leg, offer.agent))
        self.seats.move(seat, "answered", now)

    def _engage(self, talk: Talk, now: float) -> bool:
        """Let the agent of a talk that was found alive be seen talking, if they work here and do nothing else."""
        seat = self.seats.get(talk.agent)
        if seat is None or seat.presence.busy_with(talk.call) or not seat.presence.can("adopted"):
            return False
        self.seats.move(seat, "adopted", now, call=talk.call)
        return True

    def _stop(self, offer: Offered, why: str, now: float) -> None:
        self._out.add(Drop(offer.leg))
        self._unanswered(offer, why, now)

    def _unanswered(self, offer: Offered, why: str, now: float) -> None:
        self.offers.unanswered(offer, why, now)
        if offer.caller.overdue:
            self._time_out(offer.caller, now)

    def _leave(self, caller: Waiting, why: str, now: float) -> None:
        self.offers.withdraw(caller, "withdrawn", now)
        self.lines.leave(caller, why, now)

    def _time_out(self, caller: Waiting, now: float) -> None:
        self._leave(caller, "timeout", now)
        self._out.add(Remember(caller.call, {"SB_QUEUE": ""}), Release(caller.call, "timeout"))

    def _prefer(self, caller: Waiting, expert: str, now: float) -> None:
        """Ask the customer's own expert first, if they are at work."""
        seat = self.seats.get(expert)
        if seat and seat.working and not caller.offered_to:
            self.lines.ask_first(caller, expert, self.rules.expert_seconds, now)
