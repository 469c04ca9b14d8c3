"""Values drawn as HTML: each kind in its own way, nothing that somebody typed is ever markup, and what may not be seen is no link."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import evolve

from config.translations import translate
from crm.fields.choices import Choice, MultiChoice, Option
from crm.fields.contact import ContactPoint, Email, Phone, Web
from crm.fields.dates import Date
from crm.fields.field import Field
from crm.fields.files import File, Picture
from crm.fields.identity import NationalId
from crm.fields.kind import NO_ACCESS, Kind, Showing
from crm.fields.numbers import Money, Number, Rating, YesNo
from crm.fields.places import MapPoint
from crm.fields.references import AnyReference, Reference, References, User
from crm.fields.rows import Rows
from crm.fields.texts import Colour, Icon, Line, LongText, RichText
from crm.record import Record
from tests.crm.toys import TOY
from web.records.drawn import cell, drawing, row_of, rows_of

EVIL = "<img src=x onerror=alert(1)>\"'&"
TARGETS = {"party": {"address": "/parties"}}
NAMES: dict[tuple[str, object], str | None] = {("party", 7): EVIL, ("party", 8): None, ("user", "sara"): "سارا"}
SHOWING = Showing(language="fa", titles=NAMES)
CHOICES = (Option("hot", EVIL, colour="#ff0000"), Option("cold", "Cold"))
ROWS = Rows(
    fields=(Field(name="number", kind=Phone(), label="Number"), Field(name="title", kind=Line(), label="Title")), brief=("title", "number")
)


class Elements(HTMLParser):
    """Which elements and texts a piece of HTML has."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.links: list[str] = []
        self.said = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href" and tag == "a"]
        assert not [name for name, _value in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.said += data


def drawn(kind: Kind, value: Any, showing: Showing = SHOWING) -> Elements:
    """A value of `kind` on a record's page."""
    return Elements(drawing(Field(name="it", kind=kind, label=EVIL), showing, TARGETS)(value))


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Line(), EVIL), (LongText(), EVIL), (RichText(), f"<p>{EVIL}</p>"), (Email(), f"{EVIL}@example.com"), (Web(), f"https://example.com/{EVIL}"),
        (ContactPoint(), EVIL), (ContactPoint(), f"+98912{EVIL}"), (ContactPoint(), f"a{EVIL}@x"), (Phone(), f"+98912{EVIL};ext={EVIL}"), (Colour(), EVIL),
        (Icon(), EVIL), (NationalId(), EVIL), (MapPoint(), EVIL), (Choice(choices=CHOICES), "hot"), (Choice(choices=CHOICES), EVIL),
        (MultiChoice(choices=CHOICES), ["hot", EVIL]), (Reference(entity="party"), 7), (References(entity="party"), [7, 8]), (AnyReference(), "party:7"),
        (User(), EVIL), (Number(unit=EVIL), 12),
    ],
)  # fmt: skip
def test_nothing_that_was_typed_becomes_markup(kind: Kind, value: Any) -> None:
    """Whatever people typed, wherever it came from, is shown as they typed it and never run."""
    assert "img" not in drawn(kind, value).names
    assert "img" not in Elements(cell(Field(name="it", kind=kind, label=EVIL), SHOWING, TARGETS)(value)).names


def test_a_record_that_may_not_be_seen_is_neither_named_nor_a_link() -> None:
    """Who may not open a record sees that there is one, no more."""
    seen, hidden = drawn(Reference(entity="party"), 7), drawn(Reference(entity="party"), 8)
    assert seen.links == ["/parties/7"]
    assert EVIL in seen.said
    assert not hidden.links
    assert hidden.said == translate("fa", NO_ACCESS)
    assert drawn(References(entity="party"), [7, 8]).links == ["/parties/7"]
    assert not drawn(AnyReference(), "party:8").links


def test_several_records_are_one_thing_in_a_cell() -> None:
    """On a phone each thing in a cell has its own line: a comma must not stand alone on one."""
    html = cell(Field(name="it", kind=References(entity="party"), label="It"), SHOWING, TARGETS)([7, 7])
    assert (html[:6], html[-7:], html.count("<a ")) == ("<span>", "</span>", 2)


def test_a_kind_of_record_that_the_reader_has_not_is_no_link() -> None:
    """Names of records whose pages the reader has not are words."""
    found = Elements(drawing(Field(name="it", kind=Reference(entity="party"), label="It"), SHOWING, {})(7))
    assert not found.links
    assert EVIL in found.said


def test_kinds_are_drawn_in_their_own_way() -> None:
    """A number dials, an address writes, a choice is a chip with its colour, a date stands in the reader's calendar."""
    assert drawn(Phone(), "+989121234567").links == ["tel:+989121234567"]
    assert drawn(Phone(), "+982188776655;ext=12").said.endswith("داخلی ۱۲")
    assert drawn(ContactPoint(), "a@example.com").links == ["mailto:a@example.com"]
    assert drawn(ContactPoint(), "@channel").said == "@channel"
    assert drawn(Date(), "2025-05-05").said == "۱۴۰۴/۰۲/۱۵"
    assert drawn(Money(), 12_000_000).said.startswith("۱٬۲۰۰٬۰۰۰")
    assert drawn(Rating(), 4).said == "★★★★☆"
    assert drawn(MultiChoice(choices=CHOICES), ["cold", "gone"]).said.split() == ["Cold", "gone"]
    assert drawn(User(), "sara").said == "سارا"
    assert drawn(Colour(), "#ff8800").said == "#ff8800", "a code as it is typed, not half Persian"


def test_a_cell_shows_nothing_for_nothing_and_a_few_of_many_rows() -> None:
    """Empty cells are empty, "no" is left out, and a customer with sixty numbers does not fill the screen."""
    assert [
        cell(Field(name="it", kind=kind, label="It"), SHOWING, TARGETS)(None) for kind in (Line(), Phone(), ROWS, Reference(entity="party"))
    ] == [""] * 4
    assert cell(Field(name="it", kind=YesNo(), label="VIP"), SHOWING, TARGETS)(False) == ""
    assert Elements(cell(Field(name="it", kind=YesNo(), label="VIP"), SHOWING, TARGETS)(True)).said == "بله"
    many = Elements(
        cell(Field(name="it", kind=ROWS, label="Numbers"), SHOWING, TARGETS)(
            [{"number": f"+98912123450{n}", "title": EVIL} for n in range(6)]
        )
    )
    assert len(many.links) == 4
    assert "۲" in many.said
    assert "img" not in many.names


def test_a_row_of_a_table_has_a_named_cell_for_each_column() -> None:
    """On a phone each value stands beside its column's name; amounts stand at the line's end."""
    fields = (Field(name="city", kind=Line(), label="City"), Field(name="count", kind=Number(), label=EVIL))
    row = row_of(fields, Showing(language="en"), TARGETS)({"city": "Shiraz", "count": 1234})
    assert row.startswith('<td data-label="City"><span dir="auto">Shiraz</span></td>')
    assert 'class="number"><bdi>1,234</bdi></td>' in row
    assert "img" not in Elements(row).names


def test_files_are_links_and_pictures_are_seen() -> None:
    """A picture is a thumbnail that opens the whole one; its label is the words for those who cannot see it."""
    assert drawn(File(), 12, Showing(language="fa", titles={("attachment", 12): EVIL})).links == ["/files/12"]
    picture = drawn(Picture(), 13)
    assert (picture.names, picture.links) == (["a", "img"], ["/files/13/show"])


def test_a_row_of_a_list_leads_to_its_record_and_back_into_the_list() -> None:
    """Its mark, its name as a link that remembers the list, star and colour; nothing typed in it is markup."""
    one = Record(entity="toy", id=7, title=EVIL, values={"active": False, "icon": None, "colour": "#ff0000", "code": EVIL}, starred=True)
    drawn_row = rows_of(TOY, (Field(name="code", kind=Line(), label="Code"),), SHOWING, {}, "?list=" + EVIL)(one)
    found = Elements(drawn_row)
    assert "img" not in found.names
    assert found.links == [f"/toys/7?list={EVIL}"]
    assert drawn_row.startswith('<tr data-id="7" class="inactive">')
    assert 'data-colour="#ff0000"' in drawn_row
    assert "#i-star" in drawn_row
    plain = rows_of(TOY, (), SHOWING, {}, "")(evolve(one, values={"active": True}, starred=False))
    assert "inactive" not in plain
    assert "#i-star" not in plain
