"""Texts filled in for records, for programs: /api/v1/<plural>/<id>/merged?template=3, and the fields that texts may name."""

from __future__ import annotations

from attrs import frozen

from config.translations import translate
from crm.catalogue import Catalogue
from crm.merging.merging import TEMPLATE, Merging
from crm.merging.sms_parts import counted
from crm.patterns import Patterns
from web.api_words import TEXT, WHOLE, record
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import whole

FIELDS = {"type": "array", "items": record({"path": TEXT, "label": TEXT})}
GROUPS = record({"groups": {"type": "array", "items": record({"title": TEXT, "path": TEXT, "fields": FIELDS})}})
MERGED = record(
    {
        "template": WHOLE, "name": TEXT, "use": {"type": "string", "enum": ["letter", "message"]}, "language": TEXT, "subject": TEXT, "body": TEXT,
        "alphabet": TEXT, "parts": WHOLE,
    }
)  # fmt: skip


@frozen
class MergingApi:
    """The addresses of one entity."""

    name: str
    catalogue: Catalogue
    merging: Merging
    patterns: Patterns

    async def merged(self, request: Request, number: int) -> Answer:
        """A template filled in for a record; a message with how many short messages it is."""
        entity, viewer = self.catalogue[self.name], self.patterns.viewer(request.user.username)
        made = await self.merging.filled(request.asked["template"], entity, number, viewer)
        size = counted(made.body) if made.use == "message" else None
        return json(
            {
                "template": made.template, "name": made.name, "use": made.use, "language": made.language, "subject": made.subject, "body": made.body,
                "alphabet": size.alphabet if size else "", "parts": size.parts if size else 0,
            }
        )  # fmt: skip

    async def fields(self, request: Request) -> Answer:
        """What texts for these records may name."""
        return json({"groups": self.merging.fields(self.name, self.patterns.viewer(request.user.username), request.language)})


def routes(catalogue: Catalogue, merging: Merging, patterns: Patterns) -> list[Route]:
    """Two addresses of every entity but the templates themselves."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        if entity.name == TEMPLATE:
            continue
        views, title, base = (
            MergingApi(entity.name, catalogue, merging, patterns),
            translate("en", entity.title),
            f"/api/v1/{entity.plural}",
        )
        found += [
            api("GET", f"{base}/merge-fields", views.fields, allow=WITH_ACCOUNT, summary=f"{title}: the fields that texts may name", gives=GROUPS),
            api(
                "GET", f"{base}/<int:number>/merged", views.merged, allow=WITH_ACCOUNT, summary=f"{title}: a text template filled in",
                asks={"template": whole(1, 2**31)}, gives=MERGED,
            ),
        ]  # fmt: skip
    return found
