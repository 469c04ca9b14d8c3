"""The ledger's limits: memory, age, full batches, and rows that another version wrote."""

from __future__ import annotations

from sqlalchemy import func, select

from config.clock import FakeClock
from config.database import Database
from switchboard import ledger
from switchboard.bus import Bus
from switchboard.events import CustomerGone
from switchboard.ledger import KEEP_SECONDS, Ledger, last_number, table
from tests.fakes.full_disk import FullDisk
from tests.fakes.phones import settle


class Office:
    def __init__(self, database, number=0):
        self.database, self.bus, self.clock = database, Bus(number), FakeClock()
        self.ledger = Ledger(database, self.bus, self.clock)

    async def until_kept(self, exactly):
        count = select(func.count()).select_from(table)
        while await self.database.read(lambda connection: connection.execute(count).scalar()) != exactly:
            await settle(5)


async def test_numbers_go_on_after_a_restart(tmp_path):
    """The next daemon's first event has the next number."""
    database = await Database.temporary(tmp_path)
    assert await last_number(database) == 0
    for calls in ("ab", "c"):
        office = Office(database, await last_number(database))
        for call in calls:
            office.bus.tell(CustomerGone(at=1.0, call=call, cause=16))
        await office.ledger.stop()
    numbers = await database.read(lambda connection: connection.execute(select(table.c.n).order_by(table.c.n)).scalars().all())
    assert numbers == [1, 2, 3]
    await database.close()


async def test_a_stop_waits_for_no_full_disk(tmp_path, monkeypatch):
    """What cannot be kept at the end is counted as lost, and everything else is closed in peace."""
    office = Office(await Database.temporary(tmp_path))
    office.bus.tell(CustomerGone(at=1.0, call="a", cause=16))
    disk = FullDisk(monkeypatch)
    await office.ledger.stop()
    assert (office.ledger.lost, disk.refused > 0) == (1, True)
    await office.database.close()


async def test_a_full_batch_does_not_wait(tmp_path, monkeypatch):
    """Under load the ledger writes by rows, not by time."""
    monkeypatch.setattr(ledger, "BATCH_ROWS", 10)
    office = Office(await Database.temporary(tmp_path))
    for _ in range(10):
        office.bus.tell(CustomerGone(at=1.0, call="c", cause=16))
    await office.until_kept(10)
    await office.ledger.stop()
    await office.database.close()


class Refusing:
    """A database whose disk is full."""

    async def write(self, work):
        raise OSError("disk full")


async def test_memory_has_a_limit_and_what_is_given_up_is_counted(tmp_path, monkeypatch):
    """A disk that stays full costs the oldest events, not the daemon's memory."""
    monkeypatch.setattr(ledger, "MOST_WAITING", 3)
    database = await Database.temporary(tmp_path)
    office = Office(Refusing())
    for number in range(5):
        office.bus.tell(CustomerGone(at=float(number), call="c", cause=16))
    office.clock.advance(ledger.BATCH_SECONDS)
    await settle()
    assert office.ledger.lost == 2
    office.ledger._database = database
    await office.ledger.stop()
    assert [event.at for event in await office.ledger.of_call("c")] == [2.0, 3.0, 4.0]
    await database.close()


async def test_old_events_are_thinned_out(tmp_path):
    """The ledger does not grow for ever."""
    office = Office(await Database.temporary(tmp_path))
    now = office.clock.now()
    office.bus.tell(CustomerGone(at=now - KEEP_SECONDS - 1, call="old", cause=16))
    office.bus.tell(CustomerGone(at=now, call="new", cause=16))
    office.clock.advance(ledger.BATCH_SECONDS)
    await office.until_kept(2)
    office.ledger.start()
    await office.until_kept(1)
    assert await office.ledger.of_call("old") == []
    await office.ledger.stop()
    assert office.clock.pending == 0
    await office.database.close()


async def test_kinds_and_fields_of_another_version_are_left_out(tmp_path):
    """A ledger written by another version is read as far as it can be understood."""
    database = await Database.temporary(tmp_path)
    rows = [
        {"n": 1, "at": 1.0, "kind": "NoSuchThing", "call": "c", "data": "{}"},
        {"n": 2, "at": 1.0, "kind": "CustomerGone", "call": "c", "data": '{"cause": 16, "mood": "good"}'},
        {"n": 3, "at": 1.0, "kind": "CustomerGone", "call": "c", "data": "{}"},
    ]
    await database.write(lambda connection: connection.execute(table.insert(), rows))
    office = Office(database, 3)
    assert await office.ledger.of_call("c") == [CustomerGone(at=1.0, call="c", cause=16)]
    await office.ledger.stop()
    await database.close()
