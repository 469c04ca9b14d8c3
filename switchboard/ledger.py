"""The ledger: every event, numbered and kept, in batches of at most a tenth of a second.

Live events are told before they are kept (docs/decisions/0004); what a sudden death can lose is the last batch. The
ledger gives an adopted call its history back, and the bus its number after a restart.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

import orjson
from attrs import asdict, fields
from sqlalchemy import BigInteger, Column, Connection, Float, Index, Integer, String, Table, Text, delete, func, insert, select

from config.clock import Clock, Timer
from config.database import Database, metadata
from config.database_errors import DatabaseTrouble
from config.loops import Tasks
from switchboard import events
from switchboard.bus import Bus
from switchboard.events import CallEvent, Event

BATCH_SECONDS = 0.1
BATCH_ROWS = 500
READ_ROWS = 5_000
MOST_WAITING = 50_000
"""Events kept in memory while the database does not take them; older ones are given up."""

RETRY_SECONDS = 2.0
KEEP_SECONDS = 90 * 24 * 3600.0
THIN_SECONDS = 3600.0
THIN_ROWS = 5_000

_OF_A_CALL = Column("call").isnot(None)

table = Table(
    "event",
    metadata,
    Column("n", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("kind", String, nullable=False),
    Column("call", String),
    Column("data", Text, nullable=False),
    Index("ix_event_call", "call", sqlite_where=_OF_A_CALL, postgresql_where=_OF_A_CALL),
    Index("ix_event_at", "at"),
)

KINDS: dict[str, type[Event]] = {name: kind for name, kind in vars(events).items() if isinstance(kind, type) and issubclass(kind, Event)}

log = logging.getLogger(__name__)


async def last_number(database: Database) -> int:
    """The number of the last event kept, 0 in a new installation."""
    found = await database.read(lambda connection: connection.execute(select(func.max(table.c.n))).scalar())
    return int(found or 0)


class Ledger:
    """Witnesses the bus and writes down what it sees."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: list[tuple[int, Event]] = []
        self._timer: Timer | None = None
        self._thinning: Timer | None = None
        self._writing = False
        self._tasks = Tasks("ledger")
        self._undo = bus.witness(self._seen)
        self.lost = 0
        """Events given up because the database would not take them."""

    def start(self) -> None:
        """Begin to thin out what is old, now and every hour."""
        self._thin()

    async def stop(self) -> None:
        """Write what waits, and witness no more."""
        self._undo()
        for timer in (self._timer, self._thinning):
            if timer:
                timer.cancel()
        await self._tasks.drain()
        if self._waiting:
            rows, self._waiting = self._waiting, []
            try:
                await self._database.write(lambda connection: _keep(connection, rows))
            except DatabaseTrouble as trouble:  # a stop waits for no disk; the calls themselves are read from Asterisk's journal later
                log.warning("%d events were not kept: %s", len(rows), trouble)
                self.lost += len(rows)

    async def of_call(self, call: str) -> list[CallEvent]:
        """What was kept of a call, oldest first."""
        query = select(table).where(table.c.call == call).order_by(table.c.n).limit(BATCH_ROWS)
        rows = await self._database.read(lambda connection: connection.execute(query).all())
        return [event for row in rows if isinstance(event := _event(row.kind, row.at, row.call, row.data), CallEvent)]

    async def since(self, at: float, kinds: Collection[type[Event]]) -> AsyncIterator[Event]:
        """What was kept of `kinds` from the moment `at` on, oldest first."""
        names = [kind.__name__ for kind in kinds]
        after = 0
        while True:
            query = select(table).where(table.c.n > after, table.c.at >= at, table.c.kind.in_(names)).order_by(table.c.n).limit(READ_ROWS)
            rows = await self._database.read(lambda connection, query=query: connection.execute(query).all())  # type: ignore[misc]  # a default binds the loop's query
            for row in rows:
                after = row.n
                if event := _event(row.kind, row.at, row.call, row.data):
                    yield event
            if len(rows) < READ_ROWS:
                return

    def _seen(self, number: int, event: Event) -> None:
        self._waiting.append((number, event))  # made into a row later, in the writer's thread: pops must not wait for it
        if len(self._waiting) >= BATCH_ROWS and not self._writing:
            self._write_now()
        elif self._timer is None:
            self._timer = self._clock.call_later(BATCH_SECONDS, self._write_now)

    def _write_now(self) -> None:
        if self._timer:
            self._timer.cancel()
            self._timer = None
        if self._waiting and not self._writing:
            self._writing = True
            self._tasks.start(self._write(), "write events")

    async def _write(self) -> None:
        rows, self._waiting = self._waiting, []
        pause = BATCH_SECONDS
        try:
            await self._database.write(lambda connection: _keep(connection, rows))
        except Exception:  # whatever ails the database, the events are kept here and tried again
            log.exception("%d events could not be kept; they are tried again", len(rows))
            kept = (rows + self._waiting)[-MOST_WAITING:]
            self.lost += len(rows) + len(self._waiting) - len(kept)
            self._waiting = kept
            pause = RETRY_SECONDS
        finally:
            self._writing = False
        if self._waiting and self._timer is None:
            self._timer = self._clock.call_later(pause, self._write_now)

    def _thin(self) -> None:
        self._tasks.start(self._thin_once(), "thin the ledger")
        self._thinning = self._clock.call_later(THIN_SECONDS, self._thin)

    async def _thin_once(self) -> None:
        horizon = self._clock.now() - KEEP_SECONDS
        old = select(table.c.n).where(table.c.at < horizon).limit(THIN_ROWS)
        while await self._database.write(lambda connection: connection.execute(delete(table).where(table.c.n.in_(old))).rowcount):
            pass


def _keep(connection: Connection, told: Sequence[tuple[int, Event]]) -> None:
    connection.execute(insert(table), [_row(number, event) for number, event in told])


def _row(number: int, event: Event) -> dict[str, Any]:
    values = asdict(event, recurse=False)
    at, call = values.pop("at"), values.pop("call", None)
    return {"n": number, "at": at, "kind": type(event).__name__, "call": call, "data": orjson.dumps(values).decode()}


def _event(kind: str, at: float, call: str | None, data: str) -> Event | None:
    """The event of a row; None for a kind or a shape that this version does not know."""
    made = KINDS.get(kind)
    if made is None:
        return None
    known = {one.name for one in fields(made)}
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in orjson.loads(data).items() if name in known}
    if call is not None:
        values["call"] = call
    try:
        return made(at=at, **values)
    except TypeError:
        return None
