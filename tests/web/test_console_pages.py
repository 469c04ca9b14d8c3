"""The pages around the telephone: my desk, the wallboard, the caller's web phone."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import insert

from config.database import Database
from crm.access import EVERYTHING, Viewer
from crm.patterns import Patterns
from crm.tables import channel, communication, communication_party, follow_up, party
from tests.web.building import Building, building
from web.demo_callers import DemoNumbers, demo_callers
from web.my_day import MISSED_SECONDS, my_day
from web.pages import desk, wallboard, webphone

HOUR = 3600.0


async def seed(database: Database, now: float) -> None:
    """A person of a company, two follow-ups of maryam, missed calls, one called back since, one withheld, one too old."""

    def call(number: int, at: float, phone: str, status: str, user: str = "", direction: str = "in") -> dict[str, object]:
        return {
            "id": number, "call": f"c{number}", "at": at, "number": phone, "status": status, "user": user, "direction": direction,
            "method": "call", "seconds": 60.0 if status == "answered" else 0.0, "created_at": at, "updated_at": at,
        }  # fmt: skip

    def work(connection) -> None:
        people = (("company", "شرکت آریا صنعت"), ("person", "مریم احمدی"))
        connection.execute(
            insert(party),
            [{"id": at, "kind": kind, "name": name, "created_at": now, "updated_at": now} for at, (kind, name) in enumerate(people, 1)],
        )
        connection.execute(
            insert(channel), [{"party_id": 2, "kind": "mobile", "raw": "09121234567", "number": "+989121234567", "tail": "21234567"}]
        )
        connection.execute(
            insert(communication),
            [
                call(1, now - HOUR, "+989121234567", "missed"),
                call(2, now - 2 * HOUR, "+982155550123", "missed"),
                call(3, now - HOUR, "+982155550123", "answered", "reza", "out"),
                call(4, now - HOUR, "", "missed"),
                call(5, now - MISSED_SECONDS - 1, "+982155550124", "missed"),
                call(6, now - 3 * HOUR, "+989121234567", "answered", "maryam"),
            ],
        )
        connection.execute(
            insert(communication_party),
            [{"party_id": one, "communication_id": number, "at": now} for one in (1, 2) for number in (1, 6)],
        )
        promised = {"party_id": 2, "user": "maryam", "created_at": now}
        connection.execute(
            insert(follow_up),
            [
                {**promised, "title": "ارسال پیش‌فاکتور", "due_at": now - HOUR, "done_at": None},
                {**promised, "title": "انجام شده", "due_at": now, "done_at": now},
                {**promised, "title": "کار دیگری", "due_at": now, "done_at": None, "user": "reza"},
            ],
        )

    await database.write(work)


async def test_the_desk_holds_what_waits_for_me(tmp_path: Path):
    """Open follow-ups of mine, missed calls that nobody has answered since (withheld numbers stay), my own last calls."""
    database = await Database.temporary(tmp_path)
    now = 1_700_000_000.0
    await seed(database, now)
    day = await database.read(lambda connection: my_day(connection, Viewer(username="maryam", pattern=EVERYTHING), now))
    assert [one.title for one in day.open_items] == ["ارسال پیش‌فاکتور"]
    assert {one.call for one in day.missed} == {"c1", "c4"}
    assert [(one.call, one.name) for one in day.last] == [("c6", "مریم احمدی")], "the person goes before the company"
    await database.close()


def console_site(tmp_path: Path):
    """The three pages over a real database."""

    def routes(parts):
        numbers = DemoNumbers((("1000", "Main menu"),))
        patterns = Patterns(parts["database"], parts["clock"], lambda: {one.username: one.access for one in parts["accounts"].all()})
        return [*desk.routes(parts["database"], patterns), *wallboard.routes(), *webphone.routes(parts["database"], numbers)]

    return building(tmp_path, routes)


async def page_of(site: Building, user: str, path: str, **headers: str) -> str:
    browser = await site.logged_in(user)
    reply = await browser.get(path, headers=headers)
    assert reply.status == 200
    return reply.text


async def test_pages_come_with_the_frame_and_without_it(tmp_path: Path):
    """A first visit gets the whole frame with the dock; moving inside it gets the page alone."""
    async with console_site(tmp_path) as site:
        await seed(site.database, site.clock.now())
        whole = await page_of(site, "maryam", "/desk")
        assert all(
            words in whole for words in ('id="dock"', 'lang="fa" dir="rtl"', "ارسال پیش‌فاکتور", 'data-dial="+989121234567"', "دیرشده")
        )
        part = await page_of(site, "maryam", "/desk", **{"HX-Request": "true"})
        assert "<title>" in part
        assert 'id="dock"' not in part


async def test_an_empty_desk_explains_itself(tmp_path: Path):
    """Nothing to do yet: each part says what will stand there."""
    async with console_site(tmp_path) as site:
        text = await page_of(site, "reza", "/desk")
        assert all(words in text for words in ("چیزی برای پیگیری نیست", "تماس از دست رفته‌ای نیست", "هنوز تماسی نیست"))


async def test_the_wallboard_is_for_supervisors(tmp_path: Path):
    """An agent is told that it is not theirs; a supervisor gets it."""
    async with console_site(tmp_path) as site:
        assert 'id="wallboard"' in await page_of(site, "nader", "/wallboard")
        browser = await site.logged_in("maryam")
        assert (await browser.get("/wallboard")).status == 403


async def test_the_web_phone_offers_people_to_be(tmp_path: Path):
    """Without logging in, from this machine: customers with a number of their own, a withheld one, another one."""
    async with console_site(tmp_path) as site:
        await seed(site.database, site.clock.now())
        reply = await site.browser().get("/webphone")
        assert reply.status == 200
        assert all(words in reply.text for words in ("مریم احمدی", "+989121234567", "anonymous", "منوی اصلی", "/api/v1/softphone/demo"))
        assert await site.database.read(lambda connection: demo_callers(connection, 3)) == [("مریم احمدی", "+989121234567")]


async def test_there_is_no_web_phone_outside_the_demonstration(tmp_path: Path):
    """A real installation has no telephone for strangers."""
    async with building(tmp_path, lambda parts: webphone.routes(parts["database"], None)) as site:
        assert (await site.browser().get("/webphone")).status == 404
