"""The dispatcher: the floor at work on the bus, the clock and the telephone system.

It is the waiting room of the call flows (`wait`), hears what happens to legs, callers, phones and the link, gives it to the
floor and does what the floor wants, in order. An offer is told in the same turn of the loop in which its cause came;
orders to the telephone system follow in that order and are not waited for (docs/decisions/0006-own-acd.md).
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from agents.actions import Action, CancelTimer, Release, SetTimer, Tell, TimerKey, ToStatic
from agents.floor import Floor
from agents.legwork import Legwork
from agents.pops import Pops
from agents.presence import Intent
from agents.roster import Roster
from agents.rules import FloorRules, QueueRules
from agents.talks import Talk
from agents.timers import Timers
from config.clock import Clock
from config.loops import Tasks
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.events import (
    CallAdopted,
    CallEnded,
    CallerRecognised,
    CallHeld,
    CallResumed,
    CustomerGone,
    LegAnswered,
    LegGone,
    PhoneSeen,
    PhoneSystemFound,
    PhoneSystemLost,
)  # fmt: skip
from switchboard.futures import resolve
from switchboard.telephony import PhoneSystem

log = logging.getLogger(__name__)


def new_leg() -> str:
    """The id of a channel to be; Asterisk's own ids begin with a digit, ours do not."""
    return f"sb-{secrets.token_hex(8)}"


class Dispatcher:
    """`expert_of` gives the user name of the customer's own expert for a call ("" for none); `caller_id` is shown on outside calls."""

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        calls: Calls,
        phones: PhoneSystem,
        roster: Roster,
        *,
        rules: FloorRules | None = None,
        expert_of: Callable[[str], str] = lambda _call: "",
        caller_id: str = "",
        new_leg: Callable[[], str] = new_leg,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._roster = roster
        self._expert_of = expert_of
        self._tasks = Tasks("dispatcher")
        self.floor = Floor(new_leg, rules or FloorRules())
        self.pops = Pops()
        self._legwork = Legwork(self.floor, self.happen, phones, calls, clock, self._tasks, self.pops, caller_id=caller_id)
        self._timers = Timers(clock, self._fired)
        self._to_do: deque[Action] = deque()
        self._doing = False
        self._stopping = False
        self._waiters: dict[str, asyncio.Future[str]] = {}
        self._adopted_since: dict[str, tuple[str, float]] = {}
        """Adopted calls whose flow goes on: queue and beginning of the wait they had."""
        self.happen(lambda now: self.floor.set_agents({one.username: one.phones for one in roster}, now))
        self._undo = [bus.listen(kind, listener) for kind, listener in self._listeners()]

    # ── What is set up, and changed while running ────────────────────────────────────────────────────────────

    def set_queues(self, queues: Sequence[QueueRules]) -> None:
        """Exactly these queues exist from now on."""
        self.happen(lambda now: self.floor.set_queues(queues, now))

    def roster_changed(self) -> None:
        """Agents came, went, or have other telephones."""
        self.happen(lambda now: self.floor.set_agents({one.username: one.phones for one in self._roster}, now))

    def restore(self, intents: Iterable[tuple[str, Intent, float]]) -> None:
        """What agents wanted before the daemon started again: (agent, intent, since)."""
        for agent, intent, since in intents:
            self.floor.restore(agent, intent, since)
        self.happen(lambda _now: [])

    def phone_of(self, extension: str) -> str:
        """The endpoint to ring for a colleague's `extension`, "" when it is nobody's or no phone is online."""
        one = self._roster.of_extension(extension)
        seat = self.floor.seats.get(one.username) if one else None
        return self.floor.seats.phone(seat) if seat else ""

    async def stop(self) -> None:
        """Hear and do nothing more; calls, waits and talks go on in the telephone system."""
        self._stopping = True
        for undo in self._undo:
            undo()
        self._timers.stop()
        await self._tasks.stop()

    # ── The waiting room ─────────────────────────────────────────────────────────────────────────────────────

    def queues(self) -> frozenset[str]:
        """Names of the queues there are."""
        return frozenset(queue.name for queue in self.floor.queues())

    async def wait(self, call: str, queue: str, *, max_seconds: float | None) -> str:
        """Wait for an agent: "answered" (both hear each other) | "timeout" | "gone"."""
        live = self._calls.get(call)
        if live is None or not live.customer_there:
            return "gone"
        if self.floor.rules_of(queue) is None:
            log.error("call %s was sent to the queue %r, which does not exist", call, queue)
            return "timeout"
        waiter: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiters[call] = waiter
        known_queue, since = self._adopted_since.pop(call, ("", 0.0))
        self.happen(
            lambda now: self.floor.join(
                call, queue, now, since=since if known_queue == queue else 0.0, priority=live.priority, max_seconds=max_seconds,
                expert=self._expert_of(call),
            )
        )  # fmt: skip
        try:
            return await waiter
        except asyncio.CancelledError:
            if not self._stopping and self._waiters.get(call) is waiter:
                self.happen(lambda now: self.floor.leave(call, "key", now))
            raise
        finally:
            if self._waiters.get(call) is waiter:
                del self._waiters[call]

    # ── In and out of the floor ──────────────────────────────────────────────────────────────────────────────

    def happen(self, happens: Callable[[float], list[Action]]) -> None:
        """Something happens on the floor now; what it wants is done, behind what is being done already."""
        if self._stopping:
            return
        self._to_do.extend(happens(self._clock.now()))
        if self._doing:
            return
        self._doing = True
        try:
            while self._to_do:
                self._do(self._to_do.popleft())
        finally:
            self._doing = False

    def _do(self, action: Action) -> None:
        match action:
            case Tell(event):
                self._bus.tell(event)
            case SetTimer(key, at):
                self._timers.set(key, at)
            case CancelTimer(key):
                self._timers.cancel(key)
            case Release(call, outcome):
                self._release(call, outcome)
            case _:
                self._legwork.carry_out(action)

    def _release(self, call: str, outcome: str) -> None:
        waiter = self._waiters.pop(call, None)
        if waiter is None and outcome == "timeout":
            self._legwork.carry_out(ToStatic(call))  # adopted, and no flow leads it
        resolve(waiter, outcome)

    def _fired(self, key: TimerKey) -> None:
        self.happen(lambda now: self.floor.timer(key, now))

    # ── What the bus tells ───────────────────────────────────────────────────────────────────────────────────

    def _listeners(self) -> tuple[tuple[type[Any], Callable[[Any], None]], ...]:
        return (
            (LegAnswered, self._leg_answered),
            (LegGone, self._leg_gone),
            (CustomerGone, self._customer_gone),
            (CallEnded, self._call_ended),
            (CallerRecognised, self._recognised),
            (CallHeld, partial(self._hold, "held")),
            (CallResumed, partial(self._hold, "resumed")),
            (CallAdopted, self._adopted),
            (PhoneSeen, self._phone_seen),
            (PhoneSystemLost, self._lost),
            (PhoneSystemFound, self._found),
        )

    def _leg_answered(self, event: LegAnswered) -> None:
        self.happen(lambda now: self.floor.leg_answered(event.leg, now))

    def _leg_gone(self, event: LegGone) -> None:
        self.happen(lambda now: self.floor.leg_gone(event.leg, event.cause, now))

    def _customer_gone(self, event: CustomerGone) -> None:
        live = self._calls.get(event.call)
        self._left(event.call, cut_off=live is not None and live.cut_off)

    def _call_ended(self, event: CallEnded) -> None:
        self._left(event.call, cut_off=event.status == "cut_off")

    def _left(self, call: str, *, cut_off: bool) -> None:
        self._adopted_since.pop(call, None)
        self.happen(lambda now: self.floor.customer_gone(call, now, why="cut_off" if cut_off else "abandoned"))

    def _recognised(self, event: CallerRecognised) -> None:
        if self.floor.lines.get(event.call):
            expert = self._expert_of(event.call)
            self.happen(lambda now: self.floor.recognised(event.call, now, priority=event.priority, expert=expert))

    def _hold(self, happened: str, event: CallHeld | CallResumed) -> None:
        self.happen(lambda now: self.floor.held(event.call, happened, now))

    def _phone_seen(self, event: PhoneSeen) -> None:
        self.happen(lambda now: self.floor.phone_seen(event.endpoint, online=event.online, now=now))

    def _lost(self, _event: PhoneSystemLost) -> None:
        self.happen(self.floor.lost)

    def _found(self, _event: PhoneSystemFound) -> None:
        self._legwork.link_stands()
        self.happen(self.floor.found)

    def _adopted(self, event: CallAdopted) -> None:
        live = self._calls.get(event.call)
        if live is None:
            return
        if live.state in ("talking", "held"):
            self.happen(partial(self._adopt_talk, live))
        elif live.queue in self.queues() and live.queued_since:
            self._adopted_since[live.id] = (live.queue, live.queued_since)
            if live.state == "waiting":
                self.happen(partial(self._adopt_wait, live))

    def _adopt_talk(self, live: LiveCall, now: float) -> list[Action]:
        since = live.queued_since or live.started_at
        talk = Talk(live.id, live.agent, live.leg, live.queue, since, live.priority, connected=True)
        return self.floor.adopt_talk(talk, held=live.state == "held", now=now)

    def _adopt_wait(self, live: LiveCall, now: float) -> list[Action]:
        return self.floor.join(live.id, live.queue, now, since=live.queued_since, priority=live.priority, adopted=True)
