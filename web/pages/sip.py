"""The websocket of the browsers' telephones, /sip."""

from __future__ import annotations

from attrs import frozen

from config.settings import Settings
from web.errors import BodyUnreadable, NotLoggedIn, TooMuch
from web.permissions import EVERYONE
from web.request import Request
from web.response import Answer, Upgrade
from web.routes import Route, live
from web.sessions import Sessions
from web.sip_proxy import SipProxy, well_formed


@frozen
class SipSocket:
    """The door of the browsers' telephones."""

    sip_proxy: SipProxy

    async def connect(self, request: Request) -> Answer:
        """Connect with Asterisk; the session's cookie or the demonstration's lets in."""
        owner = self.sip_proxy.owner(request)
        if not owner or request.bearer:  # a line lives as long as the session it was opened with; a token has none
            raise NotLoggedIn
        if not well_formed(request):
            raise BodyUnreadable(expected="SIP over websocket (RFC 7118)")
        if self.sip_proxy.full(owner):
            raise TooMuch
        return Upgrade(self.sip_proxy.take_over(request, owner))


def routes(settings: Settings, key: bytes, sessions: Sessions) -> list[Route]:
    """The SIP websocket."""
    from twisted.internet import reactor  # the one that was installed; importing it earlier would install another

    door = SipSocket(SipProxy(settings, key, sessions, reactor))
    return [live("/sip", door.connect, allow=EVERYONE, summary="SIP over websocket for the browser's telephone")]
