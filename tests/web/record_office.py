"""The generic pages over the toy entity: a site in memory with its catalogue, records and patterns."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen

from config.clock import Clock
from config.database import Database
from crm.access import EVERYTHING, Viewer
from crm.catalogue import Catalogue, declared
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.patterns import Patterns
from crm.records import Records
from crm.search import Search
from switchboard.bus import Bus
from tests.crm.toys import TOY
from tests.web.building import COOKIE, Building, building
from tests.web.memory import Reply
from web.csrf import csrf_token
from web.pages import record_form, record_history, record_page, record_search

ADMIN = Viewer(username="admin", pattern=EVERYTHING)
PATTERNS = {"maryam": "agent", "reza": "agent", "nader": "supervisor", "admin": "administrator", "client": "nothing"}


@frozen
class Ground:
    """What the services of pages stand on."""

    database: Database
    bus: Bus
    clock: Clock
    catalogue: Catalogue
    records: Records
    patterns: Patterns


@frozen
class Office:
    """The site, and what it stands on."""

    site: Building
    catalogue: Catalogue
    records: Records
    patterns: Patterns
    duplicates: Duplicates
    duplicate_search: DuplicateSearch

    @property
    def toy(self):
        return self.catalogue["toy"]

    async def make(self, **values: Any) -> int:
        return await self.records.create(self.toy, {"name": "قطار", **values}, ADMIN)

    async def values(self, number: int) -> dict[str, Any]:
        return (await self.records.get(self.toy, number, ADMIN)).values

    async def catalogue_fields(self) -> list[dict[str, Any]]:
        """The rows of own fields."""
        from sqlalchemy import select

        from crm.record_tables import custom_field

        sql = select(custom_field).order_by(custom_field.c.position)
        return await self.site.database.read(lambda connection: [dict(row) for row in connection.execute(sql).mappings()])

    async def get(self, user: str, path: str, **headers: str) -> Reply:
        return await (await self.site.logged_in(user)).get(path, headers=headers)

    async def post(self, user: str, path: str, form: dict[str, Any] | list[tuple[str, str]], **headers: str) -> Reply:
        """A form, sent as a browser sends it; names may come several times."""
        from urllib.parse import urlencode

        browser = await self.site.logged_in(user)
        pairs = list(form.items()) if isinstance(form, dict) else form
        body = urlencode([("csrf", csrf_token(browser.cookies[COOKIE])), *pairs], doseq=True).encode()
        return await browser.post(path, body=body, headers={"Content-Type": "application/x-www-form-urlencoded", **headers})


More = Callable[[Ground], Mapping[str, object]]


@asynccontextmanager
async def office(
    folder: Path, *modules: Any, more: More | None = None, everything: bool = False, names: Any = None
) -> AsyncIterator[Office]:
    """`modules`: pages or API modules beside the generic record pages; they get the services that they name, and what `more(ground)` makes.

    `everything`: the declared entities as well as the toy. `names`: more of what every page may use (the address of map tiles).
    """
    made: dict[str, Any] = {}

    def routes(parts: dict[str, Any]) -> list[Any]:
        from web.routes import ask

        database, clock, bus = parts["database"], parts["clock"], parts["bus"]
        catalogue = Catalogue(database, [TOY, *declared()] if everything else [TOY])
        patterns = Patterns(database, clock, lambda: PATTERNS)
        records = Records(database, bus, clock, catalogue)
        made.update(catalogue=catalogue, patterns=patterns, records=records)
        made.update(duplicates=Duplicates(database, bus, clock, records), duplicate_search=DuplicateSearch(database, clock, catalogue))
        services = {**parts, **made, "search": Search(database, catalogue), "timezone": "Asia/Tehran"}
        services |= more(Ground(database, bus, clock, catalogue, records, patterns)) if more else {}
        return [one for module in (record_form, record_page, record_history, record_search, *modules) for one in ask(module, services)]

    async with building(folder, routes, names=names or {}) as site:
        await made["catalogue"].load()
        await made["patterns"].load()
        yield Office(site, **made)
        await made["duplicate_search"].stop()
