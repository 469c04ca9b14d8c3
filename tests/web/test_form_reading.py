"""What a form sent is what was meant: names, rows, lists, buttons; within limits."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings, strategies as st

from crm.fields.kind import Showing
from tests.crm.toys import TOY
from web.errors import BodyUnreadable
from web.records.beginning import begun_with, renamed
from web.records.form_reading import MOST_NAMES, flat, press, sent
from web.records.inputs import raw_values

KINDS = {one.name: one.kind for one in TOY.fields}


def read(*pairs: tuple[str, str]) -> dict[str, Any]:
    return sent(TOY.fields, urlencode(pairs).encode()).raw


def test_names_that_come_several_times_are_lists_only_where_lists_are_meant() -> None:
    """The last of a single value counts; an empty marker means that nothing is chosen."""
    assert read(("name", "a"), ("name", "b")) == {"name": "b"}
    assert read(("tags", ""), ("tags", "red"), ("tags", "big")) == {"tags": ["red", "big"]}
    assert read(("tags", "")) == {"tags": []}
    assert read(("sold", "0"), ("sold", "1")) == {"sold": "1"}
    assert read(("nothing", "x"), ("csrf", "y")) == {}


def test_rows_stand_in_their_order_and_empty_ones_are_left_out() -> None:
    """By their numbers, with gaps; rows that are kept in the record stay even when they were emptied."""
    rows = read(
        ("parts.7.what", "c"),
        ("parts.0.what", "a"),
        ("parts.3.what", ""),
        ("parts.3.pieces", ""),
        ("parts.5.id", "9"),
        ("parts.5.what", ""),
    )["parts"]
    assert rows == [{"what": "a"}, {"id": "9", "what": ""}, {"what": "c"}]
    assert read(("parts", "")) == {"parts": []}
    assert read(("parts.0.nothing", "x"), ("parts.9999.what", "x"), ("parts.-1.what", "x"), ("parts.x.what", "x")) == {"parts": []}


def test_what_stands_beside_values_is_kept_apart() -> None:
    """Search boxes, buttons, versions and choices between two edits are no values."""
    form = sent(
        TOY.fields,
        urlencode(
            [("maker", "3"), ("maker:text", "کارخانه"), ("maker:was", "x"), ("version", "7"), ("do", "again"), ("pick.price", "mine")]
        ).encode(),
    )
    assert (form.raw, form.version, form.do, dict(form.picks)) == ({"maker": "3"}, 7, "again", {"price": "mine"})
    assert dict(form.beside) == {"maker:text": "کارخانه", "maker:was": "x"}
    assert sent(TOY.fields, b"version=-1").version is None


@pytest.mark.parametrize("body", [urlencode([(f"n{place}", "") for place in range(MOST_NAMES + 1)]).encode(), b"n" * 500 + b"=1"])
def test_too_many_or_too_long_names_are_refused(body: bytes) -> None:
    """A form is never larger than people can fill in."""
    with pytest.raises(BodyUnreadable):
        sent(TOY.fields, body)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_no_body_breaks_the_reading(body: bytes) -> None:
    """Whatever is sent, it is read or refused."""
    try:
        raw = sent(TOY.fields, body).raw
    except BodyUnreadable:
        return
    assert set(raw) <= set(KINDS)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["what", "pieces"]), st.text(min_size=1).filter(str.strip), min_size=1), max_size=5),
    st.lists(st.sampled_from(["red", "big"]), unique=True),
)
def test_hidden_inputs_carry_every_value_back(rows: list[dict[str, str]], tags: list[str]) -> None:
    """The page of two edits sends the same raw values again."""
    raw = {"parts": rows, "tags": tags, "name": "x"}
    again = read(*((name, value.encode("utf-8", "replace").decode()) for name, value in flat(raw)))
    same = [{name: value.encode("utf-8", "replace").decode() for name, value in row.items()} for row in rows]
    assert again == {"parts": same, "tags": tags, "name": "x"}


def test_buttons_of_rows_change_rows_only() -> None:
    raw = {"parts": [{"what": "a"}, {"what": "b"}], "name": "x"}
    changed = press(raw, "parts:down:0", KINDS)
    assert changed is not None
    assert [row["what"] for row in changed["parts"]] == ["b", "a"]
    for do in ("save", "name:remove:0", "nothing:add", "parts:burn:0", "parts:remove"):
        assert press(raw, do, KINDS) is None or do == "parts:remove"
    assert press(raw, "parts:remove:9", KINDS) == raw


def test_an_empty_record_gives_an_empty_form() -> None:
    """Nothing is filled in that nobody said."""
    assert not any(raw_values(TOY.fields, {}, Showing()).values())


def test_an_address_fills_what_it_names() -> None:
    """Fields by name; a name and a number go to where they belong in that sort of record."""
    from crm.entities.records.party import PARTY

    assert begun_with(TOY, "", {"price": "3", "words": "قطار", "number": "0912", "worth": "1", "parts": "x"}) == {
        "price": "3",
        "name": "قطار",
        "phone": "0912",
    }
    assert begun_with(PARTY, "person", {"name": "احمدی", "number": "0912"}) == {"last_name": "احمدی", "channels": [{"raw": "0912"}]}
    assert begun_with(PARTY, "company", {"kind": "company", "name": "پارس"}) == {"kind": "company", "name": "پارس"}
    typed = {"kind": "company", "first_name": "مریم", "last_name": "پارس", "note": "x"}
    assert renamed(PARTY, typed) == {**typed, "name": "پارس"}, "begun as a person"
    assert renamed(PARTY, {"kind": "person", "name": "پارس"})["last_name"] == "پارس"
    assert renamed(PARTY, {**typed, "name": "آریا"})["name"] == "آریا"
    assert renamed(TOY, {"name": ""}) == {"name": ""}
    employed = {"relations.0.other": "7", "relations.0.kind": "works_at", "relations.1.other": "8", "name.0.x": "y", "relations.0.": "z"}
    assert begun_with(PARTY, "person", employed) == {"relations": [{"other": "7", "kind": "works_at"}]}
