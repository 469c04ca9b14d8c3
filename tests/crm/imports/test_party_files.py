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


async def test_contacts_and_a_sheet_meet_by_number(tmp_path):
    database, clock = await Database.temporary(tmp_path), FakeClock()
    catalogue = Catalogue(database)
    await catalogue.load()
    patterns = Patterns(database, clock, lambda: {"admin": "administrator"})
    patterns.all = {one.code: one for one in DEFAULTS}
    viewer, records = patterns.viewer("admin"), Records(database, Bus(), clock, catalogue)
    imports = Imports(database, clock, records, patterns, tmp_path / "imports")
    party = catalogue["party"]

    async def bring(name, text):
        file = tmp_path / name
        file.write_text(text, "utf-8")
        number = await imports.take(party, file, name, viewer)
        job = await imports.job(number, viewer)
        await imports.plan(number, job["mapping"], {**job["options"], "references": "create"}, viewer)
        await imports.start(number, viewer)
        await imports.settled()
        return await imports.job(number, viewer)

    job = await bring("contacts.vcf", CARDS)
    assert (job["created"], job["bad"]) == (1, 0), await imports.problems(job["id"], viewer)
    job = await bring("customers.csv", SHEET)
    assert (job["created"], job["updated"], job["bad"]) == (1, 1, 0), await imports.problems(job["id"], viewer)
    found, _page = await records.page(Query(entity=party), viewer)
    people = {one.title: one.values for one in found}
    assert set(people) == {"علی رضایی", "سارا کریمی", "شرکت آریا"}
    ali = people["علی رضایی"]
    assert [row["number"] for row in ali["channels"]] == ["+989121234567", "+982188776655", "ali@example.com"]
    assert {(row["other"], row["title"]) for row in ali["relations"]} >= {(people["شرکت آریا"]["id"], "مدیر خرید")}
    assert (ali["birth"], people["شرکت آریا"]["kind"]) == ("1980-01-31", "company")
    await imports.stop()
    await database.close()
