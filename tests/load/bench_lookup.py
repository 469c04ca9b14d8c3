"""Who is this number, among 1,000,000 persons with 1,500,000 numbers: the recogniser against the bare prepared SELECT.

The floor is one prepared statement on a raw connection that gives the party's id for a number already in its comparable form. The recogniser
reads the number as the network wrote it, joins the party for its priority, leaves deleted ones out and ranks several matches, in the same
process and on the same thread as everything else. The two take turns on the same random numbers. The file is made once and kept in the
temporary folder.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crm.tables  # noqa: F401  the tables must be known before the database is made
from config.clock import SystemClock
from config.database import Database
from config.database_sqlite import sqlite_connect
from config.loops import LOOP
from crm.recognise import Recogniser
from switchboard.bus import Bus
from switchboard.call import Calls

PERSONS = 1_000_000
NUMBERS = 1_500_000
ROUNDS = 40
PER_ROUND = 500
SEED = 1404

FOLDER = Path(tempfile.gettempdir()) / "switchboard-bench-lookup"
BARE = "SELECT party_id FROM channel WHERE number = ?"
BARE_UNKNOWN = "SELECT party_id FROM channel WHERE tail = ?"

_COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most}) "
_PERSONS = _COUNT + (
    "INSERT INTO party (id, kind, name, first_name, last_name, sort_key, vip, priority, created_at, updated_at) "
    "SELECT i, 'person', 'شخص ' || i, 'شخص', i, i, i % 50 = 0, 0, 0, 0 FROM n"
)
_NUMBERS = _COUNT + (
    "INSERT INTO channel (id, party_id, kind, raw, number, tail, position) SELECT i, 1 + (i - 1) % {persons}, 'mobile', '', "
    "'+989' || printf('%09d', (i * 387420489) % 1000000000), substr(printf('%09d', (i * 387420489) % 1000000000), 2), i > {persons} FROM n"
)


def number_of(place: int) -> str:
    """The digits after +98 of the `place`-th number; no two alike (387420489 and 10⁹ share no divisor)."""
    return f"9{place * 387420489 % 10**9:09d}"


async def filled() -> Database:
    """The database of a million, made when it is not there."""
    FOLDER.mkdir(exist_ok=True)
    database = await Database.temporary(FOLDER)
    if database.lookup("SELECT count(*) FROM (SELECT 1 FROM channel LIMIT 2)") == [(0,)]:
        print(f"making {PERSONS:,} persons and {NUMBERS:,} numbers in {FOLDER} …", flush=True)  # noqa: T201  a program for people
        await database.write(lambda c: c.exec_driver_sql(_PERSONS.format(most=PERSONS)))
        await database.write(lambda c: c.exec_driver_sql(_NUMBERS.format(most=NUMBERS, persons=PERSONS)))
        await database.write(lambda c: c.exec_driver_sql("ANALYZE"))
    return database


def timed(call: Callable[[str], object], texts: list[str], into: list[int]) -> None:
    """Call `call` with each text; nanoseconds of each into `into`."""
    clock = time.perf_counter_ns
    for text in texts:
        began = clock()
        call(text)
        into.append(clock() - began)


def percentile(values: list[int], share: float) -> float:
    """Microseconds below which `share` of the values lie."""
    return sorted(values)[int(len(values) * share)] / 1000


def measure(database: Database, bare: sqlite3.Connection) -> dict[str, Any]:
    """Both sides, turn by turn."""
    bus = Bus()
    recogniser = Recogniser(database, bus, Calls(bus, SystemClock(LOOP)))
    chance = random.Random(SEED)
    times: dict[str, list[int]] = {name: [] for name in ("bare", "known", "bare_unknown", "unknown")}
    for _round in range(ROUNDS):
        known = [number_of(chance.randrange(1, NUMBERS + 1)) for _ in range(PER_ROUND)]
        unknown = [number_of(chance.randrange(NUMBERS + 1, 4 * NUMBERS)) for _ in range(PER_ROUND)]
        known_shapes = [chance.choice(("0", "+98", "0098", "98", "")) + digits for digits in known]
        timed(lambda number: bare.execute(BARE, (number,)).fetchall(), [f"+98{digits}" for digits in known], times["bare"])
        timed(recogniser.recognise, known_shapes, times["known"])
        timed(
            lambda number: (bare.execute(BARE, (number,)).fetchall(), bare.execute(BARE_UNKNOWN, (number[-8:],)).fetchall()),
            [f"+98{digits}" for digits in unknown],
            times["bare_unknown"],
        )
        timed(recogniser.recognise, [f"0{digits}" for digits in unknown], times["unknown"])
    assert recogniser.recognise("0" + number_of(7)).parties == (7,)
    return {
        "persons": PERSONS,
        "numbers": NUMBERS,
        "bare_us_p50": percentile(times["bare"], 0.5),
        "recognised_us_p50": percentile(times["known"], 0.5),
        "bare_us_p99": percentile(times["bare"], 0.99),
        "recognised_us_p99": percentile(times["known"], 0.99),
        "ratio_p50": percentile(times["known"], 0.5) / percentile(times["bare"], 0.5),
        "ratio_p99": percentile(times["known"], 0.99) / percentile(times["bare"], 0.99),
        "unknown_us_p50": percentile(times["unknown"], 0.5),
        "unknown_ratio_p50": percentile(times["unknown"], 0.5) / percentile(times["bare_unknown"], 0.5),
    }


async def run() -> dict[str, Any]:
    """Open, measure, close."""
    database = await filled()
    bare = sqlite_connect(database.file, read_only=True)
    try:
        return measure(database, bare)
    finally:
        bare.close()
        await database.close()


def main() -> dict[str, Any]:
    """The result for `make bench`."""
    return LOOP.run_until_complete(asyncio.wait_for(run(), 600))


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
