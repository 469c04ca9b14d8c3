"""Access patterns on pages and by API: the grid is saved and counts at once; nobody locks the administrators out."""

from __future__ import annotations

from html import unescape
from pathlib import Path

from attrs import evolve
from sqlalchemy import delete

from config.translations import translate
from crm.access import DEFAULTS
from crm.record_tables import access_pattern
from tests.web.record_office import PATTERNS, office
from web.access_words import LEVEL_MEANINGS, MEANINGS
from web.api import access as api
from web.pages import access, settings


async def test_the_grid_is_saved_and_counts_at_once(tmp_path: Path) -> None:
    """What an administrator narrows is narrow in the next request; it stands in the history of changes."""
    async with office(tmp_path, access, settings) as it:
        number = await it.make()
        assert (await it.get("maryam", f"/toys/{number}")).status == 200
        assert (await it.get("maryam", "/settings/access")).status == 403
        assert "/settings/access" in (await it.get("admin", "/settings")).text
        assert "/users/maryam" in (await it.get("admin", "/settings/access")).text
        page = (await it.get("admin", "/settings/access/agent")).text
        assert 'name="toy.export"' in page
        form = {"title_fa": "کارشناس", "title_en": "Agent", "field_level": "1", "*.view": "all", "toy.view": "own"}
        assert (await it.post("admin", "/settings/access/agent", form)).status == 303
        assert (await it.get("maryam", f"/toys/{number}")).status == 404
        assert it.patterns.viewer("maryam").pattern.field_level == 1
        page = (await it.get("admin", "/settings/access/agent?saved=1")).text
        assert '<td data-label="View" class="unlike">' in page or 'class="unlike"' in page
        (row,) = await it.patterns.changes("agent")
        assert (row["by"], row["changes"]["toy.view"], row["changes"]["field_level"]) == ("admin", [None, "own"], [0, 1])


async def test_the_grid_has_the_menus_order(tmp_path: Path) -> None:
    """Customers before all else, and what belongs together together: whoever sets rights looks for them where the menu has them."""
    async with office(tmp_path, access, everything=True) as it:
        page = (await it.get("admin", "/settings/access/agent")).text
        places = [page.index(f'name="{name}.view"') for name in ("*", "party", "communication", "party_group", "text_template")]
        assert places == sorted(places)


async def test_ready_patterns_are_there_and_explained(tmp_path: Path) -> None:
    """One for each role, one for who only looks, one for who has only their own; an installation from before gets what is new, once."""
    async with office(tmp_path, access) as it:
        assert list(it.patterns.all) == [one.code for one in DEFAULTS]
        assert {"agent", "supervisor", "administrator", "user", "clerk", "agent_own"} == set(it.patterns.all)
        clerk = it.patterns.all["clerk"]
        assert [clerk.level("toy", right) for right in ("view", "print", "edit", "create", "delete", "export")] == [
            "all",
            "all",
            *["none"] * 4,
        ]
        assert [it.patterns.all["user"].level("toy", right) for right in ("view", "edit", "create")] == ["own", "none", "none"]
        await it.patterns.save(evolve(clerk, fa="دبیرخانه"), "admin")
        await it.site.database.write(
            lambda connection: connection.execute(delete(access_pattern).where(access_pattern.c.code == "agent_own"))
        )
        await it.patterns.load()
        assert (set(it.patterns.all), it.patterns.all["clerk"].fa) == ({one.code for one in DEFAULTS}, "دبیرخانه")
        page = unescape((await it.get("admin", "/settings/access/clerk")).text)
        assert [one for one in (*MEANINGS.values(), *LEVEL_MEANINGS.values()) if one not in page and translate("fa", one) not in page] == []


async def test_patterns_are_copied_and_removed_when_nobody_has_them(tmp_path: Path) -> None:
    """Wrong input stays in the form; the administrators' own pattern cannot be narrowed."""
    async with office(tmp_path, access) as it:
        assert 'value="all" selected' in (await it.get("admin", "/settings/access/new?like=supervisor")).text
        made = await it.post(
            "admin", "/settings/access/new", {"title_fa": "فروش", "title_en": "Sales Team!", "field_level": "0", "*.*": "own"}
        )
        assert made.headers["Location"].startswith("/settings/access/sales_team")
        wrong = await it.post("admin", "/settings/access/sales_team", {"title_fa": "", "field_level": "0", "toy.view": "all"})
        assert (wrong.status, "یک عنوان و سطح فیلد" in wrong.text) == (422, True)
        assert (await it.post("admin", "/settings/access/sales_team", {"title_fa": "x", "field_level": "9"})).status == 422
        assert (
            await it.post("admin", "/settings/access/sales_team", {"title_fa": "x", "field_level": "0", "toy.view": "some"})
        ).status == 422
        assert (await it.post("admin", "/settings/access/administrator", {"title_fa": "x", "field_level": "0"})).status == 422
        assert (await it.post("admin", "/settings/access/agent/remove", {})).status == 422
        PATTERNS["reza"] = "sales_team"
        try:
            assert (await it.post("admin", "/settings/access/sales_team/remove", {})).status == 422
        finally:
            PATTERNS["reza"] = "agent"
        assert (await it.post("admin", "/settings/access/sales_team/remove", {})).status == 303
        assert (await it.get("admin", "/settings/access/sales_team")).status == 404


async def test_what_differs_is_told_in_the_direction_that_people_read(tmp_path: Path) -> None:
    """The arrow leads from the old to the new: to the left in Persian, to the right in English."""
    async with office(tmp_path, access) as it:
        there = "/settings/access/agent?with=administrator"
        persian = (await it.get("admin", there)).text
        assert (" ← <strong>" in persian, " → <strong>" in persian) == (True, False)
        english = (await it.get("admin", there, **{"Accept-Language": "en"})).text
        assert (" ← <strong>" in english, " → <strong>" in english) == (False, True)


async def test_programs_set_patterns_too(tmp_path: Path) -> None:
    """PUT makes or changes a pattern as a whole; the same refusals."""
    async with office(tmp_path, api) as it:
        browser, admin = it.site.browser(), await it.site.bearer("admin")
        body = {"title_fa": "فروش", "rights": {"toy": {"view": "team"}}, "field_level": 1}
        made = await browser.ask("PUT", "/api/v1/access-patterns/sales", json=body, headers=admin)
        assert made.json()["rights"] == {"toy": {"view": "team"}}
        for wrong in (
            {"rights": []},
            {"rights": {"nothing": {}}},
            {"rights": {"toy": {"view": 1}}},
            {"field_level": "1"},
            {"title_fa": ""},
        ):
            reply = await browser.ask("PUT", "/api/v1/access-patterns/sales", json={**body, **wrong}, headers=admin)
            assert reply.status == 422, reply.text
        agent = await it.site.bearer("maryam")
        assert (await browser.ask("PUT", "/api/v1/access-patterns/sales", json=body, headers=agent)).status == 403
        assert (await browser.get("/api/v1/access-patterns", headers=admin)).json()["total"] == len(DEFAULTS) + 1
        assert (await browser.get("/api/v1/access-patterns/sales", headers=admin)).json()["field_level"] == 1
        assert (await browser.get("/api/v1/access-patterns-changes", headers=admin)).json()["items"][0]["pattern"] == "sales"
        assert (await browser.ask("DELETE", "/api/v1/access-patterns/sales", headers=admin)).status == 200
        assert (await browser.get("/api/v1/access-patterns/sales", headers=admin)).status == 404
