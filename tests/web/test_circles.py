"""Nothing comes to stand above itself, by whatever road it is tried: form, API, cell, many at once, import, merge, restore, old values."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path

from crm.expression import parse
from crm.imports.imports import Imports
from crm.mass import MassChanges
from crm.query import Query
from tests.web.record_office import ADMIN, office
from web.api import records as api
from web.pages import duplicates, record_list, record_mass


@asynccontextmanager
async def desk(folder: Path):
    made = {}

    def more(ground):
        made["imports"] = Imports(ground.database, ground.clock, ground.records, ground.patterns, folder / "imports")
        made["mass"] = MassChanges(ground.database, ground.clock, ground.records, ground.patterns)
        return {"mass": made["mass"]}

    async with office(folder, api, duplicates, record_list, record_mass, more=more) as it:
        top = await it.make(name="top", code="TOP")
        middle = await it.make(name="middle", code="MID", parent=top)
        leaf = await it.make(name="leaf", code="LEAF", parent=middle)
        yield it, made, (top, middle, leaf)
        await made["imports"].stop()
        await made["mass"].stop()


async def standing(it) -> dict[str, int | None]:
    """Who stands below whom; fails when somebody stands above itself."""
    rows, _page = await it.records.page(Query(entity=it.toy), ADMIN)
    above = {row.id: row.values["parent"] for row in rows}
    for number in above:
        seen, place = set(), number
        while place is not None:
            assert place not in seen, f"{number} stands above itself: {above}"
            seen.add(place)
            place = above.get(place)
    for number in above:  # whoever asks for a branch gets an answer
        await it.records.page(Query(entity=it.toy, where=parse({"field": "parent", "op": "under", "value": number})), ADMIN)
    return {row.title: row.values["parent"] for row in rows}


async def branch(it, number: int) -> set[str]:
    """A record and all below it."""
    rows, _page = await it.records.page(Query(entity=it.toy, where=parse({"field": "parent", "op": "under", "value": number})), ADMIN)
    return {row.title for row in rows} | {(await it.records.get(it.toy, number, ADMIN)).title}


async def test_no_circle_by_form_or_program(tmp_path: Path) -> None:
    """422 with the field, and nothing has changed; also by two changes of one request."""
    async with desk(tmp_path) as (it, _made, (top, middle, leaf)):
        before = await standing(it)
        bearer = await it.site.bearer("admin")
        for number, above in ((top, top), (top, middle), (top, leaf), (middle, leaf)):
            form = await it.post("admin", f"/toys/{number}/edit", {"name": "x", "version": 1, "parent": str(above)})
            assert form.status == 422
            assert "f-parent" in form.text
            sent = await it.site.browser().ask("PATCH", f"/api/v1/toys/{number}", json={"parent": above}, headers=bearer)
            assert sent.status == 422
            assert "parent" in sent.text
        assert await standing(it) == before


async def test_no_circle_by_many_at_once(tmp_path: Path) -> None:
    """Moved in one go below one of themselves: that one is refused, the others move."""
    async with desk(tmp_path) as (it, made, (top, middle, leaf)):
        begun = await it.post("admin", f"/toys/mass?ids={top},{middle},{leaf}&fields=parent", {"parent": str(leaf), "do": "run"})
        await made["mass"].settled()
        assert begun.status in (303, 422)
        assert await standing(it) == {"top": None, "middle": top, "leaf": middle}


async def test_no_circle_by_import(tmp_path: Path) -> None:
    """Rows that would turn the tree round are bad rows; one that only moves is taken."""
    async with desk(tmp_path) as (it, made, (top, _middle, leaf)):
        file = tmp_path / "a.csv"
        file.write_text("name,code,above\ntop,TOP,leaf\nmiddle,MID,leaf\nleaf,LEAF,top\nnew,NEW,new\n", "utf-8")
        viewer = it.patterns.viewer("admin")
        number = await made["imports"].take(it.toy, file, "a.csv", viewer)
        await made["imports"].start(number, viewer)
        await made["imports"].settled()
        job = await made["imports"].job(number, viewer)
        assert (job["state"], job["bad"]) == ("done", 3)
        assert (await standing(it))["leaf"] == top
        assert leaf


async def test_no_circle_by_merging_or_bringing_back(tmp_path: Path) -> None:
    """The leaf swallows the top; a record comes back from the bin, and old values, when the tree has turned round meanwhile."""
    async with desk(tmp_path) as (it, _made, (top, middle, leaf)):
        (merged,) = await it.duplicates.merge(it.toy, leaf, [top], {}, ADMIN)
        assert await standing(it) == {"middle": leaf, "leaf": None}
        assert await branch(it, leaf) == {"middle", "leaf"}
        await it.duplicates.undo(it.toy, merged, ADMIN)
        assert await standing(it) == {"top": None, "middle": top, "leaf": middle}
        (merged,) = await it.duplicates.merge(it.toy, top, [leaf], {}, ADMIN)
        assert await standing(it) == {"top": None, "middle": top}
        await it.duplicates.undo(it.toy, merged, ADMIN)
        assert await standing(it) == {"top": None, "middle": top, "leaf": middle}
        await it.records.delete(it.toy, leaf, ADMIN)
        await it.records.change(it.toy, middle, {"parent": None}, ADMIN)
        await it.records.change(it.toy, top, {"parent": middle}, ADMIN)
        await it.records.restore(it.toy, leaf, ADMIN)
        assert await standing(it) == {"top": middle, "middle": None, "leaf": middle}
