"""What waits for the database: troubles that pass are waited for, others are told at once, and nothing waits for ever."""

from __future__ import annotations

import asyncio

import pytest

from config.clock import FakeClock
from config.database_errors import DatabaseAway, DatabaseBroken, DatabaseFull
from config.patience import MOST_SECONDS, patiently
from tests.fakes.phones import settle


class Work:
    """Gives "done" when its `troubles` are over; `tries` counts."""

    def __init__(self, *troubles: Exception) -> None:
        self.troubles, self.tries = list(troubles), 0

    async def __call__(self) -> str:
        self.tries += 1
        if self.troubles:
            raise self.troubles.pop(0)
        return "done"


async def test_a_trouble_that_passes_is_waited_for() -> None:
    """A full disk, then a server away, then it is done."""
    clock, work = FakeClock(), Work(DatabaseFull(), DatabaseAway(detail="x"))
    task = asyncio.ensure_future(patiently(clock, "a job", work))
    await settle()
    assert (work.tries, task.done()) == (1, False)
    for _step in range(2):
        clock.advance(30)
        await settle()
    assert await task == "done"
    assert (work.tries, clock.pending) == (3, 0)


async def test_what_does_not_pass_is_told_at_once() -> None:
    """A damaged file heals by no waiting, and a fault of ours is no trouble of the disk."""
    for fault in (DatabaseBroken(detail="x"), ZeroDivisionError()):
        work = Work(fault)
        with pytest.raises(type(fault)):
            await patiently(FakeClock(), "a job", work)
        assert work.tries == 1


async def test_after_a_day_the_trouble_is_told() -> None:
    """Nothing waits without end."""
    clock, work = FakeClock(), Work(*(DatabaseFull() for _try in range(10_000)))
    task = asyncio.ensure_future(patiently(clock, "a job", work))
    for _step in range(int(MOST_SECONDS / 30) + 10):
        clock.advance(30)
        await settle(3)
    with pytest.raises(DatabaseFull):
        await task
    assert work.tries < MOST_SECONDS / 25


async def test_who_is_stopped_does_not_wait() -> None:
    """A stop ends the wait, and what is written while one is stopped is tried once."""
    clock, work = FakeClock(), Work(DatabaseFull(), DatabaseFull())

    async def job() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await patiently(clock, "the end", work)

    task = asyncio.ensure_future(job())
    await settle()
    task.cancel()
    with pytest.raises(DatabaseFull):
        await task
    assert work.tries == 1
