"""What calls and agents write about customers goes the way of every change: history, version, events; nothing is written past it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import select

from crm.access import SYSTEM
from crm.record_tables import history
from crm.tables import communication
from switchboard.events import RecordSaved
from tests.crm.test_timeline import Office, office


async def changes(o: Office, call: str) -> list[tuple[str, str, str, dict[str, Any]]]:
    """The history of a call's communication, oldest first: act, who, from where, what."""
    mine = select(communication.c.id).where(communication.c.call == call).scalar_subquery()
    chosen = select(history).where(history.c.entity == "communication", history.c.record_id == mine).order_by(history.c.id)
    return [(row.act, row.username, row.origin, row.changes) for row in await o.it.rows(lambda c: c.execute(chosen).all())]


async def test_a_call_writes_its_history_itself(tmp_path: Path) -> None:
    """Made when it is answered, completed when it ends; who did it is the call."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "09121234567")
        await o.end("1.1")
        made, ended = await changes(o, "1.1")
        assert made[:3] == ("created", "", "call 1.1")
        assert made[3]["parties"] == [None, [maryam]]
        assert made[3]["status"] == [None, "live"]
        assert ended[:3] == ("changed", "", "call 1.1")
        assert ended[3] == {"status": ["live", "answered"], "seconds": [0, 65], "queue": [None, "sales"]}
        (number,) = await o.it.rows(lambda c: c.execute(select(communication.c.id)).scalars().all())
        found = await o.it.records.get(o.it.records.catalogue["communication"], number, SYSTEM)
        assert found.version == 2
        assert [(event.act, event.origin) for event in o.it.told_of(RecordSaved) if event.entity == "communication"] == [
            ("created", "call 1.1"), ("changed", "call 1.1"),
        ]  # fmt: skip


async def test_what_is_typed_is_one_change_and_the_wrap_up_with_it(tmp_path: Path) -> None:
    """The note is saved at every pause; the history says from what to what, once, and who typed it."""
    async with office(tmp_path) as o:
        await o.talk("1.1", "09121234567")
        for text in ("قی", "قیمت", "قیمت خواست"):
            await o.timeline.note("1.1", "reza", text)
        assert [one[3] for one in await changes(o, "1.1")][1:] == [{"note": [None, "قیمت خواست"]}]
        await o.timeline.wrap_up("1.1", "reza", disposition="answered", note="قیمت خواست")
        (_made, said) = await changes(o, "1.1")
        assert said == ("changed", "reza", "call 1.1", {"note": [None, "قیمت خواست"], "disposition": [None, "answered"]})
        await o.timeline.wrap_up("1.1", "reza", disposition="answered", note="قیمت خواست")
        assert len(await changes(o, "1.1")) == 2, "what is saved again unchanged is no change"


async def test_linking_and_moving_are_in_the_history(tmp_path: Path) -> None:
    """Who put a call under which customer, earlier calls of that number as well; the party's new number too."""
    async with office(tmp_path) as o:
        for call in ("1.1", "1.2"):
            await o.talk(call, "09121234567")
        await o.end("1.1")
        maryam = await o.timeline.create("1.2", {"last_name": "احمدی"}, "reza")
        for call in ("1.1", "1.2"):
            last = (await changes(o, call))[-1]
            assert last == ("changed", "reza", "call 1.2", {"parties": [None, [maryam]]})
        of_party = select(history.c.origin).where(history.c.entity == "party", history.c.record_id == maryam)
        assert set(await o.it.rows(lambda c: c.execute(of_party).scalars().all())) == {"call 1.2"}
        right = await o.it.person("رضایی", "09129876543")
        (number,) = await o.it.rows(lambda c: c.execute(select(communication.c.id).where(communication.c.call == "1.1")).scalars().all())
        await o.timeline.move(number, right, "nader", origin="web 10.0.0.7")
        assert (await changes(o, "1.1"))[-1] == ("changed", "nader", "web 10.0.0.7", {"parties": [[maryam], [right]]})


async def test_notes_are_cleaned_like_every_text(tmp_path: Path) -> None:
    """Direction-override and control characters do not come in through the console either."""
    async with office(tmp_path) as o:
        await o.talk("1.1", "09121234567")
        await o.timeline.note("1.1", "reza", "a\u202eb\x00c\u2066d")
        assert o.timeline.written("1.1")["note"] == "abcd"


async def test_a_thrown_away_call_stays_in_the_bin(tmp_path: Path) -> None:
    """The end of a call does not bring back what somebody deleted meanwhile."""
    async with office(tmp_path) as o:
        await o.talk("1.1", "09121234567")
        entity = o.it.records.catalogue["communication"]
        (number,) = await o.it.rows(lambda c: c.execute(select(communication.c.id)).scalars().all())
        await o.it.records.delete(entity, number, SYSTEM)
        await o.end("1.1")
        found = await o.it.records.get(entity, number, SYSTEM)
        assert found.deleted
        assert found.values["status"] == "live"
