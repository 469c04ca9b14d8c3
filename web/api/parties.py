"""Customers: search, one record, a new one, the timeline."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen

from config.database import Database
from crm.directory import MOST_PER_PAGE, Directory
from crm.draft import Draft, PhoneDraft
from crm.parties import NoSuchParty, Parties
from crm.timeline_page import TimelinePages
from recordings.records import of_calls
from switchboard.moments import iso, iso_or_none
from web.api_words import TEXT, WHOLE, listing, record, ref
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import choice, text, whole

LIST = {
    "q": text(200, need=False),
    "kind": choice("person", "company", "project", need=False, default=""),
    "page": whole(1, 1_000_000, need=False, default=1),
    "per": whole(1, MOST_PER_PAGE, need=False, default=50),
}
NEW = {
    "kind": choice("person", "company", need=False, default="person"),
    "name": text(200, need=False),
    "first_name": text(120, need=False),
    "last_name": text(120, need=False),
    "company": text(200, need=False),
    "number": text(60, need=False),
    "email": text(200, need=False),
    "note": text(20_000, need=False),
}
SHOWN = (
    "id", "kind", "code", "name", "prefix", "first_name", "last_name", "status", "vip", "priority", "expert", "email", "website", "province",
    "city", "address", "postal_code", "note", "roles", "version",
)  # fmt: skip


@frozen
class PartiesApi:
    """Everything under /api/v1/parties."""

    directory: Directory
    parties: Parties
    timeline_pages: TimelinePages
    database: Database

    async def list(self, request: Request) -> Answer:
        """Persons and companies, those that match first."""
        values = request.asked
        found = await self.directory.listing(q=values["q"], kind=values["kind"] or "", page=values["page"], per=values["per"])
        return json({"items": found.items, "total": found.total})

    async def show(self, request: Request, party: int) -> Answer:
        """One record with its numbers and relations."""
        return json(self._value(await self._known(party)))

    async def create(self, request: Request) -> Answer:
        """A new person or company."""
        values = request.given
        draft = Draft(
            kind=values["kind"],
            name=values["name"] or (values["company"] if values["kind"] == "company" else ""),
            first_name=values["first_name"],
            last_name=values["last_name"],
            employer_name=values["company"] if values["kind"] == "person" else "",
            email=values["email"],
            note=values["note"],
            phones=(PhoneDraft(text=values["number"]),) if values["number"] else (),
        )
        number = await self.parties.create(draft, request.user.username)
        return json({"id": number}, status=201, headers=(("Location", f"/api/v1/parties/{number}"),))

    async def timeline(self, request: Request, party: int) -> Answer:
        """The customer's communications, newest first; `more` is the cursor of the next page."""
        await self._known(party)
        found = await self.timeline_pages.of_party(party, after=request.asked["after"], most=request.asked["per"])
        calls = [one["call"] for one in found.items if one["call"]]
        kept = await self.database.read(partial(of_calls, calls=calls)) if calls else {}
        return json({"items": [_communication(one, kept.get(one["call"])) for one in found.items], "more": found.more})

    async def _known(self, party: int) -> dict[str, Any]:
        known = await self.directory.get(party)
        if known is None or known["deleted_at"] is not None:
            raise NoSuchParty(party=party)
        return known

    @staticmethod
    def _value(known: dict[str, Any]) -> dict[str, Any]:
        group = known["group"]
        return {
            **{name: known[name] for name in SHOWN if name in known},
            "group": {"name": group["name"], "name_en": group["name_en"] or group["name"], "color": group["colour"]} if group else None,
            "numbers": [{name: one[name] for name in ("number", "label", "kind", "extension")} for one in known["phones"]],
            "works_at": [_tie(one) for one in known["works_at"]],
            "people": [_tie(one) for one in known["people"]],
            "created_at": iso(known["created_at"]),
            "updated_at": iso(known["updated_at"]),
            "url": f"/parties/{known['id']}",
        }


def _tie(one: dict[str, Any]) -> dict[str, Any]:
    return {"id": one["id"], "name": one["name"], "title": one["title"], "until": iso_or_none(one["until"] or 0.0)}


def _communication(one: dict[str, Any], kept: Any) -> dict[str, Any]:
    promised = one["follow_up"]
    follow_up = {"id": promised["id"], "due_at": iso(promised["due_at"]), "done": promised["done_at"] is not None} if promised else None
    sound = {"id": kept.id, "seconds": kept.seconds, "url": f"/recordings/{kept.id}/audio"} if kept else None
    return {**one, "at": iso(one["at"]), "follow_up": follow_up, "recording": sound}


def routes(directory: Directory, parties: Parties, timeline_pages: TimelinePages, database: Database) -> list[Route]:
    """Customers."""
    views = PartiesApi(directory, parties, timeline_pages, database)
    page_of = record({"items": {"type": "array", "items": ref("Communication")}, "more": TEXT})
    older = {"after": text(60, need=False), "per": whole(1, 100, need=False, default=20)}
    return [
        api("GET", "/api/v1/parties", views.list, allow=SIGNED_IN, summary="Search persons and companies", asks=LIST, gives=listing(ref("Party"))),
        api(
            "POST", "/api/v1/parties", views.create, allow=SIGNED_IN, summary="Create a person or company", takes=NEW, gives=record({"id": WHOLE}),
            gives_status=201,
        ),
        api("GET", "/api/v1/parties/<int:party>", views.show, allow=SIGNED_IN, summary="One person or company", gives=ref("Party")),
        api("GET", "/api/v1/parties/<int:party>/timeline", views.timeline, allow=SIGNED_IN, summary="Communications", asks=older, gives=page_of),
    ]  # fmt: skip
