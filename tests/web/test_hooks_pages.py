"""Web-hooks on pages and by API: made, tried out, told of changes, their secret renewed, delivered again, removed."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from pathlib import Path

import orjson
import pytest
from sqlalchemy import update

from config.translations import translate
from crm.hooks.hooks import Hooks
from crm.hooks.sending import Outcome
from crm.hooks.tables import hook
from tests.web.record_office import Ground, office
from web.api import hooks as api
from web.pages import hooks


class Receiver:
    """Another program's server."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict]] = []
        self.came = asyncio.Event()

    async def post(self, url, headers, body):
        self.told.append((url, orjson.loads(body)))
        self.came.set()
        return Outcome(200, "thanks", 0.01)

    async def after(self, count):
        while len(self.told) < count:
            self.came.clear()
            await self.came.wait()


@asynccontextmanager
async def opened(folder: Path):
    made = {}

    def services(ground: Ground) -> dict[str, object]:
        made["receiver"] = Receiver()
        made["hooks"] = Hooks(ground.database, ground.bus, ground.clock, ground.records, ground.patterns, made["receiver"], b"k" * 32)
        return {"hooks": made["hooks"]}

    async with office(folder, hooks, api, more=services) as it:
        made["hooks"].start()
        yield it, made["receiver"]
        await made["hooks"].stop()


FORM = [("title", "CRM"), ("url", "https://example.com/in"), ("entities", "toy"), ("acts", "created"), ("acts", "changed"), ("owner", "maryam"), ("active", "1")]  # fmt: skip


async def test_a_hook_made_on_the_page_hears_of_changes(tmp_path: Path) -> None:
    """With the eyes of its owner; the log shows what was delivered."""
    async with opened(tmp_path) as (it, receiver):
        assert (await it.get("maryam", "/settings/hooks")).status == 403
        assert (await it.get("admin", "/settings/hooks/new")).status == 200
        assert (await it.post("admin", "/settings/hooks/new", FORM)).headers["Location"] == "/settings/hooks/1?said=saved"
        await it.make(cost=5, price=7)
        await receiver.after(1)
        url, message = receiver.told[0]
        assert (url, message["type"], message["data"]["record"]["price"]) == ("https://example.com/in", "toy.created", 7)
        assert "cost" not in message["data"]["record"]
        assert (await it.post("admin", "/settings/hooks/1/try", {})).status == 303
        await receiver.after(2)
        page = (await it.get("admin", "/settings/hooks/1?said=tried")).text
        assert "toy.created" in page
        assert "whsec_" in page
        again = (await it.post("admin", "/settings/hooks/1/deliveries/1/again", {})).status
        assert again == 303
        await receiver.after(3)
        assert (await it.post("admin", "/settings/hooks/1/deliveries/99/again", {})).status == 404
        assert (await it.post("admin", "/settings/hooks/1/renew", {})).status == 303
        assert (await it.post("admin", "/settings/hooks/1", [one for one in FORM if one[0] != "active"])).status == 303
        assert "CRM" in (await it.get("admin", "/settings/hooks")).text
        assert (await it.post("admin", "/settings/hooks/1/remove", {})).status == 303
        assert (await it.get("admin", "/settings/hooks/1")).status == 404


@pytest.mark.parametrize(
    "wrong", [{"url": "ftp://x"}, {"url": "https://user:pass@x"}, {"title": " "}, {"condition": "{"}, {"condition": '{"x": 1}'}, {"acts": "no"}, {"entities": "no"}]
)  # fmt: skip
async def test_what_is_wrong_stays_in_the_form(tmp_path: Path, wrong: dict[str, str]) -> None:
    """With a sentence, and nothing is kept."""
    async with opened(tmp_path) as (it, _receiver):
        reply = await it.post("admin", "/settings/hooks/new", list({**dict(FORM), **wrong}.items()))
        assert (reply.status, 'role="alert"' in reply.text) == (422, True)
        assert "/settings/hooks/1" not in (await it.get("admin", "/settings/hooks")).text


async def test_programs_keep_hooks_too(tmp_path: Path) -> None:
    """The same by API."""
    async with opened(tmp_path) as (it, receiver):
        browser, admin = it.site.browser(), await it.site.bearer("admin")
        base, draft = "/api/v1/hooks", {"title": "x", "url": "https://example.com", "acts": ["created"]}
        assert (await browser.post(base, json=draft, headers=await it.site.bearer("maryam"))).status == 403
        for wrong in ({"acts": ["x"]}, {"acts": "created"}, {"entities": [1]}, {"url": 1}, {"active": "yes"}, {"owner": "nobody"}):
            assert (await browser.post(base, json={**draft, **wrong}, headers=admin)).status == 422
        assert (await browser.post(base, json=draft, headers=admin)).json()["owner"] == "admin"
        await it.make(name="x")
        await receiver.after(1)
        secret = (await browser.get(f"{base}/1/secret", headers=admin)).json()["secret"]
        assert secret != (await browser.post(f"{base}/1/secret", json={}, headers=admin)).json()["secret"]
        assert (await browser.post(f"{base}/1/try", json={}, headers=admin)).status == 200
        await receiver.after(2)
        log = (await browser.get(f"{base}/1/deliveries", headers=admin)).json()["items"]
        assert [one["act"] for one in log] == ["test", "created"]
        assert (await browser.post(f"{base}/1/deliveries/{log[1]['id']}/again", json={}, headers=admin)).status == 200
        changed = await browser.ask("PUT", f"{base}/1", json={**draft, "active": False}, headers=admin)
        assert changed.json()["active"] is False
        assert (await browser.get(base, headers=admin)).json()["total"] == 1
        assert (await browser.ask("DELETE", f"{base}/1", headers=admin)).status == 200
        assert (await browser.get(f"{base}/1", headers=admin)).status == 404


async def test_a_condition_is_built_of_the_fields_and_said_in_words(tmp_path: Path) -> None:
    """The builder gets the fields of the chosen kind; the list and the form say the condition as a sentence; nobody reads JSON."""
    async with opened(tmp_path) as (it, receiver):
        fields = (await it.get("admin", "/settings/hooks/fields/toy")).json()["fields"]
        assert {"name", "price"} <= {one["path"] for one in fields}
        assert (await it.get("admin", "/settings/hooks/fields/nothing")).status == 404
        assert (await it.get("maryam", "/settings/hooks/fields/toy")).status == 403
        condition = ("condition", '{"and":[{"field":"price","op":">","value":"5"}]}')
        assert (await it.post("admin", "/settings/hooks/new", [*FORM, condition])).status == 303
        for path in ("/settings/hooks", "/settings/hooks/1"):
            page = (await it.get("admin", path)).text
            assert translate("fa", "is more than") in page or "is more than" in page
        assert "<textarea" not in page
        await it.make(name="cheap", price=3)
        await it.make(name="dear", price=7)
        await receiver.after(1)
        assert receiver.told[0][1]["data"]["title"] == "dear"


@pytest.mark.parametrize(
    ("condition", "entities"),
    [('{"field":"nothing","op":"=","value":1}', ["toy"]), ('{"field":"price","op":"=","value":"x"}', ["toy"]), ('{"field":"price","op":">","value":"5"}', ["toy", "party_group"]),
     ('{"field":"cost","op":">","value":"5"}', ["toy"])],
)  # fmt: skip
async def test_a_condition_that_does_not_hold_for_every_kind_is_refused(tmp_path: Path, condition: str, entities: list[str]) -> None:
    """A field that is not there, a value that cannot be, a field that the owner may not see: said at once, not when something changes."""
    async with opened(tmp_path) as (it, _receiver):
        form = [one for one in FORM if one[0] != "entities"] + [("entities", one) for one in entities] + [("condition", condition)]
        reply = await it.post("admin", "/settings/hooks/new", form)
        assert (reply.status, 'role="alert"' in reply.text) == (422, True)


async def test_a_condition_over_a_field_that_is_gone_is_told_in_the_log(tmp_path: Path) -> None:
    """The hook goes on, and its log says why nothing was delivered."""
    async with opened(tmp_path) as (it, _receiver):
        await it.post("admin", "/settings/hooks/new", FORM)
        broken = update(hook).values(condition={"field": "gone", "op": "=", "value": 1})
        await it.site.database.write(lambda connection: connection.execute(broken))
        await it.make(name="x")
        page = ""
        while "gone" not in page.partition("log-title")[2]:
            page = (await it.get("admin", "/settings/hooks/1")).text
        assert "deliveries/1/again" not in page
