"""Web-hooks, for programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from config.translations import _
from crm.accounts import Accounts
from crm.hooks.hooks import ACTS, Hooks
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, WHOLE, YES_NO, listing, record
from web.errors import FieldRefused
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import whole

BASE = "/api/v1/hooks"
WORDS = {"type": "array", "items": TEXT}
HOOK = record(
    {"id": WHOLE, "title": TEXT, "url": TEXT, "entities": WORDS, "acts": WORDS, "condition": {}, "owner": TEXT, "active": YES_NO, "paused": TEXT, "created_at": MOMENT, "waiting": WHOLE, "done": WHOLE, "failed": WHOLE}
)  # fmt: skip
DELIVERY = record(
    {"id": WHOLE, "message": TEXT, "entity": TEXT, "record": WHOLE, "act": TEXT, "at": MOMENT, "state": TEXT, "attempts": WHOLE, "next_at": MOMENT, "status": WHOLE, "answer": TEXT, "body": TEXT}
)  # fmt: skip
DRAFT = {
    "type": "object", "additionalProperties": False, "required": ["title", "url"],
    "properties": {
        "title": {"type": "string", "minLength": 1, "maxLength": 100}, "url": {"type": "string", "maxLength": 500}, "entities": WORDS,
        "acts": {"type": "array", "items": {"type": "string", "enum": list(ACTS)}}, "condition": {}, "owner": TEXT, "active": YES_NO,
    },
}  # fmt: skip
DONE = record({"ok": YES_NO})
SECRET = record({"secret": TEXT})


@frozen
class HooksApi:
    """Everything under /api/v1/hooks."""

    hooks: Hooks
    accounts: Accounts

    async def list(self, _request: Request) -> Answer:
        """All hooks."""
        items = [_hook(one) for one in await self.hooks.all()]
        return json({"items": items, "total": len(items)})

    async def create(self, request: Request) -> Answer:
        """A new one; it hears of what changes from now on."""
        number = await self.hooks.save(_read(request.given), self._owner(request), 0)
        return json(_hook(await self.hooks.get(number)), status=201)

    async def show(self, _request: Request, number: int) -> Answer:
        """One of them."""
        return json(_hook(await self.hooks.get(number)))

    async def put(self, request: Request, number: int) -> Answer:
        """Change it as a whole; its owner stays."""
        await self.hooks.get(number)
        await self.hooks.save(_read(request.given), "", number)
        return json(_hook(await self.hooks.get(number)))

    async def delete(self, _request: Request, number: int) -> Answer:
        """Forget it and its log."""
        await self.hooks.get(number)
        await self.hooks.remove(number)
        return json({"ok": True})

    async def secret(self, _request: Request, number: int) -> Answer:
        """The secret that its messages are signed with."""
        found = await self.hooks.get(number)
        return json({"secret": self.hooks.secret(number, found["generation"])})

    async def renew(self, _request: Request, number: int) -> Answer:
        """A new secret."""
        return json({"secret": await self.hooks.renew(number)})

    async def try_out(self, _request: Request, number: int) -> Answer:
        """A message that says nothing."""
        await self.hooks.get(number)
        await self.hooks.try_out(number)
        return json({"ok": True})

    async def log(self, request: Request, number: int) -> Answer:
        """Its deliveries, newest first."""
        await self.hooks.get(number)
        items = [_delivery(one) for one in await self.hooks.log_of(number, request.asked["before"])]
        return json({"items": items, "total": len(items)})

    async def again(self, _request: Request, number: int, delivery: int) -> Answer:
        """Deliver once more."""
        await self.hooks.again(number, delivery)
        return json({"ok": True})

    def _owner(self, request: Request) -> str:
        wanted = request.given.get("owner") or request.user.username
        if not isinstance(wanted, str) or self.accounts.get(wanted) is None:
            raise FieldRefused("owner", _("the name of a user"))
        return wanted


def _read(given: Mapping[str, Any]) -> dict[str, Any]:
    """A draft whose values are of the kinds that they must be of."""
    for name in ("title", "url"):
        if not isinstance(given.get(name), str):
            raise FieldRefused(name, _("a text of at most {longest} letters"), longest=500)
    for name in ("entities", "acts"):
        if not isinstance(found := given.get(name, []), list) or not all(isinstance(one, str) for one in found):
            raise FieldRefused(name, _("a list of at most {most} texts"), most=100)
    if not isinstance(given.get("active", True), bool):
        raise FieldRefused("active", _("true or false"))
    return {name: given[name] for name in ("title", "url", "entities", "acts", "condition", "active") if name in given}


def _hook(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "title", "url", "entities", "acts", "condition", "owner", "active", "paused", "waiting", "done", "failed")
    return {**{name: row[name] for name in names}, "created_at": iso(row["created_at"])}


def _delivery(row: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "message", "entity", "act", "state", "attempts", "status", "answer", "body")
    return {**{name: row[name] for name in names}, "record": row["record_id"], "at": iso(row["at"]), "next_at": iso(row["next_at"])}


def routes(hooks: Hooks, accounts: Accounts) -> list[Route]:
    """Web-hooks."""
    views = HooksApi(hooks, accounts)
    one = f"{BASE}/<int:number>"
    return [
        api("GET", BASE, views.list, allow=ADMINISTRATORS, summary="Web-hooks", gives=listing(HOOK)),
        api("POST", BASE, views.create, allow=ADMINISTRATORS, summary="Make a web-hook", body=lambda: DRAFT, gives=HOOK, gives_status=201),
        api("GET", one, views.show, allow=ADMINISTRATORS, summary="A web-hook", gives=HOOK),
        api("PUT", one, views.put, allow=ADMINISTRATORS, summary="Change a web-hook", body=lambda: DRAFT, gives=HOOK),
        api("DELETE", one, views.delete, allow=ADMINISTRATORS, summary="Remove a web-hook", gives=DONE),
        api("GET", f"{one}/secret", views.secret, allow=ADMINISTRATORS, summary="The secret of a web-hook", gives=SECRET, personal=True),
        api("POST", f"{one}/secret", views.renew, allow=ADMINISTRATORS, summary="A new secret for a web-hook", gives=SECRET),
        api("POST", f"{one}/try", views.try_out, allow=ADMINISTRATORS, summary="Try a web-hook out", gives=DONE),
        api("GET", f"{one}/deliveries", views.log, allow=ADMINISTRATORS, summary="The log of a web-hook", asks={"before": whole(0, 2**53, need=False, default=0)}, gives=listing(DELIVERY)),
        api("POST", f"{one}/deliveries/<int:delivery>/again", views.again, allow=ADMINISTRATORS, summary="Deliver once more", gives=DONE),
    ]  # fmt: skip
