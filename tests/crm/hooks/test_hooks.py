"""Another program is told of every change its owner may see: signed, in order, again after failures, never into our own network."""

from __future__ import annotations

import asyncio
import hmac
from base64 import b64decode
from hashlib import sha256

import orjson
import pytest
from sqlalchemy import insert

from config.loops import awaitable
from crm.access import DEFAULTS, Pattern
from crm.alarms.clock import AlarmClock
from crm.hooks.hooks import Hooks
from crm.hooks.policy import AddressForbidden, HookInvalid, NotSeenAnyMore, checked_url, chosen_address, next_attempt
from crm.hooks.sending import NameUnknown, Outcome, Poster
from crm.patterns import Patterns
from crm.tables import account
from tests.crm.toys import EVERYBODY, ToyOffice


class Receiver:
    """Stands for the other program's server: takes messages, or refuses them."""

    def __init__(self) -> None:
        self.taken, self.status = [], 200
        self.came = asyncio.Event()

    async def post(self, url, headers, body):
        self.taken.append((url, headers, orjson.loads(body), body))
        self.came.set()
        return Outcome(self.status, "x", 0.01)

    async def after(self, count):
        while len(self.taken) < count:
            self.came.clear()
            await self.came.wait()


class HookOffice(ToyOffice):
    def begin(self, poster):
        members = {"admin": "administrator", "maryam": "agent", "reza": "own"}
        self.patterns = Patterns(self.database, self.clock, lambda: members)
        self.patterns.all = {one.code: one for one in (*DEFAULTS, Pattern(code="own", rights={"*": {"*": "own"}}))}
        self.hooks = Hooks(self.database, self.bus, self.clock, self.records, self.patterns, poster, b"k" * 32)
        self.hooks.start()
        return self.hooks

    async def states(self, number):
        return [(one["act"], one["state"], one["attempts"]) for one in await self.hooks.log_of(number)]

    async def settled(self, number, wanted, wind=0.0):
        """Wait for the log of a hook; the clock goes on by `wind` meanwhile, again and again, since a row is there before the clock is set for its next try."""
        while await self.states(number) != wanted:
            self.clock.advance(wind)
            await asyncio.sleep(0)

    async def close(self):
        await self.hooks.stop()
        await super().close()


async def test_changes_are_told_signed_and_once(tmp_path):
    office = await HookOffice.open(tmp_path)
    receiver = Receiver()
    hooks = office.begin(receiver)
    await office.make(name="before the hook")
    number = await hooks.save({"title": "CRM", "url": "https://example.com/in", "entities": ["toy"]}, "maryam")
    toy = await office.make(name="قطار", cost=5)
    await office.records.change(office.toy, toy, {"price": 7, "cost": 6}, EVERYBODY)
    await receiver.after(2)
    await office.settled(number, [("changed", "done", 1), ("created", "done", 1)])
    url, headers, value, body = receiver.taken[1]
    assert (url, value["type"], value["data"]["changed"], value["data"]["record"]["price"]) == (
        "https://example.com/in",
        "toy.changed",
        ["price"],
        7,
    )
    assert "cost" not in value["data"]["record"]
    (row,) = await hooks.all()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert (
        b64decode(headers["webhook-signature"].removeprefix("v1,"))
        == hmac.new(hooks.secret(row["id"], row["generation"]).encode(), signed, sha256).digest()
    )
    await office.close()


async def test_only_what_its_owner_may_see_and_the_condition_names(tmp_path):
    office = await HookOffice.open(tmp_path)
    receiver = Receiver()
    hooks = office.begin(receiver)
    await hooks.save({"title": "own", "url": "https://a.example", "entities": []}, "reza")
    await hooks.save(
        {"title": "dear", "url": "https://b.example", "condition": {"field": "price", "op": ">", "value": 100}, "acts": ["created"]},
        "admin",
    )
    await office.make(name="cheap", price=1)
    await office.make(name="dear", price=500)
    await hooks.try_out(1)
    await receiver.after(2)
    assert sorted((one[0], one[2]["type"], one[2]["data"].get("title")) for one in receiver.taken) == [
        ("https://a.example", "test", None), ("https://b.example", "toy.created", "dear"),
    ]  # fmt: skip
    await office.close()


async def test_an_alarm_date_is_told_once_to_who_may_see_it(tmp_path):
    """A day that came near is a message of its own, with the record; for a hook whose owner does not see the record there is none."""
    office, receiver = await HookOffice.open(tmp_path), Receiver()
    hooks = office.begin(receiver)
    people = [
        {"username": name, "name": name, "role": "agent", "password_hash": "x", "password_changed_at": 0, "created_at": 0}
        for name in ("maryam",)
    ]
    await office.database.write(lambda connection: connection.execute(insert(account), people))
    wide = await hooks.save({"title": "wide", "url": "https://example.com/a", "acts": ["alarm"]}, "admin")
    narrow = await hooks.save({"title": "own", "url": "https://example.com/b", "acts": ["alarm"]}, "reza")
    clock = AlarmClock(office.database, office.bus, office.clock, office.catalogue, office.patterns, "Asia/Tehran")
    today = office.records.reading().today.isoformat()
    number = await office.make(name="قطار", made_on=today, expert="maryam")
    await clock.look()
    await clock.look()
    await receiver.after(1)
    ((url, _headers, body, _raw),) = receiver.taken
    assert (url, body["type"]) == ("https://example.com/a", "toy.alarm")
    assert body["data"]["alarm"] == {"field": "made_on", "day": today, "ahead": 1}
    assert (body["data"]["id"], body["data"]["title"]) == (number, "قطار")
    await office.settled(wide, [("alarm", "done", 1)])
    assert await office.states(narrow) == []
    await clock.stop()
    await office.close()


async def test_failures_are_tried_again_for_a_day_then_given_up_and_the_hook_pauses(tmp_path):
    office = await HookOffice.open(tmp_path)
    receiver = Receiver()
    receiver.status = 500
    hooks = office.begin(receiver)
    number = await hooks.save({"title": "x", "url": "https://a.example"}, "admin")
    await office.make()
    await receiver.after(1)
    await office.settled(number, [("created", "waiting", 1)])
    for attempt in range(2, 12):
        while not office.clock.pending:  # noqa: ASYNC110  as above
            await asyncio.sleep(0)
        office.clock.advance(9 * 3600)
        await receiver.after(attempt)
    await office.settled(number, [("created", "failed", 11)])
    receiver.status = 200
    (delivery,) = await hooks.log_of(number)
    await hooks.again(number, delivery["id"])
    await office.settled(number, [("created", "done", 1)])
    await office.close()


async def test_what_was_not_told_before_a_restart_is_told_after_it(tmp_path):
    office = await HookOffice.open(tmp_path)
    receiver = Receiver()
    number = await office.begin(receiver).save({"title": "x", "url": "https://a.example"}, "admin")
    await office.hooks.stop()
    await office.make(name="while away")
    office.begin(receiver)
    await receiver.after(1)
    assert receiver.taken[0][2]["data"]["title"] == "while away"
    await office.settled(number, [("created", "done", 1)])
    await office.close()


def test_bad_addresses_are_refused():
    """No scheme, a password inside, our own network."""
    for wrong in ("", "example.com", "ftp://a.example", "https://u:p@a.example", "https://a b", "javascript:alert(1)"):
        with pytest.raises(HookInvalid):
            checked_url(wrong)
    for inside in (
        "127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "::1", "fd00::1", "0.0.0.0", "100.64.0.1", "224.0.0.1", "ff02::1", "fe80::1%eth0",
        "::ffff:127.0.0.1", "::127.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::", "2001:0:7f00:1::",
    ):  # fmt: skip
        with pytest.raises(AddressForbidden):
            chosen_address("x", ["93.184.216.34", inside], local=False)
    assert chosen_address("x", ["2606:4700::1111", "1.1.1.1"], local=False) == "2606:4700::1111"
    assert chosen_address("x", ["127.0.0.1"], local=True) == "127.0.0.1"
    assert next_attempt(1, 0) == 5
    assert next_attempt(11, 0) is None


async def test_a_real_server_gets_the_post_and_a_dead_one_is_an_outcome():
    """Over a real socket; nobody listening, and our own network forbidden, are sentences and no tracebacks."""
    from twisted.internet import reactor
    from twisted.web.resource import Resource
    from twisted.web.server import Site

    class Taker(Resource):
        isLeaf = True  # noqa: N815  Twisted's name

        def render_POST(self, request):
            self.got = (request.content.read(), request.getHeader("webhook-id"))
            return b"thanks"

    taker = Taker()
    port = reactor.listenTCP(0, Site(taker), interface="127.0.0.1")
    url = f"http://127.0.0.1:{port.getHost().port}/in"
    outcome = await Poster(local=True).post(url, {"webhook-id": "m1", "Content-Type": "application/json"}, b"{}")
    assert (outcome.status, outcome.answer, outcome.good, taker.got) == (200, "thanks", True, (b"{}", "m1"))
    refused = await Poster().post(url, {}, b"{}")
    assert (refused.status, refused.good) == (0, False)
    assert "127.0.0.1" in refused.answer
    await awaitable(port.stopListening())
    dead = await Poster(local=True).post(url, {}, b"{}")
    assert dead.status == 0
    assert dead.answer


async def test_the_log_says_why_nothing_was_sent_in_the_language_of_the_house():
    """Neither an English sentence in a Persian page nor the resolver's own words."""
    inside, nowhere = "http://127.0.0.1:9/in", "http://no-such-host.invalid/in"
    assert (await Poster().post(inside, {}, b"{}")).answer == AddressForbidden(host="127.0.0.1", address="127.0.0.1").text("fa")
    for language in ("fa", "en"):
        outcome = await Poster(language=language).post(nowhere, {}, b"{}")
        assert (outcome.status, outcome.answer) == (0, NameUnknown(host="no-such-host.invalid").text(language))


async def test_who_left_or_sees_less_is_told_no_more(tmp_path):
    """What waits to be sent again is not sent when its owner left, or may not see the record by now: the log says why, at once."""
    office, receiver = await HookOffice.open(tmp_path), Receiver()
    receiver.status = 500
    hooks = office.begin(receiver)
    members = {"admin": "administrator", "maryam": "agent", "reza": "own"}
    office.patterns._members = lambda: dict(members)
    left = await hooks.save({"title": "left", "url": "https://example.com/a", "entities": ["toy"]}, "maryam")
    narrowed = await hooks.save({"title": "narrowed", "url": "https://example.com/b", "entities": ["toy"]}, "reza")
    await office.make(office.patterns.viewer("reza"), name="قطار")
    await receiver.after(2)
    await office.settled(left, [("created", "waiting", 1)])
    await office.settled(narrowed, [("created", "waiting", 1)])
    del members["maryam"]
    office.patterns.all["own"] = Pattern(code="own", rights={"*": {"view": "none"}})
    await office.settled(left, [("created", "failed", 2)], wind=10)
    await office.settled(narrowed, [("created", "failed", 2)], wind=10)
    assert len(receiver.taken) == 2
    assert (await hooks.log_of(left))[0]["answer"] == NotSeenAnyMore().text("fa")
    await office.close()


async def test_a_purged_record_is_told_only_to_who_sees_them_all(tmp_path):
    """Whose it was nobody can ask any more: hooks of people who see a part are not told that there was one."""
    office, receiver = await HookOffice.open(tmp_path), Receiver()
    hooks = office.begin(receiver)
    await hooks.save({"title": "own", "url": "https://example.com/own", "acts": ["purged"]}, "reza")
    wide = await hooks.save({"title": "wide", "url": "https://example.com/wide", "acts": ["purged"]}, "admin")
    number = await office.make(name="قطار")
    await office.records.delete(office.toy, number, EVERYBODY)
    await office.records.purge(office.toy, number, EVERYBODY)
    await receiver.after(1)
    await office.settled(wide, [("purged", "done", 1)])
    assert [(url, body["data"]["id"]) for url, _headers, body, _raw in receiver.taken] == [("https://example.com/wide", number)]
    await office.close()
