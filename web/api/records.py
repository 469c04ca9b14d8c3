"""Every entity of the catalogue under /api/v1/<plural>: list, one, create, change, delete, restore, bulk, history, star."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from attrs import frozen

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.catalogue import Catalogue
from crm.duplicates.duplicates import Duplicates
from crm.entity import Entity
from crm.expression import ExpressionRefused, parse
from crm.fields.field import Field
from crm.fields.references import AnyReference, Reference, References
from crm.patterns import Patterns
from crm.query import COUNTED, Query
from crm.record import Record
from crm.records import Records, Step
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, WHOLE, YES_NO, record
from web.errors import FieldRefused
from web.idempotency import Idempotency
from web.permissions import WITH_ACCOUNT
from web.record_json import draft_schema, entity_json, plain, record_json, record_schema
from web.refused import error_value
from web.request import Request
from web.response import Answer, Body, json
from web.routes import Route, api
from web.shapes import choice, text, whole, yes_no

MOST_STEPS = 1000
MOST_PER_PAGE = 200
FARTHEST = 10_000
"""Records that page numbers reach; beyond them only `after` leads."""
DOINGS = ("create", "change", "delete", "restore", "purge")
LARGE_BODY = 8 * 1024 * 1024

LIST = {
    "q": text(200, need=False),
    "filter": text(4000, need=False),
    "sort": text(200, need=False),
    "page": whole(1, 1_000_000, need=False, default=1),
    "per": whole(1, MOST_PER_PAGE, need=False, default=50),
    "after": text(4000, need=False),
    "before": text(4000, need=False),
    "deleted": choice("no", "only", "any", need=False, default="no"),
    "starred": yes_no(need=False),
    "expand": text(300, need=False),
    "fields": text(1000, need=False),
}
ONE = {"expand": text(300, need=False), "fields": text(1000, need=False)}


class TooFar(Refusal):
    """A page number beyond what page numbers reach."""

    code = "page_too_far"
    status = 422
    sentence = _("Page numbers reach the first {most} records; beyond them follow “next” of the answer (the parameter “after”).")


class VersionNeeded(Refusal):
    """If-Match that is no version of ours."""

    code = "if_match_refused"
    status = 422
    sentence = _('If-Match takes the ETag of the record, such as "3".')


@frozen
class EntityApi:
    """The addresses of one entity. `name`: its name; the entity itself is asked of the catalogue each time, since fields come and go."""

    name: str
    catalogue: Catalogue
    patterns: Patterns
    records: Records
    idempotency: Idempotency
    duplicates: Duplicates

    @property
    def entity(self) -> Entity:
        """The entity as it is now."""
        return self.catalogue[self.name]

    async def page(self, request: Request) -> Answer:
        """One page of records."""
        asked, viewer, entity = request.asked, self._viewer(request), self.entity
        offset = (asked["page"] - 1) * asked["per"] if not asked["after"] and not asked["before"] else 0
        if offset >= FARTHEST:
            raise TooFar(field="page", most=FARTHEST)
        query = Query(
            entity=entity, where=parse(asked["filter"]), q=asked["q"], sort=sorting(asked["sort"]), deleted=asked["deleted"], starred=asked["starred"],
            after=asked["after"], before=asked["before"], limit=asked["per"], offset=offset,
        )  # fmt: skip
        found, neighbours = await self.records.page(query, viewer, request.language)
        total = await self.records.count(query, viewer, request.language)
        answer: dict[str, Any] = {
            "items": [record_json(entity, one, names(asked["fields"])) for one in found], "total": min(total, COUNTED), "more": total > COUNTED,
            "next": neighbours.next, "previous": neighbours.previous,
        }  # fmt: skip
        return json(await self._expanded(answer, found, asked["expand"], viewer))

    async def show(self, request: Request, number: int) -> Answer:
        """One record; a merged one leads to what it went into."""
        if master := await self.duplicates.led_to(self.entity, number):
            moved = f"/api/v1/{self.entity.plural}/{master}"
            return json({"moved_to": master, "url": moved}, status=301, headers=(("Location", moved),))
        viewer = self._viewer(request)
        found = await self.records.get(self.entity, number, viewer)
        value = record_json(self.entity, found, names(request.asked["fields"]))
        return json(await self._expanded(value, [found], request.asked["expand"], viewer), headers=_tagged(found))

    async def create(self, request: Request) -> Answer:
        """A new record; once for each Idempotency-Key."""
        return await self.idempotency.once(request, partial(self._create, request))

    async def _create(self, request: Request) -> Body:
        viewer = self._viewer(request)
        number = await self.records.create(
            self.entity, request.given, viewer, origin=_origin(request), language=request.language, strict=True
        )
        found = await self.records.get(self.entity, number, viewer)
        headers = (*_tagged(found), ("Location", f"/api/v1/{self.entity.plural}/{number}"))
        return json(record_json(self.entity, found), status=201, headers=headers)

    async def change(self, request: Request, number: int) -> Answer:
        """Some fields; with If-Match only when nobody saved it since."""
        viewer = self._viewer(request)
        await self.records.change(
            self.entity,
            number,
            request.given,
            viewer,
            version=_version(request),
            origin=_origin(request),
            language=request.language,
            strict=True,
        )
        found = await self.records.get(self.entity, number, viewer)
        return json(record_json(self.entity, found), headers=_tagged(found))

    async def delete(self, request: Request, number: int) -> Answer:
        """Into the bin; with ?for_ever=1 out of it and away."""
        verb = self.records.purge if request.asked["for_ever"] else self.records.delete
        await verb(self.entity, number, self._viewer(request), origin=_origin(request))
        return json({"ok": True})

    async def restore(self, request: Request, number: int) -> Answer:
        """Out of the bin."""
        await self.records.restore(self.entity, number, self._viewer(request), origin=_origin(request))
        return json({"ok": True})

    async def star(self, request: Request, number: int) -> Answer:
        """For oneself."""
        await self.records.star(self.entity, number, self._viewer(request), on=request.given["on"])
        return json({"ok": True})

    async def history(self, request: Request, number: int) -> Answer:
        """Who changed what, newest first."""
        rows = await self.records.history(self.entity, number, self._viewer(request), request.asked["before"])
        entity = self.entity
        items = [
            {
                "id": row["id"], "at": iso(row["at"]), "user": row["username"], "origin": row["origin"], "act": row["act"], "version": row["version"],
                "changes": {name: [plain(entity.field(name), value) for value in pair] for name, pair in row["changes"].items()},
            }
            for row in rows
        ]  # fmt: skip
        return json({"items": items, "total": len(items)})

    async def bulk(self, request: Request) -> Answer:
        """Many steps at once; once for each Idempotency-Key."""
        return await self.idempotency.once(request, partial(self._bulk, request))

    async def _bulk(self, request: Request) -> Body:
        viewer, language = self._viewer(request), request.language
        raw, atomic = request.given.get("steps"), request.given.get("atomic") is True
        if not isinstance(raw, list) or not 0 < len(raw) <= MOST_STEPS or not all(isinstance(one, dict) for one in raw):
            raise FieldRefused("steps", _("a list of 1 to {most} steps"), most=MOST_STEPS)
        steps: list[Step | Refusal] = []
        for one in raw:
            try:
                steps.append(self._step(one, viewer, language))
            except Refusal as error:
                if atomic:
                    raise
                steps.append(error)
        outcomes = iter(
            await self.records.many([one for one in steps if isinstance(one, Step)], viewer, origin=_origin(request), atomic=atomic)
        )
        results = [one if isinstance(one, Refusal) else next(outcomes) for one in steps]
        return json(
            {
                "results": [
                    {"ok": False, "error": error_value(one, language)}
                    if isinstance(one, Refusal)
                    else {"ok": True, "id": one.record_id, "act": one.act}
                    for one in results
                ]
            }
        )

    def _step(self, raw: Mapping[str, Any], viewer: Viewer, language: str) -> Step:
        do, number, version, values = raw.get("do"), raw.get("id", 0), raw.get("version"), raw.get("values", {})
        if do not in DOINGS:
            raise FieldRefused("do", _("one of {options}"), options=", ".join(DOINGS))
        if not isinstance(number, int) or isinstance(number, bool) or (number < 1) is not (do == "create") or number > 2**62:
            raise FieldRefused("id", _("the number of a record"))
        if not isinstance(values, dict) or not (version is None or (isinstance(version, int) and not isinstance(version, bool))):
            raise FieldRefused("values", _("a JSON object"))
        read = self.records.read(self.entity, values, viewer, language=language, strict=True) if do in ("create", "change") else {}
        return Step(entity=self.entity, do=str(do), record_id=number, values=read, version=version)

    def _viewer(self, request: Request) -> Viewer:
        return self.patterns.viewer(request.user.username)

    async def _expanded(self, answer: dict[str, Any], found: Sequence[Record], wanted: str, viewer: Viewer) -> dict[str, Any]:
        """The answer with `expanded` {"entity:id": record}: what the fields named in ?expand= point to, and may be seen."""
        if not names(wanted):
            return answer
        expanded: dict[str, Any] = {}
        for path in names(wanted):
            _linked(self.entity, path.split(".")[0])
            level: list[tuple[Entity, Record]] = [(self.entity, one) for one in found]
            for name in path.split(".")[:3]:
                level = await self._targets(level, name, viewer)
                expanded.update({f"{entity.name}:{one.id}": record_json(entity, one) for entity, one in level})
        return {**answer, "expanded": expanded}

    async def _targets(self, level: Sequence[tuple[Entity, Record]], name: str, viewer: Viewer) -> list[tuple[Entity, Record]]:
        wanted: dict[str, set[int]] = {}
        for entity, one in level:
            field, value = _linked(entity, name), one.values.get(name)
            if isinstance(field.kind, AnyReference):
                target, _sign, number = (value or ":0").partition(":")
                wanted.setdefault(target, set()).add(int(number))
            elif isinstance(field.kind, Reference):
                wanted.setdefault(field.kind.entity, set()).update(
                    value or () if isinstance(field.kind, References) else [value] if value else []
                )
        found: list[tuple[Entity, Record]] = []
        for target, numbers in wanted.items():
            if (entity_of := self.catalogue.entities.get(target)) is None or not numbers or not viewer.may(target, "view"):
                continue
            query = Query(entity=entity_of, where=parse({"field": "id", "op": "in", "value": sorted(numbers)[:500]}), limit=500)
            found += [(entity_of, one) for one in (await self.records.page(query, viewer))[0]]
        return found


@frozen
class CatalogueApi:
    """What entities there are."""

    catalogue: Catalogue
    patterns: Patterns

    async def list(self, request: Request) -> Answer:
        """Every entity that the user may see."""
        viewer = self.patterns.viewer(request.user.username)
        items = [entity_json(one, viewer) for one in self.catalogue.entities.values() if viewer.may(one.name, "view")]
        return json({"items": items, "total": len(items)})


def _linked(entity: Entity, name: str) -> Field:
    """The field of this name, which links to records."""
    field = entity.field(name)
    if field is None or not isinstance(field.kind, Reference | AnyReference):
        raise ExpressionRefused(place=name, expected=_("the name of a field that links to records"))
    return field


def sorting(text_of: str) -> tuple[tuple[str, bool], ...]:
    """The order that "-price,name" means: (("price", True), ("name", False)); at most four."""
    return tuple((one.removeprefix("-"), one.startswith("-")) for one in names(text_of)[:4])


def names(text_of: str) -> list[str]:
    """The names in a comma-separated text."""
    return [one.strip() for one in text_of.split(",") if one.strip()]


def routes(
    catalogue: Catalogue, patterns: Patterns, records: Records, database: Database, clock: Clock, duplicates: Duplicates
) -> list[Route]:  # fmt: skip
    """The addresses of every entity."""
    found = [
        api(
            "GET", "/api/v1/entities", CatalogueApi(catalogue, patterns).list, allow=WITH_ACCOUNT, summary="Every entity: words, fields, rights",
            gives=record({"items": {"type": "array", "items": {"type": "object"}}, "total": WHOLE}),
        )
    ]  # fmt: skip
    idempotency = Idempotency(database, clock)
    for entity in catalogue.entities.values():
        found += _routes(EntityApi(entity.name, catalogue, patterns, records, idempotency, duplicates), entity)
    return found


def _routes(views: EntityApi, entity: Entity) -> list[Route]:
    base, one, words = f"/api/v1/{entity.plural}", f"/api/v1/{entity.plural}/<int:number>", entity.word("en", several=True)
    shown = partial(_shown, views)
    done = record({"ok": YES_NO})
    step = {
        "type": "object",
        "properties": {"do": {"type": "string", "enum": list(DOINGS)}, "id": WHOLE, "version": WHOLE, "values": {"type": "object"}},
        "required": ["do"],
    }
    steps = {
        "type": "object",
        "properties": {"atomic": YES_NO, "steps": {"type": "array", "items": step, "minItems": 1, "maxItems": MOST_STEPS}},
        "required": ["steps"],
    }
    change = record({"id": WHOLE, "at": MOMENT, "user": TEXT, "origin": TEXT, "act": TEXT, "version": WHOLE, "changes": {"type": "object"}})
    return [
        api("GET", base, views.page, allow=WITH_ACCOUNT, summary=f"{words}: search, filter, sort, page", asks=LIST, gives=partial(_listing, views)),
        api("POST", base, views.create, allow=WITH_ACCOUNT, summary=f"{words}: a new one", body=partial(_draft, views, new=True), gives=shown, gives_status=201, body_limit=LARGE_BODY),
        api("POST", f"{base}/bulk", views.bulk, allow=WITH_ACCOUNT, summary=f"{words}: many steps at once", body=lambda: steps, gives=record({"results": {"type": "array", "items": {"type": "object"}}}), body_limit=LARGE_BODY),
        api("GET", one, views.show, allow=WITH_ACCOUNT, summary=f"{words}: one", asks=ONE, gives=shown),
        api("PATCH", one, views.change, allow=WITH_ACCOUNT, summary=f"{words}: change fields", body=partial(_draft, views, new=False), gives=shown, body_limit=LARGE_BODY),
        api("DELETE", one, views.delete, allow=WITH_ACCOUNT, summary=f"{words}: delete, or delete for ever", asks={"for_ever": yes_no(need=False)}, gives=done),
        api("POST", f"{one}/restore", views.restore, allow=WITH_ACCOUNT, summary=f"{words}: out of the bin", gives=done),
        api("POST", f"{one}/star", views.star, allow=WITH_ACCOUNT, summary=f"{words}: star or not", takes={"on": yes_no()}, gives=done),
        api("GET", f"{one}/history", views.history, allow=WITH_ACCOUNT, summary=f"{words}: who changed what", asks={"before": whole(0, 2**53, need=False, default=0)}, gives=record({"items": {"type": "array", "items": change}, "total": WHOLE})),
    ]  # fmt: skip


def _shown(views: EntityApi) -> dict[str, Any]:
    return record_schema(views.entity)


def _draft(views: EntityApi, *, new: bool) -> dict[str, Any]:
    return draft_schema(views.entity, new=new)


def _listing(views: EntityApi) -> dict[str, Any]:
    properties = {
        "items": {"type": "array", "items": record_schema(views.entity)},
        "total": WHOLE,
        "more": YES_NO,
        "next": TEXT,
        "previous": TEXT,
    }
    return {"type": "object", "properties": {**properties, "expanded": {"type": "object"}}, "required": list(properties)}


def _tagged(found: Record) -> tuple[tuple[str, str], ...]:
    return (("ETag", f'"{found.version}"'),)


def _version(request: Request) -> int | None:
    tag = request.header("If-Match").strip()
    if not tag or tag == "*":
        return None
    number = tag.removeprefix("W/").strip('"')
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise VersionNeeded
    return int(number)


def _origin(request: Request) -> str:
    return f"{'api' if request.bearer else 'web'} {request.address}"[:80]
