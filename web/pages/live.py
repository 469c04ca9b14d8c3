"""The websocket of the consoles, /live."""

from __future__ import annotations

from attrs import frozen

from crm.accounts import STAFF
from web.consoles import Consoles
from web.permissions import EVERYONE
from web.request import Request
from web.response import Answer, Upgrade
from web.routes import Route, live


@frozen
class LiveSocket:
    """The door of the consoles."""

    consoles: Consoles

    async def connect(self, request: Request) -> Answer:
        """Become a console. Who is not logged in is let in only to be told so (4401): browsers hide why a handshake failed."""
        staff = request.account if request.account is not None and request.account.role in STAFF else None
        return Upgrade(self.consoles.welcome(staff, request.session, request.language, request.until))


def routes(consoles: Consoles) -> list[Route]:
    """The websocket."""
    return [live("/live", LiveSocket(consoles).connect, allow=EVERYONE, summary="Live events and commands of a console")]
