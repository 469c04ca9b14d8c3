"""The lists that administrators edit: what can be chosen in forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from config.errors import Refusal
from config.translations import _
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.numbers import YesNo
from crm.fields.rows import Rows
from crm.fields.texts import Colour, Line
from crm.own_lists import MOST_CHOICES, ChoiceWrong, OwnList, OwnLists
from crm.record_draft import RecordInvalid
from crm.records import Records
from web.permissions import ADMINISTRATORS
from web.records.form_reading import Raw, press, sent
from web.records.inputs import Sheet, plain_parts, summary
from web.records.own_field_form import ALSO_HELP
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

BASE = "/settings/lists"
FORM_BODY = 1024 * 1024
FIELDS = (
    Field(
        name="choices", label=_("Choices"), help=_("Choices that are taken out are only switched off: records that have them keep them."),
        kind=Rows(
            most=MOST_CHOICES,
            fields=(
                Field(name="fa", kind=Line(longest=120), label=_("In Persian")), Field(name="en", kind=Line(longest=120), label=_("In English")),
                Field(name="colour", kind=Colour(), label=_("Colour")), Field(name="active", kind=YesNo(), label=_("Offered"), default=True),
                Field(name="also", kind=Line(longest=500), label=_("Also read as"), help=ALSO_HELP),
            ),
        ),
    ),
)  # fmt: skip
SECTIONS = (("choices", _("Choices"), ("choices",)),)


@frozen
class ListPages:
    """The pages under /settings/lists."""

    own_lists: OwnLists
    records: Records

    async def index(self, request: Request) -> Answer:
        """Every list."""
        return page("choices.html", lists=self.own_lists.all())

    async def show(self, request: Request, name: str) -> Answer:
        """One list."""
        found = self.own_lists.get(name)
        raw = {
            "choices": [
                {"id": place, "fa": one.word("fa"), "en": one.word("en"), "colour": one.colour, "active": "1" if one.active else "", "also": one.also} for place, one in enumerate(found.options, 1)
            ]
        }  # fmt: skip
        return await self._form(request, found, raw)

    async def save(self, request: Request, name: str) -> Answer:
        """Keep a list; forms, filters and imports have it at once."""
        found = self.own_lists.get(name)
        form = sent(FIELDS, request.body())
        if form.do != "save":
            return await self._form(request, found, press(form.raw, form.do, {one.name: one.kind for one in FIELDS}) or form.raw)
        drawn = _drawn(request, found)
        codes = dict(enumerate(drawn, 1))
        try:
            rows = FIELDS[0].read(form.raw.get("choices"), self.records.reading(request.language)) or []
            made = [{**row, "code": codes.get(row.get("id", 0), "")} for row in rows]
            await self.own_lists.put(name, made, request.user.username, known=drawn)
        except (RecordInvalid, ChoiceWrong, Refusal) as refusal:
            return await self._form(request, found, form.raw, refusal)
        return redirect(f"{BASE}/{name}?saved=1", htmx=request.htmx)

    async def _form(self, request: Request, found: OwnList, raw: Raw, refusal: Refusal | None = None) -> Answer:
        inner: Mapping[str, Any] = getattr(refusal, "problems", {})
        problems = {f"choices.{place}": one for place, one in inner.items()} if inner else {"choices": refusal} if refusal else {}
        sheet = Sheet(showing=Showing(language=request.language), problems=problems)
        parts = plain_parts(FIELDS, SECTIONS, raw, sheet)
        return page(
            "choices_form.html",
            status=refusal.status if refusal else 200,
            list=found,
            parts_of_form=parts,
            problems=summary(parts, problems),
            refused=refusal is not None,
            drawn=",".join(_drawn(request, found)),
            in_use=await self.own_lists.in_use(found.name),
            saved=request.query.get("saved", ""),
            targets={},
        )


def _drawn(request: Request, found: OwnList) -> list[str]:
    """The codes in the order in which the form was first drawn: its rows are known by their places in it, whatever was kept meanwhile."""
    there = [one.code for one in found.options]
    return request.form().get("drawn", ",".join(there)).split(",") if request.method == "POST" else there


def routes(own_lists: OwnLists, records: Records) -> list[Route]:
    """Editable lists."""
    pages = ListPages(own_lists, records)
    return [
        get(BASE, pages.index, allow=ADMINISTRATORS, summary="Editable lists"),
        get(f"{BASE}/<name>", pages.show, allow=ADMINISTRATORS, summary="An editable list"),
        post(f"{BASE}/<name>", pages.save, allow=ADMINISTRATORS, summary="Save an editable list", body_limit=FORM_BODY),
    ]
