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
from crm.imports.reader import Reader, is_declared, told as told_to
from crm.imports.sheet_file import SheetFile
from crm.imports.understanding import Plan
from crm.query import Query
from tests.crm.imports.test_party_files import Desk
from tests.crm.toys import TOY

ROWS = 40
HEADERS = "نام,نام خانوادگی,موبایل,تاریخ تولد,شهر,شرکت\n"


def line(place: int) -> str:
    return f"علي,رضایی {place},0912{place:07d},{'دیروز' if place % 7 else '32/13/99'},تهران,شرکت آریا\n"


def told(lines):
    return [
        (one.row, list(one.cells), dict(one.naming), dict(one.values), {name: (why.text("fa"), why.field) for name, why in one.problems.items()})
        for one in lines
    ]  # fmt: skip


async def prepared(desk, rows):
    """A job of so many rows: its number, what it means, and the file that was read."""
    (file := desk.folder / "a.csv").write_text(HEADERS + "".join(map(line, range(rows))), "utf-8")
    number = await desk.imports.take(desk.party, file, "a.csv", desk.viewer)
    plan = Plan.of(await desk.imports.job(number, desk.viewer))
    bringing = Bringing(job=number, entity=desk.party, plan=plan, viewer=desk.viewer, entities={}, reading=Reading(), who=None)
    return bringing, SheetFile(desk.folder / "imports" / f"{number}.jsonl")


async def test_a_process_reads_as_we_do_refusals_included(tmp_path):
    desk = await Desk.open(tmp_path)
    bringing, sheet = await prepared(desk, ROWS)
    reader = Reader(sheet)

    def read():
        return [one for position in (0, 10, 20, 30, 40) for one in reader.lines(bringing, position, 10)]

    try:
        found = await asyncio.to_thread(read)
        assert reader._process is not None
        assert reader._process.poll() is None, "it has answered to the end"
    finally:
        await asyncio.to_thread(reader.end)
    assert told(found) == told(bringing.lines(SheetFile(sheet.file), 0, ROWS))
    assert {row for row, *_more, problems in told(found) if "birth" in problems} == {1, 8, 15, 22, 29, 36}
    await desk.close()


async def test_an_import_whose_reading_process_dies_goes_on_without_it(tmp_path, monkeypatch, caplog):
    desk = await Desk.open(tmp_path)
    rows = 3 * BATCH + 10
    begin = Reader._begin

    def begin_and_die(self):
        begin(self)
        os.kill(self._process.pid, signal.SIGKILL)

    monkeypatch.setattr(Reader, "_begin", begin_and_die)
    sheet = "نام خانوادگی,موبایل\n" + "".join(f"رضایی {place},0912{place:07d}\n" for place in range(rows))
    assert await desk.bring("a.csv", sheet) == (rows, 0)
    assert await desk.records.count(Query(entity=desk.party), desk.viewer) == rows
    assert "is gone (status -9)" in caplog.text
    await desk.close()


async def test_who_does_not_want_the_rows_any_more_is_not_answered(tmp_path):
    desk = await Desk.open(tmp_path)
    bringing, sheet = await prepared(desk, ROWS)
    reader = Reader(sheet)
    await asyncio.to_thread(reader.lines, bringing, 0, 10)
    await asyncio.to_thread(reader.end)
    with pytest.raises(EOFError):
        await asyncio.to_thread(reader.lines, bringing, 10, 10)
    await desk.close()


@pytest.mark.parametrize("entity", declared(), ids=lambda one: one.name)
def test_every_declaration_can_be_told_to_another_process(entity):
    """Functions of a declaration stand at the top of their module: a lambda or a nested one cannot be named to others (CONTRIBUTING)."""
    again = pickle.loads(told_to(entity))
    assert [one.name for one in again.fields] == [one.name for one in entity.fields]
    assert again.table is entity.table
    assert is_declared(again)
    assert not is_declared(TOY)
