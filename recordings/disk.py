"""Room on the disk: when recording must pause, when it may go on, and who is told.

Calls never depend on it: a full disk costs recordings, not conversations.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable
from pathlib import Path

from attrs import define

from config.clock import Clock, Timer
from config.loops import Tasks
from config.translations import _
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised

log = logging.getLogger(__name__)

ALARM = "disk_full"
SENTENCE = _("The disk for recordings is full. Calls go on, but new calls are not recorded until there is room.")

CHECK_SECONDS = 5.0
CAREFUL_SECONDS = 60.0
"""After a failed write the disk counts as full at least so long, whatever it says of its room (quotas, inodes)."""

FEW_INODES = 64


@define
class RoomWatch:
    """The decision, without the disk: full below `low_bytes`, well again from `well_bytes` on."""

    low_bytes: int
    well_bytes: int
    full: bool = False
    careful_until: float = 0.0

    def seen(self, free_bytes: int, at: float) -> str:
        """There are `free_bytes`. Says "raise" or "clear" when that changes the matter, "" when not."""
        if not self.full and free_bytes < self.low_bytes:
            self.full = True
            return "raise"
        if self.full and free_bytes >= self.well_bytes and at >= self.careful_until:
            self.full = False
            return "clear"
        return ""

    def write_failed(self, at: float) -> str:
        """A write failed for want of room. Says "raise" when that was not known."""
        self.careful_until = at + CAREFUL_SECONDS
        was_full, self.full = self.full, True
        return "" if was_full else "raise"


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written under `folder`; 0 when it is out of inodes."""
    room = os.statvfs(folder)
    if room.f_files and room.f_favail < FEW_INODES:
        return 0
    return room.f_bavail * room.f_frsize


class DiskGuard:
    """Looks at the disk every few seconds and tells AlarmRaised and AlarmCleared "disk_full"."""

    def __init__(self, bus: Bus, clock: Clock, folder: Path, low_bytes: int, measure: Callable[[Path], int] = free_bytes) -> None:
        self._bus = bus
        self._clock = clock
        self._folder = folder
        self._measure = measure
        self._watch = RoomWatch(low_bytes=low_bytes, well_bytes=low_bytes + low_bytes // 2)
        self._timer: Timer | None = None
        self._tasks = Tasks("disk")
        self.free_bytes = 0

    @property
    def full(self) -> bool:
        """Whether recordings pause."""
        return self._watch.full

    async def start(self) -> None:
        """Look at once, then every few seconds."""
        await self.look()
        self._timer = self._clock.call_later(CHECK_SECONDS, self._again)

    async def stop(self) -> None:
        """Look no more."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.stop()

    async def look(self) -> None:
        """Measure and tell what has changed. A disk that cannot be measured counts as full."""
        try:
            self.free_bytes = await asyncio.to_thread(self._measure, self._folder)
        except OSError as error:
            log.warning("%s cannot be measured: %s", self._folder, error)
            self.free_bytes = 0
        self._tell(self._watch.seen(self.free_bytes, self._clock.now()))

    def write_failed(self) -> None:
        """Something could not be written for want of room."""
        self._tell(self._watch.write_failed(self._clock.now()))

    def _again(self) -> None:
        self._timer = self._clock.call_later(CHECK_SECONDS, self._again)
        self._tasks.start(self.look(), "disk look")

    def _tell(self, change: str) -> None:
        at = self._clock.now()
        if change == "raise":
            self._bus.tell(AlarmRaised(at=at, code=ALARM, sentence=SENTENCE))
        if change == "clear":
            self._bus.tell(AlarmCleared(at=at, code=ALARM))
