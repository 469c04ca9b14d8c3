"""Fields of the administrators' own: on every kind of record, working as soon as they are saved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from config.errors import Refusal
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.own_field import checked, offered
from crm.own_fields import EMPTY, KindKept, OwnFields
from crm.record_draft import RecordInvalid
from crm.records import Records
from web.errors import NothingHere
from web.permissions import ADMINISTRATORS
from web.records.form_reading import Raw, press, sent
from web.records.icons import ICONS
from web.records.inputs import Input, Sheet, plain_parts, raw_of, raw_values, summary
from web.records.own_field_form import SECTIONS, fields_of, row_of, values_of
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

BASE = "/settings/fields"
NEW: Mapping[str, Any] = {**EMPTY, "name": "", "kind": "text", "id": 0, "position": 0}


@frozen
class FieldPages:
    """The pages under /settings/fields."""

    own_fields: OwnFields
    catalogue: Catalogue
    records: Records
    timezone: str

    async def index(self, request: Request) -> Answer:
        """Every kind of record, and how many fields of one's own it has."""
        rows = [(one, [field for field in one.fields if field.custom]) for one in self.catalogue.entities.values()]
        return page("fields.html", rows=rows)

    async def show(self, request: Request, entity: str) -> Answer:
        """The fields of one kind of record: one's own, which can be changed, and the shipped ones."""
        known = self._entity(entity)
        rows = await self.own_fields.of(entity)
        shipped = [one for one in known.fields if not one.custom and one.active]
        return page("fields_of.html", entity=known, rows=rows, shipped=shipped, kinds=offered(), saved=request.query.get("saved", ""))

    async def new(self, request: Request, entity: str) -> Answer:
        """The form of a new field."""
        return await self._form(request, self._entity(entity), None, self._raw(values_of(NEW), self._entity(entity), request, new=True))

    async def edit(self, request: Request, entity: str, number: int) -> Answer:
        """The form of a field."""
        known, row = await self._row(entity, number)
        return await self._form(request, known, row, self._raw(values_of(row), known, request, new=False))

    async def save(self, request: Request, entity: str, number: int = 0) -> Answer:
        """Keep a field; it takes effect at once."""
        known, row = await self._row(entity, number) if number else (self._entity(entity), None)
        fields = fields_of(known, self.catalogue, request.language, new=row is None)
        form = sent(fields, request.body())
        if form.do != "save":
            raw = press(form.raw, form.do, {one.name: one.kind for one in fields})
            return await self._form(request, known, row, raw or form.raw)
        try:
            made = row_of(fields, form.raw, row, known, self.records.reading(request.language))
            if row is None:
                await self.own_fields.add(made, request.user.username)
            else:
                await self.own_fields.change(number, made, request.user.username)
        except (RecordInvalid, KindKept) as refusal:
            return await self._form(request, known, row, form.raw, refusal)
        return redirect(f"{BASE}/{entity}?saved=1", htmx=request.htmx)

    async def create(self, request: Request, entity: str) -> Answer:
        """Keep a new field."""
        return await self.save(request, entity)

    async def move(self, request: Request, entity: str, number: int) -> Answer:
        """One place up (up=1) or down."""
        await self._row(entity, number)
        await self.own_fields.move(number, request.user.username, up=request.form().get("up") == "1")
        return redirect(f"{BASE}/{entity}", htmx=request.htmx)

    async def switch(self, request: Request, entity: str, number: int) -> Answer:
        """Off (its values are kept) or on again (on=1)."""
        await self._row(entity, number)
        await self.own_fields.change(number, {"active": request.form().get("on") == "1"}, request.user.username)
        return redirect(f"{BASE}/{entity}", htmx=request.htmx)

    async def _form(self, request: Request, entity: Entity, row: dict[str, Any] | None, raw: Raw, refusal: Refusal | None = None) -> Answer:
        fields = fields_of(entity, self.catalogue, request.language, new=row is None)
        problems = refusal.problems if isinstance(refusal, RecordInvalid) else {refusal.field or "kind": refusal} if refusal else {}
        sheet = Sheet(showing=self._showing(request), problems=_placed(problems, fields))
        parts = plain_parts(fields, SECTIONS, raw, sheet)
        return page(
            "fields_form.html",
            status=refusal.status if refusal else 200,
            entity=entity,
            row=row,
            parts_of_form=parts,
            problems=summary(parts, sheet.problems),
            refused=refusal is not None,
            values=await self.own_fields.values_of(row["id"]) if row else 0,
            preview=self._preview(request, entity, row, raw, fields),
            targets={},
        )

    def _preview(self, request: Request, entity: Entity, row: dict[str, Any] | None, raw: Raw, fields: tuple[Field, ...]) -> Input | None:
        """The field as it will stand in forms; None while it does not hold together."""
        try:
            made = row_of(fields, raw, row, entity, self.records.reading(request.language))
            made = {**NEW, **made, "name": (row or made)["name"] or "preview_of_it"}
            taken = {one.name for one in entity.fields if one.custom} - {made["name"]}
            one = checked(made, entity, self.catalogue.entities, self.catalogue.lists, taken)
        except Refusal:
            return None
        showing = self._showing(request)
        sheet = Sheet(
            showing=showing, icons=ICONS, entities=[(each.name, each.word(request.language)) for each in self.catalogue.entities.values()]
        )
        return Input(field=one, name="preview", raw=raw_of(one, None, showing), page=sheet)

    def _raw(self, values: Mapping[str, Any], entity: Entity, request: Request, *, new: bool) -> Raw:
        fields = fields_of(entity, self.catalogue, request.language, new=new)
        return raw_values(fields, values, self._showing(request))

    def _showing(self, request: Request) -> Showing:
        return Showing(language=request.language, timezone=self.timezone)

    def _entity(self, name: str) -> Entity:
        if name not in self.catalogue.entities:
            raise NothingHere
        return self.catalogue[name]

    async def _row(self, entity: str, number: int) -> tuple[Entity, dict[str, Any]]:
        row = await self.own_fields.get(number)
        if row["entity"] != entity:
            raise NothingHere
        return self._entity(entity), row


def _placed(problems: Mapping[str, Refusal], fields: tuple[Field, ...]) -> dict[str, Refusal]:
    """Problems of a row at the inputs of the form."""
    other = {
        "entity": "entity_of",
        "options": "kind",
        "moves": "choices",
        "flags": "kind",
        "show_if": "show_if_field",
        "required_if": "required_if_field",
    }
    known = {one.name for one in fields}
    found = {other.get(name, name): problem for name, problem in problems.items()}
    return {name if name.partition(".")[0] in known else "kind": problem for name, problem in found.items()}


def routes(own_fields: OwnFields, catalogue: Catalogue, records: Records, timezone: str) -> list[Route]:
    """Fields of one's own."""
    pages = FieldPages(own_fields, catalogue, records, timezone)
    one = f"{BASE}/<entity>/<int:number>"
    return [
        get(BASE, pages.index, allow=ADMINISTRATORS, summary="Fields of one's own: every kind of record"),
        get(f"{BASE}/<entity>", pages.show, allow=ADMINISTRATORS, summary="Fields of one's own on one kind of record"),
        get(f"{BASE}/<entity>/new", pages.new, allow=ADMINISTRATORS, summary="The form of a new field"),
        post(f"{BASE}/<entity>/new", pages.create, allow=ADMINISTRATORS, summary="Make a field"),
        get(one, pages.edit, allow=ADMINISTRATORS, summary="The form of a field"),
        post(one, pages.save, allow=ADMINISTRATORS, summary="Change a field"),
        post(f"{one}/move", pages.move, allow=ADMINISTRATORS, summary="Move a field up or down"),
        post(f"{one}/switch", pages.switch, allow=ADMINISTRATORS, summary="Switch a field off or on"),
    ]
