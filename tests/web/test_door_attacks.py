"""The door, attacked: guessed names, guessed codes, stolen cookies and tokens, planted sessions, forged forms, crooked addresses."""

from __future__ import annotations

import asyncio
import re

import pytest
from attrs import evolve

from config.database import Database
from crm.login_history import Wanted
from tests.web.building import COOKIE, PASSWORD
from tests.web.door import FAR, door, happened, knock, send, shown, step_of, with_telephone
from tests.web.memory import HOST
from tests.web.shop import shop
from tests.web.sockets import MemorySocket
from web.doorkeeper import Doorkeeper
from web.pages import login
from web.sessions import hashed


async def test_a_planted_cookie_is_worth_nothing_after_log_in(tmp_path):
    """Session fixation: whoever logs in gets a cookie that nobody saw before, and the one that came along is dead."""
    async with door(tmp_path) as house:
        planted = (await house.logged_in("reza")).cookies[COOKIE]
        for value in (planted, "A" * 43):
            browser = house.browser(cookies={COOKIE: value})
            await browser.post("/login", form={"username": "maryam", "password": PASSWORD})
            assert browser.cookies[COOKIE] != value
            assert (await house.browser(cookies={COOKIE: value}).get("/account")).status == 303
            assert "maryam" in (await browser.get("/account")).text


async def test_code_guessing_is_stopped(tmp_path):
    """Who knows the password guesses five codes in a quarter of an hour, from wherever, and fewer later; the right one has to wait too."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        answers = []
        for number in range(12):
            browser, asked = await knock(house, address=f"192.0.2.{number}")
            answers.append((await send(browser, "/login/code", **step_of(asked), code=f"{number:06}")).status)
        assert answers == [401] * 5 + [429] * 7
        browser, asked = await knock(house)
        waiting = await send(browser, "/login/code", **step_of(asked), code=shown(house, salt))
        assert waiting.status == 429
        assert int(waiting.headers["Retry-After"]) > 800
        reply = await house.browser().post("/api/v1/login", json={"username": "maryam", "password": PASSWORD, "code": shown(house, salt)})
        assert reply.status == 429
        assert ("maryam", "login", "locked", "", "") in await happened(house)


async def test_the_same_code_at_once_opens_once(tmp_path):
    """Two browsers, one code, one moment: one comes in."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        steps = [await knock(house) for _number in range(4)]
        code = shown(house, salt)
        replies = await asyncio.gather(*(send(browser, "/login/code", **step_of(asked), code=code) for browser, asked in steps))
        assert sorted(one.status for one in replies) == [303, 401, 401, 401]


async def test_names_cannot_be_told_apart(tmp_path):
    """Unknown, closed, wrong, with and without telephone: the same answer, the same number of writes, the same wait after as many tries."""
    async with door(tmp_path) as house:
        await with_telephone(house, "reza")
        await house.accounts.change(evolve(house.accounts.get("sara"), active=False))
        writes: list[int] = []
        write = Database.write

        async def counted(self, work):
            writes.append(1)
            return await write(self, work)

        seen = set()
        Database.write = counted
        try:
            for place, name in enumerate(("maryam", "reza", "sara", "zzyyxx")):
                replies, costs = [], []
                for number in range(7):
                    writes.clear()
                    reply = (await knock(house, name, "wrong", address=f"198.51.{place}.{number}"))[1]
                    replies.append((reply.status, re.sub(r"\s+", " ", reply.text).replace(name, "NAME")))
                    costs.append(len(writes))
                seen.add((tuple(replies), tuple(costs)))
        finally:
            Database.write = write
        assert len(seen) == 1


async def test_a_stranger_cannot_lock_out_who_sits_where_they_always_sit(tmp_path):
    """Wrong guesses from elsewhere lock the name for elsewhere; from the known desk one gets in, with tries of one's own."""
    async with door(tmp_path) as house:
        desk = "10.0.0.5"
        assert (await knock(house, address=desk))[1].status == 303
        for _number in range(5):
            assert (await knock(house, password="guess", address=FAR))[1].status == 401
        assert (await knock(house, address="192.0.2.200"))[1].status == 429
        assert (await knock(house, address=desk))[1].status == 303
        for _number in range(5):
            await knock(house, password="slip", address=desk)
        assert (await knock(house, address=desk))[1].status == 429


async def test_who_is_locked_out_at_the_own_desk_is_seen_and_let_in_again(tmp_path):
    """The tries of the own desk are counted apart; the administrator sees that lock-out as well, and ends it."""
    async with door(tmp_path) as house:
        desk = "10.0.0.5"
        admin = await house.logged_in("admin")
        assert (await knock(house, address=desk))[1].status == 303
        for _number in range(5):
            await knock(house, password="slip", address=desk)
        assert (await knock(house, address=desk))[1].status == 429
        assert house.entrance.locked_seconds("maryam") > 800
        assert "/users/maryam/unlock" in (await admin.get("/users/maryam")).text
        assert (await send(admin, "/users/maryam/unlock")).status == 200
        assert (await knock(house, address=desk))[1].status == 303
        assert house.entrance.locked_seconds("reza") == 0


async def test_an_office_is_not_locked_out_by_one_of_its_desks(tmp_path):
    """Twenty-five wrong names from one address: strangers to it wait, whoever works there gets in."""
    async with door(tmp_path) as house:
        office = "10.0.0.5"
        assert (await knock(house, address=office))[1].status == 303
        answers = [(await knock(house, f"guess{number}", "x", address=office))[1].status for number in range(25)]
        assert answers == [401] * 20 + [429] * 5
        assert (await knock(house, "reza", address=office))[1].status == 429
        assert (await knock(house, address=office))[1].status == 303


async def test_a_lock_out_outlives_a_restart(tmp_path):
    """Stopping and starting the product gives no new tries."""
    async with door(tmp_path) as house:
        for _number in range(5):
            await knock(house, password="guess", address=FAR)
        await house.accounts.load()
        house.entrance._throttle._counts.clear()
        assert (await knock(house, address="192.0.2.200"))[1].status == 429
        assert house.entrance.locked_seconds("maryam") > 800


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example/", "/\\evil.example", "/\tx//evil", "javascript:alert(1)", "/a\r\nSet-Cookie: a=b"]
)
async def test_no_step_leads_to_another_site(tmp_path, wanted):
    """However far the log-in is, the address one wanted is a path of ours."""
    async with door(tmp_path) as house:
        salt, _codes = await with_telephone(house)
        browser = house.browser()
        asked = await browser.post("/login", form={"username": "maryam", "password": PASSWORD, "next": wanted})
        if asked.status == 200:
            assert step_of(asked)["next"] == "/"
            done = await send(browser, "/login/code", step=step_of(asked)["step"], next=wanted, code=shown(house, salt))
            assert (done.status, done.headers["Location"]) == (303, "/")
            assert "evil" not in str(done.headers)
        else:
            assert asked.status == 401


async def test_every_form_of_the_door_refuses_other_sites(tmp_path):
    """The steps before a session have no token; the page they come from is checked."""
    async with door(tmp_path) as house:
        for path in ("/login", "/login/code", "/login/password", "/login/second-step"):
            reply = await house.browser().post(path, form={"step": "x", "username": "maryam"}, headers={"Origin": "https://evil.example"})
            assert (reply.status, "origin_refused" in reply.text) == (403, True)
            assert (await house.browser().post(path, form={"step": "x"}, headers={"Origin": f"http://{HOST}"})).status in (401, 422)


async def test_a_token_does_what_it_was_made_for(tmp_path):
    """Made to read, it does not write; it opens no other address; it cannot make tokens or change the password's owner."""
    async with door(tmp_path) as house:
        admin = await house.logged_in("admin")
        made = await send(admin, "/account/tokens", name="گزارش", scopes="users:read, logins:read", days="7")
        secret = re.search(r"sb_[\w-]+", made.text)[0]
        assert "users:read logins:read" in made.text

        async def ask(method, path, **more):
            reply = await house.browser(address=FAR).ask(method, path, headers={"Authorization": f"Bearer {secret}"}, **more)
            return reply.status, reply.json()["error"]["code"] if reply.status >= 400 and path.startswith("/api") else ""

        assert await ask("GET", "/api/v1/users") == (200, "")
        assert await ask("GET", "/api/v1/logins") == (200, "")
        assert await ask("GET", "/api/v1/me") == (200, "")
        assert await ask("POST", "/api/v1/users/maryam/unlock", json={}) == (403, "scope_missing")
        assert await ask("GET", "/api/v1/login-rules") == (403, "scope_missing")
        assert (await ask("GET", "/account"))[0] == 403
        assert (await ask("POST", "/account/tokens", form={"name": "x"}))[0] == 403
        assert (await ask("POST", "/users/maryam/see-as", form={}))[0] == 403
        assert (await send(admin, "/account/tokens", name="x", scopes="users;drop", days="7")).status == 422
        house.clock.advance(7 * 24 * 3600 + 1)
        assert await ask("GET", "/api/v1/users") == (401, "not_logged_in")


async def test_tokens_sessions_and_websockets_of_a_removed_user_die(tmp_path):
    """Closed: nothing of theirs opens or stays open. Made something else: the open window comes back as what they are now."""
    async with shop(tmp_path, (login,)) as room:
        house = room.house
        doorkeeper = Doorkeeper(house.bus, house.accounts, house.sessions, house.tokens, room.consoles)
        supervisor = await room.console("nader")
        assert (await supervisor.ask("subscribe", board=True))["ok"]
        await house.accounts.change(evolve(house.accounts.get("nader"), role="agent"))
        assert await supervisor.closed() == 1001
        console = await room.console("maryam")
        secret, _until = await house.tokens.make("maryam", "program")
        program = await MemorySocket(house.site.factory, "/live", headers={"Authorization": f"Bearer {secret}"}).opened()
        await house.tokens.revoke_all("maryam")
        assert await program.closed() == 4401
        assert console.code is None
        await house.accounts.change(evolve(house.accounts.get("maryam"), active=False))
        assert await console.closed() == 4401
        assert await MemorySocket(house.site.factory, "/live", headers={"Authorization": f"Bearer {secret}"}).closed() == 4401
        await doorkeeper.stop()


async def test_who_has_no_telephone_or_other_eyes_has_no_console(tmp_path):
    """A user without telephone hears nothing of the calls; an administrator who looks is no second window of the agent."""
    async with shop(tmp_path, (login,)) as room:
        assert await (await room.console("client")).closed() == 4401
        admin = await room.house.logged_in("admin")
        await room.house.sessions.see(hashed(admin.cookies[COOKIE]), "maryam")
        reply = await admin.get("/live", headers={"Upgrade": "websocket", "Origin": f"http://{HOST}"})
        assert (reply.status, reply.json()["error"]["code"]) == (403, "only_looking")


async def test_no_header_is_written_by_a_name(tmp_path):
    """Line breaks in names, addresses and browsers end up in no header and no line of the history."""
    async with door(tmp_path) as house:
        browser = house.browser()
        reply = await browser.post(
            "/login",
            form={"username": "maryam\r\nSet-Cookie: a=b", "password": PASSWORD, "next": "/\r\nX-Evil: 1"},
            headers={"User-Agent": "x" * 3000},
        )
        assert reply.status == 401
        assert "X-Evil" not in str(reply.headers)
        await browser.post("/login", form={"username": "maryam", "password": PASSWORD}, headers={"User-Agent": "y" * 3000})
        [entry] = await house.history.read(Wanted(result="ok"))
        assert len(entry.browser) == 200
