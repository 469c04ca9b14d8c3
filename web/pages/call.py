"""One call: how it went, the caller's way through the menu, its recording and who listened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import Connection

from config.database import Database
from config.translations import translate
from crm.access import Viewer
from crm.patterns import Patterns
from ivr.kinds import kinds
from recordings.records import Recording, accesses, of_call
from switchboard.call import Calls
from web.call_list import CallRow, ended_call, live_rows, titles
from web.errors import NothingHere
from web.hearing import HEAR_ALL, is_known, may_hear, may_see
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get


@frozen
class Step:
    """A step of the caller's way: when it began, how long it took."""

    node: str
    kind: str
    exit: str
    detail: str
    at: float
    seconds: float


@frozen
class Seen:
    """Everything on the page that comes from the database."""

    row: CallRow
    known: bool
    recording: Recording | None
    accesses: list[dict[str, Any]]
    queues: Mapping[str, str]
    agents: Mapping[str, str]


@frozen
class CallDetails:
    """The page behind /calls/<call>."""

    database: Database
    calls: Calls
    patterns: Patterns

    async def show(self, request: Request, call: str) -> Answer:
        """The call, live or ended."""
        live = self.calls.get(call)
        viewer = self.patterns.viewer(request.user.username)
        found = await self.database.read(partial(self._read, call=call, live=(live,) if live else (), request=request, viewer=viewer))
        if not may_see(request.user, found.row.agent, found.row.status, known=found.known):
            raise NothingHere
        return page(
            "call.html",
            one=found.row,
            live=live is not None,
            steps=steps(found.row.steps),
            kinds={name: translate(request.language, kind.title) for name, kind in kinds().items()},
            recording=found.recording,
            may_hear=may_hear(request.user, found.row, known=found.known),
            accesses=found.accesses,
            queues=found.queues,
            agents=found.agents,
            supervisor=request.user.role in HEAR_ALL,
        )

    @staticmethod
    def _read(connection: Connection, call: str, live: tuple[Any, ...], request: Request, viewer: Viewer) -> Seen:
        row = live_rows(connection, live, request.at, viewer)[0] if live else ended_call(connection, call, viewer)
        if row is None:
            raise NothingHere
        recording = of_call(connection, call)
        heard = accesses(connection, recording.id) if recording and request.user.role in HEAR_ALL else []
        known = is_known(connection, call, row.party, viewer)
        return Seen(row, known, recording, heard, *titles(connection, request.language))


def steps(kept: Iterable[Mapping[str, Any]]) -> list[Step]:
    """The steps as the call keeps them (moments in ISO-8601) with their moments as numbers."""
    return [
        Step(one["node"], one["kind"], one["exit"], one["detail"], _at(one["entered_at"]), _at(one["left_at"]) - _at(one["entered_at"]))
        for one in kept
    ]


def _at(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def routes(database: Database, calls: Calls, patterns: Patterns) -> list[Route]:
    """One call."""
    pages = CallDetails(database, calls, patterns)
    return [get("/calls/<call>", pages.show, allow=SIGNED_IN, summary="One call: its way, its times, its recording")]
