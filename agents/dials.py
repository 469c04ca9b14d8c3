"""Click-to-dial as a machine without I/O: the agent's own phone first, then the other side.

The agent is reserved from the first moment, so no caller is offered meanwhile; a colleague who is called is
reserved too, and rung by their extension like anybody else. `COURSE` is drawn in docs/machines/dial.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from attrs import define, field

from agents.actions import CancelTimer, DialOut, Drop, HangUp, Met, Outbox, Ring, SetTimer, TimerKey
from agents.rules import FloorRules
from agents.seats import Seat, Seats

COURSE: Final[dict[tuple[str, str], str]] = {
    # (state, what happened): next state
    ("own_phone", "agent answered"): "other_side",
    ("own_phone", "agent gone"): "over",
    ("own_phone", "too long"): "over",
    ("other_side", "other side answered"): "talk",
    ("other_side", "other side gone"): "over",
    ("other_side", "agent gone"): "over",
    ("talk", "other side gone"): "over",
    ("talk", "agent gone"): "over",
}

CAUSE_NO_ANSWER = 19


@define(eq=False)
class Dial:
    """One dialled call. The agent's leg has the call's own id; `colleague` is set when the other side is an extension of ours."""

    call: str
    agent: str
    number: str
    other_leg: str
    colleague: str = ""
    state: str = "own_phone"

    @property
    def people(self) -> Iterator[str]:
        """The agents it keeps busy."""
        return (one for one in (self.agent, self.colleague) if one)


@define
class Dials:
    """All dialled calls."""

    _out: Outbox
    _seats: Seats
    _rules: FloorRules
    _new_leg: Callable[[], str]
    _dials: dict[str, Dial] = field(factory=dict)
    _legs: dict[str, Dial] = field(factory=dict)

    def __iter__(self) -> Iterator[Dial]:
        return iter(self._dials.values())

    def get(self, call: str) -> Dial | None:
        """The dialled call, or None."""
        return self._dials.get(call)

    def of_leg(self, leg: str) -> Dial | None:
        """The dialled call that `leg` belongs to, or None."""
        return self._legs.get(leg)

    def can(self, agent: str) -> bool:
        """Whether the agent could take part in a dialled call now: nothing to do but wrap-up, and a phone that can ring."""
        seat = self._seats.get(agent)
        return seat is not None and seat.presence.can("rung") and seat.presence.reachable

    def begin(self, call: str, agent: str, number: str, now: float, *, colleague: str = "", lifted: bool = False) -> None:
        """`agent` dials `number`; both sides that are ours must be able to (`can`). `lifted`: dialled on the phone itself, which needs no ringing."""
        dial = Dial(call, agent, number, self._new_leg(), colleague)
        self._dials[call] = self._legs[call] = self._legs[dial.other_leg] = dial
        for one in dial.people:
            self._seats.move(self._seats[one], "rung", now, call=call)
        if lifted:
            self._ring_other_side(dial)
            return
        seconds = self._rules.own_phone_seconds
        phone = self._seats.phone(self._seats[agent])
        self._out.add(Ring(call, call, agent, phone, seconds, auto_answer=True), SetTimer(("dial", call), now + seconds))

    def answered(self, dial: Dial, leg: str, now: float) -> None:
        """A phone of the dialled call was picked up."""
        if leg == dial.call and dial.state == "own_phone":
            self._out.add(CancelTimer(("dial", dial.call)))
            self._ring_other_side(dial)
        elif leg == dial.other_leg and dial.state == "other_side":
            self._go(dial, "other side answered")
            for one in self._people(dial):
                self._seats.move(one, "answered", now)
            self._out.add(Met(dial.call, dial.call, dial.agent))

    def gone(self, dial: Dial, leg: str, cause: int, now: float) -> None:
        """A leg of the dialled call ended: so does the call."""
        ours = leg == dial.call
        self._end(dial, "agent gone" if ours else "other side gone", now)
        self._out.add(HangUp(dial.call, "agent" if ours else "customer", cause))

    def over(self, call: str, now: float) -> None:
        """The call ended, or was cut off."""
        if dial := self._dials.get(call):
            self._end(dial, "agent gone" if dial.state == "own_phone" else "other side gone", now)

    def timer(self, key: TimerKey, now: float) -> None:
        """The agent's own phone did not answer in time."""
        if dial := self._dials.get(key[1]):
            self._end(dial, "too long", now)
            self._out.add(Drop(dial.call), HangUp(dial.call, "system", CAUSE_NO_ANSWER))

    def hold(self, dial: Dial, happened: str, now: float) -> None:
        """The other side was put on hold ("held") or taken back ("resumed")."""
        for seat in self._people(dial):
            if seat.agent == dial.agent and seat.presence.can(happened):
                self._seats.move(seat, happened, now)

    def adopt(self, call: str, agent: str) -> None:
        """A dialled talk found alive; the agent's seat was moved by whoever found it, the other leg's end is the customer's."""
        self._dials[call] = self._legs[call] = Dial(call, agent, "", "", state="talk")

    def _ring_other_side(self, dial: Dial) -> None:
        self._go(dial, "agent answered")
        self._out.add(DialOut(dial.call, dial.other_leg, dial.agent, dial.number, self._rules.dial_seconds))

    def _end(self, dial: Dial, happened: str, now: float) -> None:
        talked = dial.state == "talk"
        self._go(dial, happened)
        self._out.add(CancelTimer(("dial", dial.call)))
        for one in (dial.call, dial.other_leg):
            self._legs.pop(one, None)
        del self._dials[dial.call]
        wrap_up = self._rules.dial_wrap_up_seconds if talked and not dial.colleague else 0.0
        for seat in self._people(dial):
            if talked:
                self._seats.finish(seat, wrap_up, now)
            else:
                self._seats.move(seat, "missed", now)

    def _people(self, dial: Dial) -> list[Seat]:
        return [seat for one in dial.people if (seat := self._seats.get(one)) and seat.presence.busy_with(dial.call)]

    @staticmethod
    def _go(dial: Dial, happened: str) -> None:
        dial.state = COURSE[dial.state, happened]
