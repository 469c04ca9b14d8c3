"""The bell, the page and the API of alarm dates, and what consoles are told."""

from __future__ import annotations

from contextlib import asynccontextmanager

from crm.access import EVERYTHING, Viewer
from crm.alarms.clock import AlarmClock
from tests.web.building import COOKIE
from tests.web.whole import whole
from web.csrf import csrf_token

ADMIN = Viewer(username="admin", pattern=EVERYTHING)


@asynccontextmanager
async def ringing(folder):
    """The whole site; maryam is the expert of somebody whose birthday is today."""
    async with whole(folder) as room:
        await room.catalogue.load()
        await room.patterns.load()
        today = room.records.reading().today
        born = today.replace(year=today.year - 40)
        values = {"kind": "person", "last_name": "احمدی", "birth": born.isoformat(), "expert": "maryam"}
        number = await room.records.create(room.catalogue["party"], values, ADMIN)
        clock = AlarmClock(room.database, room.bus, room.clock, room.catalogue, room.patterns, "Asia/Tehran")
        await clock.look()
        yield room, number, clock
        await clock.stop()


async def send(room, user, path, **form):
    browser = await room.house.logged_in(user)
    return await browser.post(path, form={"csrf": csrf_token(browser.cookies[COOKIE]), **form})


async def test_the_bell_counts_and_leads_to_the_record(tmp_path):
    """The expert sees one alarm with the name and what day it is; another agent sees none."""
    async with ringing(tmp_path) as (room, number, _clock):
        bell = await (await room.house.logged_in("maryam")).get("/alarms/bell")
        assert "bell-count" in bell.text
        assert f"/parties/{number}" in bell.text
        assert "احمدی" in bell.text
        assert "bell-count" not in (await (await room.house.logged_in("reza")).get("/alarms/bell")).text
        page = await (await room.house.logged_in("reza")).get("/alarms")
        assert 'class="empty"' in page.text


async def test_an_alarm_is_put_off_done_and_taken_back_on_the_page(tmp_path):
    """Put off until tomorrow: under “put off”, the bell silent. Done, with undo. What makes no sense is refused with a sentence."""
    async with ringing(tmp_path) as (room, _number, _clock):
        maryam = await room.house.logged_in("maryam")
        ((one),) = await room.alarms.of(room.patterns.viewer("maryam"))
        assert (await send(room, "maryam", f"/alarms/{one.id}/snooze", **{"for": "tomorrow"})).status == 303
        assert "bell-count" not in (await maryam.get("/alarms/bell")).text
        assert "alarms-asleep" in (await maryam.get("/alarms")).text
        refused = await send(room, "maryam", f"/alarms/{one.id}/snooze", **{"for": "typed", "until": "دیروز"})
        assert refused.status == 422
        done = await send(room, "maryam", f"/alarms/{one.id}/done", back="/alarms")
        assert done.headers["Location"] == f"/alarms?done={one.id}"
        assert (await send(room, "maryam", f"/alarms/{one.id}/done", undo="1")).status == 303
        assert "bell-count" in (await maryam.get("/alarms/bell")).text
        assert (await send(room, "reza", f"/alarms/{one.id}/done")).status == 404


async def test_programs_list_put_off_and_finish_alarms(tmp_path):
    """The API says the same, and refuses a moment that is over."""
    async with ringing(tmp_path) as (room, number, _clock):
        bearer, browser = await room.house.bearer("maryam"), room.house.browser()
        body = (await browser.get("/api/v1/alarms", headers=bearer)).json()
        (item,) = body["items"]
        assert (item["record"], item["field"], item["when"], body["ringing"]) == (number, "birth", "today", 1)
        assert item["years"] == 40
        path = f"/api/v1/alarms/{item['id']}"
        late = await browser.ask("POST", f"{path}/snooze", json={"until": "2001-01-01T00:00:00Z"}, headers=bearer)
        assert late.status == 422
        assert (await browser.ask("POST", f"{path}/snooze", json={"until": room.clock.now() + 3600}, headers=bearer)).status == 200
        assert (await browser.get("/api/v1/alarms", headers=bearer)).json()["ringing"] == 0
        assert (await browser.ask("POST", f"{path}/done", json={}, headers=bearer)).status == 200
        assert len((await browser.get("/api/v1/alarms?state=done", headers=bearer)).json()["items"]) == 1
