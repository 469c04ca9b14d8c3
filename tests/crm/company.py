"""A small company's records for tests: one database, one bus, a clock wound by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, insert

from config.clock import FakeClock
from config.database import Database
from crm.access import EVERYTHING, Viewer
from crm.catalogue import Catalogue
from crm.parties import Parties
from crm.records import Records
from crm.tables import account
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import Event


@frozen
class Company:
    database: Database
    bus: Bus
    clock: FakeClock
    calls: Calls
    parties: Parties
    records: Records
    told: list[Event]

    async def person(self, last: str, *numbers: str, **more: Any) -> int:
        return await self.parties.create({"last_name": last, "phones": numbers, **more}, "reza")

    async def company(self, name: str, *numbers: str, **more: Any) -> int:
        return await self.parties.create({"kind": "company", "name": name, "phones": numbers, **more}, "reza")

    async def rows(self, work: Callable[[Connection], Any]) -> Any:
        return await self.database.read(work)

    def arrive(self, call: str, caller: str, *, dialled: str = "1000", direction: str = "inbound") -> None:
        self.calls.arrived(call, direction=direction, caller=caller, dialled=dialled, at=self.clock.now())

    def told_of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]


def everybody(username: str) -> Viewer:
    return Viewer(username=username, pattern=EVERYTHING)


def put_users(connection: Connection) -> None:
    """The experts that records name."""
    rows = [
        {"username": name, "name": name, "role": "agent", "password_hash": "", "password_changed_at": 0, "created_at": 0}
        for name in ("reza", "sara")
    ]
    connection.execute(insert(account), rows)


@asynccontextmanager
async def opened(folder: Path, *, users: bool = True) -> AsyncIterator[Company]:
    database = await Database.temporary(folder)
    if users:
        await database.write(put_users)
    bus, clock = Bus(), FakeClock()
    catalogue = Catalogue(database)
    await catalogue.load()
    records = Records(database, bus, clock, catalogue)
    told: list[Event] = []
    bus.witness(lambda _number, event: told.append(event))
    try:
        yield Company(database, bus, clock, Calls(bus, clock), Parties(records, everybody), records, told)
    finally:
        await database.close()
