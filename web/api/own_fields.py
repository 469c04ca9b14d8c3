"""Fields and lists of the administrators' own, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from crm.own_fields import KEPT, OwnFields
from crm.own_lists import OwnList, OwnLists
from web.api_words import TEXT, WHOLE, YES_NO, listing, record
from web.errors import FieldUnknown
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import text, yes_no

SETTABLE = tuple(name for name in KEPT if name != "position")
FIELD = record(
    {
        "id": WHOLE,
        **{
            name: {"type": "object"}
            if name in ("options", "flags")
            else YES_NO
            if name == "active"
            else WHOLE
            if name == "position"
            else TEXT
            for name in KEPT
        },
    }
)
CHOICE = record({"code": TEXT, "fa": TEXT, "en": TEXT, "colour": TEXT, "active": YES_NO, "also": TEXT, "in_use": WHOLE})
LIST = record({"name": TEXT, "title": record({"fa": TEXT, "en": TEXT}), "choices": {"type": "array", "items": CHOICE}})
WORDS = {
    "fa": text(120, need=False),
    "en": text(120, need=False),
    "colour": text(7, need=False, pattern="#[0-9A-Fa-f]{6}"),
    "also": text(500, need=False),
}


def draft() -> dict[str, Any]:
    """The schema of a field that is sent."""
    kinds = {"options": {"type": "object"}, "flags": {"type": "object"}, "active": YES_NO}
    return {"type": "object", "properties": {name: kinds.get(name, TEXT) for name in SETTABLE}, "additionalProperties": False}


@frozen
class OwnFieldsApi:
    """Everything under /api/v1/own-fields."""

    own_fields: OwnFields

    async def list(self, request: Request) -> Answer:
        """The own fields of an entity in order, those switched off too."""
        rows = await self.own_fields.of(request.asked["entity"])
        return json({"items": [_field(row) for row in rows], "total": len(rows)})

    async def create(self, request: Request) -> Answer:
        """A new field; it works at once."""
        number = await self.own_fields.add(_sent(request.given), request.user.username)
        return json(_field(await self.own_fields.get(number)), status=201)

    async def show(self, request: Request, number: int) -> Answer:
        """One field."""
        return json(_field(await self.own_fields.get(number)))

    async def change(self, request: Request, number: int) -> Answer:
        """Change what is given; its code and its entity stay."""
        await self.own_fields.change(number, _sent(request.given), request.user.username)
        return json(_field(await self.own_fields.get(number)))

    async def move(self, request: Request, number: int) -> Answer:
        """One place up or down."""
        await self.own_fields.move(number, request.user.username, up=request.given["up"])
        return json(_field(await self.own_fields.get(number)))


@frozen
class OwnListsApi:
    """Everything under /api/v1/own-lists."""

    own_lists: OwnLists

    async def list(self, request: Request) -> Answer:
        """Every list with its choices."""
        found = [await self._value(one) for one in self.own_lists.all()]
        return json({"items": found, "total": len(found)})

    async def show(self, request: Request, name: str) -> Answer:
        """One list."""
        return json(await self._value(self.own_lists.get(name)))

    async def add(self, request: Request, name: str) -> Answer:
        """A new choice at the end of a list; its code is given by itself."""
        given = {key: value for key, value in request.given.items() if value is not None}
        code = await self.own_lists.add(name, request.user.username, **given)
        return json(next(one for one in (await self._value(self.own_lists.get(name)))["choices"] if one["code"] == code), status=201)

    async def change(self, request: Request, name: str, code: str) -> Answer:
        """Rename, colour or switch off a choice; the whole list is the answer."""
        sent = request.json()
        given = {key: request.given[key] for key in ("fa", "en", "colour", "active", "also") if key in sent}
        await self.own_lists.change(name, code, request.user.username, **given)
        return json(await self._value(self.own_lists.get(name)))

    async def _value(self, one: OwnList) -> dict[str, Any]:
        in_use = await self.own_lists.in_use(one.name)
        choices = [
            {"code": each.code, "fa": each.word("fa"), "en": each.word("en"), "colour": each.colour, "active": each.active, "also": each.also, "in_use": in_use.get(each.code, 0)} for each in one.options
        ]  # fmt: skip
        return {"name": one.name, "title": {"fa": one.word("fa"), "en": one.word("en")}, "choices": choices}


def _sent(given: Mapping[str, Any]) -> dict[str, Any]:
    """What may be set, of the kinds that it must be of. Raises FieldUnknown."""
    for name, value in given.items():
        plain = (
            isinstance(value, dict)
            if name in ("options", "flags")
            else isinstance(value, bool)
            if name == "active"
            else isinstance(value, str) and len(value) <= 2000
        )
        if name not in SETTABLE or not plain:
            raise FieldUnknown(field=str(name)[:60], name=str(name)[:60], known=", ".join(SETTABLE))
    return dict(given)


def _field(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": row["id"], **{name: row[name] for name in KEPT}}


def routes(own_fields: OwnFields, own_lists: OwnLists) -> list[Route]:
    """Fields and lists."""
    fields, lists = OwnFieldsApi(own_fields), OwnListsApi(own_lists)
    one, choices = "/api/v1/own-fields/<int:number>", "/api/v1/own-lists/<name>/choices"
    return [
        api("GET", "/api/v1/own-fields", fields.list, allow=ADMINISTRATORS, summary="Own fields of an entity", asks={"entity": text(60)}, gives=listing(FIELD)),
        api("POST", "/api/v1/own-fields", fields.create, allow=ADMINISTRATORS, summary="Make an own field", body=draft, gives=FIELD, gives_status=201),
        api("GET", one, fields.show, allow=ADMINISTRATORS, summary="An own field", gives=FIELD),
        api("PATCH", one, fields.change, allow=ADMINISTRATORS, summary="Change an own field", body=draft, gives=FIELD),
        api("POST", f"{one}/move", fields.move, allow=ADMINISTRATORS, summary="Move an own field", takes={"up": yes_no()}, gives=FIELD),
        api("GET", "/api/v1/own-lists", lists.list, allow=ADMINISTRATORS, summary="Editable lists", gives=listing(LIST)),
        api("GET", "/api/v1/own-lists/<name>", lists.show, allow=ADMINISTRATORS, summary="An editable list", gives=LIST),
        api("POST", choices, lists.add, allow=ADMINISTRATORS, summary="Add a choice to a list", takes=WORDS, gives=CHOICE, gives_status=201),
        api("PATCH", f"{choices}/<code>", lists.change, allow=ADMINISTRATORS, summary="Change a choice", takes={**WORDS, "active": yes_no(need=False)}, gives=LIST),
    ]  # fmt: skip
