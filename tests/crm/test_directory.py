"""The phone book is in the order people look for, and one record holds together all that belongs to it."""

from __future__ import annotations

from pathlib import Path

from crm.directory import Directory, line_of
from tests.crm.company import Company, everybody, opened


async def filled(it: Company) -> Directory:
    gold = await it.records.create(it.records.catalogue["party_group"], {"name": "طلایی", "colour": "#ccaa00"}, everybody("r"))
    create = it.parties.create
    company = await create({"kind": "company", "name": "پارس نیرو", "phones": ["02188776655"], "group": gold}, "r")
    numbers = ["09121234567", "02188776655 داخلی 12"]
    await create({"first_name": "مریم", "last_name": "گلزار", "employer": company, "title": "مدیر خرید", "phones": numbers}, "r")
    await create({"first_name": "رضا", "last_name": "احمدی", "expert": "reza", "roles": "supplier", "group": gold}, "r")
    await create({"first_name": "زهرا", "last_name": "کاظمی"}, "r")
    return Directory(it.database)


async def test_the_phone_book_is_in_persian_order(tmp_path: Path) -> None:
    """Last names sort by the Persian alphabet, گ after ک; pages leave nothing out."""
    async with opened(tmp_path) as it:
        book = await filled(it)
        listing = await book.listing()
        assert [one["name"] for one in listing.items] == ["رضا احمدی", "پارس نیرو", "زهرا کاظمی", "مریم گلزار"]
        assert (listing.total, listing.pages) == (4, 1)
        second = await book.listing(page=2, per=3)
        assert ([one["name"] for one in second.items], second.pages) == (["مریم گلزار"], 2)
        assert (await book.listing(page=99, per=3)).items == []


async def test_the_phone_book_is_narrowed(tmp_path: Path) -> None:
    """By kind, group, role, expert and by what is typed."""
    async with opened(tmp_path) as it:
        book = await filled(it)
        for asked, names in (
            ({"kind": "company"}, ["پارس نیرو"]),
            ({"group": 1}, ["رضا احمدی", "پارس نیرو"]),
            ({"role": "supplier"}, ["رضا احمدی"]),
            ({"expert": "reza"}, ["رضا احمدی"]),
            ({"q": "پارس"}, ["پارس نیرو", "مریم گلزار"]),
            ({"q": "پارس", "kind": "person"}, ["مریم گلزار"]),
            ({"q": "0912"}, ["مریم گلزار"]),
            ({"q": "?"}, []),
            ({"q": "هیچ‌کس"}, []),
        ):
            listing = await book.listing(**asked)
            assert ([one["name"] for one in listing.items], listing.total) == (names, len(names)), asked


async def test_a_line_of_the_phone_book_has_every_number(tmp_path: Path) -> None:
    """Mobile, work and extension at a glance."""
    async with opened(tmp_path) as it:
        book = await filled(it)
        (line,) = (await book.listing(q="گلزار")).items
        assert [(one["number"], one["kind"], one["extension"]) for one in line["numbers"]] == [
            ("+989121234567", "mobile", ""),
            ("+982188776655", "phone", "12"),
        ]
        assert (line["title"], line["company"]["name"]) == ("مدیر خرید", "پارس نیرو")
        assert [group["name"] for group in await book.groups()] == ["طلایی"]


async def test_a_record_holds_all_that_belongs_to_it(tmp_path: Path) -> None:
    """A company shows its people, a person where they work; a former post is marked by its end."""
    async with opened(tmp_path) as it:
        book = await filled(it)
        (line,) = (await book.listing(q="گلزار")).items
        person = await book.get(line["id"])
        assert person is not None
        assert [(one["name"], one["title"]) for one in person["works_at"]] == [("پارس نیرو", "مدیر خرید")]
        company = await book.get(person["works_at"][0]["id"])
        assert company is not None
        assert [(one["name"], one["number"]) for one in company["people"]] == [("مریم گلزار", "+989121234567")]
        assert company["group"]["name"] == "طلایی"
        await it.parties.change(person["id"], {**line_of(person), "employer": None, "company": ""}, person["version"], "r")
        left = await book.get(person["id"])
        assert left is not None
        assert left["works_at"][0]["over"]
        assert line_of(left)["employer"] is None
        assert await book.get(999) is None


async def test_saving_a_record_as_it_is_changes_nothing(tmp_path: Path) -> None:
    """Opening the form and saving keeps every field, number and post."""
    async with opened(tmp_path) as it:
        book = await filled(it)
        for number in range(1, 5):
            before = await book.get(number)
            assert before is not None
            await it.parties.change(number, line_of(before), 1, "r")
            after = await book.get(number)
            assert after is not None
            assert after == before
