"""A file is brought in step by step on the pages, and a list is taken out; what is refused says why."""

from __future__ import annotations

import io
from contextlib import asynccontextmanager

import xlsxwriter
from python_calamine import CalamineWorkbook
from sqlalchemy import select

from crm.exports.exports import Exports
from crm.imports.imports import Imports
from tests.web.building import COOKIE
from tests.web.record_office import office
from web.csrf import csrf_token
from web.pages import exports as export_pages, imports as import_pages
from web.routes import ask

BOUND = "xxBOUNDxx"


@asynccontextmanager
async def exchange(folder):
    made = {}

    class Both:
        """A module in the eyes of `ask`: the pages of both, with their services made when the catalogue is there."""

        __name__ = "both"

        @staticmethod
        def routes(database, clock, catalogue, patterns, records, accounts, timezone):
            made["imports"] = Imports(database, clock, records, patterns, folder / "imports")
            made["exports"] = Exports(database, clock, records, folder / "exports")
            services = {
                "database": database,
                "clock": clock,
                "catalogue": catalogue,
                "patterns": patterns,
                "records": records,
                "accounts": accounts,
                "timezone": timezone,
                **made,
            }
            return [*ask(import_pages, services), *ask(export_pages, services)]

    async with office(folder, Both) as it:
        yield it, made["imports"], made["exports"]
        await made["imports"].stop()
        await made["exports"].stop()


async def send(it, user, path, name, content):
    browser = await it.site.logged_in(user)
    body = (
        f'--{BOUND}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\nContent-Type: text/csv\r\n\r\n'.encode()
        + content
        + f"\r\n--{BOUND}--\r\n".encode()
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={BOUND}", "X-CSRF-Token": csrf_token(browser.cookies[COOKIE])}
    return await browser.post(path, body=body, headers=headers)


async def run(it, imports):
    """Let the first import run, with its columns as name, price and one that is left out."""
    columns = {f"column.{place}": target for place, target in enumerate(("name", "price", ""))}
    plan = {**columns, "mode": "both", "empty": "keep", "references": "find", "do": "start"}
    assert (await it.post("nader", "/imports/1/plan", plan)).status == 303
    await imports.settled()


async def test_from_the_file_to_the_records_and_back(tmp_path):
    async with exchange(tmp_path) as (it, imports, _exports):
        assert (await it.get("nader", "/toys/import")).status == 200
        sent = await send(it, "nader", "/toys/import", "../../اسباب.csv", "Name,Price,Maker\nقطار,12,\nعروسک,گران,\n".encode())
        assert (sent.status, sent.headers["Location"]) == (303, "/imports/1")
        columns = (await it.get("nader", "/imports/1")).text
        assert "اسباب.csv" in columns
        assert "../" not in columns
        assert "گران" in columns
        await run(it, imports)
        done = (await it.get("nader", "/imports/1")).text
        assert "/imports/1/undo" in done
        assert "<bdi>عروسک</bdi> | <bdi>گران</bdi></span>" in done, "each cell by itself, the empty ones left out"
        refused = await it.get("nader", "/imports/1/refused")
        assert refused.headers["Content-Disposition"].startswith("attachment")
        assert "گران" in refused.body.decode("utf-8-sig")
        assert (await it.get("reza", "/imports/1")).status == 404
        assert (await it.post("nader", "/imports/1/undo", {})).status == 303
        await imports.settled()
        made = select(it.toy.table.c.deleted_at)
        (deleted_at,) = await it.site.database.read(lambda connection: connection.execute(made).scalars().all())
        assert deleted_at is not None
        assert (await it.post("nader", "/imports/1/forget", {})).status == 303


async def test_refused_rows_of_a_spreadsheet_come_back_as_one(tmp_path):
    """Numbers that begin with nought stay texts, so that the corrected file says what the first one said."""
    async with exchange(tmp_path) as (it, imports, _exports):
        book = io.BytesIO()
        with xlsxwriter.Workbook(book) as written:
            written.add_worksheet().add_table(
                0, 0, 1, 2, {"columns": [{"header": one} for one in ("Name", "Price", "Maker")], "data": [["0912", "گران", ""]]}
            )
        assert (await send(it, "nader", "/toys/import", "x.xlsx", book.getvalue())).status == 303
        await run(it, imports)
        refused = await it.get("nader", "/imports/1/refused")
        assert refused.headers["Content-Disposition"].endswith('.xlsx"')
        sheet = CalamineWorkbook.from_filelike(io.BytesIO(refused.body)).get_sheet_by_index(0)
        assert sheet.to_python()[1][:2] == ["0912", "گران"]


async def test_wrong_files_and_missing_rights_are_told(tmp_path):
    async with exchange(tmp_path) as (it, _imports, _exports):
        for content in (b"", b"\x89PNG\r\n\x1a\n\x00\x00", b"only,headers\n"):
            answer = await send(it, "nader", "/toys/import", "x.csv", content)
            assert answer.status == 422, content
            assert 'role="alert"' in answer.text
        assert (await it.post("nader", "/toys/import", {"x": "y"})).status == 415
        assert (await it.get("client", "/toys/import")).status == 403
        assert (await it.get("client", "/toys/export")).status == 403


async def test_a_list_is_taken_out_as_it_was_asked_for(tmp_path):
    async with exchange(tmp_path) as (it, _imports, exports):
        for place in range(3):
            await it.make(name=f"قطار {place}", price=place)
        assert "xlsx" in (await it.get("nader", "/toys/export?filter=price:>:0")).text
        answer = await it.post("nader", "/toys/export?filter=price:>:0&sort=-price", [("format", "csv"), ("column", "price")])
        assert answer.headers["Location"] == "/exports"
        await exports.settled()
        assert "/exports/1/file" in (await it.get("nader", "/exports")).text
        file = await it.get("nader", "/exports/1/file")
        lines = file.body.decode("utf-8-sig").splitlines()
        assert [line.split(",")[-1] for line in lines[1:]] == ["2", "1"]
        assert file.headers["Content-Disposition"].startswith("attachment")
        assert (await it.get("admin", "/exports/1/file")).status == 404
        assert (await it.post("nader", "/toys/export", [("format", "exe")])).status == 422
