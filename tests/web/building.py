"""A whole site with a real database and small stand-ins for the rest, for the tests of pages, API and websockets."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher
from attrs import define
from sqlalchemy import Connection, insert, select

from config.clock import FakeClock
from config.database import Database
from crm.accounts import Account, Accounts
from crm.login_history import LoginHistory
from crm.patterns import Patterns
from crm.second_factor import SecondFactor
from crm.tables import account
from switchboard.bus import Bus
from tests.web.memory import HOST, MemoryBrowser
from web.assets import Assets
from web.entrance import Entrance
from web.porter import Porter
from web.reception import Reception
from web.render import Renderer
from web.routes import Route, RouteTable
from web.sessions import Sessions
from web.site import Site
from web.tokens import Tokens

COOKIE = "session_8080"
NAMES = {"name_fa": "شرکت نمونه", "name_en": "Sample Company", "demo": True}


PASSWORD = "secret-1404"
KEY = b"k" * 32
PEOPLE = (
    Account(username="maryam", name="مریم", name_en="Maryam", extension="101"),
    Account(username="reza", name="رضا", name_en="Reza", extension="102"),
    Account(username="sara", name="سارا", name_en="Sara", extension="103", device="desk"),
    Account(username="nader", name="نادر", name_en="Nader", role="supervisor", extension="201"),
    Account(username="admin", name="مدیر", name_en="Admin", role="administrator"),
    Account(username="client", name="مشتری", name_en="Client", role="user"),
)


def everybody() -> dict[str, Account]:
    return {one.username: one for one in PEOPLE}


@cache
def password_hash() -> str:
    """One hash for everybody: making it is slow by design."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


def seed_accounts(connection: Connection) -> None:
    rows = [
        {**{name: getattr(one, name) for name in ("username", "name", "name_en", "role", "device", "language")}, "extension": one.extension or None,
         "password_hash": password_hash(), "password_changed_at": 0.0, "created_at": 0.0, "active": True}
        for one in PEOPLE
    ]  # fmt: skip
    there = set(connection.execute(select(account.c.username)).scalars())
    if missing := [row for row in rows if row["username"] not in there]:
        connection.execute(insert(account), missing)


@define
class Building:
    """The site and what it stands on."""

    database: Database
    clock: FakeClock
    bus: Bus
    accounts: Accounts
    sessions: Sessions
    tokens: Tokens
    site: Site
    second_factor: SecondFactor
    history: LoginHistory
    entrance: Entrance

    def browser(self, **more: Any) -> MemoryBrowser:
        return MemoryBrowser(self.site.factory, **more)

    async def logged_in(self, username: str) -> MemoryBrowser:
        """A browser with a session of `username`."""
        session = await self.sessions.begin(username, "127.0.0.1", "test")
        return self.browser(cookies={COOKIE: session.secret})

    async def bearer(self, username: str) -> dict[str, str]:
        """The header of an API token of `username`."""
        secret, _until = await self.tokens.make(username, "test")
        return {"Authorization": f"Bearer {secret}"}


def patterns_of(parts: dict[str, Any]) -> Patterns:
    """The shipped access patterns, each user's as the account says."""
    return Patterns(parts["database"], parts["clock"], lambda: {one.username: one.access for one in parts["accounts"].all()})


@asynccontextmanager
async def building(folder: Path, routes: Any, **more: Any):
    """A `Building` whose routes `routes(parts)` gives, `parts` being a dict of the services by name; on `database` when it is given."""
    clock, bus = FakeClock(), Bus()
    database = more.get("database") or await Database.temporary(folder)
    await database.write(seed_accounts)
    accounts = Accounts(database, bus, clock)
    await accounts.load()
    sessions = Sessions(database, clock, hours=12)
    tokens = Tokens(database, clock)
    second_factor, history = SecondFactor(database, accounts, clock, KEY), LoginHistory(database, clock)
    assets = Assets()
    renderer = Renderer(
        assets, "Asia/Tehran", {**NAMES, **more.get("names", {})}, **{key: more[key] for key in ("templates",) if key in more}
    )
    reception = Reception(
        sessions,
        tokens,
        accounts,
        clock,
        cookie=COOKIE,
        public_url=more.get("public_url", f"http://{HOST}"),
        language="fa",
        proxied=more.get("proxied", False),
    )
    parts = {
        "database": database,
        "clock": clock,
        "accounts": accounts,
        "sessions": sessions,
        "tokens": tokens,
        "reception": reception,
        "bus": bus,
        "second_factor": second_factor,
        "login_history": history,
        "entrance": (entrance := Entrance(accounts, clock, 5, second_factor, history)),
        "porter": Porter(accounts, entrance, sessions, tokens, second_factor, history),
        "assets": assets,
    }
    made: Iterable[Route] = routes(parts)
    site = Site(RouteTable(made), reception, renderer)
    try:
        yield Building(database, clock, bus, accounts, sessions, tokens, site, second_factor, history, entrance)
    finally:
        await site.stop()
        await sessions.stop()
        await tokens.stop()
        accounts.close()
        await database.close()
