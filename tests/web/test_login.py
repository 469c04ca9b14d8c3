"""Logging in and out, wrong passwords, the language, the own account."""

from __future__ import annotations

import re

from tests.web.building import COOKIE, PASSWORD, building
from tests.web.memory import HOST
from web.csrf import csrf_token
from web.pages import account, help as help_page, login, static
from web.routes import ask


def routes(parts):
    return [route for module in (login, account, help_page, static) for route in ask(module, parts)]


async def test_right_password_opens_the_desk(tmp_path):
    """Maryam types her name and password and is led to where she wanted to go."""
    async with building(tmp_path, routes) as house:
        browser = house.browser()
        form = await browser.get("/login?next=/calls")
        assert form.status == 200
        assert 'name="next" value="/calls"' in form.text
        reply = await browser.post(
            "/login", form={"username": "Maryam ", "password": PASSWORD, "next": "/calls"}, headers={"Origin": f"http://{HOST}"}
        )
        assert (reply.status, reply.headers["Location"]) == (303, "/calls")
        crumb = reply.headers["Set-Cookie"]
        assert "HttpOnly" in crumb
        assert "SameSite=Lax" in crumb
        assert (await browser.get("/account")).status == 200


async def test_the_cookie_is_secure_behind_https(tmp_path):
    """Behind a TLS proxy the session cookie never travels in the clear."""
    async with building(tmp_path, routes, public_url="https://cc.example") as house:
        reply = await house.browser().post("/login", form={"username": "maryam", "password": PASSWORD})
        assert "Secure" in reply.headers["Set-Cookie"]


async def test_nobody_is_led_to_another_site(tmp_path):
    """A forged link to the log-in page cannot lead away afterwards."""
    async with building(tmp_path, routes) as house:
        for wanted in ("https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "/a\r\nX: y"):
            reply = await house.browser().post("/login", form={"username": "maryam", "password": PASSWORD, "next": wanted})
            assert reply.status in (303, 401)
            assert reply.headers.get("Location", "/") == "/"


async def test_twenty_wrong_passwords_are_told_to_wait(tmp_path):
    """After five wrong passwords the right one does not help either until the wait is over; the wait is told."""
    async with building(tmp_path, routes) as house:
        replies = [await house.browser().post("/login", form={"username": "maryam", "password": f"wrong-{n}"}) for n in range(20)]
        assert [one.status for one in replies] == [401] * 5 + [429] * 15
        assert int(replies[-1].headers["Retry-After"]) > 800
        assert "maryam" in replies[-1].text
        assert (await house.browser().post("/login", form={"username": "maryam", "password": PASSWORD})).status == 429
        assert (await house.browser(address="192.0.2.7").post("/login", form={"username": "reza", "password": PASSWORD})).status == 303
        house.clock.advance(15 * 60 + 1)
        assert (await house.browser().post("/login", form={"username": "maryam", "password": PASSWORD})).status == 303


async def test_one_address_cannot_try_many_names(tmp_path):
    """Guessing one password for many names is stopped by the address."""
    async with building(tmp_path, routes) as house:
        replies = [
            await house.browser(address="192.0.2.9").post("/login", form={"username": f"user{n}", "password": "x"}) for n in range(25)
        ]
        assert [one.status for one in replies] == [401] * 20 + [429] * 5
        assert (await house.browser(address="192.0.2.10").post("/login", form={"username": "maryam", "password": PASSWORD})).status == 303


async def test_unknown_names_and_wrong_passwords_look_the_same(tmp_path):
    """What is said does not tell which names exist."""
    async with building(tmp_path, routes) as house:
        unknown = await house.browser().post("/login", form={"username": "zzyyxx", "password": "x"})
        wrong = await house.browser().post("/login", form={"username": "maryam", "password": "x"})
        assert unknown.text.replace("zzyyxx", "") == wrong.text.replace("maryam", "")


async def test_logging_out_ends_the_session_for_good(tmp_path):
    """The cookie is worth nothing afterwards, and whoever watches sessions hears of it."""
    async with building(tmp_path, routes) as house:
        browser = await house.logged_in("maryam")
        secret = browser.cookies[COOKIE]
        ended = []
        house.sessions.on_end(ended.append)
        assert (await browser.post("/logout", form={"csrf": csrf_token(secret)})).status == 303
        assert len(ended) == 1
        assert (await house.browser(cookies={COOKIE: secret}).get("/account")).status == 303


async def test_the_language_stays_with_the_person(tmp_path):
    """Chosen once, on whatever machine; before log-in it stays in the browser."""
    async with building(tmp_path, routes) as house:
        stranger = house.browser()
        assert 'lang="fa"' in (await stranger.get("/login")).text
        assert (await stranger.post("/language", form={"language": "en", "back": "/login"})).headers["Location"] == "/login"
        assert '<html lang="en" dir="ltr">' in (await stranger.get("/login")).text
        browser = await house.logged_in("maryam")
        token = csrf_token(browser.cookies[COOKIE])
        await browser.post("/language", form={"language": "en", "back": "/account", "csrf": token})
        assert '<html lang="en" dir="ltr">' in (await (await house.logged_in("maryam")).get("/help")).text


async def test_the_language_chosen_at_the_door_goes_along(tmp_path):
    """Who chooses English on the log-in page works in English afterwards; the next person at this browser is not touched."""
    async with building(tmp_path, routes) as house:
        browser = house.browser()
        await browser.post("/language", form={"language": "en", "back": "/login"})
        await browser.post("/login", form={"username": "maryam", "password": PASSWORD})
        assert '<html lang="en"' in (await browser.get("/account")).text
        await browser.post("/logout", form={"csrf": csrf_token(browser.cookies[COOKIE])})
        await browser.post("/login", form={"username": "reza", "password": PASSWORD})
        assert '<html lang="fa"' in (await browser.get("/account")).text


async def test_a_new_password_ends_the_other_sessions_and_tokens(tmp_path):
    """Whoever knew the old password is out."""
    async with building(tmp_path, routes) as house:
        here, there = await house.logged_in("maryam"), await house.logged_in("maryam")
        bearer = await house.bearer("maryam")
        token = csrf_token(here.cookies[COOKIE])
        wrong = await here.post("/account/password", form={"current": "nope", "new": "another-1404", "csrf": token})
        assert wrong.status == 401
        weak = await here.post("/account/password", form={"current": PASSWORD, "new": "maryam", "csrf": token})
        assert weak.status == 422
        assert (await here.post("/account/password", form={"current": PASSWORD, "new": "another-1404", "csrf": token})).status == 200
        assert (await here.get("/account")).status == 200
        assert (await there.get("/account")).status == 303
        assert (await house.browser().get("/account", headers=bearer)).status == 303


async def test_tokens_are_made_shown_once_and_revoked(tmp_path):
    """A program's token works until its owner ends it, and is shown only when made."""
    async with building(tmp_path, routes) as house:
        browser = await house.logged_in("maryam")
        token = csrf_token(browser.cookies[COOKIE])
        made = await browser.post("/account/tokens", form={"name": "گزارش شبانه", "csrf": token})
        secret = re.search(r"sb_[\w-]+", made.text)[0]
        bearer = {"Authorization": f"Bearer {secret}"}
        assert (await house.browser().get("/help", headers=bearer)).status == 200
        assert secret not in (await browser.get("/account")).text
        assert (await house.browser().post("/account/tokens", form={"name": "x"}, headers=bearer)).status == 403
        number = re.search(r"/account/tokens/(\d+)/revoke", (await browser.get("/account")).text)[1]
        other = await house.logged_in("reza")
        await other.post(f"/account/tokens/{number}/revoke", form={"csrf": csrf_token(other.cookies[COOKIE])})
        assert (await house.browser().get("/help", headers=bearer)).status == 200
        await browser.post(f"/account/tokens/{number}/revoke", form={"csrf": token})
        assert (await house.browser().get("/help", headers=bearer)).status == 303


async def test_one_of_my_sessions_can_be_ended(tmp_path):
    """The forgotten computer at the other desk is logged out from here."""
    async with building(tmp_path, routes) as house:
        here, there = await house.logged_in("maryam"), await house.logged_in("maryam")
        begun = re.search(r"/account/sessions/([0-9a-f]+)/end", (await here.get("/account")).text)[1]
        await here.post(f"/account/sessions/{begun}/end", form={"csrf": csrf_token(here.cookies[COOKIE])})
        assert (await there.get("/account")).status == 303
        assert (await here.get("/account")).status == 200


async def test_static_files_are_kept_by_browsers(tmp_path):
    """A file asked for by its content's hash is kept for ever, otherwise asked for again by its tag."""
    async with building(tmp_path, routes) as house:
        first = await house.browser().get("/static/favicon.svg")
        assert first.headers["Content-Type"] == "image/svg+xml"
        assert first.headers["Cache-Control"] == "public, no-cache"
        again = await house.browser().get("/static/favicon.svg", headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")
        kept = await house.browser().get("/static/favicon.svg?v=" + first.headers["ETag"].strip('"'))
        assert "immutable" in kept.headers["Cache-Control"]
        for name in ("../site.py", "%2e%2e/site.py", "..%2fsite.py", ".hidden", "nothing.js", "css", "/etc/passwd", "a\\b"):
            assert (await house.browser().get(f"/static/{name}")).status == 404
