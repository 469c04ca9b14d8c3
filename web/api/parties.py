"""Customers: what the addresses of every entity (web/api/records.py) do not say. The timeline."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen

from config.database import Database
from crm.patterns import Patterns
from crm.records import Records
from crm.timeline_page import TimelinePages
from recordings.records import of_calls
from switchboard.moments import iso
from web.api_words import TEXT, record, ref
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import text, whole


@frozen
class PartiesApi:
    """Everything under /api/v1/parties/<id> that is not a field."""

    records: Records
    patterns: Patterns
    timeline_pages: TimelinePages
    database: Database

    async def timeline(self, request: Request, party: int) -> Answer:
        """The customer's communications, newest first; `more` is the cursor of the next page."""
        viewer = self.patterns.viewer(request.user.username)
        await self.records.get(self.records.catalogue["party"], party, viewer)
        found = await self.timeline_pages.of_party(party, after=request.asked["after"], most=request.asked["per"], viewer=viewer)
        calls = [one["call"] for one in found.items if one["call"]]
        kept = await self.database.read(partial(of_calls, calls=calls)) if calls else {}
        return json({"items": [_communication(one, kept.get(one["call"])) for one in found.items], "more": found.more})


def _communication(one: dict[str, Any], kept: Any) -> dict[str, Any]:
    promised = one["follow_up"]
    follow_up = {"id": promised["id"], "due_at": iso(promised["due_at"]), "done": promised["done_at"] is not None} if promised else None
    sound = {"id": kept.id, "seconds": kept.seconds, "url": f"/recordings/{kept.id}/audio"} if kept else None
    return {**one, "at": iso(one["at"]), "follow_up": follow_up, "recording": sound}


def routes(records: Records, patterns: Patterns, timeline_pages: TimelinePages, database: Database) -> list[Route]:
    """Customers."""
    views = PartiesApi(records, patterns, timeline_pages, database)
    page_of = record({"items": {"type": "array", "items": ref("Communication")}, "more": TEXT})
    older = {"after": text(60, need=False), "per": whole(1, 100, need=False, default=20)}
    return [
        api("GET", "/api/v1/parties/<int:party>/timeline", views.timeline, allow=WITH_ACCOUNT, summary="Communications", asks=older, gives=page_of),
    ]  # fmt: skip
