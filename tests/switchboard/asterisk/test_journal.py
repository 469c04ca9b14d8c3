"""Asterisk's journal read as calls: a captured one, a torn one, and any garbage; and put into the call log without doubling."""

from __future__ import annotations

from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given, strategies as st
from sqlalchemy import select

from config.clock import FakeClock
from config.database import Database
from switchboard.asterisk import catch_up
from switchboard.asterisk.catch_up import CatchUp, Knowledge
from switchboard.asterisk.journal import calls_in, dialled_of, read_lines
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.call_log import call as table, put
from switchboard.events import CallerRecognised, CallLogged, PhoneSystemFound, StepTaken
from switchboard.telephony import PhoneSystemAway
from tests.fakes.phones import settle

TEXT = (Path(__file__).parents[2] / "recordings_of_asterisk/cel.csv").read_bytes()


@pytest.fixture
def calls():
    return list(calls_in(read_lines(TEXT)).values())


def test_a_recorded_talk_is_read_with_its_parties_and_moments(calls):
    """Who called what number, which agent's phone answered, when it began and ended, and who hung up."""
    talk = calls[0]
    assert (talk.direction, talk.caller, talk.dialled, talk.agent_endpoint) == ("inbound", "09121234567", "1000", "103")
    assert 0 < talk.started_at < talk.answered_at < talk.ended_at
    assert (talk.over, talk.by, talk.cause, talk.channels) == (True, "customer", 16, set())


def test_an_agents_own_call_is_outbound_and_answered_when_the_customer_picks_up(calls):
    """Ringing is heard in the bridge before the answer; only the answer counts."""
    own = calls[1]
    assert (own.id, own.direction, own.agent_endpoint, own.by) == ("own-1", "outbound", "103", "agent")
    answer = next(line.at for line in read_lines(TEXT) if line.kind == "ANSWER" and line.channel == "own-1-out")
    assert own.answered_at == answer


def test_the_static_queue_is_a_queue(calls):
    """One was answered there by an agent, one gave up."""
    answered, abandoned = calls[2:]
    assert (answered.queue, answered.agent_endpoint in ("103", "104"), answered.answered_at > answered.queued_at > 0) == (
        "static",
        True,
        True,
    )
    assert (abandoned.queue, abandoned.agent_endpoint, abandoned.answered_at) == ("static", "", 0.0)


def test_lines_know_where_they_begin():
    """So that reading can go on at a call that is still open."""
    for line in read_lines(TEXT, 1000):
        assert TEXT[line.begin - 1000 :].startswith(b'"%.6f"' % line.at)


def test_odd_values_are_read_or_left_out():
    """A quote in a number, a torn line, a moment that is none."""
    good = b'"12.5","CHAN_START","c","c","PJSIP/x-1","09""1"",2","1000","inbound","",""\n'
    assert [line.number for line in read_lines(good)] == ['09"1",2']
    for bad in (
        b"\n",
        b'"x","CHAN_START"\n',
        good.replace(b"12.5", b"soon"),
        good.replace(b"12.5", b"nan"),
        good.replace(b'"c","c"', b'"",""'),
        good[:40],
    ):
        assert read_lines(bad) == []


@given(st.binary(max_size=300))
def test_garbage_is_never_an_error(garbage):
    """A damaged journal costs its damaged lines, no more."""
    calls_in(read_lines(garbage + b"\n" + TEXT))


def test_the_outside_number_of_a_local_channel():
    """The demo's outside world is dialled through local channels."""
    assert dialled_of("Local/09121234567@demo-outside-00000001;1") == "09121234567"
    assert dialled_of("PJSIP/trunk-00000001") == ""


@frozen
class Known:
    match: str = "exact"
    parties: tuple[int, ...] = (7,)
    number: str = "+989121234567"


class Office:
    """A catch-up over a journal in a folder."""

    def __init__(self, folder, database):
        self.file = folder / "cel-custom/cel.csv"
        self.file.parent.mkdir()
        self.file.write_bytes(TEXT)
        self.bus, self.clock = Bus(), FakeClock(1_800_000_000.0)
        self.told = []
        self.bus.witness(lambda _number, event: self.told.append(event))
        self.calls = Calls(self.bus, self.clock)
        self.standing_channels = frozenset()
        self.histories = {}
        self.database = database
        agents = {"103": "sara", "104": "reza"}
        knowledge = Knowledge(
            agent_of=lambda endpoint: agents.get(endpoint, ""), recognise=lambda _number: Known(), history=self.history, standing=self.standing
        )  # fmt: skip
        self.reader = CatchUp(database, self.bus, self.clock, self.calls, folder, knowledge)

    async def history(self, call):
        return self.histories.get(call, ())

    async def standing(self):
        if self.standing_channels is None:
            raise PhoneSystemAway
        return self.standing_channels

    async def rows(self):
        query = select(table).order_by(table.c.started_at)
        return await self.database.read(lambda connection: [dict(row) for row in connection.execute(query).mappings()])

    async def close(self):
        await self.reader.stop()
        await self.database.close()


async def opened(tmp_path):
    return Office(tmp_path, await Database.temporary(tmp_path))


async def test_missed_calls_are_put_into_the_log_once(tmp_path):
    """Every call that is over is logged and told; a second reading adds nothing."""
    office = await opened(tmp_path)
    assert await office.reader.catch_up() == 4
    rows = await office.rows()
    assert [(row["status"], row["agent"], row["queue"], row["by"]) for row in rows] == [
        ("answered", "sara", "", "customer"), ("answered", "sara", "", "agent"), ("answered", rows[2]["agent"], "static", "customer"),
        ("missed", "", "static", "customer"),
    ]  # fmt: skip
    assert (rows[0]["party"], rows[0]["number"], rows[0]["caller"], rows[0]["dialled"]) == (7, "+989121234567", "09121234567", "1000")
    assert [event.call for event in office.told if isinstance(event, CallLogged)] == [row["id"] for row in rows]
    assert await office.reader.catch_up() == 0
    (tmp_path / "journal.json").write_text("{broken")
    assert await office.reader.catch_up() == 0
    await office.close()


async def test_what_the_ledger_knows_enriches_the_row(tmp_path):
    """The path through the menu that was told before the daemon died is not lost."""
    office = await opened(tmp_path)
    call = next(iter(calls_in(read_lines(TEXT))))
    office.histories[call] = [
        StepTaken(at=2.0, call=call, flow="main", node="menu", kind="menu", exit="1", entered_at=1.0),
        CallerRecognised(at=1.0, call=call, match="exact", parties=(9,), number="+98912"),
    ]
    await office.reader.catch_up()
    row = (await office.rows())[0]
    assert ([step["node"] for step in row["steps"]], row["party"], row["number"]) == (["menu"], 9, "+98912")
    await office.close()


async def test_known_calls_are_left_and_late_answers_corrected(tmp_path):
    """What the log has stays, but a call that was answered after all is not missed."""
    office = await opened(tmp_path)
    first, _own, static, _abandoned = calls_in(read_lines(TEXT))
    base = {
        "direction": "inbound", "caller": "x", "caller_name": "", "number": "", "dialled": "1", "started_at": 1.0, "queued_at": 0.0, "answered_at": 2.0,
        "ended_at": 3.0, "queue": "sales", "agent": "maryam", "party": None, "by": "agent", "cause": 16, "steps": [],
    }  # fmt: skip
    await office.database.write(lambda connection: put(connection, {**base, "id": first, "status": "answered"}))
    await office.database.write(lambda connection: put(connection, {**base, "id": static, "status": "missed", "answered_at": 0.0}))
    assert await office.reader.catch_up() == 3
    rows = {row["id"]: row for row in await office.rows()}
    assert rows[first]["agent"] == "maryam"
    assert (rows[static]["status"], rows[static]["agent"] in ("sara", "reza")) == ("answered", True)
    await office.close()


async def test_open_calls_are_read_again_when_they_are_over(tmp_path):
    """A call that still stands waits; when Asterisk no longer has it, it was cut off."""
    office = await opened(tmp_path)
    lines = TEXT.splitlines(keepends=True)
    office.file.write_bytes(b"".join(lines[:6]))
    call = next(iter(calls_in(read_lines(TEXT))))
    office.standing_channels = frozenset({call})
    assert await office.reader.catch_up() == 0
    office.file.write_bytes(b"".join(lines[:6]) + lines[6][:20])
    assert await office.reader.catch_up() == 0
    office.standing_channels = frozenset()
    assert await office.reader.catch_up() == 1
    row = (await office.rows())[0]
    assert (row["status"], row["by"], row["agent"]) == ("cut_off", "system", "sara")
    await office.close()


async def test_calls_that_are_alive_here_or_just_over_are_not_touched(tmp_path):
    """Whatever ends by itself is logged by itself."""
    office = await opened(tmp_path)
    first, *_others = calls_in(read_lines(TEXT))
    office.calls.arrived(first, direction="inbound", caller="x", dialled="1", at=0.0)
    assert await office.reader.catch_up() == 3
    office.calls.ended(first, at=0.0)
    assert await office.reader.catch_up() == 1
    office.file.write_bytes(TEXT.replace(b"17952", b"17999"))
    office.clock.advance(-float(office.clock.now()) + 1_799_997_424.0)
    assert await office.reader.catch_up() == 0
    await office.close()


async def test_without_asterisk_nothing_is_judged(tmp_path):
    """Whether a call still stands is not known then."""
    office = await opened(tmp_path)
    office.standing_channels = None
    assert await office.reader.catch_up() == 0
    office.file.unlink()
    office.standing_channels = frozenset()
    assert await office.reader.catch_up() == 0
    await office.close()


async def test_a_long_journal_is_put_aside_when_read(tmp_path, monkeypatch):
    """The journal cannot fill the disk."""
    monkeypatch.setattr(catch_up, "ROTATE_BYTES", 1000)
    office = await opened(tmp_path)
    assert await office.reader.catch_up() == 4
    assert not office.file.exists()
    assert office.file.with_suffix(".csv.1").read_bytes() == TEXT
    office.file.write_bytes(TEXT.replace(b"17952", b"17951"))
    assert await office.reader.catch_up() == 3  # own-1 bears the same id
    await office.close()


async def test_it_reads_when_the_telephone_system_is_found(tmp_path):
    """After every reconnect, and every minute from then on."""
    office = await opened(tmp_path)
    office.bus.tell(PhoneSystemFound(at=0.0, restarted=False))
    assert office.clock.pending == 1
    while len(await office.rows()) < 4:
        await settle()
    office.clock.advance(catch_up.EVERY_SECONDS)
    assert office.clock.pending == 1
    await office.close()
    assert office.clock.pending == 0
