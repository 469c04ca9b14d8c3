"""Bringing files in: upload, columns and fields with a preview, progress, what was refused and why, taking it all back."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qsl

from attrs import frozen

from config.errors import Refusal
from config.translations import translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.exports.formats import FORMATS
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.numbers import YesNo
from crm.fields.rows import Rows
from crm.imports.imports import Imports, NoSuchImport
from crm.imports.mapping import targets
from crm.imports.refused import refused_file
from crm.imports.sheets import LARGEST_FILE, MOST_ROWS
from crm.imports.understanding import MODES
from crm.patterns import Patterns
from crm.records import Records
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, Body, page, redirect
from web.routes import Route, get, post
from web.uploads import uploaded

MORE_BYTES = 1024 * 1024
SHOWN_PROBLEMS = 100


@frozen
class ImportPages:
    """The pages of imports; `place` makes the words of one entity."""

    imports: Imports
    catalogue: Catalogue
    records: Records
    patterns: Patterns
    accounts: Accounts
    timezone: str

    def begin(self, name: str) -> Any:
        """The page where a file for entity `name` is chosen."""

        async def show(request: Request, refusal: Refusal | None = None) -> Answer:
            entity, viewer = self.catalogue[name], self.patterns.viewer(request.user.username)
            viewer.demand(name, "import")
            jobs = await self.imports.of(entity, viewer)
            return page(
                "import_new.html", status=refusal.status if refusal else 200, entity=entity, jobs=jobs, refusal=refusal, most=LARGEST_FILE // 1024 // 1024,
                rows=MOST_ROWS, known=[one.word(request.language) for one in entity.of(level=viewer.pattern.field_level) if one.typed][:40],
            )  # fmt: skip

        return show

    def take(self, name: str) -> Any:
        """An uploaded file becomes a job."""

        async def upload(request: Request) -> Answer:
            entity, viewer = self.catalogue[name], self.patterns.viewer(request.user.username)
            viewer.demand(name, "import")
            try:
                async with uploaded(request) as sent:
                    number = await self.imports.take(entity, sent.path, sent.name, viewer)
            except Refusal as refusal:
                answer: Answer = await self.begin(name)(request, refusal)
                return answer
            return redirect(f"/imports/{number}", htmx=request.htmx)

        return upload

    async def show(self, request: Request, job: int) -> Answer:
        """The job as it is: its columns, its progress, or what came of it."""
        viewer = self.patterns.viewer(request.user.username)
        row = await self.imports.job(job, viewer)
        entity = self._entity(row["entity"])
        if row["state"] != "mapping":
            problems = await self.imports.problems(job, viewer, SHOWN_PROBLEMS) if row["bad"] else []
            return page("import_job.html", entity=entity, job=row, problems=problems, owner=self._name(row["by"], request))
        preview = await self.imports.preview(job, viewer)
        fields = [one for one in entity.of(level=viewer.pattern.field_level) if one.name in {name.split(".")[0] for name in row["mapping"]}]
        showing = Showing(language=request.language, timezone=self.timezone, titles=preview.titles)
        shown = [(one, [_cell(field, one.row.values.get(field.name), showing) for field in fields]) for one in preview.come]
        options = targets(entity, viewer.pattern.field_level)
        return page(
            "import_columns.html", entity=entity, job=row, options=[(target, fa if request.language == "fa" else en) for target, fa, en in options],
            fields=fields, rows=shown, modes=MODES, keys=_keys(entity, request.language),
        )  # fmt: skip

    async def plan(self, request: Request, job: int) -> Answer:
        """Keep how the columns are understood; look again, or begin."""
        viewer = self.patterns.viewer(request.user.username)
        row = await self.imports.job(job, viewer)
        given = parse_qsl(request.body().decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2000)
        form = dict(given)
        known = {target for target, _fa, _en in targets(self._entity(row["entity"]), viewer.pattern.field_level)}
        mapping = [target if (target := form.get(f"column.{place}", "")) in known else "" for place in range(len(row["headers"]))]
        options = {
            "mode": form.get("mode", "both"), "keys": [value for name, value in given if name == "key"], "empty": form.get("empty", "keep"),
            "references": form.get("references", "find"), "variant": form.get("variant", ""),
        }  # fmt: skip
        await self.imports.plan(job, mapping, options, viewer)
        if form.get("do") == "start":
            await self.imports.start(job, viewer)
        return redirect(f"/imports/{job}", htmx=request.htmx)

    async def cancel(self, request: Request, job: int) -> Answer:
        """Stop it behind the present batch."""
        await self.imports.job(job, self.patterns.viewer(request.user.username))
        self.imports.cancel(job)
        return redirect(f"/imports/{job}", htmx=request.htmx)

    async def go_on(self, request: Request, job: int) -> Answer:
        """Go on with one that was stopped."""
        await self.imports.start(job, self.patterns.viewer(request.user.username))
        return redirect(f"/imports/{job}", htmx=request.htmx)

    async def undo(self, request: Request, job: int) -> Answer:
        """Take back what it did."""
        await self.imports.undo(job, self.patterns.viewer(request.user.username))
        return redirect(f"/imports/{job}", htmx=request.htmx)

    async def forget(self, request: Request, job: int) -> Answer:
        """Remove the job; records stay."""
        viewer = self.patterns.viewer(request.user.username)
        row = await self.imports.job(job, viewer)
        await self.imports.forget(job, viewer)
        return redirect(f"{self._entity(row['entity']).address}/import", htmx=request.htmx)

    async def bad(self, request: Request, job: int) -> Answer:
        """The refused rows with the reason in a last column, to be corrected and sent again."""
        viewer = self.patterns.viewer(request.user.username)
        row = await self.imports.job(job, viewer)
        problems = await self.imports.problems(job, viewer, MOST_ROWS)
        width, reason = len(row["headers"]), f"why_{request.language}"
        rows = [[*one["cells"], *([""] * (width - len(one["cells"]))), one[reason]] for one in problems]
        rows = [[*row["headers"], translate(request.language, "Reason")], *rows]
        kind, content = await asyncio.to_thread(refused_file, row["file"], rows)
        headers = (
            ("Content-Disposition", f'attachment; filename="import-{job}-refused.{kind}"'),
            ("X-Content-Type-Options", "nosniff"),
        )
        return Body(content, FORMATS[kind].media, headers=headers)

    def _entity(self, name: str) -> Entity:
        if name not in self.catalogue.entities:
            raise NoSuchImport
        return self.catalogue[name]

    def _name(self, username: str, request: Request) -> str:
        known = self.accounts.get(username)
        return known.shown(request.language) if known else username


def _cell(one: Field, value: Any, showing: Showing) -> str:
    """A value in a cell; of rows what can be typed, without their yes and no."""
    if not isinstance(one.kind, Rows):
        return one.kind.show(value, showing)
    told = [part for part in one.kind.fields if part.typed and not isinstance(part.kind, YesNo)]
    lines = [[part.kind.show(row.get(part.name), showing) for part in told] for row in value or ()]
    return "\n".join(" · ".join(filter(None, line)) for line in lines)


def _keys(entity: Entity, language: str) -> list[tuple[str, str]]:
    """The declared keys of one field each, with their words."""
    single = [key[0] for key in entity.keys if len(key) == 1]
    return [(name, one.word(language)) for name in single if (one := entity.field(name.split(".")[0]))]


def routes(imports: Imports, catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str) -> list[Route]:
    """Imports of every entity."""
    pages = ImportPages(imports, catalogue, records, patterns, accounts, timezone)
    found: list[Route] = []
    for entity in catalogue.entities.values():
        title = translate("en", entity.title_plural)
        found += [
            get(f"{entity.address}/import", pages.begin(entity.name), allow=WITH_ACCOUNT, summary=f"{title}: choose a file to bring in"),
            post(f"{entity.address}/import", pages.take(entity.name), allow=WITH_ACCOUNT, summary=f"{title}: a file to bring in", body_limit=LARGEST_FILE + MORE_BYTES),
        ]  # fmt: skip
    one = "/imports/<int:job>"
    return [
        *found,
        get(one, pages.show, allow=WITH_ACCOUNT, summary="An import: columns, progress, result"),
        post(f"{one}/plan", pages.plan, allow=WITH_ACCOUNT, summary="An import: which column is what; begin", body_limit=MORE_BYTES),
        post(f"{one}/cancel", pages.cancel, allow=WITH_ACCOUNT, summary="An import: stop it"),
        post(f"{one}/start", pages.go_on, allow=WITH_ACCOUNT, summary="An import: go on"),
        post(f"{one}/undo", pages.undo, allow=WITH_ACCOUNT, summary="An import: take it back"),
        post(f"{one}/forget", pages.forget, allow=WITH_ACCOUNT, summary="An import: remove it from the list"),
        get(f"{one}/refused", pages.bad, allow=WITH_ACCOUNT, summary="An import: the refused rows as a file", kind="file"),
    ]
