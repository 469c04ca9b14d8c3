"""The forms of every entity: a new record, a similar one, a changed one, the quick form; and two people's edits brought together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import evolve, frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.access import Viewer
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.field import Missing
from crm.fields.kind import Reading, Showing, nothing
from crm.fields.rows import Rows
from crm.patterns import Patterns
from crm.record import Record
from crm.record_draft import RecordInvalid, defaults, read, shown
from crm.record_saving import RecordChanged
from crm.records import Records
from web.errors import FormExpired
from web.permissions import WITH_ACCOUNT
from web.records.beginning import begun_with, renamed
from web.records.form_reading import Raw, Sent, flat, press, sent
from web.records.icons import ICONS
from web.records.inputs import Part, Sheet, linked, parts, raw_values, summary
from web.records.lists import address, list_of
from web.records.meeting import Meeting, before, changed, meeting, picked
from web.records.naming import named
from web.records.places import Place, generic, origin
from web.request import Request
from web.response import Answer, json, page, redirect
from web.routes import Route, get, post

FORM_BODY = 1024 * 1024
"""Bytes of a form: long texts and many rows."""
TRIES = 3


@frozen
class RecordForms:
    """The forms of one entity."""

    place: Place

    # ── New ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def new(self, request: Request) -> Answer:
        """The form of a new record; the address may fill fields (?name=…) or name a record that it is like (?like=12)."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "create")
        reading = self.place.records.reading(request.language)
        showing = await self.place.showing(request)
        values: dict[str, Any] = defaults(entity, reading, request.user.username)
        if like := request.whole("like", 0, low=0, high=2**53):
            values = copied(entity, await self.place.records.get(entity, like, viewer))
        raw = raw_values(entity.fields, values, showing)
        raw |= begun_with(entity, entity.variant({**values, **request.query}), request.query)
        raw |= {one.name: [{}] for one in entity.fields if one.quick and isinstance(one.kind, Rows) and not raw.get(one.name)}
        return await self._form(request, entity, viewer, Sent(raw=raw))

    async def create(self, request: Request) -> Answer:
        """Save a new record; what is wrong comes back with all that was typed."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "create")
        form = sent(entity.fields, request.body())
        if (again := self._again(entity, form)) is not None:
            return await self._form(request, entity, viewer, again)
        try:
            raw = await self.raw(entity, viewer, form)
            made = await self.place.records.create(entity, raw, viewer, origin=origin(request), language=request.language)
        except RecordInvalid as refusal:
            return await self._form(request, entity, viewer, form, refusal=refusal)
        if request.header("X-Quick") == "1":
            record = await self.place.records.get(entity, made, viewer)
            return json({"id": made, "title": record.title}, status=201)
        if form.do == "save_new":
            return redirect(f"{entity.address}/new?made={made}", htmx=request.htmx)
        return redirect(f"{entity.address}/{made}?saved=1", htmx=request.htmx)

    # ── Changed ──────────────────────────────────────────────────────────────────────────────────────────────

    async def edit(self, request: Request, record: int) -> Answer:
        """The form of a record."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.editable(entity, viewer, record)
        showing = await self.place.showing(request, [known.values])
        raw = raw_values(entity.fields, known.values, showing)
        return await self._form(request, entity, viewer, Sent(raw=raw, version=known.version), known=known)

    async def change(self, request: Request, record: int) -> Answer:
        """Save a record. Others' changes to other fields stay; where two changed the same field, both are shown to choose from."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        form = sent(entity.fields, request.body())
        if form.version is None:
            raise FormExpired
        known = await self.editable(entity, viewer, record)
        if (again := self._again(entity, form)) is not None:
            return await self._form(request, entity, viewer, again, known=known)
        try:
            raw = await self.raw(entity, viewer, form)
            met, known = await self.put(request, entity, viewer, known, form, raw)
        except RecordInvalid as refusal:
            return await self._form(request, entity, viewer, form, known=known, refusal=refusal)
        if met.differences:
            return self._meeting(request, entity, known, met)
        saved = "2" if known.version != form.version else "1"
        return redirect(address(f"{entity.address}/{record}", list_of(request), saved=saved), htmx=request.htmx)

    async def put(
        self, request: Request, entity: Entity, viewer: Viewer, known: Record, form: Sent, raw: Raw
    ) -> tuple[Meeting, Record]:  # fmt: skip
        """Save what was typed, unless it meets with others' edits in `differences`: then nothing is saved. And the record as it was found."""
        for _attempt in range(TRIES):
            met = await self._met(request, entity, viewer, known, form, raw)
            if met.differences:
                return met, known
            try:
                await self.place.records.change(
                    entity, known.id, met.mine, viewer, version=known.version, origin=origin(request), language=request.language
                )
            except RecordChanged:
                known = await self.editable(entity, viewer, known.id)
            else:
                return met, known
        raise RecordChanged(known.version, {}, str(known.values["updated_by"]))

    async def _met(self, request: Request, entity: Entity, viewer: Viewer, known: Record, form: Sent, raw: Raw) -> Meeting:
        """What is to be saved of a form, brought together with what others saved since it was made."""
        showing = await self.place.showing(request)
        since: dict[str, Any] = {}
        rows: list[dict[str, Any]] = []
        if form.version is not None and form.version != known.version:
            rows = await self.place.records.history(entity, known.id, viewer)
            since = before(known.values, rows, form.version)
        reading = self.place.records.reading(request.language)
        base = {**known.values, **since}
        mine = changed(entity, picked(entity, raw, base, showing, form.picks), base, showing, reading)
        mine = {name: value for name, value in mine.items() if form.picks.get(name) != "theirs"}
        if not since:
            return Meeting(mine=mine, differences=[])
        values = read(entity, mine, reading, viewer)  # what is wrong is said at its place in the form, before rows change theirs
        showing = await self.place.showing(request, [values, known.values, base])
        met = meeting(entity, {name: value for name, value in mine.items() if name in values}, known.values, since, showing, reading)
        others = [name for name in since if entity.field(name) and (name not in mine or name in met.kept)]
        asked = {one.field.name for one in met.differences}
        by = next((row["username"] for row in rows if asked & row["changes"].keys()), known.values["updated_by"])
        return evolve(met, kept=tuple(others), by=str(by))

    def _meeting(self, request: Request, entity: Entity, known: Record, met: Meeting) -> Answer:
        """The page on which two edits are compared."""
        return page(
            "record_meeting.html",
            status=RecordChanged.status,
            entity=entity,
            known=known,
            differences=met.differences,
            others=[entity.by_name[name].word(request.language) for name in met.kept],
            by=self.name(met.by, request.language),
            hidden=flat(met.mine),
            kept=list_of(request),
            address=address,
        )

    # ── The page ─────────────────────────────────────────────────────────────────────────────────────────────

    async def _form(
        self, request: Request, entity: Entity, viewer: Viewer, form: Sent, *, known: Record | None = None, refusal: RecordInvalid | None = None
    ) -> Answer:  # fmt: skip
        reading = self.place.records.reading(request.language)
        level = viewer.pattern.field_level
        old: Mapping[str, Any] = known.values if known else {}
        showing = await self.place.showing(request, [linked(entity.fields, form.raw), old])
        values = understood(entity, form.raw, reading)
        variant = entity.variant({**old, **values}) or (entity.variants[0].name if entity.variants else "")
        problems = dict(refusal.problems) if refusal else {}
        if refusal:  # what was not understood is said before what is missing; people want to hear of both at once
            problems = {**missing(entity, variant, form.raw, {**old, **values}, reading, level), **problems}
        sheet = self.sheet(request, entity, viewer, showing, form, old, problems, doubts(entity, values) if refusal is None else {})
        quick = known is None and (request.query.get("quick") == "1" or request.header("X-Quick") == "1")
        visible = {one.name: shown(one, entity, {**old, **values}, reading) for one in entity.fields if one.show_if is not None}
        only = frozenset(one.name for one in entity.fields if one.quick or one.required) if quick else None
        sections = parts(entity, form.raw, sheet, variant=variant, level=level, shown=visible, only=only)
        made = await self._made(request, entity, viewer)
        return page(
            "record_quick.html" if quick and request.htmx else "record_form.html",
            status=422 if refusal else 200,
            entity=entity,
            known=known,
            parts_of_form=without(sections, entity.variant_field),
            variant=variant,
            version=form.version,
            problems=summary(sections, problems),
            refused=bool(refusal),
            quick=quick,
            made=made,
            targets=self.place.targets(viewer, request.language),
            kept=list_of(request),
            address=address,
        )

    def sheet(
        self, request: Request, entity: Entity, viewer: Viewer, showing: Showing, form: Sent, old: Mapping[str, Any], problems: Mapping[str, Refusal],
        warnings: Mapping[str, Refusal],
    ) -> Sheet:  # fmt: skip
        """What the inputs of this user's form share."""
        free = viewer.may_with(entity.name, "set_expert", old or {"created_by": viewer.username})
        return Sheet(
            showing=showing, problems=problems, warnings=warnings, beside=form.beside, users=self.place.users(request.language), icons=ICONS,
            entities=self.place.linkable(viewer, request.language), old=old, locked=frozenset() if free else frozenset({"expert", "experts"}),
        )  # fmt: skip

    def _again(self, entity: Entity, form: Sent) -> Sent | None:
        """The form as it is to be shown again, when a button was pressed that does not save."""
        if form.do in ("save", "save_new"):
            return None
        raw = press(form.raw, form.do, {one.name: one.kind for one in entity.fields})
        return Sent(raw=renamed(entity, raw if raw is not None else form.raw), beside=form.beside, do="again", version=form.version)

    async def raw(self, entity: Entity, viewer: Viewer, form: Sent) -> Raw:
        """What was typed, with links typed by name as ids. Raises RecordInvalid."""
        raw, problems = await named(self.place.records, self.place.catalogue.entities, viewer, entity.fields, form.raw, form.beside)
        if problems:
            raise RecordInvalid(problems)
        return raw

    async def editable(self, entity: Entity, viewer: Viewer, record: int) -> Record:
        """The record, when the user may change it. Raises NoRight, NoSuchRecord, Deleted."""
        known = await self.place.records.get(entity, record, viewer, "edit")
        if known.deleted:
            raise Deleted(record=known.title)
        return known

    async def _made(self, request: Request, entity: Entity, viewer: Viewer) -> Record | None:
        number = request.whole("made", 0, low=0, high=2**53)
        try:
            return await self.place.records.get(entity, number, viewer) if number else None
        except Refusal:
            return None

    def name(self, username: str, language: str) -> str:
        """A user's name."""
        return dict(self.place.users(language)).get(username, username)


class Deleted(Refusal):
    """A record in the bin is restored before it is changed."""

    code = "record_deleted"
    status = 409
    sentence = _("“{record}” lies in the bin. Restore it before you change it.")


def copied(entity: Entity, record: Record) -> dict[str, Any]:
    """The values that a similar record begins with: no unique ones, no rows' ids, states anew."""
    found: dict[str, Any] = {}
    for one in entity.fields:
        value = record.values.get(one.name)
        if one.copied and one.typed and not one.unique and value is not None and one.kind.code not in ("state", "file", "picture"):
            found[one.name] = (
                [{name: part for name, part in row.items() if name != "id"} for row in value] if isinstance(one.kind, Rows) else value
            )
    return found


def missing(
    entity: Entity, variant: str, raw: Mapping[str, Any], values: Mapping[str, Any], reading: Reading, level: int
) -> dict[str, Refusal]:
    """The fields of a form that must be filled in and are not."""
    return {
        one.name: Missing(one)
        for one in entity.of(variant, level)
        if one.typed and one.required and one.name in raw and nothing(raw[one.name]) and shown(one, entity, values, reading)
    }


def understood(entity: Entity, raw: Mapping[str, Any], reading: Reading) -> dict[str, Any]:
    """The values of what can be understood."""
    found: dict[str, Any] = {}
    for one in entity.fields:
        if one.name in raw and one.typed:
            try:
                found[one.name] = one.kind.read(raw[one.name], reading)
            except Refusal:
                continue
    return found


def doubts(entity: Entity, values: Mapping[str, Any]) -> dict[str, Refusal]:
    """What is doubtful about these values, by path."""
    found = {name: doubt for name, value in values.items() if (one := entity.field(name)) and (doubt := one.kind.warning(value))}
    for one in entity.fields:
        if isinstance(one.kind, Rows):
            for place, row in enumerate(values.get(one.name) or []):
                found |= {
                    f"{one.name}.{place}.{inner.name}": doubt
                    for inner in one.kind.fields
                    if (doubt := inner.kind.warning(row.get(inner.name)))
                }
    return found


def without(sections: list[Part], name: str) -> list[Part]:
    """The sections without one field: the sort of record is chosen above them."""
    return [
        one
        for one in (Part(part.name, part.title, tuple(put for put in part.inputs if put.name != name)) for part in sections)
        if one.inputs
    ]


def routes(catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str) -> list[Route]:
    """Forms of every entity."""
    found: list[Route] = []
    for entity in generic(catalogue.entities.values(), "new"):
        forms = RecordForms(Place(entity.name, catalogue, records, patterns, accounts, timezone))
        title = translate("en", entity.title)
        found += [
            get(f"{entity.address}/new", forms.new, allow=WITH_ACCOUNT, summary=f"{title}: the form of a new one"),
            post(f"{entity.address}/new", forms.create, allow=WITH_ACCOUNT, summary=f"{title}: save a new one", body_limit=FORM_BODY),
        ]
    for entity in generic(catalogue.entities.values(), "edit"):
        forms = RecordForms(Place(entity.name, catalogue, records, patterns, accounts, timezone))
        title = translate("en", entity.title)
        found += [
            get(f"{entity.address}/<int:record>/edit", forms.edit, allow=WITH_ACCOUNT, summary=f"{title}: its form"),
            post(
                f"{entity.address}/<int:record>/edit", forms.change, allow=WITH_ACCOUNT, summary=f"{title}: save it", body_limit=FORM_BODY
            ),
        ]
    return found
