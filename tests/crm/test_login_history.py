"""What happened at the door can be read again, by person, kind, result and time, page by page."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import func, select

from config.clock import FakeClock
from config.database import Database
from crm.login_history import KEEP_DAYS, KNOWN_DAYS, SWEEP_EVERY, Entry, LoginHistory, Wanted
from crm.login_tables import login_history

DAY = 24 * 3600.0


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[tuple[LoginHistory, FakeClock, Database]]:
    database, clock = await Database.temporary(folder), FakeClock()
    try:
        yield LoginHistory(database, clock), clock, database
    finally:
        await database.close()


async def test_the_newest_stands_first_and_filters_narrow(tmp_path: Path) -> None:
    """Of one person, what failed, since yesterday, the next page."""
    async with opened(tmp_path) as (history, clock, _database):
        await history.keep(Entry(what="login", username="maryam", how="password", address="192.0.2.7", browser="Firefox"))
        clock.advance(2 * DAY)
        await history.keep(Entry(what="login", username="reza", result="wrong_password", address="192.0.2.8"))
        await history.keep(Entry(what="login", result="wrong_password", address="192.0.2.9"))
        await history.keep(Entry(what="reset", username="maryam", by_user="admin"))
        every = await history.read(Wanted())
        assert [(one.what, one.username, one.result, one.by_user) for one in every] == [
            ("reset", "maryam", "ok", "admin"),
            ("login", "", "wrong_password", ""),
            ("login", "reza", "wrong_password", ""),
            ("login", "maryam", "ok", ""),
        ]
        assert every[0].at == clock.now()

        async def found(**wanted: object) -> list[int]:
            return [one.id for one in await history.read(Wanted(**wanted))]

        assert await found(username="maryam") == [4, 1]
        assert await found(result="failed") == [3, 2]
        assert await found(result="ok", what="login") == [1]
        assert await found(since=clock.now() - DAY) == [4, 3, 2]
        assert await found(before=3) == [2, 1]
        assert await found(most=1) == [4]


async def test_an_address_is_known_after_a_log_in_from_it(tmp_path: Path) -> None:
    """Only a good log-in, of that person, within a month."""
    async with opened(tmp_path) as (history, clock, _database):
        await history.keep(Entry(what="login", username="maryam", result="wrong_password", address="192.0.2.66"))
        await history.keep(Entry(what="login", username="maryam", address="192.0.2.7"))
        assert history.known("maryam", "192.0.2.7")
        assert not history.known("maryam", "192.0.2.66")
        assert not history.known("reza", "192.0.2.7")
        clock.advance((KNOWN_DAYS + 1) * DAY)
        assert not history.known("maryam", "192.0.2.7")


async def test_what_is_old_is_thrown_away(tmp_path: Path) -> None:
    """The history does not grow for ever."""
    async with opened(tmp_path) as (history, clock, database):
        await history.keep(Entry(what="login", username="maryam", address="192.0.2.7" * 20, browser="x" * 5000))
        clock.advance((KEEP_DAYS + 1) * DAY)
        for _number in range(SWEEP_EVERY):
            await history.keep(Entry(what="logout", username="maryam"))
        count = await database.read(lambda connection: connection.execute(select(func.count()).select_from(login_history)).scalar_one())
        assert count == SWEEP_EVERY
        assert not await history.read(Wanted(what="login"))
