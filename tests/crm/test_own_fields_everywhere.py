"""A field that an administrator has just made is brought in, taken out, and stands in letters like any other."""

from __future__ import annotations

import json

from crm.exports.exports import Exports
from crm.imports.sheets import rows_of
from crm.own_fields import OwnFields
from crm.query import Query
from tests.crm.imports.test_imports import ImportOffice
from tests.crm.merging.test_merging import filled
from tests.crm.toys import EVERYBODY

CHOICES = {"choices": [{"code": "whole", "title": "دائمی"}, {"code": "part", "title": "پروژه‌ای"}]}
MADE = (
    {"kind": "text", "label_fa": "شمارهٔ پرونده", "label_en": "File number", "flags": {"searched": True}},
    {"kind": "date", "label_fa": "تاریخ عضویت", "label_en": "Member since"},
    {"kind": "choice", "label_fa": "نوع همکاری", "label_en": "Terms", "options": CHOICES},
    {"kind": "money", "label_fa": "سپرده", "label_en": "Deposit"},
    {"kind": "references", "label_fa": "مرتبط با", "label_en": "Near", "options": {"entity": "toy"}},
)
TABLE = (
    "نام,شمارهٔ پرونده,تاریخ عضویت,نوع همکاری,سپرده,مرتبط با\n"
    "قطار,پ-۱۲,۱۴۰۴/۰۲/۱۵,پروژه‌ای,۱۲۰۰۰,\n"
    "عروسک,پ-۱۳,دیروزها,دائمی,5,\n"
    "چرخ,پ-۱۴,,دائمی,5,کارخانه\n"
)


async def opened(folder):
    office = await ImportOffice.open(folder)
    fields = OwnFields(office.database, office.bus, office.clock, office.catalogue)
    for one in MADE:
        await fields.add({"entity": "toy", **one}, "admin")
    return office, fields


async def test_columns_named_after_new_fields_are_brought_in(tmp_path):
    """Headers are understood by the labels; a wrong value is told with its field, and the other rows come in, with history and search."""
    office, fields = await opened(tmp_path)
    office.begin(tmp_path)
    near = await office.make(name="کارخانه")
    job = await office.run(office.write("a.csv", TABLE))
    assert (job["state"], job["created"], job["bad"]) == ("done", 2, 1)
    (problem,) = await office.imports.problems(job["id"], office.viewer)
    assert "تاریخ عضویت" in problem["why_fa"]
    found, _page = await office.records.page(Query(entity=office.toy, q="پ-۱۴"), EVERYBODY)
    assert [one.title for one in found] == ["چرخ"]
    (train,), _page = await office.records.page(Query(entity=office.toy, q="پ-۱۲"), EVERYBODY)
    own = {name: train.values[name] for name in ("file_number", "member_since", "terms", "deposit")}
    assert own == {"file_number": "پ-۱۲", "member_since": "2025-05-05", "terms": "part", "deposit": 12000}
    assert found[0].values["near"] == [near]
    told = await office.records.history(office.toy, train.id, EVERYBODY)
    assert told[0]["changes"]["terms"] == [None, "part"]
    await fields.stop()
    await office.close()


async def test_new_fields_are_in_every_kind_of_export_and_in_letters(tmp_path):
    """In tables by their labels with values as people read them, for programs by their names; in texts by both."""
    office, fields = await opened(tmp_path)
    near = await office.make(name="کارخانه")
    number = await office.make(name="قطار", file_number="پ-۱۲", member_since="1404/02/15", terms="part", deposit="12000", near=[near])
    exports = Exports(office.database, office.clock, office.records, tmp_path / "exports")
    wanted = [office.toy.field(name) for name in ("file_number", "member_since", "terms", "deposit", "near")]
    files = {}
    for form in ("xlsx", "csv", "html", "json"):
        job = await exports.start(Query(entity=office.toy, q="قطار"), wanted, form, EVERYBODY, language="fa", title="x")
        await exports.settled()
        files[form], _media, _name = await exports.file(job, EVERYBODY)
    headers, row = list(rows_of(files["xlsx"]))[:2]
    assert list(headers)[1:] == [one["label_fa"] for one in MADE]
    assert list(row)[0:2] == ["قطار", "پ-۱۲"]
    for form in ("csv", "html"):
        text = files[form].read_text("utf-8-sig")
        assert all(word in text for word in ("شمارهٔ پرونده", "پ-۱۲", "پروژه‌ای", "کارخانه"))
    (told,) = json.loads(files["json"].read_text("utf-8"))
    assert {name: told[name] for name in ("terms", "deposit", "near")} == {"terms": "part", "deposit": 12000, "near": [near]}
    text = "{{ file_number }}، {{ شمارهٔ پرونده }}، {{ member_since }}، {{ terms }}، {{ deposit }}، {{# near }}{{ name }}{{/ near }}"
    assert await filled(office, text, number) == "پ-۱۲، پ-۱۲، ۱۴۰۴/۰۲/۱۵، پروژه‌ای، ۱٬۲۰۰ تومان، کارخانه"
    await exports.stop()
    await fields.stop()
    await office.database.close()
