"""Finishing recordings after their calls: one at a time, whole or not at all, nothing lost by a crash in between.

A recording leaves the incoming folder only when its file is on the shelf and its row committed. What is found there
without a live call (this process or Asterisk was killed) is finished the same way; the file's name says whose it is.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event as Flag
from typing import TypeVar

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.loops import LOOP, Tasks
from config.translations import _
from recordings.disk import DiskGuard
from recordings.incoming import Incoming
from recordings.media import Media, NoRoom, NothingRecorded, Source, Stopped, encode, plain, prepare
from recordings.records import Kept, keep, of_call
from recordings.store import Shelf
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised, RecordingKept

log = logging.getLogger(__name__)

T = TypeVar("T")

FAILED = "recording_failed"
FAILED_SENTENCE = _("A recording could not be made or kept. The calls themselves are not affected; the log says more.")

MOST_WAITING = 10_000
SETTLE_SECONDS = 10.0
QUIET_SECONDS = 4.0
"""A file without a finished header that nobody has written to for so long was cut off: Asterisk writes every 2 s (32 KiB)."""
LONG_QUIET_SECONDS = 30.0
"""The same for a file found without a call of ours: its call may still go on, in the static queue."""
LOOK_SECONDS = 0.2


class Finisher:
    """Takes calls whose recordings are over and brings them to the shelf, one after the other."""

    def __init__(self, bus: Bus, clock: Clock, database: Database, shelf: Shelf, disk: DiskGuard) -> None:
        self._bus = bus
        self._clock = clock
        self._database = database
        self._shelf = shelf
        self._disk = disk
        self._waiting: dict[str, float | None] = {}
        self._brief: set[str] = set()
        self._more = asyncio.Event()
        self._tasks = Tasks("recordings")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="recordings")
        self._stopping = Flag()
        self.failed = False

    def start(self) -> None:
        """Begin to work."""
        self._tasks.start(self._work(), "finishing recordings")

    async def stop(self) -> None:
        """Stop within moments; what is unfinished stays in the incoming folder and is taken up at the next start."""
        self._stopping.set()
        await self._tasks.stop()
        await asyncio.to_thread(self._thread.shutdown)

    @property
    def waiting(self) -> int:
        """How many recordings are still to be finished."""
        return len(self._waiting)

    def add(self, call: str, started_at: float | None = None, *, brief: bool = False) -> None:
        """The recording of `call` is to be finished.

        `started_at`: when it began, 0.0 when only its end is known; None: found in the folder, and its call may still go on.
        `brief`: the talk was over before a sound could be written; having none is no failure then.
        """
        if len(self._waiting) < MOST_WAITING:  # more are found again in the incoming folder
            known = self._waiting.get(call)
            self._waiting[call] = started_at if known is None else known
            if brief:
                self._brief.add(call)
            self._more.set()

    def report_failure(self, why: str) -> None:
        """Tell the administrator that a recording failed."""
        log.error("recording: %s", why)
        if not self.failed:
            self.failed = True
            self._bus.tell(AlarmRaised(at=self._clock.now(), code=FAILED, sentence=FAILED_SENTENCE))

    async def _work(self) -> None:
        while True:
            await self._more.wait()
            while self._waiting:
                call, started_at = next(iter(self._waiting.items()))
                try:
                    await self._finish(self._shelf.incoming(call), started_at)
                finally:
                    self._waiting.pop(call, None)
                    self._brief.discard(call)
            self._more.clear()

    async def _finish(self, found: Incoming, started_at: float | None) -> None:
        """Bring one to the shelf; whatever goes wrong is told, and the next one has its turn."""
        try:
            await self._finish_whole(found, started_at)
        except (Stopped, Refusal) as later:
            log.warning("recording %s waits: %s", found.call, later)
        except NoRoom:
            self._disk.write_failed()
        except NothingRecorded:
            await self._in_thread(partial(self._shelf.discard, found))
            if started_at is not None and found.call not in self._brief:
                self.report_failure(f"{found.call}: Asterisk wrote nothing")
        except Exception as error:  # whatever is wrong with one file, it is kept aside and the next one is finished
            log.exception("recording %s is set aside", found.call)
            self.report_failure(f"{found.call}: {error}")
            await self._in_thread(partial(self._shelf.set_aside, found))

    async def _finish_whole(self, found: Incoming, started_at: float | None) -> None:
        if known := await self._database.read(partial(of_call, call=found.call)):
            log.info("recording %s was on the shelf already, as %d", found.call, known.id)
            await self._in_thread(partial(self._shelf.discard, found))
            return
        if not await self._settled(found, ended=started_at is not None):
            return
        media, file, began = await self._in_thread(partial(self._make, found, started_at))
        kept = Kept(
            call=found.call,
            started_at=began,
            seconds=media.seconds,
            file=file,
            channels=media.channels,
            size_bytes=media.size_bytes,
            sha256=media.sha256,
            repaired=media.repaired,
            kept_at=self._clock.now(),
        )
        recording = await self._database.write(partial(keep, kept=kept))
        self._tell_kept(found.call, recording, media)
        await self._in_thread(partial(self._shelf.discard, found))

    def _tell_kept(self, call: str, recording: int, media: Media) -> None:
        at = self._clock.now()
        self._bus.tell(RecordingKept(at=at, call=call, recording=recording, seconds=media.seconds, repaired=media.repaired))
        if self.failed:
            self.failed = False
            self._bus.tell(AlarmCleared(at=at, code=FAILED))

    def _make(self, found: Incoming, started_at: float | None) -> tuple[Media, str, float]:
        ended_at = found.changed_at()
        source: Source = prepare(found)
        began = started_at or ended_at - source.seconds
        media, file = self._shelf.shelve(
            found.call, began, lambda to: encode(source, to, self._stopping), lambda to: plain(source, to, self._stopping)
        )
        return media, file, began

    async def _settled(self, found: Incoming, *, ended: bool) -> bool:
        """Whether Asterisk has let go of the files; False when they still grow: then the call goes on, and its time comes later.

        `ended`: the call is known to be over, so waiting a little is worth it.
        """
        quiet = QUIET_SECONDS if ended else LONG_QUIET_SECONDS
        until = self._clock.now() + (SETTLE_SECONDS if ended else 0.0)
        while True:
            closed, changed_at = await self._in_thread(lambda: (found.is_closed(), found.changed_at()))
            if closed or self._clock.now() - changed_at >= quiet:
                return True
            if self._clock.now() >= until:
                log.info("recording %s still grows", found.call)
                return False
            await self._pause(LOOK_SECONDS)

    async def _pause(self, seconds: float) -> None:
        over = asyncio.Event()
        timer = self._clock.call_later(seconds, over.set)
        try:
            await over.wait()
        finally:
            timer.cancel()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await LOOP.run_in_executor(self._thread, work)
