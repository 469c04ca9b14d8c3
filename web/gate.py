"""The gate in front of every view: permission, origin, CSRF, and the shape of what was sent. No I/O but the body already read."""

from __future__ import annotations

from typing import Any

from config.translations import _
from web.csrf import csrf_good, origin_good
from web.errors import FieldRefused, FormExpired, OnlyLooking, OriginRefused, ScopeMissing, UpgradeRequired
from web.permissions import refusal
from web.request import FORM, Request
from web.routes import Route
from web.scopes import allows, scope_of
from web.shapes import read

WAYS_BACK = ("/see-as/end", "/logout")
"""What an administrator who looks with somebody else's eyes may still send."""


def admit(route: Route, request: Request, public_url: str) -> None:
    """Let the request pass or raise why not; fills `request.asked` and `request.given` for API routes."""
    if (why := refusal(route.allow, request.account, loopback=request.loopback)) is not None:
        raise why
    if request.behind is not None and route.path not in WAYS_BACK and (route.unsafe or route.personal or route.kind == "live"):
        raise OnlyLooking
    if request.bearer and not allows(request.scopes, scope := scope_of(route.path, unsafe=route.unsafe)):
        raise ScopeMissing(scope=scope)
    if route.kind == "live" and request.header("Upgrade").lower() != "websocket":
        raise UpgradeRequired
    if not request.bearer:
        _same_site(route, request, public_url)
    if route.kind == "api":
        request.asked = read(route.asks, request.query)
        request.given = _given(route, request) if route.unsafe else {}


def _given(route: Route, request: Request) -> dict[str, Any]:
    raw = request.json()
    if route.body is None:
        return read(route.takes, raw)
    if not isinstance(raw, dict):
        raise FieldRefused("", _("a JSON object"))
    return raw


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
