"""Logging in, step by step, and out; the switch of the language."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import segno
from attrs import evolve, frozen

from config.errors import Refusal
from config.translations import LANGUAGES
from crm.accounts import Account, Accounts
from crm.catalogue import Catalogue
from crm.login_history import Entry, LoginHistory
from crm.passwords import LONGEST
from crm.patterns import Patterns
from crm.reset_links import ResetLinkOver
from web.entrance import Entrance, Origin, Pending
from web.errors import FormExpired, StepExpired, TooManyAttempts, WrongPassword
from web.menu import Menu
from web.permissions import EVERYONE, WITH_ACCOUNT
from web.reception import LANGUAGE_COOKIE, Reception
from web.request import Request
from web.response import Answer, Header, cookie, own_path, page, redirect
from web.routes import Route, get, post
from web.sessions import Sessions
from web.shapes import choice, read, secret, text
from web.tokens import Tokens

LOG_IN = {"username": text(60), "password": secret(), "next": text(300, need=False)}
STEP = {"step": text(60), "next": text(300, need=False)}
CODE = {**STEP, "code": text(40)}
PASSWORD = {**STEP, "new": secret(LONGEST)}
LINK = {"link": text(60), "new": secret(LONGEST)}
ENROL = {**CODE, "salt": text(40)}
LANGUAGE = {"language": choice("fa", "en"), "back": text(300, need=False)}
YEAR_SECONDS = 365 * 24 * 3600


@frozen
class LoginPages:
    """The pages in front of the door."""

    entrance: Entrance
    sessions: Sessions
    tokens: Tokens
    reception: Reception
    accounts: Accounts
    history: LoginHistory
    menu: Menu | None = None

    async def home(self, request: Request) -> Answer:
        """The address without a path leads to the desk, to the wallboard for those who take no calls, or to the first records one may see."""
        if request.user.role == "user":
            areas = self.menu.of(request.user.username, request.language) if self.menu else []
            return redirect(areas[0][1][0][0] if areas else "/account")
        supervises = not request.user.extension and request.user.role != "agent"
        return redirect("/wallboard" if supervises else "/desk")

    async def form(self, request: Request) -> Answer:
        """The log-in form; those who are in already go where they wanted."""
        wanted = own_path(request.query.get("next", ""))
        if request.account is not None:
            return redirect(wanted)
        return _form(wanted)

    async def log_in(self, request: Request) -> Answer:
        """Check the password, then the next step, or in. A wrong one shows the form again with what was typed."""
        typed = request.form()
        try:
            values = read(LOG_IN, typed, strict=False)
            pending = await self.entrance.begin(values["username"], values["password"], Origin.of(request))
        except Refusal as why:
            wait = isinstance(why, TooManyAttempts)
            message = (why if wait else WrongPassword()).text(request.language)
            headers = (("Retry-After", str(why.values["retry_seconds"])),) if wait else ()
            shown = _form(own_path(typed.get("next", "")), username=typed.get("username", "")[:60], message=message, wait=wait)
            return evolve(shown, status=429 if wait else 401, headers=headers)
        return await self._go_on(request, pending, own_path(values["next"] or "/"))

    async def code(self, request: Request) -> Answer:
        """The second step."""

        async def work(pending: Pending) -> None:
            await self.entrance.give_code(pending, read(CODE, request.form(), strict=False)["code"], Origin.of(request))

        return await self._step(request, work)

    async def password(self, request: Request) -> Answer:
        """The new password that was due; everything that was open with the old one ends."""

        async def work(pending: Pending) -> None:
            await self.entrance.give_password(pending, read(PASSWORD, request.form(), strict=False)["new"], Origin.of(request))
            await self.sessions.end_all(pending.username)
            await self.tokens.revoke_all(pending.username)

        return await self._step(request, work)

    async def link(self, request: Request, token: str) -> Answer:
        """The form behind the administrator's link; looking at it uses nothing up."""
        try:
            return self._link(token, await self.accounts.of_reset_link(token))
        except Refusal as why:
            return evolve(_form("/", message=why.text(request.language)), status=why.status)

    async def take_link(self, request: Request) -> Answer:
        """The new password by the administrator's link; everything that was open with the old one ends, a lock-out too."""
        account = None
        try:
            account = await self.accounts.of_reset_link(request.form().get("link", ""))
            values = read(LINK, request.form(), strict=False)
            await self.accounts.reset_by_link(values["link"], values["new"])
        except Refusal as why:
            if account is None or isinstance(why, ResetLinkOver):
                return evolve(_form("/", message=why.text(request.language)), status=why.status)
            return self._link(request.form()["link"], account, why.text(request.language), why.status)
        await self.sessions.end_all(account.username)
        await self.tokens.revoke_all(account.username)
        await self.entrance.unlock(account.username)
        origin = Origin.of(request)
        done = Entry(what="password", how="reset_link", username=account.username, address=origin.address, browser=origin.browser)
        await self.history.keep(done)
        return await self._go_on(request, self.entrance.begin_by_link(account), "/")

    def _link(self, token: str, account: Account, message: str = "", status: int = 200) -> Answer:
        return page(
            "login_step.html", status=status, step="link", token=token, message=message, shortest=self.accounts.rules.shortest, next="/",
            username=account.username, account_name=account.name,
        )  # fmt: skip

    async def enrol(self, request: Request) -> Answer:
        """The second step set up before the first log-in with it; the recovery codes are shown on the way in."""
        codes: list[str] = []

        async def work(pending: Pending) -> None:
            values = read(ENROL, request.form(), strict=False)
            codes.extend(await self.entrance.enrol(pending, values["salt"], values["code"], Origin.of(request)))

        inside = await self._step(request, work)
        if not codes:
            return inside
        crumbs = tuple(header for header in inside.headers if header[0] == "Set-Cookie")
        wanted = own_path(request.form().get("next", "") or "/")
        return page("login_step.html", headers=crumbs, step="codes", codes=codes, next=wanted, message="")

    async def _step(self, request: Request, work: Callable[[Pending], Awaitable[None]]) -> Answer:
        """Do one step of a log-in and show what is next; the step again, with why, when it is refused."""
        wanted, pending = own_path(request.form().get("next", "") or "/"), None
        try:
            pending = self.entrance.pending(read(STEP, request.form(), strict=False)["step"])
            await work(pending)
            return await self._go_on(request, pending, wanted)
        except Refusal as why:
            if pending is None or isinstance(why, StepExpired):
                return evolve(_form(wanted, message=why.text(request.language)), status=why.status)
            return self._again(request, pending, wanted, why)

    async def _go_on(self, request: Request, pending: Pending, wanted: str) -> Answer:
        """Show the next step, or begin a session: always a new one, whatever cookie came along."""
        if self.entrance.next_step(pending):
            return self._again(request, pending, wanted)
        account = await self.entrance.finish(pending, Origin.of(request))
        if request.session is not None:
            await self.sessions.end(request.session.hash)
        session = await self.sessions.begin(account.username, request.address, request.header("User-Agent"))
        crumb = cookie(self.reception.cookie, session.secret, secure=request.secure)
        return redirect(wanted, headers=(crumb, *await self._take_along(request, account)))

    def _again(self, request: Request, pending: Pending, wanted: str, why: Refusal | None = None) -> Answer:
        """The page of the step that is due, with why the last try was refused."""
        step = self.entrance.next_step(pending)
        more: dict[str, Any] = {}
        if step == "enrol":
            more = picture_of(self.entrance.enrolment(pending, request.form().get("salt", "")))
        message = why.text(request.language) if why else ""
        headers = (("Retry-After", str(why.values["retry_seconds"])),) if isinstance(why, TooManyAttempts) else ()
        return page(
            "login_step.html", status=why.status if why else 200, headers=headers, step=step, message=message, shortest=self.accounts.rules.shortest,
            token=pending.token, next=wanted, username=pending.username, **more,
        )  # fmt: skip

    async def _take_along(self, request: Request, account: Account) -> tuple[Header, ...]:
        """The language that was chosen at the door is the account's from now on; the cookie has served, the next person finds none."""
        chosen = request.cookies.get(LANGUAGE_COOKIE, "")
        if chosen not in LANGUAGES:
            return ()
        if chosen != account.language:
            await self.accounts.change(evolve(account, language=chosen))
        return (_language_cookie(request, "", 0),)

    async def log_out(self, request: Request) -> Answer:
        """End the session and its websockets."""
        who = request.behind or request.user
        if request.session is not None:
            await self.sessions.end(request.session.hash)
            origin = Origin.of(request)
            await self.history.keep(Entry(what="logout", username=who.username, address=origin.address, browser=origin.browser))
        return redirect("/login", headers=(cookie(self.reception.cookie, "", seconds=0, secure=request.secure),))

    async def look_away(self, request: Request) -> Answer:
        """The administrator's own eyes again."""
        if request.session is None:
            raise FormExpired  # a token has no eyes
        if request.behind is not None:
            await self.sessions.see(request.session.hash, "")
            origin = Origin.of(request)
            seen = Entry(what="see_as_ended", username=request.user.username, by_user=request.behind.username, address=origin.address)
            await self.history.keep(seen)
            return redirect(f"/users/{request.user.username}")
        return redirect("/")

    async def language(self, request: Request) -> Answer:
        """Show everything in the other language from now on; kept in the account, or in a cookie before log-in."""
        values = read(LANGUAGE, request.form(), strict=False)
        if request.account is not None and request.behind is None:
            await self.accounts.change(evolve(request.account, language=values["language"]))
            return redirect(own_path(values["back"]))
        return redirect(own_path(values["back"]), headers=(_language_cookie(request, values["language"], YEAR_SECONDS),))


def _form(wanted: str, *, username: str = "", message: str = "", wait: bool = False) -> Answer:
    return page("login.html", next=wanted, username=username, message=message, wait=wait)


def picture_of(enrolment: Any) -> dict[str, Any]:
    """What a page shows of a telephone about to be set up: the picture as a data address, and the secret for typing."""
    drawn = segno.make(enrolment.address, error="m")
    return {"salt": enrolment.salt, "secret": enrolment.secret, "picture": drawn.svg_data_uri(scale=5, border=3, light="#fff")}


def _language_cookie(request: Request, language: str, seconds: int) -> Header:
    return cookie(LANGUAGE_COOKIE, language, seconds=seconds, secure=request.secure, readable=True)


def routes(
    entrance: Entrance,
    sessions: Sessions,
    tokens: Tokens,
    reception: Reception,
    accounts: Accounts,
    login_history: LoginHistory,
    catalogue: Catalogue | None = None,
    patterns: Patterns | None = None,
) -> list[Route]:
    """The door."""
    menu = Menu(catalogue, patterns) if catalogue and patterns else None
    pages = LoginPages(entrance, sessions, tokens, reception, accounts, login_history, menu)
    return [
        get("/", pages.home, allow=WITH_ACCOUNT, summary="The first page of the person who is logged in"),
        get("/login", pages.form, allow=EVERYONE, summary="The log-in form"),
        post("/login", pages.log_in, allow=EVERYONE, summary="Log in", csrf=False),
        post("/login/code", pages.code, allow=EVERYONE, summary="Log in: the code of the second step", csrf=False),
        post("/login/password", pages.password, allow=EVERYONE, summary="Log in: the new password that is due", csrf=False),
        get("/login/link/<token>", pages.link, allow=EVERYONE, summary="Log in: the form behind an administrator's link"),
        post("/login/link", pages.take_link, allow=EVERYONE, summary="Log in: a new password by an administrator's link", csrf=False),
        post("/login/second-step", pages.enrol, allow=EVERYONE, summary="Log in: set up the second step that is due", csrf=False),
        post("/logout", pages.log_out, allow=WITH_ACCOUNT, summary="Log out; the websockets of the session close"),
        post("/see-as/end", pages.look_away, allow=WITH_ACCOUNT, summary="Stop looking with somebody else's eyes"),
        post("/language", pages.language, allow=EVERYONE, summary="Choose the language"),
    ]
