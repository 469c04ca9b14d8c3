"""My desk: what waits for the person who logged in; the calls themselves live in the dock beside it."""

from __future__ import annotations

from functools import partial

from attrs import frozen

from config.database import Database
from crm.patterns import Patterns
from web.my_day import my_day
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get


@frozen
class DeskPage:
    """The page behind /desk."""

    database: Database
    patterns: Patterns

    async def show(self, request: Request) -> Answer:
        """Follow-ups, missed calls and my last calls."""
        viewer = self.patterns.viewer(request.user.username)
        day = await self.database.read(partial(my_day, viewer=viewer, now=request.at))
        may_tick = viewer.may("communication", "edit")
        return page("desk.html", day=day, may_tick=may_tick, done=request.whole("done", 0, low=0))


def routes(database: Database, patterns: Patterns) -> list[Route]:
    """The desk."""
    desk = DeskPage(database, patterns)
    return [get("/desk", desk.show, allow=SIGNED_IN, summary="My desk: follow-ups, missed calls, my last calls")]
