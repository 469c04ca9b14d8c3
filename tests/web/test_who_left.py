"""Who left, was shut out or is locked: nothing that they were let in with works any more, whatever its kind."""

from __future__ import annotations

import re

import pytest
from attrs import evolve
from sqlalchemy import delete

from config.database import Database
from config.database_errors import DatabaseAway
from crm.access import EVERYTHING
from crm.query import Query
from crm.reset_links import ResetLinkOver
from tests.web.building import COOKIE, PASSWORD
from tests.web.door import FAR, door, knock
from tests.web.memory import HOST, until
from tests.web.sockets import MemorySocket
from tests.web.whole import whole
from web.consoles import SWEEP_SECONDS
from web.csrf import csrf_token
from web.doorkeeper import Doorkeeper
from web.permissions import EVERYONE
from web.sessions import hashed
from web.tables import session as session_table

PLACES = {
    "call": "1700000000.1",
    "code": "agent",
    "username": "maryam",
    "path": "x",
    "kind": "made",
    "name": "x",
    "token": "x" * 43,
    "entity": "party",
}


def address_of(route) -> str:
    """The route's path with believable values."""
    return re.sub(r"<(?:(int):)?(\w+)>", lambda place: "1" if place[1] else PLACES.get(place[2], "1"), route.path)


@pytest.mark.parametrize("how", ["session", "token", "eyes"])
async def test_no_address_answers_who_left(tmp_path, how):
    """A closed account's session and token, and the session of an administrator who left while looking with other eyes: every address turns them away."""
    async with whole(tmp_path) as room:
        user = "admin" if how == "eyes" else "nader"
        session = await room.house.sessions.begin(user, "127.0.0.1", "test")
        secret, _until = await room.house.tokens.make(user, "test")
        if how == "eyes":
            await room.house.sessions.see(hashed(session.secret), "maryam")
        cookies = {} if how == "token" else {COOKIE: session.secret}
        headers = {"Authorization": f"Bearer {secret}"} if how == "token" else {"X-CSRF-Token": csrf_token(session.secret)}
        headers |= {"Origin": f"http://{HOST}"}
        assert (await room.house.browser(cookies=cookies).get("/api/v1/me", headers=headers)).status == 200
        gone = evolve(room.house.accounts.get(user), active=False)
        room.house.accounts._accounts[user] = gone  # the very moment of the save: session and token still stand in their tables
        let_in = {}
        for route in room.table.routes:
            if route.allow is EVERYONE or route.allow.loopback or route.kind == "live":
                continue
            browser = room.house.browser(cookies=dict(cookies))
            sent = {"json": {}} if route.kind == "api" and route.unsafe else {}
            reply = await browser.ask(route.method, address_of(route), headers=headers, **sent)
            if not (reply.status == 401 or (reply.status == 303 and reply.headers["Location"].startswith("/login"))):
                let_in[f"{route.method} {route.path}"] = reply.status
        assert not let_in


async def test_a_programs_websocket_ends_with_its_token(tmp_path):
    """A token that runs out takes the websocket with it that it opened, within half a minute; a console with a session goes on."""
    async with whole(tmp_path) as room:
        secret, _until = await room.house.tokens.make("nader", "short", days=7)
        program = await MemorySocket(room.house.site.factory, "/live", headers={"Authorization": f"Bearer {secret}"}).opened()
        await program.message("snapshot")
        for _day in range(7):
            assert program.code is None
            room.clock.advance(86_400 - 60)
            console = await MemorySocket(room.house.site.factory, "/live", cookies=(await room.house.logged_in("nader")).cookies).opened()
        room.clock.advance(7 * 60 + 2 * SWEEP_SECONDS)
        assert await program.closed() == 4401
        assert console.code is None


async def test_a_websocket_ends_with_its_session_also_behind_an_outage_of_the_database(tmp_path, monkeypatch):
    """While the database does not answer consoles go on, talks with them; afterwards those whose session has run out are closed as ever."""

    def away(*_given: object) -> None:
        raise DatabaseAway(detail="refused")

    async with whole(tmp_path) as room:
        browser = await room.house.logged_in("nader")
        console = await MemorySocket(room.house.site.factory, "/live", cookies=browser.cookies).opened()
        await console.message("snapshot")
        with monkeypatch.context() as patched:
            patched.setattr(Database, "lookup", away)
            room.clock.advance(2 * SWEEP_SECONDS)
        assert console.code is None
        await room.house.database.write(lambda connection: connection.execute(delete(session_table)))
        room.clock.advance(2 * SWEEP_SECONDS)
        assert await console.closed() == 4401


async def test_the_socket_of_a_demoted_supervisor_watches_no_board(tmp_path):
    """Made an agent while the board is open: the window comes back without it."""
    async with whole(tmp_path) as room:
        keeper = Doorkeeper(room.house.bus, room.house.accounts, room.house.sessions, room.house.tokens, room.consoles)
        browser = await room.house.logged_in("nader")
        socket = await MemorySocket(room.house.site.factory, "/live", cookies=browser.cookies).opened()
        assert (await socket.ask("subscribe", board=True))["ok"]
        await room.house.accounts.change(evolve(room.house.accounts.get("nader"), role="agent"))
        assert await socket.closed() == 1001
        again = await MemorySocket(room.house.site.factory, "/live", cookies=browser.cookies).opened()
        assert (await again.ask("subscribe", board=True))["error"]["code"] == "not_allowed"
        await keeper.stop()


async def test_a_log_in_link_ends_with_the_account(tmp_path):
    """Closed and opened again within the hour: the link from before is over, to look at and to use."""
    async with door(tmp_path) as house:
        token, _until = await house.accounts.make_reset_link("maryam")
        maryam = house.accounts.get("maryam")
        await house.accounts.change(evolve(maryam, active=False))
        assert (await house.browser().get(f"/login/link/{token}")).status == 410
        await house.accounts.change(maryam)
        assert (await house.browser().get(f"/login/link/{token}")).status == 410
        with pytest.raises(ResetLinkOver):
            await house.accounts.reset_by_link(token, "another-1404")


async def test_an_unfinished_log_in_ends_with_the_account(tmp_path):
    """The password was right and a new one is due; meanwhile the account is closed: the next step leads nowhere."""
    async with door(tmp_path) as house:
        await house.accounts.set_password("maryam", "slow-river-green-1404", temporary=True)
        browser, asked = await knock(house, password="slow-river-green-1404")
        assert asked.status == 200
        maryam = house.accounts.get("maryam")
        await house.accounts.change(evolve(maryam, active=False))
        step = dict(re.findall(r'name="(step|salt|next)" value="([^"]*)"', asked.text))
        reply = await browser.post("/login/password", form={**step, "password": "another-1404", "again": "another-1404"})
        assert reply.status in (303, 401, 410)
        assert COOKIE not in browser.cookies


async def test_a_locked_account_lets_nobody_in_but_throws_nobody_out(tmp_path):
    """Strangers' wrong guesses lock the name for everybody elsewhere, by page and by program; who is in goes on working: else a stranger could end anybody's day."""
    async with door(tmp_path) as house:
        inside, token = await house.logged_in("maryam"), await house.bearer("maryam")
        for _guess in range(5):
            await knock(house, password="wrong", address=FAR)
        assert house.entrance.locked_seconds("maryam") > 0
        assert (await knock(house, address=FAR))[1].status == 429
        program = await house.browser(address=FAR).ask("POST", "/api/v1/login", json={"username": "maryam", "password": PASSWORD})
        assert program.status == 429
        assert (await inside.get("/account")).status == 200
        assert (await house.browser().get("/api/v1/me", headers=token)).status == 200


async def test_a_mass_change_stops_with_the_rights_of_who_began_it(tmp_path):
    """Closed in the middle: the batches that are to come change nothing."""
    async with whole(tmp_path) as room:
        members = {"maryam": "administrator"}
        room.patterns._members = lambda: dict(members)
        room.patterns.all = {"administrator": EVERYTHING}
        await room.catalogue.load()
        party, viewer = room.catalogue["party"], room.patterns.viewer("maryam")
        ids = [await room.records.create(party, {"kind": "person", "last_name": f"n{place}"}, viewer) for place in range(120)]
        batch, seen = room.mass._batch, []

        async def watched(row, some, eyes, touched):
            seen.append(len(some))
            done = await batch(row, some, eyes, touched)
            members.clear()
            return done

        room.mass._batch = watched
        await room.mass.start(party, ids, "change", {"note": ("set", "changed")}, viewer)
        await room.mass.settled()
        assert len(seen) > 1
        members["maryam"] = "administrator"
        changed = [one for one in ids if (await room.records.get(party, one, viewer)).values["note"] == "changed"]
        assert changed == ids[: seen[0]]


async def test_a_file_that_was_exported_goes_to_nobody_else(tmp_path):
    """Their export is finished when they leave: neither their session fetches it nor anybody else."""
    async with whole(tmp_path) as room:
        room.patterns.all = {"agent": EVERYTHING, "administrator": EVERYTHING}
        await room.catalogue.load()
        party, viewer = room.catalogue["party"], room.patterns.viewer("maryam")
        await room.records.create(party, {"kind": "person", "last_name": "x"}, viewer)
        number = await room.exports.start(Query(entity=party), party.of(level=0), "csv", viewer, language="fa", title="x")
        await room.exports.settled()
        theirs, admin = await room.house.logged_in("maryam"), await room.house.logged_in("admin")
        address = next(
            route.path for route in room.table.routes if route.method == "GET" and route.path.endswith("/file") and "export" in route.path
        )
        address = re.sub(r"<(?:int:)?\w+>", str(number), address)
        assert (await theirs.get(address)).status == 200
        keeper = Doorkeeper(room.house.bus, room.house.accounts, room.house.sessions, room.house.tokens, room.consoles)
        await room.house.accounts.change(evolve(room.house.accounts.get("maryam"), active=False))
        await until(lambda: room.house.sessions.find(theirs.cookies[COOKIE]) is None)
        assert (await theirs.get(address)).status == 303
        assert (await admin.get(address)).status == 404
        await keeper.stop()
