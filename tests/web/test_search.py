"""The search box and its page over the toy entity: what is found, what is offered, and what nobody finds who may not."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from pathlib import Path
from urllib.parse import quote, urlencode

from tests.web.record_office import Office, office
from web.api import search as search_api
from web.pages import search as search_page


def searching(folder: Path) -> AbstractAsyncContextManager[Office]:
    return office(folder, search_page, search_api)


async def typed(it: Office, words: str, user: str = "maryam") -> str:
    reply = await it.get(user, f"/search/found?q={quote(words)}", **{"HX-Request": "true"})
    assert reply.status == 200
    return reply.text


async def test_the_box_finds_while_typing(tmp_path: Path) -> None:
    """A few letters give links in groups; what there is more of can be listed; nothing gives nothing."""
    async with searching(tmp_path) as it:
        number = await it.make(name="قطار سریع‌السیر")
        for place in range(12):
            await it.make(name=f"قایق شمارهٔ {place}")
        text = await typed(it, "قطا سری")
        assert f'href="/toys/{number}"' in text
        assert "<html" not in text
        many = await typed(it, "قایق")
        assert many.count("<li>") == 9
        assert "/toys?q=%D9%82" in many
        assert (await typed(it, "")).strip() == ""


async def test_nothing_found_is_said_and_the_words_become_a_customer(tmp_path: Path) -> None:
    """A name or a number that nobody has is offered to be written down, to those who may."""
    async with searching(tmp_path) as it:
        assert "/parties/new?name=%D8%B2" in await typed(it, "زرافه")
        assert "/parties/new?number=0935" in await typed(it, "0935")
        assert "/parties/new" not in await typed(it, "زرافه", "client")


async def test_the_page_stands_in_the_frame_and_is_shared_by_its_address(tmp_path: Path) -> None:
    """Opened from the address bar it is a whole page, with more hits than the box; its words stay words."""
    async with searching(tmp_path) as it:
        for place in range(12):
            await it.make(name=f"قایق شمارهٔ {place}")
        whole = (await it.get("maryam", "/search?" + urlencode({"q": "قایق"}))).text
        assert "<html" in whole
        assert whole.count('href="/toys/') == 12
        assert (await it.get("maryam", "/search")).status == 200
        hostile = (await it.get("maryam", "/search?q=%3Cscript%3Ealert(1)%3C/script%3E")).text
        assert "<script>alert" not in hostile
        assert "&lt;script&gt;alert" in hostile


async def test_who_may_see_nothing_finds_nothing(tmp_path: Path) -> None:
    """Box, page and API give nothing to a user whose pattern allows nothing, and programs the same groups as people."""
    async with searching(tmp_path) as it:
        await it.make(name="قطار")
        assert "/toys/" not in await typed(it, "قطار", "client")
        assert "/toys/" not in (await it.get("client", "/search?" + urlencode({"q": "قطار"}))).text
        for user, found in (("maryam", 1), ("client", 0)):
            answer = (await it.get(user, "/api/v1/search?" + urlencode({"q": "قطار"}), Accept="application/json")).json()
            assert len(answer["groups"]) == found
        (group,) = (
            await it.get("maryam", "/api/v1/search?" + urlencode({"q": "قطار", "entity": "toy"}), Accept="application/json")
        ).json()["groups"]
        assert (group["entity"], group["total"], group["items"][0]["name"]) == ("toy", 1, "قطار")
        assert (await it.get("maryam", "/api/v1/search", Accept="application/json")).status == 422
