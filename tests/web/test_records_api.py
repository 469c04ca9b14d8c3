"""Every entity is reachable by programs: listed, filtered, changed, in bulk, once for each key, with what the token's owner may."""

from __future__ import annotations

from contextlib import asynccontextmanager

from crm.access import DEFAULTS, Pattern
from crm.catalogue import Catalogue
from crm.duplicates.duplicates import Duplicates
from crm.patterns import Patterns
from crm.records import Records
from tests.crm.toys import TOY
from tests.web.building import building
from web.api import records as api_module

MEMBERS = {"maryam": "agent", "reza": "own", "nader": "supervisor", "admin": "administrator"}


@asynccontextmanager
async def office(folder):
    """The API of the toys, and how a user speaks to it."""

    def routes(parts):
        catalogue = Catalogue(parts["database"], [TOY])
        patterns = Patterns(parts["database"], parts["clock"], lambda: MEMBERS)
        patterns.all = {one.code: one for one in (*DEFAULTS, Pattern(code="own", fa="x", rights={"*": {"*": "own", "export": "none"}}))}
        records = Records(parts["database"], parts["bus"], parts["clock"], catalogue)
        return api_module.routes(
            catalogue,
            patterns,
            records,
            parts["database"],
            parts["clock"],
            Duplicates(parts["database"], parts["bus"], parts["clock"], records),
        )

    async with building(folder, routes) as house:
        yield Office(house)


class Office:
    def __init__(self, house):
        self.house, self.headers = house, {}

    async def ask(self, method, path, body=None, user="admin", **headers):
        if user not in self.headers:
            self.headers[user] = await self.house.bearer(user)
        sent = {**self.headers[user], **{name.replace("_", "-"): value for name, value in headers.items()}}
        answer = await self.house.browser().ask(method, f"/api/v1{path}", json=body, headers=sent)
        return answer.status, answer.json(), answer

    async def make(self, user="admin", **values):
        status, value, _answer = await self.ask("POST", "/toys", {"name": "toy", **values}, user)
        assert status == 201, value
        return value["id"]


async def test_a_record_is_made_read_changed_deleted_and_restored(tmp_path):
    async with office(tmp_path) as it:
        status, made, answer = await it.ask(
            "POST", "/toys", {"name": "قطار", "price": "۱۲ هزار ریال", "tags": ["red"], "parts": [{"what": "چرخ"}]}
        )
        assert status == 201, made
        assert (made["title"], made["price"], made["tags"], made["version"], made["parts"][0]["what"]) == ("قطار", 12000, ["red"], 1, "چرخ")
        assert answer.headers["Location"] == f"/api/v1/toys/{made['id']}"
        assert answer.headers["ETag"] == '"1"'
        path = f"/toys/{made['id']}"
        assert (await it.ask("PATCH", path, {"price": 5}, If_Match='"1"'))[1]["version"] == 2
        status, refused, _answer = await it.ask("PATCH", path, {"price": 6}, If_Match='"1"')
        assert (status, refused["error"]["code"], refused["error"]["current"]["values"]) == (409, "changed_meanwhile", {"price": 5})
        assert (await it.ask("GET", f"{path}/history"))[1]["items"][0]["changes"] == {"price": [12000, 5]}
        assert (await it.ask("DELETE", path))[0] == 200
        assert (await it.ask("GET", "/toys"))[1]["total"] == 0
        assert (await it.ask("GET", "/toys?deleted=only"))[1]["total"] == 1
        assert (await it.ask("POST", f"{path}/restore"))[0] == 200
        assert (await it.ask("POST", f"{path}/star", {"on": True}))[0] == 200
        assert (await it.ask("GET", "/toys?starred=1"))[1]["items"][0]["starred"] is True
        assert (await it.ask("DELETE", path))[0] == (await it.ask("DELETE", f"{path}?for_ever=1"))[0] == 200
        assert (await it.ask("GET", path))[0] == 404


async def test_every_problem_is_named_with_its_field(tmp_path):
    async with office(tmp_path) as it:
        status, refused, _answer = await it.ask("POST", "/toys", {"name": "x", "price": "گران", "email": "a", "colour_of_sky": 1})
        assert status == 422
        assert set(refused["error"]["problems"]) == {"price", "email", "colour_of_sky"}
        for bad in ({"filter": "nothing:1"}, {"filter": "{"}, {"sort": "story"}, {"after": "xx"}, {"expand": "price"}, {"page": "400"}):
            ((name, value),) = bad.items()
            status, refused, _answer = await it.ask("GET", f"/toys?{name}={value}")
            assert status == 422, (bad, refused)
        assert (await it.ask("PATCH", "/toys/1", [1]))[0] == 422


async def test_lists_filter_sort_expand_and_page(tmp_path):
    async with office(tmp_path) as it:
        maker = await it.make(name="maker", price=1)
        for place in range(5):
            await it.make(name=f"toy {place}", price=place + 10, maker=maker)
        _status, found, _answer = await it.ask("GET", "/toys?filter=price:%3E:11&sort=-price&per=2&expand=maker&fields=price,maker")
        assert ([one["price"] for one in found["items"]], found["total"], found["more"]) == ([14, 13], 3, False)
        assert found["expanded"][f"toy:{maker}"]["title"] == "maker"
        assert "weight" not in found["items"][0]
        _status, rest, _answer = await it.ask("GET", f"/toys?filter=price:%3E:11&sort=-price&per=2&after={found['next']}")
        assert [one["price"] for one in rest["items"]] == [12]
        _status, second, _answer = await it.ask("GET", "/toys?filter=price:%3E:11&sort=-price&per=2&page=2")
        assert second["items"] == rest["items"]
        assert (await it.ask("GET", "/toys?q=toy%203"))[1]["items"][0]["title"] == "toy 3"


async def test_a_key_makes_a_thing_once(tmp_path):
    """A repeated request gets the first answer; the same key with other content is a mistake."""
    async with office(tmp_path) as it:
        _status, first, _answer = await it.ask("POST", "/toys", {"name": "a"}, Idempotency_Key="k1")
        status, again, answer = await it.ask("POST", "/toys", {"name": "a"}, Idempotency_Key="k1")
        assert (status, again, answer.headers["Idempotent-Replayed"]) == (201, first, "true")
        assert (await it.ask("POST", "/toys", {"name": "b"}, Idempotency_Key="k1"))[0] == 422
        assert (await it.ask("POST", "/toys", {"name": ""}, Idempotency_Key="k2"))[0] == 422
        assert (await it.ask("POST", "/toys", {"name": "c"}, Idempotency_Key="k2"))[0] == 201
        assert (await it.ask("GET", "/toys"))[1]["total"] == 2


async def test_many_steps_each_for_itself_or_all_or_none(tmp_path):
    async with office(tmp_path) as it:
        number = await it.make()
        steps = [
            {"do": "create", "values": {"name": "new"}},
            {"do": "change", "id": number, "values": {"price": "x"}},
            {"do": "change", "id": number, "version": 1, "values": {"price": 3}},
            {"do": "delete", "id": 999},
        ]
        _status, found, _answer = await it.ask("POST", "/toys/bulk", {"steps": steps})
        assert [one["ok"] for one in found["results"]] == [True, False, True, False]
        assert found["results"][1]["error"]["problems"]["price"]
        status, _found, _answer = await it.ask(
            "POST", "/toys/bulk", {"atomic": True, "steps": [{"do": "delete", "id": number}, {"do": "delete", "id": 999}]}
        )
        assert status == 404
        assert (await it.ask("GET", f"/toys/{number}"))[1]["deleted_at"] is None
        for wrong in ({"steps": []}, {"steps": [{"do": "dance"}]}, {"steps": "x"}, {"steps": [{"do": "create", "id": 4}]}):
            status, found, _answer = await it.ask("POST", "/toys/bulk", wrong)
            assert status == 422 or not found["results"][0]["ok"], wrong


async def test_the_pattern_of_the_tokens_owner_counts(tmp_path):
    async with office(tmp_path) as it:
        mine = await it.make(user="reza", name="mine")
        other = await it.make(user="maryam", name="other")
        assert [one["id"] for one in (await it.ask("GET", "/toys", user="reza"))[1]["items"]] == [mine]
        assert (await it.ask("GET", f"/toys/{other}", user="reza"))[0] == 404
        assert (await it.ask("PATCH", f"/toys/{other}", {"price": 1}, user="reza"))[0] == 404
        status, refused, _answer = await it.ask("DELETE", f"/toys/{other}", user="maryam")
        assert (status, refused["error"]["code"]) == (403, "no_right")
        assert "cost" not in (await it.ask("GET", f"/toys/{other}", user="maryam"))[1]
        assert (await it.ask("POST", "/toys", {"name": "x", "cost": 3}, user="maryam"))[0] == 422
        _status, found, _answer = await it.ask("GET", "/entities", user="maryam")
        assert "cost" not in [one["name"] for one in found["items"][0]["fields"]]
        assert found["items"][0]["rights"]["delete"] == "none"
