"""Which channel belongs to which call, and as what."""

from __future__ import annotations

from asyncio import Future
from collections import deque
from collections.abc import Iterator

from attrs import define

from switchboard.asterisk.line import AriLine
from switchboard.telephony import LineGone

REMEMBERED_ENDS = 5000
"""Ids of ended channels kept: Asterisk repeats StasisStart for a channel that hangs up in a bridge."""


@define
class Leg:
    """A channel of ours. `role`: "customer", "agent", or "dialled" (a customer's who has not answered yet)."""

    channel: str
    call: str
    role: str
    up: bool = False
    rang: bool = False
    cause: int = 16
    line: AriLine | None = None
    entered: Future[None] | None = None
    """Of a dialled party's channel: done when it can be bridged, before it is dialled."""
    handed_over: bool = False
    """It left for the dialplan; only its end is still of interest."""


class Legs:
    """All our channels. `get` gives None for a strange one, the others raise `LineGone`."""

    def __init__(self) -> None:
        self._legs: dict[str, Leg] = {}
        self._calls: dict[str, dict[str, Leg]] = {}
        self._ended: deque[str] = deque(maxlen=REMEMBERED_ENDS)
        self._ended_set: set[str] = set()

    def __iter__(self) -> Iterator[Leg]:
        return iter(tuple(self._legs.values()))

    def __len__(self) -> int:
        return len(self._legs)

    def add(self, leg: Leg) -> Leg:
        """Know a channel from now on."""
        self._legs[leg.channel] = leg
        self._calls.setdefault(leg.call, {})[leg.channel] = leg
        return leg

    def get(self, channel: str) -> Leg | None:
        """The leg, if it is one of ours and there."""
        return self._legs.get(channel)

    def of(self, call: str) -> tuple[Leg, ...]:
        """Every leg of a call."""
        return tuple(self._calls.get(call, {}).values())

    def by_call(self) -> dict[str, frozenset[str]]:
        """The channels of every call."""
        return {call: frozenset(legs) for call, legs in self._calls.items()}

    def there(self, channel: str) -> Leg:
        """The leg, which must be there."""
        if leg := self._legs.get(channel):
            return leg
        raise LineGone(channel)

    def customer(self, call: str) -> Leg:
        """The customer's leg of a call, which must be there and with us."""
        for leg in self._calls.get(call, {}).values():
            if leg.role == "customer" and not leg.handed_over:
                return leg
        raise LineGone(call)

    def any_of(self, call: str) -> Leg:
        """The call's own channel, or whichever is left; the call must be there."""
        if legs := self._calls.get(call):
            return legs.get(call) or next(iter(legs.values()))
        raise LineGone(call)

    def remove(self, leg: Leg) -> None:
        """The channel has ended."""
        if leg.entered and not leg.entered.done():
            leg.entered.set_exception(LineGone)
            leg.entered.exception()  # whoever waits still gets it; nobody may
        self._legs.pop(leg.channel, None)
        of_call = self._calls.get(leg.call, {})
        of_call.pop(leg.channel, None)
        if not of_call:
            self._calls.pop(leg.call, None)
        if len(self._ended) == REMEMBERED_ENDS:
            self._ended_set.discard(self._ended[0])
        self._ended.append(leg.channel)
        self._ended_set.add(leg.channel)

    def forget_ends(self) -> None:
        """Asterisk has begun anew: it may give a new channel the name of one that has ended (a Uniqueid is the second and the count since its start)."""
        self._ended.clear()
        self._ended_set.clear()

    def has_ended(self, channel: str) -> bool:
        """Whether the channel was one of ours and has ended (not long ago)."""
        return channel in self._ended_set
