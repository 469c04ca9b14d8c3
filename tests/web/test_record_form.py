"""Forms of every entity: everything is shown, everything is kept, and what is wrong is said at its place."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import quote

from tests.web.record_office import ADMIN, office


async def test_a_form_of_every_kind_is_made_and_saved(tmp_path: Path) -> None:
    """Each kind has its widget; what was typed is what is kept."""
    async with office(tmp_path) as it:
        maker = await it.make(name="کارخانه")
        form = await it.get("admin", "/toys/new?weight=3&like=0")
        assert form.status == 200
        for part in (
            'id="f-name"',
            'id="f-parts"',
            'value="3"',
            'name="parts.__.what"',
            'data-as="money"',
            'data-as="date"',
            'type="color"',
        ):
            assert part in form.text or part.replace("3", "۳") in form.text, part
        reply = await it.post("admin", "/toys/new", [
            ("name", "قطار چوبي"), ("sold", "0"), ("sold", "1"), ("tags", ""), ("tags", "red"), ("tags", "big"), ("price", "۱۲۰۰۰"), ("made_on", "1404/02/15"),
            ("stars", "4"), ("parts", ""), ("parts.0.what", "چرخ"), ("parts.0.pieces", "۴"), ("parts.3.what", "بوق"), ("parts.3.pieces", ""), ("maker", str(maker)),
            ("maker:text", "کارخانه"), ("maker:was", "کارخانه"), ("friends", ""), ("friends", str(maker)), ("expert", "maryam"), ("experts", ""), ("experts", "reza"),
        ])  # fmt: skip
        assert reply.status == 303, reply.text
        values = await it.values(int(reply.headers["Location"].split("/")[2].split("?")[0]))
        assert (values["name"], values["sold"], values["tags"], values["price"], values["made_on"]) == (
            "قطار چوبی",
            True,
            ["red", "big"],
            12000,
            "2025-05-05",
        )
        assert [(row["what"], row["pieces"]) for row in values["parts"]] == [("چرخ", 4), ("بوق", None)]
        assert (values["maker"], values["friends"], values["expert"], values["experts"]) == (maker, [maker], "maryam", ["reza"])


async def test_what_is_wrong_stands_at_its_field_and_nothing_typed_is_lost(tmp_path: Path) -> None:
    """The summary links to each field, in rows too; every value is still there."""
    async with office(tmp_path) as it:
        reply = await it.post("maryam", "/toys/new", [
            ("name", ""), ("price", "گران"), ("story", "سطر یک\r\nسطر دو"), ("sold", "0"), ("sold", "1"), ("tags", "big"), ("sort_of", "car"), ("parts", ""),
            ("parts.0.what", "چرخ"), ("parts.0.pieces", "0"), ("maker", ""), ("maker:text", "هیچ‌کس"), ("maker:was", ""),
        ])  # fmt: skip
        assert reply.status == 422
        assert "هیچ‌کس" in reply.text, "a name that is nobody's is said first"
        reply = await it.post("maryam", "/toys/new", [
            ("name", ""), ("price", "گران"), ("story", "سطر یک\r\nسطر دو"), ("sold", "0"), ("sold", "1"), ("tags", "big"), ("sort_of", "car"), ("parts", ""),
            ("parts.0.what", "چرخ"), ("parts.0.pieces", "0"),
        ])  # fmt: skip
        assert reply.status == 422
        for kept in ('href="#f-name"', 'href="#f-price"', 'href="#f-parts-0-pieces"', 'value="گران"', "سطر یک\r\nسطر دو</textarea>", 'value="1" checked', 'value="big" checked',
                     'value="car" selected', 'value="چرخ"', 'aria-invalid="true"'):  # fmt: skip
            assert kept in reply.text, kept


async def test_rows_are_added_removed_and_moved_without_javascript(tmp_path: Path) -> None:
    """The buttons send the form, which comes back with its rows changed and nothing saved."""
    async with office(tmp_path) as it:
        form = [("name", "x"), ("parts", ""), ("parts.0.what", "a"), ("parts.1.what", "b"), ("parts.2.what", "c")]

        async def after(do: str) -> list[str]:
            text = (await it.post("maryam", "/toys/new", [*form, ("do", do)])).text
            return [
                text.split(f'name="parts.{n}.what" ')[1].split('value="')[1].split('"')[0]
                for n in range(9)
                if f'name="parts.{n}.what" ' in text
            ]

        assert await after("parts:add") == ["a", "b", "c", ""]
        assert await after("parts:remove:1") == ["a", "c"]
        assert await after("parts:up:2") == ["a", "c", "b"]
        assert await after("parts:down:0") == ["b", "a", "c"]
        assert await after("parts:up:0") == ["a", "b", "c"]
        assert await after("nonsense:remove:1") == ["a", "b", "c"]
        assert (await it.records.page(_all(it), _admin()))[0] == []


def _all(it):
    from crm.query import Query

    return Query(entity=it.toy)


def _admin():
    from tests.web.record_office import ADMIN

    return ADMIN


async def test_a_link_may_be_typed_by_name(tmp_path: Path) -> None:
    """Without a list to pick from, a name that is one record's is that record."""
    async with office(tmp_path) as it:
        maker, other = await it.make(name="کارخانه یک"), await it.make(name="کارخانه دو")
        reply = await it.post("admin", "/toys/new", [
            ("name", "x"), ("maker", ""), ("maker:was", ""), ("maker:text", "كارخانه يك"), ("friends", ""), ("friends", str(maker)), ("friends:text", "کارخانه دو"),
            ("about", ""), ("about:was", ""), ("about:entity", "toy"), ("about:text", "کارخانه دو"),
        ])  # fmt: skip
        number = int(reply.headers["Location"].split("/")[2].split("?")[0])
        values = await it.values(number)
        assert (values["maker"], values["friends"], values["about"]) == (maker, [maker, other], f"toy:{other}")
        text = (await it.get("admin", f"/toys/{number}/edit")).text
        assert 'name="maker:was" value="کارخانه یک"' in text
        reply = await it.post(
            "admin", f"/toys/{number}/edit", [("version", "1"), ("maker", str(maker)), ("maker:was", "کارخانه یک"), ("maker:text", "")]
        )
        assert reply.status == 303
        assert (await it.values(number))["maker"] is None


async def test_what_was_not_touched_is_not_changed(tmp_path: Path) -> None:
    """Saving a form as it came changes nothing, not even the seconds of a moment."""
    async with office(tmp_path) as it:
        number = await it.make(
            seen_at=1_750_000_025.5, price=1_234_567, story="a\nb", tags=["red"], parts=[{"what": "w", "pieces": 2}], lasts=3725, weight=2.5
        )
        from crm.fields.kind import Showing
        from web.records.form_reading import flat
        from web.records.inputs import raw_values

        raw = flat(raw_values(it.toy.fields, await it.values(number), Showing()))
        reply = await it.post("admin", f"/toys/{number}/edit", [("version", "1"), *raw])
        assert reply.status == 303
        assert (await it.values(number))["version"] == 1
        assert (await it.post("admin", f"/toys/{number}/edit", [("version", "1"), *raw, ("price", "5")])).status == 303
        values = await it.values(number)
        assert (values["version"], values["price"], values["seen_at"]) == (2, 5, 1_750_000_025.5)


async def test_two_edits_of_different_fields_are_both_kept(tmp_path: Path) -> None:
    """Who saves second is told, and nobody's work is lost."""
    async with office(tmp_path) as it:
        number = await it.make(price=1, story="old")
        assert (await it.post("reza", f"/toys/{number}/edit", {"version": "1", "price": "1", "story": "new"})).status == 303
        second = await it.post("maryam", f"/toys/{number}/edit", {"version": "1", "price": "2", "story": "old"})
        assert second.status == 303
        assert "saved=2" in second.headers["Location"]
        values = await it.values(number)
        assert (values["price"], values["story"]) == (2, "new")


async def test_two_edits_of_one_field_are_compared_and_chosen_from(tmp_path: Path) -> None:
    """Both values stand side by side; the choice is saved, the other fields as well."""
    async with office(tmp_path) as it:
        number = await it.make(price=1, story="old", code="c")
        await it.post("reza", f"/toys/{number}/edit", {"version": "1", "price": "3", "story": "theirs"})
        mine = {"version": "1", "price": "2", "story": "mine", "code": "d", "parts": "", "parts.0.what": "چرخ"}
        met = await it.post("maryam", f"/toys/{number}/edit", mine)
        assert met.status == 409
        for part in (
            "mine",
            "theirs",
            "رضا",
            'name="version" value="2"',
            'name="pick.price"',
            'name="pick.story"',
            'name="parts.0.what" value="چرخ"',
        ):
            assert part in met.text, part
        assert 'name="pick.code"' not in met.text
        assert (await it.values(number))["story"] == "theirs"
        chosen = {
            "version": "2",
            "price": "2",
            "story": "mine",
            "code": "d",
            "parts": "",
            "parts.0.what": "چرخ",
            "pick.price": "mine",
            "pick.story": "theirs",
        }
        assert (await it.post("maryam", f"/toys/{number}/edit", chosen)).status == 303
        values = await it.values(number)
        assert (values["price"], values["story"], values["code"], values["parts"][0]["what"]) == (2, "theirs", "d", "چرخ")


async def test_a_form_without_its_version_is_not_taken(tmp_path: Path) -> None:
    """A hand-made request cannot overwrite what it has not seen."""
    async with office(tmp_path) as it:
        number = await it.make(price=1)
        assert (await it.post("maryam", f"/toys/{number}/edit", {"price": "3"})).status == 403
        many = [(f"n{place}", "") for place in range(3100)]
        assert (await it.post("maryam", f"/toys/{number}/edit", many, **{"X-CSRF-Token": "x"})).status in (400, 403)


async def test_the_quick_form_makes_a_record_for_a_link(tmp_path: Path) -> None:
    """Only what is needed; the answer names what was made."""
    async with office(tmp_path) as it:
        quick = {"HX-Request": "true", "X-Quick": "1"}
        form = (await it.get("maryam", "/toys/new?quick=1&name=%D9%82%D8%B7%D8%A7%D8%B1", **quick)).text
        assert 'value="قطار"' in form
        assert "<html" not in form
        assert 'name="price"' not in form
        assert (await it.post("maryam", "/toys/new", {"name": ""}, **quick)).status == 422
        made = await it.post("maryam", "/toys/new", {"name": "قطار"}, **quick)
        assert made.status == 201
        assert made.json() == {"id": 1, "title": "قطار"}
        assert (await it.get("maryam", "/toys/new?quick=1")).text.count("<html") == 1, "without JavaScript it is a page"


async def test_a_similar_record_begins_with_the_same_values(tmp_path: Path) -> None:
    """But not with what belongs to the one record only."""
    async with office(tmp_path) as it:
        number = await it.make(code="T-1", price=500, parts=[{"what": "چرخ", "pieces": 2}], state="open")
        text = (await it.get("maryam", f"/toys/new?like={number}")).text
        assert 'value="۵۰۰"' in text
        assert 'value="چرخ"' in text
        assert 'value="T-1"' not in text
        assert 'name="parts.0.id"' not in text


async def test_fields_above_ones_level_are_neither_shown_nor_set(tmp_path: Path) -> None:
    """Confidential fields are not in the form, and what is sent for them is not read."""
    async with office(tmp_path) as it:
        number = await it.make(cost=7)
        assert 'name="cost"' not in (await it.get("maryam", f"/toys/{number}/edit")).text
        assert 'name="cost"' in (await it.get("nader", f"/toys/{number}/edit")).text
        assert (await it.post("maryam", f"/toys/{number}/edit", {"version": "1", "cost": "9", "price": "1"})).status == 303
        assert (await it.values(number))["cost"] == 7
        assert (await it.get("client", "/toys/new")).status == 403
        assert (await it.get("client", f"/toys/{number}/edit")).status in (403, 404)


async def test_states_offer_only_the_moves_there_are(tmp_path: Path) -> None:
    """From «new» to «open», not to «done»."""
    async with office(tmp_path) as it:
        number = await it.make(state="new")
        text = (await it.get("maryam", f"/toys/{number}/edit")).text
        select = text.split('id="f-state"')[1].split("</select>")[0]
        assert 'value="open"' in select
        assert 'value="done"' not in select


async def test_a_link_offers_the_record_called_so_before_others_found_by_its_name(tmp_path: Path) -> None:
    """The company, then its people; what stands beside a name says of yes and no the word, and a number once."""
    async with office(tmp_path, everything=True) as it:
        party = it.catalogue["party"]
        company = await it.records.create(party, {"kind": "company", "name": "شرکت صنعت"}, ADMIN)
        works = [{"kind": "works_at", "other": company}]
        channels = [{"raw": "0912 123 4567"}]
        await it.records.create(
            party, {"kind": "person", "last_name": "آذری", "vip": True, "relations": works, "channels": channels}, ADMIN
        )
        found = (await it.get("maryam", "/records/party/choose?q=" + quote("صنعت"))).json()["items"]
        assert [one["title"] for one in found] == ["شرکت صنعت", "آذری"]
        assert found[1]["note"] == "مشتری احتمالی · ویژه · ۰۹۱۲ ۱۲۳ ۴۵ ۶۷"


async def test_another_sort_of_record_keeps_what_it_is_called(tmp_path: Path) -> None:
    """A form begun for a person and made one for a company has the family name as the company's name."""
    async with office(tmp_path, everything=True) as it:
        form = {"do": "again", "kind": "company", "last_name": "پارس", "note": "یادداشت"}
        again = (await it.post("maryam", "/parties/new", form)).text
        assert re.search('name="name"[^>]* value="پارس"', again)
        assert "یادداشت</textarea>" in again


async def test_forms_ask_for_records_and_meanings_while_typing(tmp_path: Path) -> None:
    """A link finds by the first letters; a value says what it means; what may not be chosen is not told."""
    async with office(tmp_path) as it:
        number = await it.make(name="کارخانه", cost=3)
        found = await it.get("maryam", "/records/toy/choose?q=%DA%A9%D8%A7%D8%B1")
        assert found.json() == {"items": [{"id": number, "title": "کارخانه", "note": "", "colour": ""}]}
        assert (await it.get("client", "/records/toy/choose?q=x")).status == 403
        assert (await it.get("maryam", "/records/nothing/choose?q=x")).status == 404
        assert (await it.get("maryam", "/records/toy/check?field=phone&value=09121234567")).json()["shown"]
        assert (await it.get("maryam", "/records/toy/check?field=parts.0.pieces&value=0")).json()["error"]
        assert (await it.get("maryam", "/records/toy/check?field=parts.pieces&value=5")).json()["error"] == ""
        for hidden in ("cost", "nothing", "worth", "parts", "parts.nothing", ""):
            assert (await it.get("maryam", f"/records/toy/check?field={hidden}&value=1")).status == 404, hidden
