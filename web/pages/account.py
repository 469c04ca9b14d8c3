"""My account: who I am here, my password, the second step, where I am logged in, my programs' tokens, and what happened at the door."""

from __future__ import annotations

from functools import partial
from typing import Any

from attrs import frozen

from config.errors import Refusal
from crm.accounts import Accounts
from crm.login_history import HOW, RESULTS, WHAT, Entry, LoginHistory, Wanted
from crm.passwords import LONGEST
from crm.second_factor import WrongCode
from web.browsers import browser_name
from web.entrance import Origin
from web.errors import FieldRefused, FormExpired, NotAllowed
from web.pages.login import picture_of
from web.permissions import WITH_ACCOUNT
from web.porter import By, Porter
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post
from web.scopes import read_scopes
from web.shapes import choice, read, secret, text, texts
from web.tokens import DAYS, LIVES

PASSWORD = {"current": secret(), "new": secret(LONGEST)}
PROOF = {"current": secret(), "code": text(40, need=False)}
CONFIRM = {"salt": text(40), "code": text(40)}
TOKEN = {
    "name": text(80),
    "scopes": texts(40, need=False),
    "days": choice(*map(str, LIVES), need=False, default=str(DAYS)),
}
HISTORY = 15


@frozen
class AccountPages:
    """The pages behind one's own name."""

    accounts: Accounts
    porter: Porter
    history: LoginHistory

    async def show(self, request: Request) -> Answer:
        """Everything about the own account."""
        return await self._page(request)

    async def password(self, request: Request) -> Answer:
        """Set a new password, knowing the old one; every other session and every token ends."""
        user = request.user.username
        try:
            values = read(PASSWORD, request.form(), strict=False)
            await self.porter.entrance.check(user, values["current"], Origin.of(request))
            await self.accounts.set_password(user, values["new"])
        except Refusal as why:
            return await self._refused(request, "password", why)
        await self.porter.sessions.end_all(user, but=request.session.hash if request.session else "")
        await self.porter.tokens.revoke_all(user)
        await self._keep(request, "password")
        return await self._page(request, saved="password")

    async def set_up(self, request: Request) -> Answer:
        """Begin with the second step: the password first, so that nobody sets it up at an unattended screen."""
        try:
            await self._prove(request)
        except Refusal as why:
            return await self._refused(request, "second", why)
        return await self._page(request, enrolment=picture_of(self.porter.second_factor.begin(request.user.username)))

    async def confirm(self, request: Request) -> Answer:
        """Turn the second step on with the telephone's first code."""
        user, typed = request.user.username, request.form()
        try:
            values = read(CONFIRM, typed, strict=False)
            codes = await self.porter.second_factor.confirm(user, values["salt"], values["code"])
        except (WrongCode, FieldRefused) as why:
            again = picture_of(self.porter.second_factor.again(user, typed.get("salt", "")))
            return await self._refused(request, "second", why, enrolment=again)
        except Refusal as why:
            return await self._refused(request, "second", why)
        await self._keep(request, "second_step_on")
        return await self._page(request, saved="second", codes=codes)

    async def turn_off(self, request: Request) -> Answer:
        """Turn the second step off; not where the role needs it."""
        try:
            if request.user.role in self.accounts.rules.second_step:
                raise NotAllowed
            await self._prove(request)
        except Refusal as why:
            return await self._refused(request, "second", why)
        await self.porter.second_factor.off(request.user.username)
        await self._keep(request, "second_step_off")
        return await self._page(request, saved="second")

    async def new_codes(self, request: Request) -> Answer:
        """Ten fresh recovery codes instead of the old ones."""
        try:
            if not self.accounts.standing(request.user.username).second_factor:
                raise NotAllowed
            await self._prove(request)
        except Refusal as why:
            return await self._refused(request, "second", why)
        codes = await self.porter.second_factor.new_codes(request.user.username)
        await self._keep(request, "recovery_codes")
        return await self._page(request, saved="second", codes=codes)

    async def end_session(self, request: Request, begun: str) -> Answer:
        """End one of the own sessions, named by the beginning of its hash."""
        await self.porter.end_session(request.user.username, begun, By.of(request))
        return redirect("/account", htmx=request.htmx)

    async def end_others(self, request: Request) -> Answer:
        """End every own session but this one."""
        here = request.session.hash if request.session else ""
        await self.porter.end_sessions(request.user.username, By.of(request), but=here)
        return redirect("/account", htmx=request.htmx)

    async def make_token(self, request: Request) -> Answer:
        """Make a token; its secret is shown this once."""
        try:
            values = read(TOKEN, request.form(), strict=False)
            scopes = read_scopes(values["scopes"])
        except Refusal as why:
            return await self._refused(request, "token", why)
        if request.session is None:
            raise FormExpired  # a token must not make tokens: a leaked one could make itself immortal
        shown, _until = await self.porter.tokens.make(request.user.username, values["name"], scopes=scopes, days=int(values["days"]))
        await self._keep(request, "token_made")
        return await self._page(request, token=shown)

    async def revoke_token(self, request: Request, token: int) -> Answer:
        """End one of the own tokens."""
        await self.porter.tokens.revoke(request.user.username, token)
        await self._keep(request, "token_ended")
        return redirect("/account", htmx=request.htmx)

    async def _prove(self, request: Request) -> None:
        """The present password, and a code where the second step is on, once more; only in a session, and counted as at the door."""
        if request.session is None:
            raise FormExpired
        values = read(PROOF, request.form(), strict=False)
        await self.porter.entrance.prove(request.user, values["current"], values["code"] or "", Origin.of(request))

    async def _keep(self, request: Request, what: str) -> None:
        origin = Origin.of(request)
        await self.history.keep(Entry(what=what, username=request.user.username, address=origin.address, browser=origin.browser))

    async def _refused(self, request: Request, where: str, why: Refusal, **more: Any) -> Answer:
        return await self._page(request, status=why.status, refused=where, message=why.text(request.language), **more)

    async def _page(self, request: Request, *, status: int = 200, **more: Any) -> Answer:
        user = request.user.username
        standing = self.accounts.standing(user)
        values = {
            "saved": "", "refused": "", "message": "", "token": "", "enrolment": None, "codes": (),
            "standing": standing, "rules": self.accounts.rules, "lives": LIVES, "life": DAYS,
            "codes_left": await self.porter.second_factor.codes_left(user) if standing.second_factor else 0,
            "entries": await self.history.read(Wanted(username=user, most=HISTORY)),
            "words": {"what": WHAT, "result": RESULTS, "how": HOW}, "named": partial(self.accounts.named, language=request.language), **more,
        }  # fmt: skip
        mine = request.session.hash if request.session else ""
        return page(
            "account.html",
            status=status,
            sessions=await self.porter.sessions.of_user(user),
            mine=mine,
            tokens=await self.porter.tokens.of_user(user),
            browser_name=browser_name,
            **values,
        )


def routes(accounts: Accounts, porter: Porter, login_history: LoginHistory) -> list[Route]:
    """The own account."""
    pages = AccountPages(accounts, porter, login_history)
    return [
        get("/account", pages.show, allow=WITH_ACCOUNT, summary="My account, sessions and tokens"),
        post("/account/password", pages.password, allow=WITH_ACCOUNT, summary="Set a new password"),
        post("/account/second-step", pages.set_up, allow=WITH_ACCOUNT, summary="Begin to set up the second step"),
        post("/account/second-step/confirm", pages.confirm, allow=WITH_ACCOUNT, summary="Turn the second step on"),
        post("/account/second-step/off", pages.turn_off, allow=WITH_ACCOUNT, summary="Turn the second step off"),
        post("/account/second-step/codes", pages.new_codes, allow=WITH_ACCOUNT, summary="New recovery codes"),
        post("/account/sessions/end", pages.end_others, allow=WITH_ACCOUNT, summary="End all my sessions but this one"),
        post("/account/sessions/<begun>/end", pages.end_session, allow=WITH_ACCOUNT, summary="End one of my sessions"),
        post("/account/tokens", pages.make_token, allow=WITH_ACCOUNT, summary="Make an API token"),
        post("/account/tokens/<int:token>/revoke", pages.revoke_token, allow=WITH_ACCOUNT, summary="End an API token"),
    ]
