"""The caller's telephone in the browser: for the demonstration and for tests, on this machine only."""

from __future__ import annotations

from functools import partial

from attrs import frozen

from config.database import Database
from crm.numbers import shown
from web.demo_callers import DemoNumbers, demo_callers
from web.permissions import THIS_MACHINE
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

CALLERS = 3
CREDENTIALS = "/api/v1/softphone/demo"


@frozen
class WebPhonePage:
    """The page behind /webphone."""

    database: Database
    demo_numbers: DemoNumbers

    async def show(self, request: Request) -> Answer:
        """The telephone, with a few customers to be."""
        found = await self.database.read(partial(demo_callers, most=CALLERS))
        callers = [(number, name, shown(number, request.language)) for name, number in found]
        return page("webphone.html", callers=callers, numbers=self.demo_numbers.numbers, credentials=CREDENTIALS)


def routes(database: Database, demo_numbers: DemoNumbers | None = None) -> list[Route]:
    """The web phone, when this is the demonstration (daemon.py gives `demo_numbers`)."""
    if demo_numbers is None:
        return []
    phone = WebPhonePage(database, demo_numbers)
    return [get("/webphone", phone.show, allow=THIS_MACHINE, summary="The caller's telephone (demonstration)")]
