"""A telephone's contacts and an office's spreadsheet become customers with numbers and companies."""

from __future__ import annotations

from config.clock import FakeClock
from config.database import Database
from crm.access import DEFAULTS
from crm.catalogue import Catalogue
from crm.imports.imports import Imports
from crm.patterns import Patterns
from crm.query import Query
from crm.records import Records
from switchboard.bus import Bus

CARDS = (
    "BEGIN:VCARD\nVERSION:3.0\nN:رضایی;علی;;;\nFN:علی رضایی\nTEL;TYPE=CELL:0912 123 4567\nTEL;TYPE=HOME:021-88776655\nEMAIL:ali@example.com\n"
    "ORG:شرکت آریا\nTITLE:مدیر خرید\nBDAY:1980-01-31\nEND:VCARD\n"
)
SHEET = "نام\tنام خانوادگی\tموبایل\tتلفن\tایمیل\tشرکت\tسمت\tآدرس\nعلي\tرضایی\t۰۹۱۲۱۲۳۴۵۶۷\t\tali@example.com\tشرکت آریا\tمدیر فروش\tتهران\nسارا\tکریمی\t۰۹۳۵۱۱۱۲۲۳۳\t۸۸۷۷۶۶۰۰\t\t\t\t\n"


class Desk:
    """Somebody who brings files of customers in."""

    @classmethod
    async def open(cls, folder):
        self = cls()
        self.folder, self.database, clock = folder, await Database.temporary(folder), FakeClock()
        catalogue = Catalogue(self.database)
        await catalogue.load()
        patterns = Patterns(self.database, clock, lambda: {"admin": "administrator"})
        patterns.all = {one.code: one for one in DEFAULTS}
        self.viewer, self.records = patterns.viewer("admin"), Records(self.database, Bus(), clock, catalogue)
        self.imports = Imports(self.database, clock, self.records, patterns, folder / "imports")
        self.party = catalogue["party"]
        return self

    async def bring(self, name, text):
        (file := self.folder / name).write_text(text, "utf-8")
        number = await self.imports.take(self.party, file, name, self.viewer)
        job = await self.imports.job(number, self.viewer)
        await self.imports.plan(number, job["mapping"], {**job["options"], "references": "create"}, self.viewer)
        await self.imports.start(number, self.viewer)
        await self.imports.settled()
        job = await self.imports.job(number, self.viewer)
        assert job["bad"] == 0, await self.imports.problems(number, self.viewer)
        return job["created"], job["updated"]

    async def people(self):
        found, _page = await self.records.page(Query(entity=self.party), self.viewer)
        return {one.title: one.values for one in found}

    async def close(self):
        await self.imports.stop()
        await self.database.close()


async def test_contacts_and_a_sheet_meet_by_number(tmp_path):
    desk = await Desk.open(tmp_path)
    assert await desk.bring("contacts.vcf", CARDS) == (1, 0)
    assert await desk.bring("customers.csv", SHEET) == (1, 1)
    people = await desk.people()
    assert set(people) == {"علی رضایی", "سارا کریمی", "شرکت آریا"}
    ali = people["علی رضایی"]
    assert [row["number"] for row in ali["channels"]] == ["+989121234567", "+982188776655", "ali@example.com"]
    assert {(row["other"], row["title"]) for row in ali["relations"]} >= {(people["شرکت آریا"]["id"], "مدیر خرید")}
    assert (ali["birth"], people["شرکت آریا"]["kind"]) == ("1980-01-31", "company")
    await desk.close()


async def test_colleagues_with_one_telephone_stay_two_people_and_each_is_found_again(tmp_path):
    """The office's number makes nobody the same whose family name differs, in one file and in the next; a mobile does."""
    desk = await Desk.open(tmp_path)
    sheet = "نام,نام خانوادگی,تلفن,موبایل,شهر\nعلی,رضایی,02188776655,,\nسارا,کریمی,02188776655,,\n"
    assert await desk.bring("a.csv", sheet) == (2, 0)
    assert await desk.bring("b.csv", sheet.replace(",,\n", ",,تهران\n") + "مینا,زارع,02188776655,09121112233,\n") == (1, 2)
    assert await desk.bring("c.csv", "نام خانوادگی,موبایل,شهر\nزارع زاده,09121112233,قم\n") == (0, 1)
    people = await desk.people()
    assert {title: values["city"] for title, values in people.items()} == {
        "علی رضایی": "تهران",
        "سارا کریمی": "تهران",
        "مینا زارع زاده": "قم",
    }
    await desk.close()
