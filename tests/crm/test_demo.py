"""The sample company is believable, complete, the same for everybody, and made only once."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import func, select

from crm import demo
from crm.accounts import Accounts
from crm.card import Cards
from crm.demo_people import COMMUNICATIONS, sample
from crm.folding import fold
from crm.numbers import read_number
from crm.recognise import Recogniser
from crm.search import Search
from crm.tables import channel, communication, follow_up, party, relation
from crm.words import PREFIXES
from tests.crm.company import Company, opened

NOON = 1_795_000_000.0


async def seeded(it: Company) -> Accounts:
    it.clock.advance(NOON - it.clock.now())
    accounts = Accounts(it.database, it.bus, it.clock)
    await accounts.load()
    await demo.seed(it.database, accounts, it.clock)
    return accounts


async def test_the_sample_is_complete(tmp_path: Path) -> None:
    """300 persons, 60 companies, numbers, posts, a past, promises, and five people who may log in."""
    async with opened(tmp_path, users=False) as it:
        accounts = await seeded(it)
        kinds = dict(await it.rows(lambda c: c.execute(select(party.c.kind, func.count()).group_by(party.c.kind)).all()))
        assert kinds == {"person": 300, "company": 60}
        count = {
            table.name: await it.rows(lambda c, table=table: c.execute(select(func.count()).select_from(table)).scalar())
            for table in (communication, channel, relation, follow_up)
        }
        assert count["communication"] > 1500
        assert count["channel"] > 650
        assert count["relation"] > 200
        assert count["follow_up"] >= 20
        newest = await it.rows(lambda c: c.execute(select(func.max(communication.c.at))).scalar())
        assert newest < it.clock.now()
        assert [(one.username, one.role, one.extension) for one in accounts.all()] == [
            ("admin", "administrator", ""), ("maryam", "agent", "101"), ("nader", "supervisor", "201"), ("reza", "agent", "102"), ("sara", "agent", "103"),
        ]  # fmt: skip
        assert await accounts.check("maryam", demo.PASSWORD)
        accounts.close()


async def test_maryam_ahmadi_calls(tmp_path: Path) -> None:
    """The sample's best customer is recognised with her post, her company, her last words and an open promise."""
    async with opened(tmp_path, users=False) as it:
        (await seeded(it)).close()
        Recogniser(it.database, it.bus, it.calls)
        cards = Cards(it.database, it.bus, it.clock, it.records.catalogue)
        it.arrive("1.1", "09121234567")
        card = cards.of("1.1")
        (maryam,) = card["parties"]
        assert (maryam["name"], maryam["title"], maryam["company"]["name"], maryam["vip"]) == (
            "مریم احمدی",
            "مدیر خرید",
            "شرکت آریا صنعت",
            True,
        )
        assert len(maryam["communications"]) == 3
        assert maryam["open_items"]
        assert "مریم احمدی" in [hit["name"] for hit in await Search(it.database).find("مریم احم")]
        it.arrive("1.2", "02188776655")
        assert cards.of("1.2")["match"] == "exact"
        assert len(cards.of("1.2")["parties"]) >= 2


async def test_the_sample_is_made_once(tmp_path: Path) -> None:
    """A second start adds nothing; an installation with its own people is left alone."""
    async with opened(tmp_path, users=False) as it:
        accounts = await seeded(it)
        await demo.seed(it.database, accounts, it.clock)
        assert await it.rows(lambda c: c.execute(select(func.count()).select_from(party)).scalar()) == 360
        accounts.close()


def test_the_same_day_gives_the_same_people() -> None:
    """Two machines show the same sample."""
    first, second = sample(NOON), sample(NOON)
    assert first == second
    assert len(first.past) >= COMMUNICATIONS
    assert all(past.at < NOON for past in first.past)


def test_names_and_numbers_look_real() -> None:
    """No childish or misspelled names, only readable numbers, every company named once."""
    made = sample(NOON)
    for line, _employer in made.persons:
        name = f"{line['first_name']} {line['last_name']}"
        assert all(read_number(one["raw"]) for one in line["phones"])
        assert line["prefix"] in PREFIXES
        assert "ي" not in name
        assert "ك" not in name
        assert len(name) < 30
    names = [fold(line["name"]) for line in made.companies]
    assert len(set(names)) == len(names)
    assert all(place["street"].startswith(place["city"]) for line in made.companies for place in line["addresses"])
