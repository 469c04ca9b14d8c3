"""One field of a record edited where it stands, in a list or on the record's page: the field's own editor, saved as the form saves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _, translate
from crm.access import Viewer
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.field import Field
from crm.patterns import Patterns
from crm.record import Record
from crm.record_draft import RecordInvalid, shown
from crm.records import Records
from web.errors import FormExpired
from web.pages.record_form import FORM_BODY, RecordForms, doubts, understood
from web.permissions import WITH_ACCOUNT
from web.records.asked import MOST_COLUMNS
from web.records.drawn import cell
from web.records.form_reading import Sent, sent
from web.records.inputs import Input, linked, raw_of
from web.records.places import Place, generic
from web.request import Request
from web.response import Answer, json, page
from web.routes import Route, get, post


class NotHere(Refusal):
    """A field that follows from others, or that this record's form does not have."""

    code = "not_editable_here"
    status = 422
    sentence = _("This cannot be changed here; open the record’s form.")


class FieldChanged(Refusal):
    """Somebody else changed the same field since its editor was opened."""

    code = "changed_meanwhile"
    status = 409
    sentence = _("{name} changed this meanwhile to “{value}”. Save again to put yours in its place.")


@frozen
class RecordCells:
    """The editors of single fields of one entity's records."""

    place: Place

    @property
    def forms(self) -> RecordForms:
        """The entity's forms; an editor is a form of one field."""
        return RecordForms(self.place)

    async def edit(self, request: Request, record: int, field: str) -> Answer:
        """The field's editor, a fragment."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.forms.editable(entity, viewer, record)
        one = self._field(entity, viewer, known, field)
        showing = await self.place.showing(request, [known.values])
        raw = {one.name: raw_of(one, known.values.get(one.name), showing)}
        return await self._editor(request, entity, viewer, known, one, Sent(raw=raw, version=known.version))

    async def save(self, request: Request, record: int, field: str) -> Answer:
        """Save the field: {"version", "title", "cells": {column: HTML}} for the list's columns in X-Columns; what is wrong comes back in the editor."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.forms.editable(entity, viewer, record)
        one = self._field(entity, viewer, known, field)
        form = sent([one], request.body())
        if form.version is None:
            raise FormExpired
        try:
            raw = await self.forms.raw(entity, viewer, form)
            met, known = await self.forms.put(request, entity, viewer, known, form, raw)
        except RecordInvalid as refusal:
            return await self._editor(request, entity, viewer, known, one, form, problems=refusal.problems, status=refusal.status)
        if met.differences:
            theirs = FieldChanged(name=self.forms.name(met.by, request.language), value=met.differences[0].theirs or "–")
            now = Sent(raw=met.mine, beside=form.beside, version=known.version)
            return await self._editor(request, entity, viewer, known, one, now, problems={one.name: theirs}, status=theirs.status)
        return json(await self._saved(request, entity, viewer, record))

    async def _saved(self, request: Request, entity: Entity, viewer: Viewer, record: int) -> dict[str, Any]:
        known = await self.place.records.get(entity, record, viewer)
        showing, targets = await self.place.showing(request, [known.values]), self.place.targets(viewer, request.language)
        wanted = request.header("X-Columns").split(",")[:MOST_COLUMNS]
        columns = {one.name: one for one in entity.of(level=viewer.pattern.field_level)}
        cells = {name: str(cell(columns[name], showing, targets)(known.values.get(name))) for name in wanted if name in columns}
        return {"version": known.version, "title": known.title, "colour": entity.colour_of(known.values), "cells": cells}

    async def _editor(
        self, request: Request, entity: Entity, viewer: Viewer, known: Record, one: Field, form: Sent, *, problems: Mapping[str, Refusal] | None = None,
        status: int = 200,
    ) -> Answer:  # fmt: skip
        reading, found = self.place.records.reading(request.language), dict(problems or {})
        showing = await self.place.showing(request, [linked([one], form.raw), known.values])
        warnings = {} if found else doubts(entity, understood(entity, form.raw, reading))
        sheet = self.forms.sheet(request, entity, viewer, showing, form, known.values, found, warnings)
        put = Input(field=one, name=one.name, raw=form.raw.get(one.name), page=sheet, entity=entity.name)
        elsewhere = [
            (other.word(request.language) if (other := entity.field(name.partition(".")[0])) else name, problem)
            for name, problem in found.items()
            if name.partition(".")[0] != one.name
        ]
        return page(
            "record_cell.html",
            status=status,
            entity=entity,
            known=known,
            input=put,
            version=form.version,
            elsewhere=elsewhere,
            targets=self.place.targets(viewer, request.language),
        )

    def _field(self, entity: Entity, viewer: Viewer, known: Record, name: str) -> Field:
        """The field, when this record's form has it and this user may set it."""
        there = {one.name: one for one in entity.of(entity.variant(known.values), viewer.pattern.field_level)}
        one = there.get(name)
        locked = name in ("expert", "experts") and not viewer.may_with(entity.name, "set_expert", known.values)
        if (
            one is None
            or not one.typed
            or locked
            or name == entity.variant_field
            or not shown(one, entity, known.values, self.place.records.reading())
        ):
            raise NotHere(field=name[:60])
        return one


def routes(catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str) -> list[Route]:
    """Editors of single fields of every entity."""
    found: list[Route] = []
    for entity in generic(catalogue.entities.values(), "edit"):
        cells = RecordCells(Place(entity.name, catalogue, records, patterns, accounts, timezone))
        path, title = f"{entity.address}/<int:record>/cell/<field>", translate("en", entity.title)
        found += [
            get(path, cells.edit, allow=WITH_ACCOUNT, summary=f"{title}: the editor of one field"),
            post(path, cells.save, allow=WITH_ACCOUNT, summary=f"{title}: save one field", body_limit=FORM_BODY),
        ]
    return found
