"""The list of any entity: searched, filtered, sorted, in pages, with columns and views of one's own."""

from __future__ import annotations

import json
import re
from html import unescape
from urllib.parse import quote

from tests.web.record_office import office
from web.pages import record_list

THREE = {"and": [{"field": "price", "op": ">", "value": "۱۰"}, {"field": "maker.name", "op": "like", "value": "کار"}]}


async def filled(it):
    maker = await it.make(name="کارخانه", price=1)
    for place in range(3):
        await it.make(name=f"قطار {place}", price=place * 10, maker=maker, tags="red")
    return maker


async def test_a_list_shows_its_columns_and_says_how_many(tmp_path):
    async with office(tmp_path, record_list) as it:
        await filled(it)
        text = (await it.get("reza", "/toys")).text
        assert text.count("<tr data-id=") == 4
        assert "۴ رکورد" in text
        wide = (await it.get("reza", "/toys?columns=tags,price&sort=-price")).text
        assert wide.index("قطار 2") < wide.index("قطار 1") < wide.index("قطار 0")
        assert 'aria-sort="descending"' in wide
        assert "Cost" not in (await it.get("reza", "/toys?columns=cost")).text, "a confidential field is no column below its level"


async def test_search_filter_and_their_sentence(tmp_path):
    async with office(tmp_path, record_list) as it:
        await filled(it)
        text = (await it.get("reza", f"/toys?filter={quote(json.dumps(THREE))}")).text
        assert text.count("<tr data-id=") == 1
        assert "قطار 2" in text
        assert "بیشتر از" in text
        assert "«کار»" in text
        assert (await it.get("reza", "/toys?q=" + quote("قط ۲"))).text.count("<tr data-id=") == 1


async def test_a_wrong_part_of_an_address_is_left_out_and_told(tmp_path):
    async with office(tmp_path, record_list) as it:
        await filled(it)
        for wrong in ("filter=nothing:1", "filter=%7B", "sort=story", "after=zzz", "filter=price:>:abc"):
            reply = await it.get("reza", f"/toys?{wrong}")
            assert (reply.status, reply.text.count("<tr data-id=")) == (200, 4), wrong
        assert 'role="alert"' in (await it.get("reza", "/toys?filter=nothing:1")).text


async def test_empty_lists_say_what_to_do(tmp_path):
    """And only what whoever looks may do: a new office begins with a file, an agent who may not import is not sent for one."""
    async with office(tmp_path, record_list) as it:
        empty = {user: (await it.get(user, "/toys")).text.split('class="empty"')[1] for user in ("reza", "admin")}
        assert 'href="/toys/new"' in empty["reza"]
        assert "file" not in empty["reza"]
        assert 'href="/toys/import"' in empty["admin"]
        await it.make(name="x")
        assert 'href="/toys?view=0"' in (await it.get("reza", "/toys?q=zzz")).text


async def test_views_are_kept_shared_begun_with_and_removed(tmp_path):
    """A private view is its owner's alone; one for everybody is everybody's; who begins with one sees it at once."""
    async with office(tmp_path, record_list) as it:
        await filled(it)
        saved = await it.post("reza", "/toys/views?filter=price:20&columns=price", {"name": "گران‌ها", "first": "1"})
        assert saved.status in (303, 204)
        text = (await it.get("reza", "/toys")).text
        assert "گران‌ها" in text
        assert text.count("<tr data-id=") == 1
        assert (await it.get("reza", "/toys?view=0")).text.count("<tr data-id=") == 4
        assert "گران‌ها" not in (await it.get("maryam", "/toys")).text
        await it.post("reza", "/toys/views?filter=price:10", {"name": "برای همه", "shared": "all"})
        assert "برای همه" in (await it.get("maryam", "/toys")).text
        assert (await it.post("maryam", "/toys/views/2/remove", {})).status == 404
        assert (await it.post("reza", "/toys/views", {"name": " "})).status == 422
        gone = await it.post("reza", "/toys/views/1/remove", {})
        assert gone.status == 303
        assert "گران‌ها" not in (await it.get("reza", "/toys")).text
        text = (await it.get("reza", gone.headers["Location"])).text
        assert text.count("<tr data-id=") == 1
        form = re.search(r'action="(/toys/views[^"]*)"[^>]*>((?:<input[^>]*>)+)<button', text)
        fields = {name: value for name, value in re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]) if name != "csrf"}
        assert (fields["name"], fields["look"], fields["shared"]) == ("گران‌ها", "list", "")
        assert (await it.post("reza", unescape(form[1]), fields)).status == 303
        assert "گران‌ها" in (await it.get("reza", "/toys")).text
        back = max(map(int, re.findall(r"/toys\?view=(\d+)", (await it.get("reza", "/toys")).text)))
        assert (await it.get("reza", f"/toys?view={back}")).text.count("<tr data-id=") == 1


async def test_pages_lead_to_their_neighbours(tmp_path):
    async with office(tmp_path, record_list) as it:
        for place in range(30):
            await it.make(name=f"n{place:02}")
        first = (await it.get("reza", "/toys?per=25")).text
        forward = unescape(re.search(r'rel="next" href="([^"]+)"', first)[1])
        second = (await it.get("reza", forward)).text
        assert (first.count("<tr data-id="), second.count("<tr data-id=")) == (25, 5)
        back = unescape(re.search(r'rel="prev" href="([^"]+)"', second)[1])
        assert (await it.get("reza", back)).text.count("<tr data-id=") == 25
