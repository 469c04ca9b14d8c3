"""What a browser needs to be a telephone: its SIP name and password, and the websocket on this origin."""

from __future__ import annotations

from attrs import frozen

from config.secrets import REALM, sip_password
from config.settings import Settings
from switchboard.errors import PhoneOffline
from web.api_words import ref
from web.permissions import SIGNED_IN, THIS_MACHINE
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.sip_proxy import DEMO_CALLER, demo_cookie

HOST = "switchboard"
"""The host part of SIP addresses; it is a name only, the websocket says where."""


@frozen
class SoftphoneApi:
    """GET /api/v1/softphone, and the caller's phone of the demonstration."""

    key: bytes
    settings: Settings

    async def own(self, request: Request) -> Answer:
        """The telephone of the person who asks; it is theirs alone."""
        if not request.user.extension:
            raise PhoneOffline
        return json(self._credentials(f"w{request.user.extension}"))

    async def demo(self, request: Request) -> Answer:
        """The caller's telephone, for this machine only; with a cookie that opens the SIP websocket for it."""
        crumb = demo_cookie(self.key, self.settings.network.http.port, request.at, secure=request.secure)
        return json(self._credentials(DEMO_CALLER), headers=(crumb,))

    def _credentials(self, name: str) -> dict[str, object]:
        return {
            "uri": f"sip:{name}@{HOST}",
            "authorization_user": name,
            "password": sip_password(self.key, name),
            "realm": REALM,
            "websocket": "/sip",
            "ice_servers": [],
        }


def routes(key: bytes, settings: Settings) -> list[Route]:
    """Softphone credentials; the caller's only in the demonstration."""
    views = SoftphoneApi(key, settings)
    found = [
        api(
            "GET",
            "/api/v1/softphone",
            views.own,
            allow=SIGNED_IN,
            summary="SIP credentials of my browser phone",
            personal=True,
            gives=ref("Softphone"),
        ),
    ]
    if settings.demo:
        summary = "SIP credentials of the demonstration's caller"
        found.append(api("GET", "/api/v1/softphone/demo", views.demo, allow=THIS_MACHINE, summary=summary, gives=ref("Softphone")))
    return found
