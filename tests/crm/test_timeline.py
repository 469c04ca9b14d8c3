"""Every call lands under the right customer by itself, and what people say of it is kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen
from sqlalchemy import select, text

from config.translations import translate
from crm.card import build
from crm.dispositions import Dispositions
from crm.expression import parse
from crm.mentions import numbers_in
from crm.parties import NoSuchParty
from crm.query import Query
from crm.recognise import Recogniser, Recognition
from crm.record_draft import RecordInvalid
from crm.tables import channel, communication, communication_party, follow_up
from crm.timeline import FollowUpInThePast, NoSuchCommunication, TextTooLong, Timeline, UnknownChoice
from crm.timeline_page import FollowUps, TimelinePages
from switchboard.call_log import put
from switchboard.errors import NoSuchCall, NotYourCall
from switchboard.events import CallLogged, CommunicationSaved, PartyLinked, WrapUpSaved
from switchboard.moments import iso
from tests.crm.company import Company, everybody, opened


@frozen
class Office:
    it: Company
    timeline: Timeline
    pages: TimelinePages
    follow_ups: FollowUps

    async def talk(
        self, call: str, caller: str, *, agent: str = "reza", dialled: str = "1000", direction: str = "inbound", seconds: float = 65
    ) -> None:
        self.it.arrive(call, caller, dialled=dialled, direction=direction)
        self.it.calls.connected(call, agent=agent, leg=f"{call}-leg", at=self.it.clock.now())
        await self.timeline.stop()
        self.it.clock.advance(seconds)

    async def end(self, call: str, *, status: str = "answered") -> None:
        live = self.it.calls.get(call)
        assert live is not None
        row = {
            "id": call, "direction": live.direction, "caller": live.caller, "number": live.number, "dialled": live.dialled, "started_at": live.started_at,
            "answered_at": live.answered_at, "ended_at": self.it.clock.now(), "status": status, "queue": "sales", "agent": live.agent, "steps": [],
        }  # fmt: skip
        self.it.calls.ended(call, at=self.it.clock.now())
        await self.it.database.write(lambda connection: put(connection, row))
        self.it.bus.tell(CallLogged(at=self.it.clock.now(), call=call))
        await self.timeline.stop()

    async def items(self, party: int, **more: Any) -> list[dict[str, Any]]:
        return (await self.pages.of_party(party, **more)).items


@asynccontextmanager
async def office(folder: Path) -> AsyncIterator[Office]:
    async with opened(folder) as it:
        dispositions = Dispositions(it.records.catalogue)
        Recogniser(it.database, it.bus, it.calls)
        timeline = Timeline(it.database, it.bus, it.clock, it.calls, it.parties, dispositions)
        try:
            yield Office(it, timeline, TimelinePages(it.database, it.records.catalogue), FollowUps(it.database, it.clock))
        finally:
            await timeline.stop()


async def test_a_call_lands_under_person_and_company(tmp_path: Path) -> None:
    """After hang-up the call stands on the timelines of the caller and of their company."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567", company="آریا صنعت")
        began = o.it.clock.now()
        await o.talk("1.1", "09121234567")
        await o.end("1.1")
        (item,) = await o.items(maryam)
        assert (item["method"], item["direction"], item["user"], item["status"], item["call"], item["queue"]) == (
            "call",
            "in",
            "reza",
            "answered",
            "1.1",
            "sales",
        )
        assert (item["at"], item["seconds"], item["number"]) == (began, 65.0, "+989121234567")
        assert [(one["name"], one["kind"]) for one in item["parties"]] == [("احمدی", "person"), ("آریا صنعت", "company")]
        assert await o.items(item["parties"][1]["id"]) == [item]
        assert {event.party for event in o.it.told_of(CommunicationSaved)} == {one["id"] for one in item["parties"]}


async def test_a_missed_call_is_a_communication_too(tmp_path: Path) -> None:
    """The customer's page shows that they called and nobody answered."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        o.it.arrive("1.1", "09121234567")
        await o.end("1.1", status="missed")
        (item,) = await o.items(maryam)
        assert (item["status"], item["seconds"], item["user"]) == ("missed", 0.0, "")


async def test_a_call_we_made_lands_under_whom_we_called(tmp_path: Path) -> None:
    """Click-to-dial is written under the customer, never under our own number."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "101", dialled="09121234567", direction="outbound")
        await o.end("1.1")
        (item,) = await o.items(maryam)
        assert (item["direction"], item["number"]) == ("out", "+989121234567")
        await o.talk("1.2", "101", dialled="102", direction="internal")
        await o.end("1.2")
        assert len(await o.it.rows(lambda c: c.execute(select(communication.c.id)).all())) == 1


async def test_a_shared_number_goes_to_the_shared_company_or_to_nobody(tmp_path: Path) -> None:
    """No assumptions: two colleagues' number belongs to their company; two strangers' number to nobody yet."""
    async with office(tmp_path) as o:
        company = await o.it.company("آریا صنعت")
        one = await o.it.person("یک", "02188776655", employer=company)
        await o.it.person("دو", "02188776655", employer=company)
        await o.talk("1.1", "02188776655")
        await o.end("1.1")
        assert len(await o.items(company)) == 1
        assert await o.items(one) == []
        await o.it.person("سه", "02111112222")
        await o.it.person("چهار", "02111112222")
        await o.talk("1.2", "02111112222")
        await o.end("1.2")
        assert [item["call"] for item in await o.pages.strays("+982111112222")] == ["1.2"]


async def test_a_strangers_calls_follow_when_they_become_a_customer(tmp_path: Path) -> None:
    """Creating the caller during the call brings this call, their earlier calls and their number along."""
    async with office(tmp_path) as o:
        await o.talk("1.1", "09351112233")
        await o.end("1.1")
        await o.talk("1.2", "09351112233")
        party = await o.timeline.create("1.2", {"first_name": "سارا", "last_name": "نوری", "company": "پارس"}, "reza")
        live = o.it.calls.get("1.2")
        assert live is not None
        assert (live.match, live.parties) == ("exact", (party,))
        await o.end("1.2")
        assert [item["call"] for item in await o.items(party)] == ["1.2", "1.1"]
        assert await o.it.rows(lambda c: c.execute(select(channel.c.number).where(channel.c.party_id == party)).scalars().all()) == [
            "+989351112233"
        ]
        o.it.arrive("1.3", "09351112233")
        assert o.it.calls.get("1.3").parties == (party,)
        assert [event.party for event in o.it.told_of(PartyLinked)] == [party]


async def test_linking_after_the_call_works_as_well(tmp_path: Path) -> None:
    """Who the stranger was may be said after hang-up, in wrap-up or tomorrow."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی")
        await o.talk("1.1", "09351112233")
        await o.end("1.1")
        await o.timeline.link("1.1", maryam, "reza")
        assert [item["call"] for item in await o.items(maryam)] == ["1.1"]
        assert o.it.calls.get("1.1") is None


async def test_a_wrong_match_is_corrected_without_stealing_the_number(tmp_path: Path) -> None:
    """A colleague called from Maryam's phone: the call moves, the number stays hers."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        colleague = await o.it.person("نوری")
        await o.talk("1.1", "09121234567")
        await o.timeline.link("1.1", colleague, "reza")
        await o.end("1.1")
        assert await o.items(maryam) == []
        assert [item["call"] for item in await o.items(colleague)] == ["1.1"]
        assert await o.it.rows(lambda c: c.execute(select(channel.c.party_id)).scalars().all()) == [maryam]


async def test_a_withheld_callers_call_can_be_linked(tmp_path: Path) -> None:
    """A hidden number gives nobody a number."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی")
        await o.talk("1.1", "anonymous")
        await o.talk("1.2", "anonymous")
        await o.timeline.link("1.1", maryam, "reza")
        await o.end("1.1")
        await o.end("1.2")
        assert [item["call"] for item in await o.items(maryam)] == ["1.1"]
        assert await o.it.rows(lambda c: c.execute(select(channel.c.id)).all()) == []


async def test_a_note_typed_while_talking_is_kept(tmp_path: Path) -> None:
    """What was typed is there after hang-up, even when the browser died."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "09121234567")
        await o.timeline.note("1.1", "reza", "پیش")
        await o.timeline.note("1.1", "reza", "پیش‌فاکتور خواست")
        await o.end("1.1")
        (item,) = await o.items(maryam)
        assert item["note"] == "پیش‌فاکتور خواست"


async def test_the_call_one_is_in_is_not_among_the_last_communications(tmp_path: Path) -> None:
    """The screen-pop shows what was before this call; afterwards the call counts."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "09121234567")
        talking = build(o.it.database.lookup, o.it.records.catalogue, (), "exact", "+989121234567", (maryam,), 0.0)["parties"][0]
        assert (talking["communications"], talking["calls_this_month"]) == ([], 0)
        await o.end("1.1")
        after = build(o.it.database.lookup, o.it.records.catalogue, (), "exact", "+989121234567", (maryam,), 0.0)["parties"][0]
        assert (len(after["communications"]), after["calls_this_month"]) == (1, 1)


async def test_what_was_written_is_found_again_after_a_reload(tmp_path: Path) -> None:
    """Note, result and promise of a call, as the agent left them; nothing for a call nobody wrote about."""
    async with office(tmp_path) as o:
        await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "09121234567")
        assert o.timeline.written("1.1") == o.timeline.written("7.7") == {"note": "", "disposition": "", "follow_up_at": None}
        await o.timeline.note("1.1", "reza", "پیش‌فاکتور")
        assert o.timeline.written("1.1")["note"] == "پیش‌فاکتور"
        await o.end("1.1")
        due = o.it.clock.now() + 86400
        await o.timeline.wrap_up("1.1", "reza", disposition="order", note="پیش‌فاکتور", follow_up_at=due)
        assert o.timeline.written("1.1") == {"note": "پیش‌فاکتور", "disposition": "order", "follow_up_at": iso(due)}


async def test_the_wrap_up_is_saved_with_its_follow_up(tmp_path: Path) -> None:
    """Result, note and promise; saving again corrects, taking the promise back removes it."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567", company="آریا صنعت")
        await o.talk("1.1", "09121234567")
        await o.end("1.1")
        due = o.it.clock.now() + 86400
        await o.timeline.wrap_up("1.1", "reza", disposition="follow_up", note="ارسال کاتالوگ\nفوری", follow_up_at=due)
        (item,) = await o.items(maryam)
        assert (item["disposition"], item["result"]["fa"], item["follow_up"]["due_at"]) == ("follow_up", "پیگیری لازم است", due)
        (promise,) = await o.follow_ups.of_user("reza")
        assert (promise["title"], promise["party"]["id"], promise["number"]) == ("ارسال کاتالوگ", maryam, "+989121234567")
        await o.timeline.wrap_up("1.1", "reza", disposition="order", note="", follow_up_at=due + 60)
        (promise,) = await o.follow_ups.of_party(maryam)
        assert (promise["title"], promise["due_at"]) == (translate("fa", "Follow up"), due + 60)
        await o.timeline.wrap_up("1.1", "reza", disposition="order")
        assert await o.follow_ups.of_user("reza") == []
        told = o.it.told_of(WrapUpSaved)
        assert [(event.agent, event.disposition, event.follow_up_at) for event in told] == [
            ("reza", "follow_up", due), ("reza", "order", due + 60), ("reza", "order", 0.0),
        ]  # fmt: skip


async def test_a_follow_up_is_ticked_off_and_back(tmp_path: Path) -> None:
    """Done is done, and can be undone."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی")
        await o.timeline.write_down(maryam, "reza", note="تماس بگیر", follow_up_at=o.it.clock.now() + 60)
        (promise,) = await o.follow_ups.of_user("reza")
        assert await o.follow_ups.done(promise["id"])
        assert not await o.follow_ups.done(promise["id"])
        assert await o.follow_ups.of_user("reza") == []
        assert await o.follow_ups.done(promise["id"], undo=True)
        assert len(await o.follow_ups.of_user("reza")) == 1
        assert not await o.follow_ups.done(999)


async def test_a_follow_up_moves_with_its_call(tmp_path: Path) -> None:
    """A promise made to a stranger belongs to the customer they turn out to be."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی")
        await o.talk("1.1", "09351112233")
        await o.timeline.wrap_up("1.1", "reza", disposition="callback", follow_up_at=o.it.clock.now() + 60)
        assert (await o.follow_ups.of_user("reza"))[0]["party"] is None
        await o.timeline.link("1.1", maryam, "reza")
        assert (await o.follow_ups.of_user("reza"))[0]["party"]["id"] == maryam


async def test_somebody_elses_call_is_not_yours(tmp_path: Path) -> None:
    """Notes and results are the agent's who had the call; unknown calls are refused by name."""
    async with office(tmp_path) as o:
        await o.talk("1.1", "09121234567", agent="reza")
        with pytest.raises(NotYourCall):
            await o.timeline.note("1.1", "sara", "x")
        with pytest.raises(NotYourCall):
            await o.timeline.wrap_up("1.1", "sara")
        await o.end("1.1")
        with pytest.raises(NotYourCall):
            await o.timeline.wrap_up("1.1", "sara")
        for work in (o.timeline.note("9.9", "reza", "x"), o.timeline.link("9.9", await o.it.person("احمدی"), "reza")):
            with pytest.raises(NoSuchCall):
                await work


async def test_bad_input_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    """Each wrong value has its sentence; what was there stays."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "09121234567")
        await o.timeline.wrap_up("1.1", "reza", note="keep")
        for work, kind in (
            (o.timeline.wrap_up("1.1", "reza", disposition="no such"), UnknownChoice),
            (o.timeline.wrap_up("1.1", "reza", note="x" * 20_001), TextTooLong),
            (o.timeline.wrap_up("1.1", "reza", follow_up_at=1.0), FollowUpInThePast),
            (o.timeline.note("1.1", "reza", "x" * 20_001), TextTooLong),
            (o.timeline.link("1.1", 999, "reza"), NoSuchParty),
            (o.timeline.write_down(maryam, "reza", method="telepathy"), RecordInvalid),
            (o.timeline.write_down(maryam, "reza", direction="up"), RecordInvalid),
            (o.timeline.write_down(maryam, "reza", subject="x" * 201), RecordInvalid),
            (o.timeline.write_down(999, "reza"), NoSuchParty),
            (o.timeline.move(999, maryam, "reza"), NoSuchCommunication),
        ):
            with pytest.raises(kind):
                await work
        (item,) = await o.items(maryam)
        assert item["note"] == "keep"


async def test_a_communication_is_written_by_hand_and_moved(tmp_path: Path) -> None:
    """A visit noted in seconds; if it landed on the wrong customer it is moved, follow-up and all."""
    async with office(tmp_path) as o:
        wrong, right = await o.it.person("یک"), await o.it.person("دو", company="پارس")
        number = await o.timeline.write_down(
            wrong, "reza", method="visit", subject="بازدید کارخانه", note="خوب بود", follow_up_at=o.it.clock.now() + 60
        )
        await o.timeline.move(number, right, "reza")
        assert await o.items(wrong) == []
        (item,) = await o.items(right)
        assert (item["method"], item["subject"], item["call"], len(item["parties"])) == ("visit", "بازدید کارخانه", None, 2)
        assert (await o.follow_ups.of_user("reza"))[0]["party"]["id"] == right
        assert {event.party for event in o.it.told_of(CommunicationSaved)} >= {wrong, right}


async def test_a_timeline_is_paged_and_filtered(tmp_path: Path) -> None:
    """Newest first, page by page, nothing twice and nothing left out; moments may coincide."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی")
        for n in range(25):
            await o.timeline.write_down(maryam, "reza", subject=str(n), method="note" if n % 5 else "meeting", at=1000.0 + n // 2)
        seen: list[str] = []
        after = ""
        while True:
            page = await o.pages.of_party(maryam, after=after, most=7)
            seen += [item["subject"] for item in page.items]
            if not (after := page.more):
                break
        assert [int(one) for one in seen] == sorted(range(25), key=lambda n: (n // 2, n), reverse=True)
        assert len(await o.items(maryam, methods=("meeting",), most=50)) == 5
        assert len(await o.items(maryam, after="garbage", most=50)) == 25


async def test_a_logged_call_moves_to_its_true_moment_once(tmp_path: Path) -> None:
    """Hearing of the same call again changes nothing."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567")
        await o.talk("1.1", "09121234567")
        await o.end("1.1")
        await o.it.database.write(lambda c: c.execute(text("UPDATE call SET started_at = started_at - 5")))
        for _ in range(2):
            o.it.bus.tell(CallLogged(at=o.it.clock.now(), call="1.1"))
            await o.timeline.stop()
        (item,) = await o.items(maryam)
        places = await o.it.rows(lambda c: c.execute(select(communication_party.c.at)).scalars().all())
        assert places == [item["at"]]
        o.it.bus.tell(CallLogged(at=o.it.clock.now(), call="no such call"))
        await o.timeline.stop()
        assert await o.it.rows(lambda c: c.execute(select(follow_up.c.id)).all()) == []


async def test_all_of_a_number_move_together_when_asked(tmp_path: Path) -> None:
    """A wrong match is corrected once for every call of that number, or only for this one; promises follow, history says who did it."""
    async with office(tmp_path) as o:
        wrong = await o.it.person("یک", "09121234567")
        right = await o.it.person("دو", company="پارس")
        for call in ("1.1", "1.2", "1.3"):
            await o.talk(call, "09121234567")
            await o.timeline.wrap_up(call, "reza", follow_up_at=o.it.clock.now() + 86400)
            await o.end(call)
        first, second, third = (item["id"] for item in await o.items(wrong))
        assert await o.timeline.move(first, right, "sara") == 1
        assert [item["id"] for item in await o.items(wrong)] == [second, third]
        assert await o.timeline.move(second, right, "sara", everything=True) == 2
        assert await o.items(wrong) == []
        assert len(await o.items(right)) == 3
        assert {one["party"]["id"] for one in await o.follow_ups.of_user("reza")} == {right}
        communication_entity = o.it.records.catalogue["communication"]
        (change, *_older) = await o.it.records.history(communication_entity, second, everybody("sara"))
        assert (change["username"], change["changes"]["parties"][0]) == ("sara", [wrong])


async def test_a_communication_is_a_record_like_every_other(tmp_path: Path) -> None:
    """With several parties, products and effect; found in the list, deleted from every timeline and restored; own records are the user's."""
    async with office(tmp_path) as o:
        one, two = await o.it.person("یک"), await o.it.person("دو")
        raw = {
            "subject": "جلسه", "topic": "price", "parties": [two, one], "method": "Meeting", "at": "1404/02/15 10:00", "effect": "good", "user": "reza",
            "products": [{"product": "کارتن", "note": "۵۰ عدد"}],
        }  # fmt: skip
        entity = o.it.records.catalogue["communication"]
        number = await o.it.records.create(entity, raw, everybody("sara"))
        record = await o.it.records.get(entity, number, everybody("reza"))
        assert (record.values["parties"], record.values["method"], record.values["expert"]) == ([one, two], "meeting", "reza")
        for party in (one, two):
            assert [item["subject"] for item in await o.items(party)] == ["جلسه"]
        await o.it.records.change(entity, number, {"at": "1404/02/16 10:00", "parties": [two]}, everybody("reza"))
        assert await o.items(one) == []
        (item,) = await o.items(two)
        places = await o.it.rows(lambda c: c.execute(select(communication_party.c.at)).scalars().all())
        assert places == [item["at"]]
        found, _page = await o.it.records.page(Query(entity=entity, where=parse(f"parties:has:{two}")), everybody("reza"))
        assert [each.id for each in found] == [number]
        by_name = {"field": "parties.last_name", "op": "=", "value": "دو"}
        assert len((await o.it.records.page(Query(entity=entity, where=parse(by_name)), everybody("reza")))[0]) == 1
        await o.it.records.delete(entity, number, everybody("reza"))
        assert await o.items(two) == []
        await o.it.records.restore(entity, number, everybody("reza"))
        assert len(await o.items(two)) == 1


async def test_a_number_in_a_note_is_a_maybe(tmp_path: Path) -> None:
    """An unknown caller whose number stands in somebody's note may be them; the note of a moved call speaks of whom it stands with."""
    async with office(tmp_path) as o:
        maryam = await o.it.person("احمدی", "09121234567", note="شمارهٔ همسرش ۰۹۳۵ ۱۱۱ ۲۲ ۳۳ است؛ کد پستی 1234567890")
        sara = await o.it.person("نوری")
        recogniser = Recogniser(o.it.database, o.it.bus, o.it.calls)
        assert recogniser.recognise("09351112233") == Recognition("maybe", (maryam,), "+989351112233")
        await o.talk("1.1", "09121234567")
        await o.timeline.note("1.1", "reza", "از این پس با 021-44556677 تماس بگیرید")
        assert recogniser.recognise("02144556677").parties == (maryam,)
        await o.end("1.1")
        (item,) = await o.items(maryam)
        await o.timeline.move(item["id"], sara, "reza")
        assert recogniser.recognise("02144556677").parties == (sara,)
        await o.timeline.note("1.1", "reza", "")
        assert recogniser.recognise("02144556677").match == "none"
        await o.it.parties.delete(maryam, "reza")
        assert recogniser.recognise("09351112233").match == "none"


def test_what_is_a_number_in_a_text() -> None:
    """Numbers in any shape; dates, codes and amounts are none."""
    assert numbers_in("تلفن ۰۲۱-۸۸۷۷۶۶۵۵ یا +98 912 123 4567 و 0049 30 1234567") == ["+982188776655", "+989121234567", "+49301234567"]
    assert numbers_in("1404/02/15، مبلغ 12,500,000 ریال، ساعت 10:30، کد ۱۲۳۴۵، شبا IR062960000000100324200001") == []
