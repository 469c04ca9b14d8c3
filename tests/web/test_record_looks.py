"""The other looks of any entity's records: a board of states, a calendar of dates, a map of points, a print."""

from __future__ import annotations

import re
import zlib
from contextlib import suppress
from html import unescape

from tests.web.record_office import ADMIN, office
from web.pages import record_board, record_calendar, record_list, record_map, record_print


async def test_a_board_has_a_column_for_each_state(tmp_path):
    """Cards stand where they are, with the moves that are allowed; the rest of a long column is a click away."""
    async with office(tmp_path, record_list, record_board) as it:
        for place in range(32):
            await it.make(name=f"قطار {place}", state="new")
        await it.make(name="باز", state="open")
        await it.make(name="هیچ", state=None)
        text = (await it.get("maryam", "/toys/board")).text
        assert text.count('class="board-column"') == 4
        assert text.count('class="board-card"') == 32
        assert "۳۲" in text
        assert 'data-moves="open"' in text
        assert 'data-moves="new done"' in text
        narrowed = (await it.get("maryam", "/toys/board?q=%D8%A8%D8%A7%D8%B2")).text
        assert narrowed.count('class="board-card"') == 1
        listed = unescape(re.search(r'href="(/toys\?[^"]*filter[^"]*)"', text)[1])
        assert (await it.get("maryam", listed)).text.count("<tr data-id=") == 32


async def test_a_card_moves_as_allowed_and_back(tmp_path):
    """A move is saved with its history and can be undone; one that is not allowed, or lacks what the state needs, is refused at the field."""
    async with office(tmp_path, record_list, record_board) as it:
        number = await it.make(name="قطار", state="new")
        reply = await it.post("maryam", "/toys/board/move?by=state", {"record": str(number), "to": "open", "version": "1"})
        assert reply.status == 303
        assert (await it.values(number))["state"] == "open"
        back = (await it.get("maryam", reply.headers["Location"])).text
        assert 'name="to" value="new"' in back
        assert (await it.post("maryam", "/toys/board/move", {"record": str(number)})).status == 422
        assert (await it.post("maryam", "/toys/board/move", {"record": str(number), "to": "done"})).status == 422, "needs a reason"
        assert (await it.post("maryam", "/toys/board/move", {"record": str(number), "to": "new", "version": "1"})).status == 409
        assert (await it.post("maryam", "/toys/board/move", {"record": "x", "to": "new"})).status == 404
        assert (await it.values(number))["state"] == "open"
        assert (await it.get("client", "/toys/board")).status == 403


async def test_a_calendar_shows_months_and_weeks_of_both_calendars(tmp_path):
    """Persian weeks begin on Saturday; a day's number opens its list."""
    async with office(tmp_path, record_list, record_calendar) as it:
        await it.make(name="تولد", made_on="1404/09/01")
        for place in range(6):
            await it.make(name=f"شلوغ {place}", made_on="1404/09/15")
        text = (await it.get("maryam", "/toys/calendar?at=2025-11-22")).text
        assert "آذر ۱۴۰۴" in text
        assert text.index('<th scope="col">شنبه') < text.index('<th scope="col">جمعه')
        assert "تولد" in text
        assert "۲ مورد دیگر" in text or "2 more" in text or "۲" in text
        day = unescape(re.findall(r'class="calendar-day" href="([^"]+)"', text)[0])
        assert (await it.get("maryam", day)).status == 200
        week = (await it.get("maryam", "/toys/calendar?at=2025-12-06&span=week&calendar=gregorian")).text
        assert week.count("شلوغ") == 6
        assert week.count('class="calendar-day"') == 7
        for odd in ("at=x", "at=0001-01-01", "by=nothing", "by=created_at", "by=seen_at", "calendar=maya", "span=year"):
            assert (await it.get("maryam", f"/toys/calendar?{odd}")).status == 200, odd


async def test_a_map_draws_every_point_it_may_show(tmp_path):
    """Each point is a link; records without one are counted; a small map needs nobody's server."""
    async with office(tmp_path, record_list, record_map, record_print) as it:
        await it.make(name="تهران", point="35.7,51.4")
        await it.make(name="شیراز", point="29.6,52.5")
        await it.make(name="ناکجا")
        text = (await it.get("maryam", "/toys/map")).text
        assert text.count('class="map-point"') == 2
        assert 'href="/toys/1"' in text
        assert "viewBox" in text
        assert "http://" not in text.split("<svg", 1)[1].split("</svg>")[0].replace("http://www.w3.org", "")
        assert (await it.get("maryam", "/toys/map?q=zzz")).text.count('class="map-point"') == 0


def unpacked(pdf: bytes) -> bytes:
    """What the streams of a PDF hold."""
    found = []
    for stream in re.finditer(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(stream[1]))
    return b"".join(found)


async def test_a_list_is_printed_as_searched_and_sorted(tmp_path):
    """On a page and as PDF, in the order of the list; who may not print is refused; a record cannot make the printer read files."""
    async with office(tmp_path, record_list, record_print) as it:
        for n in range(60):
            await it.make(name=f"قطار {n}", price=n, phone="09121234567")
        await it.make(name='<img src="file:///etc/passwd">')
        text = (await it.get("maryam", "/toys/print?sort=-price&columns=price,phone&q=%D9%82%D8%B7%D8%A7%D8%B1")).text
        assert text.count("<tr><td") == 60
        assert text.index("قطار 59") < text.index("قطار 0<")
        assert "۰۹۱۲ ۱۲۳ ۴۵ ۶۷" in text
        book = (await it.get("maryam", "/toys/print?look=book")).text
        assert book.count("<article>") == 60
        assert "<h2>ق</h2>" in book
        pdf = await it.get("maryam", "/toys/print.pdf?sort=price")
        assert pdf.body.startswith(b"%PDF")
        assert b"Vazirmatn" in unpacked(pdf.body)
        assert (await it.get("client", "/toys/print")).status == 403


async def test_birthdays_come_every_year(tmp_path):
    """By the Jalali day, or by the Gregorian one when that calendar is shown; 30 Esfand is kept on the 29th; each leads to its day's list."""
    async with office(tmp_path, record_list, record_calendar, everything=True) as it:
        party = it.catalogue["party"]
        for name, birth in (
            ("مریم", "1364/09/01"),
            ("کبیسه", "1399/12/30"),
            ("نوزاد", "1405/09/01"),
            ("فردا", "1405/09/02"),
            ("بی‌تاریخ", ""),
        ):
            await it.records.create(party, {"first_name": name, "last_name": "الف", "birth": birth}, ADMIN)
        for place in range(6):
            await it.records.create(party, {"first_name": f"شلوغ {place}", "last_name": "ب", "birth": f"{1350 + place}/09/15"}, ADMIN)
        month = (await it.get("maryam", "/parties/calendar?at=2026-11-22")).text
        cell = next(one for one in month.split("<td")[1:] if "مریم الف" in one)
        assert ("۴۱" in cell, "نوزاد" in cell, "aria-current" in cell) == (True, True, False)
        busy = next(one for one in month.split("<td")[1:] if "شلوغ" in one)
        assert (busy.count("شلوغ"), "۲" in busy) == (4, True)
        listed = unescape(re.search(r'class="calendar-more" href="([^"]*)"', busy)[1])
        assert (await it.get("maryam", listed)).text.count("<tr data-id=") == 6
        assert "کبیسه" in (await it.get("maryam", "/parties/calendar?at=2026-03-20&span=week")).text
        assert "کبیسه" in (await it.get("maryam", "/parties/calendar?at=2027-03-20&calendar=gregorian&span=week")).text
        assert "فردا" not in (await it.get("maryam", "/parties/calendar?at=2025-11-22")).text
        today = (await it.get("maryam", "/parties?filter=birth:yearly:2030-11-22")).text
        assert today.count("<tr data-id=") == 2


async def test_looks_are_kept_as_views(tmp_path):
    """A board by its field, a calendar by its span, a map: saved, shared, begun with, and applied by the server in the first answer."""
    async with office(tmp_path, record_list, record_board, record_calendar, record_map) as it:
        await it.make(name="ارزان", price=1, state="new", made_on="2025-11-22", point="35.7,51.4")
        await it.make(name="گران", price=9, state="new", made_on="2025-11-22", point="35.8,51.5")
        for number, (look, more) in enumerate(
            (
                ("board", {"by": "state"}),
                ("calendar", {"by": "made_on", "span": "week", "calendar": "gregorian"}),
                ("map", {"by": "point"}),
            ),
            1,
        ):
            saved = await it.post("reza", "/toys/views?filter=price:9", {"name": f"نما {look}", "look": look, "shared": "all", **more})
            assert saved.headers["Location"] == f"/toys/{look}?view={number}"
            shown = (await it.get("maryam", f"/toys/{look}?view={number}&at=2025-11-22")).text
            assert ("گران" in shown, "ارزان" in shown) == (True, False), look
            assert f'/toys/{look}?view={number}" aria-current="page"' in shown
        week = (await it.get("maryam", "/toys/calendar?view=2")).text
        assert 'class="calendar week"' in week
        assert "گران" not in (await it.get("maryam", "/toys/board?view=1&filter=price:1")).text
        without = (await it.get("maryam", "/toys?view=1&filter=")).text
        assert without.count("<tr data-id=") == 2
        assert "view=1&amp;filter=" in without or "filter=&amp;view=1" in without
        await it.post("maryam", "/toys/views", {"name": "آغاز", "look": "board", "by": "state", "first": "1"})
        begun = await it.get("maryam", "/toys")
        assert (begun.status, begun.headers["Location"]) == (303, "/toys/board?view=4")
