"""One declaration gives records that are kept, found, changed, deleted, restored, and whose history is known."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from crm.access import NoRight
from crm.attachments.tables import attachment
from crm.query import Query
from crm.record_draft import RecordInvalid
from crm.record_saving import NoSuchRecord, RecordChanged
from crm.record_tables import custom_field, history, record_star
from switchboard.events import RecordSaved
from tests.crm.toys import EVERYBODY, ToyOffice, viewer

WHOLE = {
    "name": "قطار چوبي", "code": "T-1", "story": "سطر یک\nسطر دو", "page": "<p>hi<script>x</script></p>", "weight": "۲٫۵", "price": "۱۲۰۰۰", "discount": "۱۵٪",
    "sold": "بله", "stars": "4", "made_on": "1404/02/15", "seen_at": "1404/02/15 16:30", "opens": "۸:۰۵", "lasts": "1:30", "sort_of": "Car", "tags": "big، Red",
    "phone": "۰۹۱۲ ۱۲۳ ۴۵۶۷", "email": "ALI@Example.COM", "web": "example.com", "point": "۳۵٫۷, 51.4", "parts": [{"what": "چرخ", "pieces": "۴"}, {"what": ""}],
}  # fmt: skip


async def test_a_record_of_every_kind_is_kept_as_it_was_meant(tmp_path):
    """Digits of any script, Jalali dates, words of choices: all understood, all kept plainly."""
    office = await ToyOffice.open(tmp_path)
    number = await office.make(**WHOLE)
    record = await office.records.get(office.toy, number, EVERYBODY)
    assert record.title == "قطار چوبی"
    expected = {
        "code": "T-1", "story": "سطر یک\nسطر دو", "page": "<p>hi</p>", "weight": 2.5, "price": 12000, "discount": 15, "sold": True, "stars": 4,
        "made_on": "2025-05-05", "opens": "08:05", "lasts": 5400, "sort_of": "car", "tags": ["red", "big"], "phone": "+989121234567",
        "email": "ALI@example.com", "web": "https://example.com", "point": "35.70000,51.40000", "worth": 30000, "maker": None, "friends": None,
    }  # fmt: skip
    assert {name: record.values[name] for name in expected} == expected
    assert [(row["what"], row["pieces"]) for row in record.values["parts"]] == [("چرخ", 4)]
    assert record.values["version"] == 1
    assert [(event.entity, event.record, event.act) for event in office.told if isinstance(event, RecordSaved)] == [
        ("toy", number, "created")
    ]
    await office.close()


async def test_every_wrong_value_is_named_at_once(tmp_path):
    """What was typed, where, and what was expected; nothing is saved."""
    office = await ToyOffice.open(tmp_path)
    wrong = {
        "name": "",
        "price": "گران",
        "made_on": "32/13",
        "phone": "abc",
        "email": "a@b",
        "tags": ["blue"],
        "parts": [{"what": "x", "pieces": "0"}],
    }
    with pytest.raises(RecordInvalid) as refused:
        await office.make(**wrong)
    assert set(refused.value.problems) == {"price", "made_on", "phone", "email", "tags", "parts.0.pieces"}
    with pytest.raises(RecordInvalid) as refused:
        await office.make(name="")
    assert refused.value.problems["name"].text("fa")
    assert await office.records.count(Query(entity=office.toy), EVERYBODY) == 0
    await office.close()


async def test_history_keeps_old_and_new_and_gives_the_old_back(tmp_path):
    """Who changed what from what; one click puts the old value back."""
    office = await ToyOffice.open(tmp_path)
    number = await office.make(price=1)
    await office.records.change(office.toy, number, {"price": "2", "story": "x"}, EVERYBODY, origin="web")
    latest, first = await office.records.history(office.toy, number, EVERYBODY)
    assert (latest["act"], latest["username"], latest["origin"], latest["changes"]) == (
        "changed",
        "admin",
        "web",
        {"price": [1, 2], "story": [None, "x"]},
    )
    assert first["act"] == "created"
    await office.records.put_back(office.toy, number, latest["id"], ["price"], EVERYBODY)
    values = (await office.records.get(office.toy, number, EVERYBODY)).values
    assert (values["price"], values["story"], values["version"]) == (1, "x", 3)
    await office.close()


async def test_two_who_save_one_record_are_told_and_neither_is_lost(tmp_path):
    """The second learns which fields differ; one who changed what nobody else touched... still sees it."""
    office = await ToyOffice.open(tmp_path)
    number = await office.make(price=1)
    await office.records.change(office.toy, number, {"price": 2}, EVERYBODY, version=1)
    with pytest.raises(RecordChanged) as refused:
        await office.records.change(office.toy, number, {"price": 3}, EVERYBODY, version=1)
    assert (refused.value.version, refused.value.theirs, refused.value.by) == (2, {"price": 2}, "admin")
    await office.close()


async def test_states_move_only_as_allowed_and_required_if_holds(tmp_path):
    office = await ToyOffice.open(tmp_path)
    number = await office.make(state="new")
    with pytest.raises(RecordInvalid):
        await office.records.change(office.toy, number, {"state": "done", "reason": "x"}, EVERYBODY)
    await office.records.change(office.toy, number, {"state": "open"}, EVERYBODY)
    with pytest.raises(RecordInvalid) as refused:
        await office.records.change(office.toy, number, {"state": "done"}, EVERYBODY)
    assert list(refused.value.problems) == ["reason"]
    await office.records.change(office.toy, number, {"state": "done", "reason": "sold"}, EVERYBODY)
    await office.close()


async def test_what_nothing_is_said_of_begins_with_its_default_by_whatever_way_a_record_comes(tmp_path):
    """A program or a file that does not know of the state makes records that stand on the board; who says "none" gets none."""
    office = await ToyOffice.open(tmp_path)
    made = await office.records.get(office.toy, await office.make(), EVERYBODY)
    assert made.values["state"] == "new"
    emptied = await office.records.get(office.toy, await office.make(name="two", state=""), EVERYBODY)
    assert emptied.values["state"] is None
    await office.close()


async def test_bin_restore_and_purge(tmp_path):
    """Deleted records are found nowhere but in the bin; only from there they go for ever."""
    office = await ToyOffice.open(tmp_path)
    number = await office.make(name="قطار")
    with pytest.raises(NoSuchRecord):
        await office.records.purge(office.toy, number, EVERYBODY)
    await office.records.delete(office.toy, number, EVERYBODY)
    query = Query(entity=office.toy, q="قط")
    assert await office.records.count(query, EVERYBODY) == 0
    assert await office.records.count(Query(entity=office.toy, deleted="only"), EVERYBODY) == 1
    await office.records.restore(office.toy, number, EVERYBODY)
    assert await office.records.count(query, EVERYBODY) == 1
    await office.records.delete(office.toy, number, EVERYBODY)
    await office.records.purge(office.toy, number, EVERYBODY)
    with pytest.raises(NoSuchRecord):
        await office.records.get(office.toy, number, EVERYBODY)
    assert await office.make(name="عروسک") > number, "its number would bring another's history"
    await office.close()


async def test_what_is_deleted_for_ever_leaves_nothing_but_that_it_was(tmp_path):
    """Its stars and files go too, of its history stays one row; and that row's number is a new one, or who follows the history would miss it."""
    office = await ToyOffice.open(tmp_path)
    number = await office.make(name="قطار")
    await office.records.star(office.toy, number, EVERYBODY, on=True)
    file = {
        "entity": "toy",
        "record_id": number,
        "name": "x.txt",
        "media": "text/plain",
        "size": 1,
        "sha256": "0" * 64,
        "by": "admin",
        "at": 0.0,
    }
    await office.database.write(lambda connection: connection.execute(insert(attachment).values(file)))
    await office.records.delete(office.toy, number, EVERYBODY)
    before = (await office.records.history(office.toy, number, EVERYBODY))[0]["id"]
    await office.records.purge(office.toy, number, EVERYBODY)

    def left(connection):
        rows = [(row.id > before, row.act) for row in connection.execute(select(history).where(history.c.record_id == number))]
        files = [row.record_id for row in connection.execute(select(attachment).where(attachment.c.deleted_at.is_not(None)))]
        return rows, connection.execute(select(record_star)).all(), files

    assert await office.database.read(left) == ([(True, "purged")], [], [0])
    await office.close()


async def test_trees_have_no_circles_and_branches_are_found(tmp_path):
    office = await ToyOffice.open(tmp_path)
    top = await office.make(name="top")
    middle = await office.make(name="middle", parent=top)
    leaf = await office.make(name="leaf", parent=middle)
    with pytest.raises(RecordInvalid):
        await office.records.change(office.toy, top, {"parent": leaf}, EVERYBODY)
    inside = await office.make(name="inside", maker=leaf, friends=[leaf])
    for field in ("maker", "friends"):
        where = {"field": field, "op": "under", "value": top}
        assert await names(office, where) == ["inside"], field
    await office.records.change(office.toy, middle, {"parent": None}, EVERYBODY)
    assert await names(office, {"field": "maker", "op": "under", "value": top}) == []
    assert await names(office, {"field": "maker", "op": "under", "value": middle}) == ["inside"]
    assert inside
    await office.close()


async def names(office, where=None, who=EVERYBODY, **more):
    from crm.expression import parse

    found, _page = await office.records.page(Query(entity=office.toy, where=parse(where), **more), who)
    return [record.title for record in found]


async def test_conditions_of_every_operator(tmp_path):
    """Each operator finds what it says, in digits and letters of any script, over links and rows as well."""
    office = await ToyOffice.open(tmp_path)
    maker = await office.make(name="کارخانه", price=5)
    await office.make(
        name="عروسک",
        price=100,
        made_on="1404/02/15",
        tags="red",
        sold="بله",
        maker=maker,
        seen_at="1404/02/15 16:30",
        parts=[{"what": "دست", "pieces": 2}],
    )
    await office.make(name="ماشین", price=300, story="آهنی و قرمز", tags="big, old", code="KC-1204")
    cases = {
        "price:=:۱۰۰": ["عروسک"], "price:>:50": ["عروسک", "ماشین"], "price:<=:100": ["عروسک", "کارخانه"], "price:between:50|200": ["عروسک"],
        "name:like:روس": ["عروسک"], "name:starts:ماش": ["ماشین"], "story:like:اهنی": ["ماشین"], "story:=:آهنی و قرمز": ["ماشین"], "story:=:آهنی": [], "code:like:c-۱۲": ["ماشین"],
        "code:=:KC-1204": ["ماشین"], "tags:has:red": ["عروسک"], "sold:yes": ["عروسک"],
        "made_on:<:1404/02/16": ["عروسک"], "made_on:empty": ["کارخانه", "ماشین"], "maker.name:like:کارخ": ["عروسک"], "maker:filled": ["عروسک"],
        "parts.what:=:دست": ["عروسک"], "parts:empty": ["کارخانه", "ماشین"], "seen_at:=:1404/02/15": ["عروسک"], "price:in:100|300": ["عروسک", "ماشین"],
        "price:!=:100": ["کارخانه", "ماشین"], "created_by:@me": ["عروسک", "کارخانه", "ماشین"], "worth:empty": None, "nothing:1": None, "maker.nothing:1": None,
    }  # fmt: skip
    from crm.expression import ExpressionRefused

    for text, expected in cases.items():
        if expected is None:
            with pytest.raises(ExpressionRefused):
                await names(office, text)
        else:
            assert await names(office, text) == expected, text
    either = {"or": [{"field": "price", "op": "=", "value": 5}, {"not": {"field": "price", "op": "<", "value": 300}}]}
    assert await names(office, either) == ["کارخانه", "ماشین"]
    await office.close()


async def test_pages_by_key_hold_every_record_once_in_both_directions(tmp_path):
    office = await ToyOffice.open(tmp_path)
    for place in range(7):
        await office.make(name=f"n{place % 3}", price=place)
    for sort in ((("name", False),), (("price", True),), (("made_on", False), ("price", True)), (("weight", True),)):
        seen, after, backward = [], "", []
        while True:
            found, page = await office.records.page(Query(entity=office.toy, sort=sort, after=after, limit=3), EVERYBODY)
            seen += [record.id for record in found]
            if not page.next:
                break
            after = page.next
        assert len(seen) == len(set(seen)) == 7
        while page.previous:
            found, page = await office.records.page(Query(entity=office.toy, sort=sort, before=page.previous, limit=3), EVERYBODY)
            backward = [record.id for record in found] + backward
        assert backward == seen[: len(backward)]
        assert len(backward) == 6
    await office.close()


async def test_a_list_reads_what_its_columns_need_and_names_what_they_point_to(tmp_path):
    """A computed column has its value though its parts are no columns; links have names; what nobody looks at is not read."""
    office = await ToyOffice.open(tmp_path)
    maker = await office.make(name="سازنده")
    number = await office.make(name="قطار", weight="2", price="5000", maker=maker)
    listing = await office.records.listing(Query(entity=office.toy), EVERYBODY, "fa", {"worth", "maker"})
    (train,) = (one for one in listing.rows if one.id == number)
    assert train.values["worth"] == 10000
    assert not {"weight", "story"} & set(train.values)
    assert listing.names == {("toy", maker): "سازنده"}
    assert not listing.neighbours.next
    assert not listing.choices
    listing = await office.records.listing(Query(entity=office.toy), EVERYBODY, "fa", set(), [office.toy])
    assert listing.choices == {"toy": [(maker, "سازنده"), (number, "قطار")]}
    await office.close()


async def test_own_team_and_all_are_what_a_user_sees(tmp_path):
    """The same records, seen by three; what may not be seen does not exist."""
    office = await ToyOffice.open(tmp_path)
    from crm.tables import account

    await office.database.write(
        lambda connection: connection.execute(
            insert(account),
            [
                {"username": name, "name": name, "role": "agent", "password_hash": "", "password_changed_at": 0, "created_at": 0}
                for name in ("ali", "sara", "reza")
            ],
        )
    )
    await office.make(name="a", expert="ali")
    await office.make(name="b", expert="sara")
    await office.make(name="c", experts=["ali", "reza"])
    mine = viewer("ali", "own")
    ours = viewer("ali", "team", team=("ali", "sara"))
    assert await names(office, who=mine) == ["a", "c"]
    assert await names(office, who=ours) == ["a", "b", "c"]
    assert await names(office, who=viewer("ali", "none", view="all")) == ["a", "b", "c"]
    with pytest.raises(NoRight):
        await names(office, who=viewer("ali", "none"))
    with pytest.raises(NoSuchRecord):
        await office.records.get(office.toy, 2, mine)
    with pytest.raises(NoRight):
        await office.records.change(office.toy, 2, {"price": 3}, viewer("ali", "all", edit="own"))
    with pytest.raises(NoRight):
        await office.records.change(office.toy, 1, {"expert": "sara"}, viewer("ali", "all", set_expert="none"))
    own = await office.records.create(office.toy, {"name": "d"}, mine)
    assert await names(office, who=mine) == ["a", "c", "d"]
    await office.records.change(office.toy, own, {"price": 4}, mine)
    await office.close()


async def test_a_value_that_another_record_has_is_refused_and_a_hidden_record_is_not_named(tmp_path):
    office = await ToyOffice.open(tmp_path)
    theirs, sara = await office.make(code="T-1"), viewer("sara", "own")
    hers = await office.make(sara, code="T-2")

    async def told(work):
        with pytest.raises(RecordInvalid) as refused:
            await work
        return str(refused.value.problems["code"]).partition("another record")[2]

    for who, names in ((EVERYBODY, f" ({theirs})."), (sara, ".")):
        assert await told(office.make(who, code="T-1")) == names
        assert await told(office.records.change(office.toy, hers, {"code": "T-1"}, who)) == names
    await office.records.change(office.toy, hers, {"code": "T-2", "name": "x"}, sara)
    await office.close()


async def test_confidential_fields_are_not_there_for_those_below_their_level(tmp_path):
    """Neither seen, nor filtered, nor sorted, nor changed, nor read in the history."""
    from crm.expression import ExpressionRefused

    office = await ToyOffice.open(tmp_path)
    number = await office.make(cost=7)
    low = viewer("ali")
    assert "cost" not in (await office.records.get(office.toy, number, low)).values
    assert (await office.records.get(office.toy, number, viewer("x", field_level=1))).values["cost"] == 7
    for more in ({"where": "cost:7"}, {"sort": (("cost", False),)}):
        with pytest.raises(ExpressionRefused):
            await names(office, who=low, **more)
    await office.records.change(office.toy, number, {"cost": 9, "price": 1}, low)
    assert (await office.records.get(office.toy, number, EVERYBODY)).values["cost"] == 7
    assert all("cost" not in row["changes"] for row in await office.records.history(office.toy, number, low))
    await office.close()


async def test_a_field_of_ones_own_works_from_the_first_minute(tmp_path):
    """Saved, shown, filtered, sorted and kept in history without a restart; old records simply have none."""
    office = await ToyOffice.open(tmp_path)
    old = await office.make(name="old")
    rows = [
        {"entity": "toy", "name": "shoe", "kind": "number", "label_fa": "شماره کفش", "flags": {"listed": True}},
        {
            "entity": "toy",
            "name": "moods",
            "kind": "multi_choice",
            "label_fa": "حال",
            "options": {"choices": [{"code": "good", "title": "Good"}]},
        },
        {"entity": "toy", "name": "born", "kind": "date", "label_fa": "تولد"},
    ]
    await office.database.write(
        lambda connection: connection.execute(insert(custom_field), [{"options": {}, "flags": {}, **row} for row in rows])
    )
    await office.catalogue.load()
    new = await office.make(name="new", shoe="۴۲", moods="good", born="1404/01/01")
    assert (await office.records.get(office.toy, new, EVERYBODY)).values["shoe"] == 42
    assert (await office.records.get(office.toy, old, EVERYBODY)).values["shoe"] is None
    for where in ("shoe:42", "shoe:>:40", "moods:has:good", "born:2025-03-21", "shoe:filled"):
        assert await names(office, where) == ["new"], where
    assert await names(office, sort=(("shoe", True),)) == ["new", "old"]
    await office.records.change(office.toy, new, {"shoe": 43}, EVERYBODY)
    assert (await office.records.history(office.toy, new, EVERYBODY))[0]["changes"] == {"shoe": [42, 43]}
    await office.close()
