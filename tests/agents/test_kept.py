"""What is kept in the database: queues, reasons for breaks, what agents last wanted; and the roster beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import evolve

from agents.demo import BREAK_REASONS, QUEUES, put_sample_queues
from agents.errors import StrategyUnknown
from agents.intents import Intents
from agents.presence import Intent
from agents.queue_rows import put_queue, read_break_reasons, read_queues, remove_queue
from agents.roster import Agent, Roster
from agents.rules import QueueRules
from config.database import Database
from switchboard.bus import Bus
from switchboard.events import AgentIntentChanged


async def test_the_sample_queues_are_read_as_they_were_written(tmp_path: Path) -> None:
    """Written once only: what people change afterwards stays."""
    database = await Database.temporary(tmp_path)
    await database.write(put_sample_queues)
    assert await database.read(read_queues) == tuple(sorted(QUEUES, key=lambda one: one.name))
    changed = evolve(QUEUES[0], ring_seconds=7.0)
    await database.write(lambda connection: put_queue(connection, changed))
    await database.write(put_sample_queues)
    assert changed in await database.read(read_queues)
    assert {one.code: one for one in await database.read(read_break_reasons)} == {one.code: one for one in BREAK_REASONS}
    await database.close()


async def test_a_queue_is_changed_as_a_whole_and_taken_away(tmp_path: Path) -> None:
    """Members who are no longer named are no longer members."""
    database = await Database.temporary(tmp_path)
    sales = QueueRules(name="sales", members={"maryam": 0, "reza": 2})
    await database.write(lambda connection: put_queue(connection, sales))
    changed = evolve(sales, ring_seconds=7.0, members={"sara": 1})
    await database.write(lambda connection: put_queue(connection, changed))
    assert await database.read(read_queues) == (changed,)
    await database.write(lambda connection: remove_queue(connection, "sales"))
    assert await database.read(read_queues) == ()
    await database.close()


async def test_a_queue_that_nothing_could_serve_is_refused(tmp_path: Path) -> None:
    """The sentence names the queue and the strategies there are."""
    database = await Database.temporary(tmp_path)
    with pytest.raises(StrategyUnknown, match=r"sales.*clairvoyance.*longest_idle"):
        await database.write(lambda connection: put_queue(connection, QueueRules(name="sales", strategy="clairvoyance")))
    await database.close()


async def test_everybody_is_found_as_they_were_after_a_restart(tmp_path: Path) -> None:
    """The last wish of each agent is kept, with its beginning."""
    database, bus = await Database.temporary(tmp_path), Bus()
    intents = Intents(database, bus)
    bus.tell(AgentIntentChanged(at=1.0, agent="maryam", intent="available"))
    bus.tell(AgentIntentChanged(at=2.0, agent="reza", intent="available"))
    bus.tell(AgentIntentChanged(at=3.0, agent="maryam", intent="on_break", reason="lunch"))
    await intents.stop()
    again = Intents(database, Bus())
    assert sorted(await again.load(), key=lambda one: one[0]) == [
        ("maryam", Intent("on_break", "lunch"), 3.0),
        ("reza", Intent("available"), 2.0),
    ]
    await again.stop()
    await database.close()


async def test_intents_are_kept_as_they_change(tmp_path: Path) -> None:
    """Not only at the end: a killed daemon loses a moment at the most."""
    database, bus = await Database.temporary(tmp_path), Bus()
    intents = Intents(database, bus)
    for n in range(50):
        bus.tell(AgentIntentChanged(at=float(n), agent=f"agent-{n % 5}", intent="available"))
    while len(intents._tasks):
        await database.read(lambda _connection: None)
    assert {agent: since for agent, _, since in await intents.load()} == {f"agent-{n}": 45.0 + n for n in range(5)}
    await intents.stop()
    await database.close()


def test_the_roster_finds_agents_by_name_extension_and_telephone() -> None:
    """The browser phone is w and the extension; who has no extension takes no calls."""
    maryam = Agent(username="maryam", name="مریم", extension="101")
    sara = Agent(username="sara", name="سارا", extension="103", device="desk")
    roster = Roster([maryam, sara, Agent(username="admin", name="مدیر", extension="")])
    assert list(roster) == [maryam, sara]
    assert (maryam.phones, sara.phones) == (("w101", "101"), ("103", "w103"))
    assert (roster.get("admin"), roster.of_extension("103"), roster.of_endpoint("w101")) == (None, sara, maryam)
    roster.replace([sara])
    assert (roster.get("maryam"), roster.of_endpoint("101")) == (None, None)


def test_titles_are_shown_in_the_readers_language() -> None:
    """With the other one, or the name, where there is none."""
    assert QUEUES[0].title("fa") == "فروش"
    assert QueueRules(name="sales", title_fa="فروش").title("en") == "فروش"
    assert QueueRules(name="sales").title("fa") == "sales"
    assert BREAK_REASONS[0].title("en") == "Lunch"
