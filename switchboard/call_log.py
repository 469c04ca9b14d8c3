"""The call log: one row per ended call, from what was live of it; told as CallLogged after its commit."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial
from typing import Any

from attrs import frozen
from sqlalchemy import JSON, Column, Connection, Float, Index, Integer, String, Table, desc, func, insert, or_, select, update
from sqlalchemy.engine import RowMapping

from config.clock import Clock
from config.database import Database, metadata
from config.loops import Tasks
from config.patience import PASSING, patiently
from switchboard.bus import Bus
from switchboard.call import Calls, LiveCall
from switchboard.events import CallAdopted, CallArrived, CallEnded, CallLogged, PartyLinked

log = logging.getLogger(__name__)

call = Table(
    "call",
    metadata,
    Column("id", String, primary_key=True),
    Column("direction", String, nullable=False),
    Column("status", String, nullable=False),
    Column("caller", String, nullable=False, server_default=""),
    Column("caller_name", String, nullable=False, server_default=""),
    Column("number", String, nullable=False, server_default=""),  # the customer's number in E.164, "" when it could not be read
    Column("dialled", String, nullable=False, server_default=""),
    Column("started_at", Float, nullable=False),
    Column("queued_at", Float, nullable=False, server_default="0"),
    Column("answered_at", Float, nullable=False, server_default="0"),
    Column("ended_at", Float, nullable=False),
    Column("queue", String, nullable=False, server_default=""),
    Column("agent", String, nullable=False, server_default=""),
    Column("party", Integer),
    Column("by", String, nullable=False, server_default=""),
    Column("cause", Integer, nullable=False, server_default="16"),
    Column("steps", JSON, nullable=False),
    Index("ix_call_started_at", "started_at"),
    Index("ix_call_number_started_at", "number", "started_at"),
    Index("ix_call_agent_started_at", "agent", "started_at"),
    Index("ix_call_party_started_at", "party", "started_at"),
)

SORTABLE = ("started_at", "ended_at", "answered_at", "caller", "agent", "queue", "status")
FILTERS = ("status", "queue", "agent", "direction", "party", "number", "dialled")


@frozen
class Logged:
    """What is asked of the log most often."""

    id: str
    agent: str
    party: int | None


@frozen(kw_only=True)
class Listing:
    """Ended calls that are asked for. `equal` holds exact values of columns in FILTERS; `query` is part of a number or name."""

    sort: str = "started_at"
    descending: bool = True
    equal: Mapping[str, str] = {}
    query: str = ""
    since: float = 0.0
    offset: int = 0
    limit: int = 50


class CallLog:
    """Writes calls down as they end, and finds them again."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, calls: Calls) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._calls = calls
        self._live: dict[str, LiveCall] = {}
        self._tasks = Tasks("call log")
        self._late = Tasks("late rows of calls")
        bus.listen(CallArrived, self._began)
        bus.listen(CallAdopted, self._began)
        bus.listen(CallEnded, self._ended)
        bus.listen(PartyLinked, self._linked)

    async def stop(self) -> None:
        """Finish what is being written."""
        await self._tasks.drain()
        await self._late.stop()

    async def settled(self) -> None:
        """Wait until every call that has ended by now has its row: between its end and the commit it is neither live nor here."""
        await self._tasks.settled()

    async def find(self, call_id: str) -> Logged | None:
        """The ended call, or None."""
        query = select(call.c.id, call.c.agent, call.c.party).where(call.c.id == call_id)
        row = await self._database.read(lambda connection: connection.execute(query).first())
        return Logged(row.id, row.agent, row.party) if row else None

    def _began(self, event: CallArrived | CallAdopted) -> None:
        if live := self._calls.get(event.call):
            self._live[event.call] = live

    def _ended(self, event: CallEnded) -> None:
        if live := self._live.pop(event.call, None):
            self._tasks.start(self._write(row_of(live, event)), f"log of {event.call}")

    async def _write(self, row: dict[str, Any]) -> None:
        try:
            await self._put(row)
        except PASSING as trouble:
            log.warning("the row of %s waits: %s", row["id"], trouble)
            self._late.start(patiently(self._clock, f"the row of {row['id']}", partial(self._put, row)), f"late row of {row['id']}")

    async def _put(self, row: dict[str, Any]) -> None:
        await self._database.write(lambda connection: put(connection, row), lane=row["id"])
        self._bus.tell(CallLogged(at=self._clock.now(), call=row["id"], party=row["party"] or 0))

    def _linked(self, event: PartyLinked) -> None:
        if event.call not in self._live:
            change = update(call).where(call.c.id == event.call).values(party=event.party)
            self._tasks.start(
                self._database.write(lambda connection: connection.execute(change), lane=event.call), f"customer of {event.call}"
            )


def row_of(live: LiveCall, ended: CallEnded) -> dict[str, Any]:
    """The row of a call that has just ended."""
    return {
        "id": live.id, "direction": live.direction, "status": ended.status, "caller": live.caller, "caller_name": live.caller_name,
        "number": live.number, "dialled": live.dialled, "started_at": live.started_at, "queued_at": live.queued_since,
        "answered_at": live.answered_at, "ended_at": ended.at, "queue": live.queue, "agent": live.agent, "party": live.party or None,
        "by": ended.by, "cause": ended.cause, "steps": list(live.steps),
    }  # fmt: skip


def put(connection: Connection, row: Mapping[str, Any]) -> None:
    """Write a row; one that is there (a call that was cut off and came back) is replaced."""
    changed = connection.execute(update(call).where(call.c.id == row["id"]).values({key: row[key] for key in row if key != "id"}))
    if not changed.rowcount:
        connection.execute(insert(call).values(dict(row)))


def listed(connection: Connection, wanted: Listing) -> tuple[list[RowMapping], int]:
    """The rows that are asked for, and how many there are in all."""
    chosen = [call.c[name] == value for name, value in wanted.equal.items() if name in FILTERS]
    if wanted.since:
        chosen.append(call.c.started_at >= wanted.since)
    if wanted.query:
        part = f"%{wanted.query}%"
        chosen.append(or_(call.c.caller.like(part), call.c.number.like(part), call.c.dialled.like(part), call.c.caller_name.ilike(part)))
    column = call.c[wanted.sort if wanted.sort in SORTABLE else "started_at"]
    order = desc(column) if wanted.descending else column
    rows = connection.execute(select(call).where(*chosen).order_by(order, call.c.id).offset(wanted.offset).limit(wanted.limit))
    total = connection.execute(select(func.count()).select_from(call).where(*chosen)).scalar_one()
    return list(rows.mappings()), int(total)
