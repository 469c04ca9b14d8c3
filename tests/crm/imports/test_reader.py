"""Rows that a process of their own reads mean what they mean here, and when it dies nothing is lost."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal

import pytest

from crm.catalogue import declared
from crm.fields.kind import Reading
from crm.imports.bringing import Bringing
from crm.imports.imports import BATCH
from crm.imports.reader import Reader
from crm.imports.sheet_file import SheetFile
from crm.imports.understanding import Plan
from crm.query import Query
from tests.crm.imports.test_imports import ImportOffice
from tests.crm.toys import EVERYBODY

ROWS = 40
HEADERS = "name,code,price,made_on,parts,maker\n"


def line(place: int) -> str:
    return f"قطار {place},T-{place},{'گران' if place % 7 == 0 else place},1404/02/{place % 40:02d},چرخ,a\n"


def told(lines):
    return [
        (one.row, list(one.cells), dict(one.naming), dict(one.values), {name: (why.text("fa"), why.field) for name, why in one.problems.items()})
        for one in lines
    ]  # fmt: skip


async def test_a_process_reads_as_we_do_refusals_included(tmp_path):
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    file = office.write("a.csv", HEADERS + "".join(map(line, range(ROWS))))
    number = await imports.take(office.toy, file, "a.csv", office.viewer)
    job = await imports.job(number, office.viewer)
    bringing = Bringing(
        job=number, entity=office.toy, plan=Plan.of(job), viewer=office.viewer, entities={}, reading=Reading(), who=None
    )  # fmt: skip
    sheet = SheetFile(tmp_path / "imports" / f"{number}.jsonl")
    reader = Reader(sheet)

    def read():
        return [one for position in (0, 10, 20, 30, 40) for one in reader.lines(bringing, position, 10)]

    try:
        found = await asyncio.to_thread(read)
        assert reader._process is not None
    finally:
        await asyncio.to_thread(reader.end)
    assert told(found) == told(bringing.lines(SheetFile(sheet.file), 0, ROWS))
    assert {row for row, *_more, problems in told(found) if "price" in problems} == {1, 8, 15, 22, 29, 36}
    await office.close()


async def test_an_import_whose_reading_process_dies_goes_on_without_it(tmp_path, monkeypatch, caplog):
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    rows = 3 * BATCH + 10
    file = office.write("a.csv", "name,code\n" + "".join(f"toy {place},T-{place}\n" for place in range(rows)))
    number = await imports.take(office.toy, file, "a.csv", office.viewer)
    begin = Reader._begin

    def begin_and_die(self):
        begin(self)
        os.kill(self._process.pid, signal.SIGKILL)

    monkeypatch.setattr(Reader, "_begin", begin_and_die)
    await imports.start(number, office.viewer)
    await imports.settled()
    job = await imports.job(number, office.viewer)
    assert (job["state"], job["created"], job["position"]) == ("done", rows, rows)
    assert await office.records.count(Query(entity=office.toy), EVERYBODY) == rows
    assert "is gone (status -9)" in caplog.text
    await office.close()


async def test_who_does_not_want_the_rows_any_more_is_not_answered(tmp_path):
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    number = await imports.take(office.toy, office.write("a.csv", HEADERS + "".join(map(line, range(ROWS)))), "a.csv", office.viewer)
    plan = Plan.of(await imports.job(number, office.viewer))
    bringing = Bringing(job=number, entity=office.toy, plan=plan, viewer=office.viewer, entities={}, reading=Reading(), who=None)
    reader = Reader(SheetFile(tmp_path / "imports" / f"{number}.jsonl"))
    await asyncio.to_thread(reader.lines, bringing, 0, 10)
    await asyncio.to_thread(reader.end)
    with pytest.raises(EOFError):
        await asyncio.to_thread(reader.lines, bringing, 10, 10)
    await office.close()


@pytest.mark.parametrize("entity", declared(), ids=lambda one: one.name)
def test_every_declaration_can_be_told_to_another_process(entity):
    """Functions of a declaration stand at the top of their module: a lambda or a nested one cannot be named to others (CONTRIBUTING)."""
    again = pickle.loads(pickle.dumps(entity))
    assert [one.name for one in again.fields] == [one.name for one in entity.fields]
