"""Persons and companies are saved whole, found again, and never lost to somebody else's edit."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve
from sqlalchemy import select

from crm.draft import Draft, DraftInvalid, EmailUnreadable, NameMissing, PhoneDraft, TextTooLong, TooManyNumbers, UnknownChoice
from crm.parties import ChangedMeanwhile, NoSuchParty
from crm.tables import party, party_phone, party_role, relation, search_token
from switchboard.errors import NumberUnreadable
from switchboard.events import PartySaved
from tests.crm.company import opened, phones

MARYAM = Draft(
    first_name="مریم", last_name="احمدی", prefix="خانم", roles=("customer", "marketer"), phones=phones("۰۹۱۲ ۱۲۳ ۴۵ ۶۷", "021-88776655 داخلی 12"),
    employer_name="شرکت آریا صنعت", title="مدیر خرید",
)  # fmt: skip


async def test_a_person_is_saved_with_numbers_roles_and_company(tmp_path: Path) -> None:
    """One form makes the person, their numbers, their roles, and the company if it is new."""
    async with opened(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        row = await it.rows(lambda c: c.execute(select(party).where(party.c.id == number)).mappings().one())
        assert (row["name"], row["code"], row["created_by"], row["version"]) == ("مریم احمدی", str(1000 + number), "reza", 1)
        kept = await it.rows(
            lambda c: c.execute(
                select(party_phone.c.number, party_phone.c.extension, party_phone.c.kind, party_phone.c.tail, party_phone.c.raw)
            ).all()
        )
        assert [tuple(one) for one in kept] == [
            ("+989121234567", "", "mobile", "21234567", "۰۹۱۲ ۱۲۳ ۴۵ ۶۷"),
            ("+982188776655", "12", "phone", "88776655", "021-88776655 داخلی 12"),
        ]
        assert set(await it.rows(lambda c: c.execute(select(party_role.c.role)).scalars().all())) == {"customer", "marketer"}
        post = await it.rows(
            lambda c: c.execute(select(relation.c.title, party.c.name, party.c.kind).join(party, party.c.id == relation.c.to_id)).one()
        )
        assert tuple(post) == ("مدیر خرید", "شرکت آریا صنعت", "company")
        assert [(event.party, event.user) for event in it.told_of(PartySaved)] == [(number, "reza")]


async def test_a_known_company_is_found_however_it_is_spelled(tmp_path: Path) -> None:
    """A colleague with the company's name typed with Arabic letters joins the same company."""
    async with opened(tmp_path) as it:
        company = await it.company("شرکت یکتا")
        person = await it.parties.create(evolve(MARYAM, employer_name="شركت  يكتا"), "reza")
        joined = await it.rows(lambda c: c.execute(select(relation.c.to_id).where(relation.c.from_id == person)).scalar())
        assert joined == company


async def test_a_new_post_ends_the_old_one(tmp_path: Path) -> None:
    """When somebody changes company the old post stays in the history with its end."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(MARYAM, "reza")
        it.clock.advance(60)
        await it.parties.change(person, evolve(MARYAM, employer_name="پارس نیرو", title="مدیر عامل"), 1, "sara")
        posts = await it.rows(lambda c: c.execute(select(relation.c.title, relation.c.until).order_by(relation.c.id)).all())
        assert [(post.title, post.until is None) for post in posts] == [("مدیر خرید", False), ("مدیر عامل", True)]
        await it.parties.change(person, evolve(MARYAM, employer_name="پارس نیرو", title="رئیس"), 2, "sara")
        assert len(await it.rows(lambda c: c.execute(select(relation.c.id)).all())) == 2


async def test_two_people_saving_one_record_lose_neither_edit(tmp_path: Path) -> None:
    """The second save of the same version is refused and changes nothing."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(MARYAM, "reza")
        await it.parties.change(person, evolve(MARYAM, city="تهران"), 1, "reza")
        with pytest.raises(ChangedMeanwhile):
            await it.parties.change(person, evolve(MARYAM, city="شیراز", phones=()), 1, "sara")
        row = await it.rows(lambda c: c.execute(select(party.c.city, party.c.version).where(party.c.id == person)).one())
        assert tuple(row) == ("تهران", 2)
        assert len(await it.rows(lambda c: c.execute(select(party_phone.c.id)).all())) == 2


async def test_a_number_is_added_once(tmp_path: Path) -> None:
    """Adding the caller's number to a customer twice keeps one."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(MARYAM, "reza")
        await it.parties.add_number(person, "0935 111 2233", "reza")
        await it.parties.add_number(person, "+989351112233", "reza")
        numbers = await it.rows(lambda c: c.execute(select(party_phone.c.number).order_by(party_phone.c.position)).scalars().all())
        assert numbers == ["+989121234567", "+982188776655", "+989351112233"]
        assert len(it.told_of(PartySaved)) == 2
        with pytest.raises(NumberUnreadable):
            await it.parties.add_number(person, "not a number", "reza")


async def test_a_deleted_record_is_not_found_but_can_be_restored(tmp_path: Path) -> None:
    """Deleting hides; restoring brings everything back."""
    async with opened(tmp_path) as it:
        person = await it.parties.create(evolve(MARYAM, employer_name=""), "reza")
        await it.parties.delete(person, "nader")
        assert await it.rows(lambda c: c.execute(select(search_token.c.token)).all()) == []
        for verb in (
            it.parties.delete(person, "nader"),
            it.parties.add_number(person, "110", "nader"),
            it.parties.change(person, MARYAM, 2, "nader"),
        ):
            with pytest.raises(NoSuchParty):
                await verb
        await it.parties.delete(person, "nader", restore=True)
        assert await it.rows(lambda c: c.execute(select(search_token.c.token)).all()) != []
        with pytest.raises(NoSuchParty):
            await it.parties.delete(999, "nader")


@pytest.mark.parametrize(
    ("draft", "field", "kind"),
    [
        (Draft(), "last_name", NameMissing),
        (Draft(kind="company", name="  "), "name", NameMissing),
        (Draft(last_name="x" * 201), "last_name", TextTooLong),
        (Draft(last_name="x", kind="robot"), "kind", UnknownChoice),
        (Draft(last_name="x", status="king"), "status", UnknownChoice),
        (Draft(last_name="x", roles=("customer", "wizard")), "roles", UnknownChoice),
        (Draft(last_name="x", email="maryam at example"), "email", EmailUnreadable),
        (Draft(last_name="x", email="a@b\r\nBcc: x"), "email", EmailUnreadable),
        (Draft(last_name="x", phones=phones("09121234567", "سلام")), "phones.1", NumberUnreadable),
        (Draft(last_name="x", phones=(PhoneDraft(text="110", label="moon"),)), "phones.0", UnknownChoice),
        (Draft(last_name="x", phones=phones(*["09121234567"] * 31)), "phones", TooManyNumbers),
    ],
)  # fmt: skip
async def test_what_cannot_be_saved_is_refused_at_its_field(tmp_path: Path, draft: Draft, field: str, kind: type) -> None:
    """The refusal names the field and nothing is saved."""
    async with opened(tmp_path) as it:
        with pytest.raises(DraftInvalid) as refusal:
            await it.parties.create(draft, "reza")
        assert isinstance(refusal.value.problems[field], kind)
        assert refusal.value.text("fa")
        assert await it.rows(lambda c: c.execute(select(party.c.id)).all()) == []


async def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    """Nobody has to save three times to learn of three mistakes."""
    async with opened(tmp_path) as it:
        with pytest.raises(DraftInvalid) as refusal:
            await it.parties.create(Draft(email="x", phones=phones("?")), "reza")
        assert set(refusal.value.problems) == {"last_name", "email", "phones.0"}
