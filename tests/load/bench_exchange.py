"""100,000 customers from a spreadsheet (names, two numbers, company, city, birthday), and all of them out again, on SQLite and PostgreSQL; pages are read and the loop is watched meanwhile.

A row becomes a person with channels, an address, a relation to a company that is found or made by its name, search tokens and history; rows per second are from the
start of the import to its end, reading the upload apart. Pages are what the list asks for to show fifty records in its usual columns, ten times a second, from the call to its answer.
A stall is by how much a wake-up of the loop that is due every five milliseconds comes too late: all of them count, from the upload to the last row out, and so do those
that the machine and the watched pages cause; `sound_stall_ms` is the same on the same loop while nothing is brought in or out. As in the daemon, what stands at the start is not
walked through by the garbage collector any more. Where other programs keep the machine busy it is run as `chrt -f 3 make bench`.
"""

from __future__ import annotations

import asyncio
import gc
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import xlsxwriter

from config.clock import SystemClock
from config.database import Database
from config.loops import LOOP, install_reactor
from crm.access import DEFAULTS
from crm.catalogue import Catalogue
from crm.exports.exports import Exports
from crm.imports.imports import Imports
from crm.patterns import Patterns
from crm.query import Query
from crm.records import Records
from switchboard.bus import Bus
from tests.load.persian_names import company_names, first_names, last_names
from tests.peers import postgresql
from web.records.asked import listed

ROWS = 100_000
BEAT_SECONDS = 0.005
HEADERS = ("نام", "نام خانوادگی", "موبایل", "تلفن", "شرکت", "سمت", "شهر", "تاریخ تولد")


def sheet(file: Path, rows: int) -> None:
    """The spreadsheet."""
    book = xlsxwriter.Workbook(str(file), {"constant_memory": True})
    page = book.add_worksheet()
    page.write_row(0, 0, HEADERS)
    first, last, firms = first_names(), last_names(), company_names()
    for row in range(1, rows + 1):
        person = (
            first[row % len(first)],
            last[row * 7 % len(last)],
            f"0912{row:07d}",
            f"021{22_000_000 + row}",
            firms[row % 2000],
            "مدیر فروش",
            "تهران",
            f"13{40 + row % 50}/02/15",
        )
        page.write_row(row, 0, person)
    book.close()


class Watch:
    """Wakes every five milliseconds and keeps by how much it came too late."""

    def __init__(self) -> None:
        self.late: list[float] = []
        self.pages: list[float] = []
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, records: Records, query: Query, viewer: Any) -> None:
        self._tasks = [LOOP.create_task(self._beat()), LOOP.create_task(self._read(records, query, viewer))]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _beat(self) -> None:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(BEAT_SECONDS)
            self.late.append(time.perf_counter() - began - BEAT_SECONDS)

    async def _read(self, records: Records, query: Query, viewer: Any) -> None:
        only = {one.name for one in listed(query.entity, viewer)} | {
            "icon",
            "colour",
            query.entity.variant_field,
            *query.entity.coloured_by,
        }
        while True:
            began = time.perf_counter()
            await records.listing(query, viewer, "fa", only)
            self.pages.append(time.perf_counter() - began)
            await asyncio.sleep(0.1)


def percentile(values: list[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(int(len(values) * share), len(values) - 1)] if values else 0.0


async def run(rows: int = ROWS) -> dict[str, Any]:
    """The numbers of both databases."""
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="exchange-"))
    try:
        await asyncio.to_thread(sheet, folder / "customers.xlsx", rows)
        result: dict[str, Any] = {"rows": rows}
        for name, opening in (("sqlite", Database.temporary), ("postgresql", postgresql.temporary)):
            (own := folder / name).mkdir()
            database = await opening(own)
            try:
                result |= {
                    f"{name}_{what}": value for what, value in (await measure(database, own, folder / "customers.xlsx", rows)).items()
                }
            finally:
                await database.close()
    finally:
        await asyncio.to_thread(shutil.rmtree, folder)
    return result


async def measure(database: Database, folder: Path, upload: Path, rows: int) -> dict[str, Any]:
    """Bring in and take out."""
    clock, catalogue = SystemClock(LOOP), Catalogue(database)
    await catalogue.load()
    patterns = Patterns(database, clock, lambda: {"admin": "administrator"})
    patterns.all = {one.code: one for one in DEFAULTS}
    viewer, records, party = patterns.viewer("admin"), Records(database, Bus(), clock, catalogue), catalogue["party"]
    imports, exports = (
        Imports(database, clock, records, patterns, folder / "imports"),
        Exports(database, clock, records, folder / "exports"),
    )
    gc.collect()
    gc.freeze()
    sound = Watch()
    sound.start(records, Query(entity=party), viewer)
    await asyncio.sleep(3)
    await sound.stop()

    watch = Watch()
    watch.start(records, Query(entity=party), viewer)
    number = await imports.take(party, upload, upload.name, viewer)
    job = await imports.job(number, viewer)
    await imports.plan(number, job["mapping"], {**job["options"], "references": "create"}, viewer)
    began = time.perf_counter()
    await imports.start(number, viewer)
    await imports.settled()
    in_seconds = time.perf_counter() - began
    await watch.stop()
    done = await imports.job(number, viewer)
    assert (done["created"], done["bad"]) == (rows, 0), done

    out = Watch()
    out.start(records, Query(entity=party), viewer)
    began = time.perf_counter()
    fields = [party.field(name) for name in ("kind", "code", "status", "channels", "city", "birth", "relations")]
    exported = await exports.start(Query(entity=party), fields, "xlsx", viewer, language="fa", title="customers")
    await exports.settled()
    out_seconds = time.perf_counter() - began
    await out.stop()
    assert (await exports.job(exported, viewer))["state"] == "done"
    await imports.stop()
    await exports.stop()
    return {
        "import_rows_per_second": rows / in_seconds,
        "export_rows_per_second": (await exports.job(exported, viewer))["position"] / out_seconds,
        "pages_meanwhile_ms_p95": 1000 * percentile(watch.pages + out.pages, 0.95),
        "longest_stall_ms": 1000 * max(watch.late + out.late),
        "longest_stall_of_import_ms": 1000 * max(watch.late),
        "stall_ms_p99": 1000 * percentile(watch.late + out.late, 0.99),
        "sound_stall_ms": 1000 * max(sound.late),
    }


def main(rows: int = ROWS) -> dict[str, Any]:
    """Run it, on the loop as the daemon has it."""
    install_reactor()
    return LOOP.run_until_complete(run(rows))
