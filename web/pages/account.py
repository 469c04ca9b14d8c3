"""My account: who I am here, my password, where I am logged in, and my programs' tokens."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from config.errors import Refusal
from crm.accounts import Accounts
from web.browsers import browser_name
from web.entrance import Entrance
from web.errors import FormExpired
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page, redirect
from web.routes import Route, get, post
from web.sessions import Sessions
from web.shapes import read, secret, text
from web.tokens import Tokens

PASSWORD = {"current": secret(), "new": secret()}
TOKEN = {"name": text(80)}


@frozen
class AccountPages:
    """The pages behind one's own name."""

    accounts: Accounts
    entrance: Entrance
    sessions: Sessions
    tokens: Tokens

    async def show(self, request: Request) -> Answer:
        """Everything about the own account."""
        return await self._page(request)

    async def password(self, request: Request) -> Answer:
        """Set a new password, knowing the old one; every other session and every token ends."""
        user = request.user.username
        try:
            values = read(PASSWORD, request.form(), strict=False)
            await self.entrance.check(user, values["current"], request.address)
            await self.accounts.set_password(user, values["new"])
        except Refusal as why:
            return await self._page(request, status=why.status, refused="password", message=why.text(request.language))
        await self.sessions.end_all(user, but=request.session.hash if request.session else "")
        await self.tokens.revoke_all(user)
        return await self._page(request, saved="password")

    async def end_session(self, request: Request, begun: str) -> Answer:
        """End one of the own sessions, named by the beginning of its hash."""
        for one in await self.sessions.of_user(request.user.username):
            if len(begun) >= 12 and one.hash.startswith(begun):
                await self.sessions.end(one.hash)
        return redirect("/account", htmx=request.htmx)

    async def make_token(self, request: Request) -> Answer:
        """Make a token; its secret is shown this once."""
        try:
            values = read(TOKEN, request.form(), strict=False)
        except Refusal as why:
            return await self._page(request, status=why.status, refused="token", message=why.text(request.language))
        if request.session is None:
            raise FormExpired  # a token must not make tokens: a leaked one could make itself immortal
        shown, _until = await self.tokens.make(request.user.username, values["name"])
        return await self._page(request, token=shown)

    async def revoke_token(self, request: Request, token: int) -> Answer:
        """End one of the own tokens."""
        await self.tokens.revoke(request.user.username, token)
        return redirect("/account", htmx=request.htmx)

    async def _page(self, request: Request, *, status: int = 200, **more: Any) -> Answer:
        user = request.user.username
        values = {"saved": "", "refused": "", "message": "", "token": "", **more}
        sessions = await self.sessions.of_user(user)
        mine = request.session.hash if request.session else ""
        return page(
            "account.html",
            status=status,
            sessions=sessions,
            mine=mine,
            tokens=await self.tokens.of_user(user),
            browser_name=browser_name,
            **values,
        )


def routes(accounts: Accounts, entrance: Entrance, sessions: Sessions, tokens: Tokens) -> list[Route]:
    """The own account."""
    pages = AccountPages(accounts, entrance, sessions, tokens)
    return [
        get("/account", pages.show, allow=SIGNED_IN, summary="My account, sessions and tokens"),
        post("/account/password", pages.password, allow=SIGNED_IN, summary="Set a new password"),
        post("/account/sessions/<begun>/end", pages.end_session, allow=SIGNED_IN, summary="End one of my sessions"),
        post("/account/tokens", pages.make_token, allow=SIGNED_IN, summary="Make an API token"),
        post("/account/tokens/<int:token>/revoke", pages.revoke_token, allow=SIGNED_IN, summary="End an API token"),
    ]
