"""The site: takes a request from the wire, finds its route, checks who asks, calls the view and sends the answer."""

from __future__ import annotations

import asyncio
import logging
import secrets

from config.database_errors import DatabaseBusy
from config.errors import Refusal
from config.loops import Tasks
from web.errors import BodyTooLarge, MethodRefused, NothingHere, SomethingBroke
from web.gate import admit
from web.reception import Reception
from web.refused import refused
from web.render import Renderer
from web.request import Request
from web.response import Answer, Body
from web.routes import USUAL_BODY, Route, RouteTable
from web.sending import send
from web.wire import WireFactory, WireRequest

DRAIN_SECONDS = 3.0
MOST_AT_ONCE = 1000
"""Requests being worked on; more are told to come back in a moment."""

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")

log = logging.getLogger(__name__)


class Site:
    """Answers every HTTP request of the daemon. `factory` is what listens on the port."""

    def __init__(self, table: RouteTable, reception: Reception, renderer: Renderer) -> None:
        self._table = table
        self._reception = reception
        self._renderer = renderer
        self._tasks = Tasks("web")
        self._answering: set[asyncio.Task[None]] = set()
        self.factory = WireFactory(self._begin, self._limit)

    async def stop(self) -> None:
        """Let what is being answered finish (a few seconds at most), then end it."""
        if self._answering:
            await asyncio.wait(set(self._answering), timeout=DRAIN_SECONDS)
        await self._tasks.stop()

    def _limit(self, method: str, path: str) -> int:
        """How large the body of a request may be; asked before the body comes."""
        try:
            return self._table.match(method, path)[0].body_limit
        except Refusal:
            return USUAL_BODY

    def _begin(self, wire: WireRequest) -> None:
        task = self._tasks.start(self._answer(wire), f"{wire.method!r} {wire.path!r}")
        self._answering.add(task)
        task.add_done_callback(self._answering.discard)

    async def _answer(self, wire: WireRequest) -> None:
        request = Request(method="GET", path="/", address="", at=0.0, language="fa")
        route: Route | None = None
        try:
            request = self._reception.read(wire)
            self._reception.identify(request)
            route, values = self._find(wire, request)
            admit(route, request, self._reception.public_url)
            answer = await route.view(request, **values)
            send(answer, request, wire, self._renderer)
        except Refusal as why:
            self._send_refusal(refused(why, request, route.kind if route else "page"), request, wire, why)
        except Exception:  # a fault of ours is logged under a number, which is all that the user is shown
            number = secrets.token_hex(4)
            log.exception("fault %s while answering %s %s", number, request.method, request.path)
            self._broke(number, request, wire, route)

    def _find(self, wire: WireRequest, request: Request) -> tuple[Route, dict[str, object]]:
        if len(self._answering) > MOST_AT_ONCE:
            raise DatabaseBusy
        if request.method not in METHODS:
            raise MethodRefused(method=request.method[:20], allowed=", ".join(METHODS))
        if "\x00" in request.path or "�" in request.path:
            raise NothingHere
        route, values = self._table.match(request.method, request.path)
        if wire.too_large:
            raise BodyTooLarge(limit=wire.limit)
        return route, values

    def _broke(self, number: str, request: Request, wire: WireRequest, route: Route | None) -> None:
        """A fault of ours: the whole story is in the log under a number, which is all that the user is shown."""
        why = SomethingBroke(id=number)
        if wire.gone or wire.startedWriting:
            if not wire.gone:
                wire.loseConnection()
            return
        self._send_refusal(refused(why, request, route.kind if route else "page"), request, wire, why)

    def _send_refusal(self, answer: Answer, request: Request, wire: WireRequest, why: Refusal) -> None:
        try:
            send(answer, request, wire, self._renderer)
        except Exception:  # even then the sentence is sent, without its page
            log.exception("the page of a refusal could not be made")
            if not wire.startedWriting:
                send(Body(why.text(request.language).encode(), status=why.status), request, wire, self._renderer)
