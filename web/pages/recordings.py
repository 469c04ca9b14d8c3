"""Recordings for the ear and the eye: the sound with Range, its picture, the hold; every listening is written down."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Protocol

from attrs import frozen

from config.database import Database
from crm.patterns import Patterns
from recordings.records import DOWNLOADED, LISTENED, Recording, find, hold, note_access
from recordings.store import Shelf
from web.hearing import NoSuchRecording, NotYourRecording, OfCall, RecordingLost, RecordingRemoved, is_known, may_hear
from web.permissions import SIGNED_IN, SUPERVISORS
from web.request import Request
from web.response import JSON, Answer, Body, File, own_path, redirect
from web.routes import Route, api, get, post

KINDS = {".mp3": "audio/mpeg", ".wav": "audio/wav"}

PICTURE = {
    "type": "object",
    "properties": {
        "seconds": {"type": "number"},
        "channels": {"type": "integer"},
        "lanes": {"type": "array", "items": {"type": "array", "items": {"type": "integer", "minimum": 0, "maximum": 255}}},
    },
}

PRIVATE = ("Cache-Control", "private, no-cache")
"""The browser may keep the pieces it has while it seeks, and asks each time whether they still count."""


class CallLog(Protocol):
    """Where ended calls are found."""

    def find(self, call: str) -> Awaitable[OfCall | None]:
        """The call, or None when it is not in the log (yet)."""


@frozen
class RecordingPages:
    """The addresses below /recordings."""

    database: Database
    call_log: CallLog
    shelf: Shelf
    patterns: Patterns

    async def audio(self, request: Request, recording: int) -> Answer:
        """The sound; `?download=1` offers it as a file."""
        one = await self._allowed(request, recording)
        file = await self._there(self.shelf.audio(one.file))
        download = request.query.get("download") == "1"
        action = DOWNLOADED if download else LISTENED
        seen = partial(note_access, recording_id=one.id, user=request.user.username, action=action, address=request.address, at=request.at)
        await self.database.write(seen)
        return File(file, KINDS[file.suffix], name=_name(one) if download else "", headers=(PRIVATE,))

    async def peaks(self, request: Request, recording: int) -> Answer:
        """The picture: {"seconds", "channels", "lanes": one list per channel of values 0 to 255}."""
        one = await self._allowed(request, recording)
        file = await self._there(self.shelf.picture(one.file))
        return Body(await asyncio.to_thread(file.read_bytes), JSON, headers=(PRIVATE,))

    async def hold(self, request: Request, recording: int) -> Answer:
        """Put a legal hold on it (`on=1`), or lift it; back to the page it was asked from."""
        form = request.form()
        if not await self.database.write(partial(hold, recording_id=recording, on=form.get("on") == "1")):
            raise NoSuchRecording
        return redirect(own_path(form.get("back", ""), "/calls"), htmx=request.htmx)

    async def _allowed(self, request: Request, number: int) -> Recording:
        one = await self.database.read(partial(find, recording_id=number))
        if one is None:
            raise NoSuchRecording
        call, viewer = await self.call_log.find(one.call), self.patterns.viewer(request.user.username)
        known = await self.database.read(partial(is_known, call=one.call, party=call.party if call else None, viewer=viewer))
        if not may_hear(request.user, call, known=known):
            raise NotYourRecording
        if one.removed_at is not None:
            raise RecordingRemoved
        return one

    async def _there(self, file: Path) -> Path:
        if not await asyncio.to_thread(file.is_file):
            raise RecordingLost
        return file


def _name(one: Recording) -> str:
    return f"{datetime.fromtimestamp(one.started_at, UTC):%Y-%m-%d-%H%M}-{one.call}{Path(one.file).suffix}"


def routes(database: Database, call_log: CallLog, shelf: Shelf, patterns: Patterns) -> list[Route]:
    """The recordings."""
    pages = RecordingPages(database, call_log, shelf, patterns)
    return [
        get("/recordings/<int:recording>/audio", pages.audio, allow=SIGNED_IN, summary="A recording's sound, with Range", kind="file"),
        api("GET", "/recordings/<int:recording>/peaks", pages.peaks, allow=SIGNED_IN, summary="A recording's picture", gives=PICTURE),
        post("/recordings/<int:recording>/hold", pages.hold, allow=SUPERVISORS, summary="Put a legal hold on a recording, or lift it"),
    ]
