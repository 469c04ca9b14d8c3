"""Customers come from spreadsheets as people keep them, and go back without loss or danger."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from sqlalchemy import select

from crm.directory import Directory, record
from crm.exchange import REASON, TableUnreadable, line_of, read_table, row, written
from crm.exchange_work import bring_in, everybody
from crm.tables import channel
from tests.crm.company import opened

PERSIAN = "نام,نام خانوادگی,شرکت,سمت,موبایل,تلفن ثابت,ایمیل,شهر\nمریم,احمدی,آریا صنعت,مدیر خرید,۰۹۱۲۱۲۳۴۵۶۷,021-88776655,m@example.com,تهران\n,,پارس نیرو,,,02133445566,,کرج\n"


async def test_a_persian_file_is_brought_in(tmp_path: Path) -> None:
    """Persian headings, persons with their companies, companies alone."""
    async with opened(tmp_path) as it:
        saved, wrong = await bring_in(it.database, read_table(PERSIAN.encode(), "a.csv"), user="", now=0.0, country="IR", city_code="21")
        assert (saved, wrong) == (2, [])
        listing = await Directory(it.database).listing()
        assert [(one["name"], one["kind"], one["number"]) for one in listing.items] == [
            ("آریا صنعت", "company", ""), ("مریم احمدی", "person", "+989121234567"), ("پارس نیرو", "company", "+982133445566"),
        ]  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1256"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_any_encoding_and_separator(encoding: str, separator: str) -> None:
    """As Excel of every age saves it."""
    text = f"نام{separator}همراه\nرضا{separator}09121234567\n"
    (line,) = read_table(text.encode(encoding), "a.csv")
    assert line.cells == {"first_name": "رضا", "mobile": "09121234567"}


def test_english_headings_are_known() -> None:
    """Headings in any case, unknown columns left out."""
    (line,) = read_table(b"First Name,LAST NAME,E-Mail,Shoe size\nMaryam,Ahmadi,m@example.com,38\n", "a.csv")
    assert line.cells == {"first_name": "Maryam", "last_name": "Ahmadi", "email": "m@example.com"}


async def test_wrong_rows_come_back_with_their_reason(tmp_path: Path) -> None:
    """Good rows are saved; wrong ones can be corrected in their own file and sent again."""
    async with opened(tmp_path) as it:
        text = "نام خانوادگی,همراه,ایمیل\nاحمدی,09121234567,\nنوری,سلام,\nکریمی,,x\n"
        saved, wrong = await bring_in(it.database, read_table(text.encode(), "a.csv"), user="", now=0.0, country="IR", city_code="21")
        assert saved == 1
        assert [(one.line.number, one.why.field) for one in wrong] == [(3, "channels.0.raw"), (4, "channels.0.raw")]
        again = written([{**one.line.cells, REASON: one.why.text("fa")} for one in wrong], REASON)
        corrected = again.replace("سلام", "09351112233").replace("x,", ",", 1)
        saved, wrong = await bring_in(it.database, read_table(corrected.encode(), "a.csv"), user="", now=0.0, country="IR", city_code="21")
        assert saved == 2 - len(wrong)


async def test_what_goes_out_comes_back(tmp_path: Path) -> None:
    """Export into an empty installation gives the same customers and numbers."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with opened(tmp_path / "a") as it:
        await it.person(
            "احمدی",
            "09121234567",
            "021-88776655 داخلی 12",
            first_name="مریم",
            company="آریا صنعت",
            title="مدیر خرید",
            note='گفت: "بله"\nدو خط',
        )
        await it.company("پارس", "02133445566", city="کرج")
        text = written(await it.rows(lambda c: list(everybody(c))))
        numbers = set(await it.rows(lambda c: c.execute(select(channel.c.number, channel.c.extension)).all()))
    async with opened(tmp_path / "b") as it:
        saved, wrong = await bring_in(it.database, read_table(text.encode(), "a.csv"), user="", now=0.0, country="IR", city_code="21")
        assert wrong == []
        assert saved == 3
        assert set(await it.rows(lambda c: c.execute(select(channel.c.number, channel.c.extension)).all())) == numbers
        names = [one["name"] for one in (await Directory(it.database).listing()).items]
        assert names == ["آریا صنعت", "مریم احمدی", "پارس"]


async def test_formulas_stay_text(tmp_path: Path) -> None:
    """A name that begins like a formula is no formula in a spreadsheet, and is itself again when it comes back."""
    async with opened(tmp_path) as it:
        number = await it.person("=HYPERLINK(1)", note="+1+1")
        text = written([row(await it.rows(lambda c: record(c, number)))])
        assert "'=HYPERLINK(1)" in text
        assert "'+1+1" in text
        (line,) = read_table(text.encode(), "a.csv")
        assert (line.cells["last_name"], line.cells["note"]) == ("=HYPERLINK(1)", "+1+1")


@pytest.mark.parametrize(
    "content", [b"", b"\n", b"a,b\n1,2\n", b"\x00\x01\x02\xff\xfe\xfd\x00", b"PK\x03\x04\xff\x00\x80", 'نام\n"باز'.encode()]
)
def test_what_is_no_table_is_refused(content: bytes) -> None:
    """Empty, binary or without names: one sentence, no traceback."""
    with pytest.raises(TableUnreadable):
        list(read_table(content, "a.csv"))


@given(st.binary(max_size=300))
def test_no_bytes_break_reading(content: bytes) -> None:
    """Garbage gives rows or a refusal."""
    try:
        for line in read_table("نام,همراه\n".encode() + content, "a.csv"):
            assert line_of(line.cells)
    except TableUnreadable:
        pass
