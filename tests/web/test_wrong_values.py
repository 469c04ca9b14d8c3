"""Wrong values of every kind of field, typed, sent by programs and imported: refused with a sentence that says what, where and what was expected."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from config.errors import Refusal
from config.persian.digits import to_persian
from crm.fields.every import kind_of, kinds
from crm.fields.kind import Reading, Showing
from crm.imports.imports import Imports
from crm.own_fields import OwnFields
from crm.query import Query
from tests.web.record_office import ADMIN, office
from web.api import records as api

CHOICES = {"choices": [{"code": "a", "title": "Red", "fa": "سرخ"}, {"code": "b", "title": "Blue", "fa": "آبی"}]}
OPTIONS: Mapping[str, dict[str, Any]] = {
    "choice": CHOICES, "multi_choice": CHOICES, "state": CHOICES, "text": {"longest": 20}, "long_text": {"longest": 20}, "rich_text": {"longest": 20},
    "number": {"low": 1, "high": 9}, "reference": {"entity": "toy"}, "tree": {"entity": "toy"}, "references": {"entity": "toy"},
    "rows": {"fields": [{"name": "own_1", "kind": "number", "label": {"fa": "تعداد"}, "options": {}}]},
}  # fmt: skip
LONG = "x" * 600
TEXTS: Mapping[str, tuple[str, ...]] = {
    "choice": ("بنفش", "سر", LONG), "multi_choice": ("سرخ، بنفش", "xyz"), "state": ("بنفش",), "phone": ("abc", "12a", "+", "9" * 40), "email": ("a", "a@b", "@b.ir", "a b@c.ir", "a@b..ir", LONG),
    "web": ("x", "javascript:alert(1)", "file:///etc/passwd", "http://", "http://a b.ir", "ftp://a.ir", "http://u:p@a.ir", LONG), "date": ("1404/13/01", "1404/12/30", "0000/00/00", "روزی", "12345678901", LONG),
    "moment": ("1404/02/15 25:00", "کی", LONG), "time": ("24:01", "12:60", "صبح", "-1:00"), "number": ("ده‌تا", "0", "10", "1.5", "nan", "inf", "1e999", "1_0", "٫", "--1"),
    "money": ("گران", "1.5 گاو", "9" * 30, "nan"), "percent": ("101", "-1", "صد", "nan"), "yes_no": ("شاید", "2", "yess"), "rating": ("0", "6", "★★★★★★", "خوب"),
    "duration": ("زیاد", "-1:00", "9" * 20, "1:99:99:99"), "map_point": ("91,0", "0,181", "تهران", "35"), "reference": ("x", "-1", "0", "1.5", "9" * 30, "9" * 15), "references": ("1,x", "0", "9" * 15),
    "any_reference": ("12", "toy:0", "toy:x", "Toy:1", "toy:999999999", "nothing:1"), "user": ("a b", "no<body>", "nobody"), "users": ("maryam, a b",), "text": ("x" * 21, "ا" * 500),
    "long_text": ("x" * 21,), "rich_text": ("x" * 21,), "colour": ("red", "#12", "#gggggg", "#1234567", "javascript:1"), "icon": ("../x", "Star", "1", "<svg>"), "barcode": ("علی", "x" * 101, "é"),
    "file": ("x", "-1", "0", "1.5", "999999"), "picture": ("x", "../1", "999999"),
    **dict.fromkeys(("national_id", "company_id", "economic_code", "sheba", "card_number", "postcode", "plate"), (LONG,)),
}  # fmt: skip
"""Typed, or in a cell of a file. A wrong check digit is no wrong value: it warns."""
JSONS = (True, {"a": 1}, [[1]], [{"x": [1]}], {"entity": {}, "id": []}, 1e400, -1e308)
"""Sent by programs: of the wrong shape for most kinds, and never a fault in any."""
OTHERWISE = {"computed": "is never typed", "contact_point": "is derived", "tree": "is a reference", "rows": "are tried by their fields"}
PERSIAN = re.compile("[\u0600-\u06ff]")


def test_every_kind_has_wrong_values_here() -> None:
    """A new kind of field is not forgotten."""
    assert set(TEXTS) | set(OTHERWISE) == set(kinds())
    assert not set(TEXTS) & set(OTHERWISE)


@pytest.mark.parametrize("kind", TEXTS)
def test_what_is_wrong_is_said_in_both_languages(kind: str) -> None:
    """What was typed, in short, and what was expected; no traceback, no place left open, nothing of the other language's."""
    made = kind_of(kind, OPTIONS.get(kind, {}))
    tried = 0
    for raw in TEXTS[kind]:
        try:
            made.read(raw, Reading())
        except Refusal as refusal:
            tried += 1
            persian, english = refusal.text("fa"), refusal.text("en")
            assert PERSIAN.search(persian.replace(raw[:59], "")), (raw, persian)
            assert re.search("[a-z]{3}", english)
            assert len(persian) < 500
            for said in (persian, english):
                assert "{" not in said.replace(raw[:59], ""), said
                assert kind == "rating" or any(part.strip() in said for part in re.split("[،,]", raw[:20])), said
    assert tried or kind in ("file", "picture"), "at least one is refused by the kind itself, others when they are looked up"


@pytest.mark.parametrize("kind", [*TEXTS, "rows", "tree", "contact_point"])
def test_any_shape_is_read_or_refused(kind: str) -> None:
    """JSON of any shape: a value or a sentence, never a fault."""
    made = kind_of(kind, OPTIONS.get(kind, {}))
    for raw in (*JSONS, 7, 1.5, "", " \u200c", "\x00\ud800", "\u202e" * 9, [None], [""], {}):
        with suppress(Refusal):
            made.show(made.read(raw, Reading()), Showing())


@asynccontextmanager
async def desk(folder: Path):
    """The toys with a field of the administrators' own of every kind."""
    made: dict[str, Any] = {}

    def more(ground: Any) -> dict[str, object]:
        made["fields"] = OwnFields(ground.database, ground.bus, ground.clock, ground.catalogue)
        made["imports"] = Imports(ground.database, ground.clock, ground.records, ground.patterns, folder / "imports")
        return {}

    async with office(folder, api, more=more) as it:
        for kind in TEXTS:
            row = {
                "entity": "toy",
                "name": f"of_{kind}",
                "kind": kind,
                "label_fa": f"فیلد {kind}",
                "label_en": kind,
                "options": OPTIONS.get(kind, {}),
                "flags": {},
            }
            await made["fields"].add(row, "admin")
        yield it, made["imports"]
        await made["imports"].stop()
        await made["fields"].stop()


async def test_a_form_keeps_what_was_typed_and_says_what_is_wrong_with_it(tmp_path: Path) -> None:
    """All kinds wrong at once: each is named above the form and at its field, in Persian, and what was typed is still in it."""
    async with desk(tmp_path) as (it, _imports):
        typed = {kind: values[0] for kind, values in TEXTS.items()}
        reply = await it.post(
            "maryam", "/toys/new", {"name": "قطار", "story": "می‌ماند", **{f"of_{kind}": value for kind, value in typed.items()}}
        )
        assert reply.status == 422
        for kind, value in typed.items():
            assert f'href="#f-of_{kind}' in reply.text, kind
            field = it.toy.field(f"of_{kind}")
            assert field is not None
            if field.kind.widget in (
                "text",
                "phone",
                "email",
                "web",
                "number",
                "money",
                "date",
                "moment",
                "time",
                "duration",
                "map_point",
                "barcode",
                "code",
            ):
                assert f'value="{value}"' in reply.text or f'value="{to_persian(value)}"' in reply.text, kind
        assert "می‌ماند" in reply.text
        assert "Traceback" not in reply.text
        assert await it.records.count(Query(entity=it.toy), ADMIN) == 0


async def test_programs_are_told_which_field_and_what_was_expected(tmp_path: Path) -> None:
    """422 with the field's name and a sentence, in the language that is asked for; nothing is kept."""
    async with desk(tmp_path) as (it, _imports):
        bearer = await it.site.bearer("admin")
        for kind, values in TEXTS.items():
            for value in (*values, {"a": {"b": 1}}, [[1]]):
                for language in ("fa", "en"):
                    body = {"name": "x", f"of_{kind}": value}
                    reply = await it.site.browser().ask("POST", "/api/v1/toys", json=body, headers={**bearer, "Accept-Language": language})
                    assert reply.status in (400, 422), (kind, value, reply.status, reply.text[:200])
                    said = reply.text
                    assert f"of_{kind}" in said or reply.status == 400, (kind, value, said[:300])
                    assert bool(PERSIAN.search(reply.json()["error"]["message"])) == (language == "fa") or "“" in said, said[:300]
        assert (await it.site.browser().ask("GET", "/api/v1/toys", headers=bearer)).json()["items"] == []


async def test_bad_rows_of_a_file_say_why(tmp_path: Path) -> None:
    """A row for each wrong value: none becomes a record, each is kept with the reason in both languages."""
    async with desk(tmp_path) as (it, imports):
        rows = [(kind, value) for kind, values in TEXTS.items() for value in values]
        file, out = tmp_path / "wrong.csv", io.StringIO()
        sheet = csv.writer(out)
        sheet.writerow(["name", *(f"of_{kind}" for kind in TEXTS)])
        for kind, value in rows:
            sheet.writerow([f"{kind}", *(value if one == kind else "" for one in TEXTS)])
        file.write_text(out.getvalue(), "utf-8")
        viewer = it.patterns.viewer("admin")
        number = await imports.take(it.toy, file, "wrong.csv", viewer)
        job = await imports.job(number, viewer)
        await imports.start(number, viewer)
        await imports.settled()
        job = await imports.job(number, viewer)
        bad = {one["row"]: one for one in await imports.problems(number, viewer)}
        taken = [rows[place] for place in range(len(rows)) if place + 1 not in bad]
        assert (job["created"], taken) == (0, [])
        for one in bad.values():
            assert PERSIAN.search(one["why_fa"])
            assert re.search("[a-z]{3}", one["why_en"])
