"""The gate in front of every view: permission, origin, CSRF, and the shape of what was sent. No I/O but the body already read."""

from __future__ import annotations

from web.csrf import csrf_good, origin_good
from web.errors import FormExpired, OriginRefused, UpgradeRequired
from web.permissions import refusal
from web.request import FORM, Request
from web.routes import Route
from web.shapes import read


def admit(route: Route, request: Request, public_url: str) -> None:
    """Let the request pass or raise why not; fills `request.asked` and `request.given` for API routes."""
    if (why := refusal(route.allow, request.account, loopback=request.loopback)) is not None:
        raise why
    if route.kind == "live" and request.header("Upgrade").lower() != "websocket":
        raise UpgradeRequired
    if not request.bearer:
        _same_site(route, request, public_url)
    if route.kind == "api":
        request.asked = read(route.asks, request.query)
        request.given = read(route.takes, request.json()) if route.unsafe else {}


def _same_site(route: Route, request: Request, public_url: str) -> None:
    """A browser's cookie goes along with whatever page asks: the page must be ours."""
    websocket = route.kind == "live"
    if not route.unsafe and not websocket:
        return
    if request.header("Sec-Fetch-Site") == "cross-site":
        raise OriginRefused
    if not origin_good(request.header("Origin"), request.host, public_url, needed=websocket):
        raise OriginRefused
    if websocket or not route.csrf or request.session is None:
        return
    token = request.header("X-CSRF-Token")
    if not token and request.content_type == FORM:
        token = request.form().get("csrf", "")
    if not csrf_good(request.session.secret, token):
        raise FormExpired
