"""The page of a record of any entity: its values, what may be done with it, what points to it, the bin, and the way to its neighbours."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.access import Viewer
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.duplicates.duplicates import Duplicates
from crm.entity import Entity
from crm.folding import fold
from crm.patterns import Patterns
from crm.query import Query
from crm.record import Record
from crm.records import Records
from web.permissions import WITH_ACCOUNT
from web.records.lists import address, list_of, neighbours
from web.records.places import Place, generic, origin
from web.records.shown import Pointing, names, pointing, shelves
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

ACTS = ("edit", "delete", "purge", "deactivate", "star", "create", "print", "send")
SHOWN_POINTING = 5
MOST_WAYS = 40
"""Ways in which records may point to this one that are looked at."""


class NotTyped(Refusal):
    """What is deleted for ever is named first."""

    code = "not_confirmed"
    status = 422
    sentence = _("Type the name of the record exactly as it stands above; then it is deleted for ever.")


def _plain(name: str) -> str:
    """A name as it is compared when somebody types it to confirm: not every keyboard has the joiner of «پری‌ناز»."""
    return fold(name).replace(" ", "")


@frozen
class RecordPages:
    """The pages of the records of one entity."""

    place: Place
    duplicates: Duplicates

    async def show(self, request: Request, record: int) -> Answer:
        """Everything of a record that the user may see; a merged one leads to what it went into."""
        if master := await self.duplicates.led_to(self.place.entity, record):
            return redirect(f"{self.place.entity.address}/{master}", htmx=request.htmx)
        return await self._page(request, record)

    async def _page(self, request: Request, record: int, *, refusal: Refusal | None = None) -> Answer:
        typed = request.form().get("name", "")[:300] if refusal else ""
        return page(
            "record.html", status=refusal.status if refusal else 200, **await self.about(request, record), refusal=refusal, typed_name=typed
        )

    async def about(self, request: Request, record: int, told: Collection[str] = ()) -> dict[str, Any]:
        """What the page shows, also when it is a part of a page of the entity's own. `told`: entities whose records that page tells in its own way."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.place.records.get(entity, record, viewer)
        showing = await self.place.showing(request, [known.values])
        kept = list_of(request)
        expert, experts = entity.field("expert"), entity.field("experts")
        people = [name for one in (expert, experts) if one for name in names(known.values.get(one.name), one, showing)]
        return {
            "entity": entity,
            "known": known,
            "variant": entity.variant(known.values),
            "colour": entity.colour_of(known.values),
            "shelves": shelves(entity, known.values, showing, viewer.pattern.field_level),
            "people": list(dict.fromkeys(people)),
            "users": dict(self.place.users(request.language)),
            "may": {act: viewer.may_with(entity.name, act, known.values) for act in ACTS},
            "targets": self.place.targets(viewer, request.language),
            "related": [] if known.deleted else await self._related(entity, known, viewer, request.language, told),
            "beside": await neighbours(self.place.records, entity, record, viewer, kept, request.language),
            "saved": request.query.get("saved", ""),
            "kept": kept,
            "address": address,
            "merges": await self.duplicates.merges_of(entity, record),
            "known_id": record,
        }

    async def star(self, request: Request, record: int) -> Answer:
        """Star it for oneself, or not any more."""
        viewer = self.place.viewer(request)
        await self.place.records.star(self.place.entity, record, viewer, on=request.form().get("on") == "1")
        return self._back(request, record)

    async def switch(self, request: Request, record: int) -> Answer:
        """Activate or deactivate it."""
        viewer = self.place.viewer(request)
        on = "1" if request.form().get("on") == "1" else "0"
        await self.place.records.change(self.place.entity, record, {"active": on}, viewer, origin=origin(request))
        return self._back(request, record)

    async def delete(self, request: Request, record: int) -> Answer:
        """Into the bin; the page says so and offers to take it back."""
        await self.place.records.delete(self.place.entity, record, self.place.viewer(request), origin=origin(request))
        return self._back(request, record)

    async def restore(self, request: Request, record: int) -> Answer:
        """Out of the bin."""
        await self.place.records.restore(self.place.entity, record, self.place.viewer(request), origin=origin(request))
        return self._back(request, record)

    async def purge(self, request: Request, record: int) -> Answer:
        """For ever, once its name was typed."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.place.records.get(entity, record, viewer, "purge")
        if _plain(request.form().get("name", "")) != _plain(known.title):
            return await self._page(request, record, refusal=NotTyped())
        await self.place.records.purge(entity, record, viewer, origin=origin(request))
        return redirect(f"{entity.address}?deleted=only", htmx=request.htmx)

    def _back(self, request: Request, record: int) -> Answer:
        return redirect(address(f"{self.place.entity.address}/{record}", list_of(request)), htmx=request.htmx)

    async def _related(
        self, entity: Entity, known: Record, viewer: Viewer, language: str, told: Collection[str]
    ) -> list[tuple[Pointing, list[Record], int]]:  # fmt: skip
        """The records that point to this one, by the field that does: the first few, and how many."""
        seen = (one for one in self.place.catalogue.entities.values() if one.name not in told and viewer.may(one.name, "view"))
        ways = pointing(seen, entity.name, known.id, viewer.pattern.field_level)[:MOST_WAYS]

        async def found(way: Pointing) -> tuple[Pointing, list[Record], int]:
            query = Query(entity=way.entity, where=way.test, limit=SHOWN_POINTING)
            first, more = await self.place.records.page(query, viewer, language)
            return way, first, await self.place.records.count(query, viewer, language) if more.next else len(first)

        return [one for one in await asyncio.gather(*(found(way) for way in ways)) if one[1]]


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, duplicates: Duplicates
) -> list[Route]:  # fmt: skip
    """Record pages of every entity."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        pages = RecordPages(Place(entity.name, catalogue, records, patterns, accounts, timezone), duplicates)
        base, title = f"{entity.address}/<int:record>", translate("en", entity.title)
        if generic([entity], "show"):
            found.append(get(base, pages.show, allow=WITH_ACCOUNT, summary=f"{title}: its page"))
        for name, view, summary in (
            ("star", pages.star, "star it, or take the star away"),
            ("active", pages.switch, "activate or deactivate it"),
            ("delete", pages.delete, "put it into the bin"),
            ("restore", pages.restore, "take it out of the bin"),
            ("purge", pages.purge, "delete it for ever"),
        ):
            if generic([entity], name):
                found.append(post(f"{base}/{name}", view, allow=WITH_ACCOUNT, summary=f"{title}: {summary}"))
    return found
