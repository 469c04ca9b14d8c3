"""Duplicates on pages and by API: noticed in the form, searched, compared, merged, led on, made two again."""

from __future__ import annotations

import re
from pathlib import Path

from tests.web.record_office import office
from web.api import duplicates as merge_api, records as records_api
from web.pages import duplicates


async def settled(it) -> None:
    while (await it.duplicates.runs(it.toy))[0]["state"] == "running":
        await it.duplicate_search._tasks.settled()


async def test_a_form_says_what_may_be_there_already(tmp_path: Path) -> None:
    """By the values that are typed; a record that may not be seen is told of by its expert only."""
    async with office(tmp_path, duplicates) as it:
        number = await it.make(code="T-1", name="قطار")
        found = (await it.post("maryam", "/records/toy/similar", {"code": "T-1", "price": "x"})).json()["items"]
        assert [(one["id"], one["url"], one["reasons"]) for one in found] == [(number, f"/toys/{number}", ["کد"])]
        itself = await it.post("maryam", f"/records/toy/similar?record={number}", {"code": "T-1"})
        assert itself.json()["items"] == []
        assert (await it.post("client", "/records/toy/similar", {"code": "T-1"})).status == 403
        assert f'data-duplicates="toy" data-record="{number}"' in (await it.get("maryam", f"/toys/{number}/edit")).text


async def test_searched_compared_merged_and_undone(tmp_path: Path) -> None:
    """The whole way; the address of the merged one leads to the other."""
    async with office(tmp_path, duplicates) as it:
        maker = await it.make(name="سازنده")
        first = await it.make(name="قطار", maker=maker, price=5, parts=[{"what": "چرخ"}])
        second = await it.make(name="قطار", maker=maker, price=7, parts=[{"what": "در"}])
        assert (await it.get("client", "/toys/duplicates")).status == 403
        assert (await it.post("admin", "/toys/duplicates/start", {})).status == 303
        await settled(it)
        page = (await it.get("admin", "/toys/duplicates")).text
        assert f"/toys/merge?ids={first},{second}" in page
        beside = (await it.get("admin", f"/toys/merge?ids={first},{second}&master={second}")).text
        assert re.search(rf'name="master" value="{second}" checked', beside)
        assert 'name="take.price"' in beside
        assert "take.name" not in beside
        form = {"ids": f"{first},{second}", "master": second, f"version.{first}": 1, f"version.{second}": 1, "take.price": first}
        assert (await it.post("maryam", "/toys/merge", form)).status == 403
        stale = await it.post("admin", "/toys/merge", {**form, f"version.{first}": 9})
        assert (stale.status, 'name="take.price"' in stale.text) == (409, True)
        done = await it.post("admin", "/toys/merge", form)
        assert done.headers["Location"].startswith(f"/toys/{second}")
        values = await it.values(second)
        assert (values["price"], {row["what"] for row in values["parts"]}) == (5, {"در", "چرخ"})
        assert (await it.get("admin", f"/toys/{first}")).headers["Location"] == f"/toys/{second}"
        assert f"/toys/{second}/unmerge" in (await it.get("admin", f"/toys/{second}")).text
        assert f"ids={first},{second}" not in (await it.get("admin", "/toys/duplicates")).text
        assert (await it.post("admin", f"/toys/{maker}/unmerge", {"merge": 1})).status == 404
        assert (await it.post("admin", f"/toys/{second}/unmerge", {"merge": 1})).status == 303
        assert (await it.get("admin", f"/toys/{first}")).status == 200
        assert (await it.values(second))["price"] == 7


async def test_what_is_not_the_same_is_not_shown_again(tmp_path: Path) -> None:
    """Said once, remembered by every later search."""
    async with office(tmp_path, duplicates) as it:
        maker = await it.make(name="سازنده")
        pair = [await it.make(name="قطار", maker=maker) for _time in range(2)]
        await it.post("admin", "/toys/duplicates/start", {})
        await settled(it)
        ids = ",".join(str(one) for one in pair)
        assert (await it.post("admin", "/toys/duplicates/apart", {"ids": ids})).status == 303
        await it.post("admin", "/toys/duplicates/start", {})
        await settled(it)
        assert ids not in (await it.get("admin", "/toys/duplicates")).text
        for wrong in ("", "1", "999,998", "x,y"):
            assert (await it.post("admin", "/toys/duplicates/apart", {"ids": wrong})).status == 404
            assert (await it.get("admin", f"/toys/merge?ids={wrong}")).status == 404
        assert (await it.post("admin", "/toys/duplicates/cancel", {})).status == 303


async def test_programs_merge_too(tmp_path: Path) -> None:
    """The same verbs and refusals; what was merged answers with 301 and where it went."""
    async with office(tmp_path, merge_api, records_api) as it:
        browser, admin = it.site.browser(), await it.site.bearer("admin")
        first, second, third = [await it.make(name=f"t{place}", price=place) for place in range(3)]
        base = "/api/v1/toys"
        await it.records.change(it.toy, third, {"code": "C-9"}, it.patterns.viewer("admin"))
        found = await browser.post(f"{base}/similar", json={"values": {"code": "C-9"}}, headers=admin)
        assert [one["id"] for one in found.json()["items"]] == [third]
        for wrong in ({}, {"others": []}, {"others": ["x"]}, {"others": [True]}, {"others": [second], "versions": {"x": 1}}):
            assert (await browser.post(f"{base}/{first}/merge", json=wrong, headers=admin)).status == 422
        body = {"others": [second, third], "chosen": {"price": third}, "versions": {str(first): 1}}
        merged = await browser.post(f"{base}/{first}/merge", json=body, headers=admin)
        assert len(merged.json()["merges"]) == 2
        assert (await it.values(first))["price"] == 2
        moved = await browser.get(f"{base}/{third}", headers=admin)
        assert (moved.status, moved.json()["moved_to"]) == (301, first)
        listed = (await browser.get(f"{base}/{first}/merges", headers=admin)).json()["items"]
        assert [(one["other"], one["undoable"]) for one in listed] == [(third, True), (second, True)]
        undone = await browser.post(f"{base}/{first}/undo-merge", json={"merge": listed[0]["id"]}, headers=admin)
        assert undone.json() == {"id": first, "other": third}
        assert (await browser.post(f"{base}/{first}/undo-merge", json={"merge": listed[0]["id"]}, headers=admin)).status == 409
        started = await browser.post(f"{base}/duplicate-searches", json={}, headers=admin)
        assert started.status == 202
        run = started.json()["id"]
        await settled(it)
        assert (await browser.get(f"{base}/duplicate-searches", headers=admin)).json()["items"][0]["state"] == "done"
        assert (await browser.get(f"{base}/duplicate-searches/{run}", headers=admin)).json()["items"] == []
        assert (await browser.get(f"{base}/duplicate-searches/99", headers=admin)).status == 404
        assert (await browser.ask("DELETE", f"{base}/duplicate-searches/{run}", headers=admin)).status == 200
