"""Duplicates of every entity: noticed while a form is filled, searched in the background, compared side by side, merged, and made two again."""

from __future__ import annotations

from attrs import frozen

from config.errors import Refusal
from config.translations import translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.duplicates.rules import rules_of
from crm.patterns import Patterns
from crm.records import Records
from web.errors import NothingHere
from web.permissions import WITH_ACCOUNT
from web.records.alike import choices, chosen_of, groups_of, named, numbers_in, similar_json, unions, versions_of
from web.records.form_reading import sent
from web.records.places import Place
from web.request import Request
from web.response import Answer, json, page, redirect
from web.routes import Route, get, post

FORM_BODY = 1024 * 1024


@frozen
class DuplicatePages:
    """The pages of one entity."""

    place: Place
    duplicates: Duplicates
    search: DuplicateSearch

    async def similar(self, request: Request) -> Answer:
        """Which records a form that is being filled may mean: {"items": […]}. The form is sent as it would be saved; ?record= is itself."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "create" if not request.query.get("record") else "edit")
        form = sent(entity.fields, request.body())
        number = request.whole("record", 0, low=0, high=2**53)
        found = await self.duplicates.similar(entity, form.raw, viewer, number, request.language)
        names = dict(self.place.users(request.language))
        items = [
            {**one, "expert": names.get(one["expert"], one["expert"])} for one in similar_json(entity, found, viewer, request.language)
        ]
        return json({"items": items})

    async def show(self, request: Request) -> Answer:
        """The last search and its groups."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "edit")
        runs = await self.duplicates.runs(entity)
        run = runs[0] if runs else None
        after = request.whole("after", 0, low=0, high=2**53)
        groups, last = (
            await groups_of(self.duplicates, self.place.records, entity, run["id"], after, viewer, request.language) if run else ([], 0)
        )
        return page(
            "duplicates.html",
            entity=entity,
            run=run,
            groups=groups,
            more=last,
            after=after,
            rules=[rule.word(request.language) for rule in rules_of(entity)],
            may_merge=viewer.may(entity.name, "delete"),
            users=dict(self.place.users(request.language)),
        )

    async def start(self, request: Request) -> Answer:
        """Begin a search; the one that is running goes on."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "edit")
        await self.search.start(entity.name, viewer.username)
        return redirect(f"{entity.address}/duplicates", htmx=request.htmx)

    async def cancel(self, request: Request) -> Answer:
        """Stop it after the rule that is being searched."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "edit")
        if (runs := await self.duplicates.runs(entity)) and runs[0]["state"] == "running":
            self.search.cancel(runs[0]["id"])
        return redirect(f"{entity.address}/duplicates", htmx=request.htmx)

    async def apart(self, request: Request) -> Answer:
        """These are not the same; they are not shown again."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await named(self.place.records, entity, numbers_in(request.form().get("ids", "")), viewer)
        if len(known) < 2:
            raise NothingHere
        await self.duplicates.not_the_same(entity, list(known), viewer)
        return redirect(f"{entity.address}/duplicates", htmx=request.htmx)

    async def compare(self, request: Request) -> Answer:
        """Records side by side (?ids=3,5&master=5)."""
        return await self._side_by_side(request, numbers_in(request.query.get("ids", "")), request.whole("master", 0, low=0, high=2**53))

    async def _side_by_side(self, request: Request, numbers: list[int], master: int, refusal: Refusal | None = None) -> Answer:
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "edit")
        viewer.demand(entity.name, "delete")
        known = await named(self.place.records, entity, numbers, viewer)
        found = sorted((known[number] for number in numbers if number in known), key=lambda one: one.id != master)
        if len(found) < 2:
            raise NothingHere
        showing = await self.place.showing(request, [one.values for one in found])
        return page(
            "merge.html",
            status=refusal.status if refusal else 200,
            entity=entity,
            found=found,
            ids=",".join(str(one.id) for one in found),
            choices=choices(entity, found, showing),
            unions=unions(entity, found, request.language),
            refusal=refusal,
        )

    async def merge(self, request: Request) -> Answer:
        """Make them one."""
        entity, viewer, form = self.place.entity, self.place.viewer(request), request.form()
        numbers, master = numbers_in(form.get("ids", "")), numbers_in(form.get("master", ""))
        if len(numbers) < 2 or not master or master[0] not in numbers:
            raise NothingHere
        others = [number for number in numbers if number != master[0]]
        try:
            await self.duplicates.merge(entity, master[0], others, chosen_of(form), viewer, versions=versions_of(form))
        except Refusal as refusal:
            return await self._side_by_side(request, numbers, master[0], refusal)
        return redirect(f"{entity.address}/{master[0]}?merged={others[0]}", htmx=request.htmx)

    async def unmerge(self, request: Request, record: int) -> Answer:
        """Make two of one again."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        await self.place.records.get(entity, record, viewer, "edit")
        (number,) = numbers_in(request.form().get("merge", ""))[:1] or [0]
        if number not in {one["id"] for one in await self.duplicates.merges_of(entity, record)}:
            raise NothingHere
        _master, other = await self.duplicates.undo(entity, number, viewer)
        return redirect(f"{entity.address}/{other}", htmx=request.htmx)


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, duplicates: Duplicates, duplicate_search: DuplicateSearch
) -> list[Route]:  # fmt: skip
    """Duplicates of every entity."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        pages = DuplicatePages(Place(entity.name, catalogue, records, patterns, accounts, timezone), duplicates, duplicate_search)
        title, base = translate("en", entity.title_plural), entity.address
        found += [
            post(f"/records/{entity.name}/similar", pages.similar, allow=WITH_ACCOUNT, summary=f"{title}: which ones a form may mean", body_limit=FORM_BODY),
            get(f"{base}/duplicates", pages.show, allow=WITH_ACCOUNT, summary=f"{title}: duplicates"),
            post(f"{base}/duplicates/start", pages.start, allow=WITH_ACCOUNT, summary=f"{title}: search for duplicates"),
            post(f"{base}/duplicates/cancel", pages.cancel, allow=WITH_ACCOUNT, summary=f"{title}: stop the search for duplicates"),
            post(f"{base}/duplicates/apart", pages.apart, allow=WITH_ACCOUNT, summary=f"{title}: these are not the same"),
            get(f"{base}/merge", pages.compare, allow=WITH_ACCOUNT, summary=f"{title}: side by side"),
            post(f"{base}/merge", pages.merge, allow=WITH_ACCOUNT, summary=f"{title}: make them one"),
            post(f"{base}/<int:record>/unmerge", pages.unmerge, allow=WITH_ACCOUNT, summary=f"{title}: make two of one again"),
        ]  # fmt: skip
    return found
