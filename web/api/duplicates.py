"""Duplicates of every entity, for programs: what a record may be already, searches, merging and undoing it."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from config.translations import _
from crm.access import Viewer
from crm.catalogue import Catalogue
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.entity import Entity
from crm.patterns import Patterns
from crm.records import Records
from switchboard.moments import iso, iso_or_none
from web.api_words import MOMENT, TEXT, WHOLE, YES_NO, listing, maybe, record
from web.errors import FieldRefused, NothingHere
from web.permissions import WITH_ACCOUNT
from web.records.alike import groups_of, similar_json
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import whole

MOST_OTHERS = 20
VALUES = {
    "type": "object",
    "properties": {"values": {"type": "object"}, "id": WHOLE},
    "required": ["values"],
    "additionalProperties": False,
}
MERGE = {
    "type": "object", "required": ["others"], "additionalProperties": False,
    "properties": {
        "others": {"type": "array", "items": WHOLE, "minItems": 1, "maxItems": MOST_OTHERS},
        "chosen": {"type": "object", "additionalProperties": {"anyOf": [WHOLE, {"type": "string", "enum": ["master", "other"]}]}},
        "versions": {"type": "object", "additionalProperties": WHOLE},
    },
}  # fmt: skip
SIMILAR = record({"id": maybe(WHOLE), "title": TEXT, "url": TEXT, "expert": TEXT, "reasons": {"type": "array", "items": TEXT}})
RUN = record(
    {"id": WHOLE, "state": TEXT, "by": TEXT, "started_at": MOMENT, "ended_at": maybe(MOMENT), "done": WHOLE, "steps": WHOLE, "found": WHOLE}
)
GROUP = record({"id": WHOLE, "reason": TEXT, "value": TEXT, "records": {"type": "array", "items": record({"id": WHOLE, "title": TEXT})}})
MERGED = record({"id": WHOLE, "other": WHOLE, "at": MOMENT, "by": TEXT, "undone_at": maybe(MOMENT), "undoable": YES_NO})


@frozen
class DuplicatesApi:
    """The addresses of one entity."""

    name: str
    catalogue: Catalogue
    records: Records
    patterns: Patterns
    duplicates: Duplicates
    search: DuplicateSearch

    @property
    def entity(self) -> Entity:
        """The entity as it is now."""
        return self.catalogue[self.name]

    async def similar(self, request: Request) -> Answer:
        """Which records these values may mean already."""
        viewer, given = self._viewer(request), request.given
        viewer.demand(self.name, "create")
        values, number = given.get("values"), given.get("id", 0)
        if not isinstance(values, dict):
            raise FieldRefused("values", _("a JSON object"))
        found = await self.duplicates.similar(self.entity, values, viewer, _number("id", number, low=0), request.language)
        items = similar_json(self.entity, found, viewer, request.language)
        return json({"items": items, "total": len(items)})

    async def start(self, request: Request) -> Answer:
        """Begin a search; a running one is given back."""
        viewer = self._viewer(request)
        viewer.demand(self.name, "edit")
        number = await self.search.start(self.name, viewer.username)
        return json(_run(await self.duplicates.standing(number) or {}), status=202)

    async def runs(self, request: Request) -> Answer:
        """The last searches."""
        self._viewer(request).demand(self.name, "edit")
        items = [_run(one) for one in await self.duplicates.runs(self.entity)]
        return json({"items": items, "total": len(items)})

    async def groups(self, request: Request, run: int) -> Answer:
        """What a search found and nobody settled; follow `next` for more."""
        viewer = self._viewer(request)
        viewer.demand(self.name, "edit")
        await self._known(run)
        found, last = await groups_of(self.duplicates, self.records, self.entity, run, request.asked["after"], viewer, request.language)
        items = [
            {"id": one.id, "reason": one.reason, "value": one.value, "records": [{"id": each.id, "title": each.title} for each in one.records]}
            for one in found
        ]  # fmt: skip
        return json({"items": items, "total": len(items), "next": last})

    async def cancel(self, request: Request, run: int) -> Answer:
        """Stop a search after the rule that is being searched."""
        self._viewer(request).demand(self.name, "edit")
        await self._known(run)
        self.search.cancel(run)
        return json({"ok": True})

    async def merge(self, request: Request, number: int) -> Answer:
        """Merge others into this one, all or none."""
        viewer, given = self._viewer(request), request.given
        raw = given.get("others")
        if not isinstance(raw, list) or not 0 < len(raw) <= MOST_OTHERS:
            raise FieldRefused("others", _("a list of 1 to {most} numbers of records"), most=MOST_OTHERS)
        others = list(dict.fromkeys(_number("others", one) for one in raw))
        chosen, versions = given.get("chosen") or {}, given.get("versions") or {}
        if not isinstance(chosen, dict) or not isinstance(versions, dict):
            raise FieldRefused("chosen", _("a JSON object"))
        seen = {
            _number("versions", int(one) if one.isdecimal() and len(one) < 16 else 0): _number("versions", version)
            for one, version in versions.items()
        }
        whose = {str(name): str(value) for name, value in chosen.items()}
        merges = await self.duplicates.merge(self.entity, number, others, whose, viewer, versions=seen)
        return json({"id": number, "merges": merges})

    async def merges(self, request: Request, number: int) -> Answer:
        """What went into this record."""
        await self.records.get(self.entity, number, self._viewer(request))
        items = [
            {"id": one["id"], "other": one["other_id"], "at": iso(one["at"]), "by": one["by"], "undone_at": iso_or_none(one["undone_at"]), "undoable": one["undoable"]}
            for one in await self.duplicates.merges_of(self.entity, number)
        ]  # fmt: skip
        return json({"items": items, "total": len(items)})

    async def undo(self, request: Request, number: int) -> Answer:
        """Make two of one again."""
        viewer, wanted = self._viewer(request), request.given["merge"]
        await self.records.get(self.entity, number, viewer, "edit")
        if wanted not in {one["id"] for one in await self.duplicates.merges_of(self.entity, number)}:
            raise NothingHere
        master, other = await self.duplicates.undo(self.entity, wanted, viewer)
        return json({"id": master, "other": other})

    async def _known(self, run: int) -> None:
        found = await self.duplicates.standing(run)
        if found is None or found["entity"] != self.name:
            raise NothingHere

    def _viewer(self, request: Request) -> Viewer:
        return self.patterns.viewer(request.user.username)


def _number(field: str, value: Any, low: int = 1) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value < 2**62:
        raise FieldRefused(field, _("the number of a record"))
    return value


def _run(row: dict[str, Any]) -> dict[str, Any]:
    moments = {"started_at": iso(row["started_at"]), "ended_at": iso_or_none(row["ended_at"])}
    return {**{name: row[name] for name in ("id", "state", "by", "done", "steps", "found")}, **moments}


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, duplicates: Duplicates, duplicate_search: DuplicateSearch
) -> list[Route]:  # fmt: skip
    """The addresses of every entity."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        views = DuplicatesApi(entity.name, catalogue, records, patterns, duplicates, duplicate_search)
        base, words = f"/api/v1/{entity.plural}", entity.word("en", several=True)
        one, runs = f"{base}/<int:number>", f"{base}/duplicate-searches"
        found += [
            api("POST", f"{base}/similar", views.similar, allow=WITH_ACCOUNT, summary=f"{words}: which ones values may mean", body=lambda: VALUES, gives=listing(SIMILAR)),
            api("POST", runs, views.start, allow=WITH_ACCOUNT, summary=f"{words}: search for duplicates", gives=RUN, gives_status=202),
            api("GET", runs, views.runs, allow=WITH_ACCOUNT, summary=f"{words}: the last searches for duplicates", gives=listing(RUN)),
            api("GET", f"{runs}/<int:run>", views.groups, allow=WITH_ACCOUNT, summary=f"{words}: what a search found", asks={"after": whole(0, 2**53, need=False, default=0)}, gives=listing(GROUP, next=WHOLE)),
            api("DELETE", f"{runs}/<int:run>", views.cancel, allow=WITH_ACCOUNT, summary=f"{words}: stop a search", gives=record({"ok": YES_NO})),
            api("POST", f"{one}/merge", views.merge, allow=WITH_ACCOUNT, summary=f"{words}: merge others into it", body=lambda: MERGE, gives=record({"id": WHOLE, "merges": {"type": "array", "items": WHOLE}})),
            api("GET", f"{one}/merges", views.merges, allow=WITH_ACCOUNT, summary=f"{words}: what went into it", gives=listing(MERGED)),
            api("POST", f"{one}/undo-merge", views.undo, allow=WITH_ACCOUNT, summary=f"{words}: make two of one again", takes={"merge": whole(1, 2**53)}, gives=record({"id": WHOLE, "other": WHOLE})),
        ]  # fmt: skip
    return found
