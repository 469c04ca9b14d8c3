"""One open websocket of a person at a console: sends frames cheaply, takes messages one by one, never waits for who does not read."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Protocol

import orjson
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import tcp
from twisted.internet.interfaces import ITransport

from crm.accounts import Account
from web.frames import message_frame
from web.response import TakeOver
from web.wire import attach

MOST_BUFFERED = 1024 * 1024
"""Bytes that may wait for a console that does not read, before it is closed; it comes back and gets a snapshot."""

LONGEST_MESSAGE = 64 * 1024

EXPIRED = 4401
TRY_LATER = 1013
TOO_MUCH = 1008
GOING_AWAY = 1001

log = logging.getLogger(__name__)


class Audience(Protocol):
    """Who is told of what consoles do (web.live)."""

    def opened(self, console: Console) -> None:
        """The websocket stands."""

    def heard(self, console: Console, message: Any) -> None:
        """A JSON message came; None: what came was no JSON."""

    def closed(self, console: Console) -> None:
        """The websocket is gone."""


class Console(WebSocketServerProtocol):
    """One websocket. `username`, `session` (hash) and `language` are those of the log-in it was opened with."""

    account: Account
    username = ""
    session = ""
    language = "fa"
    until = 0.0
    """When the API token that it was opened with runs out; 0.0 for a session's, which is asked for."""
    audience: Audience
    number = 0
    """The event number of the last snapshot sent; state frames older than it are not for this console."""

    turned_away: tuple[int, str] | None = None
    """Close code and reason for who may not come in: a browser sees these, but not why a handshake failed."""

    watches_board = False
    phone_owner = False
    stuck = False

    # ── What autobahn tells ──────────────────────────────────────────────────────────────────────────────────

    def onOpen(self) -> None:
        if self.turned_away is None:
            self.audience.opened(self)
        else:
            self.leave(*self.turned_away)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        if self.turned_away is not None:
            return
        try:
            message = None if isBinary else orjson.loads(payload)
        except orjson.JSONDecodeError:
            message = None
        self.audience.heard(self, message)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:
        if self.turned_away is None:
            self.audience.closed(self)

    # ── What we tell ─────────────────────────────────────────────────────────────────────────────────────────

    def tell(self, message: dict[str, Any]) -> None:
        """Send one message."""
        self.send_frame(message_frame(message))

    def send_frame(self, data: bytes) -> None:
        """Send a whole frame: at once into the socket when nothing waits, else behind what waits (9 µs against 60)."""
        transport = self.transport
        if transport is None or self.stuck or self.state != self.STATE_OPEN:
            return
        if type(transport) is tcp.Server and transport.connected and not transport.disconnecting:
            waiting = len(transport.dataBuffer) - transport.offset + transport._tempDataLen  # noqa: SLF001 — nothing public tells how much waits
            if not waiting:
                data = _send_now(transport, data)
            elif waiting + len(data) > MOST_BUFFERED:
                self.give_up()
                return
        if data:
            transport.write(data)

    def leave(self, code: int, reason: str) -> None:
        """Close; autobahn's own sendClose knows 1000 and the private codes only."""
        if self.state == self.STATE_OPEN:
            self.sendCloseFrame(code=code, reasonUtf8=reason.encode(), isReply=False)

    def give_up(self) -> None:
        """It does not read: close, and cut the line (the close frame waits behind everything it does not read)."""
        self.stuck = True
        log.warning("a console of %s does not read; closed", self.username)
        self.leave(TRY_LATER, "not reading")
        self.dropConnection(abort=True)

    def expire(self) -> None:
        """The session ended: say so and close."""
        self.tell({"type": "logged_out"})
        self.leave(EXPIRED, "session ended")


def _send_now(transport: Any, data: bytes) -> bytes:
    """Hand `data` to the kernel; gives what did not fit. A broken connection is left for the transport to find."""
    try:
        return data[transport.socket.send(data) :]
    except (BlockingIOError, InterruptedError):
        return data
    except OSError:
        return data


class ConsoleFactory(WebSocketServerFactory):
    """Makes consoles."""

    protocol = Console

    def __init__(self) -> None:
        super().__init__()
        self.setProtocolOptions(
            webStatus=False,
            failByDrop=False,
            maxFramePayloadSize=LONGEST_MESSAGE,
            maxMessagePayloadSize=LONGEST_MESSAGE,
            openHandshakeTimeout=10,
            closeHandshakeTimeout=3,
            autoPingInterval=20,
            autoPingTimeout=30,
            tcpNoDelay=True,
            allowNullOrigin=False,
        )


def console_take_over(factory: ConsoleFactory, prepare: Callable[[Console], None]) -> TakeOver:
    """What makes a console of a connection; `prepare` says whose it is."""

    def take_over(transport: ITransport, received: bytes) -> None:
        console: Any = factory.buildProtocol(transport.getPeer())
        prepare(console)
        attach(console, transport)
        console.dataReceived(received)

    return take_over
