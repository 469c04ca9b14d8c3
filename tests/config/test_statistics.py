"""The planner learns of tables that have grown: at once while they are filled, and every night."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from config.clock import FakeClock
from config.database import Database
from config.many_rows import insert_rows
from config.statistics import FIRST_AT, FURTHER, HOUR, Growth, NightlyLook, look_at
from crm.record_tables import history

ROWS = 3_000


def fill(connection: Connection) -> None:
    insert_rows(connection, history, ("at", "entity", "record_id", "act"), [(1.0, "party", row, "created") for row in range(ROWS)])


def known(connection: Connection) -> int:
    """How many rows of the history the planner reckons with; 0 as long as it guesses."""
    if connection.dialect.name == "postgresql":
        return max(0, int(connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'history'")).scalar_one()))
    if not connection.execute(text("SELECT 1 FROM sqlite_master WHERE name = 'sqlite_stat1'")).first():
        return 0
    return int(connection.execute(text("SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_history_record'")).scalar_one().split()[0])


async def test_the_planner_knows_how_many_rows_there_are(tmp_path: Path) -> None:
    """After a look the database reckons with the rows that are there, and after the next with those that have come."""
    database, found = await Database.temporary(tmp_path), []
    for _turn in range(2):
        await database.write(fill)
        await database.write(lambda connection: look_at(connection, (history,)))
        found.append(await database.read(known))
    await database.close()
    assert found == [ROWS, 2 * ROWS]


async def test_every_night_all_tables_are_looked_at(tmp_path: Path) -> None:
    """Nothing happens before the hour; then the planner learns, and the next night again."""
    database, clock, zone = await Database.temporary(tmp_path), FakeClock(), ZoneInfo("Asia/Tehran")
    night = NightlyLook(database, clock, "Asia/Tehran", (history,))
    night.start()
    await database.write(fill)
    before = await database.read(known)
    while datetime.fromtimestamp(clock.now(), zone).hour != HOUR:
        clock.advance(1800)
        assert clock.pending == 1
    clock.advance(3600)
    await night.settled()
    assert (before, await database.read(known)) == (0, ROWS)
    await database.write(fill)
    clock.advance(86_400)
    await night.settled()
    assert await database.read(known) == 2 * ROWS
    await night.stop()
    await database.close()


def test_looks_become_rarer_as_a_table_grows() -> None:
    """A hundred thousand rows into an empty table, five hundred at a time, are worth three looks; into a full one none."""
    looks = []
    for rows in (0, 1_000_000):
        growth = Growth(rows)
        looks.append([come for come in range(500, 100_001, 500) if growth.grown(500)])
    assert looks == [[FIRST_AT, FIRST_AT * FURTHER, FIRST_AT * FURTHER**2], []]
