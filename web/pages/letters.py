"""Letters and messages from templates: to one record with a preview that can be edited, letters to many in the background."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote, urlencode

from attrs import frozen

from config.errors import Refusal
from config.translations import translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.merging.letters import MOST, Letters, customers
from crm.merging.merging import RIGHTS, TEMPLATE, Merging
from crm.merging.sms_parts import counted
from crm.patterns import Patterns
from crm.records import Records
from web.pages.record_mass import MOST_MARKED
from web.permissions import WITH_ACCOUNT
from web.records.looks import usable
from web.records.places import Place, origin
from web.request import Request
from web.response import Answer, Body, File, json, page, redirect
from web.routes import Route, get, post

LONGEST_BODY = 1024 * 1024
SUBJECT = 200


@frozen
class Writing:
    """Letters and messages to records of one entity."""

    place: Place
    merging: Merging
    letters: Letters

    async def letter(self, request: Request, record: int, refusal: Refusal | None = None) -> Answer:
        """Choose a template, see the letter, change it."""
        return await self._text(request, record, "letter", refusal)

    async def message(self, request: Request, record: int) -> Answer:
        """Choose a template, see the message and how many short messages it is, copy it."""
        return await self._text(request, record, "message")

    async def _text(self, request: Request, record: int, use: str, refusal: Refusal | None = None) -> Answer:
        entity, viewer = self.place.entity, self.place.viewer(request)
        known = await self.place.records.get(entity, record, viewer, RIGHTS[use])
        templates = await self.merging.templates(entity.name, use, viewer)
        chosen = request.whole("template", templates[0].id if len(templates) == 1 else 0, 0, 2**31)
        form = request.form() if request.method == "POST" else {}
        text: Any = None
        if refusal is None and chosen:
            try:
                text = await self.merging.filled(chosen, entity, record, viewer, use)
            except Refusal as error:
                refusal = error
        subject = form.get("subject", text.subject if text else "")
        body = form.get("body", text.body if text else "")
        return page(
            f"{use}.html", status=refusal.status if refusal else 200, entity=entity, known=known, templates=templates, chosen=chosen,
            subject=subject, body=body, there=text is not None or bool(form), refusal=refusal, language_of_text=form.get("language", text.language if text else "fa"),
            on_timeline=bool(customers(entity, known)), counted=counted(body) if use == "message" else None,
            may_make=viewer.may(TEMPLATE, "create"),
        )  # fmt: skip

    async def write(self, request: Request, record: int) -> Answer:
        """The letter as PDF, or kept with the record."""
        entity, viewer, form = self.place.entity, self.place.viewer(request), request.form()
        known = await self.place.records.get(entity, record, viewer, "print")
        subject, body = form.get("subject", "").strip()[:SUBJECT], form.get("body", "")
        language = form.get("language", "fa") if form.get("language") in ("fa", "en") else "fa"
        try:
            if form.get("do") != "keep":
                made = await self.letters.pdf(subject, body, language)
                name = quote(f"{subject or known.title}.pdf")
                return Body(made, "application/pdf", headers=(("Content-Disposition", f"inline; filename*=UTF-8''{name}"),))
            await self.letters.keep(entity, record, subject, body, language, viewer, origin(request))
        except Refusal as refusal:
            return await self.letter(request, record, refusal)
        return redirect(f"{entity.address}/{record}?saved=1", htmx=request.htmx)

    async def many(self, request: Request, refusal: Refusal | None = None) -> Answer:
        """Choose the template for the records of a list."""
        entity, viewer = self.place.entity, self.place.viewer(request)
        viewer.demand(entity.name, "print")
        wanted, ids = await self._ids(request)
        more = {"all": "1"} if request.query.get("all") == "1" else {"ids": request.query.get("ids", "")}
        return page(
            "letters_new.html", status=refusal.status if refusal else 200, entity=entity, asked=wanted, total=len(ids), most=MOST, refusal=refusal,
            templates=await self.merging.templates(entity.name, "letter", viewer), may_make=viewer.may(TEMPLATE, "create"),
            action=f"{entity.address}/letters?{urlencode([*wanted.parts.items(), *more.items()])}",
        )  # fmt: skip

    async def begin(self, request: Request) -> Answer:
        """Begin to write them."""
        entity, viewer, form = self.place.entity, self.place.viewer(request), request.form()
        _wanted, ids = await self._ids(request)
        raw = form.get("template", "")
        template = int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 12 else 0
        try:
            await self.letters.start(template, entity, ids, viewer, noted=form.get("noted") == "1")
        except Refusal as refusal:
            return await self.many(request, refusal)
        return redirect("/letters", htmx=request.htmx)

    async def _ids(self, request: Request) -> tuple[Any, list[int]]:
        viewer = self.place.viewer(request)
        wanted = await usable(self.place, request)
        if request.query.get("all") == "1":
            return wanted, await self.place.records.ids(wanted.query("print"), viewer, MOST + 1, request.language)
        texts = request.query.get("ids", "").split(",")[:MOST_MARKED]
        return wanted, sorted({int(one) for one in texts if one.isascii() and one.isdecimal() and len(one) < 16})


@frozen
class LetterPages:
    """One's own letters for many, and what the picker of fields asks."""

    letters: Letters
    merging: Merging
    catalogue: Catalogue
    patterns: Patterns

    async def mine(self, request: Request) -> Answer:
        """How far they are; the PDFs."""
        jobs = await self.letters.mine(self.patterns.viewer(request.user.username))
        return page("letters.html", jobs=jobs, entities=self.catalogue.entities, running=any(one["state"] == "running" for one in jobs))

    async def download(self, request: Request, job: int) -> Answer:
        """The PDF."""
        path, name = await self.letters.file(job, self.patterns.viewer(request.user.username))
        return File(path, "application/pdf", name)

    async def cancel(self, request: Request, job: int) -> Answer:
        """Stop it."""
        await self.letters.cancel(job, self.patterns.viewer(request.user.username))
        return redirect("/letters", htmx=request.htmx)

    async def fields(self, request: Request) -> Answer:
        """What texts for records of ?entity= may name."""
        name = request.query.get("entity", "")
        viewer = self.patterns.viewer(request.user.username)
        found = self.merging.fields(name, viewer, request.language) if name in self.catalogue.entities else []
        return json({"groups": found})


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, merging: Merging, letters: Letters
) -> list[Route]:  # fmt: skip
    """Letters and messages of every entity but the templates themselves."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        if entity.name == TEMPLATE:
            continue
        pages = Writing(Place(entity.name, catalogue, records, patterns, accounts, timezone), merging, letters)
        title, base = translate("en", entity.title), f"{entity.address}/<int:record>"
        found += [
            get(f"{base}/letter", pages.letter, allow=WITH_ACCOUNT, summary=f"{title}: a letter from a template"),
            post(
                f"{base}/letter", pages.write, allow=WITH_ACCOUNT, summary=f"{title}: print a letter, or keep it", body_limit=LONGEST_BODY
            ),
            get(f"{base}/message", pages.message, allow=WITH_ACCOUNT, summary=f"{title}: a message from a template"),
            get(f"{entity.address}/letters", pages.many, allow=WITH_ACCOUNT, summary=f"{title}: letters to many"),
            post(f"{entity.address}/letters", pages.begin, allow=WITH_ACCOUNT, summary=f"{title}: write letters to many"),
        ]
    shared = LetterPages(letters, merging, catalogue, patterns)
    return [
        *found,
        get("/letters", shared.mine, allow=WITH_ACCOUNT, summary="One's own letters to many"),
        get("/letters/fields", shared.fields, allow=WITH_ACCOUNT, summary="The fields that texts may name"),
        get("/letters/<int:job>/file", shared.download, allow=WITH_ACCOUNT, summary="The PDF of letters to many", kind="file"),
        post("/letters/<int:job>/cancel", shared.cancel, allow=WITH_ACCOUNT, summary="Stop letters to many"),
    ]
