"""Follow-ups, for programs: one's own open ones, and ticking one off."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from crm.patterns import Patterns
from crm.records import Records
from crm.timeline_page import FollowUps
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, WHOLE, YES_NO, listing, maybe, record, ref
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.ticking import tick

FOLLOW_UP = record({"id": WHOLE, "title": TEXT, "due_at": MOMENT, "user": TEXT, "number": TEXT, "party": maybe(ref("Named"))})


@frozen
class FollowUpsApi:
    """Everything under /api/v1/follow-ups."""

    follow_ups: FollowUps
    records: Records
    patterns: Patterns

    async def mine(self, request: Request) -> Answer:
        """What the user promised and has not done yet, the most urgent first."""
        items = [
            _value(one) for one in await self.follow_ups.of_user(request.user.username, viewer=self.patterns.viewer(request.user.username))
        ]
        return json({"items": items, "total": len(items)})

    async def done(self, request: Request, follow_up: int) -> Answer:
        """Tick it off; harmless when it is done."""
        return await self._tick(request, follow_up, undo=False)

    async def open(self, request: Request, follow_up: int) -> Answer:
        """Not done yet after all."""
        return await self._tick(request, follow_up, undo=True)

    async def _tick(self, request: Request, follow_up: int, *, undo: bool) -> Answer:
        await tick(self.follow_ups, self.records, follow_up, self.patterns.viewer(request.user.username), undo=undo)
        return json({"id": follow_up, "done": not undo})


def _value(one: dict[str, Any]) -> dict[str, Any]:
    return {**one, "due_at": iso(one["due_at"])}


def routes(follow_ups: FollowUps, records: Records, patterns: Patterns) -> list[Route]:
    """Follow-ups."""
    views = FollowUpsApi(follow_ups, records, patterns)
    one, ticked = "/api/v1/follow-ups/<int:follow_up>/done", record({"id": WHOLE, "done": YES_NO})
    return [
        api("GET", "/api/v1/follow-ups", views.mine, allow=SIGNED_IN, summary="One's own open follow-ups", gives=listing(FOLLOW_UP)),
        api("POST", one, views.done, allow=SIGNED_IN, summary="Tick a follow-up off", gives=ticked),
        api("DELETE", one, views.open, allow=SIGNED_IN, summary="Take back that a follow-up is done", gives=ticked),
    ]
