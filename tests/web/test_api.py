"""The API as programs use it: lists, one record, orders, health, metrics, and its own description."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from config.database_errors import DatabaseFull
from switchboard.call_log import put
from tests.web.building import PASSWORD
from tests.web.schema import check_openapi, matches
from tests.web.shop import QUEUES
from tests.web.whole import whole
from web.api_page import api_page, written_page
from web.openapi import openapi

CALL_KEYS = {
    "id",
    "direction",
    "caller",
    "dialled",
    "started_at",
    "answered_at",
    "ended_at",
    "status",
    "queue",
    "agent",
    "party",
    "steps",
    "recording",
}


class Program:
    """A program with a token."""

    def __init__(self, room, headers):
        self.room, self.headers = room, headers

    async def get(self, path, status=200):
        return await self.ask("GET", path, status=status)

    async def ask(self, method, path, body=None, status=200):
        reply = await self.room.house.browser(address="192.0.2.7").ask(method, path, json=body, headers=self.headers)
        assert reply.status == status, reply.text
        value = reply.json()
        if status < 400:
            self._described(method, path, status, value)
        else:
            assert set(value) == {"error"}
            assert value["error"]["code"]
            assert value["error"]["message"]
        return value

    def _described(self, method, path, status, value):
        """What came is what openapi.json says would come."""
        route, _values = self.room.table.match(method, path.partition("?")[0])
        described = openapi(self.room.table.routes)
        assert route.gives_status == status
        gives = route.gives() if callable(route.gives) else route.gives
        matches(value, gives, described["components"]["schemas"])


async def program(room, username="nader"):
    return Program(room, await room.house.bearer(username))


def ended(now, number, **more):
    return {
        "id": f"1700000000.{number}", "direction": "inbound", "status": "answered", "caller": f"0912000{number:04}", "caller_name": "", "number": f"+98912000{number:04}",
        "dialled": "1000", "started_at": now - 1000 + number, "queued_at": 0.0, "answered_at": now - 990 + number, "ended_at": now - 900 + number, "queue": "sales",
        "agent": "maryam", "party": None, "by": "customer", "cause": 16, "steps": [], **more,
    }  # fmt: skip


async def test_logging_in_gives_a_token_that_works(tmp_path):
    """User name and password give a token; the token says who one is."""
    async with whole(tmp_path) as room:
        reply = await room.house.browser().post("/api/v1/login", json={"username": "maryam", "password": PASSWORD})
        assert reply.status == 200
        assert set(reply.json()) == {"token", "expires_at", "scopes"}
        me = await Program(room, {"Authorization": f"Bearer {reply.json()['token']}"}).get("/api/v1/me")
        assert (me["username"], me["role"], me["extension"]) == ("maryam", "agent", "101")
        wrong = await room.house.browser().post("/api/v1/login", json={"username": "maryam", "password": "x"})
        assert (wrong.status, wrong.json()["error"]["code"]) == (401, "wrong_password")


async def test_api_log_in_is_throttled_with_the_page(tmp_path):
    """Twenty wrong passwords through the API: five are answered, then the wait is told; the page waits as well."""
    async with whole(tmp_path) as room:
        replies = [await room.house.browser().post("/api/v1/login", json={"username": "maryam", "password": f"{n}"}) for n in range(20)]
        assert [one.status for one in replies] == [401] * 5 + [429] * 15
        assert int(replies[-1].headers["Retry-After"]) > 0
        assert (await room.house.browser().post("/login", form={"username": "maryam", "password": PASSWORD})).status == 429


async def test_calls_live_and_ended_stand_in_one_list(tmp_path):
    """The newest first, live calls among them, page by page without a gap or a double."""
    async with whole(tmp_path) as room:
        now = room.clock.now()
        for number in range(30):
            row = ended(now, number)
            await room.database.write(lambda connection, row=row: put(connection, row))
        room.telephony.arrive("1700000000.900")
        room.telephony.arrive("1700000000.901")
        asking = await program(room)
        listed = await asking.get("/api/v1/calls?sort=-started_at&per=5")
        assert listed["total"] == 32
        assert len(listed["items"]) == 5
        assert set(listed["items"][0]) == CALL_KEYS
        assert [one["status"] for one in listed["items"][:3]] == ["waiting", "waiting", "answered"]
        for sort in ("-started_at", "started_at", "caller", "-status"):
            found = []
            for number in range(1, 9):
                page = await asking.get(f"/api/v1/calls?sort={sort}&per=5&page={number}")
                found += [one["id"] for one in page["items"]]
            assert len(found) == len(set(found)) == 32, sort
        assert (await asking.get("/api/v1/calls?filter=status:waiting"))["total"] == 2
        assert (await asking.get("/api/v1/calls?filter=agent:maryam,queue:sales"))["total"] == 30
        assert (await asking.get("/api/v1/calls?q=09120000007"))["total"] == 1
        assert (await asking.get("/api/v1/calls?filter=colour:red", status=422))["error"]["field"] == "filter"
        assert (await asking.get("/api/v1/calls?sort=password", status=422))["error"]["field"] == "sort"
        assert (await asking.get("/api/v1/calls?per=100000", status=422))["error"]["field"] == "per"
        assert (await asking.get("/api/v1/calls?colour=red", status=422))["error"]["code"] == "field_unknown"


async def test_agents_see_their_own_calls_and_those_nobody_answered(tmp_path):
    """Reza does not see what Maryam talked about; both see the missed call."""
    async with whole(tmp_path) as room:
        now = room.clock.now()
        rows = [ended(now, 1), ended(now, 2, agent="reza"), ended(now, 3, status="missed", agent="", answered_at=0.0)]
        for row in rows:
            await room.database.write(lambda connection, row=row: put(connection, row))
        reza = await program(room, "reza")
        listed = await reza.get("/api/v1/calls")
        assert [one["id"] for one in listed["items"]] == ["1700000000.3", "1700000000.2"]
        assert (await reza.get("/api/v1/calls/1700000000.1", status=403))["error"]["code"] == "not_your_call"
        assert (await reza.get("/api/v1/calls/1700000000.2"))["agent"] == "reza"
        assert (await reza.get("/api/v1/calls/7.7", status=404))["error"]["code"] == "no_such_call"


async def test_a_live_call_is_steered_by_its_agent(tmp_path):
    """Hold, resume and hang-up by the API; somebody else's call stays untouched."""
    async with whole(tmp_path) as room:
        room.telephony.at_work("maryam")
        room.telephony.arrive("1700000000.900")
        room.telephony.answer("1700000000.900")
        maryam, reza = await program(room, "maryam"), await program(room, "reza")
        for order in ("hold", "resume", "hang_up"):
            assert (await reza.ask("POST", f"/api/v1/calls/1700000000.900/{order}", {}, status=403))["error"]["code"] == "not_your_call"
        await maryam.ask("POST", "/api/v1/calls/1700000000.900/hold", {})
        assert (await maryam.get("/api/v1/calls/1700000000.900"))["status"] == "held"
        await maryam.ask("POST", "/api/v1/calls/1700000000.900/resume", {})
        await maryam.ask("POST", "/api/v1/calls/1700000000.900/hang_up", {})
        assert room.calls.get("1700000000.900") is None


async def test_click_to_dial(tmp_path):
    """A program rings its owner's phone first."""
    async with whole(tmp_path) as room:
        maryam = await program(room, "maryam")
        assert (await maryam.ask("POST", "/api/v1/calls", {"number": "09121234567"}, status=201))["id"] == "1700000000.99"
        assert room.desk.asked == [("dial", "maryam", "09121234567")]


async def test_customers_are_made_found_and_read(tmp_path):
    """A customer made by a program is found by name and number, and has a timeline."""
    async with whole(tmp_path) as room:
        asking = await program(room, "maryam")
        firm = await asking.ask("POST", "/api/v1/parties", {"kind": "company", "name": "آریا صنعت"}, status=201)
        raw = {
            "first_name": "نگار",
            "last_name": "صادقی",
            "channels": [{"raw": "۰۹۱۲ ۱۲۳ ۴۵ ۶۷"}],
            "relations": [{"kind": "works_at", "other": firm["id"]}],
        }
        made = await asking.ask("POST", "/api/v1/parties", raw, status=201)
        known = await asking.get(f"/api/v1/parties/{made['id']}")
        assert known["name"] == "نگار صادقی"
        assert (known["channels"][0]["number"], known["channels"][0]["kind"]) == ("+989121234567", "mobile")
        assert known["relations"][0]["other"] == firm["id"]
        for words in ("نگار", "صادقي", "09121234567", "1234567"):
            found = await asking.get(f"/api/v1/parties?q={quote(words)}")
            assert made["id"] in [one["id"] for one in found["items"]], words
        assert (await asking.get(f"/api/v1/parties/{made['id']}/timeline"))["items"] == []
        assert (await asking.get("/api/v1/parties/999999", status=404))["error"]["code"] == "no_such_record"
        wrong = await asking.ask("POST", "/api/v1/parties", {"first_name": "", "channels": [{"raw": "abc"}]}, status=422)
        assert wrong["error"]["code"]


async def test_agents_queues_and_the_own_status(tmp_path):
    """Supervisors see agents as they are; an agent changes the own status."""
    async with whole(tmp_path) as room:
        room.telephony.at_work("maryam")
        boss, maryam = await program(room), await program(room, "maryam")
        agents = {one["agent"]: one for one in (await boss.get("/api/v1/agents"))["items"]}
        assert agents["maryam"]["intent"] == "available"
        assert agents["maryam"]["name"] == {"fa": "مریم", "en": "Maryam"}
        assert {one["name"] for one in (await maryam.get("/api/v1/queues"))["items"]} == {one.name for one in QUEUES}
        changed = await maryam.ask("POST", "/api/v1/agents/me/intent", {"intent": "on_break", "reason": "lunch"})
        assert (changed["intent"], changed["reason"]) == ("on_break", "lunch")
        assert (await maryam.get("/api/v1/agents", status=403))["error"]["code"] == "not_allowed"


async def test_a_browser_gets_its_own_telephone_and_no_other(tmp_path):
    """The softphone's password is that of the own extension."""
    from config.secrets import sip_password

    async with whole(tmp_path) as room:
        own = await (await program(room, "maryam")).get("/api/v1/softphone")
        assert (own["authorization_user"], own["password"]) == ("w101", sip_password(room.key, "w101"))
        assert own["websocket"] == "/sip"
        assert (await (await program(room, "admin")).get("/api/v1/softphone", status=409))["error"]["code"] == "phone_offline"
        demo = await room.house.browser().get("/api/v1/softphone/demo")
        assert demo.json()["authorization_user"] == "demo-caller"
        assert "switchboard-demo-8080=" in demo.headers["Set-Cookie"]


async def test_flows_are_reloaded_by_administrators(tmp_path):
    """Broken flows are refused with their first problem; good ones give their version."""
    async with whole(tmp_path) as room:
        admin = await program(room, "admin")
        assert (await admin.ask("POST", "/api/v1/flows/reload", {}))["version"] == "abc"
        room.flows.problems = (SimpleNamespace(text=lambda _language: "main.yaml, line 7"),)
        refused = await admin.ask("POST", "/api/v1/flows/reload", {}, status=422)
        assert refused["error"]["code"] == "flows_refused"
        assert (await (await program(room, "nader")).ask("POST", "/api/v1/flows/reload", {}, status=403))["error"]["code"] == "not_allowed"


async def test_health_says_how_each_part_is(tmp_path):
    """Well: 200. A part that is not: 503, named. Strangers learn no details."""
    async with whole(tmp_path) as room:
        well = await room.house.browser().get("/healthz")
        assert (well.status, well.json()["ok"]) == (200, True)
        assert set(well.json()["parts"]) == {"asterisk", "flows", "recording", "loop", "database", "disk"}
        matches(well.json(), room.table.match("GET", "/healthz")[0].gives, openapi(room.table.routes)["components"]["schemas"])
        room.link.ari.up = False
        room.recordings.health = lambda: 1 / 0
        ill = await room.house.browser().get("/healthz")
        assert ill.status == 503
        assert not ill.json()["parts"]["asterisk"]["ok"]
        far = (await room.house.browser(address="192.0.2.7").get("/healthz")).json()
        assert far["parts"]["disk"] in ({"ok": True}, {"ok": False})


async def test_a_database_that_takes_nothing_is_not_well(tmp_path):
    """It can be read, but nothing can be saved: health says so, and why, until something is saved again."""
    async with whole(tmp_path) as room:
        room.house.database._tell_watchers(DatabaseFull())
        ill = (await room.house.browser().get("/healthz")).json()["parts"]["database"]
        assert (ill["ok"], ill["code"]) == (False, "disk_full")
        room.house.database._tell_watchers(None)
        assert (await room.house.browser().get("/healthz")).json()["parts"]["database"] == {"ok": True}


async def test_metrics_speak_prometheus(tmp_path):
    """Calls, queues, agents, loop, memory, in the text that Prometheus reads."""
    async with whole(tmp_path) as room:
        room.telephony.at_work("maryam")
        room.telephony.arrive("1700000000.900")
        reply = await room.house.browser().get("/metrics")
        assert reply.headers["Content-Type"].startswith("text/plain; version=0.0.4")
        lines = reply.text.splitlines()
        assert 'switchboard_calls{state="ringing"} 1' in lines
        assert 'switchboard_queue_waiting{queue="sales"} 1' in lines
        assert 'switchboard_agents{intent="available",activity="ringing"} 1' in lines
        assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
        for line in lines:
            assert (
                line.startswith("# ")
                or line.rpartition(" ")[2].replace(".", "").replace("e+", "").replace("e-", "").replace("+", "").isalnum()
            )


async def test_the_description_is_complete_and_valid(tmp_path):
    """openapi.json describes every API route, and only what exists, in valid OpenAPI."""
    async with whole(tmp_path) as room:
        reply = await room.house.browser().get("/api/v1/openapi.json")
        described = reply.json()
        check_openapi(described)
        routes = {(route.method.lower(), route.path) for route in room.table.routes if route.kind == "api"}
        listed = {(method, path) for path, operations in described["paths"].items() for method in operations}
        assert len(listed) == len(routes)
        assert {"/api/v1/login", "/api/v1/calls", "/api/v1/calls/{call}", "/healthz", "/metrics", "/api/v1/openapi.json"} <= {
            path for _method, path in listed
        }
        assert room.table.match("GET", "/api/v1/calls")[0].gives is not None
        page = api_page(room.table.routes)
        assert "## POST /api/v1/calls/{call}/wrap_up" in page
        assert "| `subscribe` | `board` |" in page


async def test_a_field_of_ones_own_is_described_at_once(tmp_path):
    """Whoever reads the description again finds it, without a restart; before, it was not there."""
    async with whole(tmp_path) as room:
        await room.catalogue.load()

        async def settable():
            described = (await room.house.browser().get("/api/v1/openapi.json")).json()
            return described["paths"]["/api/v1/parties"]["post"]["requestBody"]["content"]["application/json"]["schema"]["properties"]

        assert "shoe_size" not in await settable()
        await room.own_fields.add({"entity": "party", "kind": "number", "label_fa": "شماره کفش", "label_en": "Shoe size"}, "admin")
        assert "shoe_size" in await settable()


def test_the_written_page_is_fresh():
    """docs/api.md says what the routes say (write it anew with `switchboard docs`)."""
    assert (Path(__file__).parents[2] / "docs" / "api.md").read_text() == written_page()


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api/v1/calls/1/explode", "/api/v2/calls"])
async def test_what_is_not_there_is_said_in_json(tmp_path, path):
    """A wrong address of the API answers with JSON, not with a page."""
    async with whole(tmp_path) as room:
        assert (await (await program(room)).get(path, status=404))["error"]["code"] == "not_found"
