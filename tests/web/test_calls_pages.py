"""The call list and one call: who sees which, filters in the address, live calls on top, the way, the recording."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from attrs import define

from agents.tables import queue
from config.settings import Settings
from crm.tables import party
from recordings.records import Kept, keep, mark_removed, note_access
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.call_log import put
from switchboard.moments import iso
from tests.web.building import Building, building, patterns_of
from web.pages import call as call_page, calls as calls_page

CALLER_WITH_MARKUP = "<script>alert(1)</script> 📞"


@define
class Office:
    """A site with a week of calls; `now` is its clock's."""

    site: Building
    calls: Calls
    now: float

    async def rows(self, path: str, user: str = "nader") -> list[str]:
        """The ids of the calls on the page, in order."""
        reply = await (await self.site.logged_in(user)).get(path)
        assert reply.status == 200
        return re.findall(r'<a class="button quiet small" href="/calls/([^"]+)">', reply.text)

    async def text(self, path: str, user: str = "nader", language: str = "en", status: int = 200) -> str:
        """What is read on the page, without markup."""
        browser = await self.site.logged_in(user)
        browser.cookies["language"] = language
        reply = await browser.get(path)
        assert reply.status == status
        page = reply.text.partition('<main id="page"')[2]
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


def row(now: float, call_id: str, ago: float, **more: Any) -> dict[str, Any]:
    began = now - ago
    return {
        "id": call_id, "direction": "inbound", "status": "answered", "caller": "09121234567", "caller_name": "", "number": "+989121234567",
        "dialled": "1000", "started_at": began, "queued_at": began + 10, "answered_at": began + 52, "ended_at": began + 252,
        "queue": "sales", "agent": "maryam", "party": None, "by": "customer", "cause": 16, "steps": [], **more,
    }  # fmt: skip


def way(now: float) -> list[dict[str, str]]:
    began = now - 4000
    steps = (
        ("hello", "announce", "done", "", 0, 6),
        ("main_menu", "menu", "1", "7 1", 6, 12),
        ("to_sales", "queue", "answered", "sales", 12, 52),
    )
    return [
        {"node": node, "kind": kind, "exit": leave, "detail": detail, "entered_at": iso(began + start), "left_at": iso(began + end)}
        for node, kind, leave, detail, start, end in steps
    ]


def week(now: float, customer: int) -> list[dict[str, Any]]:
    unanswered = {"status": "missed", "answered_at": 0.0, "agent": ""}
    return [
        row(now, "mine", 4000, party=customer, steps=way(now)),
        row(now, "missed", 7200, **unanswered, number="+982188776655", caller="02188776655", queue="support"),
        row(now, "others", 9000, agent="reza", number="+989351112233", caller="09351112233"),
        row(now, "followed", 20_000, **unanswered, number="+989351112233", caller="09351112233"),
        row(now, "menu", 30_000, **unanswered | {"status": "in_menu"}, queued_at=0.0, queue="", number="", caller="", caller_name=CALLER_WITH_MARKUP),
        row(now, "out", 40_000, direction="outbound", caller="102", dialled="09351112233", number="+989351112233", queue="", queued_at=0.0, agent="reza"),
        row(now, "old", 6 * 86_400, agent="maryam"),
    ]  # fmt: skip


@asynccontextmanager
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    made: dict[str, Calls] = {}

    def routes(parts: dict[str, Any]) -> list[Any]:
        calls = made["calls"] = Calls(Bus(), parts["clock"])
        settings = Settings(home=tmp_path)
        patterns = patterns_of(parts)
        return calls_page.routes(parts["database"], calls, settings, patterns) + call_page.routes(parts["database"], calls, patterns)

    async with building(tmp_path, routes) as site:
        now = site.clock.now()

        def fill(connection: Any) -> None:
            values = {"kind": "person", "name": "مریم احمدی", "created_at": now, "updated_at": now}
            customer = connection.execute(party.insert().values(values)).inserted_primary_key[0]
            connection.execute(queue.insert(), [
                {"name": "sales", "title_fa": "فروش", "title_en": "Sales"}, {"name": "support", "title_fa": "پشتیبانی", "title_en": "Support"},
            ])  # fmt: skip
            for one in week(now, customer):
                put(connection, one)
            kept = Kept(
                call="mine", started_at=now - 3948, seconds=84.0, file="2026/01/mine.mp3", channels=2, size_bytes=504_000, sha256="ab" * 32,
                repaired=True, kept_at=now,
            )  # fmt: skip
            note_access(connection, keep(connection, kept), "nader", "listened", "10.0.0.7", now)

        await site.database.write(fill)
        yield Office(site, made["calls"], now)


async def test_a_supervisor_sees_every_call_the_newest_first(tmp_path: Path) -> None:
    """The whole week."""
    async with office(tmp_path) as one:
        assert await one.rows("/calls") == ["mine", "missed", "others", "followed", "menu", "out", "old"]


async def test_an_agent_sees_own_calls_and_the_teams_unanswered_ones(tmp_path: Path) -> None:
    """A missed call is everybody's; a colleague's talk is not; an agent filter in the address changes nothing."""
    async with office(tmp_path) as one:
        assert await one.rows("/calls", "maryam") == ["mine", "missed", "followed", "menu", "old"]
        assert await one.rows("/calls?agent=reza", "maryam") == ["mine", "missed", "followed", "menu", "old"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("view=today", ["mine"]),  # it is 01:43 in Tehran; the second call was two hours ago
        ("view=missed", ["missed", "followed"]),
        ("view=mine", []),
        ("view=nonsense&page=-3", ["mine", "missed", "others", "followed", "menu", "out", "old"]),
        ("queue=support", ["missed"]),
        ("agent=reza", ["others", "out"]),
        ("number=0935 111", ["others", "followed", "out"]),
        ("number=۰۹۳۵۱۱۱", ["others", "followed", "out"]),
        ("number=%2B98935", ["others", "followed", "out"]),
        ("number=2233&view=missed", ["followed"]),
        ("number=5555555", []),
        ("number=%25", ["mine", "missed", "others", "followed", "menu", "out", "old"]),
    ],
)
async def test_filters_are_in_the_address(tmp_path: Path, query: str, expected: list[str]) -> None:
    """What is seen can be sent to a colleague as a link, numbers typed in any way."""
    async with office(tmp_path) as one:
        assert await one.rows(f"/calls?{quote(query, safe='=&%')}") == expected


async def test_the_list_says_what_came_of_each_call(tmp_path: Path) -> None:
    """Result in words, waits and talks in minutes, a missed caller somebody has talked to since marked so; nothing a caller typed is markup."""
    async with office(tmp_path) as one:
        text = await one.text("/calls")
        assert "missed, talked to since" in text
        assert "hung up in the menu" in text
        assert "00:42" in text
        assert "03:20" in text
        assert "مریم احمدی" in text
        assert CALLER_WITH_MARKUP in text
        assert "withheld" in text
        assert 'data-dial="+982188776655"' in (await (await one.site.logged_in("nader")).get("/calls")).text
        persian = await one.text("/calls?view=missed", language="fa")
        assert "از دست رفته" in persian
        assert "۲ تماس" in persian


async def test_long_lists_have_pages(tmp_path: Path) -> None:
    """Fifty calls a page; a page beyond the last is the last."""
    async with office(tmp_path) as one:
        await one.site.database.write(lambda connection: [put(connection, row(one.now, f"n{n}", 50_000 + n)) for n in range(60)])
        assert len(await one.rows("/calls")) == 50
        assert len(await one.rows("/calls?page=2")) == 17
        assert len(await one.rows("/calls?page=900")) == 17
        text = await one.text("/calls?queue=sales&page=2")
        assert "page 2 of 2" in text
        first = (await (await one.site.logged_in("nader")).get("/calls?queue=sales&page=2")).text
        assert 'rel="prev" href="/calls?queue=sales"' in first


async def test_calls_that_go_on_stand_on_top(tmp_path: Path) -> None:
    """From the first ring on, for those who may see them, wherever the filters let them."""
    async with office(tmp_path) as one:
        one.calls.arrived("now", direction="inbound", caller="09129998877", dialled="1000", at=one.now - 40)
        one.calls.arrived("mine-now", direction="outbound", caller="101", dialled="0912", agent="maryam", at=one.now - 20)
        assert (await one.rows("/calls"))[:3] == ["mine-now", "now", "mine"]
        assert (await one.rows("/calls?view=today"))[:2] == ["mine-now", "now"]
        assert (await one.rows("/calls?view=missed"))[0] == "missed"
        assert (await one.rows("/calls?number=999887"))[:1] == ["now"]
        assert (await one.rows("/calls", "maryam"))[:2] == ["mine-now", "mine"]


async def test_a_call_shows_its_way_its_times_and_its_recording(tmp_path: Path) -> None:
    """What a supervisor wants to know of a call stands on one page."""
    async with office(tmp_path) as one:
        text = await one.text("/calls/mine")
        for expected in (
            "hello", "pressed 1", "Sales · answered", "00:40", "03:20", "by the customer", "ends where the system was interrupted",
            "Who listened", "10.0.0.7", "Put on legal hold", "abababababababab…",
        ):  # fmt: skip
            assert expected in text, expected
        html = (await (await one.site.logged_in("nader")).get("/calls/mine")).text
        assert '<recording-player src="/recordings/1/audio" peaks="/recordings/1/peaks" seconds="84.0" channels="2"' in html
        agents = await one.text("/calls/mine", "maryam")
        assert "Who listened" not in agents
        assert "legal hold" not in agents
        assert "از سوی مشتری" in await one.text("/calls/mine", language="fa")


async def test_without_a_recording_the_page_says_why(tmp_path: Path) -> None:
    """Removed, never made, nobody talked, still going on: four sentences, never an empty place."""
    async with office(tmp_path) as one:
        assert "This call was not recorded." in await one.text("/calls/others")
        assert "Nobody talked in this call" in await one.text("/calls/missed")
        one.calls.arrived("now", direction="inbound", caller="0912", dialled="1000", at=one.now - 40)
        one.calls.connected("now", agent="maryam", leg="x", at=one.now - 5)
        live = one.calls.get("now")
        assert live
        live.answered_at = one.now - 5
        assert "The call goes on" in await one.text("/calls/now")
        await one.site.database.write(lambda connection: mark_removed(connection, 1, one.now))
        assert "The recording was removed" in await one.text("/calls/mine")


@pytest.mark.parametrize(
    ("user", "call", "status"),
    [
        ("maryam", "mine", 200),
        ("maryam", "others", 404),
        ("maryam", "missed", 200),
        ("reza", "mine", 200),
        ("nader", "others", 200),
        ("nader", "nothing", 404),
    ],
)
async def test_a_colleagues_call_with_a_stranger_is_not_shown(tmp_path: Path, user: str, call: str, status: int) -> None:
    """Own calls, customers' calls and unanswered ones; others as if they did not exist."""
    async with office(tmp_path) as one:
        await one.text(f"/calls/{call}", user, status=status)
