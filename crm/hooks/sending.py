"""One POST to another program: to an address that was resolved and checked first, with limits on time and answer."""

from __future__ import annotations

import asyncio
import socket
import time
from urllib.parse import urlsplit

from attrs import frozen
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.protocol import Protocol
from twisted.web.client import Agent
from twisted.web.http_headers import Headers
from twisted.web.iweb import IAgent, IAgentEndpointFactory, IBodyProducer
from zope.interface import implementer

from config.errors import Refusal
from config.loops import awaitable
from config.translations import _
from crm.hooks.policy import chosen_address

SECONDS = 10.0
LONGEST_ANSWER = 4096


@frozen
class Outcome:
    """What came of a POST: the status (0: no answer), the beginning of the answer or why there was none, and how long it took."""

    status: int
    answer: str
    took_seconds: float

    @property
    def good(self) -> bool:
        """Taken by the other side."""
        return 200 <= self.status < 300


class NoAnswer(Refusal):
    """Nobody answered in time."""

    code = "no_answer"
    status = 504
    sentence = _("No answer within {seconds} seconds.")


class NameUnknown(Refusal):
    """The host's name leads nowhere."""

    code = "name_unknown"
    status = 502
    sentence = _("There is no computer of the name {host}. Is the address right?")


class Poster:
    """Posts. `local`: addresses of our own network are allowed (a setting). `language`: of the reasons in the log of deliveries."""

    def __init__(self, *, local: bool = False, language: str = "fa") -> None:
        self._local = local
        self._language = language

    async def post(self, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        """Send; never raises for what the other side does."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(SECONDS):
                status, answer = await self._post(url, headers, body)
        except TimeoutError:
            return Outcome(0, NoAnswer(seconds=int(SECONDS)).text(self._language), time.monotonic() - began)
        except Refusal as refusal:
            return Outcome(0, refusal.text(self._language), time.monotonic() - began)
        except Exception as error:  # noqa: BLE001  whatever the network does is an outcome, kept in the log of deliveries
            return Outcome(0, f"{type(error).__name__}: {error}"[:500], time.monotonic() - began)
        return Outcome(status, answer, time.monotonic() - began)

    async def _post(self, url: str, headers: dict[str, str], body: bytes) -> tuple[int, str]:
        from twisted.internet import reactor

        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except socket.gaierror as error:
            raise NameUnknown(host=host) from error
        address = chosen_address(host, [str(one[4][0]) for one in found], local=self._local)
        agent: IAgent = Agent.usingEndpointFactory(reactor, _Pinned(reactor, host, address, port))  # type: ignore[no-untyped-call]  # untyped in Twisted
        sent = Headers({name: [value] for name, value in headers.items()})
        response = await awaitable(agent.request(b"POST", url.encode("ascii"), sent, _Bytes(body)))
        answer = _Beginning()
        response.deliverBody(answer)  # type: ignore[no-untyped-call]  # untyped in Twisted
        return int(response.code), (await answer.done).decode("utf-8", "replace")


class _Beginning(Protocol):
    """Keeps the beginning of an answer and hangs up when there is more."""

    def __init__(self) -> None:
        self._text = b""
        self.done: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802  # Twisted's name
        self._text += data
        if len(self._text) >= LONGEST_ANSWER and not self.done.done():
            self.done.set_result(self._text[:LONGEST_ANSWER])
            if self.transport is not None:
                self.transport.loseConnection()

    def connectionLost(self, reason: object = None) -> None:  # noqa: N802, ARG002  # Twisted's name
        if not self.done.done():
            self.done.set_result(self._text)


@implementer(IAgentEndpointFactory)
class _Pinned:
    """Connects to the address that was checked, whatever the name may lead to by now (DNS rebinding)."""

    def __init__(self, reactor: IReactorTCP, host: str, address: str, port: int) -> None:
        self._reactor = reactor
        self._host = host
        self._address = address
        self._port = port

    def endpointForURI(self, uri: object) -> object:  # noqa: N802  # Twisted's name
        from twisted.internet.endpoints import TCP4ClientEndpoint, TCP6ClientEndpoint, wrapClientTLS
        from twisted.internet.ssl import optionsForClientTLS

        kind = TCP6ClientEndpoint if ":" in self._address else TCP4ClientEndpoint
        endpoint = kind(self._reactor, self._address, self._port, timeout=SECONDS)
        return wrapClientTLS(optionsForClientTLS(self._host), endpoint) if getattr(uri, "scheme", b"") == b"https" else endpoint


@implementer(IBodyProducer)
class _Bytes:
    """A body that is there already."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.length = len(body)

    def startProducing(self, consumer: object) -> object:  # noqa: N802  # Twisted's name
        from twisted.internet.defer import succeed

        consumer.write(self._body)  # type: ignore[attr-defined]  # an IConsumer
        return succeed(None)

    def pauseProducing(self) -> None:  # noqa: N802  # Twisted's name
        """It has been handed over already."""

    def resumeProducing(self) -> None:  # noqa: N802  # Twisted's name
        """As above."""

    def stopProducing(self) -> None:  # noqa: N802  # Twisted's name
        """As above."""
