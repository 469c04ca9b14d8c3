"""The card says what an agent wants to know before picking up."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import insert, select, update

from crm.access import Pattern, Viewer
from crm.card import Cards, month_start
from crm.recognise import Recogniser
from crm.tables import communication, communication_party, follow_up, party_group
from switchboard.events import CallerRecognised, PartyLinked
from tests.crm.company import Company, opened


async def filled(it: Company) -> int:
    group = await it.database.write(lambda c: c.execute(insert(party_group).values(name="طلایی", colour="#c90")).inserted_primary_key[0])
    maryam = await it.parties.create(
        {
            "first_name": "مریم", "last_name": "احمدی", "prefix": "خانم", "vip": True, "group": group, "expert": "reza", "roles": "customer",
            "phones": ["09121234567"], "company": "شرکت آریا صنعت", "title": "مدیر خرید",
        },
        "reza",
    )  # fmt: skip

    def past(connection) -> None:
        for days in range(5):
            at = it.clock.now() - days * 40 * 86400 - 60
            row = {
                "at": at,
                "subject": f"s{days}",
                "direction": "in",
                "method": "call",
                "user": "reza",
                "status": "answered",
                "created_at": at,
                "updated_at": at,
            }
            saved = connection.execute(insert(communication).values({**row, "disposition": "order"})).inserted_primary_key[0]
            connection.execute(insert(communication_party).values(party_id=maryam, at=at, communication_id=saved))
        connection.execute(insert(follow_up).values(party_id=maryam, title="ارسال پیش‌فاکتور", due_at=it.clock.now() + 86400, created_at=0))
        connection.execute(insert(follow_up).values(party_id=maryam, title="done", due_at=1, done_at=2, created_at=0))

    await it.database.write(past)
    return maryam


async def test_a_known_caller_has_a_full_card(tmp_path: Path) -> None:
    """Name, post, company, group, role, the last three communications and what is open."""
    async with opened(tmp_path) as it:
        maryam = await filled(it)
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        Recogniser(it.database, it.bus, it.calls)
        it.arrive("1.1", "09121234567")
        card = cards.of("1.1")
        json.dumps(card)
        assert (card["match"], card["number"]) == ("exact", "+989121234567")
        (about,) = card["parties"]
        assert (about["id"], about["name"], about["title"], about["company"]["name"]) == (
            maryam,
            "مریم احمدی",
            "مدیر خرید",
            "شرکت آریا صنعت",
        )
        assert about["group"] == {"name": "طلایی", "name_en": "طلایی", "color": "#c90"}
        assert (about["vip"], about["expert"], about["role"], about["roles"]) == (True, "reza", "customer", ["customer"])
        assert about["role_title"]["en"] == "Customer"
        assert [one["subject"] for one in about["communications"]] == ["s0", "s1", "s2"]
        assert about["communications"][0]["result_title"] == {"fa": "سفارش ثبت شد", "en": "Order taken"}
        assert about["communications"][0]["method_title"] == {"fa": "تماس تلفنی", "en": "Phone call"}
        assert about["calls_this_month"] == 1
        assert [(one["title"], one["kind"]) for one in about["open_items"]] == [("ارسال پیش‌فاکتور", "follow_up")]
        assert about["url"] == f"/parties/{maryam}"


async def test_a_rating_has_its_own_colour_on_the_card(tmp_path: Path) -> None:
    """Also on the card of a record that has a colour of its own."""
    async with opened(tmp_path) as it:
        await it.parties.create({"last_name": "یک", "phones": ["09121234567"], "colour": "#aa3366", "ratings": [{"grade": "a"}]}, "reza")
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        Recogniser(it.database, it.bus, it.calls)
        it.arrive("1.1", "09121234567")
        (about,) = cards.of("1.1")["parties"]
        assert (about["color"], about["grade"]["color"]) == ("#aa3366", "#1f7a4d")


async def test_strangers_and_hidden_numbers_have_an_empty_card(tmp_path: Path) -> None:
    """Nobody is made up."""
    async with opened(tmp_path) as it:
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        Recogniser(it.database, it.bus, it.calls)
        it.arrive("1.1", "09121234567")
        it.arrive("1.2", "anonymous")
        assert cards.of("1.1") == {"match": "none", "number": "+989121234567", "parties": []}
        assert cards.of("1.2") == {"match": "withheld", "number": "", "parties": []}
        assert cards.of("no such call") == {"match": "none", "number": "", "parties": []}


async def test_a_card_follows_what_is_saved_and_linked(tmp_path: Path) -> None:
    """A correction made during the call shows at once; a chosen customer replaces the guess."""
    async with opened(tmp_path) as it:
        first = await it.person("یک", "02188776655")
        second = await it.person("دو", "02188776655")
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        Recogniser(it.database, it.bus, it.calls)
        it.arrive("1.1", "02188776655")
        assert [one["id"] for one in cards.of("1.1")["parties"]] == [first, second]
        await it.parties.change(first, {"last_name": "یکم"}, 1, "reza")
        assert cards.of("1.1")["parties"][0]["name"] == "یکم"
        it.bus.tell(PartyLinked(at=0.0, call="1.1", party=second, user="reza"))
        assert [one["id"] for one in cards.of("1.1")["parties"]] == [second]


async def test_the_communications_of_a_card_are_those_its_reader_may_see(tmp_path: Path) -> None:
    """By whose record each is, as on its page: not the others', and no count of them."""
    async with opened(tmp_path) as it:
        maryam = await filled(it)
        owners = {0: "reza", 1: "sara", 2: "sara"}

        def owned(connection) -> None:
            for place, number in enumerate(
                connection.execute(select(communication.c.id).order_by(communication.c.at.desc())).scalars().all()
            ):
                connection.execute(update(communication).where(communication.c.id == number).values(expert=owners.get(place)))

        await it.database.write(owned)
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        it.bus.tell(CallerRecognised(at=it.clock.now(), call="1.1", match="exact", number="+989121234567", parties=(maryam,)))

        def seen(level: str, team: str = "") -> tuple[list[str], int]:
            pattern = Pattern(code="x", rights={"party": {"view": "own"}, "communication": {"view": level}})
            (about,) = cards.shown_to(cards.of("1.1"), Viewer(username="reza", pattern=pattern, team=frozenset({team})))["parties"]
            return [one["subject"] for one in about["communications"]], about["calls_this_month"]

        assert seen("own") == (["s0"], 0)
        assert seen("team", "sara") == (["s0", "s1", "s2"], 0)
        assert seen("none") == ([], 0)
        assert seen("all") == (["s0", "s1", "s2"], 1)


async def test_a_card_outlives_its_call_for_the_wrap_up(tmp_path: Path) -> None:
    """An agent who reloads the page during wrap-up still sees the customer; the memory for it is bounded."""
    async with opened(tmp_path) as it:
        maryam = await it.person("احمدی", "09121234567")
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        Recogniser(it.database, it.bus, it.calls)
        for n in range(300):
            it.arrive(f"1.{n}", "09121234567")
            it.calls.ended(f"1.{n}", at=it.clock.now())
        assert cards.of("1.299")["parties"][0]["id"] == maryam
        assert cards.of("1.1")["parties"] == []
        assert cards._live == {}


def test_the_month_is_the_jalali_month_of_the_office() -> None:
    """1 Farvardin 1404 began at midnight in Tehran."""
    tehran = ZoneInfo("Asia/Tehran")
    began = datetime(2025, 3, 21, tzinfo=tehran).timestamp()
    assert month_start(began, tehran) == began
    assert month_start(datetime(2025, 4, 20, 19, tzinfo=UTC).timestamp(), tehran) == began
    assert month_start(began - 1, tehran) == datetime(2025, 2, 19, tzinfo=tehran).timestamp()
