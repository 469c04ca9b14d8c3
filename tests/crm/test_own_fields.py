"""Fields and lists of the administrators' own: made and changed while everything runs."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from crm.own_fields import KindKept, NoSuchField, OwnFields
from crm.own_lists import ChoiceWrong, NoSuchList, OwnLists
from crm.query import Query
from crm.record_draft import RecordInvalid
from switchboard.events import CatalogueChanged
from tests.crm.toys import EVERYBODY, ToyOffice


async def opened(folder) -> tuple[ToyOffice, OwnFields]:
    office = await ToyOffice.open(folder)
    return office, OwnFields(office.database, office.bus, office.clock, office.catalogue)


async def found(office, where):
    from crm.expression import parse

    records, _page = await office.records.page(Query(entity=office.toy, where=parse(where)), EVERYBODY)
    return [one.title for one in records]


async def test_a_new_field_works_at_once(tmp_path):
    """Its code comes from its English label; an index is used by filters; others are told."""
    office, fields = await opened(tmp_path)
    number = await fields.add(
        {
            "entity": "toy",
            "kind": "number",
            "label_fa": "شماره کفش",
            "label_en": "Shoe size",
            "flags": {"indexed": True, "searched": False},
        },
        "admin",
    )
    assert office.toy.field("shoe_size").word("fa") == "شماره کفش"
    assert [event.entity for event in office.told if isinstance(event, CatalogueChanged)] == ["toy"]
    await office.make(name="a", shoe_size="۴۲")
    assert await found(office, "shoe_size:42") == ["a"]
    plan = await office.database.read(
        lambda connection: str(connection.execute(text("EXPLAIN QUERY PLAN SELECT id FROM toy WHERE json_extract(toy.extra, '$.\"shoe_size\"') = 42")).all())
        if connection.dialect.name == "sqlite" else "ix_own_toy_shoe_size"
    )  # fmt: skip
    assert "ix_own_toy_shoe_size" in plan
    await fields.change(number, {"flags": {}}, "admin")
    assert office.toy.field("shoe_size").indexed is False
    await fields.stop()
    await office.close()


WRONG = {
    "name": [{"name": "Name"}, {"name": "name"}, {"name": "id"}, {"name": "x" * 50}, {"name": "1a"}, {"name": "sort_key"}],
    "kind": [{"kind": "nothing"}, {"kind": "tree"}, {"kind": 7}],
    "options": [{"options": {"nonsense": 1}}, {"kind": "rows", "options": {"fields": [], "table": "account"}}, {"kind": "computed", "options": {}}, {"kind": "reference", "options": {}},
                {"kind": "choice", "options": {"choices": [{"code": 1}]}}],
    "high": [{"kind": "number", "options": {"low": 5, "high": 1}}, {"kind": "rating", "options": {"high": 99}}],
    "places": [{"kind": "number", "options": {"places": 40}}],
    "choices": [{"kind": "choice", "options": {"choices": []}}, {"kind": "choice", "options": {"choices": [{"code": "a", "title": "A"}, {"code": "a", "title": "B"}]}}],
    "entity": [{"kind": "reference", "options": {"entity": "nothing"}}],
    "columns": [{"kind": "rows", "options": {"fields": []}}, {"kind": "rows", "options": {"fields": [{"name": "x", "kind": "reference", "label": {"en": "X"}, "options": {"entity": "toy"}}]}}],
    "formula": [{"kind": "computed", "options": {"formula": {"+": [{"field": "nothing"}, 1]}, "result": {"kind": "number"}}},
                {"kind": "computed", "options": {"formula": {"+": [{"field": "worth"}, 1]}, "result": {"kind": "number"}}}],
    "label_fa": [{"label_fa": ""}],
    "section": [{"section": "nowhere"}],
    "level": [{"flags": {"level": 9}}],
    "flags": [{"flags": {"searched": "yes"}}, {"flags": {"table": True}}],
    "default": [{"kind": "number", "flags": {"default": "x"}}],
    "show_if": [{"flags": {"show_if": {"field": "nothing", "op": "=", "value": 1}}}, {"flags": {"show_if": {"bad": 1}}}, {"flags": {"show_if": {"field": "price", "op": ">", "value": "cat"}}}],
}  # fmt: skip


@pytest.mark.parametrize("place", WRONG)
async def test_what_cannot_be_a_field_is_refused_at_its_place(tmp_path, place):
    """Each wrong part is named; nothing is kept."""
    office, fields = await opened(tmp_path)
    for wrong in WRONG[place]:
        row = {"entity": "toy", "kind": "text", "name": "fine", "label_fa": "خوب", **wrong}
        with pytest.raises(RecordInvalid) as refused:
            await fields.add(row, "admin")
        assert place in refused.value.problems, (wrong, refused.value.problems)
        assert refused.value.text("fa")
    assert await fields.of("toy") == []
    await office.close()


async def test_a_kind_changes_only_when_its_values_can(tmp_path):
    """Numbers written as text become numbers; a word stops it, and nothing is lost."""
    office, fields = await opened(tmp_path)
    number = await fields.add({"entity": "toy", "kind": "text", "name": "size", "label_fa": "اندازه"}, "admin")
    first = await office.make(name="a", size="۴۲")
    await fields.change(number, {"kind": "number"}, "admin")
    assert (await office.records.get(office.toy, first, EVERYBODY)).values["size"] == 42
    await fields.change(number, {"kind": "text"}, "admin")
    await office.make(name="b", size="بزرگ")
    with pytest.raises(KindKept) as refused:
        await fields.change(number, {"kind": "number"}, "admin")
    assert "بزرگ" in refused.value.text("fa")
    assert await fields.values_of(number) == 2
    assert office.toy.field("size").kind.code == "text"
    with pytest.raises(NoSuchField):
        await fields.change(99, {}, "admin")
    await office.close()


async def test_a_field_that_is_switched_off_keeps_its_values(tmp_path):
    """It is nowhere to be seen, and back with everything when it is switched on."""
    office, fields = await opened(tmp_path)
    number = await fields.add({"entity": "toy", "kind": "text", "name": "size", "label_fa": "اندازه"}, "admin")
    toy = await office.make(name="a", size="big")
    await fields.change(number, {"active": False}, "admin")
    assert "size" not in (await office.records.get(office.toy, toy, EVERYBODY)).values
    await office.records.change(office.toy, toy, {"price": 3}, EVERYBODY)
    await fields.change(number, {"active": True}, "admin")
    assert (await office.records.get(office.toy, toy, EVERYBODY)).values["size"] == "big"
    await office.close()


async def test_records_are_found_by_a_field_from_when_it_is_searched(tmp_path):
    """Switching search on writes the words of the records that are there already, in the background; off takes them away."""
    office, fields = await opened(tmp_path)
    number = await fields.add({"entity": "toy", "kind": "text", "name": "nick", "label_fa": "لقب"}, "admin")
    await office.make(name="a", nick="پشمالو")

    async def count() -> int:
        return await office.records.count(Query(entity=office.toy, q="پشم"), EVERYBODY)

    assert await count() == 0
    for flags, expected in (({"searched": True}, 1), ({}, 0)):
        await fields.change(number, {"flags": flags}, "admin")
        await fields.settled()
        assert await count() == expected
    await fields.add({"entity": "toy", "kind": "text", "label_fa": "فهرست", "label_en": "List"}, "admin")
    assert office.toy.field("own_2") is None
    assert office.toy.field("own_1").word("en") == "List", "a code that means something else is not taken"
    await office.close()


async def test_own_fields_stand_in_the_order_given(tmp_path):
    office, fields = await opened(tmp_path)
    numbers = [await fields.add({"entity": "toy", "kind": "text", "label_fa": name}, "admin") for name in "abc"]
    await fields.move(numbers[2], "admin", up=True)
    await fields.move(numbers[0], "admin", up=True)
    assert [row["label_fa"] for row in await fields.of("toy")] == ["a", "c", "b"]
    assert [row["name"] for row in await fields.of("toy")] == ["own_1", "own_3", "own_2"]
    await office.close()


async def test_a_list_is_edited_and_its_codes_stay(tmp_path):
    """Shipped choices become the administrators' own; what is in use is counted; switched-off ones stay readable."""
    office = await ToyOffice.open(tmp_path)
    lists = OwnLists(office.database, office.bus, office.clock, office.catalogue)
    assert [one.name for one in lists.all()] == ["toy_sort"]
    toy = await office.make(sort_of="car")
    code = await lists.add("toy_sort", "admin", fa="قطار", en="Train", colour="#1f7a4d")
    assert code == "train"
    assert await lists.add("toy_sort", "admin", fa="بازی") == "c1"
    await lists.move("toy_sort", "train", "admin", up=True)
    await lists.change("toy_sort", "car", "admin", fa="خودرو", active=False)
    assert [(one.code, one.word("fa"), one.active) for one in lists.get("toy_sort").options] == [
        ("car", "خودرو", False), ("train", "قطار", True), ("doll", "Doll", True), ("c1", "بازی", True),
    ]  # fmt: skip
    assert await lists.in_use("toy_sort") == {"car": 1}
    assert (await office.records.get(office.toy, toy, EVERYBODY)).values["sort_of"] == "car"
    assert office.toy.field("sort_of").kind.colour_of("train") == "#1f7a4d"
    for wrong in ({"fa": "", "en": ""}, {"fa": "x" * 200}, {"colour": "red"}):
        with pytest.raises(ChoiceWrong):
            await lists.change("toy_sort", "car", "admin", **wrong)
    with pytest.raises(NoSuchList):
        await lists.change("toy_sort", "nothing", "admin", fa="x")
    with pytest.raises(NoSuchList):
        await lists.add("nothing", "admin", fa="x")
    await office.close()
