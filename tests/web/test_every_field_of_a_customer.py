"""Every field that offices keep of persons, companies and communications: typed in the form, shown on the page, found by its value, in the export and the API."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from attrs import frozen

from config.persian.digits import to_persian
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.exports.exports import Exports
from crm.parties import Parties
from crm.query import Query
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, TimelinePages
from switchboard.call import Calls
from tests.web.record_office import ADMIN, Ground, Office, office
from web.api import records as api_module
from web.pages import party as party_page, record_list


@frozen
class Kept:
    """One thing that is kept: what is typed, what the page shows, the condition that finds it, and its place in the API."""

    what: str
    typed: tuple[tuple[str, str], ...]
    shown: str
    test: tuple[str, str, str]
    path: str
    value: Any


def kept(what: str, field: str, typed: str, value: Any = None, *, shown: str = "", op: str = "=", asked: str = "") -> Kept:
    """Of a plain field."""
    return Kept(what, ((field, typed),), shown or typed, (field, op, asked or typed), field, typed if value is None else value)


def row(
    what: str, rows: str, field: str, typed: str, value: Any = None, *, at: int = 0, shown: str = "", op: str = "=", asked: str = "", by: str = ""
) -> Kept:  # fmt: skip
    """Of a field in child rows; found by another one (`by`) when that is what people compare."""
    return Kept(
        what, ((f"{rows}.{at}.{field}", typed),), shown or typed, (f"{rows}.{by or field}", op, asked or typed), f"{rows}.{at}.{field}", typed if value is None else value
    )  # fmt: skip


BOTH = (
    kept("code", "code", "م-۷۷", shown="م-۷۷"),
    kept("status", "status", "customer", shown="مشتری"),
    kept("VIP", "vip", "1", True, shown="ویژه"),
    kept("priority", "priority", "۷", 7, op=">=", asked="5"),
    kept("several roles at once", "roles", "supplier", ["supplier"], shown="تأمین‌کننده", op="has"),
    kept("credit", "credit", "۲ میلیون تومان", 20_000_000, shown="۲٬۰۰۰٬۰۰۰", op=">", asked="1000000"),
    kept("income", "income", "۹۰۰۰۰۰۰۰۰", 900_000_000, shown="۹۰٬۰۰۰٬۰۰۰", op=">=", asked="900000000"),
    kept("how we met", "how_met", "exhibition", shown="نمایشگاه"),
    kept("field of activity", "activity", "پمپ و شیرآلات", op="like", asked="شیر"),
    kept("note", "note", "صبح‌ها تماس بگیرید", op="like", asked="صبح"),
    kept("colour", "colour", "#aa3366"),
    kept("icon", "icon", "star", shown="#i-star"),
    kept("responsible expert", "expert", "reza", shown="رضا"),
    kept("other experts", "experts", "maryam", ["maryam"], shown="مریم", op="has"),
    row("channel: number with country and city code", "channels", "raw", "۸۸۷۷۶۶۵۵", shown="۰۲۱ ۸۸۷۷ ۶۶۵۵", asked="021-88776655", by="number"),
    row("channel: country code", "channels", "country_code", "98"),
    row("channel: city code", "channels", "city_code", "21"),
    row("channel: extension", "channels", "extension", "12", shown="داخلی ۱۲"),
    row("channel: for what", "channels", "label", "factory", shown="کارخانه"),
    row("channel: contact preference", "channels", "preference", "office_hours", shown="ساعت اداری"),
    row("channel: note", "channels", "note", "از منشی بپرسید", op="like", asked="منشی"),
    row("mobile", "channels", "raw", "0935 111 2233", at=1, shown="۰۹۳۵ ۱۱۱ ۲۲ ۳۳", asked="09351112233", by="number"),
    row("fax", "channels", "kind", "fax", at=2, shown="فکس"),
    row("e-mail", "channels", "raw", "info@aria.example", at=3, shown="mailto:info@aria.example"),
    row("web", "channels", "raw", "https://aria.example", at=4, shown="https://aria.example"),
    row("address: kind", "addresses", "kind", "factory", shown="کارخانه"),
    row("address: country", "addresses", "country", "ایران"),
    row("address: province", "addresses", "province", "البرز"),
    row("address: city", "addresses", "city", "کرج"),
    row("address: area", "addresses", "area", "مهرشهر"),
    row("address: street", "addresses", "street", "بلوار ارم، پلاک ۷", op="like", asked="ارم"),
    row("address: postcode", "addresses", "postcode", "3186613911", shown="3186613911"),
    row("address: PO box", "addresses", "po_box", "31585-77"),
    row("address: map point", "addresses", "point", "35.82,50.93", {"lat": 35.82, "lon": 50.93}, shown="geo:35.82", op="filled"),
    row("head office beside the factory", "addresses", "kind", "office", at=1, shown="دفتر مرکزی"),
    row("rating", "ratings", "grade", "a", shown="عالی"),
    row("rating: from", "ratings", "since", "1404/01/01", "2025-03-21", shown="۱۴۰۴/۰۱/۰۱"),
    row("rating: to", "ratings", "until", "1500/01/01", "2121-03-21", shown="۱۵۰۰/۰۱/۰۱"),
    row("certificate", "certificates", "title", "ایزو ۹۰۰۱", op="like", asked="ایزو"),
    row("certificate: number", "certificates", "number", "QM-44"),
    row("certificate: issuer", "certificates", "issuer", "توف نورد", op="starts", asked="توف"),
    row("certificate: valid until", "certificates", "until", "1406/01/01", "2027-03-21", shown="۱۴۰۶/۰۱/۰۱"),
    row("bank", "bank_accounts", "bank", "ملت، شعبهٔ کرج", op="like", asked="ملت"),
    row("bank account", "bank_accounts", "account", "4455667788"),
    row("Sheba", "bank_accounts", "sheba", "IR062960000000100324200001", shown="IR06"),
    row("bank card", "bank_accounts", "card", "6104337812345676", shown="6104"),
    row("membership card", "cards", "code", "6300001404"),
    row("membership card: discount", "cards", "discount", "۱۲٫۵", 12.5, shown="۱۲٫۵٪", op=">", asked="10"),
)  # fmt: skip

PERSON = (
    *BOTH,
    kept("prefix", "prefix", "مهندس"),
    kept("first name", "first_name", "ثریا"),
    kept("family name", "last_name", "نیک‌پور", op="like", asked="نیک پور"),
    kept("national ID", "national_id", "۰۴۹۹۳۷۰۸۹۹", "0499370899", shown="0499370899"),
    kept("number of the identity card", "id_number", "4412"),
    kept("father", "father", "کیومرث"),
    kept("birthday", "birth", "۱۳۶۲/۰۵/۱۴", "1983-08-05", op="between", asked='["1362/01/01","1362/12/29"]'),
    kept("marital status", "marital_status", "married", shown="متأهل"),
    kept("wedding day", "marriage", "1390/03/01", "2011-05-22", shown="۱۳۹۰/۰۳/۰۱"),
    kept("religion", "religion", "zoroastrian", shown="زرتشتی"),
    kept("degree", "degree", "master", shown="کارشناسی ارشد"),
    kept("field of study", "study", "مکانیک سیالات", op="starts", asked="مکانیک"),
    row("language", "languages", "language", "de", shown="آلمانی"),
    row("language: level", "languages", "level", "fluent", shown="روان"),
    kept("favourite colour", "favourite_colour", "#00aa88"),
    kept("personality", "personality", "اهل گفت‌وگوی کوتاه", op="like", asked="کوتاه"),
)  # fmt: skip

COMPANY = (
    *BOTH,
    kept("name", "name", "صنایع آریا پمپ", op="like", asked="آریا"),
    kept("brand", "brand", "آریافلو"),
    kept("type of company", "company_type", "private_joint", shown="سهامی خاص"),
    kept("national ID of the company", "company_id", "10380284790"),
    kept("economic code", "economic_code", "411111111111"),
    kept("registration number", "registration_number", "R-20202"),
    kept("founded on", "founded", "1380/07/01", "2001-09-23", shown="۱۳۸۰/۰۷/۰۱"),
    kept("founding year", "founding_year", "1379"),
    kept("staff", "staff", "۲۴۰", 240, op=">=", asked="200"),
    kept("ownership of the place", "ownership", "key_money", shown="سرقفلی"),
    kept("foreign partner", "foreign_partner", "KSB SE", op="like", asked="ksb"),
)  # fmt: skip

BESIDES = (("channels.2.raw", "021 88776656"), ("addresses.1.city", "تهران"))
"""What the rows above need to be whole."""


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[Office]:
    """The pages of customers, their lists and the API."""
    timelines: list[Timeline] = []

    def more(ground: Ground) -> dict[str, object]:
        database, bus, clock, catalogue = ground.database, ground.bus, ground.clock, ground.catalogue
        calls, dispositions = Calls(bus, clock), Dispositions(catalogue)
        timelines.append(Timeline(database, bus, clock, calls, Parties(ground.records, ground.patterns.viewer), dispositions))
        return {
            "directory": Directory(database), "timeline": timelines[0], "timeline_pages": TimelinePages(database, catalogue),
            "follow_ups": FollowUps(database, clock), "dispositions": dispositions,
        }  # fmt: skip

    async with office(folder, party_page, record_list, api_module, more=more, everything=True) as it:
        try:
            yield it
        finally:
            await timelines[0].stop()


def at(value: Any, path: str) -> Any:
    """What stands at a path of the API's answer."""
    for step in path.split("."):
        value = value[int(step)] if step.isdecimal() else value[step]
    return value


async def walk(it: Office, folder: Path, kind: str, everything: tuple[Kept, ...], address: str = "/parties") -> None:
    """Type all of it into one form, and look for each in every place."""
    entity = it.catalogue["communication" if kind == "communication" else "party"]
    form = (await it.get("admin", f"{address}/new?kind={kind}")).text
    for one in everything:
        name = one.typed[0][0]
        table, _dot, field = name.partition(".")
        blank = f"{table}.__.{field.partition('.')[2]}" if field else name
        assert f'name="{blank}"' in form or f'name="{name}"' in form, f"{one.what}: no field {name} in the form"
    pairs = [("kind", kind), *(("communication" in address and []) or BESIDES), *(pair for one in everything for pair in one.typed)]
    made = await it.post("admin", f"{address}/new", pairs)
    assert made.status == 303, made.text
    number = int(urlsplit(made.headers["Location"]).path.rpartition("/")[2])
    page = (await it.get("admin", f"{address}/{number}")).text
    bearer = await it.site.bearer("admin")
    value = (await it.site.browser().ask("GET", f"/api/v1{address}/{number}", headers=bearer)).json()
    exported = await export(it, folder, entity)
    nobody = await it.get("admin", f"{address}?filter={quote(json.dumps({'field': everything[0].test[0], 'op': '=', 'value': 'zzz'}))}")
    missed = [] if f'data-id="{number}"' not in nobody.text else ["the list does not look at its filter"]
    for one in everything:
        field, op, asked = one.test
        where = {"field": field, "op": op, **({} if op == "filled" else {"value": json.loads(asked) if op == "between" else asked})}
        found = await it.get("admin", f"{address}?filter={quote(json.dumps(where))}")
        column = entity.by_name[one.path.split(".")[0]].word("fa")
        places = {
            "page": one.shown in page or to_persian(one.shown) in page, "API": at(value, one.path) == one.value, "search": f'data-id="{number}"' in found.text,
            "export": bool(exported.get(column)),
        }  # fmt: skip
        missed += [f"{one.what}: not in {place}" for place, there in places.items() if not there]
    assert not missed, missed


async def export(it: Office, folder: Path, entity: Any) -> dict[str, str]:
    """The first row of a CSV of every field."""
    exports = Exports(it.site.database, it.site.clock, it.records, folder / "exports")
    number = await exports.start(Query(entity=entity), [one for one in entity.fields if one.active], "csv", ADMIN, language="fa", title="x")
    await exports.settled()
    file, _media, _name = await exports.file(number, ADMIN)
    head, first = list(csv.reader(file.read_bytes().decode("utf-8-sig").splitlines()))[:2]
    await exports.stop()
    return dict(zip(head, first, strict=True))


async def test_every_field_of_a_person(tmp_path: Path) -> None:
    """Names, numbers, addresses, papers, family, study, languages, ratings, money: nothing that is typed is out of reach."""
    async with desk(tmp_path) as it:
        await walk(it, tmp_path, "person", PERSON)


async def test_every_field_of_a_company(tmp_path: Path) -> None:
    """The same for a company with its papers and places."""
    async with desk(tmp_path) as it:
        await walk(it, tmp_path, "company", COMPANY)


COMMUNICATION = (
    kept("subject", "subject", "قیمت پمپ", op="like", asked="پمپ"),
    kept("topic", "topic", "price", shown="استعلام قیمت"),
    kept("method", "method", "meeting", shown="جلسه"),
    kept("direction", "direction", "in", shown="ورودی"),
    kept("date and time", "at", "1404/02/15 16:30", "2025-05-05T13:00:00.000Z", shown="۱۶:۳۰"),
    kept("who", "user", "reza", shown="رضا"),
    kept("result", "disposition", "order", shown="سفارش ثبت شد"),
    kept("effect", "effect", "good", shown="مثبت"),
    kept("description", "note", "پیش‌فاکتور خواست", op="like", asked="فاکتور"),
    row("product", "products", "product", "پمپ ۵ اسب", op="like", asked="پمپ"),
    row("product: note", "products", "note", "با تابلو", op="starts", asked="با"),
)  # fmt: skip


async def test_every_field_of_a_communication(tmp_path: Path) -> None:
    """Subject, who, how, when, products with notes, result, effect, description; with a person, a company and a project at once."""
    async with desk(tmp_path) as it:
        party = it.catalogue["party"]
        people = [
            await it.records.create(party, values, ADMIN)
            for values in ({"last_name": "احمدی"}, {"kind": "company", "name": "آریا"}, {"kind": "project", "name": "برج باران"})
        ]
        await walk(it, tmp_path, "communication", COMMUNICATION, "/communications")
        form = [("subject", "با هر سه"), ("method", "visit"), ("parties", ""), *(("parties", str(one)) for one in people)]
        made = await it.post("admin", "/communications/new", form)
        assert made.status == 303
        for one in people:
            assert "با هر سه" in (await it.get("admin", f"/parties/{one}")).text
        visit = (await it.get("admin", made.headers["Location"])).text
        assert ("انجام‌دهنده" in visit, "مدت گفت‌وگو" in visit) == (True, False), "a visit has no talk time"


async def test_relations_groups_and_projects_are_seen_from_both_sides(tmp_path: Path) -> None:
    """Post, family, agency, competitor and the part in a project, with title and dates; groups of any depth find what is below them."""
    async with desk(tmp_path) as it:
        party, group = it.catalogue["party"], it.catalogue["party_group"]
        others = {
            "works_at": ({"kind": "company", "name": "آریا صنعت"}, "افراد"), "family": ({"last_name": "کریمی"}, "خویشاوندِ"),
            "agent_of": ({"kind": "company", "name": "البرز پخش"}, ""), "competitor_of": ({"kind": "company", "name": "رقیب پارس"}, ""),
            "consultant_of": ({"kind": "project", "name": "برج باران"}, ""),
        }  # fmt: skip
        ids = {kind: await it.records.create(party, values, ADMIN) for kind, (values, _word) in others.items()}
        above = await it.records.create(group, {"name": "مشتریان"}, ADMIN)
        between = await it.records.create(group, {"name": "صنعتی", "parent": above}, ADMIN)
        below = await it.records.create(group, {"name": "پتروشیمی", "parent": between}, ADMIN)
        form = [("kind", "person"), ("last_name", "نیک‌پور"), ("groups", ""), ("groups", str(below)), ("relations", "")]
        for place, (kind, number) in enumerate(ids.items()):
            form += [
                (f"relations.{place}.{name}", value)
                for name, value in (("kind", kind), ("other", str(number)), ("title", f"سمت {place}"), ("since", "1403/01/01"))
            ]
        made = await it.post("admin", "/parties/new", form)
        assert made.status == 303, made.text
        number = int(urlsplit(made.headers["Location"]).path.rpartition("/")[2])
        page = (await it.get("admin", f"/parties/{number}")).text
        assert "پتروشیمی" in page
        assert "<h3" not in page.partition('aria-labelledby="shelf-relations"')[2].partition("</section>")[0], "one heading for one table"
        for place, (kind, other) in enumerate(ids.items()):
            values, word = others[kind]
            assert str(values.get("name") or values["last_name"]) in page
            assert f"سمت {place}" in page
            there = (await it.get("admin", f"/parties/{other}")).text
            assert f'href="/parties/{number}"' in there
            assert word in there
        for one in (above, between, below):
            found = await it.get("admin", f"/parties?filter={quote(json.dumps({'field': 'groups', 'op': 'under', 'value': str(one)}))}")
            assert f'data-id="{number}"' in found.text


async def test_people_are_added_from_their_companys_page_and_parts_from_the_projects_form(tmp_path: Path) -> None:
    """The way leads to a person's form that says where they work; a project names its contractor, and the contractor's page says so."""
    async with desk(tmp_path) as it:
        party = it.catalogue["party"]
        company = await it.records.create(party, {"kind": "company", "name": "آریا صنعت"}, ADMIN)
        page = (await it.get("admin", f"/parties/{company}")).text
        way = next(unescape(found) for found in re.findall(r'href="([^"]+)"', page) if "relations.0.other" in found)
        form = (await it.get("admin", way)).text
        assert f'name="relations.0.other" value="{company}"' in form
        assert re.search(r'name="relations.0.other:text" value="آریا صنعت"', form)
        project = {"kind": "project", "name": "برج باران", "relations": [{"kind": "has_contractor", "other": company}]}
        number = await it.records.create(party, project, ADMIN)
        assert "پیمانکارش" in (await it.get("admin", f"/parties/{number}")).text
        assert "پیمانکارِ" in (await it.get("admin", f"/parties/{company}")).text
