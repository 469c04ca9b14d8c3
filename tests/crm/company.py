"""A small company's records for tests: one database, one bus, a clock wound by hand."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import Connection

import crm.tables  # noqa: F401  the tables must be known before the database is made
from config.clock import FakeClock
from config.database import Database
from crm.draft import Draft, PhoneDraft
from crm.parties import Parties
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
    told: list[Event]

    async def person(self, last: str, *numbers: str, **more: Any) -> int:
        return await self.parties.create(Draft(last_name=last, phones=phones(*numbers), **more), "reza")

    async def company(self, name: str, *numbers: str, **more: Any) -> int:
        return await self.parties.create(Draft(kind="company", name=name, phones=phones(*numbers), **more), "reza")

    async def rows(self, work: Callable[[Connection], Any]) -> Any:
        return await self.database.read(work)

    def arrive(self, call: str, caller: str, *, dialled: str = "1000", direction: str = "inbound") -> None:
        self.calls.arrived(call, direction=direction, caller=caller, dialled=dialled, at=self.clock.now())

    def told_of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]


def phones(*numbers: str) -> tuple[PhoneDraft, ...]:
    return tuple(PhoneDraft(text=number) for number in numbers)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Company]:
    database = await Database.temporary(folder)
    bus, clock = Bus(), FakeClock()
    told: list[Event] = []
    bus.witness(lambda _number, event: told.append(event))
    try:
        yield Company(database, bus, clock, Calls(bus, clock), Parties(database, bus, clock), told)
    finally:
        await database.close()
