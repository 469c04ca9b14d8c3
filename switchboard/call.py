"""The registry of all live calls.

It feeds each call's machine (live_call.py) from the bus and from those who act on calls, and tells the outline of every
call: CallArrived, CallAnswered, CallHeld, CallResumed, and CallEnded exactly once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from config.clock import Clock, Timer
from switchboard.bus import Bus
from switchboard.events import (
    AgentOffered,
    CallAdopted,
    CallAnswered,
    CallArrived,
    CallEnded,
    CallerRecognised,
    CallEvent,
    CallHeld,
    CallResumed,
    CustomerGone,
    Event,
    LegAnswered,
    LegGone,
    LegHeld,
    LegResumed,
    LegRinging,
    OfferEnded,
    PartyLinked,
    QueueJoined,
    QueueLeft,
    StepTaken,
)
from switchboard.live_call import STATES, TABLE, LiveCall

__all__ = ["FLOW_LETS_GO_SECONDS", "STATES", "TABLE", "Calls", "LiveCall"]

FLOW_LETS_GO_SECONDS = 5.0
"""How long a call whose legs are all gone waits for its flow to note the last step."""


class Calls:
    """The live calls by id. Listens to what happens to them; tells their outline."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus = bus
        self._clock = clock
        self._live: dict[str, LiveCall] = {}
        self._ending: dict[str, Timer] = {}
        bus.witness(self._seen)
        for kind, listener in self._listeners().items():
            bus.listen(kind, listener)

    def get(self, call: str) -> LiveCall | None:
        """The live call, or None when it has ended or never was."""
        return self._live.get(call)

    def live(self) -> tuple[LiveCall, ...]:
        """Every live call, the oldest first."""
        return tuple(self._live.values())

    def of_agent(self, agent: str) -> LiveCall | None:
        """The call that `agent` is in (or is being rung for)."""
        return next((call for call in self._live.values() if call.agent == agent), None)

    # ── What those who act on a call say ─────────────────────────────────────────────────────────────────────

    def arrived(
        self, call: str, *, direction: str, caller: str, caller_name: str = "", dialled: str, agent: str = "", at: float
    ) -> LiveCall:
        """A call began."""
        if known := self._live.get(call):
            return known
        live = LiveCall(call, direction, caller, caller_name, dialled, at, agent, customer_there=direction == "inbound")
        self._live[call] = live
        self._bus.tell(
            CallArrived(at=at, call=call, direction=direction, caller=caller, caller_name=caller_name, dialled=dialled, agent=agent)
        )
        return live

    def adopted(self, call: LiveCall, at: float) -> None:
        """A call found alive in Asterisk is ours again, as it stands in `call`."""
        self._live[call.id] = call
        self._bus.tell(CallAdopted(at=at, call=call.id, state=call.state, agent=call.agent, queue=call.queue))

    def connected(self, call: str, *, agent: str, leg: str, at: float) -> None:
        """Agent and customer hear each other."""
        if (live := self._live.get(call)) and live.happened("connected"):
            live.agent, live.leg = agent, leg
            answered = CallAnswered(at=at, call=call, agent=agent)
            live.note(answered)
            self._bus.tell(answered)

    def held(self, call: str, at: float) -> None:
        """The customer was put on hold."""
        if (live := self._live.get(call)) and live.happened("held"):
            self._bus.tell(CallHeld(at=at, call=call, agent=live.agent))

    def resumed(self, call: str, at: float) -> None:
        """The customer was taken back."""
        if (live := self._live.get(call)) and live.state == "held" and live.happened("resumed"):
            self._bus.tell(CallResumed(at=at, call=call, agent=live.agent))

    def leaving(self, call: str, *, by: str) -> None:
        """`by` asks for the end of the call, which has not happened yet; the first who asks counts."""
        if live := self._live.get(call):
            live.asked_to_end = live.asked_to_end or by

    def led(self, call: str, *, on: bool) -> None:
        """A flow took the line, or let go of it."""
        if live := self._live.get(call):
            live.led = on
            if on:
                live.happened("flow")
            self._end_if_over(live, self._clock.now())

    def cut_off(self, call: str) -> None:
        """The end that will be told next is not the doing of anybody in the call: Asterisk or the machine died."""
        if live := self._live.get(call):
            live.cut_off = True

    def ended(self, call: str, *, cause: int = 16, at: float) -> None:
        """The call is over."""
        if timer := self._ending.pop(call, None):
            timer.cancel()
        if live := self._live.pop(call, None):
            told = CallEnded(at=at, call=call, status=live.status, by=live.by, cause=cause)
            live.happened("ended")
            self._bus.tell(told)

    # ── What the bus tells ───────────────────────────────────────────────────────────────────────────────────

    def _listeners(self) -> Mapping[type[Event], Callable[[Any], None]]:
        return {
            QueueJoined: self._joined,
            QueueLeft: self._left,
            AgentOffered: self._offered,
            OfferEnded: self._unoffered,
            StepTaken: self._note,
            CallerRecognised: self._note,
            PartyLinked: self._note,
            LegRinging: self._leg_rings,
            LegAnswered: self._leg_up,
            LegGone: self._leg_gone,
            LegHeld: self._leg_held,
            LegResumed: self._leg_resumed,
            CustomerGone: self._customer_gone,
        }

    def _seen(self, _number: int, event: Any) -> None:
        """After everybody has heard of a leg's end, so that what they tell of it stands before CallEnded."""
        if isinstance(event, (CustomerGone, LegGone)) and (live := self._live.get(event.call)):
            self._end_if_over(live, event.at)

    def _end_if_over(self, live: LiveCall, at: float) -> None:
        if live.customer_there or live.legs or live.id not in self._live:
            return
        if not live.led:
            self.ended(live.id, cause=live.cause, at=at)
        elif live.id not in self._ending:
            self._ending[live.id] = self._clock.call_later(
                FLOW_LETS_GO_SECONDS, lambda: self.ended(live.id, cause=live.cause, at=self._clock.now())
            )

    def _of(self, event: CallEvent) -> LiveCall | None:
        return self._live.get(event.call)

    def _note(self, event: CallEvent) -> None:
        if live := self._of(event):
            live.note(event)

    def _joined(self, event: QueueJoined) -> None:
        if live := self._of(event):
            live.happened("joined")
            live.note(event)
            live.agent = live.leg = ""

    def _left(self, event: QueueLeft) -> None:
        if (live := self._of(event)) and event.why != "answered":
            live.happened("left")

    def _offered(self, event: AgentOffered) -> None:
        if live := self._of(event):
            live.happened("offered")
            live.note(event)
            live.agent, live.leg = event.agent, event.leg

    def _unoffered(self, event: OfferEnded) -> None:
        if (live := self._of(event)) and event.why != "answered" and live.leg == event.leg:
            live.happened("unoffered")
            live.agent = live.leg = ""

    def _leg_rings(self, event: LegRinging) -> None:
        if live := self._of(event):
            live.legs.setdefault(event.leg, "ringing")

    def _leg_up(self, event: LegAnswered) -> None:
        if live := self._of(event):
            live.legs[event.leg] = "up"

    def _leg_gone(self, event: LegGone) -> None:
        if live := self._of(event):
            live.legs.pop(event.leg, None)
            live.cause = event.cause

    def _leg_held(self, event: LegHeld) -> None:
        if (live := self._of(event)) and event.leg == live.leg:
            self.held(event.call, event.at)

    def _leg_resumed(self, event: LegResumed) -> None:
        if (live := self._of(event)) and event.leg == live.leg:
            self.resumed(event.call, event.at)

    def _customer_gone(self, event: CustomerGone) -> None:
        if live := self._of(event):
            live.customer_there = False
            live.legs.pop(event.leg, None)
            live.cause = event.cause
