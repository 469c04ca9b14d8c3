"""The HTTP side of a request: Twisted's parser with a limit on bodies, no form parsing, and a way out of HTTP for websockets.

Twisted itself has no limit and parses multipart bodies on the loop (20 MB: 0.9 s of blocked loop), so a body that is
announced or becomes too large is thrown away as it comes and the request is answered with 413.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from io import BytesIO
from typing import Any

from twisted.internet import interfaces
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.protocols.policies import ProtocolWrapper
from twisted.web.http import HTTPChannel, HTTPFactory, Request as TwistedRequest

from web.response import Header, TakeOver

MOST_DRAINED = 1024 * 1024 * 1024
"""A refused body is read (and thrown away) up to here, so that the client gets to see the refusal; then the line is cut.

Browsers read an answer only when they have sent all: a line that is cut earlier says nothing to the person who waits.
"""

IDLE_SECONDS = 75.0
"""Connections that ask nothing, or do not finish their request, for this long are closed."""

LOGGED = logging.getLogger("web.access")


class WireRequest(TwistedRequest):
    """One request on the wire. `too_large`: its body was more than `limit` bytes and was thrown away."""

    def __init__(self, channel: HTTPChannel, begin: Callable[[WireRequest], None], limit: Callable[[str, str], int]) -> None:
        super().__init__(channel, parsePOSTFormSubmission=False)
        self._begin = begin
        self._limit_of = limit
        self._came = 0
        self.limit = 0
        self.too_large = False
        self.gone = False

    def gotLength(self, length: int | None) -> None:
        path = self.channel._path.partition(b"?")[0].decode("latin-1")  # noqa: SLF001 — the path is public only when the body has come
        self.limit = self._limit_of(self.channel._command.decode("latin-1"), path)  # noqa: SLF001 — as above
        if length is not None and length > self.limit:
            self._refuse()
        super().gotLength(None if length is not None and length > self.limit else length)

    def handleContentChunk(self, data: bytes) -> None:
        self._came += len(data)
        if self._came > self.limit:
            self._refuse()
        if not self.too_large:
            super().handleContentChunk(data)
        elif self._came > MOST_DRAINED:
            self.channel.loseConnection()

    def _refuse(self) -> None:
        if not self.too_large and self.content is not None:
            self.content.close()
            self.content = BytesIO()
        self.too_large = True

    def process(self) -> None:
        if self.content is not None:
            self.content.seek(0)
        self._begin(self)

    def connectionLost(self, reason: object) -> None:
        self.gone = True
        super().connectionLost(reason)

    def answer(self, status: int, headers: list[Header], body: bytes) -> None:
        """Send a whole response; nothing happens when the client has gone."""
        if self.gone:
            return
        self.setResponseCode(status)
        for name, value in headers:
            self.responseHeaders.addRawHeader(name.encode("latin-1", "replace"), value.encode("latin-1", "replace"))
        if status not in (204, 304):
            self.responseHeaders.setRawHeaders(b"Content-Length", [str(len(body)).encode()])
        self.write(body)
        self.finish()

    def peer(self) -> str:
        """The client's IP address; "" when it has none."""
        address = self.client
        return str(address.host) if isinstance(address, IPv4Address | IPv6Address) else ""

    def leave_http(self, take_over: TakeOver) -> None:
        """Hand the connection over, with everything the client sent so far."""
        channel = self.channel
        transport = channel.transport
        received = self._as_sent() + b"".join(channel._dataBuffer)  # noqa: SLF001 — nothing public tells what came after the request
        channel._dataBuffer = []  # noqa: SLF001 — as above
        producer: Any = channel._networkProducer  # noqa: SLF001 — the channel must not pause what is no longer its own
        producer.unregisterProducer()
        channel.requests.clear()
        self.gone = True
        if transport is None:
            return
        resume = getattr(transport, "resumeProducing", None)
        take_over(transport, received)
        if resume is not None:
            resume()

    def _as_sent(self) -> bytes:
        lines = [self.method + b" " + self.uri + b" HTTP/1.1"]
        for name, values in self.requestHeaders.getAllRawHeaders():
            lines.extend(name + b": " + value for value in values)
        return b"\r\n".join(lines) + b"\r\n\r\n"


def attach(protocol: interfaces.IProtocol, transport: interfaces.ITransport) -> None:
    """Make `protocol` the one that hears `transport` from now on."""
    inner = getattr(transport, "protocol", None)
    if isinstance(transport, ProtocolWrapper):
        transport.wrappedProtocol = protocol
    elif isinstance(inner, ProtocolWrapper):
        inner.wrappedProtocol = protocol
    else:
        transport.protocol = protocol  # type: ignore[attr-defined]  # every Twisted transport has it; no interface says so
    protocol.makeConnection(transport)


class WireFactory(HTTPFactory):
    """Makes the protocol of each connection. `begin` gets every complete request; `limit` says how large a body may be."""

    def __init__(self, begin: Callable[[WireRequest], None], limit: Callable[[str, str], int]) -> None:
        super().__init__(timeout=IDLE_SECONDS)
        self._make = lambda channel, *_queued: WireRequest(channel, begin, limit)

    def buildProtocol(self, addr: interfaces.IAddress | None) -> Any:
        channel: Any = super().buildProtocol(addr)
        channel.requestFactory = self._make
        return channel

    def log(self, request: TwistedRequest) -> None:
        """The access log, at debug level: addresses and paths are personal data; no query, no body."""
        if LOGGED.isEnabledFor(logging.DEBUG):
            LOGGED.debug("%s %s → %s", request.method.decode("latin-1"), request.path.decode("latin-1"), request.code)

    def startFactory(self) -> None:
        """Nothing to open: there is no access log file."""

    def stopFactory(self) -> None:
        """Nothing to close."""
