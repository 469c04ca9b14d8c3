"""A site that shows the real pages and speaks the websocket's language, with a truth that the test tells it frame by frame.

Started as a program: `python -m tests.browser.stand_in`; prints its port. `POST /control` sends the JSON frame in the body to every
open console and keeps what changes the snapshot; `GET /received/<command>` gives the commands of this name that consoles sent, as soon as
there is one.
"""

from __future__ import annotations

import json
import time
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from autobahn.twisted.resource import WebSocketResource
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.web.resource import Resource
from twisted.web.server import NOT_DONE_YET, Site

from tests.browser import scenes
from tests.browser.site_process import run, serve
from web.api.dates import meaning
from web.assets import Assets
from web.headers import policy
from web.render import Renderer
from web.request import Request
from web.response import Page

ASSETS = Assets()
CONSOLES: list[Console] = []
RECEIVED: list[dict[str, Any]] = []
ASKED: list[tuple[str, Any]] = []
TRUTH: dict[str, Any] = {}


@cache
def renderer() -> Renderer:
    return Renderer(ASSETS, "Asia/Tehran", scenes.SHARED)


class Console(WebSocketServerProtocol):
    """One open websocket: the snapshot at first, then what the test says; every command succeeds."""

    def onOpen(self) -> None:
        CONSOLES.append(self)
        self.tell(TRUTH.get("snapshot") or scenes.snapshot())

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        command = json.loads(payload)
        RECEIVED.append(command)
        answer_askers()
        value = "77.1" if command["do"] == "dial" else None
        refusal = TRUTH.get("refuse", {}).get(command["do"])
        answer = {"ok": False, "error": refusal} if refusal else {"ok": True, "value": value}
        self.tell({"type": "result", "id": command["id"], **answer})

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        if self in CONSOLES:
            CONSOLES.remove(self)

    def tell(self, frame: dict[str, Any]) -> None:
        self.sendMessage(json.dumps(frame).encode())


def answer_askers() -> None:
    """Answer the tests that wait for a command which has come."""
    for name, request in tuple(ASKED):
        if found := [one for one in RECEIVED if one["do"] == name]:
            ASKED.remove((name, request))
            request.write(json.dumps(found).encode())
            request.finish()


def credentials(name: str) -> dict[str, str]:
    """The browser phone's registration: at the Asterisk that the test named, or at a place where nobody answers."""
    sip = TRUTH.get("sip", {})
    websocket = f"ws://127.0.0.1:{sip['port']}/ws" if sip else "/sip"
    return {
        "uri": f"sip:{name}@switchboard",
        "authorization_user": name,
        "password": sip.get(name, "x"),
        "realm": "switchboard",
        "websocket": websocket,
    }


class Everything(Resource):
    """Pages, static files and the test's own two addresses."""

    isLeaf = True  # noqa: N815 — Twisted's name

    def render(self, request: Any) -> bytes | int:
        path = request.path.decode()
        if path == "/control":
            return self._control(json.loads(request.content.read()))
        if path.startswith("/received/"):
            ASKED.append((path.removeprefix("/received/"), request))
            answer_askers()
            return NOT_DONE_YET
        if path.startswith("/static/"):
            return self._asset(request, path.removeprefix("/static/"))
        if path.startswith("/api/"):
            return self._api(request, path)
        return self._page(request, path)

    def _control(self, frame: dict[str, Any]) -> bytes:
        if frame["type"] == "snapshot":
            TRUTH["snapshot"] = frame
        if frame["type"] == "reset":
            TRUTH.clear()
            RECEIVED.clear()
        elif frame["type"] == "sip":
            TRUTH["sip"] = frame
        elif frame["type"] == "refuse":
            TRUTH["refuse"] = frame["commands"]
        elif frame["type"] == "cut":
            for console in tuple(CONSOLES):
                console.transport.loseConnection()
        else:
            for console in CONSOLES:
                console.tell(frame)
        return b"ok"

    def _asset(self, request: Any, name: str) -> bytes:
        asset = ASSETS.find(name)
        request.setResponseCode(200 if asset else 404)
        request.setHeader("Content-Type", asset.content_type if asset else "text/plain")
        return asset.body if asset else b""

    def _api(self, request: Any, path: str) -> bytes:
        request.setHeader("Content-Type", "application/json")
        if path.startswith("/api/v1/softphone"):
            return json.dumps(credentials("demo-caller" if path.endswith("/demo") else "w101")).encode()
        if path == "/api/v1/dates":
            return self._meaning(request)
        return json.dumps({"items": [{"id": 31, "name": "شرکت آریا صنعت", "kind": "company"}], "total": 1}).encode()

    def _meaning(self, request: Any) -> bytes:
        asked = {key.decode(): values[0].decode() for key, values in request.args.items()}
        language = (request.getCookie(b"language") or b"fa").decode()
        found = meaning(asked["text"], asked["as"], datetime.now(ZoneInfo("Asia/Tehran")), language, ahead="ahead" in asked)
        return json.dumps(
            {"understood": found.value is not None, "value": found.value, "typed": found.typed, "shown": found.shown}
        ).encode()

    def _page(self, request: Any, path: str) -> bytes:
        host = request.getHeader("host")
        request.setHeader("Content-Type", "text/html; charset=utf-8")
        name, text = policy(host, secure=False)
        request.setHeader(
            name, text.replace("connect-src 'self'", f"connect-src 'self' ws://127.0.0.1:{TRUTH.get('sip', {}).get('port', 9)}")
        )
        language = request.getCookie(b"language") or b"fa"
        username = request.getCookie(b"user") or b"maryam"
        account = None if path in ("/login", "/webphone") else scenes.PEOPLE[username.decode()]
        asked = Request(method="GET", path=path, address="127.0.0.1", at=time.time(), language=language.decode(), account=account)
        asked.headers = request.requestHeaders
        name, values = scenes.page(path, request.args.get(b"q", [b""])[0].decode())
        request.setResponseCode(404 if name == "errors.html" else 200)
        return renderer().render(Page(name, values), asked).encode()


class Door(Resource):
    """/live is the websocket; the rest is Everything."""

    def __init__(self) -> None:
        super().__init__()
        factory = WebSocketServerFactory()
        factory.protocol = Console
        self._live = WebSocketResource(factory)

    def getChild(self, path: bytes, request: Any) -> Resource:
        if path == b"live":
            found: Resource = self._live
            return found
        return Everything()


async def main() -> None:
    await serve(Site(Door()))


if __name__ == "__main__":
    run(main)
