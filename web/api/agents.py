"""Agents and queues as they are now, and the own status."""

from __future__ import annotations

from attrs import frozen

from crm.accounts import Accounts
from web.api_words import listing, ref
from web.board import FloorView
from web.live_words import agent_row, nobody, queue_line
from web.orders import ORDERS, Desk
from web.permissions import SIGNED_IN, SUPERVISORS
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api


@frozen
class FloorApi:
    """GET /api/v1/agents, /api/v1/queues; POST /api/v1/agents/me/intent."""

    floor: FloorView
    accounts: Accounts
    desk: Desk

    async def agents(self, _request: Request) -> Answer:
        """Everybody who takes calls."""
        items = [agent_row(one, self.accounts.get(one.agent)) for one in self.floor.agents()]
        return json({"items": items, "total": len(items)})

    async def me(self, request: Request) -> Answer:
        """My own state."""
        return json(self._row(request.user.username))

    async def intent(self, request: Request) -> Answer:
        """What I want: available, on a break, offline."""
        await self.desk.set_intent(request.user.username, request.given["intent"], request.given["reason"])
        return json(self._row(request.user.username))

    async def queues(self, _request: Request) -> Answer:
        """Every queue: who waits, since when, who is free."""
        items = [queue_line(one) for one in self.floor.queues()]
        return json({"items": items, "total": len(items)})

    def _row(self, username: str) -> dict[str, object]:
        now = next((one for one in self.floor.agents() if one.agent == username), None) or nobody(username)
        return agent_row(now, self.accounts.get(username))


def routes(floor: FloorView, accounts: Accounts, desk: Desk) -> list[Route]:
    """Agents and queues."""
    views = FloorApi(floor, accounts, desk)
    return [
        api("GET", "/api/v1/agents", views.agents, allow=SUPERVISORS, summary="Agents as they are now", gives=listing(ref("Agent"))),
        api("GET", "/api/v1/agents/me", views.me, allow=SIGNED_IN, summary="My own status", gives=ref("Agent")),
        api(
            "POST", "/api/v1/agents/me/intent", views.intent, allow=SIGNED_IN, summary="Become available, go on a break, go offline",
            takes=ORDERS["set_intent"].fields, gives=ref("Agent"),
        ),
        api("GET", "/api/v1/queues", views.queues, allow=SIGNED_IN, summary="Queues as they are now", gives=listing(ref("Queue"))),
    ]  # fmt: skip
