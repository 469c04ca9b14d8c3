"""Logging in and out, and the switch of the language."""

from __future__ import annotations

from attrs import evolve, frozen

from config.errors import Refusal
from config.translations import LANGUAGES
from crm.accounts import Account, Accounts
from web.entrance import Entrance
from web.errors import TooManyAttempts, WrongPassword
from web.permissions import EVERYONE, SIGNED_IN
from web.reception import LANGUAGE_COOKIE, Reception
from web.request import Request
from web.response import Answer, Header, cookie, own_path, page, redirect
from web.routes import Route, get, post
from web.sessions import Sessions
from web.shapes import choice, read, secret, text

LOG_IN = {"username": text(60), "password": secret(), "next": text(300, need=False)}
LANGUAGE = {"language": choice("fa", "en"), "back": text(300, need=False)}
YEAR_SECONDS = 365 * 24 * 3600


@frozen
class LoginPages:
    """The pages in front of the door."""

    entrance: Entrance
    sessions: Sessions
    reception: Reception
    accounts: Accounts

    async def home(self, request: Request) -> Answer:
        """The address without a path leads to the desk, or to the wallboard for those who take no calls."""
        supervises = not request.user.extension and request.user.role != "agent"
        return redirect("/wallboard" if supervises else "/desk")

    async def form(self, request: Request) -> Answer:
        """The log-in form; those who are in already go where they wanted."""
        wanted = own_path(request.query.get("next", ""))
        if request.account is not None:
            return redirect(wanted)
        return page("login.html", next=wanted, username="", message="", wait=False)

    async def log_in(self, request: Request) -> Answer:
        """Check the password, begin a session, go where one wanted. A wrong one shows the form again with what was typed."""
        typed = request.form()
        try:
            values = read(LOG_IN, typed, strict=False)
            account = await self.entrance.check(values["username"], values["password"], request.address)
        except Refusal as why:
            wait = isinstance(why, TooManyAttempts)
            message = (why if wait else WrongPassword()).text(request.language)
            shown = {"next": own_path(typed.get("next", "")), "username": typed.get("username", "")[:60]}
            headers = (("Retry-After", str(why.values["retry_seconds"])),) if wait else ()
            return page("login.html", status=429 if wait else 401, headers=headers, message=message, wait=wait, **shown)
        if request.session is not None:
            await self.sessions.end(request.session.hash)
        session = await self.sessions.begin(account.username, request.address, request.header("User-Agent"))
        crumb = cookie(self.reception.cookie, session.secret, secure=request.secure)
        return redirect(own_path(values["next"] or "/"), headers=(crumb, *await self._take_along(request, account)))

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
        if request.session is not None:
            await self.sessions.end(request.session.hash)
        return redirect("/login", headers=(cookie(self.reception.cookie, "", seconds=0, secure=request.secure),))

    async def language(self, request: Request) -> Answer:
        """Show everything in the other language from now on; kept in the account, or in a cookie before log-in."""
        values = read(LANGUAGE, request.form(), strict=False)
        if request.account is not None:
            await self.accounts.change(evolve(request.account, language=values["language"]))
            return redirect(own_path(values["back"]))
        return redirect(own_path(values["back"]), headers=(_language_cookie(request, values["language"], YEAR_SECONDS),))


def _language_cookie(request: Request, language: str, seconds: int) -> Header:
    return cookie(LANGUAGE_COOKIE, language, seconds=seconds, secure=request.secure, readable=True)


def routes(entrance: Entrance, sessions: Sessions, reception: Reception, accounts: Accounts) -> list[Route]:
    """The door."""
    pages = LoginPages(entrance, sessions, reception, accounts)
    return [
        get("/", pages.home, allow=SIGNED_IN, summary="The first page of the person who is logged in"),
        get("/login", pages.form, allow=EVERYONE, summary="The log-in form"),
        post("/login", pages.log_in, allow=EVERYONE, summary="Log in", csrf=False),
        post("/logout", pages.log_out, allow=SIGNED_IN, summary="Log out; the websockets of the session close"),
        post("/language", pages.language, allow=EVERYONE, summary="Choose the language"),
    ]
