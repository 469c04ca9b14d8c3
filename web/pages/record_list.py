"""The list of every entity: searched, filtered, sorted, in pages by key, with columns of one's own and saved views."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from attrs import evolve, field, frozen
from markupsafe import Markup, escape
from orjson import dumps

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import translate
from crm.access import Viewer
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.fields.choices import Choice
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.patterns import Patterns
from crm.query import COUNTED
from crm.records import Listing, Records
from crm.views import KINDS, View, Views
from web.permissions import WITH_ACCOUNT
from web.records.asked import PER_PAGE, QUICK, Asked, asked, offered, quick, without_where
from web.records.drawn import rows_of
from web.records.filtering import builder
from web.records.looks import above
from web.records.places import Place, generic
from web.records.viewing import OF_LOOK, address as address_of, kept_as, viewing
from web.request import Request
from web.response import Answer, json, page, redirect
from web.routes import Route, get, post

GONE = "gone"
"""Part of an address: the name of the view that was just removed; gone_shared, gone_look and gone_pinned are what else it takes to have it back."""

Narrowing = tuple[Field, str, list[tuple[str, str]]]
"""A quick filter: its field, what is chosen, and the codes and words to choose from."""


@frozen
class RecordLists:
    """The list of one entity."""

    place: Place
    views: Views
    _built: dict[tuple[str, str], tuple[tuple[Any, ...], Markup]] = field(factory=dict)

    async def show(self, request: Request) -> Answer:
        """What the address asks for; a saved view when it asks for nothing."""
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        viewer.demand(entity.name, "view")
        seen = await viewing(self.views, entity, viewer, request)
        view = seen.view
        if view and view.kind != "list" and not request.query:
            return redirect(address_of(entity, view))
        wanted = asked(entity, seen.given, viewer)
        wanted = evolve(wanted, view=view.id if view else 0, parts={**wanted.parts, **({"view": str(view.id)} if view else {})})
        try:
            listing = await self._read(wanted, viewer, language)
        except Refusal as problem:
            wanted = without_where(wanted, problem)
            listing = await self._read(wanted, viewer, language)
        showing = evolve(await self.place.showing(request), titles=listing.names)
        return page("record_list.html", **kept_as(seen, viewer), **await self._values(request, wanted, listing, showing))

    async def _read(self, wanted: Asked, viewer: Viewer, language: str) -> Listing:
        entity = wanted.entity
        only = {one.name for one in wanted.columns} | {"icon", "colour", entity.variant_field, *entity.coloured_by}
        targets = [self.place.catalogue.entities.get(one.kind.refers_to()) for one in quick(entity, viewer, wanted.kind)]
        linked = [one for one in targets if one and viewer.may(one.name, "view")]
        return await self.place.records.listing(wanted.query(), viewer, language, only, linked)

    async def _values(
        self,
        request: Request,
        wanted: Asked,
        listing: Listing,
        showing: Showing,
    ) -> dict[str, Any]:
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        head = await above(self.place, request, wanted, "list")
        there = {one.name for one in wanted.columns}
        behind = urlencode(wanted.parts)
        draw = rows_of(entity, wanted.columns, showing, head["targets"], f"?list={quote(behind)}")
        return {
            **head,
            "gone": _gone(request),
            "rows": Markup("\n").join(Markup(draw(one)) for one in listing.rows),  # noqa: S704  drawn.py escapes
            "shown": len(listing.rows),
            "total": listing.total,
            "most": COUNTED,
            "pages": listing.neighbours,
            "offered": [one for one in offered(entity, viewer, wanted.kind) if one.name not in there],
            "builder": self._builder(viewer, language),
            "per_page": PER_PAGE,
            "list": behind,
            "narrowing": self._narrowing(wanted, viewer, language, listing),
        }

    def _builder(self, viewer: Viewer, language: str) -> Markup:
        """What the filter builder knows, as it stands in the page; kept until fields, lists, access or users change, since it is long."""
        entities, users = self.place.catalogue.entities, self.place.users(language)
        made, kept = (entities, viewer.pattern, users), self._built.get((viewer.pattern.code, language))
        if kept is None or kept[0][0] is not entities or kept[0][1:] != made[1:]:
            lines = builder(self.place.entity, entities, viewer, users, language)
            kept = self._built[viewer.pattern.code, language] = (made, escape(dumps(lines).decode()))
        return kept[1]

    def _narrowing(self, wanted: Asked, viewer: Viewer, language: str, listing: Listing) -> list[Narrowing]:
        """The quick filters: each field with what is chosen and what there is to choose; none for links to too many records."""
        found = []
        for one in quick(wanted.entity, viewer, wanted.kind):
            if isinstance(one.kind, Choice):
                chosen = wanted.parts.get(f"{QUICK}{one.name}", "")
                options = [(option.code, option.word(language)) for option in one.kind.choices if option.active or option.code == chosen]
            else:
                options = [(str(number), title) for number, title in listing.choices.get(one.kind.refers_to(), ())]
            if options:
                found.append((one, wanted.parts.get(f"{QUICK}{one.name}", ""), options))
        return found

    # ── Views ────────────────────────────────────────────────────────────────────────────────────────────────

    async def keep(self, request: Request) -> Answer:
        """Save what is asked for as a view, new or over one's own."""
        entity, viewer, form = self.place.entity, self.place.viewer(request), request.form()
        wanted = asked(entity, request.query, viewer)
        shared = {"all": "*", "pattern": viewer.pattern.code}.get(form.get("shared", ""), "")
        number = int(form["view"]) if form.get("view", "").isdigit() and form.get("over") == "1" else 0
        kind = form.get("look", "") if form.get("look", "") in KINDS else "list"
        parts = {**wanted.parts, **{name: form[name] for name in OF_LOOK if form.get(name)}}
        kept = await self.views.save(
            entity.name, form.get("name", ""), parts, viewer, shared=shared, kind=kind, pinned=form.get("pinned") == "1", view_id=number
        )
        if form.get("first") == "1":
            await self.views.begin_with(entity.name, kept, viewer)
        return redirect(address_of(entity, View(id=kept, entity=entity.name, name="", owner="", kind=kind)), htmx=request.htmx)

    async def forget(self, request: Request, view: int) -> Answer:
        """Remove one's own view; what it showed stays to be seen, and the address knows what it takes to have it back."""
        gone = await self.views.remove(view, self.place.viewer(request))
        whose = {"": "", "*": "all"}.get(gone.shared, "pattern")
        said = {
            **gone.asked,
            "view": 0,
            GONE: gone.name,
            f"{GONE}_shared": whose,
            f"{GONE}_look": gone.kind,
            f"{GONE}_pinned": int(gone.pinned),
        }
        return redirect(f"{self.place.entity.address}?{urlencode(said)}", htmx=request.htmx)

    async def ids(self, request: Request) -> Answer:
        """The ids of everything that the address asks for, for what is done with all of it (at most ten thousand)."""
        viewer = self.place.viewer(request)
        wanted = asked(self.place.entity, request.query, viewer)
        return json({"ids": await self.place.records.ids(wanted.query(), viewer, COUNTED, request.language)})


def _gone(request: Request) -> dict[str, str]:
    """The view that was just removed, as the form that saves views takes it; nothing when none was."""
    if not (name := request.query.get(GONE, "")[:60]):
        return {}
    said = {one: request.query.get(f"{GONE}_{one}", "")[:20] for one in ("shared", "look", "pinned")}
    return {"name": name, **said, **{one: request.query[one][:100] for one in OF_LOOK if one in request.query}}


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, database: Database, clock: Clock
) -> list[Route]:
    """Lists of every entity."""
    found: list[Route] = []
    views = Views(database, clock)
    for entity in catalogue.entities.values():
        pages = RecordLists(Place(entity.name, catalogue, records, patterns, accounts, timezone), views)
        title = translate("en", entity.title_plural)
        if generic([entity], "list"):
            found.append(get(entity.address, pages.show, allow=WITH_ACCOUNT, summary=f"{title}: the list"))
        found += [
            get(f"{entity.address}/ids", pages.ids, allow=WITH_ACCOUNT, summary=f"{title}: ids of a list"),
            post(f"{entity.address}/views", pages.keep, allow=WITH_ACCOUNT, summary=f"{title}: save a view"),
            post(f"{entity.address}/views/<int:view>/remove", pages.forget, allow=WITH_ACCOUNT, summary=f"{title}: remove a view"),
        ]
    return found
