"""The agents on the floor: everyone's presence, phones and rest, and who is free now.

Pure. Every change puts its events and timers into the shared `Outbox`. An agent is *free* when they want calls, do
nothing, can be rung and are not left alone after an offer that came to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from attrs import define, field

from agents.actions import CancelTimer, Outbox, SetTimer, TimerKey
from agents.presence import Intent, Presence


@define(eq=False)
class Seat:
    """One agent at work."""

    agent: str
    presence: Presence
    phones: tuple[str, ...]
    """Endpoints, the preferred one first."""

    idle_since: float
    """When they became ready for the next call; an offer that comes to nothing does not reset it."""

    resting: bool = False
    calls: int = 0
    """Queue calls answered since the start of the day."""

    last_offered: float = 0.0
    no_answers: int = 0
    """Offers in a row that rang in vain."""

    leaving: bool = False
    """No longer on the roster; the seat goes when the call is over."""

    @property
    def working(self) -> bool:
        """Whether they take calls at all: want to, and have a phone that could ring."""
        return self.presence.intent.name == "available" and self.presence.reachable and not self.leaving

    @property
    def free(self) -> bool:
        """Whether a caller may be offered now."""
        return self.working and self.presence.activity == "idle" and not self.resting


@define
class Seats:
    """All seats. `free` holds the agents to whom a caller may be offered."""

    _out: Outbox
    _seats: dict[str, Seat] = field(factory=dict)
    _online: set[str] = field(factory=set)
    _at: dict[str, Seat] = field(factory=dict)
    free: set[str] = field(factory=set)

    def __getitem__(self, agent: str) -> Seat:
        return self._seats[agent]

    def __iter__(self) -> Iterator[Seat]:
        return iter(self._seats.values())

    def get(self, agent: str) -> Seat | None:
        """The agent's seat, or None when nobody of that name works here."""
        return self._seats.get(agent)

    def of_phone(self, endpoint: str) -> Seat | None:
        """The seat at which the phone `endpoint` stands."""
        return self._at.get(endpoint)

    def phone(self, seat: Seat) -> str:
        """The endpoint to ring: the preferred one that is online, "" when none is."""
        return next((one for one in seat.phones if one in self._online), "")

    # ── The roster ───────────────────────────────────────────────────────────────────────────────────────────

    def seat(self, phones: Mapping[str, Sequence[str]], now: float) -> None:
        """Exactly these agents work here (agent → endpoints). Who left keeps the seat until the call is over."""
        for agent, endpoints in phones.items():
            one = self._seats.get(agent)
            if one is None:
                one = self._seats[agent] = Seat(agent, Presence(agent), (), now)
            one.phones = tuple(endpoints)
            one.leaving = False
        for agent in set(self._seats) - set(phones):
            self._seats[agent].leaving = True
        self._at = {phone: one for one in self._seats.values() for phone in one.phones}
        for one in tuple(self._seats.values()):
            self._look(one, now)

    def restore(self, agent: str, intent: Intent, since: float) -> None:
        """What the agent wanted before the daemon started again; nothing is told, it was told then."""
        if one := self._seats.get(agent):
            one.presence.intent, one.presence.intent_since, one.idle_since = intent, since, since
            self._settle(one)

    # ── What happens to them ─────────────────────────────────────────────────────────────────────────────────

    def phone_seen(self, endpoint: str, *, online: bool, now: float) -> None:
        """An endpoint became reachable or not; a phone that comes back ends the rest after it could not be rung."""
        (self._online.add if online else self._online.discard)(endpoint)
        if one := self._at.get(endpoint):
            self._look(one, now)

    def ask(self, one: Seat, intent: Intent, now: float) -> None:
        """The agent chooses an intent."""
        before = one.presence.intent
        self._out.tell(*one.presence.ask(intent, now))
        self._chosen(one, before, now)

    def move(self, one: Seat, happened: str, now: float, *, call: str = "", until: float = 0.0) -> None:
        """The agent's activity goes along `presence.MOVES`."""
        presence = one.presence
        before, was = presence.intent, presence.activity
        self._out.tell(*presence.move(happened, now, call=call, until=until))
        if was == "wrap_up":
            self._out.add(CancelTimer(("wrap", one.agent)))
        if presence.activity == "wrap_up":
            self._out.add(SetTimer(("wrap", one.agent), until))
        elif presence.activity == "idle" and happened != "missed":
            one.idle_since = now
        self._chosen(one, before, now)
        if one.leaving:
            self._look(one, now)

    def finish(self, one: Seat, wrap_up_seconds: float, now: float) -> None:
        """The agent's talk is over; after-call work follows when there is any."""
        if wrap_up_seconds > 0 and not one.leaving:
            self.move(one, "wrapping", now, until=now + wrap_up_seconds)
        else:
            self.move(one, "finished", now)

    def rest(self, one: Seat, seconds: float, now: float) -> None:
        """Leave the agent alone for `seconds`; 0 or less: not at all."""
        if seconds > 0 and not one.leaving:
            one.resting = True
            self._out.add(SetTimer(("rest", one.agent), now + seconds))
            self._settle(one)

    def timer(self, key: TimerKey, now: float) -> None:
        """A "rest" or "wrap" timer fired."""
        if one := self._seats.get(key[1]):
            if key[0] == "rest":
                one.resting = False
                self._settle(one)
            elif one.presence.activity == "wrap_up":
                self.move(one, "wrapped", now)

    # ── Keeping `free` true ──────────────────────────────────────────────────────────────────────────────────

    def _chosen(self, one: Seat, before: Intent, now: float) -> None:
        """After a change that may have changed the intent: who becomes available starts anew."""
        if one.presence.intent != before and one.presence.intent.name == "available":
            one.idle_since, one.no_answers = now, 0
            self.wake(one)
        self._settle(one)

    def wake(self, one: Seat) -> None:
        """End the rest."""
        if one.resting:
            one.resting = False
            self._out.add(CancelTimer(("rest", one.agent)))

    def _look(self, one: Seat, now: float) -> None:
        """After a change of phones or roster."""
        reachable = bool(self.phone(one))
        if reachable and not one.presence.reachable:
            self.wake(one)
        self._out.tell(*one.presence.seen(reachable=reachable, now=now))
        if one.leaving and one.presence.activity == "wrap_up":
            self.move(one, "wrapped", now)
        elif one.leaving and one.presence.activity == "idle":
            self.wake(one)
            self._out.tell(*one.presence.ask(Intent("offline"), now), *one.presence.seen(reachable=False, now=now))
            self._seats.pop(one.agent, None)
        self._settle(one)

    def _settle(self, one: Seat) -> None:
        if one.free:
            self.free.add(one.agent)
        else:
            self.free.discard(one.agent)
