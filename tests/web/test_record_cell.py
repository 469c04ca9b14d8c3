"""Fields edited where they stand, in a list or on the record's page."""

from __future__ import annotations

from pathlib import Path

from tests.web.record_office import office
from web.pages import record_cell


async def test_a_field_is_changed_in_its_own_editor(tmp_path: Path) -> None:
    """The editor holds the value and the version; saving gives what the row shows now, also of what is computed."""
    async with office(tmp_path, record_cell) as it:
        number = await it.make(price=5, weight="2")
        path = f"/toys/{number}/cell/price"
        editor = await it.get("maryam", path, **{"HX-Request": "true"})
        assert editor.status == 200
        for part in ('name="version" value="1"', 'name="price"', 'id="f-price"'):
            assert part in editor.text, part
        assert "<html" not in editor.text
        saved = await it.post("maryam", path, {"version": "1", "price": "۷"}, **{"X-Columns": "price,worth,made_on,nothing"})
        assert saved.status == 200, saved.text
        found = saved.json()
        assert (found["version"], found["title"], set(found["cells"])) == (2, "قطار", {"price", "worth", "made_on"})
        assert ("۷" in found["cells"]["price"], "۱٫۴ تومان" in found["cells"]["worth"], found["cells"]["made_on"]) == (True, True, "")
        assert (await it.values(number))["price"] == 7


async def test_what_is_wrong_stands_in_the_editor(tmp_path: Path) -> None:
    """What was typed is kept; a field that is wrong because of this one is named."""
    async with office(tmp_path, record_cell) as it:
        number = await it.make(state="open")
        wrong = await it.post("maryam", f"/toys/{number}/cell/weight", {"version": "1", "weight": "سنگین"})
        assert wrong.status == 422
        assert ('value="سنگین"' in wrong.text, 'aria-invalid="true"' in wrong.text) == (True, True)
        done = await it.post("maryam", f"/toys/{number}/cell/state", {"version": "1", "state": "done"})
        assert done.status == 422
        assert "دلیل:" in done.text
        assert (await it.values(number))["version"] == 1


async def test_two_people_in_one_cell(tmp_path: Path) -> None:
    """A change of another field stays; a change of the same one is told in the editor, and saving again is a decision."""
    async with office(tmp_path, record_cell) as it:
        number = await it.make(price=1, story="alt")
        await it.post("reza", f"/toys/{number}/cell/story", {"version": "1", "story": "neu"})
        assert (await it.post("maryam", f"/toys/{number}/cell/price", {"version": "1", "price": "2"})).status == 200
        again = await it.post("maryam", f"/toys/{number}/cell/story", {"version": "1", "story": "anders"})
        assert again.status == 409
        for part in ("رضا", "neu", "anders", 'name="version" value="3"'):
            assert part in again.text, part
        assert (await it.post("maryam", f"/toys/{number}/cell/story", {"version": "3", "story": "anders"})).status == 200
        values = await it.values(number)
        assert (values["price"], values["story"]) == (2, "anders")


async def test_only_what_may_be_changed_has_an_editor(tmp_path: Path) -> None:
    """Computed fields, fields above one's level, records one may not change, and names that are no field."""
    async with office(tmp_path, record_cell) as it:
        number = await it.make()
        for user, name, status in (
            ("maryam", "worth", 422), ("maryam", "cost", 422), ("maryam", "id", 422), ("maryam", "version", 422), ("client", "price", 404), ("admin", "cost", 200),
        ):  # fmt: skip
            assert (await it.get(user, f"/toys/{number}/cell/{name}")).status == status, (user, name)
            assert (await it.post(user, f"/toys/{number}/cell/{name}", {name: "1"})).status in (403, 404, 409, 422), (user, name)
