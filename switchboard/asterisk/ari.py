"""The websocket to Asterisk's REST interface: events in, requests and their answers through `Requests`.

Connects, and connects again with growing pauses, until stopped. What breaks is noticed: a closed connection at once, a
dead one by a ping that nobody answers.
"""

from __future__ import annotations

import asyncio
import base64
import logging
import random
from collections.abc import Callable
from typing import Any

import orjson
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet.interfaces import IStreamClientEndpoint

from config.loops import LOOP, awaitable
from switchboard.asterisk.requests import Requests
from switchboard.asterisk.retry import retry_seconds
from switchboard.futures import fail, resolve
from switchboard.telephony import PhoneSystemAway

log = logging.getLogger(__name__)

PING_SECONDS = 5.0
PONG_SECONDS = 5.0
OPEN_SECONDS = 5.0
LARGEST_MESSAGE = 64 * 1024 * 1024
"""`GET channels` of a few thousand calls is some megabytes."""


class AriLink:
    """Keeps one websocket to Asterisk open.

    `on_up` is called when it stands, `on_message` with every event, `on_down` when it is lost; `requests` works between
    `on_up` and `on_down`.
    """

    def __init__(self, endpoint: IStreamClientEndpoint, url: str, user: str, password: str) -> None:
        self.requests = Requests(LOOP)
        self.on_up: Callable[[], None] = _nothing
        self.on_down: Callable[[], None] = _nothing
        self.on_message: Callable[[dict[str, Any]], None] = lambda _message: None
        self._endpoint = endpoint
        self._url = url
        self._authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._task: asyncio.Task[None] | None = None
        self._socket: _Socket | None = None

    @property
    def up(self) -> bool:
        """Whether requests can be sent now."""
        return self.requests.write is not None

    def start(self) -> None:
        """Connect, and stay connected."""
        self._task = LOOP.create_task(self._stay_connected(), name="ARI link")

    def drop(self) -> None:
        """Give up this connection and make a new one."""
        if self._socket:
            self._socket.drop()

    async def stop(self) -> None:
        """Close and connect no more."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        if self._socket:
            await asyncio.wait([self._socket.closed], timeout=1)

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            failures += 1
            try:
                socket = await self._connect()
            except PhoneSystemAway as error:
                log.log(logging.INFO if failures > 1 else logging.WARNING, "Asterisk's ARI cannot be reached: %s", error)
            else:
                failures = 0
                await self._serve(socket)
                failures = 1
            await asyncio.sleep(retry_seconds(failures, random.random()))  # noqa: S311  # jitter, not a secret

    async def _connect(self) -> _Socket:
        factory = WebSocketClientFactory(self._url, headers={"Authorization": self._authorization})  # type: ignore[no-untyped-call]  # untyped in autobahn
        factory.setProtocolOptions(  # type: ignore[no-untyped-call]  # untyped in autobahn
            utf8validateIncoming=False,  # orjson does
            maxMessagePayloadSize=LARGEST_MESSAGE,
            tcpNoDelay=True,
            autoPingInterval=PING_SECONDS,
            autoPingTimeout=PONG_SECONDS,
            openHandshakeTimeout=OPEN_SECONDS,
            closeHandshakeTimeout=1,
        )
        factory.noisy = False
        socket = self._socket = _Socket(self._heard)
        factory.protocol = lambda: socket  # type: ignore[assignment]  # autobahn only calls it
        try:
            await awaitable(self._endpoint.connect(factory))
            await asyncio.wait_for(asyncio.shield(socket.opened), OPEN_SECONDS + 1)
        except asyncio.CancelledError:
            socket.drop()
            raise
        except Exception as error:  # refused, reset, timed out, unauthorised: all mean "not now"
            socket.drop()
            raise PhoneSystemAway(str(error) or type(error).__name__) from error
        return socket

    async def _serve(self, socket: _Socket) -> None:
        self.requests.write = socket.send
        try:
            self.on_up()
            await socket.closed
        finally:
            socket.drop()
            self.requests.link_lost()
            self.on_down()

    def _heard(self, payload: bytes) -> None:
        try:
            message = orjson.loads(payload)
        except orjson.JSONDecodeError:
            log.warning("Asterisk sent something that is not JSON: %.200r", payload)
            return
        if not isinstance(message, dict):
            return
        if message.get("type") == "RESTResponse":
            self.requests.answered(message)
        else:
            self.on_message(message)


class _Socket(WebSocketClientProtocol):
    """One connection; futures say when it opened and closed."""

    def __init__(self, heard: Callable[[bytes], None]) -> None:
        super().__init__()
        self._heard_payload = heard
        self.opened: asyncio.Future[None] = LOOP.create_future()
        self.closed: asyncio.Future[None] = LOOP.create_future()

    def onOpen(self) -> None:  # noqa: N802  # autobahn's name
        resolve(self.opened, None)

    def onMessage(self, payload: bytes, isBinary: bool) -> None:  # noqa: N802, N803, ARG002  # autobahn's names
        self._heard_payload(payload)

    def onClose(self, wasClean: bool, code: int | None, reason: str | None) -> None:  # noqa: N802, N803, ARG002  # autobahn's names
        if not self.opened.done():
            fail(self.opened, PhoneSystemAway(reason or "connection closed"))
            self.opened.exception()  # whoever asked may have gone
        resolve(self.closed, None)

    def send(self, message: bytes) -> None:
        self.sendMessage(message)  # type: ignore[no-untyped-call]  # untyped in autobahn

    def drop(self) -> None:
        """Close without ceremony."""
        if self.transport is None:
            resolve(self.closed, None)
        else:
            self.wasClean = True  # it is our own will: autobahn has nothing to warn of
            self.dropConnection(abort=True)


def _nothing() -> None:
    """What is done when nobody cares."""
