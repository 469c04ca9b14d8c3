"""The database, of either kind, keeps what it was given, whole or not at all, and says plainly when it cannot."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select, text, update
from sqlalchemy.exc import IntegrityError, InternalError, OperationalError

from config.database import Database
from config.database_errors import DatabaseBusy, DatabaseForbidden, DatabaseNotSupported, DatabaseUnwritable
from tests.config.databases import KINDS, count, jar, opened, put

either = pytest.mark.parametrize("kind", KINDS)


@either
async def test_what_is_written_is_seen_by_readers_and_look_ups(tmp_path: Path, kind: str) -> None:
    """When the answer comes, everybody sees what was saved."""
    async with opened(tmp_path, kind) as database:
        number = await database.write(put("honey"))
        assert await database.read(count) == 1
        assert database.lookup("SELECT id, name FROM jar WHERE name = ?", ["honey"]) == [(number, "honey")]


@either
async def test_what_is_written_is_there_after_a_restart(tmp_path: Path, kind: str) -> None:
    """A saved record survives closing the program."""
    async with opened(tmp_path, kind) as database:
        await database.write(put("honey"))
    async with opened(tmp_path, kind) as database:
        assert await database.read(count) == 1


@either
async def test_a_failing_work_takes_nobody_with_it(tmp_path: Path, kind: str) -> None:
    """One bad record among many saved at the same moment loses only itself."""
    async with opened(tmp_path, kind) as database:
        names = ["a", "b", "a", "c"]
        answers = await asyncio.gather(*(database.write(put(name)) for name in names), return_exceptions=True)
        assert sorted(isinstance(answer, IntegrityError) for answer in answers) == [False, False, False, True]
        assert await database.read(count) == 3


@either
async def test_a_work_that_fails_half_way_leaves_nothing(tmp_path: Path, kind: str) -> None:
    """A change is saved whole or not at all."""

    def half(connection: Connection) -> None:
        put("first half")(connection)
        message = "the second half"
        raise ValueError(message)

    async with opened(tmp_path, kind) as database:
        with pytest.raises(ValueError, match="the second half"):
            await database.write(half)
        assert await database.read(count) == 0


@either
async def test_a_part_of_a_work_may_fail_and_the_rest_be_kept(tmp_path: Path, kind: str) -> None:
    """What may fail stands in a savepoint of its own."""

    def work(connection: Connection) -> None:
        put("honey")(connection)
        with pytest.raises(IntegrityError), connection.begin_nested():
            put("honey")(connection)
        put("jam")(connection)

    async with opened(tmp_path, kind) as database:
        await database.write(work)
        assert await database.read(count) == 2


@either
async def test_works_of_one_lane_keep_their_order(tmp_path: Path, kind: str) -> None:
    """What happens to one call is written in the order in which it happened; two lanes do not wait for each other."""
    async with opened(tmp_path, kind) as database:
        await asyncio.gather(*(database.write(put(f"{lane} {n}"), lane=lane) for n in range(100) for lane in ("one", "two")))
        for lane in ("one", "two"):
            seen = database.lookup("SELECT name FROM jar WHERE name LIKE ? ORDER BY id", (f"{lane} %",))
            assert [name for (name,) in seen] == [f"{lane} {n}" for n in range(100)]


@either
async def test_two_who_read_and_then_write_lose_nothing(tmp_path: Path, kind: str) -> None:
    """Fifty who each add one to what they have just read make fifty."""

    def one_more(connection: Connection) -> None:
        seen = connection.execute(select(func.max(jar.c.at))).scalar_one()
        connection.execute(update(jar).values(at=seen + 1))

    async with opened(tmp_path, kind) as database:
        await database.write(put("counter"))
        await asyncio.gather(*(database.write(one_more) for _ in range(50)))
        assert database.lookup("SELECT at FROM jar") == [(50.0,)]


@either
async def test_a_reader_cannot_write(tmp_path: Path, kind: str) -> None:
    """Nothing but the writers changes anything."""
    async with opened(tmp_path, kind) as database:
        with pytest.raises((OperationalError, InternalError, DatabaseUnwritable, DatabaseForbidden)):
            await database.read(put("smuggled"))
        assert await database.read(count) == 0


@either
async def test_the_statements_of_one_read_see_one_moment(tmp_path: Path, kind: str) -> None:
    """A page is not half old and half new."""
    async with opened(tmp_path, kind) as database:
        loop = asyncio.get_running_loop()

        def twice(connection: Connection) -> tuple[int, int]:
            before = count(connection)
            asyncio.run_coroutine_threadsafe(database.write(put("in between")), loop).result(10)
            return before, count(connection)

        assert await database.read(twice) == (0, 0)
        assert await database.read(count) == 1


@either
async def test_too_much_waiting_work_is_refused(tmp_path: Path, kind: str) -> None:
    """A flood is refused with a sentence instead of eating the memory."""
    async with opened(tmp_path, kind) as database:
        writers = getattr(database._store, "_writer", None) or database._store._writers
        writers._most_waiting = 3
        answers = await asyncio.gather(*(database.write(put(str(n))) for n in range(5)), return_exceptions=True)
        assert [type(answer) for answer in answers] == [int, int, int, DatabaseBusy, DatabaseBusy]


@either
async def test_a_closed_database_refuses(tmp_path: Path, kind: str) -> None:
    """After closing, a late question gets a refusal and does not hang."""
    async with opened(tmp_path, kind) as database:
        await database.close()
        await database.close()
        with pytest.raises(DatabaseBusy):
            await database.write(put("late"))
        with pytest.raises(DatabaseBusy):
            await database.read(count)
        with pytest.raises(DatabaseBusy):
            database.lookup("SELECT 1")


@either
async def test_what_waits_when_it_is_closed_is_still_saved(tmp_path: Path, kind: str) -> None:
    """Stopping the program loses nothing it has accepted."""
    async with opened(tmp_path, kind) as database:
        saving = asyncio.gather(*(database.write(put(str(n))) for n in range(50)))
        await asyncio.sleep(0)
        await database.close()
        assert len(await saving) == 50


@either
async def test_a_cancelled_wait_does_not_break_the_writer(tmp_path: Path, kind: str) -> None:
    """A request that was given up does not disturb the next one."""
    async with opened(tmp_path, kind) as database:
        waiting = asyncio.ensure_future(database.write(put("given up"), lane="one"))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await database.write(put("next"), lane="one") in {1, 2}


@either
async def test_numbers_truths_and_structures_come_back_alike(tmp_path: Path, kind: str) -> None:
    """A look-up or a sum gives the same whichever database is behind it."""
    async with opened(tmp_path, kind) as database:
        for name in ("a", "b"):
            await database.write(put(name))
        assert database.lookup("SELECT sum(id), count(*) FROM jar WHERE name <> ? AND name <> '?'", ("x",)) == [(3, 2)]
        assert type(database.lookup("SELECT sum(id) FROM jar")[0][0]) is int
        assert await database.read(lambda connection: type(connection.execute(text("SELECT sum(id) FROM jar")).scalar())) is int
        assert database.lookup("SELECT extra, vip FROM party WHERE id = ?", (1,)) == []


@either
async def test_a_nul_in_a_text_breaks_nothing(tmp_path: Path, kind: str) -> None:
    """Whoever sends one to see what happens sees nothing happen."""
    async with opened(tmp_path, kind) as database:
        await database.write(put("ho\x00ney"))
        assert database.lookup("SELECT count(*) FROM jar WHERE name LIKE ?", ["ho%"]) == [(1,)]
        assert database.lookup("SELECT count(*) FROM jar WHERE name = ?", ["\x00"]) == [(0,)]


@pytest.mark.parametrize(
    "url",
    ["nonsense", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/x", "postgresql://u:secret@h", "postgresql://u:secret@h:port/x"],
)
async def test_other_databases_are_refused_by_name(url: str) -> None:
    """An address we cannot use is refused, without repeating a password."""
    with pytest.raises(DatabaseNotSupported) as refusal:
        await Database.open(url)
    assert "secret" not in str(refusal.value)
