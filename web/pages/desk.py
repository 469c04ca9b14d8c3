"""My desk: what waits for the person who logged in; the calls themselves live in the dock beside it."""

from __future__ import annotations

from functools import partial

from attrs import frozen

from config.database import Database
from web.my_day import my_day
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get


@frozen
class DeskPage:
    """The page behind /desk."""

    database: Database

    async def show(self, request: Request) -> Answer:
        """Follow-ups, missed calls and my last calls."""
        day = await self.database.read(partial(my_day, user=request.user.username, now=request.at))
        return page("desk.html", day=day)


def routes(database: Database) -> list[Route]:
    """The desk."""
    desk = DeskPage(database)
    return [get("/desk", desk.show, allow=SIGNED_IN, summary="My desk: follow-ups, missed calls, my last calls")]
