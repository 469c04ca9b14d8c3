"""Customers in the browser: found while typing, looked at, written down, corrected; nothing typed is lost."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from attrs import evolve, frozen
from sqlalchemy import insert

from crm.attachments.tables import attachment
from crm.catalogue import Catalogue
from crm.directory import Directory
from crm.dispositions import Dispositions
from crm.duplicates.duplicates import Duplicates
from crm.parties import Parties
from crm.patterns import Patterns
from crm.records import Records
from crm.timeline import Timeline
from crm.timeline_page import FollowUps, TimelinePages
from recordings.records import Kept, keep
from switchboard.call import Calls
from tests.web.building import COOKIE, Building, building
from tests.web.memory import MemoryBrowser, Reply
from tests.web.record_office import ADMIN
from web.csrf import csrf_token
from web.pages import (
    party as record_page,
    record_form as form_pages,
    record_list as list_page,
    record_page as rest_pages,
    record_print as print_page,
)

MARYAM = {
    "first_name": "مریم", "last_name": "احمدی", "prefix": "خانم", "vip": True, "roles": "customer", "company": "شرکت آریا صنعت", "title": "مدیر خرید",
    "phones": ["09121234567", {"raw": "021-88776655 داخلی 12", "label": "work"}], "note": "<b>صبح‌ها</b> در جلسه است",
}  # fmt: skip


@frozen
class Crm:
    site: Building
    parties: Parties
    timeline: Timeline
    calls: Calls
    records: Records

    async def post(self, user: str, path: str, **form: str) -> Reply:
        """A form of a page, sent as a browser sends it."""
        browser = await self.site.logged_in(user)
        return await browser.post(path, form={"csrf": csrf_token(browser.cookies[COOKIE]), **form})


@asynccontextmanager
async def crm(folder: Path) -> AsyncIterator[Crm]:
    made: list[Crm] = []

    def routes(parts):
        database, bus, clock, accounts = (parts[name] for name in ("database", "bus", "clock", "accounts"))
        catalogue = Catalogue(database)
        patterns = Patterns(database, clock, lambda: {one.username: one.access for one in accounts.all()})
        records = Records(database, bus, clock, catalogue)
        directory, calls, parties, dispositions = (
            Directory(database),
            Calls(bus, clock),
            Parties(records, patterns.viewer),
            Dispositions(catalogue),
        )
        timeline = Timeline(database, bus, clock, calls, parties, dispositions)
        made.extend((parties, timeline, calls, records))
        duplicates = Duplicates(database, bus, clock, records)
        pages = record_page.routes(
            database,
            catalogue,
            records,
            patterns,
            directory,
            timeline,
            TimelinePages(database, catalogue),
            FollowUps(database, clock),
            dispositions,
            accounts,
            "Asia/Tehran",
            duplicates,
        )
        forms = form_pages.routes(catalogue, records, patterns, accounts, "Asia/Tehran")
        rest = rest_pages.routes(catalogue, records, patterns, accounts, "Asia/Tehran", duplicates)
        lists = list_page.routes(catalogue, records, patterns, accounts, "Asia/Tehran", database, clock)
        prints = print_page.routes(catalogue, records, patterns, accounts, "Asia/Tehran", parts["assets"])
        return [*pages, *forms, *rest, *lists, *prints]

    async with building(folder, routes) as site:
        parties, timeline, calls, records = made
        try:
            yield Crm(site, parties, timeline, calls, records)
        finally:
            await timeline.stop()


async def fragment(browser: MemoryBrowser, path: str) -> Reply:
    return await browser.get(path, headers={"HX-Request": "true"})


async def test_the_list_is_searched_narrowed_and_paged(tmp_path: Path) -> None:
    """The address says what is seen, so it can be shared; numbers are there to be called, and who works where."""
    async with crm(tmp_path) as it:
        for n in range(60):
            await it.parties.create({"last_name": f"شماره {n:02}"}, "reza")
        await it.parties.create(MARYAM, "reza")
        browser = await it.site.logged_in("maryam")
        first = (await browser.get("/parties")).text
        assert first.count("<tr data-id=") == 50
        forward = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
        assert (await browser.get(forward)).text.count("<tr data-id=") == 12
        found = (await browser.get("/parties?q=%D8%A7%D8%AD%D9%85&kind=person")).text
        assert found.count("<tr data-id=") == 1
        assert found.count('data-dial="+98') == 2
        assert "مدیر خرید" in found
        assert "شرکت آریا صنعت" in found
        assert (await browser.get("/parties?kind=company")).text.count("<tr data-id=") == 1
        assert (await browser.get("/parties?is.roles=customer")).text.count("<tr data-id=") == 1
        nobody = await browser.get("/parties?q=zzz")
        assert nobody.status == 200
        assert "<tr data-id=" not in nobody.text
        for odd in (
            "?after=x",
            "?per=-1",
            "?is.groups=x",
            "?is.groups=7",
            "?kind=robot",
            "?is.roles=wizard",
            "?q=" + "x" * 3000,
            "?per=99999999999",
        ):
            assert (await browser.get(f"/parties{odd}")).status == 200


async def test_the_phone_book_is_printed(tmp_path: Path) -> None:
    """Names with their numbers, under their letters."""
    async with crm(tmp_path) as it:
        await it.parties.create(MARYAM, "reza")
        listed = (await (await it.site.logged_in("maryam")).get("/parties?q=%D8%A7%D8%AD%D9%85")).text
        address = unescape(re.search(r'href="([^"]*look=book[^"]*)"', listed)[1])
        assert "q=" in address
        assert (await (await it.site.logged_in("maryam")).get(address)).text.count("<article>") == 1
        text = (await (await it.site.logged_in("maryam")).get("/parties/print?look=book")).text
        assert "<h1>دفتر تلفن · مشتریان</h1>" in text
        assert text.count("<article>") == 1
        assert "۰۹۱۲ ۱۲۳ ۴۵ ۶۷" in text
        assert "(۱۲)" in text


async def test_a_customers_page_shows_everything_and_runs_nothing(tmp_path: Path) -> None:
    """Post, company, numbers to dial; what somebody typed as HTML is text."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        for user, language in (("maryam", ""), ("nader", "?x=1")):
            text = (await (await it.site.logged_in(user)).get(f"/parties/{number}{language}")).text
            assert "مدیر خرید" in text
            assert "شرکت آریا صنعت" in text
            assert text.count('data-dial="+98') >= 3
            assert "&lt;b&gt;صبح‌ها" in text
            assert "<b>صبح" not in text
        assert ("/delete" in text, "/delete" in (await (await it.site.logged_in("maryam")).get(f"/parties/{number}")).text) == (True, False)
        company = (await (await it.site.logged_in("maryam")).get("/parties/2")).text
        assert f'href="/parties/{number}"' in company


async def test_an_administrator_gives_a_log_in_from_the_customers_page(tmp_path: Path) -> None:
    """To any person or company; who has one already leads to it. Nobody else is offered this."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        admin = await it.site.logged_in("admin")
        assert f'href="/users/new?party={number}"' in (await admin.get(f"/parties/{number}")).text
        await it.site.accounts.change(evolve(it.site.accounts.known("client"), party=number))
        assert 'href="/users/client"' in (await admin.get(f"/parties/{number}")).text
        assert "/users/" not in (await (await it.site.logged_in("nader")).get(f"/parties/{number}")).text


async def test_english_readers_get_english(tmp_path: Path) -> None:
    """The same page in the other language, left to right."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        browser = await it.site.logged_in("maryam")
        browser.cookies["language"] = "en"
        text = (await browser.get(f"/parties/{number}")).text
        assert 'dir="ltr"' in text
        assert "Write down a communication" in text
        assert "0912 123 45 67" in text


async def test_a_new_customer_is_saved(tmp_path: Path) -> None:
    """The form makes the record and opens it; the address may bring a name."""
    async with crm(tmp_path) as it:
        browser = await it.site.logged_in("maryam")
        assert 'value="پارس"' in (await browser.get("/parties/new?kind=company&name=%D9%BE%D8%A7%D8%B1%D8%B3")).text
        reply = await it.post(
            "maryam", "/parties/new", kind="person", first_name="سارا", last_name="نوری", status="prospect",
            **{"channels": "", "channels.0.raw": "۰۹۳۵ ۱۱۱ ۲۲۳۳", "channels.1.raw": "021-88776655", "channels.2.raw": "sara@example.com"},
        )  # fmt: skip
        assert reply.status == 303
        page = (await browser.get(reply.headers["Location"])).text
        assert 'data-dial="+989351112233"' in page
        assert 'data-dial="+982188776655"' in page
        assert "mailto:sara@example.com" in page
        wrong = await it.post("maryam", "/parties/new", kind="person", **{"channels": "", "channels.0.raw": "سلام"})
        assert wrong.status == 422
        assert 'value="سلام"' in wrong.text


async def test_deleting_can_be_undone(tmp_path: Path) -> None:
    """Supervisors delete; the record's page offers to undo it; agents cannot."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        assert (await it.post("maryam", f"/parties/{number}/delete")).status == 403
        gone = await it.post("nader", f"/parties/{number}/delete")
        assert gone.headers["Location"] == f"/parties/{number}"
        supervisor = await it.site.logged_in("nader")
        assert f"/parties/{number}/restore" in (await supervisor.get(f"/parties/{number}")).text
        assert (await supervisor.get(f"/parties/{number}/edit")).status == 409
        assert (await it.post("nader", f"/parties/{number}/restore")).status == 303
        assert (await supervisor.get(f"/parties/{number}/edit")).status == 200


async def test_a_communication_is_written_down_with_its_promise(tmp_path: Path) -> None:
    """A meeting in seconds; the follow-up stands beside it until it is ticked off, and that can be undone."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        path = f"/parties/{number}/communications"
        assert (
            await it.post(
                "maryam", path, method="meeting", direction="in", subject="جلسه", note="<i>خوب</i>", later="فردا ۱۰", disposition="order"
            )
        ).status == 303
        browser = await it.site.logged_in("maryam")
        page = (await browser.get(f"/parties/{number}")).text
        assert "&lt;i&gt;خوب" in page
        assert "سفارش ثبت شد" in page
        assert "/follow-ups/1/done" in page
        ticked = await it.post("maryam", "/follow-ups/1/done", back=f"/parties/{number}")
        page = (await browser.get(ticked.headers["Location"])).text
        assert 'name="undo" value="1"' in page
        await it.post("maryam", "/follow-ups/1/done", back=f"/parties/{number}", undo="1")
        assert 'name="undo"' not in (await browser.get(f"/parties/{number}")).text
        assert (await it.post("maryam", "/follow-ups/99/done")).status == 404
        assert "هنوز چیزی نوشته نشده" in (await it.post("maryam", path, method="meeting", direction="in", subject=" ", note="")).text
        wrong = await it.post("maryam", path, method="telepathy", note="keep me")
        assert wrong.status == 422
        assert ">keep me</textarea>" in wrong.text
        wrong = await it.post("maryam", path, method="meeting", direction="in", note="keep me", later="بی‌گاه")
        assert wrong.status == 422
        assert ">keep me</textarea>" in wrong.text
        assert "بی‌گاه" in wrong.text


async def test_the_head_has_the_rating_in_its_own_colour_and_projects_speak_of_projects(tmp_path: Path) -> None:
    """A record's own colour is not its rating's; the prefix stands before the name."""
    async with crm(tmp_path) as it:
        number = await it.parties.create({**MARYAM, "colour": "#aa3366", "ratings": [{"grade": "a"}]}, "reza")
        head = (
            (await (await it.site.logged_in("maryam")).get(f"/parties/{number}")).text.split('record-head">')[1].split('class="columns"')[0]
        )
        assert re.findall(r'data-colour="(#\w+)"></span>(?: |عالی)', head) == ["#aa3366", "#1f7a4d"]
        assert re.search(r"خانم</span> <bdi>مریم احمدی", head)
        project = await it.parties.create({"kind": "project", "name": "برج باغ", "begins": "2026-01-01"}, "reza")
        page = (await (await it.site.logged_in("maryam")).get(f"/parties/{project}")).text
        assert ("دربارهٔ پروژه" in page, "دربارهٔ شرکت" in page) == (True, False)


async def test_the_timeline_is_paged_and_filtered(tmp_path: Path) -> None:
    """Fifteen at a time, older ones on demand, calls apart from the rest."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        for n in range(20):
            await it.timeline.write_down(number, "maryam", method="note" if n % 2 else "call", subject=f"subject-{n:02}", at=1000.0 + n)
        browser = await it.site.logged_in("maryam")
        page = (await browser.get(f"/parties/{number}")).text
        assert page.count('id="communication-') == 15
        more = page.split('hx-get="/parties/')[-1].split('"')[0].replace("&amp;", "&")
        rest = (await fragment(browser, f"/parties/{more}")).text
        assert rest.count('id="communication-') == 5
        assert "subject-00" in rest
        assert (await browser.get(f"/parties/{number}?show=calls")).text.count('id="communication-') == 10
        where = json.dumps({"field": "parties", "op": "has", "value": number}, separators=(",", ":"))
        assert f"/communications?{urlencode({'filter': where})}" in page.replace("%20", "+")


async def test_a_missed_call_begins_with_its_first_word(tmp_path: Path) -> None:
    """Nobody talked: no dot stands before who else it is with."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        values = {"subject": "x", "parties": [number, number - 1], "user": None}
        await it.records.create(it.records.catalogue["communication"], values, ADMIN)
        page = (await (await it.site.logged_in("maryam")).get(f"/parties/{number}")).text
        line = page.split('class="timeline"')[1].split('<p class="when">')[1]
        assert line.lstrip().startswith('<a href="/parties/')


async def test_a_communication_tells_all_on_the_timeline(tmp_path: Path) -> None:
    """Topic, effect, products with their notes, files; it opens as a record of its own, and the whole form begins with the customer."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        one = await it.timeline.write_down(
            number, "maryam", method="meeting", topic="price", effect="good", products=[{"product": "پمپ", "note": "۵ اسب <b>"}]
        )
        of_it = {
            "entity": "communication",
            "record_id": one,
            "media": "text/plain",
            "size": 1,
            "sha256": "0" * 64,
            "by": "maryam",
            "at": 1.0,
        }
        gone = {**of_it, "name": "old.pdf", "deleted_at": 2.0}
        await it.site.database.write(lambda c: c.execute(insert(attachment), [{**of_it, "name": "نقشه.pdf", "deleted_at": None}, gone]))
        page = (await (await it.site.logged_in("maryam")).get(f"/parties/{number}")).text
        timeline = page[page.index('class="timeline"') :]
        for shown in ("استعلام قیمت", "پمپ", "۵ اسب &lt;b&gt;", "نقشه.pdf", f'href="/communications/{one}"'):
            assert shown in timeline, shown
        assert "old.pdf" not in timeline
        assert f'href="/communications/new?parties={number}"' in page
        begun = (await (await it.site.logged_in("maryam")).get(f"/communications/new?parties={number},{number - 1}")).text
        assert ("مریم احمدی" in begun, "شرکت آریا صنعت" in begun, f"#{number}" in begun) == (True, True, False)


async def test_a_call_on_the_timeline_has_its_recording(tmp_path: Path) -> None:
    """The player stands at the call, with a plain sound element inside for browsers without modules."""
    async with crm(tmp_path) as it:
        number = await it.parties.create(MARYAM, "reza")
        it.calls.arrived("1.1", direction="inbound", caller="09121234567", dialled="1000", at=1000.0)
        it.calls.connected("1.1", agent="maryam", leg="x", at=1001.0)
        await it.timeline.stop()
        kept = Kept("1.1", 1000.0, 40.0, "2026/01/1.1.mp3", 2, 10, "0" * 64, repaired=False, kept_at=1.0)
        await it.site.database.write(lambda c: keep(c, kept))
        page = (await (await it.site.logged_in("maryam")).get(f"/parties/{number}")).text
        assert '<recording-player src="/recordings/1/audio" peaks="/recordings/1/peaks"' in page
        assert "مریم" in page


async def test_a_communication_moves_to_the_right_customer(tmp_path: Path) -> None:
    """Search, choose, and it stands there instead."""
    async with crm(tmp_path) as it:
        wrong = await it.parties.create(MARYAM, "reza")
        right = await it.parties.create({"last_name": "نوری"}, "reza")
        one = await it.timeline.write_down(wrong, "maryam", subject="یک")
        browser = await it.site.logged_in("maryam")
        page = (await browser.get(f"/communications/{one}/move?q=%D9%86%D9%88%D8%B1")).text
        assert f'value="{right}"' in page
        assert '<bdi class="strong">یک</bdi>' in page
        silent = await it.timeline.write_down(wrong, "maryam", method="meeting", note="بی‌موضوع")
        assert '<bdi class="strong">جلسه</bdi>' in (await browser.get(f"/communications/{silent}/move")).text
        moved = await it.post("maryam", f"/communications/{one}/move", party=str(right))
        assert moved.headers["Location"] == f"/parties/{right}?saved=1"
        assert f"communication-{one}" in (await browser.get(f"/parties/{right}")).text
        assert f"communication-{one}" not in (await browser.get(f"/parties/{wrong}")).text
        for absurd in ("x", "9" * 30):
            assert (await it.post("maryam", f"/communications/{one}/move", party=absurd)).status == 404


async def test_a_project_stays_with_a_communication_whose_customer_was_wrong(tmp_path: Path) -> None:
    """Moved from a person's page it leaves the person and the company, moved from the company's the person too; what has no number offers no others of it."""
    async with crm(tmp_path) as it:
        wrong = await it.parties.create(MARYAM, "reza")
        right = await it.parties.create({"last_name": "نوری"}, "reza")
        project = await it.parties.create({"kind": "project", "name": "برج باغ"}, "reza")
        communication = it.records.catalogue["communication"]
        (tie,) = (await it.records.get(it.records.catalogue["party"], wrong, ADMIN)).values["relations"]
        company = tie["other"]
        for leaves in (wrong, company):
            one = await it.records.create(communication, {"subject": "بازدید", "parties": [wrong, company, project]}, ADMIN)
            browser = await it.site.logged_in("maryam")
            assert f'href="/communications/{one}/move?from={leaves}"' in (await browser.get(f"/parties/{leaves}")).text
            page = (await browser.get(f"/communications/{one}/move?from={leaves}&q=%D9%86%D9%88%D8%B1")).text
            assert ("بازدید" in page, f'name="from" value="{leaves}"' in page, 'name="all"' in page) == (True, True, False)
            await it.post("maryam", f"/communications/{one}/move", **{"party": str(right), "from": str(leaves)})
            assert (await it.records.get(communication, one, ADMIN)).values["parties"] == [right, project]


@pytest.mark.parametrize("path", ["/parties/999", "/parties/999/edit", "/parties/999/timeline"])
async def test_who_is_not_there_is_said(tmp_path: Path, path: str) -> None:
    """A record that never was gives a page that says so."""
    async with crm(tmp_path) as it:
        reply = await (await it.site.logged_in("maryam")).get(path)
        assert reply.status in {200, 404}
        assert "Traceback" not in reply.text
        assert reply.status == 404 or "communication-" not in reply.text


@pytest.mark.parametrize("path", ["/parties", "/parties/1", "/parties/new"])
async def test_nobody_sees_customers_without_logging_in(tmp_path: Path, path: str) -> None:
    """Strangers are led to the log-in."""
    async with crm(tmp_path) as it:
        await it.parties.create(MARYAM, "reza")
        reply = await it.site.browser().get(path)
        assert reply.status in {303, 401}
        assert "احمدی" not in reply.text


async def test_a_scanned_card_opens_the_customer_with_the_discount(tmp_path: Path) -> None:
    """Swipe or scan anywhere: one owner opens at once, a code that is nobody's goes to the search."""
    async with crm(tmp_path) as it:
        cards = [{"kind": "discount", "code": "6300001404", "discount": 12.5}, {"kind": "membership", "code": "77", "until": "2020-01-01"}]
        number = await it.parties.create({**MARYAM, "cards": cards}, "reza")
        browser = await it.site.logged_in("maryam")
        reply = await browser.get("/cards?code=6300001404")
        assert reply.headers["Location"] == f"/parties/{number}?card=6300001404"
        assert "تخفیف ۱۲٫۵٪" in (await browser.get(reply.headers["Location"])).text
        assert "معتبر نیست" not in (await browser.get(f"/parties/{number}?card=6300001404")).text
        assert "اعتبار این کارت تمام شده است" in (await browser.get(f"/parties/{number}?card=77")).text
        assert (await browser.get("/cards?code=0")).headers["Location"] == "/search?q=0"
        await it.parties.create({"last_name": "x", "cards": [{"code": "77"}]}, "reza")
        assert (await browser.get("/cards?code=77")).headers["Location"] == f"/parties/{number + 1}?card=77"
