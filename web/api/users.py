"""Users, their state at the door and the log-in history, for administrators' programs."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from config.database import Database
from crm.accounts import Account, Accounts, Standing
from crm.login_history import RESULTS, WHAT, Entry, LoginHistory, Wanted
from crm.login_rules import LoginRules
from crm.patterns import Patterns
from switchboard.moments import iso, iso_or_none
from web.api_words import MOMENT, TEXT, WHOLE, YES_NO, Schema, listing, maybe, record, ref
from web.permissions import ADMINISTRATORS
from web.porter import By, Porter
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.sessions import Session
from web.shapes import choice, secret, text, texts, whole
from web.user_list import FACTS, PER_PAGE, STATES, Owners, PatternChoices, WantedUsers, account_of, choices_of, link_of, listed

LIST = {
    "q": text(120, need=False, default=""),
    "role": choice("agent", "supervisor", "administrator", "user", need=False, default=""),
    "state": choice(*STATES, need=False, default=""),
    "page": whole(1, 100_000, need=False, default=1),
    "per": whole(1, 200, need=False, default=PER_PAGE),
}
LOG = {
    "user": text(60, need=False, default=""),
    "what": choice(*WHAT, need=False, default=""),
    "result": choice("ok", "failed", *RESULTS, need=False, default=""),
    "before": whole(1, 2**53, need=False, default=0),
    "per": whole(1, 500, need=False, default=50),
}
NEW = {"username": text(60), **FACTS, "password": secret(need=False)}
RULES = {
    "shortest": whole(1, 1000),
    "password_days": whole(0, 100_000),
    "second_step": texts(10, need=False),
}
LOG_LINE: Schema = record(
    {"id": WHOLE, "at": MOMENT, "username": TEXT, "what": TEXT, "result": TEXT, "how": TEXT, "address": TEXT, "browser": TEXT, "by": TEXT}
)
SESSION: Schema = record({"id": TEXT, "begun_at": MOMENT, "used_at": MOMENT, "ends_at": MOMENT, "address": TEXT, "browser": TEXT})
RULES_VALUE: Schema = record({"shortest": WHOLE, "password_days": WHOLE, "second_step": {"type": "array", "items": TEXT}})
STANDING: Schema = record(
    {
        "account": ref("Account"), "second_step": YES_NO, "must_change_password": YES_NO, "password_changed_at": maybe(MOMENT),
        "locked_until": maybe(MOMENT), "last_login_at": maybe(MOMENT),
    }
)  # fmt: skip


@frozen
class UsersApi:
    """Everything under /api/v1/users, and /api/v1/logins."""

    accounts: Accounts
    porter: Porter
    history: LoginHistory
    owners: Owners
    pattern_choices: PatternChoices

    async def list(self, request: Request) -> Answer:
        """Everybody who may log in."""
        found = listed(self.accounts.everyone(), self.accounts.standing, WantedUsers(**request.asked), request.at)
        return json({"items": [self._value(account, standing, request.at) for account, standing in found.rows], "total": found.total})

    async def show(self, request: Request, username: str) -> Answer:
        """One user."""
        return json(self._one(username, request.at))

    async def create(self, request: Request) -> Answer:
        """A new user; without a password a temporary one is made and given back."""
        given = dict(request.given)
        username, password = given.pop("username"), given.pop("password")
        draft = account_of(username, given, self.pattern_choices(request.language))
        await self.owners.must_be(draft)
        made, shown = await self.porter.create(draft, By.of(request), password or "")
        value = {**self._one(made.username, request.at), "temporary_password": shown or None}
        return json(value, status=201, headers=(("Location", f"/api/v1/users/{made.username}"),))

    async def save(self, request: Request, username: str) -> Answer:
        """Other facts; what is not sent is as if it were empty."""
        known = self.accounts.known(username)
        draft = account_of(username, request.given, self.pattern_choices(request.language), pattern_was=known.pattern)
        await self.owners.must_be(draft)
        await self.porter.save(draft, By.of(request))
        return json(self._one(username, request.at))

    async def reset(self, request: Request, username: str) -> Answer:
        """A temporary password instead of the one that was."""
        self.accounts.known(username)
        return json({"temporary_password": await self.porter.reset_password(username, By.of(request))})

    async def make_link(self, request: Request, username: str) -> Answer:
        """A log-in link, given this once."""
        token, until = await self.porter.make_link(username, By.of(request))
        return json({"url": link_of(request, token), "until": iso(until)})

    async def second_step_off(self, request: Request, username: str) -> Answer:
        """The second step turned off."""
        await self.porter.second_step_off(username, By.of(request))
        return json(self._one(username, request.at))

    async def unlock(self, request: Request, username: str) -> Answer:
        """The lock-out ended."""
        await self.porter.unlock(username, By.of(request))
        return json(self._one(username, request.at))

    async def sessions_of(self, request: Request, username: str) -> Answer:
        """Where the user is logged in."""
        self.accounts.known(username)
        found = await self.porter.sessions.of_user(username)
        return json({"items": [_session(one) for one in found], "total": len(found)})

    async def end_sessions(self, request: Request, username: str) -> Answer:
        """Every session ended."""
        await self.porter.end_sessions(username, By.of(request))
        return json(self._one(username, request.at))

    async def end_session(self, request: Request, username: str, begun: str) -> Answer:
        """One session ended, named by its id; harmless when it is over."""
        self.accounts.known(username)
        await self.porter.end_session(username, begun, By.of(request))
        return json(self._one(username, request.at))

    async def end_tokens(self, request: Request, username: str) -> Answer:
        """Every API token ended; the one that asks as well when it is this user's."""
        await self.porter.end_tokens(username, By.of(request))
        return json(self._one(username, request.at))

    async def log(self, request: Request) -> Answer:
        """What happened at the door, the newest first; `before` the last id gives the next page."""
        asked = request.asked
        wanted = Wanted(username=asked["user"], what=asked["what"], result=asked["result"], before=asked["before"], most=asked["per"])
        found = await self.history.read(wanted)
        return json({"items": [_line(one) for one in found], "total": len(found)})

    async def rules(self, request: Request) -> Answer:
        """The rules of log-in."""
        return json(_rules(self.accounts.rules))

    async def set_rules(self, request: Request) -> Answer:
        """Other rules of log-in."""
        given = request.given
        rules = LoginRules(shortest=given["shortest"], password_days=given["password_days"], second_step=given["second_step"])
        await self.porter.set_rules(rules, By.of(request))
        return json(_rules(self.accounts.rules))

    def _one(self, username: str, now: float) -> dict[str, Any]:
        return self._value(self.accounts.known(username), self.accounts.standing(username), now)

    def _value(self, account: Account, standing: Standing, now: float) -> dict[str, Any]:
        locked = self.porter.entrance.locked_seconds(account.username)
        names = ("username", "name", "name_en", "role", "pattern", "extension", "device", "language", "party", "active")
        return {
            "account": {name: getattr(account, name) for name in names},
            "second_step": standing.second_factor,
            "must_change_password": standing.must_change_password,
            "password_changed_at": iso_or_none(standing.password_changed_at),
            "locked_until": iso(now + locked) if locked else None,
            "last_login_at": iso_or_none(standing.last_login_at),
        }


def _session(one: Session) -> dict[str, Any]:
    moments = {name: iso(getattr(one, name)) for name in ("begun_at", "used_at", "ends_at")}
    return {"id": one.hash[:16], **moments, "address": one.address, "browser": one.browser}


def _line(one: Entry) -> dict[str, Any]:
    names = ("id", "username", "what", "result", "how", "address", "browser")
    return {**{name: getattr(one, name) for name in names}, "at": iso(one.at), "by": one.by_user}


def _rules(rules: LoginRules) -> dict[str, Any]:
    return {"shortest": rules.shortest, "password_days": rules.password_days, "second_step": list(rules.second_step)}


def routes(
    accounts: Accounts, porter: Porter, login_history: LoginHistory, database: Database, patterns: Patterns | None = None
) -> list[Route]:
    """Users; for administrators only."""
    views = UsersApi(accounts, porter, login_history, Owners(database), choices_of(patterns))
    one, only = "/api/v1/users/<username>", ADMINISTRATORS
    made = record({**STANDING["properties"], "temporary_password": maybe(TEXT)})
    return [
        api("GET", "/api/v1/users", views.list, allow=only, summary="Everybody who may log in", asks=LIST, gives=listing(STANDING)),
        api("POST", "/api/v1/users", views.create, allow=only, summary="Give somebody a log-in", takes=NEW, gives=made, gives_status=201),
        api("GET", one, views.show, allow=only, summary="One user", gives=STANDING),
        api("PUT", one, views.save, allow=only, summary="Change a user's facts; active: false closes the account", takes=FACTS, gives=STANDING),
        api(
            "POST", f"{one}/password", views.reset, allow=only, summary="Give a temporary password, to be changed at log-in",
            gives=record({"temporary_password": TEXT}),
        ),
        api(
            "POST", f"{one}/link", views.make_link, allow=only, summary="Make a link with which the user sets a new password, once, within an hour",
            gives=record({"url": TEXT, "until": MOMENT}),
        ),
        api("DELETE", f"{one}/second-step", views.second_step_off, allow=only, summary="Turn a user's second step off", gives=STANDING),
        api("POST", f"{one}/unlock", views.unlock, allow=only, summary="End a user's lock-out", gives=STANDING),
        api("GET", f"{one}/sessions", views.sessions_of, allow=only, summary="Where a user is logged in", gives=listing(SESSION)),
        api("DELETE", f"{one}/sessions", views.end_sessions, allow=only, summary="End a user's sessions", gives=STANDING),
        api("DELETE", f"{one}/sessions/<begun>", views.end_session, allow=only, summary="End one of a user's sessions", gives=STANDING),
        api("DELETE", f"{one}/tokens", views.end_tokens, allow=only, summary="End a user's API tokens", gives=STANDING),
        api("GET", "/api/v1/logins", views.log, allow=only, summary="What happened at the door", asks=LOG, gives=listing(LOG_LINE)),
        api("GET", "/api/v1/login-rules", views.rules, allow=only, summary="The rules of log-in", gives=RULES_VALUE),
        api("PUT", "/api/v1/login-rules", views.set_rules, allow=only, summary="Change the rules of log-in", takes=RULES, gives=RULES_VALUE),
    ]  # fmt: skip
