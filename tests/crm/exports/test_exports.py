"""A list becomes a file of any format, as searched and sorted, with what its maker may see and no formula that runs."""

from __future__ import annotations

import csv
import json
import re
import zipfile
from xml.etree import ElementTree as ET

import pytest

from crm.access import NoRight
from crm.exports.exports import KEPT_SECONDS, ExportRefused, Exports, NoSuchExport
from crm.exports.formats import FORMATS, guarded
from crm.expression import parse
from crm.imports.sheets import rows_of
from crm.imports.vcard import vcard_rows
from crm.numbers import Number, read_number
from crm.query import Query
from tests.crm.toys import EVERYBODY, ToyOffice, viewer


class ExportOffice(ToyOffice):
    def begin(self, folder):
        self.exports = Exports(self.database, self.clock, self.records, folder / "exports")

    async def write(
        self,
        form,
        who=EVERYBODY,
        columns=("price", "made_on", "seen_at", "tags", "maker", "phone", "parts", "cost", "sold"),
        language="fa",
        **query,
    ):
        fields = [self.toy.field(name) for name in columns]
        number = await self.exports.start(Query(entity=self.toy, **query), fields, form, who, language=language, title="اسباب‌بازی‌ها")
        await self.exports.settled()
        assert (await self.exports.job(number, who))["state"] == "done"
        return await self.exports.file(number, who)

    async def three(self):
        maker = await self.make(name='=HYPERLINK("x")', price=1)
        await self.make(
            name="قطار", price=12000, made_on="1404/02/15", seen_at="1404/02/15 16:30", tags="red,big", maker=maker, phone="09121234567",
            parts=[{"what": "چرخ", "pieces": 4}], cost=9, sold="بله",
        )  # fmt: skip
        await self.make(name="عروسک", price=5)

    async def close(self):
        await self.exports.stop()
        await super().close()


async def test_every_format_is_written_and_holds_the_rows(tmp_path):
    office = await ExportOffice.open(tmp_path)
    office.begin(tmp_path)
    await office.three()
    for form in FORMATS:
        if form == "vcf":
            continue
        file, media, name = await office.write(form)
        content = file.read_bytes()
        assert name == f"اسباب‌بازی‌ها.{form}"
        assert media
        if form == "csv":
            file, _media, _name = await office.write(form, language="en")
            rows = list(csv.reader(file.read_bytes().decode("utf-8-sig").splitlines()))
            train = dict(zip(rows[0], next(row for row in rows if row[0] == "قطار"), strict=True))
            assert (train["Price"], train["Made on"], train["Phone"], train["Maker"]) == (
                "12000",
                "2025-05-05",
                "+989121234567",
                '\'=HYPERLINK("x")',
            )
        elif form == "json":
            train = next(one for one in json.loads(content) if one["name"] == "قطار")
            assert (train["price"], train["tags"], train["parts"][0]["pieces"]) == (12000, ["red", "big"], 4)
        elif form == "xml":
            assert len(ET.fromstring(content).findall("record")) == 3
        elif form == "pdf":
            assert content.startswith(b"%PDF")
        elif form == "docx":
            with zipfile.ZipFile(file) as packed:
                # directly behind the style, where the schema has it: Word passes over it elsewhere
                assert re.search(r"<w:tblStyle[^>]*/><w:bidiVisual/>", packed.read("word/document.xml").decode())
        elif form in ("html", "txt"):
            assert "قطار" in content.decode()
            assert "۱۴۰۴/۰۲/۱۵" in content.decode()
    assert not list((tmp_path / "exports").glob("*.html")) or len(list((tmp_path / "exports").glob("*.html"))) == 1
    await office.close()


async def test_a_spreadsheet_comes_back_as_it_went_out_and_runs_no_formula(tmp_path):
    office = await ExportOffice.open(tmp_path)
    office.begin(tmp_path)
    await office.three()
    file, _media, _name = await office.write("xlsx", columns=("price", "made_on", "phone"))
    with zipfile.ZipFile(file) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert 'rightToLeft="1"' in sheet
    headers, *rows = rows_of(file)
    assert headers == ["نام", "Price", "Made on", "تلفن"]
    assert ["قطار", 12000, "2025-05-05T00:00:00", "+989121234567"] in [
        [*row[:2], str(row[2]) if "T" in str(row[2]) else f"{row[2]}T00:00:00", row[3]] for row in rows
    ]
    assert guarded("-5") == "-5"
    assert guarded("+98 912 123 4567") == "+98 912 123 4567"
    assert guarded("@SUM(A1)") == "'@SUM(A1)"
    await office.close()


async def test_as_searched_and_sorted_and_only_what_may_be_seen(tmp_path):
    office = await ExportOffice.open(tmp_path)
    office.begin(tmp_path)
    await office.three()
    low = viewer("ali", "all")
    file, _media, _name = await office.write("json", who=low, where=parse("price:>:1"), sort=(("price", True),))
    found = json.loads(file.read_bytes())
    assert [one["name"] for one in found] == ["قطار", "عروسک"]
    assert "cost" not in found[0]
    with pytest.raises(NoRight):
        await office.write("json", who=viewer("ali", "all", export="none"))
    mine = viewer("sara", "all", export="own")
    file, _media, _name = await office.write("json", who=mine)
    assert json.loads(file.read_bytes()) == []
    await office.close()


async def test_an_export_is_its_makers_alone_can_be_cancelled_and_does_not_lie_about_for_ever(tmp_path):
    office = await ExportOffice.open(tmp_path)
    office.begin(tmp_path)
    for place in range(600):
        await office.make(name=f"n{place}")
    number = await office.exports.start(Query(entity=office.toy), [], "csv", EVERYBODY, language="fa", title="x")
    office.exports.cancel(number)
    await office.exports.settled()
    assert (await office.exports.job(number, EVERYBODY))["state"] == "cancelled"
    file, _media, _name = await office.write("csv")
    with pytest.raises(NoSuchExport):
        await office.exports.job(2, viewer("ali"))
    for wrong in ("exe", "vcf"):
        with pytest.raises(ExportRefused):
            await office.exports.start(Query(entity=office.toy), [], wrong, EVERYBODY, language="fa", title="x")
    office.clock.advance(KEPT_SECONDS + 1)
    await office.exports.tidy()
    assert not file.exists()
    with pytest.raises(NoSuchExport):
        await office.exports.file(2, EVERYBODY)
    await office.close()


def test_contacts_are_written_as_telephones_read_them():
    from crm.exports.formats import vcard
    from crm.fields.kind import Showing
    from crm.record import Record

    values = {
        "first_name": "علی", "last_name": "رضایی", "note": "خط ۱\nخط ۲; با, ویرگول", "birth": "1980-01-31",
        "channels": [
            {"kind": "mobile", "number": "+989121234567"},
            {"kind": "phone", "label": "work", "extension": "12", "number": "+983167581600"},
            {"kind": "email", "number": "a@b.ir"},
        ],
        "relations": [{"kind": "works_at", "other": 5, "title": "مدیر"}],
    }  # fmt: skip
    text = vcard(Record(entity="party", id=1, title="علی رضایی", values=values), Showing(titles={("party", 5): "شرکت آریا، صنعت"}))
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert "TEL;TYPE=CELL:+989121234567\r\nTEL;TYPE=WORK,VOICE:+983167581600\\,12\r\n" in text
    headers, row = vcard_rows(text)
    assert read_number(row[headers.index("number 2")]) == Number("+983167581600", "12")
    back = dict(zip(headers, row, strict=True))
    assert (back["first_name"], back["last_name"], back["company"], back["title"]) == ("علی", "رضایی", "شرکت آریا، صنعت", "مدیر")
    assert (back["number 1"], back["e-mail 1"], back["birthday"], back["note"]) == (
        "+989121234567",
        "a@b.ir",
        "1980-01-31",
        "خط ۱\nخط ۲; با, ویرگول",
    )
