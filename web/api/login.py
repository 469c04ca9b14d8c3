"""Tokens for programs, and who they belong to."""

from __future__ import annotations

from attrs import frozen

from crm.accounts import Account
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, record, ref
from web.entrance import Entrance
from web.permissions import EVERYONE, SIGNED_IN
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import secret, text
from web.tokens import Tokens


@frozen
class LoginApi:
    """POST /api/v1/login and GET /api/v1/me."""

    entrance: Entrance
    tokens: Tokens

    async def log_in(self, request: Request) -> Answer:
        """A token for user name and password."""
        account = await self.entrance.check(request.given["username"], request.given["password"], request.address)
        token, expires_at = await self.tokens.make(account.username, request.given["name"] or "API")
        return json({"token": token, "expires_at": iso(expires_at)})

    async def me(self, request: Request) -> Answer:
        """The account behind the token or session."""
        return json(account_value(request.user))


def account_value(account: Account) -> dict[str, str]:
    """An account as the API shows it."""
    return {name: getattr(account, name) for name in ("username", "name", "name_en", "role", "extension", "device", "language")}


def routes(entrance: Entrance, tokens: Tokens) -> list[Route]:
    """Log-in for programs."""
    views = LoginApi(entrance, tokens)
    return [
        api(
            "POST", "/api/v1/login", views.log_in, allow=EVERYONE, summary="Log in; the token has the rights of its owner and lives 30 days",
            takes={"username": text(60), "password": secret(), "name": text(80, need=False)},
            gives=record({"token": TEXT, "expires_at": MOMENT}), csrf=False,
        ),
        api("GET", "/api/v1/me", views.me, allow=SIGNED_IN, summary="Who I am", gives=ref("Account")),
    ]  # fmt: skip
