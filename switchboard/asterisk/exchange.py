"""What Asterisk says about channels becomes what happened to calls: facts in, events, lines and housekeeping out.

Every other leg of a call is dropped when its customer, or the channel that began it, is gone: nothing stays behind,
whoever else forgets.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from config.clock import Clock
from switchboard.asterisk.bridges import Bridges
from switchboard.asterisk.facts import (
    ChannelEnded,
    ChannelEnding,
    ChannelEntered,
    ChannelLeft,
    ChannelRings,
    ChannelUp,
    Fact,
    HoldPressed,
    HoldReleased,
    KeyPressed,
    SoundEnded,
)  # fmt: skip
from switchboard.asterisk.legs import Leg, Legs
from switchboard.asterisk.line import AriLine
from switchboard.asterisk.requests import Requests
from switchboard.bus import Bus
from switchboard.events import CustomerGone, DigitPressed, LegAnswered, LegGone, LegHeld, LegResumed, LegRinging
from switchboard.futures import resolve
from switchboard.telephony import Line, PhoneSystemAway

log = logging.getLogger(__name__)


class Exchange:
    """Keeps `legs` true. New callers go to `on_line`; what an agent's phone dials by itself to `on_own_call` (call, endpoint, number).

    `on_returned` is asked first about a caller's channel that enters: True when it has been dealt with.
    """

    def __init__(self, bus: Bus, clock: Clock, requests: Requests, legs: Legs, bridges: Bridges) -> None:
        self.on_line: Callable[[Line], None] = lambda line: self._refuse(line.call)
        self.on_own_call: Callable[[str, str, str], None] = lambda call, _endpoint, _number: self._refuse(call)
        self.on_returned: Callable[[ChannelEntered], bool] = lambda _fact: False
        self._bus = bus
        self._clock = clock
        self._requests = requests
        self._legs = legs
        self._bridges = bridges
        self._reactions: Mapping[type[Any], Callable[[Any], None]] = {
            ChannelEntered: self._entered,
            ChannelLeft: self._left,
            ChannelEnding: self._ending,
            ChannelEnded: self._channel_ended,
            ChannelRings: self._rings,
            ChannelUp: self._up,
            KeyPressed: self._key,
            HoldPressed: self._held,
            HoldReleased: self._resumed,
            SoundEnded: self._sound_ended,
        }

    def happened(self, fact: Fact) -> None:
        """Something happened in Asterisk."""
        self._reactions[type(fact)](fact)

    def never_rang(self, leg: Leg, cause: int) -> None:
        """Asterisk could not create the leg's channel."""
        self._legs.remove(leg)
        self._bus.tell(LegGone(at=self._clock.now(), call=leg.call, leg=leg.channel, cause=cause))

    def new_line(self, call: str, *, caller: str, caller_name: str, dialled: str, arrived_at: float, up: bool) -> AriLine:
        """The line of a caller's channel, which is ours from now on."""
        line = AriLine(
            self._requests, self._clock, call=call, caller=caller, caller_name=caller_name, dialled=dialled, arrived_at=arrived_at, up=up
        )  # fmt: skip
        self._legs.add(Leg(call, call, "customer", up=up, line=line))
        return line

    def vanished(self, leg: Leg) -> None:
        """A leg is found to have ended while we were not told."""
        self._ended(leg)

    def seen_up(self, leg: Leg) -> None:
        """A leg is found to have been answered, perhaps while we were not told."""
        if leg.role == "agent":
            self._answered(leg)
        elif leg.role == "dialled":
            self._up(ChannelUp(leg.channel))

    # ── Channels come and go ─────────────────────────────────────────────────────────────────────────────────

    def _entered(self, fact: ChannelEntered) -> None:
        if leg := self._legs.get(fact.channel):
            resolve(leg.entered, None)
            if leg.role == "agent" and fact.up:
                self._answered(leg)
            return
        if self._legs.has_ended(fact.channel):
            return
        kind = fact.arguments[0] if fact.arguments else ""
        if kind == "inbound" and self.on_returned(fact):
            return
        if kind == "inbound":
            self.on_line(
                self.new_line(
                    fact.channel,
                    caller=fact.caller,
                    caller_name=fact.caller_name,
                    dialled=fact.dialled,
                    arrived_at=self._clock.now(),
                    up=fact.up,
                )
            )
        elif kind == "outbound":
            self._legs.add(Leg(fact.channel, fact.channel, "agent", up=fact.up))
            self.on_own_call(fact.channel, fact.name.removeprefix("PJSIP/").rpartition("-")[0], fact.dialled)
        else:
            log.warning("a channel that nobody waits for was hung up: %s %s", fact.channel, fact.name)
            self._refuse(fact.channel)

    def _left(self, fact: ChannelLeft) -> None:
        leg = self._legs.get(fact.channel)
        if leg is None:
            return
        if leg.handed_over:
            self._bridges.gone(leg.channel)
            if leg.line:
                leg.line.gone()
        else:
            self._ended(leg)

    def _ending(self, fact: ChannelEnding) -> None:
        if leg := self._legs.get(fact.channel):
            leg.cause = fact.cause
            if leg.line:
                leg.line.gone()

    def _channel_ended(self, fact: ChannelEnded) -> None:
        if leg := self._legs.get(fact.channel):
            leg.cause = fact.cause
            self._ended(leg)

    def _ended(self, leg: Leg) -> None:
        self._legs.remove(leg)
        self._bridges.gone(leg.channel)
        at = self._clock.now()
        if leg.role == "customer":
            if leg.line:
                leg.line.gone()
            own = "" if leg.channel == leg.call else leg.channel
            self._bus.tell(CustomerGone(at=at, call=leg.call, cause=leg.cause, leg=own))
        else:
            self._bus.tell(LegGone(at=at, call=leg.call, leg=leg.channel, cause=leg.cause))
        if leg.role == "customer" or leg.channel == leg.call:
            for other in self._legs.of(leg.call):
                self._refuse(other.channel)

    def _refuse(self, channel: str) -> None:
        with suppress(PhoneSystemAway):  # swept at the next link
            self._requests.order("DELETE", f"channels/{channel}", reason_code=16)

    # ── What happens on them ─────────────────────────────────────────────────────────────────────────────────

    def _rings(self, fact: ChannelRings) -> None:
        leg = self._legs.get(fact.channel)
        if leg and leg.role != "customer" and not leg.rang:
            leg.rang = True
            self._bus.tell(LegRinging(at=self._clock.now(), call=leg.call, leg=leg.channel))

    def _up(self, fact: ChannelUp) -> None:
        leg = self._legs.get(fact.channel)
        if leg and leg.role == "dialled":
            leg.role = "customer"
            self._answered(leg)
            if (own := self._legs.get(leg.call)) and not own.up:
                own.up = True
                self._requests.order("POST", f"channels/{own.channel}/answer")

    def _answered(self, leg: Leg) -> None:
        if not leg.up:
            leg.up = True
            self._bus.tell(LegAnswered(at=self._clock.now(), call=leg.call, leg=leg.channel))

    def _key(self, fact: KeyPressed) -> None:
        leg = self._legs.get(fact.channel)
        if leg and leg.role == "customer":
            if leg.line:
                leg.line.press(fact.key)
            self._bus.tell(DigitPressed(at=self._clock.now(), call=leg.call, digit=fact.key))

    def _held(self, fact: HoldPressed) -> None:
        leg = self._legs.get(fact.channel)
        if leg and leg.role == "agent":
            self._bus.tell(LegHeld(at=self._clock.now(), call=leg.call, leg=leg.channel))

    def _resumed(self, fact: HoldReleased) -> None:
        leg = self._legs.get(fact.channel)
        if leg and leg.role == "agent":
            self._bus.tell(LegResumed(at=self._clock.now(), call=leg.call, leg=leg.channel))

    def _sound_ended(self, fact: SoundEnded) -> None:
        leg = self._legs.get(fact.playback.rpartition("-play-")[0])
        if leg and leg.line:
            leg.line.sound_ended(fact.playback, heard=fact.heard)
