"""Every route × everybody who might come: who gets in is what the table says, and forged requests never do."""

from __future__ import annotations

import re

import pytest

from tests.web.building import COOKIE
from tests.web.memory import HOST
from tests.web.whole import whole
from web.csrf import csrf_token
from web.permissions import ADMINISTRATORS, EVERYONE, SIGNED_IN, SUPERVISORS, THIS_MACHINE, THIS_MACHINE_OR_SUPERVISORS, WITH_ACCOUNT

WHO = ("stranger", "expired", "user", "agent", "supervisor", "administrator", "agent's token", "administrator's token")
NAMES = {"user": "client", "agent": "maryam", "supervisor": "nader", "administrator": "admin"}
ROLES_THAT_PASS = {
    EVERYONE.name: set(WHO),
    WITH_ACCOUNT.name: {"user", "agent", "supervisor", "administrator", "agent's token", "administrator's token"},
    SIGNED_IN.name: {"agent", "supervisor", "administrator", "agent's token", "administrator's token"},
    SUPERVISORS.name: {"supervisor", "administrator", "administrator's token"},
    ADMINISTRATORS.name: {"administrator", "administrator's token"},
    THIS_MACHINE.name: set(),
    THIS_MACHINE_OR_SUPERVISORS.name: {"supervisor", "administrator", "administrator's token"},
}
FAR = "192.0.2.77"


def address(path: str) -> str:
    """A path with believable values in its places."""
    return re.sub(r"<(?:(\w+):)?\w+>", lambda place: "1" if place[1] == "int" else "1700000000.1", path)


async def browser_of(room, who):
    """A browser (far away) and the headers that make it `who`."""
    if who.endswith("token"):
        return room.house.browser(address=FAR), await room.house.bearer(NAMES[who.removesuffix("'s token")])
    if who == "stranger":
        return room.house.browser(address=FAR), {}
    if who == "expired":
        browser = await room.house.logged_in("maryam")
        await room.sessions.end_all("maryam")
        browser.address = FAR
        return browser, {"X-CSRF-Token": csrf_token(browser.cookies[COOKIE])}
    browser = await room.house.logged_in(NAMES[who])
    browser.address = FAR
    return browser, {"X-CSRF-Token": csrf_token(browser.cookies[COOKIE])}


def let_in(reply) -> bool:
    """Whether the gate let the request through: the view (or the shape of what was sent) answered."""
    if reply.status in (401, 403):
        return "not_allowed" not in reply.text and "not_logged_in" not in reply.text and 'data-code="not_allowed"' not in reply.text
    return not (reply.status == 303 and reply.headers["Location"].startswith("/login") and "Set-Cookie" not in reply.headers)


@pytest.mark.parametrize("who", WHO)
async def test_who_gets_in_is_what_the_table_says(tmp_path, who):
    """Each route lets in those whom its permission names, and nobody else."""
    async with whole(tmp_path) as room:
        wrong = []
        for route in room.table.routes:
            if route.kind == "live":
                continue
            browser, headers = await browser_of(room, who)
            reply = await browser.ask(route.method, address(route.path), headers={**headers, "Origin": f"http://{HOST}"})
            expected = who in ROLES_THAT_PASS[route.allow.name]
            if let_in(reply) != expected:
                wrong.append((route.name, route.allow.name, reply.status, reply.text[:200]))
            assert reply.status < 500 or route.path == "/healthz", (route.name, reply.text[:300])
        assert not wrong


async def test_no_unsafe_route_takes_a_forged_request(tmp_path):
    """A signed-in browser led by another site's page, or without the form's token, changes nothing, whatever the address."""
    async with whole(tmp_path) as room:
        unsafe = [route for route in room.table.routes if route.unsafe]
        assert len(unsafe) > 15
        for route in unsafe:
            browser = await room.house.logged_in("admin")
            token = csrf_token(browser.cookies[COOKIE])
            for headers in (
                {"Origin": "https://evil.example", "X-CSRF-Token": token},
                {"Origin": "null", "X-CSRF-Token": token},
                {"Sec-Fetch-Site": "cross-site", "X-CSRF-Token": token},
            ):
                reply = await browser.ask(route.method, address(route.path), headers=headers)
                assert reply.status == 403, route.name
                assert "origin_refused" in reply.text, route.name
            if route.csrf:
                for headers in ({}, {"X-CSRF-Token": "1" * 16 + "." + "2" * 32}, {"X-CSRF-Token": csrf_token("another session")}):
                    reply = await browser.ask(route.method, address(route.path), headers=headers)
                    assert reply.status == 403, route.name
                    assert "form_expired" in reply.text, route.name


async def test_this_machine_means_this_machine(tmp_path):
    """What is for this machine only is closed to other addresses, to proxied requests and to names that merely resolve here."""
    async with whole(tmp_path) as room:
        local = [route for route in room.table.routes if route.allow in (THIS_MACHINE, THIS_MACHINE_OR_SUPERVISORS)]
        assert {route.path for route in local} == {"/webphone", "/api/v1/softphone/demo", "/metrics"}
        for route in local:
            assert (await room.house.browser().get(route.path)).status == 200, route.name
            assert (await room.house.browser(host="localhost:8080").get(route.path)).status == 200
            for browser, headers in (
                (room.house.browser(address=FAR), {}),
                (room.house.browser(), {"X-Forwarded-For": "127.0.0.1"}),
                (room.house.browser(host="evil.example:8080"), {}),
            ):
                assert (await browser.get(route.path, headers=headers)).status in (401, 403, 303), route.name


async def test_without_the_demonstration_its_doors_are_gone(tmp_path):
    """A real installation has no caller's phone."""
    async with whole(tmp_path, demo=False) as room:
        for path in ("/webphone", "/api/v1/softphone/demo"):
            assert (await room.house.browser().get(path)).status == 404


async def test_a_number_that_no_record_can_have_is_not_there(tmp_path):
    """Thirty digits where a record's number belongs: nothing at this address, and no fault of ours."""
    async with whole(tmp_path) as room:
        browser, headers = await browser_of(room, "administrator")
        for route in room.table.routes:
            path = re.sub(r"<int:\w+>", "9" * 30, route.path)
            if path != route.path:
                reply = await browser.ask(route.method, re.sub(r"<\w+>", "x", path), headers=headers)
                assert reply.status == 404, (route.name, reply.status)
