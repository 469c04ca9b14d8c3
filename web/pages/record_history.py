"""The history of a record, and old values put back."""

from __future__ import annotations

from attrs import frozen

from config.translations import translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.patterns import Patterns
from crm.records import HISTORY_PAGE, Records
from web.permissions import WITH_ACCOUNT
from web.records.changes import both_sides, changes
from web.records.places import Place, generic, origin
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post


@frozen
class HistoryPages:
    """The histories of the records of one entity."""

    place: Place

    async def show(self, request: Request, record: int) -> Answer:
        """Its changes, newest first; ?before= goes on."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.place.records.get(entity, record, viewer)
        rows = await self.place.records.history(entity, record, viewer, request.whole("before", 0, low=0, high=2**53))
        showing = await self.place.showing(request, both_sides(rows))
        may_edit = not known.deleted and viewer.may_with(entity.name, "edit", known.values)
        return page(
            "record_history.html",
            entity=entity,
            known=known,
            changes=changes(entity, rows, showing, may_edit=may_edit, level=viewer.pattern.field_level),
            users=dict(self.place.users(request.language)),
            older=rows[-1]["id"] if len(rows) == HISTORY_PAGE else 0,
        )

    async def put_back(self, request: Request, record: int, change: int) -> Answer:
        """Give one field (or, without a name, all of that change) the value from before it."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        name = request.form().get("field", "")
        await self.place.records.put_back(entity, record, change, [name] if name else [], viewer, origin=origin(request))
        return redirect(f"{entity.address}/{record}?saved=1", htmx=request.htmx)


def routes(catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str) -> list[Route]:
    """Histories of every entity."""
    found: list[Route] = []
    for entity in generic(catalogue.entities.values(), "history"):
        pages = HistoryPages(Place(entity.name, catalogue, records, patterns, accounts, timezone))
        base, title = f"{entity.address}/<int:record>/history", translate("en", entity.title)
        found += [
            get(base, pages.show, allow=WITH_ACCOUNT, summary=f"{title}: its history"),
            post(f"{base}/<int:change>/restore", pages.put_back, allow=WITH_ACCOUNT, summary=f"{title}: put old values back"),
        ]
    return found
