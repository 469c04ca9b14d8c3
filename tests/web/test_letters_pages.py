"""Letters and messages: filled in on the page, as PDF, kept with the record and on the timeline, for many in the background, by the API."""

from __future__ import annotations

import re
import zlib
from contextlib import asynccontextmanager
from datetime import date

from crm.access import EVERYTHING, Viewer
from crm.merging.letters import Sheet
from tests.web.building import COOKIE
from tests.web.whole import whole
from web.csrf import csrf_token
from web.letter_paper import LetterPaper

ADMIN = Viewer(username="admin", pattern=EVERYTHING)
LETTER = {
    "name": "نامهٔ معرفی", "use": "letter", "entity": "party", "language": "fa", "subject": "معرفی به {{ name }}",
    "body": "<p>{{ prefix }} {{ last_name }} گرامی،</p><p>شماره‌های شما:</p>{{ channels }}<p>{{ @today }}</p>",
}  # fmt: skip
MESSAGE = {
    "name": "تبریک",
    "use": "message",
    "entity": "party",
    "language": "fa",
    "text": "{{ last_name }} عزیز، تولدتان مبارک! {{ @office }}",
}


@asynccontextmanager
async def desk(folder):
    async with whole(folder) as room:
        await room.catalogue.load()
        await room.patterns.load()
        room.parts["letter"] = await room.records.create(room.catalogue["text_template"], LETTER, ADMIN)
        room.parts["message"] = await room.records.create(room.catalogue["text_template"], MESSAGE, ADMIN)
        room.parts["people"] = [
            await room.records.create(
                room.catalogue["party"],
                {"kind": "person", "last_name": name, "channels": [{"raw": "09121234567", "kind": "mobile"}]},
                ADMIN,
            )
            for name in ("احمدی", "رضایی")
        ]
        yield room


def pages(pdf: bytes) -> int:
    """How many pages a PDF has."""
    inside = b"".join(zlib.decompress(one) for one in re.findall(rb"stream\r?\n(x[\x01\x5e\x9c\xda].*?)\nendstream", pdf, re.DOTALL))
    return len(re.findall(rb"/Type ?/Page\b", inside + pdf))


async def send(room, user, path, **form):
    browser = await room.house.logged_in(user)
    return await browser.post(path, form={"csrf": csrf_token(browser.cookies[COOKIE]), **form})


async def test_a_template_is_refused_with_its_place_when_it_names_what_is_not_there(tmp_path):
    """An unknown field is said at the text, with what there is, also by program; nothing is saved."""
    async with desk(tmp_path) as room:
        bearer, browser = await room.house.bearer("admin"), room.house.browser()
        wrong = {**LETTER, "name": "غلط", "body": "<p>{{ last_nmae }}</p>"}
        reply = await browser.ask("POST", "/api/v1/text-templates", json=wrong, headers=bearer)
        assert reply.status == 422
        assert "last_name" in reply.text
        assert '"body"' in reply.text


async def test_a_letter_is_filled_in_printed_and_kept(tmp_path):
    """The page shows the filled text; the PDF is Persian and right; keeping it gives a file and a communication with its words."""
    async with desk(tmp_path) as room:
        number = room.people[0]
        page = await (await room.house.logged_in("maryam")).get(f"/parties/{number}/letter?template={room.letter}")
        assert "احمدی گرامی" in page.text
        assert "&lt;table&gt;" in page.text
        form = {"subject": "معرفی", "body": "<p>سلام احمدی<script>alert(1)</script></p>", "language": "fa"}
        pdf = await send(room, "maryam", f"/parties/{number}/letter", **form, do="pdf")
        assert pdf.body.startswith(b"%PDF")
        paper = LetterPaper({"fa": "آریا"}, lambda: date(2026, 3, 21)).page([Sheet(subject="<b>", body="<p>سلام</p>", language="fa")], "x")
        assert '<article lang="fa" dir="rtl"><header><strong>آریا</strong><bdi>۱۴۰۵/۰۱/۰۱</bdi></header><h1>&lt;b&gt;</h1>' in paper
        kept = await send(room, "maryam", f"/parties/{number}/letter", **form, do="keep")
        assert kept.headers["Location"] == f"/parties/{number}?saved=1"
        viewer = room.patterns.viewer("maryam")
        (file,) = await room.attachments.of(room.catalogue["party"], number, viewer)
        assert (file["name"], file["media"]) == ("معرفی.pdf", "application/pdf")
        (item,) = (await room.timeline_pages.of_party(number)).items
        assert (item["method"], item["direction"], item["subject"], item["note"]) == ("letter", "out", "معرفی", "سلام احمدی")


async def test_a_message_is_filled_in_and_counted(tmp_path):
    """Seventy letters to a Persian message; nothing is sent."""
    async with desk(tmp_path) as room:
        page = await (await room.house.logged_in("maryam")).get(f"/parties/{room.people[0]}/message?template={room.message}")
        assert "احمدی عزیز، تولدتان مبارک! آریا" in page.text
        assert "UCS-" in page.text
        bearer = await room.house.bearer("maryam")
        body = (await room.house.browser().get(f"/api/v1/parties/{room.people[0]}/merged?template={room.message}", headers=bearer)).json()
        assert (body["body"], body["alphabet"], body["parts"]) == ("احمدی عزیز، تولدتان مبارک! آریا", "UCS-2", 1)
        wrong = await room.house.browser().get(f"/api/v1/parties/{room.people[0]}/merged?template=999", headers=bearer)
        assert wrong.status == 404
        groups = (await room.house.browser().get("/api/v1/parties/merge-fields", headers=bearer)).json()["groups"]
        assert "credit" not in {field["path"] for field in groups[0]["fields"]}


async def test_a_field_above_the_user_s_level_is_not_merged(tmp_path):
    """A template with the confidential credit: a supervisor's letter is made, an agent's is refused by name."""
    async with desk(tmp_path) as room:
        secret = await room.records.create(
            room.catalogue["text_template"], {**LETTER, "name": "اعتبار", "body": "<p>{{ credit }}</p>"}, ADMIN
        )
        path = f"/parties/{room.people[0]}/letter?template={secret}"
        assert (await (await room.house.logged_in("nader")).get(path)).status == 200
        page = await (await room.house.logged_in("maryam")).get(path)
        assert page.status == 403
        assert "اعتبار" in page.text


async def test_letters_for_many_are_one_pdf_in_the_background(tmp_path):
    """Progress, a page for each, a communication for each when asked; who is gone is left out and named; only one's own are seen."""
    async with desk(tmp_path) as room:
        ids = ",".join(str(one) for one in [*room.people, 999])
        chosen = await (await room.house.logged_in("maryam")).get(f"/parties/letters?ids={ids}")
        assert "نامهٔ معرفی" in chosen.text
        begun = await send(room, "maryam", f"/parties/letters?ids={ids}", template=str(room.letter), noted="1")
        assert begun.headers["Location"] == "/letters"
        await room.letters.settled()
        viewer = room.patterns.viewer("maryam")
        (job,) = await room.letters.mine(viewer)
        assert (job["state"], job["written"], job["problems"][0][0]) == ("done", 2, 999)
        file = await (await room.house.logged_in("maryam")).get(f"/letters/{job['id']}/file")
        assert pages(file.body) == 2
        assert len((await room.timeline_pages.of_party(room.people[1])).items) == 1
        assert (await (await room.house.logged_in("reza")).get(f"/letters/{job['id']}/file")).status == 404
        none = await send(room, "maryam", "/parties/letters?ids=", template=str(room.letter))
        assert none.status == 422


async def test_letters_that_are_stopped_leave_nothing(tmp_path):
    """Cancelled before the end: no file; those that a stop of the product interrupted have failed."""
    async with desk(tmp_path) as room:
        viewer = room.patterns.viewer("maryam")
        number = await room.letters.start(room.letter, room.catalogue["party"], room.people * 60, viewer, noted=False)
        await room.letters.cancel(number, viewer)
        await room.letters.settled()
        assert (await room.letters.job(number, viewer))["state"] == "cancelled"
        assert not (tmp_path / "letters" / f"{number}.pdf").exists()
