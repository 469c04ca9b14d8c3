"""The single writer: one thread, one connection, many small works committed together.

A commit costs far more than the work in it, so whatever has gathered while the last group was being committed
(up to `MOST_IN_GROUP`) goes into one transaction, each work in a savepoint of its own: one that fails takes
nobody with it. An answer is given only after the commit.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from attrs import frozen
from sqlalchemy import Connection, Engine

from config.database_errors import DatabaseBusy, DatabaseTrouble, trouble

T = TypeVar("T")

MOST_IN_GROUP = 500
MOST_WAITING = 20_000


@frozen
class _Errand:
    work: Callable[[Connection], Any]
    answer: asyncio.Future[Any]


@frozen
class _Outcome:
    answer: asyncio.Future[Any]
    value: Any = None
    error: BaseException | None = None


class GroupLost(Exception):
    """SQLite rolled the whole transaction back (disk full, I/O error) and not only one savepoint."""


class GroupWriter:
    """Runs works one after the other in its own thread. Made and used on the loop's thread.

    `watch` hears, on the loop's thread, of a trouble of the database itself, and None when a commit succeeds again.
    `ready` is asked before each group, in the writer's thread: what it raises is everyone's answer, and nothing is begun.
    """

    def __init__(
        self,
        engine: Engine,
        loop: asyncio.AbstractEventLoop,
        watch: Callable[[DatabaseTrouble | None], None],
        most_waiting: int = MOST_WAITING,
        ready: Callable[[], None] = lambda: None,
    ) -> None:
        self._connection = engine.connect()
        self._loop = loop
        self._watch = watch
        self._most_waiting = most_waiting
        self._ready = ready
        self._queue: SimpleQueue[_Errand | None] = SimpleQueue()
        self._waiting = 0
        self._unwell = False
        self._ended: asyncio.Future[None] = loop.create_future()
        self._thread = threading.Thread(target=self._run, name="database writer", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many works have not been answered yet."""
        return self._waiting

    async def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, after its commit. Raises what `work` raises, `DatabaseBusy`, or a `DatabaseTrouble`."""
        if self._waiting >= self._most_waiting or self._ended.done():
            raise DatabaseBusy
        answer: asyncio.Future[T] = self._loop.create_future()
        self._waiting += 1
        self._queue.put(_Errand(work, answer))
        return await answer

    async def close(self) -> None:
        """Finish what waits, then end the thread."""
        if not self._ended.done():
            self._queue.put(None)
        await self._ended

    def _run(self) -> None:
        with self._connection as connection:
            while group := self._gather():
                outcomes = self._commit(connection, [one for one in group if one is not None])
                self._loop.call_soon_threadsafe(self._settle, outcomes)
                if group[-1] is None:
                    break
        self._loop.call_soon_threadsafe(self._ended.set_result, None)

    def _gather(self) -> list[_Errand | None]:
        group = [self._queue.get()]
        while len(group) < MOST_IN_GROUP and group[-1] is not None:
            try:
                group.append(self._queue.get_nowait())
            except Empty:
                break
        return group

    def _commit(self, connection: Connection, group: list[_Errand]) -> list[_Outcome]:
        try:
            self._ready()
            with connection.begin():
                return [self._do(connection, errand) for errand in group]
        except Exception as error:  # noqa: BLE001  whatever broke the transaction is the answer of everyone in it
            cause = error.__cause__ if isinstance(error, GroupLost) and error.__cause__ else error
            told = trouble(cause) or cause
            return [_Outcome(errand.answer, error=told) for errand in group]

    def _do(self, connection: Connection, errand: _Errand) -> _Outcome:
        if errand.answer.cancelled():
            return _Outcome(errand.answer)
        driver: Any = connection.connection.dbapi_connection
        driver.execute("SAVEPOINT work")
        try:
            value = errand.work(connection)
        except Exception as error:  # whatever the work raises is the answer of its asker, and of nobody else in the group
            if not driver.in_transaction:
                raise GroupLost from error
            driver.execute("ROLLBACK TO work")
            driver.execute("RELEASE work")
            return _Outcome(errand.answer, error=trouble(error) or error)
        driver.execute("RELEASE work")
        return _Outcome(errand.answer, value=value)

    def _settle(self, outcomes: list[_Outcome]) -> None:
        self._waiting -= len(outcomes)
        unwell = next((one.error for one in outcomes if isinstance(one.error, DatabaseTrouble)), None)
        if unwell or self._unwell:
            self._unwell = unwell is not None
            self._watch(unwell)
        for outcome in outcomes:
            if outcome.answer.done():
                continue
            if outcome.error is not None:
                outcome.answer.set_exception(outcome.error)
            else:
                outcome.answer.set_result(outcome.value)
