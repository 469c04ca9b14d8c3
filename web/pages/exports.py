"""Taking lists out: format and columns, progress, download."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

from attrs import frozen

from config.errors import Refusal
from config.translations import translate
from crm.catalogue import Catalogue
from crm.exports.exports import Exports
from crm.exports.formats import FORMATS
from crm.patterns import Patterns
from web.permissions import WITH_ACCOUNT
from web.records.asked import asked, offered
from web.request import Request
from web.response import Answer, File, page, redirect
from web.routes import Route, get, post


@frozen
class ExportPages:
    """The pages of exports."""

    exports: Exports
    catalogue: Catalogue
    patterns: Patterns

    def choose(self, name: str) -> Any:
        """The page where format and columns are chosen for the list that the address asks for."""

        async def show(request: Request, refusal: Refusal | None = None) -> Answer:
            entity, viewer = self.catalogue[name], self.patterns.viewer(request.user.username)
            viewer.demand(name, "export")
            wanted = asked(entity, request.query, viewer)
            formats = {code: one for code, one in FORMATS.items() if code != "vcf" or name == "party"}
            return page(
                "export_new.html", status=refusal.status if refusal else 200, entity=entity, asked=wanted, formats=formats, refusal=refusal,
                offered=offered(entity, viewer, wanted.kind), jobs=await self.exports.mine(viewer),
            )  # fmt: skip

        return show

    def start(self, name: str) -> Any:
        """Begin to write it."""

        async def begin(request: Request) -> Answer:
            entity, viewer = self.catalogue[name], self.patterns.viewer(request.user.username)
            form = parse_qsl(request.body().decode("utf-8", "replace"), max_num_fields=500)
            wanted = asked(entity, request.query, viewer)
            chosen = [value for key, value in form if key == "column"]
            seen = {one.name: one for one in offered(entity, viewer, wanted.kind)}
            fields = [seen[one] for one in chosen if one in seen] or list(wanted.columns)
            title = entity.word(request.language, several=True, variant=wanted.kind)
            try:
                await self.exports.start(
                    wanted.query("export"), fields, dict(form).get("format", ""), viewer, language=request.language, title=title
                )
            except Refusal as refusal:
                answer: Answer = await self.choose(name)(request, refusal)
                return answer
            return redirect("/exports", htmx=request.htmx)

        return begin

    async def mine(self, request: Request) -> Answer:
        """One's own exports."""
        jobs = await self.exports.mine(self.patterns.viewer(request.user.username))
        return page("exports.html", jobs=jobs, formats=FORMATS, running=any(one["state"] == "running" for one in jobs))

    async def download(self, request: Request, job: int) -> Answer:
        """The file."""
        path, media, name = await self.exports.file(job, self.patterns.viewer(request.user.username))
        return File(path, media, name)

    async def cancel(self, request: Request, job: int) -> Answer:
        """Stop writing it."""
        await self.exports.job(job, self.patterns.viewer(request.user.username))
        self.exports.cancel(job)
        return redirect("/exports", htmx=request.htmx)


def routes(exports: Exports, catalogue: Catalogue, patterns: Patterns) -> list[Route]:
    """Exports of every entity."""
    pages = ExportPages(exports, catalogue, patterns)
    found: list[Route] = []
    for entity in catalogue.entities.values():
        title = translate("en", entity.title_plural)
        found += [
            get(f"{entity.address}/export", pages.choose(entity.name), allow=WITH_ACCOUNT, summary=f"{title}: choose a format"),
            post(f"{entity.address}/export", pages.start(entity.name), allow=WITH_ACCOUNT, summary=f"{title}: write a file"),
        ]
    return [
        *found,
        get("/exports", pages.mine, allow=WITH_ACCOUNT, summary="One's own exports"),
        get("/exports/<int:job>/file", pages.download, allow=WITH_ACCOUNT, summary="The file of an export", kind="file"),
        post("/exports/<int:job>/cancel", pages.cancel, allow=WITH_ACCOUNT, summary="Stop an export"),
    ]
