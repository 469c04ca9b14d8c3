"""The side ways to records that may not be seen: a file that is brought in, a mass change over a list, somebody else's view, the history of a field."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from crm.access import Pattern, Viewer
from crm.record_saving import NoSuchRecord
from crm.views import Views
from tests.house.test_access_matrix import SECRET, Filled, filled
from tests.web.building import COOKIE
from web.csrf import csrf_token

OWN = Pattern(code="tried", fa="x", rights={"*": {"*": "own"}})
PHONE = "09121110099"


def values_of(it: Filled, who: str) -> Any:
    """The party of `who` as it stands."""
    return it.room.records.get(it.room.catalogue["party"], it.ids["party"][who], it.room.patterns.viewer("admin"))


async def brought(it: Filled, folder: Path, text: str, mapping: tuple[str, ...], **options: Any) -> tuple[Any, Any]:
    """Bring a file in as the user; (what the preview said, how it ended)."""
    viewer, party = it.room.patterns.viewer("maryam"), it.room.catalogue["party"]
    file = folder / "x.csv"
    file.write_text(text, "utf-8")
    number = await it.room.imports.take(party, file, "x.csv", viewer)
    await it.room.imports.settled()
    await it.room.imports.plan(number, mapping, options, viewer)
    preview = await it.room.imports.preview(number, viewer)
    await it.room.imports.start(number, viewer)
    await it.room.imports.settled()
    return preview, await it.room.imports.job(number, viewer)


@pytest.mark.parametrize("key", ["code", "channels.number"])
async def test_a_file_neither_changes_nor_shows_a_hidden_record_by_its_key(tmp_path: Path, key: str) -> None:
    """A row with the code or the number of somebody else's customer: the customer stays as they are, and the preview tells nothing of them."""
    async with filled(tmp_path) as it:
        party = it.room.catalogue["party"]
        admin = it.room.patterns.viewer("admin")
        values = it.room.records.read(party, {"channels": [{"raw": PHONE}]}, admin)
        await it.room.records.change(party, it.ids["party"]["other"], values, admin)
        assert (await values_of(it, "other")).values["channels"]
        before = await values_of(it, "other")
        it.tries(OWN)
        typed = str(before.values["code"]) if key == "code" else PHONE
        text, mapping = f"Key,Note\n{typed},stolen\n", ("code" if key == "code" else "channels.0.raw", "note")
        options = {"mode": "update", "keys": [key], "empty": "keep", "references": "find"}
        preview, job = await brought(it, tmp_path, text, mapping, **options)
        assert "othermark" not in repr(preview)
        assert job["updated"] == 0
        assert (await values_of(it, "other")).values == before.values
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}))
        _preview, job = await brought(it, tmp_path, text, mapping, **options)
        assert job["updated"] == 1, "who may see it changes it so, or this proved nothing"


async def test_a_mass_change_reaches_only_what_one_may_see_and_asks_nothing_of_confidential_fields(tmp_path: Path) -> None:
    """All that a list finds, the list being narrowed by a confidential field: refused, not guessed; hidden records in it are not touched."""
    async with filled(tmp_path) as it:
        before = {who: (await values_of(it, who)).values["note"] for who in it.ids["party"]}
        it.tries(OWN)
        numbers = ",".join(str(one) for one in it.ids["party"].values())
        condition = orjson.dumps({"field": "personality", "op": "like", "value": SECRET}).decode()
        for query in (f"ids={numbers}&fields=note", f"all=1&fields=note&{urlencode({'filter': condition})}"):
            await posted(it, f"/parties/mass?{query}", {"note": "changed", "do": "run"})
            await it.room.mass.settled()
            if query.startswith("ids"):
                assert (await values_of(it, "mine")).values["note"] == "changed"
                await it.room.records.change(
                    it.room.catalogue["party"], it.ids["party"]["mine"], {"note": "again"}, it.room.patterns.viewer("admin")
                )
        assert (await values_of(it, "mine")).values["note"] == "again", "a list that cannot be narrowed so is not “everything”"
        for who in ("team", "other"):
            assert (await values_of(it, who)).values["note"] == before[who]


async def posted(it: Filled, path: str, form: dict[str, str]) -> Any:
    """A form of the user's."""
    browser = await it.room.house.logged_in("maryam")
    return await browser.post(path, form={"csrf": csrf_token(browser.cookies[COOKIE]), **form})


async def test_a_view_that_somebody_shares_shows_each_what_they_may_see(tmp_path: Path) -> None:
    """Sorted, narrowed and with columns by confidential fields, the view of a supervisor opens for an agent without these, also as the view they begin with."""
    async with filled(tmp_path) as it:
        views = Views(it.room.database, it.room.clock)
        supervisor = Viewer(username="nader", pattern=Pattern(code="elsewhere", rights={"*": {"*": "all"}}, field_level=2))
        condition = orjson.dumps({"field": "personality", "op": "like", "value": SECRET}).decode()
        asked = {"filter": condition, "sort": "-credit", "columns": "name,credit,personality"}
        number = await views.save("party", "shared", asked, supervisor, shared="*")
        it.tries(Pattern(code="tried", fa="x", rights={"*": {"*": "all"}}, field_level=0))
        await views.begin_with("party", number, it.room.patterns.viewer("maryam"))
        browser = await it.room.house.logged_in("maryam")
        for address in (f"/parties?view={number}", "/parties", f"/parties/board?view={number}", f"/parties/print?view={number}"):
            reply = await browser.get(address)
            assert reply.status in (200, 422), address
            assert f"{SECRET} " not in reply.text, address
        assert (await browser.get("/parties")).status == 200, "nobody is locked out of a list by a view"


async def test_an_old_value_of_a_confidential_field_is_neither_shown_nor_put_back(tmp_path: Path) -> None:
    """The history tells of the change what one may see; putting back is refused for the rest, and for records of others."""
    async with filled(tmp_path) as it:
        party, admin = it.room.catalogue["party"], it.room.patterns.viewer("admin")
        for who in ("mine", "other"):
            await it.room.records.change(party, it.ids["party"][who], {"personality": "second", "note": "second"}, admin)
        change = (await it.room.records.history(party, it.ids["party"]["mine"], admin))[0]["id"]
        theirs = (await it.room.records.history(party, it.ids["party"]["other"], admin))[0]["id"]
        it.tries(OWN)
        viewer = it.room.patterns.viewer("maryam")
        told = await it.room.records.history(party, it.ids["party"]["mine"], viewer)
        assert "personality" not in repr(told)
        for record, number, names in (
            (it.ids["party"]["mine"], change, ["personality"]),
            (it.ids["party"]["other"], theirs, []),
            (it.ids["party"]["mine"], theirs, []),
        ):
            with pytest.raises(NoSuchRecord):
                await it.room.records.put_back(party, record, number, names, viewer)
        await it.room.records.put_back(party, it.ids["party"]["mine"], change, [], viewer)
        mine = (await values_of(it, "mine")).values
        assert (mine["personality"], mine["note"] == "second") == ("second", False)
