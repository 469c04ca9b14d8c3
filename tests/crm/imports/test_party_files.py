"""A telephone's contacts and an office's spreadsheet become customers with numbers and companies."""

from __future__ import annotations

import csv
import io

import pytest
from sqlalchemy import insert

from config.clock import FakeClock
from config.database import Database
from crm.access import DEFAULTS
from crm.catalogue import Catalogue
from crm.entities.records.party import PARTY
from crm.exports.exports import Exports
from crm.imports.imports import Imports
from crm.imports.mapping import guess
from crm.imports.sheets import rows_of
from crm.patterns import Patterns
from crm.query import Query
from crm.records import Records
from crm.tables import account
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

    async def take(self, name, text, **options):
        (file := self.folder / name).write_text(text, "utf-8")
        number = await self.imports.take(self.party, file, name, self.viewer)
        job = await self.imports.job(number, self.viewer)
        await self.imports.plan(number, job["mapping"], {**job["options"], **options}, self.viewer)
        return number

    async def looked(self, name, text, **options):
        """What is said of the rows before they are brought in."""
        trial = await self.imports.preview(await self.take(name, text, **options), self.viewer)
        return [one.outcome for one in trial.come], trial

    async def bring(self, name, text):
        number = await self.take(name, text, references="create")
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


async def test_a_company_with_its_peoples_telephone_is_none_of_them(tmp_path):
    """A row without a family name, in a file that has the column, is nobody who has one; a file without that column means whoever has the number."""
    desk = await Desk.open(tmp_path)
    assert await desk.bring("a.csv", "نام,نام خانوادگی,تلفن\nعلی,رضایی,02188776655\n") == (1, 0)
    assert await desk.bring("b.csv", "نام کوچک,نام خانوادگی,نام,نوع,تلفن\n,,آریا,شرکت,02188776655\n") == (1, 0)
    assert await desk.bring("c.csv", "نام,نام خانوادگی,تلفن\nمینا,زارع,02144556677\n") == (1, 0)
    assert await desk.bring("d.csv", "تلفن,شهر\n02144556677,قم\n") == (0, 1)
    people = await desk.people()
    assert {title: values["city"] or "" for title, values in people.items()} == {"علی رضایی": "", "آریا": "", "مینا زارع": "قم"}
    await desk.close()


@pytest.mark.parametrize(
    ("headers", "mapped", "sort"),
    [
        ("نام و نام خانوادگی,تلفن همراه", ["name", "channels.0.raw"], ""),
        ("نام شرکت,تلفن,فکس", ["name", "channels.0.raw", "channels.1.raw"], "company"),
        ("Company,Phone", ["name", "channels.0.raw"], "company"),
        ("نام,نام خانوادگی,شرکت", ["first_name", "last_name", "relations.0.other"], ""),
        ("مشتری,شرکت", ["name", "relations.0.other"], ""),
        ("طرف حساب,تلفن 1,تلفن 2", ["name", "channels.0.raw", "channels.1.raw"], ""),
        ("پروژه,آدرس", ["name", "addresses.0.street"], "project"),
        ("نام,موبایل,تلفن,داخلی", ["name", "channels.0.raw", "channels.1.raw", "channels.1.extension"], ""),
        ("نام,شماره‌ها و راه‌های تماس,روابط", ["name", "channels", "relations"], ""),
        ("نام,نام خانوادگی,یادداشت", ["first_name", "last_name", "note"], ""),
    ],
)
def test_offices_headers_are_understood(headers, mapped, sort):
    """«شرکت» is where a person works, and in a file that names no person the record itself."""
    assert guess(PARTY, headers.split(","), 9) == (mapped, sort)


async def test_a_list_of_companies_becomes_companies(tmp_path):
    """No column says that they are; those that are there already stay what they are."""
    desk = await Desk.open(tmp_path)
    assert await desk.bring("a.csv", "نام,نام خانوادگی,موبایل\nعلی,رضایی,09121112233\n") == (1, 0)
    assert await desk.bring("n.csv", "نام,نام خانوادگی,تلفن\nسارا,کریمی,02188776655\n") == (1, 0)
    assert await desk.bring("b.csv", "نام شرکت,تلفن,شهر\nآریا,02188776655,\nپارس,09121112233,قم\n") == (1, 1)
    assert {title: values["kind"] for title, values in (await desk.people()).items()} == {
        "علی رضایی": "person", "سارا کریمی": "person", "آریا": "company",
    }  # fmt: skip
    await desk.close()


async def test_what_is_shown_before_an_import_is_what_comes_of_it(tmp_path):
    """The same checks as when it runs: a row without a name is refused, a company is told that would be made, and nothing of it stays."""
    desk = await Desk.open(tmp_path)
    sheet = "نام,نام خانوادگی,شرکت,موبایل,شهر\nعلی,رضایی,آریا,09121112233,\n,,آریا,09350000000,\nعلی,رضایی,,09121112233,قم\n"
    outcomes, trial = await desk.looked("a.csv", sheet, references="create")
    assert (outcomes[0], outcomes[2], outcomes[1].code) == ("created", "updated", "record_invalid")
    assert [one.record for one in trial.come] == [None, None, None]
    assert "آریا" in trial.titles.values()
    assert await desk.people() == {}
    assert [one.code for one in (await desk.looked("b.csv", sheet))[0][:2]] == ["record_invalid"] * 2
    await desk.bring("c.csv", sheet.replace("\n,,آریا,09350000000,", ""))
    outcomes, trial = await desk.looked("d.csv", sheet, references="create")
    assert (outcomes[0], outcomes[2]) == ("skipped", "skipped")
    assert trial.come[0].record == trial.come[2].record == (await desk.people())["علی رضایی"]["id"]
    await desk.close()


async def test_who_is_not_clear_is_told_by_the_fields_name(tmp_path):
    """Not by the product's own word for it."""
    desk = await Desk.open(tmp_path)
    await desk.bring("a.csv", "نام,نام خانوادگی,تلفن\nعلی,رضایی,02188776655\nسارا,کریمی,02188776655\n")
    (why,), _trial = await desk.looked("b.csv", "تلفن,شهر\n02188776655,قم\n")
    assert "«شماره‌ها و راه‌های تماس»" in why.text("fa")
    assert why.values["count"] == 2
    await desk.close()


async def test_people_are_linked_by_their_name_as_it_is_said_and_as_it_is_sorted(tmp_path):
    """What an export calls them brings them back; of two with one name, nobody guesses, and their codes tell them apart."""
    desk = await Desk.open(tmp_path)
    await desk.bring("a.csv", "نام,نام خانوادگی\nمریم,احمدی\nرضا,علی\nعلی,رضا\nسارا,کریمی\nسارا,کریمی\n")
    people = {title: values["id"] for title, values in (await desk.people()).items()}
    desk.party = desk.records.catalogue["communication"]
    said = ("مريم احمدی", "احمدی مریم", "علی رضا", "سارا کریمی", "نامعلوم")
    outcomes, trial = await desk.looked("b.csv", "subject,with\n" + "".join(f"x,{one}\n" for one in said))
    assert [one.row.values["parties"] for one in trial.come[:3]] == [[people["مریم احمدی"]], [people["مریم احمدی"]], [people["علی رضا"]]]
    assert [next(iter(why.problems.values())).code for why in outcomes[3:]] == ["import_name_of_several", "import_name_unknown"]
    await desk.close()


async def test_users_are_meant_by_their_name_as_well(tmp_path):
    """Files have colleagues by name, as exports write them, and not by what they log in with."""
    desk = await Desk.open(tmp_path)
    people = [("reza", "رضا صادقی", "Reza Sadeghi"), ("sara", "سارا محمدی", ""), ("sara2", "سارا محمدی", "")]
    rows = [
        {"username": one, "name": fa, "name_en": en, "role": "agent", "password_hash": "", "password_changed_at": 0.0, "created_at": 0.0}
        for one, fa, en in people
    ]
    await desk.database.write(lambda connection: connection.execute(insert(account), rows))
    said = ("رضا صادقي", "reza sadeghi", "reza", "سارا محمدی", "نامعلوم")
    outcomes, trial = await desk.looked("a.csv", "نام خانوادگی,کارشناس مرتبط\n" + "".join(f"x{one},{one}\n" for one in said))
    assert [one.row.values["expert"] for one in trial.come[:3]] == ["reza"] * 3
    assert [next(iter(why.problems.values())).code for why in outcomes[3:]] == ["import_name_of_several", "reference_gone"]
    await desk.close()


async def test_an_address_of_a_telephone_keeps_its_city_and_a_foreign_postcode_refuses_nobody(tmp_path):
    desk = await Desk.open(tmp_path)
    card = "BEGIN:VCARD\nVERSION:3.0\nFN:{name}\nN:{name};;;;\nTEL:{number}\nADR;TYPE=HOME:;;{street};{city};;{postcode};{country}\nNOTE:صبح‌ها\nEND:VCARD\n"
    home = card.format(name="نوری", number="09121110001", street="ولیعصر\\, پلاک ۱۲", city="تهران", postcode="1234567890", country="ایران")
    away = card.format(name="Meyer", number="+493012345678", street="Weg 1", city="Berlin", postcode="10115", country="Germany")
    assert await desk.bring("a.vcf", home + away) == (2, 0)
    people = await desk.people()
    near, far = (people[name]["addresses"][0] for name in ("نوری", "Meyer"))
    assert [near[name] for name in ("street", "city", "postcode", "country")] == ["ولیعصر, پلاک ۱۲", "تهران", "1234567890", "ایران"]
    assert [far[name] for name in ("street", "city", "postcode", "country")] == ["Weg 1، 10115", "Berlin", None, "Germany"]
    assert people["نوری"]["note"] == "صبح‌ها"
    await desk.close()


async def test_what_a_record_has_is_neither_doubled_nor_lost(tmp_path):
    """A list that was exported and comes back with its city makes no second address; a row that comes to nothing takes none away."""
    desk = await Desk.open(tmp_path)
    head = "نام خانوادگی,موبایل,شهر,آدرس,رتبه"
    await desk.bring("a.csv", f"{head}\nرضایی,09121234567,تهران,خیابان شریعتی,عالی\n")
    before = (await desk.people())["رضایی"]
    assert (len(before["addresses"]), len(before["ratings"])) == (1, 1)
    assert await desk.bring("b.csv", "نام خانوادگی,موبایل,شهر\nرضایی,09121234567,تهران\n") == (0, 0)
    assert await desk.bring("c.csv", "نام خانوادگی,موبایل,شهر\nرضایی,09121234567,قم\n") == (0, 1)
    assert await desk.bring("d.csv", "نام خانوادگی,موبایل,رتبه‌ها: یادداشت\nرضایی,09121234567,خوش‌قول\n") == (0, 0)
    after = (await desk.people())["رضایی"]
    assert [one["city"] for one in after["addresses"]] == ["تهران", "قم"]
    assert after["ratings"] == before["ratings"]
    await desk.close()


@pytest.mark.parametrize(("form", "language"), [("xlsx", "fa"), ("csv", "fa"), ("xlsx", "en")])
async def test_a_list_that_went_out_comes_in_again(tmp_path, form, language):
    """As it is written for people, several numbers in one cell: unchanged it changes nothing, and a line more is a number more."""
    desk = await Desk.open(tmp_path)
    sheet = "نام,نام خانوادگی,شرکت,سمت,موبایل,تلفن,داخلی,شهر\nعلی,رضایی,آریا,مدیر خرید,09121112233,02188776655,12,تهران\nسارا,کریمی,,,09350000000,,,قم\n"
    assert await desk.bring("a.csv", sheet) == (2, 0)
    exports = Exports(desk.database, FakeClock(), desk.records, tmp_path / "exports")
    columns = [desk.party.field(name) for name in ("code", "name", "kind", "status", "vip", "channels", "city", "relations")]
    number = await exports.start(Query(entity=desk.party), columns, form, desk.viewer, language=language, title="x")
    await exports.settled()
    file, _media, _name = await exports.file(number, desk.viewer)
    rows = [[str(cell) if cell is not None else "" for cell in row] for row in rows_of(file)]
    before = await desk.people()
    assert await desk.bring("b.csv", as_csv(rows)) == (0, 0)
    assert await desk.people() == before
    numbers = rows[0].index(desk.party.field("channels").word(language))
    mine = next(row for row in rows if "رضایی" in "".join(row))
    mine[numbers] += "\n02199887766"
    assert await desk.bring("c.csv", as_csv(rows)) == (0, 1)
    told = [(row["number"], row["extension"]) for row in (await desk.people())["علی رضایی"]["channels"]]
    assert told == [("+989121112233", None), ("+982188776655", "12"), ("+982199887766", None)]
    await exports.stop()
    await desk.close()


def as_csv(rows):
    """A table as somebody's program saves it."""
    csv.writer(file := io.StringIO()).writerows(rows)
    return file.getvalue()
