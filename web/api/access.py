"""Access patterns, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from config.translations import _
from crm.access import MOST_FIELD_LEVEL, Pattern
from crm.catalogue import Catalogue
from crm.patterns import NoSuchPattern, Patterns
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, TITLE, WHOLE, YES_NO, listing, record
from web.errors import FieldRefused
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import whole

BASE = "/api/v1/access-patterns"
LEVEL = {"type": "string", "enum": ["none", "own", "team", "all"]}
RIGHTS = {"type": "object", "additionalProperties": {"type": "object", "additionalProperties": LEVEL}}
PATTERN = record({"code": TEXT, "title": TITLE, "field_level": WHOLE, "rights": RIGHTS, "users": {"type": "array", "items": TEXT}})
CHANGE = record({"id": WHOLE, "pattern": TEXT, "at": MOMENT, "user": TEXT, "origin": TEXT, "changes": {"type": "object"}})
DRAFT = {
    "type": "object", "required": ["title_fa"], "additionalProperties": False,
    "properties": {"title_fa": TEXT, "title_en": TEXT, "field_level": {"type": "integer", "minimum": 0, "maximum": MOST_FIELD_LEVEL}, "rights": RIGHTS},
}  # fmt: skip


@frozen
class AccessApi:
    """Everything under /api/v1/access-patterns."""

    patterns: Patterns
    catalogue: Catalogue

    async def list(self, _request: Request) -> Answer:
        """All patterns."""
        return json({"items": [self._value(one) for one in self.patterns.all.values()], "total": len(self.patterns.all)})

    async def show(self, _request: Request, code: str) -> Answer:
        """One of them."""
        if code not in self.patterns.all:
            raise NoSuchPattern(pattern=code[:40])
        return json(self._value(self.patterns.all[code]))

    async def put(self, request: Request, code: str) -> Answer:
        """Make it, or change it as a whole; it counts at once."""
        given = request.given
        for name in ("title_fa", "title_en"):
            if not isinstance(given.get(name, ""), str):
                raise FieldRefused(name, _("a text of at most {longest} letters"), longest=80)
        level = given.get("field_level", 0)
        if not isinstance(level, int) or isinstance(level, bool):
            raise FieldRefused("field_level", _("a whole number from {low} to {high}"), low=0, high=MOST_FIELD_LEVEL)
        pattern = Pattern(
            code=code, fa=given.get("title_fa", ""), en=given.get("title_en", ""), field_level=level, rights=self._rights(given.get("rights", {}))
        )  # fmt: skip
        await self.patterns.save(pattern, request.user.username, f"api {request.address}")
        return json(self._value(self.patterns.all[code]))

    async def delete(self, request: Request, code: str) -> Answer:
        """Take away one that nobody has."""
        await self.patterns.remove(code, request.user.username, f"api {request.address}")
        return json({"ok": True})

    async def changes(self, request: Request) -> Answer:
        """Who changed what, newest first."""
        rows = await self.patterns.changes(before=request.asked["before"])
        items = [
            {"id": row["id"], "pattern": row["pattern"], "at": iso(row["at"]), "user": row["by"], "origin": row["origin"], "changes": row["changes"]}
            for row in rows
        ]  # fmt: skip
        return json({"items": items, "total": len(items)})

    def _rights(self, raw: Any) -> Mapping[str, Mapping[str, str]]:
        known = {"*", *self.catalogue.entities}
        good = isinstance(raw, dict) and all(
            place in known and isinstance(rules, dict) and all(isinstance(level, str) for level in rules.values())
            for place, rules in raw.items()
        )
        if not good:
            raise FieldRefused("rights", _("{{entity or *: {{right or *: level}}}}"))
        return dict(raw)

    def _value(self, one: Pattern) -> dict[str, Any]:
        return {
            "code": one.code, "title": {"fa": one.fa, "en": one.en}, "field_level": one.field_level,
            "rights": {place: dict(rules) for place, rules in one.rights.items()}, "users": self.patterns.who_has(one.code),
        }  # fmt: skip


def routes(patterns: Patterns, catalogue: Catalogue) -> list[Route]:
    """Access patterns."""
    views = AccessApi(patterns, catalogue)
    one = f"{BASE}/<code>"
    return [
        api("GET", BASE, views.list, allow=ADMINISTRATORS, summary="Access patterns", gives=listing(PATTERN)),
        api("GET", f"{BASE}-changes", views.changes, allow=ADMINISTRATORS, summary="Changes of access patterns", asks={"before": whole(0, 2**53, need=False, default=0)}, gives=listing(CHANGE)),
        api("GET", one, views.show, allow=ADMINISTRATORS, summary="An access pattern", gives=PATTERN),
        api("PUT", one, views.put, allow=ADMINISTRATORS, summary="Make or change an access pattern", body=lambda: DRAFT, gives=PATTERN),
        api("DELETE", one, views.delete, allow=ADMINISTRATORS, summary="Remove an access pattern", gives=record({"ok": YES_NO})),
    ]  # fmt: skip
