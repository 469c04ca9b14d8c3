"""Who calls is known in the turn in which the call arrives."""

from __future__ import annotations

from pathlib import Path

import pytest

from crm import card
from crm.recognise import EXACT, MENTIONED, TAIL, Recogniser, Recognition
from switchboard.call import LiveCall
from switchboard.events import CallArrived, CallerRecognised
from tests.crm.company import opened
from tests.peers.databases import whole_tables_read


async def test_a_known_number_in_every_shape(tmp_path: Path) -> None:
    """Networks send a number in several shapes; it is the same customer."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        subject = Recogniser(it.database, it.bus, it.calls)
        for text in ("09121234567", "+989121234567", "989121234567", "00989121234567", "9121234567", "sip:+989121234567@192.0.2.1"):
            assert subject.recognise(text) == Recognition("exact", (maryam,), "+989121234567")


async def test_the_last_digits_are_only_a_maybe(tmp_path: Path) -> None:
    """The same local number in another city may be them."""
    async with opened(tmp_path) as it:
        company = await it.company("آریا صنعت", "031-33224455")
        subject = Recogniser(it.database, it.bus, it.calls)
        assert subject.recognise("33224455") == Recognition("maybe", (company,), "+982133224455")
        assert subject.recognise("+983133224455").match == "exact"


@pytest.mark.parametrize(
    ("text", "match"),
    [("09999999999", "none"), ("", "withheld"), ("anonymous", "withheld"), ("garbage\r\nX: y", "none"), ("😀" * 500, "none")],
)
async def test_strangers(tmp_path: Path, text: str, match: str) -> None:
    """Unknown, hidden and senseless numbers are told apart, and nothing breaks."""
    async with opened(tmp_path) as it:
        await it.person("احمدی", "09121234567")
        known = Recogniser(it.database, it.bus, it.calls).recognise(text)
        assert (known.match, known.parties) == (match, ())


async def test_a_shared_number_gives_all_the_best_first(tmp_path: Path) -> None:
    """Two colleagues behind one number: both, the VIP first, and the call gets the VIP's priority."""
    async with opened(tmp_path) as it:
        first = await it.person("یک", "02188776655")
        vip = await it.person("دو", "02188776655", "02188776655", vip=True, priority=2)
        known = Recogniser(it.database, it.bus, it.calls).recognise("02188776655")
        assert known == Recognition("exact", (vip, first), "+982188776655", 12)


async def test_a_deleted_customer_is_not_recognised(tmp_path: Path) -> None:
    """Who was deleted is a stranger again."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        await it.parties.delete(maryam, "nader")
        assert Recogniser(it.database, it.bus, it.calls).recognise("09121234567").match == "none"


async def test_the_caller_is_told_with_the_arrival(tmp_path: Path) -> None:
    """CallerRecognised follows CallArrived in the same turn, and the live call knows it."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567", vip=True)
        Recogniser(it.database, it.bus, it.calls)
        it.arrive("1.1", "09121234567")
        assert [type(event) for event in it.told[-2:]] == [CallArrived, CallerRecognised]
        live = it.calls.get("1.1")
        assert live is not None
        assert (live.match, live.parties, live.number, live.priority) == ("exact", (maryam,), "+989121234567", 10)


async def test_an_agents_own_call_recognises_whom_it_dials(tmp_path: Path) -> None:
    """Click-to-dial shows the customer's card; a call between colleagues shows none."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        Recogniser(it.database, it.bus, it.calls)
        it.arrive("1.2", "101", dialled="09121234567", direction="outbound")
        assert it.told_of(CallerRecognised)[-1].parties == (maryam,)
        it.arrive("1.3", "101", dialled="102", direction="internal")
        assert len(it.told_of(CallerRecognised)) == 1


async def test_an_adopted_call_is_recognised_again(tmp_path: Path) -> None:
    """After a restart the callers that still wait have their names back."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        Recogniser(it.database, it.bus, it.calls)
        it.calls.adopted(LiveCall("1.4", "inbound", "09121234567", "", "1000", 0.0), 5.0)
        assert it.told_of(CallerRecognised)[-1].parties == (maryam,)


async def test_a_broken_database_does_not_stop_the_call(tmp_path: Path) -> None:
    """When the look-up fails the caller is a stranger, and the call goes on."""
    async with opened(tmp_path) as it:
        Recogniser(it.database, it.bus, it.calls)
        await it.database.close()
        it.arrive("1.5", "09121234567")
        assert it.told_of(CallerRecognised)[-1].match == "none"


@pytest.mark.parametrize(
    "sql",
    [
        EXACT,
        TAIL,
        MENTIONED,
        card._PARTY,
        card._COMPANY,
        card._RELATIONS,
        card._RELATIONS_BACK,
        card._CARDS,
        card._CALLS,
        card._COMMUNICATIONS,
        card._OPEN,
    ],
)
async def test_no_look_up_reads_a_whole_table(tmp_path: Path, sql: str) -> None:
    """What runs on the loop's thread goes through an index, with however many customers."""
    async with opened(tmp_path) as it:
        assert whole_tables_read(it.database, sql, [1] * sql.count("?")) == []
