"""Scripts, templates, formulas and direction marks typed into every text field do nothing on any page and in no file that leaves the house."""

from __future__ import annotations

import csv
import re
import zipfile
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from crm.access import SYSTEM
from crm.exports.formats import FORMATS
from crm.fields.rows import Rows
from crm.fields.texts import Line, LongText, RichText
from crm.query import Query
from crm.record_draft import RecordInvalid
from tests.house.test_access_matrix import Filled, addresses, asked, filled, touches_records

SCRIPT = "\"'><img src=x onerror=alert(1)></script></textarea></title><script>alert(2)</script><svg/onload=alert(3)>{{7*7}}"
RICH = '<a href="javascript:alert(4)" onclick="x">y</a><iframe src="http://169.254.169.254/"></iframe><img src="file:///etc/passwd"><style>*{}</style>'
TURNED = "\u202eevil\u2066x\u2069\u200f"
FORMULA = '=HYPERLINK("http://evil.example","x")'
TURNERS = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}
"""Embeddings, overrides and isolates; the plain marks stand in our own Persian."""
SAFE_SCRIPTS = ("module", "application/json", "speculationrules")


RECORD = re.compile(r"<(?:int:)?(?:record|number|party|communication|file|follow_up)>")


class Watch(HTMLParser):
    """Notes what would run, or ask a strange server, in a page."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.bad: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            said = (value or "").strip().lower()
            if name.startswith("on") or (
                name in ("href", "src", "action", "formaction", "xlink:href")
                and said.startswith(("javascript:", "vbscript:", "data:text", "file:", "http://169"))
            ):
                self.bad.append(f"<{tag} {name}={said[:60]}>")
        if tag in ("iframe", "object", "embed", "style", "base") or (
            tag == "script" and not dict(attrs).get("src") and dict(attrs).get("type") not in SAFE_SCRIPTS
        ):
            self.bad.append(f"<{tag}>")
        if tag == "img" and dict(attrs).get("src") == "x":
            self.bad.append("<img src=x>")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def watched(page: str) -> Watch:
    """A page read as a browser reads it."""
    watch = Watch()
    watch.feed(page)
    watch.close()
    return watch


async def poisoned(it: Filled) -> int:
    """Own fields of text kinds made, and every text of the user's records filled with what hurts; in how many fields."""
    for place, kind in enumerate(("rich_text", "text", "long_text")):
        await it.room.own_fields.add({"entity": "party", "name": f"own_{place}", "kind": kind, "label_fa": SCRIPT[:60], "label_en": "Own", "options": {}, "flags": {"listed": True, "searched": True}}, "admin")  # fmt: skip
    filled_in = 0
    for entity in it.room.catalogue.entities.values():
        for one in entity.fields:
            if not one.typed or one.unique or type(one.kind) not in (Line, LongText, RichText):
                continue
            longest = getattr(one.kind, "longest", None) or 10_000
            text = f"{FORMULA}{TURNED}{SCRIPT}{RICH if isinstance(one.kind, RichText) else ''}"
            if len(text) <= longest:
                filled_in += await typed(it, entity, {one.name: text})
        for one in (one for one in entity.fields if isinstance(one.kind, Rows) and one.typed):
            texts = [
                part.name for part in one.kind.fields if type(part.kind) in (Line, LongText) and (part.kind.longest or 999) >= len(SCRIPT)
            ]
            required = [part for part in one.kind.fields if part.required and part.name not in texts]
            if texts and not required:
                filled_in += await typed(it, entity, {one.name: [dict.fromkeys(texts, SCRIPT + TURNED)]})
    return filled_in


async def typed(it: Filled, entity: Any, values: dict[str, Any]) -> bool:
    """Whether the field took it; some know better (a telephone number is none)."""
    try:
        await it.room.records.change(entity, it.ids[entity.name]["mine"], values, SYSTEM)
    except RecordInvalid:
        return False
    return True


PARTS = 3


@pytest.mark.parametrize("part", range(PARTS))
async def test_no_page_runs_or_turns_what_people_typed(tmp_path: Path, part: int) -> None:
    """Every page that there is, read as a browser reads it: no script, no event, no strange address, no turned text."""
    async with filled(tmp_path) as it:
        it.room.patterns._members = lambda: {"admin": "administrator"}
        assert await poisoned(it) > 12
        browser, found = await it.room.house.logged_in("admin"), 0
        for route in it.room.table.routes[part::PARTS]:
            if route.method != "GET" or not touches_records(route) or route.path.endswith(".pdf"):
                continue
            for path, who, entity in addresses(it, route):
                if who != "mine" and RECORD.search(route.path):
                    continue
                for query in {"", asked(it, route, entity)} if route.kind != "api" else {""}:
                    reply = await browser.get(f"{path}?{query}" if query else path)
                    assert reply.status < 500, (path, reply.text[-300:])
                    said = reply.body.decode("utf-8", "replace")
                    assert not TURNERS & set(said), path
                    kind = reply.headers.get("Content-Type", "")
                    if kind.startswith("text/html"):
                        watch = watched(said)
                        assert not watch.bad, (path, watch.bad[:3])
                        found += "alert(2)" in "".join(watch.text)
                    elif "alert(" in said:
                        assert kind.startswith(("application/json", "text/plain", "application/octet-stream")), (path, kind)
        assert found > 3, "the texts are shown as they were typed, or this test proves nothing"


@pytest.mark.parametrize("form", [name for name in FORMATS if name != "pdf"])
async def test_no_file_runs_or_turns_what_people_typed(tmp_path: Path, form: str) -> None:
    """Exports in every format: formulas are texts, XML is well-formed, HTML has no script, nothing is turned."""
    async with filled(tmp_path) as it:
        it.room.patterns._members = lambda: {"admin": "administrator"}
        await poisoned(it)
        entity, viewer = it.room.catalogue["party"], it.room.patterns.viewer("admin")
        number = await it.room.exports.start(
            Query(entity=entity), entity.of(level=2), form, viewer, language="fa", title="=1+1" + SCRIPT[:40]
        )
        await it.room.exports.settled()
        file, media, _name = await it.room.exports.file(number, viewer)
        if zipfile.is_zipfile(file):
            with zipfile.ZipFile(file) as packed:
                parts = {name: packed.read(name) for name in packed.namelist()}
            assert all(ET.fromstring(part) is not None for name, part in parts.items() if name.endswith((".xml", ".rels")))
            said = b"".join(parts.values()).decode("utf-8", "replace")
            assert "<f>" not in said, "a formula"
            assert 'TargetMode="External"' not in said, "a link to elsewhere"
        else:
            said = file.read_text("utf-8-sig")
        assert "alert(2)" in said
        assert not {turner for turner in TURNERS if turner in said}
        _as_read(form, media, said)


def _as_read(form: str, media: str, said: str) -> None:
    """The file as its program reads it."""
    if media.startswith("text/html"):
        assert not [bad for bad in watched(said).bad if bad != "<style>"]
    elif form == "csv":
        cells: list[Any] = [cell for row in csv.reader(said.splitlines(keepends=True)) for cell in row]
        assert not [cell for cell in cells if cell[:1] in "=+@-\t\r" and not cell.lstrip("+-").replace(".", "").isdigit() and cell]
    elif form == "xml":
        assert ET.fromstring(said.encode()) is not None
    elif form == "json":
        assert orjson.loads(said)
    elif form == "vcf":
        assert said.count("BEGIN:VCARD") == said.count("END:VCARD") == 3
