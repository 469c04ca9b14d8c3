"""What the daemon missed is read from Asterisk's journal into the call log: once after every reconnect, and now and then.

A call is taken when it is over, is not in the log, and is not alive here. A call in the log as not answered that an agent
answered after all (in the dialplan's static queue) is corrected. What has been read is remembered beside the journal.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import orjson
from attrs import frozen
from sqlalchemy import Connection, select

from config.clock import Clock, Timer
from config.database import Database
from config.loops import Tasks
from switchboard.asterisk.journal import JournalCall, calls_in, read_lines
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.call_log import call as table, put, row_of
from switchboard.events import CallEnded, CallEvent, CallLogged, PhoneSystemFound
from switchboard.telephony import PhoneSystemAway

log = logging.getLogger(__name__)

SETTLED_SECONDS = 5.0
"""A call that ended less long ago may still be on its way into the log by itself."""

EVERY_SECONDS = 60.0
MOST_BYTES = 64_000_000
"""Read in one go; the rest follows in the next pass."""

ROTATE_BYTES = 20_000_000
UNANSWERED = ("missed", "in_menu")


class Recognised(Protocol):
    """Whose number it is (crm.recognise.Recognition)."""

    match: str
    parties: tuple[int, ...]
    number: str


@frozen(kw_only=True)
class Knowledge:
    """What the journal does not know: whose endpoint, whose number, what was told of a call, which channels stand now."""

    agent_of: Callable[[str], str]
    recognise: Callable[[str], Any]
    history: Callable[[str], Awaitable[Iterable[CallEvent]]]
    standing: Callable[[], Awaitable[Collection[str]]]


class CatchUp:
    """Reads `folder`/cel-custom/cel.csv; keeps its place in journal.json beside it."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, calls: Calls, folder: Path, knowledge: Knowledge) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._place = Place(folder / "cel-custom/cel.csv", folder / "journal.json")
        self._knowledge = knowledge
        self._tasks = Tasks("journal")
        self._reading = asyncio.Lock()
        self._timer: Timer | None = None
        bus.listen(PhoneSystemFound, lambda _event: self._back())

    async def stop(self) -> None:
        """Read no more."""
        if self._timer:
            self._timer.cancel()
        await self._tasks.stop()

    def _back(self) -> None:
        """Look now, and once more when what ended just before has settled."""
        self._start(again_in=SETTLED_SECONDS + 1)

    def _start(self, again_in: float = EVERY_SECONDS) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._clock.call_later(again_in, self._start)
        self._tasks.start(self.catch_up(), "catch up with the journal")

    async def catch_up(self) -> int:
        """Read what is new; gives the number of calls that were put into the log or corrected."""
        async with self._reading:
            try:
                standing = await self._knowledge.standing()
            except PhoneSystemAway:
                return 0
            calls, end = await asyncio.to_thread(self._place.read)
            settled = [call for call in calls if self._is_settled(call, standing)]
            written = await self._log(settled)
            first_open = min((call.begin for call in calls if call not in settled), default=end)
            await asyncio.to_thread(self._place.keep, first_open, end)
        return written

    def _is_settled(self, call: JournalCall, standing: Collection[str]) -> bool:
        if self._calls.get(call.id) or self._clock.now() - call.ended_at < SETTLED_SECONDS:
            return False
        return call.over or not call.channels.intersection(standing)

    async def _log(self, settled: list[JournalCall]) -> int:
        known = await self._known([call.id for call in settled])
        written = 0
        for call in settled:
            if call.id in known and not (call.answered_at and known[call.id] in UNANSWERED):
                continue
            row = self._row(call, await self._knowledge.history(call.id))
            await self._database.write(partial(put, row=row))
            self._bus.tell(CallLogged(at=self._clock.now(), call=call.id, party=row["party"] or 0))
            written += 1
        if written:
            log.info("%d calls that were missed were read from Asterisk's journal", written)
        return written

    async def _known(self, ids: list[str]) -> Mapping[str, str]:
        def find(connection: Connection) -> dict[str, str]:
            found: dict[str, str] = {}
            for first in range(0, len(ids), 500):
                rows = connection.execute(select(table.c.id, table.c.status).where(table.c.id.in_(ids[first : first + 500])))
                found.update({row.id: row.status for row in rows})
            return found

        return await self._database.read(find) if ids else {}

    def _row(self, call: JournalCall, history: Iterable[CallEvent]) -> dict[str, Any]:
        live = LiveCall(call.id, call.direction, call.caller, "", call.dialled, call.started_at)
        known: Recognised = self._knowledge.recognise(call.dialled if call.direction == "outbound" else call.caller)
        live.match, live.parties, live.number = known.match, known.parties, known.number
        for event in history:
            live.note(event)
        live.answered_at = live.answered_at or call.answered_at
        live.queue, live.queued_since = call.queue or live.queue, live.queued_since or call.queued_at
        live.queued = live.queued or bool(call.queue)
        live.agent = self._knowledge.agent_of(call.agent_endpoint) if call.agent_endpoint else ""
        live.cut_off = not call.over
        return row_of(
            live, CallEnded(at=call.ended_at, call=call.id, status=live.status, by=live.by if live.cut_off else call.by, cause=call.cause)
        )


class Place:
    """How far the journal has been read. Blocking: used in a thread."""

    def __init__(self, journal: Path, state: Path) -> None:
        self._journal = journal
        self._state = state

    def read(self) -> tuple[list[JournalCall], int]:
        """The calls in what has not been read, and where that ends (whole lines only)."""
        try:
            with self._journal.open("rb") as lines:
                status = os.fstat(lines.fileno())
                offset = self._offset(status.st_ino, status.st_size)
                lines.seek(offset)
                text = lines.read(MOST_BYTES)
        except OSError as error:
            if not isinstance(error, FileNotFoundError):
                log.warning("Asterisk's journal cannot be read: %s", error)
            return [], 0
        text = text[: text.rfind(b"\n") + 1]
        return list(calls_in(read_lines(text, offset)).values()), offset + len(text)

    def keep(self, offset: int, end: int) -> None:
        """Remember where to begin next time; a long journal that has been read to its end is put aside, one kept."""
        try:
            status = self._journal.stat()
            inode = status.st_ino
            if end - offset >= MOST_BYTES // 2:
                offset = end  # a call that stays open over so much must not keep everything after it from being read
            if status.st_size > ROTATE_BYTES and offset == status.st_size:
                self._journal.replace(self._journal.with_suffix(".csv.1"))
                inode, offset = 0, 0
            part = self._state.with_suffix(".part")
            part.write_bytes(orjson.dumps({"inode": inode, "offset": offset}))
            part.replace(self._state)
        except FileNotFoundError:
            return
        except OSError as error:
            log.warning("the place in Asterisk's journal cannot be kept: %s", error)

    def _offset(self, inode: int, size: int) -> int:
        try:
            kept = orjson.loads(self._state.read_bytes())
            return int(kept["offset"]) if kept["inode"] == inode and int(kept["offset"]) <= size else 0
        except (OSError, ValueError, KeyError, TypeError):
            return 0
