"""Files of other programs become records: understood by their headers, brought in or updated, corrected, cancelled, taken back."""

from __future__ import annotations

import asyncio
import zipfile

import pytest
import xlsxwriter
from attrs import evolve
from sqlalchemy import text

from config.statistics import FIRST_AT
from crm.access import DEFAULTS, NoRight, Pattern
from crm.imports.imports import BATCH, Imports
from crm.imports.mapping import guess
from crm.imports.sheet_file import SheetFile
from crm.imports.sheets import FileRefused, rows_of
from crm.patterns import Patterns
from crm.query import Query
from tests.crm.toys import EVERYBODY, ToyOffice, viewer


class ImportOffice(ToyOffice):
    def begin(self, folder):
        self.folder = folder
        patterns = Patterns(self.database, self.clock, lambda: {"admin": "administrator"})
        patterns.all = {one.code: one for one in (*DEFAULTS, Pattern(code="x"))}
        self.viewer = patterns.viewer("admin")
        self.imports = Imports(self.database, self.clock, self.records, patterns, folder / "imports")
        return self.imports

    def write(self, name, text, encoding="utf-8"):
        file = self.folder / name
        file.write_bytes(text.encode(encoding))
        return file

    async def run(self, file, **options):
        number = await self.imports.take(self.toy, file, file.name, self.viewer)
        job = await self.imports.job(number, self.viewer)
        if options:
            await self.imports.plan(number, job["mapping"], {**job["options"], **options}, self.viewer)
        await self.imports.start(number, self.viewer)
        await self.imports.settled()
        return await self.imports.job(number, self.viewer)

    async def names(self):
        found, _page = await self.records.page(Query(entity=self.toy), EVERYBODY)
        return [one.title for one in found]

    async def close(self):
        await self.imports.stop()
        await super().close()


TABLE = "Name;Code;Price;Made on;What;What 2;Maker\nقطار;T-1;۱۲۰۰۰;1404/02/15;چرخ;در;\nعروسک;T-2;گران;;;;\n;T-3;5;;;;\n"


async def test_a_table_is_understood_by_its_headers_and_bad_rows_are_kept_with_the_reason(tmp_path):
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    job = await office.run(office.write("a.csv", TABLE))
    assert (job["state"], job["created"], job["bad"], job["position"]) == ("done", 1, 2, 3)
    record = await office.records.get(office.toy, 1, EVERYBODY)
    assert {name: record.values[name] for name in ("name", "code", "price", "made_on")} == {
        "name": "قطار",
        "code": "T-1",
        "price": 12000,
        "made_on": "2025-05-05",
    }
    assert [row["what"] for row in record.values["parts"]] == ["چرخ", "در"]
    first, second = await office.imports.problems(job["id"], office.viewer)
    assert (first["row"], first["cells"][0]) == (2, "عروسک")
    assert "گران" in first["why_en"]
    assert second["row"] == 3
    await office.close()


async def test_known_records_are_updated_by_key_and_rows_come_beside_those_that_are_there(tmp_path):
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    known = await office.make(name="قطار", code="T-1", price=1, story="old", parts=[{"what": "چرخ"}])
    job = await office.run(office.write("a.csv", TABLE))
    assert (job["created"], job["updated"]) == (0, 1)
    values = (await office.records.get(office.toy, known, EVERYBODY)).values
    assert (values["price"], values["story"], [row["what"] for row in values["parts"]]) == (12000, "old", ["چرخ", "در"])
    job = await office.run(office.write("b.csv", "name,code,price\nx,T-1,7\nnew,T-9,1\n"), mode="create")
    assert (job["created"], job["updated"], job["skipped"]) == (1, 0, 1)
    job = await office.run(office.write("c.csv", "name,code,story\nx,T-1,\ny,T-77,z\n"), mode="update", empty="clear")
    assert (job["updated"], job["skipped"]) == (1, 1)
    assert (await office.records.get(office.toy, known, EVERYBODY)).values["story"] is None
    await office.close()


async def test_an_import_is_taken_back_updates_included_but_not_what_others_changed_since(tmp_path):
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    known = await office.make(name="قطار", code="T-1", price=1, story="old")
    job = await office.run(office.write("a.csv", "name,code,price,story\nقطار,T-1,9,new\nother,T-5,1,\n"))
    assert (job["created"], job["updated"]) == (1, 1)
    await office.records.change(office.toy, known, {"story": "theirs"}, EVERYBODY)
    await office.imports.undo(job["id"], office.viewer)
    await office.imports.settled()
    values = (await office.records.get(office.toy, known, EVERYBODY)).values
    assert (values["price"], values["story"]) == (1, "theirs")
    assert await office.names() == ["قطار"]
    assert (await office.imports.job(job["id"], office.viewer))["state"] == "undone"
    await office.close()


async def test_many_made_records_are_taken_back_with_a_few_statements_and_as_one_by_one(tmp_path):
    """History, version and search are as after a deletion by hand; what somebody put into the bin before stays theirs."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    by_hand = await office.make(name="by hand")
    await office.records.delete(office.toy, by_hand, office.viewer)
    job = await office.run(office.write("many.csv", "Name;Code\n" + "".join(f"toy {row};C-{row}\n" for row in range(BATCH))))
    gone, last = by_hand + 1, by_hand + BATCH
    await office.records.delete(office.toy, gone, office.viewer)
    writes, write = [], office.database.write
    office.database.write = lambda work, *more, **named: (writes.append(work), write(work, *more, **named))[1]
    await office.imports.undo(job["id"], office.viewer)
    await office.imports.settled()
    assert len(writes) < 10
    assert (await office.imports.job(job["id"], office.viewer))["taken_back"] == BATCH
    told = text("SELECT record_id, act, version, origin, changes FROM history WHERE act = 'deleted' ORDER BY id")
    by_record = {row[0]: tuple(row[1:]) for row in await office.database.read(lambda connection: connection.execute(told).all())}
    assert (len(by_record), by_record[gone][2]) == (BATCH + 1, "")
    assert by_record[last] == ("deleted", 2, f"undo of import {job['id']}", by_record[by_hand][3])
    left = text("SELECT count(*) FROM search_token WHERE entity = 'toy'")
    assert await office.database.read(lambda connection: connection.execute(left).scalar_one()) == 0
    await office.records.restore(office.toy, last, office.viewer)
    assert await office.names() == [f"toy {BATCH - 1}"]
    await office.close()


async def test_linked_records_are_found_by_name_or_made(tmp_path):
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    maker = await office.make(name="كارخانه")
    file = office.write("a.csv", "name,maker\na,کارخانه\nb,نامعلوم\n")
    job = await office.run(file)
    assert (job["created"], job["bad"]) == (1, 1)
    assert (await office.records.get(office.toy, maker + 1, EVERYBODY)).values["maker"] == maker
    job = await office.run(file, references="create")
    assert job["bad"] == 0
    assert "نامعلوم" in await office.names()
    await office.close()


async def test_a_row_that_is_refused_leaves_no_linked_record_behind(tmp_path):
    """Or each try of a file that is not right yet would make companies that nobody wanted."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    job = await office.run(office.write("a.csv", "name,price,maker\na,گران,کارخانه\nb,5,دیگر\n"), references="create")
    assert (job["created"], job["bad"]) == (1, 1)
    assert sorted(await office.names()) == sorted(["b", "دیگر"])
    await office.close()


async def test_a_name_that_several_have_is_refused_and_not_made_once_more(tmp_path):
    """Which of two is meant nobody can say; a third of that name would help nobody."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    await office.make(name="کارخانه")
    await office.make(name="کارخانه")
    job = await office.run(office.write("a.csv", "name,maker\na,کارخانه\nb,نو\n"), references="create")
    assert (job["created"], job["bad"]) == (1, 1)
    assert sorted(await office.names()) == sorted(["کارخانه", "کارخانه", "b", "نو"])
    await office.close()


async def test_all_that_is_wrong_with_a_row_is_said_at_once(tmp_path):
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    job = await office.run(office.write("a.csv", "name,price,made on,maker\na,گران,هرگز,\n"))
    (only,) = await office.imports.problems(job["id"], office.viewer)
    assert "گران" in only["why_en"]
    assert "هرگز" in only["why_en"]
    await office.close()


def test_rows_are_read_on_from_where_one_was_and_from_anywhere(tmp_path):
    file = tmp_path / "1.jsonl"
    file.write_text("\n".join(['["name"]', *(f'["ردیف {number}"]' for number in range(1, 8))]) + "\n", encoding="utf-8")
    sheet = SheetFile(file)
    assert sheet.measured() == (["name"], 7)
    assert sheet.rows(0, 3) == [(1, ["ردیف 1"]), (2, ["ردیف 2"]), (3, ["ردیف 3"])]
    assert sheet.rows(3, 3) == [(4, ["ردیف 4"]), (5, ["ردیف 5"]), (6, ["ردیف 6"])]
    assert sheet.rows(6, 3) == [(7, ["ردیف 7"])]
    assert sheet.rows(7, 3) == []
    assert sheet.rows(1, 1) == [(2, ["ردیف 2"])]
    assert SheetFile(file).rows(5, 1) == [(6, ["ردیف 6"])]


async def test_a_killed_import_goes_on_where_it_was_and_nothing_is_twice(tmp_path):
    """The job is stopped between two batches, as by a kill; the next start finishes it."""
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    text = "name,price\n" + "".join(f"toy {place},{place}\n" for place in range(1200))
    number = await imports.take(office.toy, office.write("a.csv", text), "a.csv", office.viewer)
    await imports.start(number, office.viewer)
    while (await imports.job(number, office.viewer))["position"] < 100:  # noqa: ASYNC110  what is waited for is a row
        await asyncio.sleep(0)
    await imports.stop()
    position = (await imports.job(number, office.viewer))["position"]
    assert 100 <= position < 1200
    assert await office.records.count(Query(entity=office.toy), EVERYBODY) == position
    again = office.begin(tmp_path)
    await again.resume()
    await again.settled()
    assert (await again.job(number, office.viewer))["created"] == 1200
    assert await office.records.count(Query(entity=office.toy), EVERYBODY) == 1200
    await office.close()


async def test_who_may_not_import_does_not(tmp_path):
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    file = office.write("a.csv", "name\nx\n")
    with pytest.raises(NoRight):
        await imports.take(office.toy, file, "a.csv", viewer("reza", "all", **{"import": "none"}))
    await office.close()


async def test_an_import_gives_records_to_nobody_without_the_right_to(tmp_path):
    """A column of experts is no way around the right to set them: neither for new records nor for known ones."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    allowed = {"view": "all", "create": "all", "edit": "all", "import": "all"}
    office.imports._patterns.all = {"administrator": Pattern(code="narrow", rights={"*": allowed})}
    office.viewer = office.imports._patterns.viewer("admin")
    await office.records.create(office.toy, {"name": "known", "code": "K1"}, EVERYBODY)
    file = office.write("a.csv", "Name;Code;Responsible expert\nnew;N1;admin\nknown;K1;admin\nfree;F1;\n")
    job = await office.run(file)
    assert (job["created"], job["updated"], job["bad"]) == (1, 0, 2)
    assert all("Set the expert" in one["why_en"] for one in await office.imports.problems(job["id"], office.viewer))
    await office.close()


def sheet(folder, rows, name="a.xlsx"):
    book = xlsxwriter.Workbook(str(folder / name))
    page = book.add_worksheet()
    for number, row in enumerate(rows):
        page.write_row(number, 0, row)
    book.close()
    return folder / name


def test_every_kind_of_file_is_read(tmp_path):
    """xlsx; csv in UTF-8 with and without mark, UTF-16, Windows-1256, with any separator; contacts of telephones."""
    rows = [["نام", "مبلغ"], ["علی", 12]]
    assert list(rows_of(sheet(tmp_path, rows))) == rows
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1256"):
        for separator in (",", ";", "\t", "|"):
            file = tmp_path / "t.csv"
            file.write_bytes(f"\n\nنام{separator}مبلغ\r\nعلی{separator}12\r\n".replace("ی", "ي").encode(encoding))
            assert [[str(one).replace("ي", "ی") for one in row] for row in rows_of(file)] == [["نام", "مبلغ"], ["علی", "12"]], (
                encoding,
                separator,
            )
    card = (
        "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=D8=A7=D8=AD=D9=85=D8=AF=DB=8C;=D8=B9=\r\n=D9=84=DB=8C;;;\r\nTEL;CELL:0912 123 4567\r\nTEL;HOME:021-88776655\r\nEND:VCARD\r\n"
        "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Karimi;Sara;;Dr.;\r\nFN:Sara Kar\r\n imi\r\nORG:Arya\\, Inc;Sales\r\nitem1.EMAIL;TYPE=INTERNET:s@a.ir\r\nBDAY:1980-01-31\r\nEND:VCARD\r\n"
    )
    file = tmp_path / "contacts.vcf"
    file.write_bytes(card.encode())
    headers, first, second = rows_of(file)
    ali, sara = (dict(zip(headers, row, strict=True)) for row in (first, second))
    assert (ali["first_name"], ali["last_name"], ali["number 1"], ali["number 2"]) == ("علی", "احمدی", "0912 123 4567", "021-88776655")
    assert (sara["name"], sara["company"], sara["e-mail 1"], sara["birthday"]) == ("Sara Karimi", "Arya, Inc", "s@a.ir", "1980-01-31")


def test_files_that_would_hurt_are_refused_with_a_sentence(tmp_path):
    """A zip bomb, ten thousand columns, no rows, a picture, a broken workbook."""
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b"0" * 50_000_000)
    wide = sheet(tmp_path, [[f"c{place}" for place in range(10_000)], list(range(10_000))], "wide.xlsx")
    empty = sheet(tmp_path, [["only", "headers"]], "empty.xlsx")
    picture = tmp_path / "picture.csv"
    picture.write_bytes(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" * 20)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"PK\x03\x04" + b"x" * 500)
    for file in (bomb, wide, empty, picture, broken):
        with pytest.raises(FileRefused) as refused:
            list(rows_of(file))
        assert "{" not in refused.value.text("en")


def test_formulas_and_direction_marks_are_texts(tmp_path):
    """What looks like a formula is kept as the text it is; the guard that exports put before it goes; hidden marks go when it is read."""
    file = tmp_path / "f.csv"
    file.write_text("name\n'=1+1\n=cmd|x\n", "utf-8")
    assert list(rows_of(file)) == [["name"], ["=1+1"], ["=cmd|x"]]


async def test_headers_in_both_languages_and_numbered_ones_are_guessed(tmp_path):
    office = await ToyOffice.open(tmp_path)
    found, _sort = guess(office.toy, ["NAME", "price ", "unknown", "What", "what 2", "Pieces", "name"], 9)
    assert found == ["name", "price", "", "parts.0.what", "parts.1.what", "parts.1.pieces", ""], "a number belongs to what stands before it"
    assert guess(office.toy, ["Cost"], 0) == ([""], "")
    assert guess(office.toy, ["Parts: what", "Parts 2 › pieces", "Parts – What"], 9)[0] == [
        "parts.0.what",
        "parts.1.pieces",
        "parts.1.what",
    ]
    await office.close()


async def test_a_fault_leaves_no_import_running_for_ever(tmp_path, monkeypatch):
    """The job says that it broke off; it can be gone on with."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr("crm.imports.bringing.create_many", broken)
        job = await office.run(office.write("a.csv", TABLE))
    assert (job["state"], job["position"], await office.names()) == ("failed", 0, [])
    await office.imports.start(job["id"], office.viewer)
    await office.imports.settled()
    assert (await office.imports.job(job["id"], office.viewer))["state"] == "done"
    assert await office.names() == ["قطار"]
    await office.close()


async def test_the_database_plans_for_the_rows_that_have_come_while_they_come(tmp_path):
    """Behind the first two thousand rows lists are as quick as they will be; nobody waits for the night."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    job = await office.run(office.write("many.csv", "Name;Code\n" + "".join(f"toy {row};C-{row}\n" for row in range(FIRST_AT + BATCH))))
    assert job["created"] == FIRST_AT + BATCH
    assert await office.database.read(planned_rows) >= FIRST_AT


def planned_rows(connection):
    """How many history rows the planner reckons with."""
    if connection.dialect.name == "postgresql":
        return connection.execute(text("SELECT reltuples FROM pg_class WHERE relname = 'history'")).scalar_one()
    return int(connection.execute(text("SELECT stat FROM sqlite_stat1 WHERE idx = 'ix_history_record'")).scalar_one().split()[0])


async def test_rows_of_one_record_make_one_record(tmp_path):
    """Two rows with the same key in one file: the second updates what the first has made, wherever they stand; empty rows between them are passed over."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    job = await office.run(
        office.write("twice.csv", "Name;Code;Price\nقطار;T-1;100\n;;\nعروسک;T-2;5\nقطار;T-1;200\n  ; ;\nقطار;T-1;300\n"), keys=["code"]
    )
    assert (job["created"], job["updated"], job["bad"], job["position"]) == (2, 2, 0, 6)
    found, _page = await office.records.page(Query(entity=office.toy), EVERYBODY)
    assert sorted((one.values["code"], one.values["price"]) for one in found) == [("T-1", 300), ("T-2", 5)]


async def test_a_table_in_utf_16_needs_no_mark(tmp_path):
    """Some programs write two bytes for each letter and do not say so."""
    office = await ImportOffice.open(tmp_path)
    office.begin(tmp_path)
    for number, encoding in enumerate(("utf-16-le", "utf-16-be")):
        job = await office.run(office.write(f"{number}.csv", f"Name;Code\nقطار;{number}\n", encoding))
        assert (job["created"], job["bad"]) == (1, 0)
    assert await office.names() == ["قطار", "قطار"]


async def test_who_leaves_while_their_import_runs_brings_nothing_more(tmp_path):
    """The account is closed behind the first batch: the import stops there, and can be taken back by an administrator."""
    office = await ImportOffice.open(tmp_path)
    imports, members = office.begin(tmp_path), {"admin": "administrator"}
    imports._patterns._members = lambda: dict(members)
    number = await imports.take(
        office.toy,
        office.write("many.csv", "Name;Code\n" + "".join(f"toy {row};C-{row}\n" for row in range(BATCH * 4))),
        "many.csv",
        office.viewer,
    )
    await imports.start(number, office.viewer)
    while not (await imports.job(number, office.viewer))["created"]:
        pass
    members.clear()
    await imports.settled()
    job = await imports.job(number, office.viewer)
    assert (job["state"], job["bad"]) == ("cancelled", 0)
    assert 0 < job["created"] < BATCH * 4
    members["root"] = "administrator"
    await imports.undo(number, evolve(office.viewer, username="root"))
    await imports.settled()
    assert (await imports.job(number, office.viewer))["taken_back"] == job["created"]
    assert await office.names() == []
