"""The users of the product, for administrators: who may log in, as what, with which rights; what happened at the door; the rules."""

from __future__ import annotations

from functools import partial
from typing import Any
from urllib.parse import urlencode

from attrs import evolve, frozen

from config.database import Database
from config.errors import Refusal
from crm.accounts import DEVICES, ROLES, Account, Accounts
from crm.login_history import HOW, RESULTS, WHAT, LoginHistory, Wanted
from crm.login_rules import LONGEST_LIFE_DAYS, LoginRules
from crm.passwords import SHORTEST
from crm.patterns import Patterns
from crm.search import Search
from web.browsers import browser_name
from web.permissions import ADMINISTRATORS
from web.porter import By, Porter
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post
from web.shapes import Shape, choice, read, text, whole, yes_no
from web.user_list import STATES, Owners, PatternChoices, WantedUsers, account_of, choices_of, link_of, listed, read_facts

LIST: Shape = {
    "q": text(120, need=False),
    "role": choice(*ROLES, need=False, default=""),
    "state": choice(*STATES, need=False, default=""),
    "page": whole(1, 100_000, need=False, default=1),
}
SINCE = {"": 0, "today": 1, "week": 7, "month": 30}
HISTORY: Shape = {
    "user": text(60, need=False),
    "what": choice(*WHAT, need=False, default=""),
    "result": choice("ok", "failed", *RESULTS, need=False, default=""),
    "since": choice(*filter(None, SINCE), need=False, default=""),
    "before": whole(1, 2**53, need=False, default=0),
}
RULES: Shape = {
    "shortest": whole(SHORTEST, 64),
    "password_days": whole(0, LONGEST_LIFE_DAYS),
    **{f"second_step_{role}": yes_no(need=False) for role in ROLES},
}
PEOPLE = 12
DAY_SECONDS = 24 * 3600.0


@frozen
class UserPages:
    """The pages under /users."""

    accounts: Accounts
    porter: Porter
    history: LoginHistory
    search: Search
    owners: Owners
    pattern_choices: PatternChoices

    # ── The list ─────────────────────────────────────────────────────────────────────────────────────────────

    async def list(self, request: Request) -> Answer:
        """Everybody who may log in."""
        wanted = WantedUsers(**_forgiving(LIST, request.query))
        found = listed(self.accounts.everyone(), self.accounts.standing, wanted, request.at)

        def address(**other: Any) -> str:
            query = {"q": wanted.q, "role": wanted.role, "state": wanted.state, "page": 1, **other}
            return f"?{urlencode({name: value for name, value in query.items() if value not in ('', 1)})}"

        titles = dict(self.pattern_choices(request.language))
        return page("users.html", found=found, wanted=wanted, address=address, titles=titles, roles=ROLES, states=STATES)

    # ── A new one ────────────────────────────────────────────────────────────────────────────────────────────

    async def new(self, request: Request) -> Answer:
        """The form for a new user, from scratch or for a person or company."""
        draft = Account(username="", name="")
        if party := await self.owners.get(request.whole("party", 0, low=0, high=2**53)):
            draft = evolve(draft, name=party.name[:120], party=party.id)
        return await self._form(request, draft, known=False)

    async def people(self, request: Request) -> Answer:
        """Persons and companies to choose from, while typing."""
        q = request.query.get("people", "")[:120].strip()
        return page("user_people.html", q=q, items=await self.search.find(q, most=PEOPLE))

    async def create(self, request: Request) -> Answer:
        """Make the account; its temporary password is shown this once."""
        typed = request.form()
        if "choose" in typed:
            return await self._form(request, await self._chosen(typed, typed.get("username", "")), known=False)
        try:
            draft = await self._read(request, typed.get("username", ""))
            made, shown = await self.porter.create(draft, By.of(request))
        except Refusal as why:
            return await self._form(request, _typed(typed, typed.get("username", "")), known=False, why=why)
        return await self._one(request, made.username, password=shown, saved="created")

    # ── One of them ──────────────────────────────────────────────────────────────────────────────────────────

    async def show(self, request: Request, username: str) -> Answer:
        """A user: facts, state at the door, sessions, history."""
        return await self._one(request, username, person=request.whole("party", 0, low=0, high=2**53))

    async def save(self, request: Request, username: str) -> Answer:
        """Save the facts."""
        known = self.accounts.known(username)
        if "choose" in request.form():
            return await self._one(request, username, draft=await self._chosen(request.form(), username))
        try:
            await self.porter.save(await self._read(request, username, known), By.of(request))
        except Refusal as why:
            draft = _typed(request.form(), username)
            return await self._one(request, username, why=why, draft=draft)
        return await self._one(request, username, saved="saved")

    async def reset(self, request: Request, username: str) -> Answer:
        """A temporary password."""
        self.accounts.known(username)
        return await self._one(request, username, password=await self.porter.reset_password(username, By.of(request)), saved="reset")

    async def make_link(self, request: Request, username: str) -> Answer:
        """A log-in link, shown this once."""
        token, until = await self.porter.make_link(username, By.of(request))
        return await self._one(request, username, link=link_of(request, token), link_until=until)

    async def second_step_off(self, request: Request, username: str) -> Answer:
        """Turn the second step off."""
        await self.porter.second_step_off(username, By.of(request))
        return await self._one(request, username, saved="second_step_off")

    async def unlock(self, request: Request, username: str) -> Answer:
        """End a lock-out."""
        await self.porter.unlock(username, By.of(request))
        return await self._one(request, username, saved="unlocked")

    async def end_sessions(self, request: Request, username: str) -> Answer:
        """End every session."""
        await self.porter.end_sessions(username, By.of(request), but=request.session.hash if request.session else "")
        return await self._one(request, username, saved="sessions_ended")

    async def end_session(self, request: Request, username: str, begun: str) -> Answer:
        """End one session."""
        self.accounts.known(username)
        await self.porter.end_session(username, begun, By.of(request))
        return await self._one(request, username, saved="sessions_ended")

    async def end_tokens(self, request: Request, username: str) -> Answer:
        """End every API token."""
        await self.porter.end_tokens(username, By.of(request))
        return await self._one(request, username, saved="tokens_ended")

    async def look(self, request: Request, username: str) -> Answer:
        """Look with this user's eyes from now on; the frame is loaded anew."""
        await self.porter.look_as(username, request.session, By.of(request))
        return redirect("/", htmx=request.htmx)

    # ── The door ─────────────────────────────────────────────────────────────────────────────────────────────

    async def log(self, request: Request) -> Answer:
        """What happened at the door, of everybody."""
        values = _forgiving(HISTORY, request.query)
        most, days = 50, SINCE[values["since"]]
        since = request.at - days * DAY_SECONDS if days else 0.0
        entries = await self.history.read(
            Wanted(
                username=values["user"], what=values["what"], result=values["result"], since=since, before=values["before"], most=most + 1
            )
        )
        chosen = {name: value for name, value in values.items() if name != "before" and value}
        older = urlencode({**chosen, "before": entries[most - 1].id}) if len(entries) > most else ""
        return page(
            "user_log.html", entries=entries[:most], chosen=values, narrowed=bool(chosen), older=older, people=self.accounts.everyone(),
            since=tuple(SINCE), **self._words(request.language),
        )  # fmt: skip

    async def rules(self, request: Request) -> Answer:
        """The rules of log-in."""
        return self._rules_page(self.accounts.rules)

    async def set_rules(self, request: Request) -> Answer:
        """Save the rules."""
        try:
            values = read(RULES, request.form(), strict=False)
            roles = tuple(role for role in ROLES if values[f"second_step_{role}"])
            rules = LoginRules(shortest=values["shortest"], password_days=values["password_days"], second_step=roles)
            await self.porter.set_rules(rules, By.of(request))
        except Refusal as why:
            return evolve(self._rules_page(self.accounts.rules, message=why.text(request.language)), status=why.status)
        return self._rules_page(self.accounts.rules, saved=True)

    # ── What the pages are made of ───────────────────────────────────────────────────────────────────────────

    def _rules_page(self, rules: LoginRules, *, message: str = "", saved: bool = False) -> Answer:
        without = [
            one for one in self.accounts.all() if one.role in rules.second_step and not self.accounts.standing(one.username).second_factor
        ]
        return page(
            "user_rules.html", rules=rules, roles=ROLES, message=message, saved=saved, low=SHORTEST, days=LONGEST_LIFE_DAYS, without=without
        )

    async def _read(self, request: Request, username: str, known: Account | None = None) -> Account:
        """The account that the form describes."""
        patterns = tuple(self.pattern_choices(request.language))
        draft = account_of(username, read_facts(request.form()), patterns, pattern_was=known.pattern if known else "")
        await self.owners.must_be(draft)
        return draft

    async def _chosen(self, typed: dict[str, str], username: str) -> Account:
        """What was typed, for the person or company that was chosen (0: for none); not saved yet."""
        draft = _typed({**typed, "party": typed.get("choose", "")}, username)
        party = await self.owners.get(draft.party)
        return evolve(draft, party=party.id if party else None, name=draft.name or (party.name[:120] if party else ""))

    async def _form(self, request: Request, draft: Account, *, known: bool, why: Refusal | None = None) -> Answer:
        return page("user.html", status=why.status if why else 200, known=None, **await self._facts(request, draft, why))

    async def _one(
        self,
        request: Request,
        username: str,
        *,
        why: Refusal | None = None,
        draft: Account | None = None,
        saved: str = "",
        password: str = "",
        person: int = 0,
        link: str = "",
        link_until: float = 0.0,
    ) -> Answer:
        known = self.accounts.known(username)
        draft = draft or known
        if person and await self.owners.get(person):
            draft = evolve(draft, party=person)
        standing = self.accounts.standing(username)
        locked = self.porter.entrance.locked_seconds(username)
        return page(
            "user.html",
            status=why.status if why else 200,
            known=known,
            standing=standing,
            locked_until=request.at + locked if locked else 0.0,
            sessions=await self.porter.sessions.of_user(username),
            mine=request.session.hash if request.session else "",
            tokens=await self.porter.tokens.of_user(username),
            codes_left=await self.porter.second_factor.codes_left(username) if standing.second_factor else 0,
            entries=await self.history.read(Wanted(username=username, most=15)),
            saved=saved,
            password=password,
            link=link,
            link_until=link_until,
            **self._words(request.language),
            **await self._facts(request, draft, why),
        )

    async def _facts(self, request: Request, draft: Account, why: Refusal | None) -> dict[str, Any]:
        """What the form of the facts needs."""
        return {
            "draft": draft, "roles": ROLES, "devices": DEVICES, "patterns": tuple(self.pattern_choices(request.language)),
            "party": await self.owners.get(draft.party), "refusal": why, "wrong": why.field if why else "",
        }  # fmt: skip

    def _words(self, language: str) -> dict[str, Any]:
        return {
            "words": {"what": WHAT, "result": RESULTS, "how": HOW},
            "named": partial(self.accounts.named, language=language),
            "browser_name": browser_name,
        }


def _forgiving(shape: Shape, query: dict[str, str]) -> dict[str, Any]:
    """A query's values; what cannot be is as if it were not there."""
    found: dict[str, Any] = {}
    for name, one in shape.items():
        try:
            found.update(read({name: one}, {name: query.get(name, "")}))
        except Refusal:
            found[name] = one.default
    return {name: "" if value is None else value for name, value in found.items()}


def _typed(typed: dict[str, str], username: str) -> Account:
    """What was typed, as far as an account can hold it, so that nothing is lost when it is refused."""
    party = typed.get("party", "")
    return Account(
        username=username[:60],
        **{name: typed.get(name, "")[:120] for name in ("name", "name_en", "role", "pattern", "extension", "device", "language")},
        party=int(party) if party.isascii() and party.isdigit() and len(party) < 16 else None,
        active=typed.get("active", "0") == "1",
    )


def routes(
    accounts: Accounts, porter: Porter, login_history: LoginHistory, search: Search, database: Database, patterns: Patterns | None = None
) -> list[Route]:
    """Users; for administrators only."""
    pages = UserPages(accounts, porter, login_history, search, Owners(database), choices_of(patterns))
    only = ADMINISTRATORS
    return [
        get("/users", pages.list, allow=only, summary="Everybody who may log in"),
        get("/users/new", pages.new, allow=only, summary="The form for a new user"),
        get("/users/people", pages.people, allow=only, summary="Persons and companies to give a log-in to, while typing"),
        get("/users/log", pages.log, allow=only, summary="What happened at the door"),
        get("/users/rules", pages.rules, allow=only, summary="The rules of log-in"),
        post("/users/rules", pages.set_rules, allow=only, summary="Change the rules of log-in"),
        post("/users/new", pages.create, allow=only, summary="Make an account; its temporary password is shown once"),
        get("/users/<username>", pages.show, allow=only, summary="One user"),
        post("/users/<username>", pages.save, allow=only, summary="Save a user's facts"),
        post("/users/<username>/password", pages.reset, allow=only, summary="Give a temporary password"),
        post("/users/<username>/link", pages.make_link, allow=only, summary="Make a log-in link; it is shown once"),
        post("/users/<username>/second-step/off", pages.second_step_off, allow=only, summary="Turn a user's second step off"),
        post("/users/<username>/unlock", pages.unlock, allow=only, summary="End a user's lock-out"),
        post("/users/<username>/sessions/end", pages.end_sessions, allow=only, summary="End a user's sessions"),
        post("/users/<username>/sessions/<begun>/end", pages.end_session, allow=only, summary="End one of a user's sessions"),
        post("/users/<username>/tokens/end", pages.end_tokens, allow=only, summary="End a user's API tokens"),
        post("/users/<username>/see-as", pages.look, allow=only, summary="Look with a user's eyes"),
    ]
