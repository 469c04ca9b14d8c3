"""A customer's page with 5,000 timeline entries, among 1,000,000 persons and 5,000,000 timeline rows: from the request to the first byte of its answer.

The whole site answers, as the daemon sets it up, over a connection in memory: session, access, reading, the page with its frame. Requests take turns through
the twenty customers who have so many entries: the page as it opens, as it opens with calls alone, and a piece of the timeline from its middle, as it is
asked for while one scrolls. "few" is the same page of a customer with a handful of entries; "work" the processor's time of our process.
"""

from __future__ import annotations

import asyncio
import gc
import tempfile
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select

from config.database import Database
from config.loops import LOOP
from crm.tables import communication_party
from tests.load.bench_search import percentile
from tests.load.million import BUSY, BUSY_ENTRIES, Size
from tests.load.million_kept import postgresql_million, sqlite_million
from tests.web.memory import MemoryBrowser
from tests.web.whole import whole

EACH = 60
SIZE = Size()
WARM_UP = 3


async def ask(browser: MemoryBrowser, path: str, headers: dict[str, str]) -> tuple[float, float]:
    """Milliseconds to the answer, and of the processor."""
    worked, began = time.process_time(), time.perf_counter()
    reply = await browser.get(path, headers=headers)
    took = time.perf_counter() - began
    assert reply.status == 200, (path, reply.status, reply.text[:500])
    return took * 1000, (time.process_time() - worked) * 1000


async def measure(database: Database) -> dict[str, Any]:
    """The pages of one database."""
    entries = await database.read(_entries)
    middle = await database.read(_middle)
    pages = {
        "page": ([f"/parties/{number}" for number in entries], {}),
        "click": ([f"/parties/{number}" for number in entries], {"HX-Request": "true"}),
        "calls": ([f"/parties/{number}?show=calls" for number in entries], {"HX-Request": "true"}),
        "middle": ([f"/parties/{number}/timeline?after={after}" for number, after in middle.items()], {"HX-Request": "true"}),
        "few": ([f"/parties/{BUSY * 10 + number}" for number in range(1, BUSY + 1)], {}),
    }
    result: dict[str, Any] = {"entries": min(entries.values())}
    with tempfile.TemporaryDirectory() as folder:
        async with whole(Path(folder), database=database) as site:
            browser = await site.house.logged_in("admin")
            await site.catalogue.load()
            gc.collect()
            gc.freeze()  # as the daemon does when it stands
            for name, (paths, headers) in pages.items():
                taken = [await ask(browser, paths[turn % len(paths)], headers) for turn in range(WARM_UP + EACH)][WARM_UP:]
                times, works = [one[0] for one in taken], [one[1] for one in taken]
                result |= {
                    f"{name}_ms_p50": percentile(times, 0.5),
                    f"{name}_ms_p95": percentile(times, 0.95),
                    f"{name}_work_ms_p95": percentile(works, 0.95),
                }
            gc.unfreeze()
    return result


def _entries(connection: Connection) -> dict[int, int]:
    """How many entries each of the busy customers has."""
    c = communication_party.c
    sql = select(c.party_id, func.count()).where(c.party_id <= BUSY).group_by(c.party_id)
    found: dict[int, int] = {row[0]: row[1] for row in connection.execute(sql)}
    assert len(found) == BUSY
    return found


def _middle(connection: Connection) -> dict[int, str]:
    """The cursor behind half of each one's entries."""
    c = communication_party.c
    sql = select(c.at, c.communication_id).order_by(c.at.desc(), c.communication_id.desc()).offset(BUSY_ENTRIES // 2).limit(1)
    rows = {number: connection.execute(sql.where(c.party_id == number)).first() for number in range(1, BUSY + 1)}
    return {number: f"{row.at!r}:{row.communication_id}" for number, row in rows.items() if row}


async def run(size: Size = SIZE) -> dict[str, Any]:
    """Both databases, one after the other."""
    result: dict[str, Any] = {"persons": size.persons, "timeline": size.timeline}
    file = await sqlite_million(size)
    result |= {f"sqlite_{name}": value for name, value in (await measure(await Database.open(f"sqlite:///{file}"))).items()}
    async with postgresql_million(size) as url:
        result |= {f"postgresql_{name}": value for name, value in (await measure(await Database.open(url))).items()}
    return result


def main(size: Size = SIZE) -> dict[str, Any]:
    """The result for `make bench`."""
    return LOOP.run_until_complete(asyncio.wait_for(run(size), 3600))


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
