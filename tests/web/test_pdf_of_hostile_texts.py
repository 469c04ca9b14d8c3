"""Whatever a record's texts hold, printing them reads no file, asks no server, turns no neighbour round, and ends."""

from __future__ import annotations

import re
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from markupsafe import escape
from weasyprint import HTML

from config import paper
from config.programs import ProgramFailed, run_program
from crm.entities.records.party import PARTY
from crm.exports.formats import Html, print_pdf
from crm.exports.table import layout
from crm.fields.kind import Showing
from crm.fields.rich import safe_html
from crm.merging.letters import Sheet
from crm.record import Record
from web.letter_paper import PRINTER, LetterPaper
from web.pages.record_print import NoPdf

SOURCE = Path(PRINTER).read_text("utf-8")
PERSIAN = "نشانی: تهران، خیابان ولیعصر"
ODD = {
    "emoji": "👨‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿😀",
    "no glyphs": "𒀀𐎠꧁\ue000﷽ \U0001ffff",
    "marks": "ا" + "\u064b" * 300,
    "a long word": "a" * 300,
    "a long Persian word": "ا" * 300,
    "a long text": PERSIAN * 60,
    "turned": "\u202eevil\u2066x\u2069\u200f",
    "lines": "a\n" * 90,
    "elements": "</td></table></body><script>alert(1)</script><style>*{display:none}</style>",
}


@contextmanager
def listening() -> Iterator[tuple[str, list[str]]]:
    """A server of our own, and what it was asked for."""
    asked: list[str] = []

    class Notes(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Notes)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()


def reaching(place: str, secret: Path) -> str:
    """HTML that names addresses in every way that makes a printer fetch them."""
    return "".join(
        f'<img src="{one}"><img srcset="{one} 2x"><object data="{one}"></object><embed src="{one}"><iframe src="{one}"></iframe><a rel="attachment" href="{one}">a</a>'
        f'<link rel="stylesheet" href="{one}"><link rel="attachment" href="{one}"><style>@import url("{one}"); @font-face{{font-family:x;src:url("{one}")}} p{{font-family:x}}'
        f'</style><p style="background:url({one});list-style-image:url({one});content:url({one})">x</p><svg xmlns="http://www.w3.org/2000/svg"><image href="{one}"/><use href="{one}"/></svg>'
        for one in (f"{place}/x", secret.as_uri())
    )  # fmt: skip


def inside(pdf: bytes) -> bytes:
    """The PDF with its streams unpacked."""
    found = re.findall(rb"stream\r?\n(x[\x01\x5e\x9c\xda].*?)\r?\nendstream", pdf, re.DOTALL)
    return pdf + b"".join(zlib.decompressobj().decompress(one) for one in found)


async def printed(html: str, seconds: float = 120.0) -> bytes:
    return (await run_program([sys.executable, "-P", str(PRINTER)], seconds=seconds, feed=html.encode())).out


def page(body: str) -> str:
    return f'<!doctype html><html lang="fa" dir="rtl"><head><meta charset="utf-8"><title>x</title></head><body>{body}</body></html>'


async def test_no_address_in_a_text_is_fetched(tmp_path: Path) -> None:
    """Not by the print of a list or of letters, whatever stands in it; not even when the texts were not made safe before."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of the house")
    with listening() as (place, asked):
        made = await printed(page(reaching(place, secret)))
        assert made.startswith(b"%PDF")
        assert asked == []
        assert b"the secret of the house" not in inside(made)
        file = tmp_path / "export.html"
        file.write_text(page(reaching(place, secret)), "utf-8")
        print_pdf(file, tmp_path / "export.pdf")
        assert asked == []
        assert b"the secret of the house" not in inside((tmp_path / "export.pdf").read_bytes())
        HTML(string=page(f'<img src="{place}/x">')).write_pdf()
        assert asked == ["/x"], "the listener hears an ordinary print, or this test proves nothing"


def test_a_record_of_dozens_of_lines_begins_below_the_title_and_not_on_the_next_sheet(tmp_path: Path) -> None:
    """An export and a printed list let such a row go on on the next sheet; kept together it left the first one empty."""
    lines = "\n".join(f"line {number}" for number in range(60))
    plan = layout(PARTY, [one for one in PARTY.fields if one.name == "note"], "en", "All")
    export = Html(tmp_path / "a.html", plan)
    export.add([Record(entity="party", id=1, title="a", values={"name": "a", "note": lines})], Showing(language="en"))
    export.close()
    assert "line 0" in first_sheet(HTML(filename=str(tmp_path / "a.html")))
    style = (Path(PRINTER).parent / "static" / "print_page.css").read_text("utf-8")
    row = "".join(f"<div>{line}</div>" for line in lines.split("\n"))
    kind = "tall" if paper.tall([lines]) else ""
    list_ = f"<style>{style}</style><h1>All</h1><table><thead><tr><th>Note</th></tr></thead><tbody><tr class='{kind}'><td>{row}</td></tr></tbody></table>"
    assert "line 0" in first_sheet(HTML(string=list_))
    assert not paper.tall(["a note", "number\n" * 5])


def first_sheet(html: HTML) -> str:
    """The texts of the first page."""
    boxes = html.render().pages[0]._page_box.descendants()
    return " ".join(box.text for box in boxes if getattr(box, "text", ""))


async def test_a_letter_of_hostile_texts_is_printed(tmp_path: Path) -> None:
    """Formatted texts come as `safe_html` leaves them: no style, no picture, no attachment; subject and name are texts."""
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret of the house")
    with listening() as (place, asked):
        body = safe_html(reaching(place, secret) + "".join(f"<p>{one}</p>" for one in ODD.values()))
        assert "url(" not in body.replace("&quot;", '"').partition("<p>x</p>")[0]
        desk = LetterPaper({"fa": "<img src=x>", "en": ""}, lambda: date(2026, 3, 21))
        html = desk.page([Sheet(language="fa", subject=f'<img src="{place}/s">', body=body)], f'<img src="{place}/t">')
        assert "<img" not in html
        assert (await desk([Sheet(language="fa", subject="s", body=body)], "t")).startswith(b"%PDF")
        assert asked == []


async def test_odd_texts_are_printed() -> None:
    """Emoji, signs that no font has, very long words and texts: a PDF comes, in a table too."""
    cells = "".join(
        f'<tr><th scope="row"><bdi>{escape(one[:200])}</bdi></th><td><span dir="auto">{escape(one)}</span></td><td>{PERSIAN}</td></tr>'
        for one in ODD.values()
    )
    assert (await printed(page(f"<table><tbody>{cells}</tbody></table>"))).startswith(b"%PDF")


def test_long_words_may_be_broken_and_endless_texts_are_cut() -> None:
    """Words that people write stay whole; what is longer than a line gets places to break, and what has no end gets one."""
    document = HTML(string=page(f"<p>IR062960000000100324200001 {'a' * 40}<b>x</b>{'ب' * 31}</p><p>{'a b ' * 20_000}</p>"))
    paper.breakable(document.etree_element)
    first, second = document.etree_element.iter("p")
    assert first.text == f"IR062960000000100324200001 {'a' * 15}\u200b{'a' * 15}\u200b{'a' * 10}"
    assert first[0].tail == f"{'ب' * 15}\u200b{'ب' * 15}\u200bب"
    assert (len(second.text), second.text[-1]) == (paper.LONGEST_TEXT + 1, "…")


async def test_what_cannot_be_printed_is_said(tmp_path: Path) -> None:
    """Elements without end are more than the printer can bear: it ends, and whoever asked gets a sentence."""
    desk = LetterPaper({"fa": "", "en": ""}, lambda: date(2026, 3, 21))
    with pytest.raises(NoPdf):
        await desk([Sheet(language="fa", subject="", body="<blockquote>" * 2000)], "t")


async def test_a_printer_has_no_more_memory_and_time_than_it_is_given() -> None:
    """A print that would take all the memory ends by itself."""
    greedy = "from config.paper import limit; limit(); print(len(bytearray(3 * 1024 ** 3)))"
    with pytest.raises(ProgramFailed, match="MemoryError"):
        await run_program([sys.executable, "-c", greedy], seconds=60)
    assert "limit()" in SOURCE
