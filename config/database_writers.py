"""The writers of a PostgreSQL database: a few threads, each work a serialisable transaction of its own.

As on SQLite a work sees no half of another's: the server refuses the one of two that could not both be, and it runs again, the third time alone, so that it
ends. A connection that is lost before the commit costs nothing but time. One that is lost during the commit leaves open what became of
it; then the server is asked (pg_xact_status), so that nothing is saved twice and nothing is called saved that is not.
https://www.postgresql.org/docs/15/transaction-iso.html#XACT-SERIALIZABLE, …/functions-info.html#FUNCTIONS-PG-SNAPSHOT
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from attrs import frozen
from sqlalchemy import Connection, Engine, text

from config.database_errors import DatabaseAway, DatabaseBusy, DatabaseTrouble, conflicts, meaning, trouble
from config.database_outage import Outage
from config.database_store import Watch
from config.gate import Gate
from config.lanes import Lanes

T = TypeVar("T")

WRITERS = 3
MOST_WAITING = 20_000
ALONE_AFTER = 2
MOST_CONFLICTS = 10
MOST_LOSSES = 5
PATIENCE_SECONDS = 10.0
"""How old an outage may be for a work still to wait for its end."""

_NUMBER = text("SELECT pg_current_xact_id_if_assigned()::text")
_STATUS = text("SELECT pg_xact_status(CAST(:number AS xid8))")


@frozen
class _Errand:
    work: Callable[[Connection], Any]
    answer: asyncio.Future[Any]


class _InDoubt(Exception):
    """The connection was lost during the commit of transaction `number`, whose work had given `value`."""

    def __init__(self, number: str, value: Any) -> None:
        super().__init__(number)
        self.number = number
        self.value = value


class Writers:
    """Runs works in threads. Made and used on the loop's thread; `watch` as for `GroupWriter`."""

    def __init__(self, engine: Engine, outage: Outage, watch: Watch, most_waiting: int = MOST_WAITING) -> None:
        self._engine = engine
        self._outage = outage
        self._watch = watch
        self._most_waiting = most_waiting
        self._loop = asyncio.get_running_loop()
        self._lanes: Lanes[_Errand] = Lanes()
        self._changed = threading.Condition()
        self._gate = Gate()
        self._closing = False
        self._waiting = 0
        self._unwell = False
        self._threads = [threading.Thread(target=self._run, name=f"database writer {number}", daemon=True) for number in range(WRITERS)]
        for thread in self._threads:
            thread.start()

    async def write(self, work: Callable[[Connection], T], lane: str) -> T:
        """What `work` returns, after its commit. Raises what `work` raises, `DatabaseBusy`, or a `DatabaseTrouble`."""
        if self._waiting >= self._most_waiting or self._closing:
            raise DatabaseBusy
        answer: asyncio.Future[T] = self._loop.create_future()
        self._waiting += 1
        with self._changed:
            self._lanes.put(lane, _Errand(work, answer))
            self._changed.notify()
        return await answer

    async def close(self) -> None:
        """Finish what waits, then end the threads."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        await asyncio.sleep(0)  # the last answers were handed to the loop

    def _run(self) -> None:
        while taken := self._take():
            lane, errand = taken
            value, error = None, None
            if not errand.answer.cancelled():
                try:
                    value = self._do(errand.work)
                except Exception as failed:  # noqa: BLE001  whatever it is, it is the answer
                    error = failed
            self._loop.call_soon_threadsafe(self._settle, errand.answer, value, error)
            with self._changed:
                self._lanes.done(lane)
                self._changed.notify_all()

    def _take(self) -> tuple[str, _Errand] | None:
        with self._changed:
            while (taken := self._lanes.take()) is None:
                if self._closing:
                    return None
                self._changed.wait()
            return taken

    def _do(self, work: Callable[[Connection], T]) -> T:
        met, lost = 0, 0
        while True:
            if self._outage.lasts and not self._outage.over(PATIENCE_SECONDS):
                raise self._outage.why
            try:
                with self._gate.passing(alone=met >= ALONE_AFTER):
                    return self._once(work)
            except _InDoubt as doubt:
                if self._committed(doubt.number):
                    value: T = doubt.value
                    return value
                lost += 1
            except Exception as error:  # conflicts and lost connections are tried again; the rest is raised
                unwell = trouble(error)
                if conflicts(error):
                    met += 1
                elif isinstance(unwell, DatabaseAway):
                    self._outage.begin(unwell)
                    lost += 1
                else:
                    raise meaning(error) or error from error
                if met > MOST_CONFLICTS:
                    raise DatabaseBusy from error
                if lost > MOST_LOSSES:
                    raise unwell or error from error

    def _once(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as connection:
            transaction = connection.begin()
            try:
                value = work(connection)
                number = connection.execute(_NUMBER).scalar()  # None when nothing was changed
            except BaseException:
                if not connection.invalidated:
                    transaction.rollback()
                raise
            try:
                transaction.commit()
            except Exception as error:
                if number is not None and isinstance(unwell := trouble(error), DatabaseAway):
                    self._outage.begin(unwell)
                    raise _InDoubt(number, value) from error
                raise
            return value

    def _committed(self, number: str) -> bool:
        """What became of a transaction whose commit was not answered."""
        while self._outage.over(PATIENCE_SECONDS):
            try:
                with self._engine.connect() as connection:
                    status = connection.execute(_STATUS, {"number": number}).scalar()
            except Exception as error:  # only what means that the server is away is waited for; the rest is raised
                unwell = trouble(error)
                if not isinstance(unwell, DatabaseAway):
                    raise
                self._outage.begin(unwell)
                continue
            if status != "in progress":
                return bool(status == "committed")
            self._outage.pause()
        raise self._outage.why

    def _settle(self, answer: asyncio.Future[Any], value: Any, error: Exception | None) -> None:
        self._waiting -= 1
        unwell = error if isinstance(error, DatabaseTrouble) and not isinstance(error, DatabaseAway) else None
        if unwell or (self._unwell and error is None):
            self._unwell = unwell is not None
            self._watch(unwell)
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(value)
