"""Calls: the list, one call, what its agent can do with it, and click-to-dial."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import Connection

from config.database import Database
from crm.access import Viewer
from crm.patterns import Patterns
from switchboard.call import Calls, LiveCall
from switchboard.call_log import CallLog
from switchboard.errors import NoSuchCall, NotYourCall
from web.api_words import TEXT, listing, record, ref
from web.call_values import MOST_PER_PAGE, asked, call_page, live_value, one_call, told
from web.hearing import is_known, may_see
from web.orders import ORDERS, Desk, Orders
from web.permissions import SIGNED_IN, SUPERVISORS
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import text, whole

LIST = {
    "q": text(60, need=False),
    "filter": text(300, need=False),
    "sort": text(40, need=False),
    "page": whole(1, 1_000_000, need=False, default=1),
    "per": whole(1, MOST_PER_PAGE, need=False, default=50),
}
BY_HAND = ("hang_up", "hold", "resume", "mute", "digits", "reject", "note", "wrap_up", "end_wrap_up", "link", "create")
"""Orders of the websocket that are also addresses: POST /api/v1/calls/<call>/<order>."""


@frozen
class CallsApi:
    """Everything under /api/v1/calls."""

    database: Database
    calls: Calls
    log: CallLog
    desk: Desk
    orders: Orders
    patterns: Patterns

    async def list(self, request: Request) -> Answer:
        """Live and ended calls; agents get their own and those that nobody answered, supervisors all."""
        only = "" if request.user.role in SUPERVISORS.roles else request.user.username
        viewer = self.patterns.viewer(request.user.username)
        work = partial(call_page, wanted=asked(request.asked, only), live=self.calls.live(), viewer=viewer)
        await self.log.settled()
        items, total = await self.database.read(work)
        return json({"items": items, "total": total})

    async def show(self, request: Request, call: str) -> Answer:
        """One call, live or ended."""
        if (live := self.calls.get(call)) is None:
            await self.log.settled()
        viewer = self.patterns.viewer(request.user.username)
        value, known = await self.database.read(partial(_one, live=live, call=call, viewer=viewer))
        if value is None:
            raise NoSuchCall(call=call)
        if not may_see(request.user, value["agent"] or "", value["status"], known=known):
            raise NotYourCall(call=call)
        return json(value)

    async def dial(self, request: Request) -> Answer:
        """Ring the own phone first, then the number."""
        return json({"id": await self.desk.dial(request.user.username, request.given["number"])}, status=201)

    def order(self, name: str) -> Any:
        """The view of one order about a call."""
        order = ORDERS[name]

        async def carry_out(request: Request, call: str) -> Answer:
            value = await order.run(self.orders, request.user.username, {**request.given, "call": call})
            return json({"ok": True} if value is None else {"ok": True, "value": value})

        return carry_out


def _one(connection: Connection, live: LiveCall | None, call: str, viewer: Viewer) -> tuple[dict[str, Any] | None, bool]:
    """The call as the viewer may know it, and whether its customer is known to them."""
    value = live_value(connection, live) if live else one_call(connection, call)
    customer = value["party"]["id"] if value and value["party"] else None
    if value is not None:
        (value,) = told(connection, [value], viewer)
    return value, is_known(connection, call, customer, viewer)


def routes(database: Database, calls: Calls, call_log: CallLog, desk: Desk, orders: Orders, patterns: Patterns) -> list[Route]:
    """Calls."""
    views = CallsApi(database, calls, call_log, desk, orders, patterns)
    done = {"type": "object", "properties": {"ok": {"type": "boolean"}, "value": {}}, "required": ["ok"]}
    return [
        api("GET", "/api/v1/calls", views.list, allow=SIGNED_IN, summary="Live and ended calls", asks=LIST, gives=listing(ref("Call"))),
        api("GET", "/api/v1/calls/<call>", views.show, allow=SIGNED_IN, summary="One call", gives=ref("Call")),
        api(
            "POST", "/api/v1/calls", views.dial, allow=SIGNED_IN, summary="Click-to-dial: the own phone rings first, then the number",
            takes={"number": text(60)}, gives=record({"id": TEXT}), gives_status=201,
        ),
        *(
            api(
                "POST", f"/api/v1/calls/<call>/{name}", views.order(name), allow=SIGNED_IN, summary=f"{name.replace('_', ' ').capitalize()} (own call)",
                takes={field: one for field, one in ORDERS[name].fields.items() if field != "call"}, gives=done,
            )
            for name in BY_HAND
        ),
    ]  # fmt: skip
