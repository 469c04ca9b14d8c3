"""Access patterns, for administrators: pattern × kind of record × right in a grid; copied, compared, with the history of their changes."""

from __future__ import annotations

from typing import Any

from attrs import evolve, frozen

from config.errors import Refusal
from crm.access import LEVELS, Pattern
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.patterns import SHIPPED, NoSuchPattern, Patterns, differences
from web.access_words import COLUMNS, FIELD_LEVELS, LEVEL_MEANINGS, MEANINGS, grid, in_words, pattern_of, right_word
from web.menu import in_order
from web.permissions import ADMINISTRATORS
from web.records.places import origin
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post

BASE = "/settings/access"


@frozen
class AccessPages:
    """The pages under /settings/access."""

    patterns: Patterns
    catalogue: Catalogue
    accounts: Accounts

    async def index(self, request: Request) -> Answer:
        """All patterns: who has each, and what is other than as shipped."""
        rows = [(one, self._people(one.code, request.language), self._unlike(one)) for one in self.patterns.all.values()]
        return page("access.html", rows=rows, field_levels=FIELD_LEVELS, saved=request.query.get("saved", ""))

    async def new(self, request: Request) -> Answer:
        """A new pattern: a copy of another (?like=)."""
        like = self.patterns.all.get(request.query.get("like", ""), SHIPPED["agent"])
        return self._page(request, evolve(like, code="", fa="", en=""), compared=like)

    async def create(self, request: Request) -> Answer:
        """Keep a new one."""
        form = request.form()
        code = form.get("code", "").strip() or self.patterns.free_code(form.get("title_en", ""))
        if code in self.patterns.all:
            code = self.patterns.free_code(code)
        return await self._save(request, pattern_of(code, form, self.catalogue.entities), new=True)

    async def show(self, request: Request, code: str) -> Answer:
        """The grid of one."""
        pattern = self._known(code)
        changes = await self.patterns.changes(code)
        return self._page(request, pattern, changes=changes, saved=request.query.get("saved", ""))

    async def save(self, request: Request, code: str) -> Answer:
        """Keep what the grid says; it counts from now on, also for those who are logged in."""
        self._known(code)
        return await self._save(request, pattern_of(code, request.form(), self.catalogue.entities))

    async def remove(self, request: Request, code: str) -> Answer:
        """Take one away that nobody has."""
        pattern = self._known(code)
        try:
            await self.patterns.remove(code, request.user.username, origin(request))
        except Refusal as refusal:
            return self._page(request, pattern, refusal=refusal, changes=await self.patterns.changes(code))
        return redirect(f"{BASE}?saved=removed", htmx=request.htmx)

    async def _save(self, request: Request, pattern: Pattern, *, new: bool = False) -> Answer:
        try:
            await self.patterns.save(pattern, request.user.username, origin(request))
        except Refusal as refusal:
            return self._page(request, evolve(pattern, code="" if new else pattern.code), refusal=refusal)
        return redirect(f"{BASE}/{pattern.code}?saved=1", htmx=request.htmx)

    def _page(
        self, request: Request, pattern: Pattern, *, compared: Pattern | None = None, refusal: Refusal | None = None, changes: Any = (), saved: str = ""
    ) -> Answer:  # fmt: skip
        language, entities = request.language, self.catalogue.entities
        other = compared or self.patterns.all.get(request.query.get("with", "")) or SHIPPED.get(pattern.code) or SHIPPED["agent"]
        unlike = {name: pair for name, pair in differences(other, pattern).items() if "." in name or name == "field_level"}
        return page(
            "access_pattern.html",
            status=refusal.status if refusal else 200,
            pattern=pattern,
            fixed=pattern.code == "administrator",
            shipped=pattern.code in SHIPPED,
            other=other,
            patterns=list(self.patterns.all.values()),
            lines=grid(pattern, other, in_order(entities.values()), language),
            columns=[(one, right_word(one, language), MEANINGS[one]) for one in COLUMNS],
            levels=LEVELS,
            level_meanings=LEVEL_MEANINGS,
            field_levels=FIELD_LEVELS,
            unlike=in_words(unlike, entities, language),
            people=self._people(pattern.code, language),
            changes=[({**row, "name": self._name(row["by"], language)}, in_words(row["changes"], entities, language)) for row in changes],
            refusal=refusal,
            saved=saved,
        )

    def _known(self, code: str) -> Pattern:
        if code not in self.patterns.all:
            raise NoSuchPattern(pattern=code[:40])
        return self.patterns.all[code]

    def _people(self, code: str, language: str) -> list[tuple[str, str]]:
        return [(username, self._name(username, language)) for username in self.patterns.who_has(code)] if code else []

    def _name(self, username: str, language: str) -> str:
        account = self.accounts.get(username)
        return account.shown(language) if account else username

    def _unlike(self, pattern: Pattern) -> int:
        shipped = SHIPPED.get(pattern.code)
        return len([name for name in differences(shipped, pattern) if "." in name or name == "field_level"]) if shipped else 0


def routes(patterns: Patterns, catalogue: Catalogue, accounts: Accounts) -> list[Route]:
    """Access patterns."""
    pages = AccessPages(patterns, catalogue, accounts)
    return [
        get(BASE, pages.index, allow=ADMINISTRATORS, summary="Access patterns"),
        get(f"{BASE}/new", pages.new, allow=ADMINISTRATORS, summary="A new access pattern"),
        post(f"{BASE}/new", pages.create, allow=ADMINISTRATORS, summary="Make an access pattern"),
        get(f"{BASE}/<code>", pages.show, allow=ADMINISTRATORS, summary="The grid of an access pattern"),
        post(f"{BASE}/<code>", pages.save, allow=ADMINISTRATORS, summary="Change an access pattern"),
        post(f"{BASE}/<code>/remove", pages.remove, allow=ADMINISTRATORS, summary="Remove an access pattern"),
    ]
