"""The administrator's pages of the call flows."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

from attrs import define, evolve

from config.places import PROJECT
from ivr.flow import FlowSet
from ivr.folder import load_flows
from ivr.problem import Problem
from tests.ivr.builders import QUEUES, one_flow, read
from tests.web.building import COOKIE, Building, building
from web.csrf import csrf_token
from web.pages import flows as flows_page


@define
class Shelf:
    """Flows as a test sets them; counts reloads."""

    live: FlowSet
    problems: tuple[Problem, ...] = ()
    reloads: int = 0

    async def reload(self) -> tuple[Problem, ...]:
        self.reloads += 1
        return self.problems


@define
class Room:
    """A site with the demo's flows."""

    site: Building
    flows: Shelf

    async def text(self, path: str, user: str = "admin", language: str = "en", status: int = 200) -> str:
        """What is read on the page, without markup."""
        browser = await self.site.logged_in(user)
        browser.cookies["language"] = language
        reply = await browser.get(path)
        assert reply.status == status, reply.text
        page = reply.text.partition('<main id="page"')[2]
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))


@asynccontextmanager
async def room(folder: Path) -> AsyncIterator[Room]:
    loaded = load_flows(PROJECT / "config/flows", QUEUES)
    shelf = Shelf(loaded.flows)
    async with building(folder, lambda _parts: flows_page.routes(shelf)) as site:
        yield Room(site, shelf)


async def test_the_administrator_sees_which_flows_serve(tmp_path: Path):
    async with room(tmp_path) as one:
        text = await one.text("/flows")
        assert "All files are good and serve." in text
        assert "منوی اصلی 1000 Persian 9 main.yaml" in text
        assert "Main menu in English 1003 English 9 english.yaml" in text
        assert "مسیرهای تماس" in await one.text("/flows", language="fa")
        await one.text("/flows", user="nader", status=403)


async def test_problems_are_listed_with_their_cures(tmp_path: Path):
    """The old flows keep serving; without any the page says where callers go."""
    async with room(tmp_path) as one:
        one.flows.problems = read(one_flow("a: {kind: mneu}")).problems
        text = await one.text("/flows")
        assert "The flows below keep serving." in text
        assert "main.yaml, line 5, node “a”: There is no kind of node “mneu”. Did you mean “menu”?" in text
        one.flows.live = evolve(one.flows.live, flows={})
        assert "Callers go to the static queue." in await one.text("/flows")


async def test_a_call_is_tried_in_text(tmp_path: Path):
    async with room(tmp_path) as one:
        text = await one.text("/flows?number=1003&keys=9+1&wait=timeout")
        assert "The caller hears: Welcome to Aria Ertebat Pars." in text
        assert "The caller presses 9 The caller hears: That is not one of the choices." in text
        assert "The caller waits in the queue sales (≤ 600 s)" in text
        assert text.rindex("The call ends (cause 16)") > text.rindex("english/busy → ended")
        assert "تماس‌گیرنده ۱ را می‌زند" in await one.text("/flows?number=1000&keys=1", language="fa")


async def test_nonsense_in_the_script_is_told_and_kept(tmp_path: Path):
    """Markup in the address is shown as text; a very long script is cut."""
    async with room(tmp_path) as one:
        text = await one.text("/flows?number=1000&keys=<b>hello</b>")
        assert "“<b>hello</b>” means nothing here." in text
        await one.text("/flows?number=%00%0a&keys=" + "1" * 5000)


async def test_a_flow_is_read_in_words(tmp_path: Path):
    """Nodes in the callers' order, prompts, hours, keys and where they lead."""
    async with room(tmp_path) as one:
        text = await one.text("/flows/english")
        order = [text.index(word) for word in ("Announcement greeting", "Working hours hours", "Menu menu", "Queue sales")]
        assert order == sorted(order)
        assert "Prompt Welcome to Aria Ertebat Pars." in text
        assert "Weekly hours every day: \N{LEFT-TO-RIGHT ISOLATE}00:00–24:00" in text
        assert "1 sales 2 support" in text.replace("0 operator ", "")
        await one.text("/flows/nothing", status=404)


async def test_taking_over_now_is_one_press(tmp_path: Path):
    async with room(tmp_path) as one:
        browser = await one.site.logged_in("admin")
        reply = await browser.post("/flows/reload", form={"csrf": csrf_token(browser.cookies[COOKIE])})
        assert (reply.status, reply.headers["Location"], one.flows.reloads) == (303, "/flows", 1)
        supervisor = await one.site.logged_in("nader")
        assert (await supervisor.post("/flows/reload", form={"csrf": csrf_token(supervisor.cookies[COOKIE])})).status == 403
