"""Web-hooks, for administrators: which programs are told of what, with whose eyes; their secrets, and the log of what was delivered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs

import orjson
from attrs import frozen

from config.errors import Refusal
from config.translations import _
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.expression import parse
from crm.fields.kind import Showing
from crm.hooks.hooks import ACTS, Hooks
from crm.hooks.policy import HookInvalid
from crm.patterns import Patterns
from web.errors import NothingHere
from web.permissions import ADMINISTRATORS
from web.records.filtering import builder
from web.records.saying import said
from web.request import Request
from web.response import Answer, json, page, redirect
from web.routes import Route, get, post

BASE = "/settings/hooks"
EMPTY: Mapping[str, Any] = {
    "id": 0,
    "title": "",
    "url": "",
    "entities": [],
    "acts": [],
    "condition": None,
    "owner": "",
    "active": True,
    "paused": "",
}


@frozen
class HookPages:
    """The pages under /settings/hooks."""

    hooks: Hooks
    catalogue: Catalogue
    accounts: Accounts
    patterns: Patterns

    async def index(self, request: Request) -> Answer:
        """All hooks and how they fare."""
        found = await self.hooks.all()
        return page(
            "hooks.html", hooks=found, entities=self._entities(request.language), users=self._users(request.language),
            sentences={one["id"]: self._sentence(one["entities"], one["condition"], request.language) for one in found},
        )  # fmt: skip

    async def fields(self, request: Request, entity: str) -> Answer:
        """What the filter builder needs to know of a kind of record."""
        if entity not in self.catalogue.entities:
            raise NothingHere
        users = list(self._users(request.language).items())
        viewer = self.patterns.viewer(request.user.username)
        return json({"fields": builder(self.catalogue[entity], self.catalogue.entities, viewer, users, request.language)})

    async def new(self, request: Request) -> Answer:
        """The form of a new hook."""
        return self._form(request, {**EMPTY, "owner": request.user.username})

    async def create(self, request: Request) -> Answer:
        """Keep a new one."""
        return await self._save(request, 0)

    async def show(self, request: Request, number: int) -> Answer:
        """A hook: its form, its secret (when asked for), its log."""
        hook = await self.hooks.get(number)
        log = await self.hooks.log_of(number, request.whole("before", 0, low=0, high=2**53))
        return self._form(request, hook, log=log, secret=self.hooks.secret(number, hook["generation"]), said=request.query.get("said", ""))

    async def save(self, request: Request, number: int) -> Answer:
        """Keep a changed one."""
        await self.hooks.get(number)
        return await self._save(request, number)

    async def remove(self, request: Request, number: int) -> Answer:
        """Forget it."""
        await self.hooks.get(number)
        await self.hooks.remove(number)
        return redirect(BASE, htmx=request.htmx)

    async def renew(self, request: Request, number: int) -> Answer:
        """A new secret."""
        await self.hooks.renew(number)
        return redirect(f"{BASE}/{number}?said=renewed", htmx=request.htmx)

    async def try_out(self, request: Request, number: int) -> Answer:
        """A message that says nothing."""
        await self.hooks.get(number)
        await self.hooks.try_out(number)
        return redirect(f"{BASE}/{number}?said=tried", htmx=request.htmx)

    async def again(self, request: Request, number: int, delivery: int) -> Answer:
        """Deliver once more."""
        await self.hooks.again(number, delivery)
        return redirect(f"{BASE}/{number}?said=again", htmx=request.htmx)

    async def _save(self, request: Request, number: int) -> Answer:
        values = _values(request)
        try:
            values["condition"] = _condition(str(values["typed"]))
            owner = values["owner"] if self.accounts.get(str(values["owner"])) else request.user.username
            kept = await self.hooks.save(values, owner, number)
        except Refusal as refusal:
            return self._form(request, {**EMPTY, **values, "id": number}, refusal=refusal)
        return redirect(f"{BASE}/{kept}?said=saved", htmx=request.htmx)

    def _form(self, request: Request, hook: Mapping[str, Any], *, refusal: Refusal | None = None, **more: Any) -> Answer:
        typed = hook.get("typed")
        kept = hook["condition"] if refusal is None else None
        return page(
            "hook.html",
            status=refusal.status if refusal else 200,
            hook=hook,
            condition=typed if typed is not None else orjson.dumps(hook["condition"]).decode() if hook["condition"] else "",
            sentence=self._sentence(hook["entities"], kept, request.language),
            entities=self._entities(request.language),
            acts=ACTS,
            users=self._users(request.language),
            refusal=refusal,
            **{"said": "", "secret": "", "log": None, **more},
        )

    def _sentence(self, entities: Sequence[str], condition: Any, language: str) -> str:
        """The condition in words; over several kinds of records, in the words of the first."""
        name = next((one for one in entities or self.catalogue.entities if one in self.catalogue.entities), "")
        try:
            return said(parse(condition), self.catalogue[name], self.catalogue.entities, Showing(language=language)) if name else ""
        except Refusal as refusal:
            return refusal.text(language)

    def _entities(self, language: str) -> dict[str, str]:
        return {one.name: one.word(language, several=True) for one in self.catalogue.entities.values()}

    def _users(self, language: str) -> dict[str, str]:
        return {one.username: one.shown(language) for one in self.accounts.all() if one.active}


def _values(request: Request) -> dict[str, Any]:
    """The form; boxes of one name come several times."""
    form = request.form()
    several = parse_qs(request.body().decode("utf-8", "replace"), max_num_fields=2000)
    return {
        "title": form.get("title", ""), "url": form.get("url", ""), "owner": form.get("owner", ""), "active": form.get("active") == "1",
        "entities": several.get("entities", []), "acts": several.get("acts", []), "typed": form.get("condition", "").strip(),
    }  # fmt: skip


def _condition(typed: str) -> Any:
    try:
        return orjson.loads(typed) if typed else None
    except orjson.JSONDecodeError:
        raise HookInvalid(field="condition", reason=_("the condition was not understood")) from None


def routes(hooks: Hooks, catalogue: Catalogue, accounts: Accounts, patterns: Patterns) -> list[Route]:
    """Web-hooks."""
    pages = HookPages(hooks, catalogue, accounts, patterns)
    one = f"{BASE}/<int:number>"
    return [
        get(BASE, pages.index, allow=ADMINISTRATORS, summary="Web-hooks"),
        get(f"{BASE}/new", pages.new, allow=ADMINISTRATORS, summary="A new web-hook"),
        post(f"{BASE}/new", pages.create, allow=ADMINISTRATORS, summary="Make a web-hook"),
        get(f"{BASE}/fields/<entity>", pages.fields, allow=ADMINISTRATORS, summary="The fields that a web-hook's condition may be over"),
        get(one, pages.show, allow=ADMINISTRATORS, summary="A web-hook and its log"),
        post(one, pages.save, allow=ADMINISTRATORS, summary="Change a web-hook"),
        post(f"{one}/remove", pages.remove, allow=ADMINISTRATORS, summary="Remove a web-hook"),
        post(f"{one}/renew", pages.renew, allow=ADMINISTRATORS, summary="A new secret for a web-hook"),
        post(f"{one}/try", pages.try_out, allow=ADMINISTRATORS, summary="Try a web-hook out"),
        post(f"{one}/deliveries/<int:delivery>/again", pages.again, allow=ADMINISTRATORS, summary="Deliver once more"),
    ]
