"""Somebody with an account and no telephone reaches, by browser and by program, the records that their pattern grants, and nothing else."""

from __future__ import annotations

from attrs import evolve

from crm.access import Pattern
from tests.web.building import COOKIE
from tests.web.whole import whole
from web.csrf import csrf_token

OWN_CUSTOMERS = Pattern(
    code="customers_own", fa="مشتریان خود", en="Own customers", rights={"party": {"view": "own", "edit": "own", "choose": "own"}}
)


async def office_of_a_client(room) -> tuple[int, int]:
    """The account "client" with the pattern; a customer of theirs, and one of somebody else."""
    numbers = []
    admin = await room.house.bearer("admin")
    for name, expert in (("رضایی", "client"), ("محمدی", "maryam")):
        made = await room.house.browser().post(
            "/api/v1/parties", json={"kind": "person", "last_name": name, "expert": expert}, headers=admin
        )
        assert made.status == 201, made.text
        numbers.append(made.json()["id"])
    room.patterns.all = {**room.patterns.all, OWN_CUSTOMERS.code: OWN_CUSTOMERS}
    await room.accounts.change(evolve(room.accounts.known("client"), pattern=OWN_CUSTOMERS.code))
    return numbers[0], numbers[1]


async def test_a_program_of_a_client_reaches_what_is_granted(tmp_path):
    """List, one, edit and search show the own customer; the other one is not there, making and deleting are refused, telephony is closed."""
    async with whole(tmp_path) as room:
        own, other = await office_of_a_client(room)
        headers, browser = await room.house.bearer("client"), room.house.browser()
        listed = (await browser.get("/api/v1/parties", headers=headers)).json()
        assert [one["id"] for one in listed["items"]] == [own]
        assert [one["name"] for one in (await browser.get("/api/v1/entities", headers=headers)).json()["items"]] == ["party"]
        assert (await browser.get(f"/api/v1/parties/{own}", headers=headers)).status == 200
        changed = await browser.ask("PATCH", f"/api/v1/parties/{own}", json={"first_name": "سارا"}, headers=headers)
        assert (changed.status, changed.json()["first_name"]) == (200, "سارا")
        assert (await browser.get(f"/api/v1/parties/{own}/timeline", headers=headers)).json()["items"] == []
        for method, path, body, status in (
            ("GET", f"/parties/{other}", None, 404), ("PATCH", f"/parties/{other}", {"first_name": "x"}, 404), ("GET", f"/parties/{other}/timeline", None, 404),
            ("POST", "/parties", {"kind": "person", "last_name": "x"}, 403), ("DELETE", f"/parties/{own}", None, 403), ("GET", "/communications", None, 403),
            ("GET", "/calls", None, 403), ("GET", "/queues", None, 403), ("GET", "/users", None, 403), ("POST", "/calls", {"number": "1000"}, 403),
        ):  # fmt: skip
            reply = await browser.ask(method, f"/api/v1{path}", json=body, headers=headers)
            assert reply.status == status, (method, path, reply.status, reply.text)


async def test_a_browser_of_a_client_opens_what_is_granted(tmp_path):
    """The list, the page and the form of the own customer open and save; the other one, the desk, the calls and the board do not."""
    async with whole(tmp_path) as room:
        own, other = await office_of_a_client(room)
        browser = await room.house.logged_in("client")
        listed = (await browser.get("/parties")).text
        assert "رضایی" in listed
        assert "محمدی" not in listed
        for path, status in (
            (f"/parties/{own}", 200), (f"/parties/{own}/edit", 200), (f"/parties/{own}/timeline", 200), (f"/parties/{other}", 404), (f"/parties/{other}/edit", 404),
            ("/communications", 403), ("/desk", 403), ("/calls", 403), ("/wallboard", 403), ("/users", 403),
        ):  # fmt: skip
            reply = await browser.get(path)
            assert reply.status == status, (path, reply.status, reply.text[-600:])
        csrf = {"X-CSRF-Token": csrf_token(browser.cookies[COOKIE]), "Origin": "http://127.0.0.1:8080"}
        note = await browser.post(f"/parties/{own}/communications", form={"method": "note", "note": "x", "subject": "x"}, headers=csrf)
        assert note.status == 403, note.text[-300:]
        assert (await browser.get("/")).headers["Location"] == "/parties"
