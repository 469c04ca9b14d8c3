"""What forms ask while people type: records to choose for a link, and what a typed value means."""

from __future__ import annotations

from attrs import frozen

from config.errors import Refusal
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.rows import Rows
from crm.patterns import Patterns
from crm.query import Query
from crm.records import Records
from crm.search_typed import nearness
from web.errors import NothingHere
from web.permissions import WITH_ACCOUNT
from web.records.places import Place
from web.request import Request
from web.response import Answer, json
from web.routes import Route, get

MOST = 8
CANDIDATES = 40
"""Records looked at before those with the nearest names are offered."""
SAID = frozenset({"phone", "code", "map_point", "duration", "time", "web"})
"""Kinds whose values are shown again as they were understood."""
LONGEST = 2000
LONGEST_NOTE = 120


@frozen
class FormQuestions:
    """Both addresses, for all entities."""

    catalogue: Catalogue
    records: Records
    patterns: Patterns
    accounts: Accounts
    timezone: str

    async def choose(self, request: Request, entity: str) -> Answer:
        """The records that the user may choose and whose words begin like `q`, the nearest names first: [{id, title, note, colour}]."""
        place = self._place(entity)
        viewer = place.viewer(request)
        declared = place.entity
        typed = request.query.get("q", "")[:200]
        query = Query(entity=declared, q=typed, right="choose", active=True, limit=CANDIDATES if typed.strip() else MOST)
        candidates, _page = await self.records.page(query, viewer, request.language)
        found = sorted(candidates, key=lambda one: nearness(one.title, typed))[:MOST]
        showing = await place.showing(request, [one.values for one in found])
        carded = [one for one in declared.of(level=viewer.pattern.field_level) if one.carded and one.name != declared.title_field]

        def note(values: dict[str, object]) -> str:
            return " · ".join(text for one in carded if (text := in_a_line(one, values.get(one.name), showing)))[:LONGEST_NOTE]

        rows = [{"id": one.id, "title": one.title, "note": note(one.values), "colour": declared.colour_of(one.values)} for one in found]
        return json({"items": rows})

    async def check(self, request: Request, entity: str) -> Answer:
        """What `value` means in the field `field` ("phones.number" for one of rows): {"error", "warning", "shown"}, "" for none."""
        place = self._place(entity)
        viewer = place.viewer(request)
        viewer.demand(entity, "view")
        one = field_at(place.entity, request.query.get("field", ""), viewer.pattern.field_level)
        raw = request.query.get("value", "")[:LONGEST]
        try:
            value = one.kind.read(raw, self.records.reading(request.language))
        except Refusal as refusal:
            return json({"error": refusal.text(request.language), "warning": "", "shown": ""})
        doubt = one.kind.warning(value)
        shown = one.kind.show(value, Showing(language=request.language, timezone=self.timezone)) if one.kind.widget in SAID else ""
        return json({"error": "", "warning": doubt.text(request.language) if doubt else "", "shown": shown if shown != raw.strip() else ""})

    def _place(self, entity: str) -> Place:
        if entity not in self.catalogue.entities:
            raise NothingHere
        return Place(entity, self.catalogue, self.records, self.patterns, self.accounts, self.timezone)


def in_a_line(field: Field, value: object, showing: Showing) -> str:
    """What a value says beside a name: of rows the short form, of yes and no the field's word when it is yes, of nothing nothing."""
    if not value:
        return ""
    if field.kind.widget == "yes_no":
        return field.word(showing.language)
    text = field.kind.in_short(value, showing) if isinstance(field.kind, Rows) else field.kind.show(value, showing)
    return text.replace("\n", " · ")


def field_at(entity: Entity, path: str, level: int) -> Field:
    """The field of a path, with or without the place of its row. Raises NothingHere."""
    names = [part for part in path.split(".") if not part.isdigit()]
    seen = {one.name: one for one in entity.of(level=level)}
    one = seen.get(names[0]) if names else None
    if one is not None and isinstance(one.kind, Rows) and len(names) == 2:
        one = next((inner for inner in one.kind.fields if inner.name == names[1]), None)
    if one is None or not one.typed or isinstance(one.kind, Rows):
        raise NothingHere
    return one


def routes(catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str) -> list[Route]:
    """What forms ask."""
    questions = FormQuestions(catalogue, records, patterns, accounts, timezone)
    return [
        get("/records/<entity>/choose", questions.choose, allow=WITH_ACCOUNT, summary="Records to choose for a link, while typing"),
        get("/records/<entity>/check", questions.check, allow=WITH_ACCOUNT, summary="What a typed value means in a field"),
    ]
