"""ARI's REST requests over its websocket, without the websocket: numbers them, writes them, finds the asker of an answer.

Message shapes (Asterisk 22, res/ari/ari_websocket_requests.c):

    → {"type": "RESTRequest", "request_id", "method", "uri", "query_strings": [{"name", "value"}], "content_type", "message_body"}
    ← {"type": "RESTResponse", "request_id", "status_code", "reason_phrase", "uri", "message_body": JSON in a string}

Asterisk carries out the requests of one websocket one after the other, in the order in which they were sent.
"""

from __future__ import annotations

import logging
from asyncio import AbstractEventLoop, Future
from collections.abc import Callable, Mapping
from typing import Any

import orjson

from switchboard.futures import fail, resolve
from switchboard.telephony import LineGone, PhoneSystemAway

log = logging.getLogger(__name__)

MOST_PENDING = 10_000
"""Requests without an answer before new ones are refused; Asterisk answers one in about half a millisecond."""

GONE = frozenset({404, 409, 422})
"""The channel, bridge or playback is not there any more, or the channel has left the application."""


class AriRefused(Exception):
    """Asterisk would not carry out a request. `status` is HTTP's."""

    def __init__(self, what: str, status: int, reason: str) -> None:
        self.status = status
        super().__init__(f"{what}: {status} {reason}")


class Requests:
    """The requests in flight on one link; `write` sends a text message, or is None while there is no link."""

    def __init__(self, loop: AbstractEventLoop) -> None:
        self._loop = loop
        self._number = 0
        self._pending: dict[str, tuple[str, Future[Any] | None]] = {}
        self.write: Callable[[bytes], None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def ask(self, method: str, uri: str, body: Mapping[str, Any] | None = None, **query: object) -> Future[Any]:
        """Send a request. The future gives the answer's JSON (None when empty).

        It fails with `LineGone` (what it speaks of is not there), `AriRefused`, or `PhoneSystemAway` when there is no link or it breaks.
        """
        answer: Future[Any] = self._loop.create_future()
        self._send(method, uri, body, query, answer)
        return answer

    def order(self, method: str, uri: str, body: Mapping[str, Any] | None = None, **query: object) -> None:
        """Send a request whose answer nobody waits for. A refusal is logged, unless what it was for is gone.

        Raises `PhoneSystemAway` when there is no link.
        """
        self._send(method, uri, body, query, None)

    def _send(self, method: str, uri: str, body: Mapping[str, Any] | None, query: Mapping[str, object], answer: Future[Any] | None) -> None:
        if self.write is None or len(self._pending) >= MOST_PENDING:
            raise PhoneSystemAway
        self._number += 1
        number = str(self._number)
        request: dict[str, Any] = {"type": "RESTRequest", "request_id": number, "method": method, "uri": uri}
        if query:
            request["query_strings"] = [{"name": name, "value": str(value)} for name, value in query.items()]
        if body is not None:
            request["content_type"] = "application/json"
            request["message_body"] = orjson.dumps(body).decode()
        self._pending[number] = (f"{method} {uri}", answer)
        self.write(orjson.dumps(request))

    def answered(self, message: Mapping[str, Any]) -> None:
        """A RESTResponse came; one that nobody asked for is ignored."""
        what, answer = self._pending.pop(str(message.get("request_id")), ("", None))
        error = _error(what, message)
        if answer is None:
            if what and isinstance(error, AriRefused):
                log.warning("Asterisk refused %s", error)
        elif error is None:
            resolve(answer, _read(message.get("message_body")))
        else:
            fail(answer, error)

    def link_lost(self) -> None:
        """Fail everything in flight at once; what comes later is refused."""
        self.write = None
        lost, self._pending = self._pending, {}
        for _what, answer in lost.values():
            fail(answer, PhoneSystemAway())


def _error(what: str, message: Mapping[str, Any]) -> Exception | None:
    status = message.get("status_code")
    if not isinstance(status, int):
        status = 500
    if status < 400:
        return None
    reason = str(message.get("message_body"))
    if status in GONE or (status == 400 and "not found" in reason.lower()):  # addChannel says 400 for a channel that is gone
        return LineGone(what)
    return AriRefused(what, status, reason)


def _read(body: object) -> Any:
    if not isinstance(body, str) or not body:
        return None
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
