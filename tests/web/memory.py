"""A site, a browser and the wire between them, in memory: whole HTTP tests without a socket."""

from __future__ import annotations

import asyncio
import http.client
from collections.abc import Callable
from io import BytesIO
from typing import Any

import orjson
from attrs import define, field, frozen
from twisted.internet.address import IPv4Address
from twisted.internet.error import ConnectionDone
from twisted.internet.testing import StringTransport
from twisted.python.failure import Failure

from config.loops import LOOP

HOST = "127.0.0.1:8080"


class MemoryTransport(StringTransport):
    """One end of a connection: what is written goes to `heard`; closing resolves `closed`."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        super().__init__(hostAddress=IPv4Address("TCP", "127.0.0.1", 8080), peerAddress=IPv4Address("TCP", address, 50000))
        self.protocol: Any = None
        self.closed: asyncio.Future[None] = LOOP.create_future()
        self.heard: Callable[[bytes], None] = lambda _data: None

    def write(self, data: bytes) -> None:
        super().write(data)
        self.heard(data)

    def writeSequence(self, iovec: Any) -> None:
        self.write(b"".join(iovec))

    def loseConnection(self) -> None:
        super().loseConnection()
        if not self.closed.done():
            self.closed.set_result(None)

    def abortConnection(self) -> None:
        super().abortConnection()
        self.loseConnection()

    def unregisterProducer(self) -> None:
        if self.producer is not None:
            super().unregisterProducer()

    def setTcpNoDelay(self, enabled: bool) -> None:
        pass

    def setTcpKeepAlive(self, enabled: bool) -> None:
        pass

    def getTcpNoDelay(self) -> bool:
        return True

    def cut(self) -> None:
        """The line breaks: the server's protocol hears of it."""
        self.loseConnection()
        self.protocol.connectionLost(Failure(ConnectionDone()))


@frozen
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        return orjson.loads(self.body)


async def until(happened: Callable[[], Any], seconds: float = 20.0) -> None:
    """Wait until `happened()`, on real sockets, whose events nobody tells."""
    async with asyncio.timeout(seconds):
        while not happened():  # noqa: ASYNC110 — what is waited for has no event of its own
            await asyncio.sleep(0.005)


def connect(factory: Any, address: str = "127.0.0.1") -> MemoryTransport:
    """A connection to the server of `factory`."""
    transport = MemoryTransport(address)
    transport.protocol = factory.buildProtocol(transport.getPeer())
    transport.protocol.makeConnection(transport)
    return transport


@define
class MemoryBrowser:
    """Asks the site behind `factory`; keeps cookies as a browser does."""

    factory: Any
    host: str = HOST
    address: str = "127.0.0.1"
    cookies: dict[str, str] = field(factory=dict)

    async def get(self, path: str, **more: Any) -> Reply:
        return await self.ask("GET", path, **more)

    async def post(self, path: str, **more: Any) -> Reply:
        return await self.ask("POST", path, **more)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        json: Any = None,
        form: dict[str, str] | None = None,
    ) -> Reply:
        """One request on a connection of its own."""
        from urllib.parse import urlencode

        all_headers = {"Host": self.host, "Connection": "close", **(headers or {})}
        if json is not None:
            body, all_headers["Content-Type"] = orjson.dumps(json), "application/json"
        if form is not None:
            body, all_headers["Content-Type"] = urlencode(form).encode(), "application/x-www-form-urlencoded"
        if body or method in ("POST", "PUT", "PATCH"):
            all_headers.setdefault("Content-Length", str(len(body)))
        if self.cookies:
            all_headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = "".join(f"{name}: {value}\r\n" for name, value in all_headers.items())
        return await self.raw(f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body, method)

    async def raw(self, data: bytes, method: str = "GET") -> Reply:
        """Send bytes as they are; the reply is read when the server closes."""
        transport = connect(self.factory, self.address)
        transport.protocol.dataReceived(data)
        await transport.closed
        reply = parse(transport.value(), method)
        transport.protocol.connectionLost(Failure(ConnectionDone()))
        for line in reply.headers.get_all("Set-Cookie") or ():
            name, _equals, rest = line.partition("=")
            value = rest.partition(";")[0]
            if "Max-Age=0" in line:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = value
        return reply


def parse(data: bytes, method: str = "GET") -> Reply:
    """A response from its bytes."""

    class Socket:
        def makefile(self, *_arguments: Any) -> BytesIO:
            return BytesIO(data)

    response = http.client.HTTPResponse(Socket(), method=method)
    response.begin()
    return Reply(response.status, response.headers, response.read())
