"""SIP over websocket on our own origin: the browser's bytes go to Asterisk's /ws and back, unread.

The session cookie (or the demonstration's) and Origin are checked before; what Asterisk is asked is written anew, so
nothing of the browser's request but the websocket's key reaches it. Each side that does not read pauses the other, each side that
goes takes the other along. Nothing is kept here: when the daemon dies the browser opens the socket again and renews its dialogs.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import logging
import re
from collections import defaultdict
from typing import Any

from twisted.internet import interfaces
from twisted.internet.protocol import ClientFactory, Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from config.settings import Settings
from web.request import Request
from web.response import Header, TakeOver, cookie
from web.sessions import Sessions
from web.wire import attach

DEMO_CALLER = "demo-caller"
DEMO_SECONDS = 12 * 3600
MOST_PER_USER = 8
MOST_DEMO = 40
MOST_EARLY = 64 * 1024
"""Bytes a browser may send before Asterisk has taken the connection."""

CONNECT_SECONDS = 5
KEY = re.compile(r"[A-Za-z0-9+/]{22}==")

log = logging.getLogger(__name__)


def demo_cookie(key: bytes, port: int, now: float, *, secure: bool) -> Header:
    """A cookie that opens the SIP websocket for the demonstration's caller, for half a day."""
    until = str(int(now) + DEMO_SECONDS)
    return cookie(demo_cookie_name(port), f"{until}.{_mark(key, until)}", seconds=DEMO_SECONDS, secure=secure)


def demo_cookie_name(port: int) -> str:
    """Its name; it holds the port, because browsers send cookies to every port of a host."""
    return f"switchboard-demo-{port}"


def demo_cookie_good(key: bytes, value: str, now: float) -> bool:
    """Whether the cookie was made here and has not run out."""
    until, _dot, mark = value.partition(".")
    return until.isascii() and until.isdigit() and mark.isascii() and hmac.compare_digest(mark, _mark(key, until)) and float(until) > now


def _mark(key: bytes, until: str) -> str:
    return base64.urlsafe_b64encode(hmac.digest(key, f"demo-cookie:{until}".encode(), hashlib.sha256)[:18]).decode()


def opening(request: Request, host: str) -> bytes:
    """The request that Asterisk gets: RFC 6455 §4.1 with the browser's key, RFC 7118's subprotocol."""
    lines = (
        "GET /ws HTTP/1.1",
        f"Host: {host}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {request.header('Sec-WebSocket-Key')}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: sip",
    )
    return "\r\n".join((*lines, "", "")).encode("ascii")


def well_formed(request: Request) -> bool:
    """Whether this is the opening of a SIP websocket."""
    offered = [one.strip() for one in request.header("Sec-WebSocket-Protocol").split(",")]
    return bool(KEY.fullmatch(request.header("Sec-WebSocket-Key"))) and request.header("Sec-WebSocket-Version") == "13" and "sip" in offered


@implementer(interfaces.IPushProducer)
class _Side(Protocol):
    """One end of a pair. As a producer it is its own transport: the other end's transport pauses it when it is full."""

    other: _Side | None = None

    def dataReceived(self, data: bytes) -> None:
        if self.other is not None and self.other.transport is not None:
            self.other.transport.write(data)

    def pair(self, other: _Side) -> None:
        """Copy to `other` from now on, and stop reading while it is full."""
        self.other = other
        transport: Any = other.transport
        transport.registerProducer(self, streaming=True)

    def connectionLost(self, reason: Failure | None = None) -> None:
        other, self.other = self.other, None
        if other is not None:
            other.other = None
            transport: Any = other.transport
            transport.unregisterProducer()
            transport.loseConnection()
        mine: Any = self.transport
        mine.unregisterProducer()

    def pauseProducing(self) -> None:
        transport: Any = self.transport
        transport.pauseProducing()

    def resumeProducing(self) -> None:
        transport: Any = self.transport
        transport.resumeProducing()

    def stopProducing(self) -> None:
        if self.transport is not None:
            self.transport.loseConnection()


class Browser(_Side):
    """The browser's end. What it sends before Asterisk is there waits, within a limit."""

    def __init__(self, proxy: SipProxy, owner: str, session: str) -> None:
        self.proxy = proxy
        self.owner = owner
        self.session = session
        self.early = b""

    def dataReceived(self, data: bytes) -> None:
        if self.other is not None:
            super().dataReceived(data)
            return
        self.early += data
        if len(self.early) > MOST_EARLY:
            self.cut()

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.proxy.gone(self)
        super().connectionLost(reason)

    def cut(self) -> None:
        """Close both ends at once."""
        transport: Any = self.transport
        transport.abortConnection()


class Asterisk(_Side):
    """Asterisk's end."""

    def __init__(self, browser: Browser, hello: bytes) -> None:
        self.browser = browser
        self.hello = hello

    def connectionMade(self) -> None:
        browser = self.browser
        transport: Any = self.transport
        transport.setTcpNoDelay(True)
        if browser.proxy.knows(browser):
            self.pair(browser)
            browser.pair(self)
            transport.write(self.hello + browser.early)
            browser.early = b""
        else:
            transport.abortConnection()


class _Line(ClientFactory):
    """Makes Asterisk's end; when there is no Asterisk the browser is told (503), so that it comes back."""

    noisy = False

    def __init__(self, browser: Browser, hello: bytes) -> None:
        self._browser = browser
        self._hello = hello

    def buildProtocol(self, addr: interfaces.IAddress | None) -> Asterisk:
        return Asterisk(self._browser, self._hello)

    def clientConnectionFailed(self, connector: interfaces.IConnector, reason: Failure) -> None:
        transport = self._browser.transport
        if transport is not None:
            transport.write(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            transport.loseConnection()


class SipProxy:
    """Every open SIP websocket, by owner. Connects to Asterisk's HTTP server at [network] ari."""

    def __init__(self, settings: Settings, key: bytes, sessions: Sessions, reactor: Any) -> None:
        self._address = settings.network.ari
        self._port = settings.network.http.port
        self._demo = settings.demo
        self._key = key
        self._reactor = reactor
        self._open: dict[str, list[Browser]] = defaultdict(list)
        sessions.on_end(self._session_ended)

    def owner(self, request: Request) -> str:
        """Whose telephone this is: a user name, `DEMO_CALLER`, or "" for nobody."""
        if request.account is not None:
            return request.account.username
        crumb = request.cookies.get(demo_cookie_name(self._port), "")
        if self._demo and request.loopback and crumb and demo_cookie_good(self._key, crumb, request.at):
            return DEMO_CALLER
        return ""

    def full(self, owner: str) -> bool:
        """Whether this owner has as many as a person can need."""
        return len(self._open[owner]) >= (MOST_DEMO if owner == DEMO_CALLER else MOST_PER_USER)

    def take_over(self, request: Request, owner: str) -> TakeOver:
        """Connect the browser with Asterisk."""
        hello = opening(request, str(self._address))
        session = request.session.hash if request.session else ""

        def connect(transport: interfaces.ITransport, received: bytes) -> None:
            browser = Browser(self, owner, session)
            self._open[owner].append(browser)
            attach(browser, transport)
            browser.early = received.partition(b"\r\n\r\n")[2]
            self._reactor.connectTCP(self._address.host, self._address.port, _Line(browser, hello), timeout=CONNECT_SECONDS)

        return connect

    def knows(self, browser: Browser) -> bool:
        """Whether the browser is still there."""
        return browser in self._open.get(browser.owner, ())

    def gone(self, browser: Browser) -> None:
        """A browser's end closed."""
        if self.knows(browser):
            self._open[browser.owner].remove(browser)
            if not self._open[browser.owner]:
                del self._open[browser.owner]

    def __len__(self) -> int:
        return sum(map(len, self._open.values()))

    def _session_ended(self, session: str) -> None:
        for browser in [one for lines in self._open.values() for one in lines]:
            if session and browser.session == session:
                browser.cut()

    async def stop(self) -> None:
        """Close every line; calls go on, the browsers come back."""
        for browser in [one for lines in self._open.values() for one in lines]:
            browser.cut()
