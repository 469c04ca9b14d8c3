"""Tokens for programs, and who they belong to."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from crm.accounts import Account
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, record, ref
from web.entrance import Entrance, Origin
from web.permissions import EVERYONE, WITH_ACCOUNT
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.scopes import read_scopes
from web.shapes import secret, text, texts, whole
from web.tokens import DAYS, LIVES, Tokens

LOG_IN = {
    "username": text(60),
    "password": secret(),
    "code": text(40, need=False),
    "name": text(80, need=False),
    "scopes": texts(40, need=False),
    "days": whole(1, max(LIVES), need=False, default=DAYS),
}


@frozen
class LoginApi:
    """POST /api/v1/login and GET /api/v1/me."""

    entrance: Entrance
    tokens: Tokens

    async def log_in(self, request: Request) -> Answer:
        """A token for user name and password, and the code of the second step where there is one."""
        given = request.given
        scopes = read_scopes(given["scopes"])
        account = await self.entrance.program(given["username"], given["password"], given["code"] or "", Origin.of(request))
        token, expires_at = await self.tokens.make(account.username, given["name"] or "API", scopes=scopes, days=given["days"])
        return json({"token": token, "expires_at": iso(expires_at), "scopes": list(scopes)})

    async def me(self, request: Request) -> Answer:
        """The account behind the token or session."""
        return json(account_value(request.user))


def account_value(account: Account) -> dict[str, Any]:
    """An account as the API shows it."""
    names = ("username", "name", "name_en", "role", "pattern", "extension", "device", "language", "party", "active")
    return {name: getattr(account, name) for name in names}


def routes(entrance: Entrance, tokens: Tokens) -> list[Route]:
    """Log-in for programs."""
    views = LoginApi(entrance, tokens)
    return [
        api(
            "POST", "/api/v1/login", views.log_in, allow=EVERYONE,
            summary="Log in; the token has the rights of its owner, narrowed by its scopes, and lives 30 days unless told otherwise",
            takes=LOG_IN, gives=record({"token": TEXT, "expires_at": MOMENT, "scopes": {"type": "array", "items": TEXT}}), csrf=False,
        ),
        api("GET", "/api/v1/me", views.me, allow=WITH_ACCOUNT, summary="Who I am", gives=ref("Account")),
    ]  # fmt: skip
