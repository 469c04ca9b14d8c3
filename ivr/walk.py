"""The caller's way through the flows: one coroutine per call, from the first prompt until the flow lets go of the line.

Every step is told as `StepTaken`. Whatever happens, the caller is not left in silence: a node that fails leads to an apology
and the operator, and without one to the dialplan's static queue.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Protocol

from config.clock import Clock
from config.loops import Tasks
from config.translations import _
from ivr.flow import FlowSet
from ivr.node import ENDED, FINAL, HUNG_UP, Node
from ivr.outages import Outages
from ivr.place import Place, first_place, next_place, remembered, remembered_place
from ivr.visit import PromptShelf, Visit
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised, FlowsLoaded, StepTaken
from switchboard.telephony import Line, LineGone, WaitingRoom

MOST_STEPS = 500
"""A caller who takes more goes round in a circle that validation could not see."""

FAILED = "failed"
"""The exit of a step in which the product itself failed."""

NORMAL_END, NO_SUCH_NUMBER, TEMPORARY_FAILURE = 16, 1, 41
"""Hang-up causes (Q.850): normal clearing, unallocated number, temporary failure."""

log = logging.getLogger(__name__)


class LiveFlows(Protocol):
    """Where the flows that serve now are found (fulfilled by ivr.flows)."""

    @property
    def live(self) -> FlowSet:
        """The set for calls that begin now."""


class TooManySteps(Exception):
    """The caller goes round in a circle."""


class Walker:
    """Leads callers.

    `last_resort` hands a call to the dialplan's static queue; `leaving` hears of a call that the flow is about to end;
    `language` is for callers of unknown numbers, `timezone` for working hours.
    """

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        flows: LiveFlows,
        prompts: PromptShelf,
        waiting_room: WaitingRoom,
        tasks: Tasks,
        *,
        last_resort: Callable[[str], Awaitable[None]],
        fallback_queue: str = "operator",
        leaving: Callable[[str], None] = lambda _call: None,
        language: str = "fa",
        timezone: str = "Asia/Tehran",
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._flows = flows
        self._prompts = prompts
        self._waiting_room = waiting_room
        self._tasks = tasks
        self._last_resort = last_resort
        self._fallback_queue = fallback_queue
        self._leaving = leaving
        self._language = language
        self._timezone = timezone
        self._outages = Outages(bus, clock)
        self._walks: dict[str, asyncio.Task[None]] = {}
        self._alarmed = False
        bus.listen(FlowsLoaded, self._flows_loaded)

    def begin(self, line: Line) -> asyncio.Future[None]:
        """Lead a caller who has just arrived."""
        flows = self._flows.live
        return self._start(line, flows, first_place(flows, line.dialled))

    def resume(self, line: Line, flow: str, node: str) -> asyncio.Future[None]:
        """Lead an adopted caller on from the beginning of `node`, as `SB_FLOW` and `SB_NODE` remember it."""
        flows = self._flows.live
        place, language = remembered_place(flows, line.dialled, flow, node)
        return self._start(line, flows, place, language)

    def _start(self, line: Line, flows: FlowSet, place: Place | None, language: str = "") -> asyncio.Future[None]:
        if before := self._walks.pop(line.call, None):
            before.cancel()
        walk = self._tasks.start(self._lead(line, flows, place, language), name=f"flow of {line.call}")
        self._walks[line.call] = walk
        walk.add_done_callback(lambda done: self._over(line.call, done))
        return walk

    def _over(self, call: str, walk: asyncio.Task[None]) -> None:
        if self._walks.get(call) is walk:
            del self._walks[call]

    def __len__(self) -> int:
        """How many callers are being led."""
        return len(self._walks)

    async def _lead(self, line: Line, flows: FlowSet, place: Place | None, language: str) -> None:
        visit = Visit(
            line,
            language=language or (place.flow.language if place else self._language),
            library=flows.library,
            prompts=self._prompts,
            waiting_room=self._waiting_room,
            clock=self._clock,
            timezone=self._timezone,
        )
        try:
            if place:
                await self._walk(line, visit, flows, place)
            elif flows.flows:
                await self._no_such_number(line, visit)
            else:
                await self._outages.outlast(partial(self._last_resort, line.call))
        except LineGone:
            log.debug("the caller of %s hung up", line.call)
        except Exception:  # a fault of ours never leaves a caller in silence: the rescue takes the call
            log.exception("the flow of %s failed", line.call)
            self._alarm()
            await self._rescue(line, visit)

    async def _walk(self, line: Line, visit: Visit, flows: FlowSet, place: Place) -> None:
        kept_flow = ""
        for _step in range(MOST_STEPS):
            keep = remembered(place, visit.language, kept_flow) if place.node.caller_stays else {}
            kept_flow = place.flow.name if keep else kept_flow
            taken = await self._step(line, visit, place, keep)
            if taken in FINAL:
                if taken == ENDED:
                    await self._hang_up(line, visit.cause)
                return
            following = next_place(flows, place, taken, visit.next_flow)
            if following is None:
                await self._say(visit, "goodbye")
                await self._hang_up(line)
                return
            if visit.next_flow:
                visit.next_flow, visit.language = "", following.flow.language
            place = following
        raise TooManySteps(place.flow.name)

    async def _step(self, line: Line, visit: Visit, place: Place, keep: Mapping[str, str]) -> str:
        """Lead the caller through one node and tell how they left it; `keep` is remembered at the channel on the way in."""

        async def enter() -> str:
            visit.detail = ""
            await line.answer()
            if keep:
                await line.remember(keep)
            return await place.node.walk(visit)

        entered_at = self._clock.now()
        taken = FAILED
        try:
            taken = await self._outages.outlast(enter)
        except LineGone:
            taken = HUNG_UP
            raise
        except asyncio.CancelledError:
            taken = ""
            raise
        finally:
            if taken:
                self._tell(line.call, place, place.node, taken, entered_at, visit.detail)
        return taken

    def _tell(self, call: str, place: Place, node: Node, taken: str, entered_at: float, detail: str) -> None:
        self._bus.tell(
            StepTaken(
                at=self._clock.now(),
                call=call,
                flow=place.flow.name,
                node=node.id,
                kind=node.kind,
                exit=taken,
                entered_at=entered_at,
                detail=detail,
            )
        )

    async def _say(self, visit: Visit, prompt: str) -> None:
        await self._outages.outlast(partial(visit.play, prompt))

    async def _hang_up(self, line: Line, cause: int = NORMAL_END) -> None:
        self._leaving(line.call)
        await self._outages.outlast(partial(line.hang_up, cause))

    async def _no_such_number(self, line: Line, visit: Visit) -> None:
        log.warning("the number %r leads to no call flow", line.dialled)
        await self._outages.outlast(line.answer)
        await self._say(visit, "unknown_number")
        await self._hang_up(line, NO_SUCH_NUMBER)

    async def _rescue(self, line: Line, visit: Visit) -> None:
        """After a failure: an apology and the operator; without one the static queue; without that an honest end."""
        try:
            await self._say(visit, "apology")
            if self._fallback_queue not in self._waiting_room.queues():
                await self._outages.outlast(partial(self._last_resort, line.call))
            elif await visit.wait(self._fallback_queue, None) == "timeout":
                await self._say(visit, "goodbye")
                await self._hang_up(line)
        except LineGone:
            return
        except Exception:  # the same for the rescue itself: Asterisk alone takes the call
            log.exception("no way out for the caller of %s but the static queue", line.call)
            await self._give_up(line)

    async def _give_up(self, line: Line) -> None:
        try:
            await self._outages.outlast(partial(self._last_resort, line.call))
        except LineGone:
            return
        except Exception:  # nothing is left but to free the line
            log.exception("the static queue did not take %s", line.call)
            await self._hang_up(line, TEMPORARY_FAILURE)

    def _alarm(self) -> None:
        if not self._alarmed:
            self._alarmed = True
            sentence = _("A call flow failed while a caller was in it; the caller was sent to the operator. The log says why.")
            self._bus.tell(AlarmRaised(at=self._clock.now(), code="flow_failed", sentence=sentence))

    def _flows_loaded(self, event: FlowsLoaded) -> None:
        if self._alarmed:
            self._alarmed = False
            self._bus.tell(AlarmCleared(at=event.at, code="flow_failed"))
