"""The ledger keeps every event in order and gives a call its history back."""

from __future__ import annotations

from pathlib import Path

from config.clock import FakeClock
from config.database import Database
from switchboard.bus import Bus
from switchboard.events import AgentIntentChanged, CallArrived, CallEnded, CallerRecognised, QueueJoined
from switchboard.ledger import BATCH_SECONDS, Ledger, last_number
from tests.fakes.phones import settle


async def opened(folder: Path) -> tuple[Database, Bus, FakeClock, Ledger]:
    """A ledger on a database of its own."""
    database = await Database.temporary(folder)
    bus, clock = Bus(await last_number(database)), FakeClock()
    return database, bus, clock, Ledger(database, bus, clock)


async def test_a_calls_history_comes_back_in_order(tmp_path: Path) -> None:
    """After a restart the daemon reads what happened to a call, with its values, oldest first."""
    database, bus, _clock, ledger = await opened(tmp_path)
    told = [
        CallArrived(at=1.0, call="1.1", direction="inbound", caller="+98912", dialled="1000"),
        CallerRecognised(at=1.1, call="1.1", match="maybe", parties=(3, 7)),
        QueueJoined(at=2.0, call="1.1", queue="sales", since=2.0),
    ]
    for event in told:
        bus.tell(event)
    bus.tell(CallEnded(at=3.0, call="1.2", status="missed", by="customer"))
    await ledger.stop()
    assert await ledger.of_call("1.1") == told
    assert await last_number(database) == 4
    await database.close()


async def test_events_are_written_in_batches_without_being_asked(tmp_path: Path) -> None:
    """A tenth of a second after an event it is on the disk."""
    database, bus, clock, ledger = await opened(tmp_path)
    bus.tell(AgentIntentChanged(at=5.0, agent="sara", intent="available"))
    clock.advance(BATCH_SECONDS)
    await settle()
    await ledger.stop()
    assert [event async for event in ledger.since(4.0, (AgentIntentChanged,))] == [
        AgentIntentChanged(at=5.0, agent="sara", intent="available")
    ]
    assert [event async for event in ledger.since(6.0, (AgentIntentChanged,))] == []
    await database.close()


async def test_what_the_database_does_not_take_is_tried_again(tmp_path: Path) -> None:
    """Events wait while the database is sick and none is lost when it is well again."""
    database, bus, clock, ledger = await opened(tmp_path)
    write, failures = database.write, 2

    async def sick(work: object) -> object:
        nonlocal failures
        if failures:
            failures -= 1
            raise OSError("no space left on device")
        return await write(work)

    database.write = sick
    bus.tell(QueueJoined(at=2.0, call="1.1", queue="sales", since=2.0))
    for _attempt in range(3):
        clock.advance(10)
        await settle()
    await ledger.stop()
    assert (ledger.lost, len(await ledger.of_call("1.1"))) == (0, 1)
    await database.close()
