"""Persons and companies are saved whole, found again, and never lost to somebody else's edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from crm.entities.records.party_rules import NameMissing, RelatedToItself
from crm.fields.kind import ValueRefused
from crm.record_draft import RecordInvalid
from crm.record_saving import NoSuchRecord, RecordChanged
from crm.record_tables import record_choice
from crm.tables import channel, party, relation, search_token
from switchboard.errors import NumberUnreadable
from switchboard.events import RecordSaved
from tests.crm.company import Company, everybody, opened

MARYAM: dict[str, Any] = {
    "first_name": "مریم", "last_name": "احمدی", "prefix": "خانم", "roles": ["customer", "marketer"], "phones": ["۰۹۱۲ ۱۲۳ ۴۵ ۶۷", "021-88776655 داخلی 12"],
    "company": "شرکت آریا صنعت", "title": "مدیر خرید",
}  # fmt: skip


async def values(it: Company, number: int) -> dict[str, Any]:
    return (await it.records.get(it.records.catalogue["party"], number, everybody("reza"))).values


async def change(it: Company, number: int, **raw: Any) -> Any:
    return await it.records.change(it.records.catalogue["party"], number, raw, everybody("reza"))


async def test_a_person_is_saved_with_numbers_roles_and_company(tmp_path: Path) -> None:
    """One line makes the person, their numbers, their roles, and the company if it is new."""
    async with opened(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        row = await it.rows(lambda c: c.execute(select(party).where(party.c.id == number)).mappings().one())
        assert (row["name"], row["code"], row["created_by"], row["version"]) == ("مریم احمدی", str(1000 + number), "reza", 1)
        c = channel.c
        kept = await it.rows(lambda connection: connection.execute(select(c.number, c.extension, c.kind, c.tail, c.raw)).all())
        assert [tuple(one) for one in kept] == [
            ("+989121234567", "", "mobile", "21234567", "۰۹۱۲ ۱۲۳ ۴۵ ۶۷"),
            ("+982188776655", "12", "phone", "88776655", "021-88776655 داخلی 12"),
        ]
        assert set(await it.rows(lambda c: c.execute(select(record_choice.c.code)).scalars().all())) == {"customer", "marketer"}
        post = await it.rows(
            lambda c: c.execute(select(relation.c.title, party.c.name, party.c.kind).join(party, party.c.id == relation.c.other)).one()
        )
        assert tuple(post) == ("مدیر خرید", "شرکت آریا صنعت", "company")
        assert [(event.record, event.act, event.user) for event in it.told_of(RecordSaved)] == [
            (number - 1, "created", "reza"),
            (number, "created", "reza"),
        ]


async def test_a_known_company_is_found_however_it_is_spelled(tmp_path: Path) -> None:
    """A colleague with the company's name typed with Arabic letters joins the same company."""
    async with opened(tmp_path) as it:
        company = await it.company("شرکت یکتا")
        person = await it.parties.create({**MARYAM, "company": "شركت  يكتا"}, "reza")
        joined = await it.rows(lambda c: c.execute(select(relation.c.other).where(relation.c.party_id == person)).scalar())
        assert joined == company


async def test_a_new_post_ends_the_old_one(tmp_path: Path) -> None:
    """When somebody changes company the old post stays in the history with its end."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(MARYAM, "reza")
        it.clock.advance(3 * 86400)
        await it.parties.change(person, {"company": "پارس نیرو", "title": "مدیر عامل"}, 1, "sara")
        posts = await it.rows(lambda c: c.execute(select(relation.c.title, relation.c.until).order_by(relation.c.id)).all())
        assert [(post.title, post.until == "") for post in posts] == [("مدیر خرید", False), ("مدیر عامل", True)]
        await it.parties.change(person, {"company": "پارس نیرو", "title": "رئیس"}, 2, "sara")
        assert len(await it.rows(lambda c: c.execute(select(relation.c.id)).all())) == 2


async def test_two_people_saving_one_record_lose_neither_edit(tmp_path: Path) -> None:
    """The second save of the same version is refused and changes nothing."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(MARYAM, "reza")
        await it.parties.change(person, {"city": "تهران"}, 1, "reza")
        with pytest.raises(RecordChanged):
            await it.parties.change(person, {"city": "شیراز", "phones": []}, 1, "sara")
        row = await it.rows(lambda c: c.execute(select(party.c.city, party.c.version).where(party.c.id == person)).one())
        assert tuple(row) == ("تهران", 2)
        assert len(await it.rows(lambda c: c.execute(select(channel.c.id)).all())) == 2


async def test_a_number_is_added_once(tmp_path: Path) -> None:
    """Adding the caller's number to a customer twice keeps one."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(MARYAM, "reza")
        await it.parties.add_number(person, "0935 111 2233", "reza")
        await it.parties.add_number(person, "+989351112233", "reza")
        numbers = await it.rows(lambda c: c.execute(select(channel.c.number).order_by(channel.c.position)).scalars().all())
        assert numbers == ["+989121234567", "+982188776655", "+989351112233"]
        assert len(it.told_of(RecordSaved)) == 3
        with pytest.raises(NumberUnreadable):
            await it.parties.add_number(person, "not a number", "reza")


async def test_a_deleted_record_is_not_found_but_can_be_restored(tmp_path: Path) -> None:
    """Deleting hides; restoring brings everything back."""
    async with opened(tmp_path) as it:
        person = await it.parties.create({**MARYAM, "company": ""}, "reza")
        await it.parties.delete(person, "sara")
        assert await it.rows(lambda c: c.execute(select(search_token.c.token)).all()) == []
        for verb in (
            it.parties.delete(person, "sara"),
            it.parties.add_number(person, "110", "sara"),
            it.parties.change(person, MARYAM, 2, "sara"),
        ):
            with pytest.raises(NoSuchRecord):
                await verb
        await it.parties.delete(person, "sara", restore=True)
        assert await it.rows(lambda c: c.execute(select(search_token.c.token)).all()) != []
        with pytest.raises(NoSuchRecord):
            await it.parties.delete(999, "sara")


@pytest.mark.parametrize(
    ("line", "field", "kind"),
    [
        ({}, "last_name", NameMissing),
        ({"kind": "company", "name": "  "}, "name", NameMissing),
        ({"last_name": "x" * 201}, "last_name", ValueRefused),
        ({"last_name": "x", "kind": "robot"}, "kind", ValueRefused),
        ({"last_name": "x", "status": "king"}, "status", ValueRefused),
        ({"last_name": "x", "roles": ["customer", "wizard"]}, "roles", ValueRefused),
        ({"last_name": "x", "email": "maryam at example"}, "channels.0.raw", ValueRefused),
        ({"last_name": "x", "email": "a@b\r\nBcc: x"}, "channels.0.raw", ValueRefused),
        ({"last_name": "x", "phones": ["09121234567", "سلام"]}, "channels.1.raw", NumberUnreadable),
        ({"last_name": "x", "phones": [{"raw": "110", "label": "moon"}]}, "channels.0.label", ValueRefused),
        ({"last_name": "x", "phones": ["09121234567"] * 61}, "channels", ValueRefused),
        ({"last_name": "x", "birth": "32/13/99"}, "birth", ValueRefused),
    ],
)  # fmt: skip
async def test_what_cannot_be_saved_is_refused_at_its_field(tmp_path: Path, line: dict[str, Any], field: str, kind: type) -> None:
    """The refusal names the field and nothing is saved."""
    async with opened(tmp_path) as it:
        with pytest.raises(RecordInvalid) as refusal:
            await it.parties.create(line, "reza")
        assert isinstance(refusal.value.problems[field], kind)
        assert refusal.value.text("fa")
        assert await it.rows(lambda c: c.execute(select(party.c.id)).all()) == []


async def test_channels_of_every_kind_are_understood(tmp_path: Path) -> None:
    """Numbers, addresses and names in messengers in any shape; the main one first; the same one only once."""
    async with opened(tmp_path) as it:
        number = await it.parties.create({"last_name": "x"}, "reza")
        rows = [
            {"raw": "88776655", "city_code": "031"}, {"raw": "030 1234567", "country_code": "49"}, {"raw": "A.B@Example.com"}, {"raw": "www.example.com"},
            {"raw": "https://t.me/Maryam_A", "kind": "telegram"}, {"raw": "0912 123 4567", "main": True}, {"raw": "+989121234567"}, {"raw": "0912-1234567 داخلی 3"},
            {"raw": ""},
        ]  # fmt: skip
        await change(it, number, channels=rows)
        kept = (await values(it, number))["channels"]
        assert [(row["kind"], row["number"], row["extension"], row["main"]) for row in kept] == [
            ("mobile", "+989121234567", None, True), ("phone", "+983188776655", None, False), ("phone", "+49301234567", None, False),
            ("email", "a.b@example.com", None, False), ("web", "https://www.example.com", None, False), ("telegram", "@maryam_a", None, False),
            ("mobile", "+989121234567", "3", False),
        ]  # fmt: skip


async def test_the_rating_of_today_colours_the_record(tmp_path: Path) -> None:
    """Of dated ratings the one that holds counts; without one the record has no colour of its own."""
    async with opened(tmp_path) as it:
        number = await it.parties.create({"last_name": "x"}, "reza")
        it.clock.advance(1_795_000_000 - it.clock.now())
        rows = [{"grade": "e", "until": "2020-01-01"}, {"grade": "b", "since": "2021-01-01"}, {"grade": "a", "since": "2199-01-01"}]
        await change(it, number, ratings=rows)
        found = await values(it, number)
        assert found["grade"] == "b"
        assert it.records.catalogue["party"].colour_of(found) == "#2f6fb0"
        assert it.records.catalogue["party"].colour_of({**found, "colour": "#123456"}) == "#123456"
        await change(it, number, ratings=[])
        assert (await values(it, number))["grade"] is None


async def test_groups_place_and_city_follow(tmp_path: Path) -> None:
    """The first group is the main one; the first address gives city and point; a branch of groups is found with all below it."""
    async with opened(tmp_path) as it:
        groups = it.records.catalogue["party_group"]
        top = await it.records.create(groups, {"name": "مشتریان"}, everybody("reza"))
        gold = await it.records.create(groups, {"name": "طلایی", "parent": top}, everybody("reza"))
        number = await it.parties.create({"last_name": "x", "city": "یزد"}, "reza")
        point = {"street": "کارخانه", "kind": "factory", "point": "31.9,54.3"}
        await change(it, number, groups=[gold, top], addresses=[{"city": "یزد", "kind": "office"}, point])
        found = await values(it, number)
        assert (found["group_id"], found["city"], found["point"]) == (gold, "یزد", "31.90000,54.30000")
        with pytest.raises(RecordInvalid):
            await it.records.change(groups, top, {"parent": gold}, everybody("reza"))


async def test_relations_point_to_others_that_are_there(tmp_path: Path) -> None:
    """Nobody is related to himself or to a record that never was; who worked at a renamed company is found by its new name."""
    async with opened(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        with pytest.raises(RelatedToItself):
            await change(it, number, relations=[{"kind": "family", "other": number}])
        with pytest.raises(RecordInvalid) as refused:
            await change(it, number, relations=[{"kind": "family", "other": 999}])
        assert list(refused.value.problems) == ["relations.0.other"]
        await change(it, number - 1, name="سپهر نوین")
        found = await it.rows(lambda c: c.execute(select(search_token.c.record_id).where(search_token.c.token == "سپهر")).scalars().all())
        assert sorted(found) == [number - 1, number]


async def test_a_code_is_given_and_may_be_changed(tmp_path: Path) -> None:
    """Codes follow the place; a code that somebody has is refused to others, and passed over when codes are given."""
    async with opened(tmp_path) as it:
        first = await it.parties.create({"last_name": "x", "code": "1002"}, "reza")
        second = await it.parties.create({"last_name": "y"}, "reza")
        assert ((await values(it, first))["code"], (await values(it, second))["code"]) == ("1002", "1002-1")
        with pytest.raises(RecordInvalid) as refused:
            await change(it, second, code="1002")
        assert list(refused.value.problems) == ["code"]
