"""Many records of a list changed at once: chosen fields with a preview, or one act; its progress, cancelling and undoing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.computed import Computed
from crm.fields.field import Field
from crm.fields.numbers import YesNo
from crm.fields.rows import Rows
from crm.mass import HOWS, MOST, MassChanges, MassRefused, Plan, planned, several
from crm.patterns import Patterns
from crm.record_draft import RecordInvalid
from crm.records import Records
from web.permissions import WITH_ACCOUNT
from web.records.asked import Asked, asked
from web.records.form_reading import Sent, sent
from web.records.icons import ICONS
from web.records.inputs import Sheet, linked, parts, summary
from web.records.looks import above, usable
from web.records.naming import named
from web.records.places import Place
from web.records.shown import Value
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

SHOWN = 10
"""Records of the preview."""
MOST_MARKED = 500
ACTIVE = Field(name="active", kind=YesNo(), label=_("Active"))
ACTS: Mapping[str, tuple[str, Plan]] = {
    "delete": ("delete", {}),
    "restore": ("restore", {}),
    "star": ("star", {}),
    "unstar": ("unstar", {}),
    "activate": ("change", {"active": ("set", True)}),
    "deactivate": ("change", {"active": ("set", False)}),
}
"""What a button of the bar does at once."""
WORDS: Mapping[str, str] = {
    "change": _("Changed"), "delete": _("Put into the bin"), "restore": _("Taken out of the bin"), "star": _("Starred"), "unstar": _("Star taken away"),
}  # fmt: skip


def choosable(entity: Entity, kind: str, level: int) -> list[Field]:
    """The fields that can be given to many records at once."""
    return [
        one
        for one in entity.of(kind, level)
        if one.typed and not one.unique and not isinstance(one.kind, Rows | Computed) and one.kind.widget not in ("file", "picture")
        and one.name not in (entity.title_field, entity.variant_field)
    ]  # fmt: skip


@frozen
class RecordMasses:
    """Mass changes of one entity."""

    place: Place
    mass: MassChanges

    async def show(self, request: Request) -> Answer:
        """The form: which fields (?fields=…&fields=…), and what they become."""
        return await self._form(request, Sent(raw={}))

    async def act(self, request: Request) -> Answer:
        """A button of the bar, the preview of the form, or the change itself."""
        entity, viewer, form = self.place.entity, self.place.viewer(request), request.form()
        do = form.get("do", "")
        wanted = await usable(self.place, request)
        if do in ACTS:
            ids = await self._ids(request, wanted, form.get("ids", ""), form.get("all", ""))
            act, plan = ACTS[do]
            started = await self.mass.start(entity, ids, act, plan, viewer)
            return redirect(f"{entity.address}/mass/{started}?{urlencode({'list': urlencode(wanted.parts)})}", htmx=request.htmx)
        fields = self._fields(request, wanted)
        given = sent(fields, request.body())
        try:
            plan = await self._plan(entity, fields, given, request)
        except RecordInvalid as refusal:
            return await self._form(request, given, refusal=refusal)
        if do != "run":
            return await self._form(request, given, plan=plan)
        ids = await self._ids(request, wanted)
        started = await self.mass.start(entity, ids, "change", plan, viewer)
        return redirect(f"{entity.address}/mass/{started}?{urlencode({'list': urlencode(wanted.parts)})}", htmx=request.htmx)

    async def progress(self, request: Request, change: int) -> Answer:
        """How far it is; looked at again every second while it is at work."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        job = await self.mass.progress(change, viewer)
        if job.entity != entity.name:
            raise MassRefused(reason=_("it belongs to other records"))
        back = dict(parse_qsl(request.query.get("list", "")[:6000], max_num_fields=50))
        return page(
            "record_mass_progress.html", entity=entity, job=job, word=WORDS[job.act], back=asked(entity, back, viewer).address(),
            query=urlencode({"list": request.query.get("list", "")}),
        )  # fmt: skip

    async def cancel(self, request: Request, change: int) -> Answer:
        """Stop it."""
        await self.mass.cancel(change, self.place.viewer(request))
        return self._again(request, change)

    async def undo(self, request: Request, change: int) -> Answer:
        """Take it back."""
        await self.mass.undo(change, self.place.viewer(request))
        return self._again(request, change)

    def _again(self, request: Request, change: int) -> Answer:
        kept = urlencode({"list": request.query.get("list", "")})
        return redirect(f"{self.place.entity.address}/mass/{change}?{kept}", htmx=request.htmx)

    def _fields(self, request: Request, wanted: Asked) -> list[Field]:
        viewer = self.place.viewer(request)
        names = {value for name, value in parse_qsl(request.raw_query, errors="replace", max_num_fields=2000) if name == "fields"}
        return [one for one in choosable(self.place.entity, wanted.kind, viewer.pattern.field_level) if one.name in names]

    async def _ids(self, request: Request, wanted: Asked, listed: str = "", everything: str = "") -> list[int]:
        """The records that are meant: the marked ones, or all that the list finds."""
        if "1" in (everything, request.query.get("all")):
            for problem in wanted.problems:  # a list that cannot be narrowed so is shown whole and says so; it is not changed whole
                raise problem
            return await self.place.records.ids(wanted.query(), self.place.viewer(request), MOST + 1, request.language)
        texts = (listed or request.query.get("ids", "")).split(",")[:MOST_MARKED]
        return sorted({int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 16})

    async def _plan(self, entity: Entity, fields: list[Field], given: Sent, request: Request) -> Plan:
        viewer, form = self.place.viewer(request), request.form()
        raw = {**{one.name: [] if several(one) else "" for one in fields}, **given.raw}
        raw, problems = await named(self.place.records, self.place.catalogue.entities, viewer, fields, raw, given.beside)
        if problems:
            raise RecordInvalid(problems)
        values = self.place.records.read(entity, raw, viewer, language=request.language)
        hows = {one.name: form.get(f"how.{one.name}", "set") for one in fields}
        return {one.name: (hows[one.name] if hows[one.name] in HOWS and several(one) else "set", values.get(one.name)) for one in fields}

    async def _form(self, request: Request, given: Sent, *, plan: Plan | None = None, refusal: RecordInvalid | None = None) -> Answer:
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        viewer.demand(entity.name, "view")
        wanted = await usable(self.place, request)
        ids, fields = await self._ids(request, wanted), self._fields(request, wanted)
        showing = await self.place.showing(request, [linked(fields, given.raw)])
        problems: Mapping[str, Refusal] = dict(refusal.problems) if refusal else {}
        sheet = Sheet(showing=showing, problems=problems, beside=given.beside, users=self.place.users(language), icons=ICONS, entities=self.place.linkable(viewer, language))  # fmt: skip
        found = parts(
            entity, given.raw, sheet, variant=wanted.kind, level=viewer.pattern.field_level, only=frozenset(one.name for one in fields)
        )
        more = {"all": "1"} if request.query.get("all") == "1" else {"ids": request.query.get("ids", "")}
        base = urlencode([*wanted.parts.items(), *more.items()])
        return page(
            "record_mass.html",
            status=422 if refusal else 200,
            **await above(self.place, request, wanted, "list"),
            total=len(ids),
            most=MOST,
            offered=choosable(entity, wanted.kind, viewer.pattern.field_level),
            chosen={one.name for one in fields},
            inputs=[one for part in found for one in part.inputs],
            several={one.name for one in fields if several(one)},
            hows={one.name: request.form().get(f"how.{one.name}", "add") if request.method == "POST" else "add" for one in fields},
            hidden=[*wanted.parts.items(), *more.items()],
            action=f"{entity.address}/mass?{base}&{urlencode([('fields', one.name) for one in fields])}",
            refused=bool(refusal),
            problems=summary(found, problems),
            preview=await self._preview(request, ids, plan) if plan else None,
        )

    async def _preview(self, request: Request, ids: list[int], plan: Plan) -> list[tuple[Any, list[tuple[Value, Value]]]]:
        """The first records with each field's value as it is and as it will be; nothing for a record that stays as it is."""
        entity = self.place.entity
        found = await self.mass.chosen(entity, ids[:SHOWN], self.place.viewer(request), set(plan))
        changes = [(record, planned(record.values, plan, entity)) for record in found]
        showing = await self.place.showing(request, [*(record.values for record in found), *(values for _record, values in changes)])

        def pair(record: Any, name: str, value: Any) -> tuple[Value, Value]:
            one = entity.by_name.get(name, ACTIVE)
            return Value(field=one, value=record.values.get(name), showing=showing), Value(field=one, value=value, showing=showing)

        return [(record, [pair(record, name, value) for name, value in values.items()]) for record, values in changes]


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, mass: MassChanges
) -> list[Route]:  # fmt: skip
    """Mass changes of every entity."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        pages = RecordMasses(Place(entity.name, catalogue, records, patterns, accounts, timezone), mass)
        title, base = translate("en", entity.title_plural), f"{entity.address}/mass"
        found += [
            get(base, pages.show, allow=WITH_ACCOUNT, summary=f"{title}: the form for changing many"),
            post(base, pages.act, allow=WITH_ACCOUNT, summary=f"{title}: change many"),
            get(f"{base}/<int:change>", pages.progress, allow=WITH_ACCOUNT, summary=f"{title}: how far a change of many is"),
            post(f"{base}/<int:change>/cancel", pages.cancel, allow=WITH_ACCOUNT, summary=f"{title}: stop a change of many"),
            post(f"{base}/<int:change>/undo", pages.undo, allow=WITH_ACCOUNT, summary=f"{title}: take a change of many back"),
        ]
    return found
