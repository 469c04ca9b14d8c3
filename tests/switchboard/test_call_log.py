"""Every call that ends has one row, is told after its commit, and is found again."""

from __future__ import annotations

from config.clock import FakeClock
from config.database import Database
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.call_log import CallLog, Listing, listed, put
from switchboard.events import CallerRecognised, CallLogged, CustomerGone, PartyLinked, QueueJoined, StepTaken
from tests.fakes.full_disk import FullDisk
from tests.fakes.phones import settle


class Office:
    def __init__(self, database):
        self.database, self.bus, self.clock = database, Bus(), FakeClock()
        self.calls = Calls(self.bus, self.clock)
        self.log = CallLog(database, self.bus, self.clock, self.calls)
        self.told = []
        self.bus.witness(lambda _number, event: self.told.append(event))

    def call(self, name, caller="09121234567", **more):
        self.calls.arrived(name, direction="inbound", caller=caller, caller_name="علی", dialled="1000", at=self.clock.now(), **more)
        self.bus.tell(QueueJoined(at=self.clock.now(), call=name, queue="sales", since=self.clock.now()))
        self.bus.tell(StepTaken(at=self.clock.now(), call=name, flow="main", node="m", kind="menu", exit="1", entered_at=1.0))
        self.bus.tell(CallerRecognised(at=self.clock.now(), call=name, match="exact", parties=(7,), number="+989121234567"))
        self.clock.advance(10)

    def hang_up(self, name):
        self.bus.tell(CustomerGone(at=self.clock.now(), call=name, cause=16))

    async def logged(self, count):
        while sum(isinstance(event, CallLogged) for event in self.told) < count:
            await settle(5)

    async def rows(self, **wanted):
        return await self.database.read(lambda connection: listed(connection, Listing(**wanted)))

    async def close(self):
        await self.log.stop()
        await self.database.close()


async def test_who_asks_right_after_the_end_waits_for_the_row(tmp_path):
    """Between its end and the commit a call is neither live nor kept: settled() covers the gap."""
    office = Office(await Database.temporary(tmp_path))
    office.call("c1")
    office.hang_up("c1")
    assert office.calls.get("c1") is None
    await office.log.settled()
    assert (await office.rows())[1] == 1
    await office.close()


async def test_an_ended_call_is_logged_with_its_whole_story(tmp_path):
    """Who, what number, when, which queue, which way, whose customer."""
    office = Office(await Database.temporary(tmp_path))
    office.call("c1")
    office.calls.connected("c1", agent="maryam", leg="l1", at=office.clock.now())
    office.clock.advance(60)
    office.hang_up("c1")
    await office.logged(1)
    assert office.told[-1] == CallLogged(at=office.clock.now(), call="c1", party=7)
    (row,), total = await office.rows()
    assert total == 1
    assert (row["status"], row["agent"], row["queue"], row["party"], row["by"]) == ("answered", "maryam", "sales", 7, "customer")
    assert (row["answered_at"] - row["started_at"], row["ended_at"] - row["answered_at"]) == (10, 60)
    assert row["steps"][0]["node"] == "m"
    found = await office.log.find("c1")
    assert (found.agent, found.party) == ("maryam", 7)
    assert await office.log.find("c9") is None
    await office.close()


async def test_a_customer_named_after_the_end_is_kept(tmp_path):
    """The agent who says later who it was is heard."""
    office = Office(await Database.temporary(tmp_path))
    office.call("c1")
    office.hang_up("c1")
    await office.logged(1)
    office.bus.tell(PartyLinked(at=1.0, call="c1", party=8, user="maryam"))
    while (await office.log.find("c1")).party != 8:
        await settle(5)
    await office.close()


async def test_lists_are_sorted_filtered_searched_and_paged(tmp_path):
    """The newest first unless asked otherwise; only known columns filter or sort."""
    office = Office(await Database.temporary(tmp_path))
    for number in range(5):
        office.call(f"c{number}", caller=f"0912000000{number}")
        office.hang_up(f"c{number}")
    await office.logged(5)
    rows, total = await office.rows(limit=2)
    assert ([row["id"] for row in rows], total) == (["c4", "c3"], 5)
    rows, _total = await office.rows(limit=2, offset=2, descending=False)
    assert [row["id"] for row in rows] == ["c2", "c3"]
    assert (await office.rows(query="0003"))[1] == 1
    assert (await office.rows(equal={"status": "missed", "steps; drop table": "x"}))[1] == 5
    assert (await office.rows(equal={"agent": "nobody"}))[1] == 0
    assert (await office.rows(sort="id); drop table call"))[1] == 5
    assert (await office.rows(since=office.clock.now() - 15))[1] == 1
    await office.close()


async def test_a_call_that_comes_back_replaces_its_row(tmp_path):
    """Cut off and found again is one call."""
    office = Office(await Database.temporary(tmp_path))
    office.call("c1")
    office.hang_up("c1")
    await office.logged(1)
    (row,), _total = await office.rows()
    await office.database.write(lambda connection: put(connection, {**row, "status": "cut_off"}))
    (again,), total = await office.rows()
    assert (again["status"], total) == ("cut_off", 1)
    await office.close()


async def test_a_call_that_ends_while_the_disk_is_full_gets_its_row_later(tmp_path, monkeypatch):
    """Its row is written when there is room again; who looks at the list meanwhile does not wait for it."""
    office = Office(await Database.temporary(tmp_path))
    office.call("c1")
    disk = FullDisk(monkeypatch)
    office.hang_up("c1")
    await office.log.settled()
    assert ((await office.rows())[1], disk.refused > 0) == (0, True)

    async def over():
        return (await office.rows())[1]

    await disk.freed(office.clock, over)
    await office.logged(1)
    await office.close()
