"""The search for duplicates among 1,000,000 persons and 60,000 companies with 1,500,000 numbers, in the background, on SQLite and PostgreSQL.

Each is a copy of the kept million, searched by every rule. `groups` were found; `longest_stall_ms` is how long the loop was held at worst while
it went on, and `read_ms_p95` what a reader of single records waited meanwhile.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from config.clock import SystemClock
from config.database import Database
from config.loops import LOOP
from crm.access import EVERYTHING, Viewer
from crm.catalogue import Catalogue
from crm.duplicates.batch import DuplicateSearch
from crm.duplicates.duplicates import Duplicates
from crm.records import Records
from switchboard.bus import Bus
from tests.load.bench_search import percentile
from tests.load.million import Size
from tests.load.million_kept import postgresql_million, sqlite_million

SIZE = Size()
EVERY_SECONDS = 0.01
READ_EVERY = 20
WHO = Viewer(username="admin", pattern=EVERYTHING)


async def searched(url: str, name: str) -> dict[str, Any]:
    """One search in a copy of the million, watched."""
    database = await Database.open(url)
    clock, bus = SystemClock(LOOP), Bus()
    catalogue = Catalogue(database)
    await catalogue.load()
    records = Records(database, bus, clock, catalogue)
    duplicates, search = Duplicates(database, bus, clock, records), DuplicateSearch(database, clock, catalogue)
    began, stalls, reads = time.perf_counter(), [0.0], [0.0]
    run = await search.start(name, "admin")
    turn = 0
    while (standing := await duplicates.standing(run)) and standing["state"] == "running":
        for _time in range(READ_EVERY):
            before = time.perf_counter()
            await asyncio.sleep(EVERY_SECONDS)
            stalls.append(time.perf_counter() - before - EVERY_SECONDS)
        turn += 1
        before = time.perf_counter()
        await records.get(catalogue[name], turn, WHO)
        reads.append(time.perf_counter() - before)
    seconds = time.perf_counter() - began
    await search.stop()
    await database.close()
    assert standing is not None
    return {
        "state": standing["state"], "seconds": round(seconds, 1), "rules": standing["steps"], "groups": standing["found"],
        "longest_stall_ms": round(max(stalls) * 1000, 1), "read_ms_p95": round(percentile(reads, 0.95) * 1000, 1),
    }  # fmt: skip


async def run(size: Size = SIZE) -> dict[str, Any]:
    """The search over all customers, on both databases."""
    result: dict[str, Any] = {"persons": size.persons, "companies": size.companies}
    kept = await sqlite_million(size)
    with tempfile.TemporaryDirectory() as home:
        file = Path(home) / "switchboard.sqlite3"
        await asyncio.to_thread(shutil.copyfile, kept, file)
        result |= {f"sqlite_{what}": value for what, value in (await searched(f"sqlite:///{file}", "party")).items()}
    async with postgresql_million(size) as url:
        with psycopg.connect(url.replace("/million", "/postgres"), autocommit=True) as master:
            master.execute("DROP DATABASE IF EXISTS trial")
            master.execute("CREATE DATABASE trial TEMPLATE million")
            try:
                found = await searched(url.replace("/million", "/trial"), "party")
            finally:
                master.execute("DROP DATABASE trial WITH (FORCE)")
    return result | {f"postgresql_{what}": value for what, value in found.items()}


def main(size: Size = SIZE) -> dict[str, Any]:
    """The result for `make bench`."""
    return LOOP.run_until_complete(asyncio.wait_for(run(size), 3600))


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
