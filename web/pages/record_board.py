"""The board of every entity with states: a column for each state, cards that move as allowed, by dragging or by keyboard."""

from __future__ import annotations

import asyncio
from typing import Any

from attrs import evolve, frozen

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _, translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.expression import Test, both, to_json
from crm.fields.choices import Option, State
from crm.fields.field import Field, Missing
from crm.patterns import Patterns
from crm.query import Query
from crm.record import Record
from crm.record_draft import RecordInvalid
from crm.records import Records
from crm.views import Views
from web.permissions import WITH_ACCOUNT
from web.records.asked import Asked, filter_text
from web.records.looks import above, look_by, usable
from web.records.places import Place, origin
from web.records.shown import Value
from web.records.viewing import kept_as, viewing
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

CARDS = 30
"""Cards in a column; the rest is in the list."""
FIELDS_OF_CARD = 4
WITHOUT = _("Without a state")


@frozen
class Column:
    """A state with its first cards, how many there are, and the address of their list."""

    option: Option
    cards: list[Record]
    total: int
    list: str


@frozen
class RecordBoards:
    """The board of one entity."""

    place: Place
    views: Views

    async def show(self, request: Request) -> Answer:
        """The board by the state field `by`, over what the address asks for."""
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        seen = await viewing(self.views, entity, viewer, request)
        wanted = await usable(self.place, request, seen.given)
        look, by = look_by(entity, viewer, "board", seen.given.get("by", ""))
        assert isinstance(by.kind, State)
        on_card = [one for one in entity.of(wanted.kind, viewer.pattern.field_level) if (one.carded or one.listed) and one.name != by.name]
        on_card = [one for one in on_card if one.name not in (entity.title_field, entity.variant_field)][:FIELDS_OF_CARD]
        only = {one.name for one in on_card} | {by.name, "icon", "colour", *entity.coloured_by}
        options = (Option("", WITHOUT, active=False), *by.kind.choices)
        columns = await asyncio.gather(*(self._column(request, wanted, by, one, only) for one in options))
        found = [one for one in columns if one.option.active or one.total]
        showing = await self.place.showing(request, [card.values for column in found for card in column.cards])

        def cells(card: Record) -> list[Value]:
            return [one for name in on_card if (one := Value(field=name, value=card.values.get(name.name), showing=showing)).there]

        return page(
            "record_board.html",
            **await above(self.place, request, wanted, "board"),
            **kept_as(seen, viewer, by=by.name),
            by=by,
            fields=look.fields,
            columns=found,
            moves={one.option.code: _moves(by.kind, one.option.code, [other.option for other in found]) for one in found},
            cells=cells,
            moved=await self._moved(request, by),
            language=language,
        )  # fmt: skip

    async def _column(self, request: Request, wanted: Asked, by: Field, option: Option, only: set[str]) -> Column:
        viewer, records = self.place.viewer(request), self.place.records
        test = Test(by.name, "=", option.code) if option.code else Test(by.name, "empty")
        where = both(wanted.where, test)
        query: Query = wanted.query()
        query = evolve(
            query, where=both(query.where, test), sort=wanted.sort or (("updated_at", True),), limit=CARDS, after="", before=""
        )  # fmt: skip
        (cards, _page), total = await asyncio.gather(
            records.page(query, viewer, request.language, only), records.count(query, viewer, request.language)
        )
        return Column(option, cards, total, wanted.address(filter=filter_text(to_json(where))))

    async def _moved(self, request: Request, by: Field) -> dict[str, Any] | None:
        """The record that was just moved, and where it was, when it may go back."""
        number, was = request.whole("moved", 0, low=0, high=2**53), request.query.get("was", "")
        assert isinstance(by.kind, State)
        option = by.kind.option(was)
        if not number or option is None:
            return None
        try:
            record = await self.place.records.get(self.place.entity, number, self.place.viewer(request))
        except Refusal:
            return None
        now = record.values.get(by.name)
        return {"record": record, "was": option, "now": by.kind.option(now), "back": now != was and by.kind.may_move(now, was)}

    async def move(self, request: Request) -> Answer:
        """Give a record another state. Raises what its form would say at the field."""
        entity, viewer, form = self.place.entity, self.place.viewer(request), request.form()
        wanted = await usable(self.place, request)
        _look, by = look_by(entity, viewer, "board", request.query.get("by", ""))
        number = int(form["record"]) if form.get("record", "").isdecimal() else 0
        version = int(form["version"]) if form.get("version", "").isdecimal() else None
        if not form.get("to", "").strip():
            raise Missing(by)
        was = (await self.place.records.get(entity, number, viewer)).values.get(by.name)
        try:
            await self.place.records.change(
                entity, number, {by.name: form.get("to", "")}, viewer, version=version, origin=origin(request), language=request.language
            )
        except RecordInvalid as refusal:
            raise next(iter(refusal.problems.values())) from None
        return redirect(wanted.address("/board", by=by.name, moved=number, was=was), htmx=request.htmx)


def _moves(kind: State, code: str, options: list[Option]) -> list[Option]:
    """Where a card of this column may go."""
    return [one for one in options if one.code and one.code != code and kind.may_move(code or None, one.code)]


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, database: Database, clock: Clock
) -> list[Route]:
    """Boards; an entity without states answers that there is nothing."""
    found: list[Route] = []
    views = Views(database, clock)
    for entity in catalogue.entities.values():
        boards = RecordBoards(Place(entity.name, catalogue, records, patterns, accounts, timezone), views)
        title = translate("en", entity.title_plural)
        found += [
            get(f"{entity.address}/board", boards.show, allow=WITH_ACCOUNT, summary=f"{title}: the board"),
            post(f"{entity.address}/board/move", boards.move, allow=WITH_ACCOUNT, summary=f"{title}: give a card another state"),
        ]
    return found
