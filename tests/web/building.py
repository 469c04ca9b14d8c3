"""A whole site with a real database and small stand-ins for the rest, for the tests of pages, API and websockets."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from config.clock import FakeClock
from config.database import Database
from tests.web.memory import HOST, MemoryBrowser
from web.assets import Assets
from web.reception import Reception
from web.render import Renderer
from web.routes import Route, RouteTable
from web.sessions import Sessions
from web.site import Site
from web.tokens import Tokens

COOKIE = "session_8080"
NAMES = {"site_name_fa": "شرکت نمونه", "site_name_en": "Sample Company", "demo": True}


@frozen
class Person:
    """An account as crm.accounts gives it."""

    username: str
    role: str = "agent"
    name: str = "مریم"
    name_en: str = "Maryam"
    extension: str = ""
    device: str = "browser"
    language: str = ""
    party: int | None = None


@define
class People:
    """Accounts by name; everybody's password is "secret-1404"."""

    accounts: dict[str, Person] = field(factory=dict)

    def get(self, username: str) -> Person | None:
        return self.accounts.get(username)

    async def check(self, username: str, password: str) -> Person | None:
        return self.accounts.get(username) if password == "secret-1404" else None


def everybody() -> People:
    people = (
        Person("maryam", extension="101"),
        Person("reza", extension="102"),
        Person("sara", extension="103", device="desk"),
        Person("nader", "supervisor", extension="201"),
        Person("admin", "administrator"),
    )
    return People({one.username: one for one in people})


@define
class Building:
    """The site and what it stands on."""

    database: Database
    clock: FakeClock
    people: People
    sessions: Sessions
    tokens: Tokens
    site: Site

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


@asynccontextmanager
async def building(folder: Path, routes: Any, **more: Any):
    """A `Building` whose routes `routes(parts)` gives, `parts` being a dict of the services by name."""
    clock = FakeClock()
    database = await Database.temporary(folder)
    people = everybody()
    sessions = Sessions(database, clock, hours=12)
    tokens = Tokens(database, clock)
    renderer = Renderer(Assets(), "Asia/Tehran", NAMES, **{key: more[key] for key in ("templates",) if key in more})
    reception = Reception(
        sessions,
        tokens,
        people,
        clock,
        cookie=COOKIE,
        public_url=more.get("public_url", f"http://{HOST}"),
        language="fa",
        proxied=more.get("proxied", False),
    )
    parts = {"database": database, "clock": clock, "accounts": people, "sessions": sessions, "tokens": tokens, "reception": reception}
    made: Iterable[Route] = routes(parts)
    site = Site(RouteTable(made), reception, renderer)
    try:
        yield Building(database, clock, people, sessions, tokens, site)
    finally:
        await site.stop()
        await sessions.stop()
        await tokens.stop()
        await database.close()
