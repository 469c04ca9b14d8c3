"""Recording conversations: begun when customer and agent first hear each other, finished when the call has ended.

Asterisk writes the files; it goes on doing so when this process dies, and what is left over is found again by name.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from config.clock import Clock, Timer
from config.loops import Tasks
from recordings.disk import DiskGuard
from recordings.finishing import Finisher
from recordings.incoming import BadName
from recordings.policy import Policy
from recordings.store import Shelf
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import AlarmCleared, CallAdopted, CallAnswered, CallEnded, PhoneSystemFound, PhoneSystemLost, RecordingStarted
from switchboard.telephony import LineGone, PhoneSystem, PhoneSystemAway, RecordingRefused

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
BRIEF_SECONDS = 1.0
"""A customer who hangs up within this after the answer may leave a recording without a single sound."""


class CallRecordings:
    """Starts and ends the recordings of calls, by the policy and as long as there is room."""

    def __init__(
        self,
        bus: Bus,
        clock: Clock,
        calls: Calls,
        phones: PhoneSystem,
        shelf: Shelf,
        policy: Policy,
        disk: DiskGuard,
        finisher: Finisher,
    ) -> None:
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._phones = phones
        self._shelf = shelf
        self._policy = policy
        self._disk = disk
        self._finisher = finisher
        self._running: dict[str, float] = {}  # call → when its recording began, 0.0 when an earlier process began it
        self._tasks = Tasks("recordings")
        self._timer: Timer | None = None
        self._linked = False
        bus.listen(CallAnswered, self._answered)
        bus.listen(CallAdopted, self._adopted)
        bus.listen(CallEnded, self._ended)
        bus.listen(PhoneSystemFound, self._found)
        bus.listen(PhoneSystemLost, self._lost)
        bus.listen(AlarmCleared, self._cleared)

    async def start(self) -> None:
        """Make the folders and begin; what was left over is taken up when the link to Asterisk says which calls live."""
        await asyncio.to_thread(self._shelf.prepare)
        await self._disk.start()
        self._finisher.start()
        self._timer = self._clock.call_later(SWEEP_SECONDS, self._again)

    async def stop(self) -> None:
        """End in order; running recordings go on in Asterisk."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.stop()
        await self._finisher.stop()
        await self._disk.stop()

    def health(self) -> dict[str, Any]:
        """For /healthz: ok, and why not; numbers are bytes and recordings."""
        return {
            "ok": not (self._disk.full or self._finisher.failed),
            "paused": self._disk.full,
            "failed": self._finisher.failed,
            "free_bytes": self._disk.free_bytes,
            "running": len(self._running),
            "waiting": self._finisher.waiting,
        }

    def _answered(self, event: CallAnswered) -> None:
        live = self._calls.get(event.call)
        if live is None or event.call in self._running or not self._policy.wants(live.direction, live.queue):
            return
        if self._disk.full:
            log.warning("call %s is not recorded: the disk is full", event.call)
            return
        self._running[event.call] = event.at
        self._tasks.start(self._begin(event.call), f"recording {event.call}")

    async def _begin(self, call: str) -> None:
        try:
            found = self._shelf.incoming(call)
            if not await asyncio.to_thread(found.files):  # else an earlier process began it, and Asterisk never stopped
                await self._phones.start_recording(call, found.mixed)
        except LineGone:
            self._running.pop(call, None)
        except (PhoneSystemAway, RecordingRefused, BadName, OSError) as error:
            self._running.pop(call, None)
            self._finisher.report_failure(f"{call} is not recorded: {error!r}")
        else:
            self._bus.tell(RecordingStarted(at=self._clock.now(), call=call))

    def _adopted(self, event: CallAdopted) -> None:
        if event.call not in self._running:
            self._tasks.start(self._take_over(event.call), f"recording {event.call}")

    async def _take_over(self, call: str) -> None:
        """A recording that an earlier process began is ours to finish."""
        if await asyncio.to_thread(self._shelf.incoming(call).files):
            self._running.setdefault(call, 0.0)

    def _ended(self, event: CallEnded) -> None:
        started_at = self._running.pop(event.call, None)
        if started_at is not None:
            self._finisher.add(event.call, started_at, brief=event.at - started_at < BRIEF_SECONDS)

    def _found(self, _event: PhoneSystemFound) -> None:
        self._linked = True
        self._sweep_soon()

    def _lost(self, _event: PhoneSystemLost) -> None:
        self._linked = False

    def _cleared(self, _event: AlarmCleared) -> None:
        self._sweep_soon()

    def _again(self) -> None:
        self._timer = self._clock.call_later(SWEEP_SECONDS, self._again)
        self._sweep_soon()

    def _sweep_soon(self) -> None:
        """Take up what lies in the incoming folder; only while it is known which calls live, and there is room."""
        if self._linked and not self._disk.full:
            self._tasks.start(self._sweep(), "looking for recordings left over")

    async def _sweep(self) -> None:
        for call in await asyncio.to_thread(self._shelf.waiting_calls):
            if self._calls.get(call) is None and call not in self._running:
                self._finisher.add(call)
