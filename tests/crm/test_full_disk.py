"""Work in the background on a disk that fills up in its middle: it goes on, or says that it has ended, as soon as there is room, without a restart."""

from __future__ import annotations

from crm.mass import MassChanges
from crm.patterns import Patterns
from crm.query import Query
from tests.crm.exports.test_exports import ExportOffice
from tests.crm.hooks.test_hooks import HookOffice, Receiver
from tests.crm.imports.test_imports import ImportOffice
from tests.crm.toys import EVERYBODY, ToyOffice
from tests.fakes.full_disk import FullDisk


async def begun(office, table, monkeypatch):
    """An import that has come upon a full disk: its number, and the disk."""
    number = await office.imports.take(office.toy, office.write("a.csv", table), "a.csv", office.viewer)
    await office.imports.start(number, office.viewer)
    disk = FullDisk(monkeypatch)
    await disk.until_refused()
    return number, disk


async def test_an_import_goes_on_when_there_is_room(tmp_path, monkeypatch):
    """Nothing is lost, nothing is twice, and nobody has to begin it again."""
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    number, disk = await begun(office, "name,code\nقطار,T-1\nعروسک,T-2\n", monkeypatch)

    async def over():
        return (await imports.job(number, office.viewer))["state"] != "running"

    assert not await over()
    await disk.freed(office.clock, over)
    job = await imports.job(number, office.viewer)
    assert (job["state"], job["created"], sorted(await office.names())) == ("done", 2, ["عروسک", "قطار"])
    await office.close()


async def test_an_export_that_broke_off_says_so(tmp_path, monkeypatch):
    """It does not stand there as being written for ever."""
    office = await ExportOffice.open(tmp_path)
    office.begin(tmp_path)
    await office.three()
    number = await office.exports.start(Query(entity=office.toy), [office.toy.field("price")], "csv", EVERYBODY, language="fa", title="x")
    disk = FullDisk(monkeypatch)
    await disk.until_refused(2)

    async def over():
        return (await office.exports.job(number, EVERYBODY))["state"] != "running"

    await disk.freed(office.clock, over)
    assert (await office.exports.job(number, EVERYBODY))["state"] == "failed"
    await office.close()


async def test_a_mass_change_blames_no_record_for_the_disk(tmp_path, monkeypatch):
    """The batch waits and is made; no record is told as refused."""
    office = await ToyOffice.open(tmp_path)
    patterns = Patterns(office.database, office.clock, lambda: {"admin": "administrator"})
    viewer = patterns.viewer("admin")
    ids = [await office.make(name=f"n{number}", price=1) for number in range(3)]
    mass = MassChanges(office.database, office.clock, office.records, patterns)
    number = await mass.start(office.toy, ids, "change", {"price": ("set", 9)}, viewer)
    disk = FullDisk(monkeypatch)
    await disk.until_refused()

    async def over():
        return (await mass.progress(number, viewer)).state != "running"

    await disk.freed(office.clock, over)
    done = await mass.progress(number, viewer)
    assert (done.state, done.changed, done.refused) == ("done", 3, 0)
    await mass.stop()
    await office.close()


async def test_web_hooks_go_on_behind_a_full_disk(tmp_path, monkeypatch):
    """What happened meanwhile is told afterwards, and everything later too."""
    office = await HookOffice.open(tmp_path)
    receiver = Receiver()
    hooks = office.begin(receiver)
    number = await hooks.save({"title": "CRM", "url": "https://example.com/in", "entities": ["toy"]}, "maryam")
    await hooks.stop()
    await office.make(name="قطار")
    disk = FullDisk(monkeypatch)
    office.begin(receiver)
    await disk.until_refused()

    async def over():
        return (await office.states(number)) == [("created", "done", 1)]

    await disk.freed(office.clock, over)
    await office.make(name="عروسک")
    await receiver.after(2)
    await office.settled(number, [("created", "done", 1)] * 2)
    await office.close()


async def test_a_stop_waits_for_no_disk(tmp_path, monkeypatch):
    """The product ends while the disk is full: the import is gone on with at the next start."""
    office = await ImportOffice.open(tmp_path)
    imports = office.begin(tmp_path)
    number, disk = await begun(office, "name\nقطار\n", monkeypatch)
    await imports.stop()
    disk.full = False
    assert (await imports.job(number, office.viewer))["state"] == "running"
    await office.begin(tmp_path).resume()
    await office.imports.settled()
    assert (await office.imports.job(number, office.viewer))["state"] == "done"
    await office.close()
