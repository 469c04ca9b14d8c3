"""A company of many gets a new name: its save is short, and all its people are found by the new name soon after, whatever happens in between."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, insert, select

from crm import search_later
from crm.entities.records.party import PARTY
from crm.query import Query
from crm.record_saving import FOUND_AT_ONCE
from crm.record_tables import search_waiting
from crm.search_later import SearchLater
from tests.crm.company import Company, everybody, opened

STAFF = FOUND_AT_ONCE + 130


def put_staff(connection: Connection, firm: int) -> None:
    """Many who work there."""
    people = [
        {"id": 1000 + n, "kind": "person", "name": f"کارمند {n}", "last_name": f"کارمند {n}", "created_by": "reza"} for n in range(STAFF)
    ]
    connection.execute(insert(PARTY.table), people)
    jobs = [{"party_id": 1000 + n, "other": firm, "kind": "works_at"} for n in range(STAFF)]
    connection.execute(insert(PARTY.children["relations"]), jobs)


def waiting(connection: Connection) -> int:
    return int(connection.execute(select(func.count()).select_from(search_waiting)).scalar_one())


async def named(it: Company, typed: str) -> int:
    """How many are found."""
    return await it.records.count(Query(entity=it.records.catalogue["party"], q=typed), everybody("reza"))


async def renamed(it: Company, firm: int, name: str) -> None:
    await it.records.change(it.records.catalogue["party"], firm, {"name": name}, everybody("reza"))


async def test_the_people_of_a_large_company_follow_its_name(tmp_path: Path) -> None:
    """The save writes a few of them and notes the others; batches behind it do the rest, each of a bounded size."""
    async with opened(tmp_path) as it:
        firm = await it.company("آریا صنعت")
        await it.database.write(partial(put_staff, firm=firm))
        later, sizes = SearchLater(it.database, it.bus, it.records.catalogue), list[int]()
        some = later._some

        def counted(connection: Connection) -> Any:
            before = waiting(connection)
            left = some(connection)
            sizes.append(before - waiting(connection))
            return left

        later._some = counted
        await renamed(it, firm, "صنایع کاوه")
        await later.settled()
        assert await named(it, "صنایع کاوه") == STAFF + 1
        assert await named(it, "آریا صنعت") == 0
        assert sum(sizes) == STAFF - FOUND_AT_ONCE
        assert max(sizes) <= search_later.BATCH
        await later.stop()


async def test_what_was_left_is_done_at_the_next_start(tmp_path: Path) -> None:
    """The product stopped right behind the save: nothing is forgotten, and who was deleted for ever meanwhile is no trouble."""
    async with opened(tmp_path) as it:
        firm = await it.company("آریا صنعت")
        await it.database.write(partial(put_staff, firm=firm))
        await renamed(it, firm, "صنایع کاوه")
        assert await it.database.read(waiting) == STAFF - FOUND_AT_ONCE
        gone = 1000 + STAFF - 1
        await it.records.delete(it.records.catalogue["party"], gone, everybody("reza"))
        await it.records.purge(it.records.catalogue["party"], gone, everybody("reza"))
        later = SearchLater(it.database, it.bus, it.records.catalogue)
        later.start()
        later.start()
        await later.settled()
        assert await it.database.read(waiting) == 0
        assert await named(it, "صنایع کاوه") == STAFF
        await later.stop()


async def test_the_people_of_a_small_company_follow_within_its_save(tmp_path: Path) -> None:
    """Nothing waits for a few."""
    async with opened(tmp_path) as it:
        firm = await it.company("آریا صنعت")
        await it.person("کریمی", company="آریا صنعت")
        await renamed(it, firm, "صنایع کاوه")
        assert await named(it, "صنایع کاوه") == 2
        assert await it.database.read(waiting) == 0
