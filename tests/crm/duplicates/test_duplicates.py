"""The same thing twice is noticed, found, made one with all that points to it, and made two again."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from config.clock import FakeClock
from config.database import Database
from crm.access import SYSTEM, NoRight
from crm.catalogue import Catalogue
from crm.duplicates.batch import DuplicateSearch, groups
from crm.duplicates.duplicates import Duplicates
from crm.duplicates.merging import UNDO_SECONDS, MergeRefused, UndoRefused
from crm.duplicates.rules import rules_of
from crm.duplicates.tables import merge
from crm.query import Query
from crm.record_saving import NoSuchRecord, RecordChanged
from crm.record_tables import record_link
from crm.records import Records
from switchboard.bus import Bus
from tests.crm.toys import EVERYBODY, ToyOffice, viewer


class Doubles(ToyOffice):
    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.duplicates = Duplicates(database, self.bus, self.clock, self.records)
        self.search = DuplicateSearch(database, self.clock, self.catalogue)

    async def values(self, number, who=EVERYBODY):
        return (await self.records.get(self.toy, number, who)).values


async def test_the_same_thing_is_noticed_while_it_is_typed(tmp_path):
    """By code, or by name and maker however the name is spelled; a hidden record is told of without its name."""
    office = await Doubles.open(tmp_path)
    maker = await office.make(name="maker")
    known = await office.make(name="قطار آبي", code="T-1", maker=maker)
    (found,) = await office.duplicates.similar(office.toy, {"code": "T-1", "price": "nonsense"}, EVERYBODY)
    assert (found.id, found.title, [rule.name for rule in found.rules]) == (known, "قطار آبی", ["code"])
    (found,) = await office.duplicates.similar(office.toy, {"name": "قطارِ ابی", "maker": maker}, EVERYBODY)
    assert [rule.name for rule in found.rules] == ["name+maker"]
    (found,) = await office.duplicates.similar(office.toy, {"code": "T-1"}, viewer("reza", "own"))
    assert not found.visible
    assert await office.duplicates.similar(office.toy, {"code": "T-1"}, EVERYBODY, record_id=known) == []
    assert await office.duplicates.similar(office.toy, {"name": "قطار"}, EVERYBODY) == []
    await office.close()


async def test_everything_that_points_to_it_follows_and_comes_back(tmp_path):
    """Fields, rows, links, references of others: united by the merge, as before after undoing it."""
    office = await Doubles.open(tmp_path)
    friend = await office.make(name="friend")
    master = await office.make(name="a", price=1, parts=[{"what": "wheel"}], friends=[friend], tags="red")
    other = await office.make(
        name="b", code="B", story="long", price=2, parts=[{"what": "wheel"}, {"what": "door"}], friends=[friend, master], tags="big", cost=9
    )
    user = await office.make(name="user", maker=other, friends=[other, master], about=f"toy:{other}")
    before = [await office.values(number) for number in (master, other, user)]
    (merged,) = await office.duplicates.merge(office.toy, master, [other], {"price": "other"}, EVERYBODY)
    values = await office.values(master)
    assert {name: values[name] for name in ("name", "price", "story", "code", "cost", "tags", "friends")} == {
        "name": "a", "price": 2, "story": "long", "code": "B", "cost": 9, "tags": ["red", "big"], "friends": [friend],
    }  # fmt: skip
    assert [row["what"] for row in values["parts"]] == ["wheel", "door"]
    pointing = await office.values(user)
    assert (pointing["maker"], pointing["friends"], pointing["about"]) == (master, [master], f"toy:{master}")
    assert await office.duplicates.led_to(office.toy, other) == master
    assert await office.records.count(Query(entity=office.toy), EVERYBODY) == 3
    assert (await office.records.history(office.toy, master, EVERYBODY))[0]["act"] == "merged"
    assert await office.duplicates.undo(office.toy, merged, EVERYBODY) == (master, other)
    moving = {"version", "updated_at", "updated_by"}
    for number, old in zip((master, other, user), before, strict=True):
        now = await office.values(number)
        assert {name: _plain(value) for name, value in now.items() if name not in moving} == {
            name: _plain(value) for name, value in old.items() if name not in moving
        }
    with pytest.raises(UndoRefused):
        await office.duplicates.undo(office.toy, merged, EVERYBODY)
    assert await office.duplicates.led_to(office.toy, other) == 0
    await office.close()


def _plain(value):
    return [{**row, "id": 0} if isinstance(row, dict) else row for row in value] if isinstance(value, list) else value


async def test_what_was_changed_after_the_merge_is_kept_when_it_is_undone(tmp_path):
    office = await Doubles.open(tmp_path)
    master, other = await office.make(name="a"), await office.make(name="b", story="x", price=4)
    (merged,) = await office.duplicates.merge(office.toy, master, [other], {}, EVERYBODY)
    await office.records.change(office.toy, master, {"story": "mine"}, EVERYBODY)
    await office.duplicates.undo(office.toy, merged, EVERYBODY)
    values = await office.values(master)
    assert (values["story"], values["price"]) == ("mine", None)
    await office.close()


async def test_what_cannot_be_merged_is_refused_and_nothing_is_half_done(tmp_path):
    office = await Doubles.open(tmp_path)
    first, second = await office.make(name="a", price=1), await office.make(name="b")
    with pytest.raises(MergeRefused):
        await office.duplicates.merge(office.toy, first, [first], {}, EVERYBODY)
    with pytest.raises(NoSuchRecord):
        await office.duplicates.merge(office.toy, first, [second, 99], {}, EVERYBODY)
    with pytest.raises(RecordChanged):
        await office.duplicates.merge(office.toy, first, [second], {}, EVERYBODY, versions={first: 1, second: 7})
    with pytest.raises(NoRight):
        await office.duplicates.merge(office.toy, first, [second], {}, viewer("reza", "all", delete="none"))
    assert await office.records.count(Query(entity=office.toy), EVERYBODY) == 2
    (merged,) = await office.duplicates.merge(office.toy, first, [second], {}, EVERYBODY)
    office.clock.advance(UNDO_SECONDS + 1)
    with pytest.raises(UndoRefused):
        await office.duplicates.undo(office.toy, merged, EVERYBODY)
    await office.close()


async def test_what_undoing_needs_is_kept_as_long_as_it_can_be_undone(tmp_path):
    """Thirty days later nothing of the other's old values is left in the merge; its address still leads on."""
    office = await Doubles.open(tmp_path)
    first, second, third, fourth = [await office.make(name=name, story="secret") for name in ("a", "b", "c", "d")]
    await office.duplicates.merge(office.toy, first, [second], {}, EVERYBODY)
    (undone,) = await office.duplicates.merge(office.toy, first, [third], {}, EVERYBODY)
    await office.duplicates.undo(office.toy, undone, EVERYBODY)
    office.clock.advance(UNDO_SECONDS + 1)
    await office.duplicates.merge(office.toy, first, [fourth], {}, EVERYBODY)
    rows = await office.database.read(lambda connection: connection.execute(select(merge.c.other_id, merge.c.snapshot)).all())
    assert [(other, bool(snapshot)) for other, snapshot in rows] == [(second, False), (fourth, True)]
    assert await office.duplicates.led_to(office.toy, second) == first
    await office.close()


async def test_two_relatives_that_were_one_are_not_related_to_themselves(tmp_path):
    office = await Doubles.open(tmp_path)
    first = await office.make(name="a")
    second = await office.make(name="b", friends=[first], maker=first)
    (merged,) = await office.duplicates.merge(office.toy, first, [second], {}, EVERYBODY)
    links = await office.database.read(lambda connection: connection.execute(select(record_link)).all())
    assert links == []
    await office.duplicates.undo(office.toy, merged, EVERYBODY)
    assert (await office.values(second))["friends"] == [first]
    await office.close()


async def test_the_search_over_all_finds_groups_and_remembers_what_is_none(tmp_path):
    """Progress is kept; settled groups are gone; a pair that is none is not found again."""
    office = await Doubles.open(tmp_path)
    maker = await office.make(name="maker")
    numbers = [await office.make(name="علي رضايي", maker=maker) for _ in range(3)]
    await office.make(name="علی رضایی")
    run = await office.search.start("toy", "admin")
    while (await office.duplicates.runs(office.toy))[0]["state"] == "running":
        await office.search._tasks.settled()
    (state,) = await office.duplicates.runs(office.toy)
    assert (state["state"], state["done"], state["steps"], state["found"]) == ("done", 2, 2, 1)
    (group,) = await office.duplicates.groups(run)
    assert (group["reason"], group["records"]) == ("name+maker", numbers)
    await office.duplicates.not_the_same(office.toy, numbers, EVERYBODY)
    assert await office.duplicates.groups(run) == []
    await office.search.start("toy", "admin")
    await office.search._tasks.settled()
    assert (await office.duplicates.runs(office.toy))[0]["found"] == 0
    await office.search.stop()
    await office.close()


class Parties:
    """Customers with their numbers."""

    def __init__(self, database):
        self.database, self.clock = database, FakeClock()
        self.catalogue = Catalogue(database)
        self.records = Records(database, Bus(), self.clock, self.catalogue)
        self.duplicates = Duplicates(database, Bus(), self.clock, self.records)

    @classmethod
    async def open(cls, folder):
        office = cls(await Database.temporary(folder))
        await office.catalogue.load()
        return office

    @property
    def party(self):
        return self.catalogue["party"]

    async def add(self, means, raw, **values):
        return await self.records.create(self.party, {**values, "channels": [{"kind": means, "raw": raw}]}, SYSTEM)

    async def found(self):
        """The groups of the search over all by number."""
        rule = next(one for one in rules_of(self.party) if one.name == "channels.number")
        return await self.database.read(lambda connection: groups(connection, self.party, rule))

    async def noticed(self, means, raw, **values):
        """Whom the form warns of."""
        found = await self.duplicates.similar(self.party, {**values, "channels": [{"kind": means, "raw": raw}]}, EVERYBODY)
        return sorted(one.id for one in found)


async def test_a_person_and_their_company_are_not_the_same(tmp_path):
    """They share a telephone; only records of one sort are put together, and the reason is what people know it by."""
    office = await Parties.open(tmp_path)
    for values in ({"kind": "company", "name": "شرکت آریا"}, {"last_name": "احمدی"}, {"last_name": "احمدي"}):
        await office.add("phone", "021-88776655", **values)
    assert await office.found() == [("+982188776655", (2, 3))]
    assert next(one for one in rules_of(office.party) if one.name == "channels.number").word("fa") == office.party.field("channels").word(
        "fa"
    )
    await office.database.close()


async def test_colleagues_who_share_the_office_s_telephone_are_not_the_same(tmp_path):
    """Same mobile, other name: maybe. Same telephone or fax, same family name however it is written: maybe. Same telephone, other names: no."""
    office = await Parties.open(tmp_path)
    ali = await office.add("phone", "021-88776655", first_name="علی", last_name="علی‌نژاد")
    sara = await office.add("phone", "021-88776655", first_name="سارا", last_name="کریمی")
    assert await office.found() == []
    assert await office.noticed("phone", "88776655", last_name="رضایی") == []
    assert await office.noticed("phone", "88776655", last_name="كريمي") == [sara]
    again = await office.add("fax", "021-88776655", first_name="ع.", last_name="علينژاد")
    assert await office.found() == [("+982188776655", (ali, again))]
    first = await office.add("mobile", "09121234567", last_name="رضایی")
    second = await office.add("mobile", "0912 123 4567", last_name="مرادی")
    assert sorted(await office.found()) == sorted([("+982188776655", (ali, again)), ("+989121234567", (first, second))])
    assert await office.noticed("mobile", "+98 912 123 4567", last_name="احمدی") == [first, second]
    await office.database.close()


async def test_two_companies_on_one_telephone_may_be_the_same(tmp_path):
    """They have no family name that tells them apart."""
    office = await Parties.open(tmp_path)
    numbers = [await office.add("phone", "021-88776655", kind="company", name=name) for name in ("آریا صنعت", "صنایع آریا")]
    assert await office.found() == [("+982188776655", tuple(numbers))]
    assert await office.noticed("phone", "021-88776655", kind="company", name="آریا") == numbers
    assert await office.noticed("phone", "021-88776655", last_name="احمدی") == []
    await office.database.close()
