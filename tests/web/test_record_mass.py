"""Many records at once: shown before, changed in the background, refused ones told, and taken back as a whole."""

from __future__ import annotations

from urllib.parse import quote

from crm.mass import MassChanges
from tests.web.record_office import Ground, office
from web.pages import record_list, record_mass


def opened(folder):
    kept: list[MassChanges] = []

    def mass(ground: Ground) -> dict[str, object]:
        kept.append(MassChanges(ground.database, ground.clock, ground.records, ground.patterns))
        return {"mass": kept[0]}

    return office(folder, record_list, record_mass, more=mass), kept


async def state(it, number):
    values = await it.values(number)
    return values["price"], values["tags"]


async def test_chosen_fields_are_shown_changed_and_undone(tmp_path):
    """Values are added to lists; what would happen is seen first; everything goes back in one click, but what somebody changed since stays."""
    place, kept = opened(tmp_path)
    async with place as it:
        ids = [await it.make(name=f"قطار {n}", tags="big" if n else "", price=n) for n in range(3)]
        address = f"/toys/mass?ids={','.join(str(one) for one in ids)}&fields=tags&fields=price"
        text = (await it.get("maryam", address)).text
        assert 'name="how.tags"' in text
        assert 'name="price"' in text
        form = {"tags": "red", "how.tags": "add", "price": "۵۰۰۰"}
        shown = (await it.post("maryam", address, {**form, "do": "preview"})).text
        assert 'value="run"' in shown
        assert [await state(it, one) for one in ids] == [(0, None), (1, ["big"]), (2, ["big"])]
        begun = await it.post("maryam", address, {**form, "do": "run"})
        await kept[0].settled()
        assert [await state(it, one) for one in ids] == [(5000, ["red"]), (5000, ["red", "big"]), (5000, ["red", "big"])]
        done = (await it.get("maryam", begun.headers["Location"])).text
        assert "/mass/1/undo" in done
        assert (await it.get("reza", "/toys/mass/1")).status == 404, "it is somebody else's"
        await it.records.change(it.toy, ids[2], {"price": "7"}, it.patterns.viewer("reza"))
        await it.post("maryam", "/toys/mass/1/undo", {})
        await kept[0].settled()
        assert [await state(it, one) for one in ids] == [(0, None), (1, ["big"]), (7, ["big"])]
        assert (await it.post("maryam", "/toys/mass/1/undo", {})).status == 409
        await kept[0].stop()


async def test_everything_found_goes_into_the_bin_and_back(tmp_path):
    """All that the list finds, not only the page; who may not delete is refused."""
    place, kept = opened(tmp_path)
    async with place as it:
        for n in range(130):
            await it.make(name=f"n{n}", price=n)
        await it.make(name="other", price=999)
        address = "/toys/mass?filter=" + quote("price:<:500")
        assert (await it.post("maryam", address, {"do": "delete", "all": "1"})).status == 403
        await it.post("nader", address, {"do": "delete", "all": "1"})
        await kept[0].settled()
        assert (await it.get("nader", "/toys")).text.count("<tr data-id=") == 1
        await it.post("nader", "/toys/mass/1/undo", {})
        await kept[0].settled()
        assert (await it.get("nader", "/toys?per=200")).text.count("<tr data-id=") == 131
        await kept[0].stop()


async def test_stars_and_activity_are_set_and_undone(tmp_path):
    """A star that was there before stays when the change is taken back."""
    place, kept = opened(tmp_path)
    async with place as it:
        ids = [await it.make(name=f"n{n}") for n in range(3)]
        await it.records.star(it.toy, ids[0], it.patterns.viewer("nader"), on=True)
        chosen = ",".join(str(one) for one in ids)
        await it.post("nader", "/toys/mass", {"do": "star", "ids": chosen})
        await kept[0].settled()
        assert (await it.get("nader", "/toys?starred=1")).text.count("<tr data-id=") == 3
        await it.post("nader", "/toys/mass/1/undo", {})
        await kept[0].settled()
        assert (await it.get("nader", "/toys?starred=1")).text.count("<tr data-id=") == 1
        await it.post("nader", "/toys/mass", {"do": "deactivate", "ids": chosen})
        await kept[0].settled()
        assert (await it.get("nader", "/toys?active=0")).text.count("<tr data-id=") == 3
        await kept[0].stop()


async def test_an_administrator_takes_back_what_somebody_did_who_left(tmp_path):
    """The change is undone with the administrator's rights: those of a closed account are gone."""
    place, kept = opened(tmp_path)
    async with place as it:
        ids = [await it.make(name=f"n{n}") for n in range(2)]
        await it.post("nader", "/toys/mass", {"do": "delete", "ids": ",".join(map(str, ids))})
        await kept[0].settled()
        it.patterns._members = lambda: {"admin": "administrator"}
        await it.post("admin", "/toys/mass/1/undo", {})
        await kept[0].settled()
        assert (await it.get("admin", "/toys")).text.count("<tr data-id=") == 2
        await kept[0].stop()


async def test_what_is_refused_is_told_and_leaves_the_others_alone(tmp_path):
    """A state that may not be reached from where a record is, is refused for this record alone; wrong input never begins."""
    place, kept = opened(tmp_path)
    async with place as it:
        fresh, done = await it.make(name="a", state="new"), await it.make(name="b", state="open")
        await it.records.change(it.toy, done, {"state": "done", "reason": "x"}, it.patterns.viewer("nader"))
        begun = await it.post("nader", f"/toys/mass?ids={fresh},{done},77&fields=state", {"do": "run", "state": "open"})
        await kept[0].settled()
        assert ((await it.values(fresh))["state"], (await it.values(done))["state"]) == ("open", "done")
        assert f'href="/toys/{done}"' in (await it.get("nader", begun.headers["Location"])).text
        assert (await it.post("nader", f"/toys/mass?ids={fresh}&fields=price", {"do": "run", "price": "گران"})).status == 422
        assert (await it.post("nader", "/toys/mass?ids=&fields=price", {"do": "run", "price": "1"})).status == 409
        assert (await it.post("nader", f"/toys/mass?ids={fresh}", {"do": "run"})).status == 409
        await kept[0].stop()
