"""Texts with places: what they may name, what is refused and where, and what comes out for a record."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, strategies as st

from crm.fields.kind import Showing
from crm.merging.filling import Filling, NotSeen, Words
from crm.merging.paths import check, offered, scope_of
from crm.merging.reader import TextRefused, places, read
from crm.merging.sms_parts import counted
from crm.record_steps import one
from tests.crm.toys import EVERYBODY, TOY, ToyOffice, viewer

TOYS = {"toy": TOY}
WORDS = Words(today=date(2026, 3, 21), me="مریم کریمی", office="آریا")


async def filled(office, text, number, who=EVERYBODY, *, html=False, language="fa"):
    def work(connection):
        record = one(connection, office.toy, number, who)
        filling = Filling(connection, office.catalogue.entities, who, Showing(language=language), WORDS, html)
        return filling.fill(read(text, html=html), office.toy, record)

    return await office.database.read(work)


async def toys(folder):
    office = await ToyOffice.open(folder)
    maker = await office.make(name="کارخانه", web="example.com", cost="5000")
    parts = [{"what": "چرخ", "pieces": 4}, {"what": "دودکش <b>", "pieces": 1}]
    return office, await office.make(
        name="قطار", price="12500000", made_on="2026-03-21", maker=maker, friends=[maker], parts=parts, page="<p><b>خوب</b></p>"
    )


async def test_places_take_values_over_links_and_rows_in_the_text_s_language(tmp_path):
    """Names, amounts, dates, what it points to, the n-th row, the day and the user: as Persian readers write them."""
    office, number = await toys(tmp_path)
    text = "{{ name }} از {{ maker.name }} ({{Maker.Web}})، {{ price }}، {{ made_on }}؛ {{ parts.1.what }}، {{ parts.what }} – {{ @today }} {{ @today.gregorian }} {{ @me }} {{ @office }}{{ code }}"
    made = await filled(office, text, number)
    assert made.startswith("قطار از کارخانه (https://example.com)، ۱٬۲۵۰٬۰۰۰ تومان، ۱۴۰۵/۰۱/۰۱؛ چرخ، چرخ، دودکش <b> – ۱ فروردین ۱۴۰۵")
    assert made.endswith("مریم کریمی آریا")
    assert await filled(office, "{{ made_on }}", number, language="en") == "2026-03-21"
    await office.close()


async def test_a_part_is_repeated_for_each_row_and_each_linked_record(tmp_path):
    """Inside it the row's fields come first, then the record's; rows alone are a table in a letter and lines in a message."""
    office, number = await toys(tmp_path)
    assert (
        await filled(office, "{{# parts }}{{ what }}: {{ pieces }} ({{ name }})\n{{/}}", number) == "چرخ: ۴ (قطار)\nدودکش <b>: ۱ (قطار)\n"
    )
    assert await filled(office, "{{# friends }}{{ name }}{{/ friends }}", number) == "کارخانه"
    table = await filled(office, "<p>{{ parts }}</p>", number, html=True)
    assert "<td>دودکش &lt;b&gt;</td>" in table
    assert "<th>Pieces</th>" in table
    assert await filled(office, "<p>{{&nbsp;page }}</p>", number, html=True) == "<p></p><p><b>خوب</b></p><p></p>"
    await office.close()


async def test_what_the_user_may_not_see_is_not_merged_and_named(tmp_path):
    """A confidential field, also over a link, and a hidden record: no text comes out, and the refusal says which."""
    office, number = await toys(tmp_path)
    for text in ("{{ cost }}", "{{ maker.cost }}", "{{# friends }}{{ cost }}{{/}}"):
        with pytest.raises(NotSeen) as caught:
            await filled(office, text, number, viewer("maryam"))
        assert "Cost" in caught.value.text("fa")
    mine = await office.make(viewer("reza", "own"), name="من")
    await office.records.change(office.toy, mine, {"maker": number}, EVERYBODY)
    for text in ("{{ maker.name }}", "{{ maker }}"):
        with pytest.raises(NotSeen) as caught:
            await filled(office, text, mine, viewer("reza", "own"))
        assert "Maker" in caught.value.text("en")
    await office.close()


async def test_values_cannot_write_places_or_elements(tmp_path):
    """A value that looks like a place or like script stays the text that it is."""
    office, _number = await toys(tmp_path)
    evil = await office.make(name="{{ cost }}<script>alert(1)</script>")
    assert await filled(office, "{{ name }}", evil) == "{{ cost }}<script>alert(1)</script>"
    assert "<script" not in await filled(office, "<p>{{ name }}</p>", evil, html=True)
    await office.close()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("سلام\n{{ nmae }}", 2, "there is no field “nmae” here; there are name"),
        ("{{ maker.nme }}", 1, "name"),
        ("{{ name.first }}", 1, "“name” has no parts"),
        ("{{# name }}x{{/}}", 1, "only rows and links"),
        ("a\nb\n{{# parts }}x", 3, "no end"),
        ("x{{/}}", 1, "not begun"),
        ("{{ }}", 1, "no field named"),
        ("{{ name", 1, "the others are missing"),
        ("name }}", 1, "the others are missing"),
        ("{{ @tomorrow }}", 1, "@today"),
        ("{{ maker.maker.maker.maker.name }}", 1, "has no parts"),
        ("{{ name|upper }}", 1, "no field"),
        ("{{ 7*7 }}", 1, "no field"),
        ("{{ name.__class__ }}", 1, "has no parts"),
        ("{{# parts }}{{# parts }}{{# parts }}{{# parts }}x{{/}}{{/}}{{/}}{{/}}", 1, "at most"),
    ],
)
def test_what_does_not_hold_together_is_refused_with_its_place(text, line, said):
    """The line, the place as written, and what there is."""
    with pytest.raises(TextRefused) as caught:
        check(read(text), scope_of(TOY), TOYS)
    assert caught.value.values["line"] == line
    assert said in caught.value.text("en")


def test_a_place_drawn_through_by_formatting_is_refused():
    """Half a place in bold cannot be read; the refusal says what to do."""
    with pytest.raises(TextRefused):
        read("<p>{{ <b>na</b>me }}</p>", html=True)


@given(st.text(alphabet="{}#/@ .nameb\n<p>&", max_size=60))
def test_any_text_is_read_or_refused(text):
    """Whatever is typed: parts, or a sentence; never anything else."""
    with suppress(TextRefused):
        check(read(text), scope_of(TOY), TOYS)
        assert all(one.path for one in places(read(text)))


def test_what_is_offered_is_what_may_be_named():
    """Every entry of the picker is a place that holds, every group with a path can be repeated; nothing above the user's level."""
    groups = offered(TOY, TOYS, 0, ["toy"], "en")
    for group in groups:
        for entry in group["fields"]:
            check(read("{{ " + entry["path"] + " }}"), scope_of(TOY), TOYS)
            assert "cost" not in entry["path"]
        if group["path"]:
            check(read("{{# " + group["path"] + " }}x{{/}}"), scope_of(TOY), TOYS)


@pytest.mark.parametrize(
    ("text", "alphabet", "parts", "left"),
    [
        ("", "GSM-7", 0, 160), ("a" * 160, "GSM-7", 1, 0), ("a" * 161, "GSM-7", 2, 145), ("€" * 80, "GSM-7", 1, 0), ("€" * 81, "GSM-7", 2, 144),
        ("س" * 70, "UCS-2", 1, 0), ("س" * 71, "UCS-2", 2, 63), ("😀" * 35, "UCS-2", 1, 0), ("hi ۱", "UCS-2", 1, 66),
    ],
)  # fmt: skip
def test_short_messages_are_counted_as_operators_do(text, alphabet, parts, left):
    """Latin 160 or 153 apiece, Persian 70 or 67; signs of the second alphabet count twice."""
    found = counted(text)
    assert (found.alphabet, found.parts, found.left) == (alphabet, parts, left)
