"""A list on paper, as searched and sorted: a page to print, a PDF, and a phone book of records that have numbers."""

from __future__ import annotations

import asyncio
import sys
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from attrs import evolve, field, frozen

from config.errors import Refusal
from config.paper import tall
from config.programs import ProgramFailed, run_program
from config.translations import _, translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.rows import Rows
from crm.numbers import shown
from crm.patterns import Patterns
from crm.record import Record
from crm.records import Records
from web.assets import Assets
from web.permissions import WITH_ACCOUNT
from web.records.looks import above, usable
from web.records.places import Place
from web.records.shown import Value
from web.records.telephones import number_in, numbers_of
from web.render import Renderer
from web.request import Request
from web.response import HTML, Answer, Body, Page, page
from web.routes import Route, get

MOST = 5_000
MOST_OF_PDF = 2_000
"""Records of one print; a PDF of more takes minutes."""
PDF_SECONDS = 120.0
AT_ONCE = 1
"""PDFs written at the same time."""
PRINTER = Path(__file__).parent.parent / "pdf.py"
BROAD = 6
"""With more columns than this the paper lies on its side."""


class NoPdf(Refusal):
    """The PDF could not be written."""

    code = "no_pdf"
    status = 503
    sentence = _("The PDF could not be written now. Print the page instead, or try with fewer records.")


@frozen
class RecordPrints:
    """Prints of one entity."""

    place: Place
    renderer: Renderer
    one_by_one: asyncio.Semaphore = field(factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def show(self, request: Request) -> Answer:
        """The page to print."""
        made = await self._page(request, MOST, pdf=False)
        return Body((await asyncio.to_thread(self.renderer.render, made, request)).encode(), HTML)

    async def pdf(self, request: Request) -> Answer:
        """The same as PDF. Raises NoPdf."""
        made = await self._page(request, MOST_OF_PDF, pdf=True)
        html = await asyncio.to_thread(self.renderer.render, made, request)
        try:
            async with self.one_by_one:
                done = await run_program([sys.executable, "-P", str(PRINTER)], seconds=PDF_SECONDS, feed=html.encode())
        except ProgramFailed:
            raise NoPdf from None
        name = quote(f"{made.values['title']}.pdf")
        return Body(done.out, "application/pdf", headers=(("Content-Disposition", f"inline; filename*=UTF-8''{name}"),))

    async def _page(self, request: Request, most: int, *, pdf: bool) -> Page:
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        viewer.demand(entity.name, "print")
        wanted = await usable(self.place, request)
        numbers = numbers_of(entity, viewer.pattern.field_level)
        book = request.query.get("look") == "book" and numbers is not None
        names = None if book else {one.name for one in wanted.columns}
        found, neighbours = await self.place.records.page(evolve(wanted.query("print"), limit=most), viewer, language, names)
        showing = await self.place.showing(request, [one.values for one in found])
        rows = [
            (one, [Value(field=column, value=one.values.get(column.name), showing=showing) for column in wanted.columns]) for one in found
        ]
        return page(
            "record_print.html",
            **await above(self.place, request, wanted, "book" if book else "list"),
            title=entity.word(language, several=True, variant=wanted.kind),
            rows=rows,
            tall=tall,
            more=bool(neighbours.next),
            broad=len(wanted.columns) > BROAD and not book,
            book_of=numbers,
            letters=letters(entity, [(one, lines(one, numbers, showing), note(one, entity, showing)) for one in found])
            if book and numbers
            else [],
            who=request.user.shown(language),
            pdf=pdf,
        )


def lines(record: Record, one: Field, showing: Showing) -> list[tuple[str, str]]:
    """The numbers of a record with what each is for."""
    value = record.values.get(one.name)
    if not isinstance(one.kind, Rows):
        return [("", one.kind.show(value, showing))] if value else []
    inner = number_in(one.kind)
    assert inner is not None
    by_name = {part.name: part for part in one.kind.fields}
    found = []
    for row in value or ():
        number = str(row.get(inner.name) or "")
        if number.startswith("+"):
            words = [by_name[name].kind.show(row.get(name), showing) for name in ("label", "kind") if name in by_name]
            extension = f" ({row['extension']})" if row.get("extension") else ""
            found.append((next((word for word in words if word), ""), shown(number) + extension))
    return found


def note(record: Record, entity: Entity, showing: Showing) -> str:
    """What stands below the name: the groups, roles and so on of its card, in one line."""
    told = [one for one in entity.fields if one.carded and one.kind.widget in ("references", "multi_choice", "reference")]
    parts = [one.kind.show(record.values.get(one.name), showing) for one in told]
    return " · ".join(part for part in parts if part)


def letters(entity: Entity, people: list[Any]) -> list[tuple[str, list[Any]]]:
    """Those with numbers under the letter they are sorted by, in the order they came."""

    def letter(one: Any) -> str:
        return (entity.sort_name(one[0].values) or one[0].title).strip()[:1].upper()

    return [(first, list(found)) for first, found in groupby((one for one in people if one[1]), key=letter)]


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, assets: Assets, names: dict[str, object] | None = None
) -> list[Route]:  # fmt: skip
    """Prints of every entity."""
    found: list[Route] = []
    renderer = Renderer(assets, timezone, names or {"name_fa": "", "name_en": ""})
    one_by_one = asyncio.Semaphore(AT_ONCE)
    for entity in catalogue.entities.values():
        prints = RecordPrints(Place(entity.name, catalogue, records, patterns, accounts, timezone), renderer, one_by_one)
        title = translate("en", entity.title_plural)
        found += [
            get(f"{entity.address}/print", prints.show, allow=WITH_ACCOUNT, summary=f"{title}: the list on paper"),
            get(f"{entity.address}/print.pdf", prints.pdf, allow=WITH_ACCOUNT, summary=f"{title}: the list as PDF", kind="file"),
        ]
    return found
