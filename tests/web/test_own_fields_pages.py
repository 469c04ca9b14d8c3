"""Fields and lists of the administrators' own, on pages: made, seen at once, changed, switched off."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crm.own_fields import OwnFields
from crm.own_lists import OwnLists
from tests.web.record_office import Ground, office
from web.api import own_fields as api
from web.pages import choices, fields
from web.records.filtering import builder


@asynccontextmanager
async def opened(folder: Path):
    made = {}

    def own(ground: Ground) -> dict[str, object]:
        made["fields"] = OwnFields(ground.database, ground.bus, ground.clock, ground.catalogue)
        return {"own_fields": made["fields"], "own_lists": OwnLists(ground.database, ground.bus, ground.clock, ground.catalogue)}

    async with office(folder, fields, choices, api, more=own) as it:
        yield it
        await made["fields"].stop()


NUMBER = {
    "label_fa": "شماره کفش",
    "label_en": "Shoe size",
    "kind": "number",
    "low": "۱۰",
    "high": "60",
    "level": "0",
    "listed": "1",
    "searched": "0",
}


async def test_a_field_made_on_the_page_is_in_the_form_at_once(tmp_path: Path) -> None:
    """No restart: form, page, history, and the limits it was given."""
    async with opened(tmp_path) as it:
        assert (await it.get("maryam", "/settings/fields")).status == 403
        assert "Toys" in (await it.get("admin", "/settings/fields")).text
        blank = (await it.get("admin", "/settings/fields/toy/new")).text
        assert ">عدد</option>" in blank
        assert ">Toy: Sort</option>" in blank, "a list is called what people call it, not by its code"
        made = await it.post("admin", "/settings/fields/toy/new", NUMBER)
        assert made.status == 303, made.text
        listed = (await it.get("admin", "/settings/fields/toy?saved=1")).text
        assert "شماره کفش" in listed
        assert 'name="shoe_size"' in (await it.get("maryam", "/toys/new")).text
        wrong = await it.post("maryam", "/toys/new", {"name": "x", "shoe_size": "70"})
        assert wrong.status == 422
        assert 'href="#f-shoe_size"' in wrong.text
        assert (await it.post("maryam", "/toys/new", {"name": "x", "shoe_size": "۴۲"})).status == 303
        assert "۴۲" in (await it.get("maryam", "/toys/1")).text
        form = (await it.get("admin", "/settings/fields/toy/1")).text
        assert 'value="number" selected' in form
        assert 'name="preview"' in form
        assert 'name="name"' not in form, "its code stays"


KINDS = {
    "text": {"longest": "50"}, "long_text": {}, "rich_text": {}, "money": {}, "percent": {}, "yes_no": {}, "rating": {"high": "3"}, "duration": {}, "date": {}, "moment": {}, "time": {},
    "choice": {"choices": "", "choices.0.fa": "یک", "choices.0.en": "One", "choices.1.fa": "دو", "choices.1.colour": "#1f7a4d"}, "multi_choice": {"list": "toy_sort"},
    "state": {"choices.0.fa": "نو", "choices.0.to": "کهنه", "choices.1.fa": "کهنه"}, "colour": {}, "icon": {}, "barcode": {}, "phone": {}, "email": {}, "web": {}, "national_id": {},
    "sheba": {}, "map_point": {}, "reference": {"entity_of": "toy"}, "references": {"entity_of": "toy"}, "any_reference": {}, "user": {}, "users": {},
    "rows": {"columns.0.fa": "نام", "columns.0.kind": "text", "columns.1.fa": "رنگ", "columns.1.kind": "choice", "columns.1.choices": "سبز، آبی"},
    "computed": {"formula": "[Price] * 2", "result": "money"},
}  # fmt: skip


async def test_every_kind_can_be_a_field_of_ones_own(tmp_path: Path) -> None:
    """Made on the page, shown again in its own form as it was, and in the form of the record."""
    async with opened(tmp_path) as it:
        for place, (kind, more) in enumerate(KINDS.items(), 1):
            form = {"label_fa": kind, "label_en": "", "name": f"of_{kind}", "kind": kind, "level": "0", **more}
            made = await it.post("admin", "/settings/fields/toy/new", form)
            assert made.status == 303, (kind, made.text.split("form-errors")[1][:600] if "form-errors" in made.text else made.text[:300])
            again = await it.get("admin", f"/settings/fields/toy/{place}")
            assert again.status == 200
            assert f'value="{kind}" selected' in again.text
            assert kind == "computed" or 'id="f-preview' in again.text, kind
        before = dict(it.toy.field("of_state").kind.moves)
        assert before == {"c1": ["c2"]}
        text = (await it.get("maryam", "/toys/new")).text
        for kind in set(KINDS) - {"computed"}:
            assert f'data-field="of_{kind}"' in text, kind
        reply = await it.post("maryam", "/toys/new", [
            ("name", "x"), ("price", "300"), ("of_choice", "one"), ("of_rows", ""), ("of_rows.0.own_1", "الف"), ("of_rows.0.c1", "الف"), ("of_references", "1"),
            ("of_multi_choice", "car"), ("of_rating", "3"),
        ])  # fmt: skip
        assert reply.status in (303, 422)


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"label_fa": ""}, "f-label_fa"), ({"name": "Bad name"}, "f-name"), ({"kind": "choice"}, "f-choices"), ({"kind": "computed", "formula": "nothing + 1"}, "f-formula"),
        ({"kind": "reference"}, "f-entity_of"), ({"low": "5", "high": "1"}, "f-high"), ({"default": "word"}, "f-default"), ({"kind": "rows"}, "f-columns"),
        ({"kind": "rows", "columns.0.fa": "", "columns.0.kind": "text"}, "f-columns-0-fa"),
        ({"show_if_field": "price", "show_if_op": ">", "show_if_value": "گربه"}, "f-show_if_value"),
        ({"required_if_field": "sold", "required_if_op": "=", "required_if_value": "گربه"}, "f-required_if_value"),
    ],
)  # fmt: skip
async def test_what_is_wrong_with_a_field_stands_at_its_place(tmp_path: Path, wrong: dict[str, str], place: str) -> None:
    """And what was typed is still there."""
    async with opened(tmp_path) as it:
        reply = await it.post("admin", "/settings/fields/toy/new", {**NUMBER, **wrong})
        assert reply.status == 422
        assert f'href="#{place}' in reply.text, reply.text.split("form-errors")[1][:500]
        assert "Shoe size" in reply.text
        assert await it.catalogue_fields() == []


async def test_choices_keep_their_codes_when_they_are_renamed(tmp_path: Path) -> None:
    """Taken out, a choice is switched off; records that have it keep it."""
    async with opened(tmp_path) as it:
        form = {
            "label_fa": "اندازه",
            "name": "size",
            "kind": "choice",
            "level": "0",
            "choices.0.fa": "کوچک",
            "choices.0.en": "Small",
            "choices.1.fa": "بزرگ",
            "choices.1.en": "Big",
        }
        await it.post("admin", "/settings/fields/toy/new", form)
        number = await it.make(size="small")
        changed = {
            "label_fa": "اندازه",
            "kind": "choice",
            "level": "0",
            "choices": "",
            "choices.0.id": "2",
            "choices.0.fa": "گنده",
            "choices.0.en": "Big",
            "choices.1.fa": "متوسط",
            "choices.1.en": "",
        }
        assert (await it.post("admin", "/settings/fields/toy/1", changed)).status == 303
        kind = it.toy.field("size").kind
        assert [(one.code, one.fa, one.active) for one in kind.choices] == [
            ("big", "گنده", True),
            ("c1", "متوسط", True),
            ("small", "کوچک", False),
        ]
        assert (await it.values(number))["size"] == "small"
        assert "کوچک" in (await it.get("maryam", f"/toys/{number}")).text


async def test_fields_depend_on_others_and_move_and_rest(tmp_path: Path) -> None:
    """Shown only when; moved up; switched off with its values kept."""
    async with opened(tmp_path) as it:
        for name in ("one", "two"):
            form = {**NUMBER, "label_en": name, "name": name, "show_if_field": "sold", "show_if_op": "=", "show_if_value": "بله"}
            assert (await it.post("admin", "/settings/fields/toy/new", form)).status == 303
        text = (await it.get("maryam", "/toys/new")).text
        assert 'data-field="one"' in text
        assert "&#34;value&#34;:&#34;1&#34;" in text, "yes in the administrator's words is what the box of the form holds"
        await it.post("admin", "/settings/fields/toy/2/move", {"up": "1"})
        assert [row["name"] for row in await it.catalogue_fields()] == ["two", "one"]
        await it.post("admin", "/settings/fields/toy/2/switch", {})
        assert 'data-field="two"' not in (await it.get("maryam", "/toys/new")).text
        await it.post("admin", "/settings/fields/toy/2/switch", {"on": "1"})
        assert 'data-field="two"' in (await it.get("maryam", "/toys/new")).text
        for missing in ("/settings/fields/nothing", "/settings/fields/toy/99", "/settings/fields/nothing/1", "/settings/lists/nothing"):
            assert (await it.get("admin", missing)).status == 404


async def test_lists_are_edited_on_their_page(tmp_path: Path) -> None:
    """Order, words, colours; what is taken out is switched off; how often each is used."""
    async with opened(tmp_path) as it:
        await it.make(sort_of="car")
        assert "/settings/lists/toy_sort" in (await it.get("admin", "/settings/lists")).text
        page = (await it.get("admin", "/settings/lists/toy_sort")).text
        assert 'name="choices.0.fa"' in page
        rows = {"choices": "", "choices.0.id": "2", "choices.0.fa": "عروسک", "choices.0.en": "Doll", "choices.0.active": "1", "choices.1.fa": "قطار", "choices.1.en": "Train", "choices.1.active": "1",
                "choices.1.colour": "#1f7a4d"}  # fmt: skip
        assert (await it.post("admin", "/settings/lists/toy_sort", rows)).status == 303
        kind = it.toy.field("sort_of").kind
        assert [(one.code, one.word("fa"), one.active) for one in kind.choices] == [
            ("doll", "عروسک", True),
            ("train", "قطار", True),
            ("car", "Car", False),
        ]
        bad = await it.post(
            "admin", "/settings/lists/toy_sort", {**rows, "choices.1.colour": "red", "choices.0.fa": "", "choices.0.en": ""}
        )
        assert bad.status == 422
        assert "form-errors" in bad.text
        assert (await it.post("maryam", "/settings/lists/toy_sort", rows)).status == 403


async def test_a_list_saved_from_an_older_page_gives_no_choice_the_name_of_another(tmp_path: Path) -> None:
    """Back, or a second window: the list was put in another order and grew meanwhile; each choice keeps its own name and nothing is switched off."""
    async with opened(tmp_path) as it:
        page = (await it.get("admin", "/settings/lists/toy_sort")).text
        assert 'name="drawn" value="car,doll"' in page
        older = {"drawn": "car,doll", "choices": "", "choices.0.id": "1", "choices.0.en": "Motor car", "choices.0.active": "1", "choices.1.id": "2", "choices.1.en": "Doll", "choices.1.active": "1"}  # fmt: skip
        newer = {"drawn": "car,doll", "choices": "", "choices.0.id": "2", "choices.0.en": "Doll", "choices.0.active": "1", "choices.1.id": "1", "choices.1.en": "Car", "choices.1.active": "1",
                 "choices.2.en": "Train", "choices.2.active": "1"}  # fmt: skip
        assert (await it.post("admin", "/settings/lists/toy_sort", newer)).status == 303
        assert [one.code for one in it.toy.field("sort_of").kind.choices] == ["doll", "car", "train"]
        assert (await it.post("admin", "/settings/lists/toy_sort", older)).status == 303
        kept = [(one.code, one.word("en"), one.active) for one in it.toy.field("sort_of").kind.choices]
        assert kept == [("car", "Motor car", True), ("doll", "Doll", True), ("train", "Train", True)]


async def test_what_is_switched_off_can_still_be_filtered_by(tmp_path: Path) -> None:
    """Records keep a choice that is off: the filter builder knows it, so no filter turns into another by itself."""
    async with opened(tmp_path) as it:
        await it.make(sort_of="car")
        await it.post(
            "admin", "/settings/lists/toy_sort", {"choices": "", "choices.0.id": "2", "choices.0.en": "Doll", "choices.0.active": "1"}
        )
        lines = builder(it.toy, it.catalogue.entities, it.patterns.viewer("admin"), (), "fa")
        options = next(one for one in lines if one["path"] == "sort_of")["options"]
        assert options == [{"value": "doll", "word": "Doll"}, {"value": "car", "word": "Car (خاموش)"}]


async def test_programs_make_fields_and_choices_too(tmp_path: Path) -> None:
    """The same verbs by API, with the same refusals."""
    async with opened(tmp_path) as it:
        admin, agent = await it.site.bearer("admin"), await it.site.bearer("maryam")
        browser = it.site.browser()
        new = {"entity": "toy", "kind": "number", "label_fa": "شماره", "label_en": "Size", "flags": {"listed": True}}
        assert (await browser.post("/api/v1/own-fields", json=new, headers=agent)).status == 403
        made = await browser.post("/api/v1/own-fields", json=new, headers=admin)
        assert (made.status, made.json()["name"]) == (201, "size")
        wrong = await browser.post("/api/v1/own-fields", json={**new, "kind": "nothing", "name": "x"}, headers=admin)
        assert (wrong.status, wrong.json()["error"]["code"]) == (422, "record_invalid")
        changed = await browser.ask("PATCH", "/api/v1/own-fields/1", json={"label_fa": "اندازه"}, headers=admin)
        assert changed.json()["label_fa"] == "اندازه"
        listed = (await browser.get("/api/v1/own-fields?entity=toy", headers=admin)).json()
        assert [row["name"] for row in listed["items"]] == ["size"]
        lists = (await browser.get("/api/v1/own-lists", headers=admin)).json()["items"]
        assert [one["name"] for one in lists] == ["toy_sort"]
        choice = await browser.post("/api/v1/own-lists/toy_sort/choices", json={"fa": "قطار", "en": "Train"}, headers=admin)
        assert choice.json()["code"] == "train"
        off = await browser.ask(
            "PATCH", "/api/v1/own-lists/toy_sort/choices/car", json={"active": False, "colour": "#1f7a4d"}, headers=admin
        )
        assert off.json()["choices"][0] == {
            "code": "car",
            "fa": "Car",
            "en": "Car",
            "colour": "#1f7a4d",
            "active": False,
            "also": "",
            "in_use": 0,
        }
        assert (await browser.ask("PATCH", "/api/v1/own-lists/toy_sort/choices/none", json={}, headers=admin)).status == 404
