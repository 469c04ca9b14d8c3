"""The sample company: customers, their past and the people who may log in. Made once, in an empty installation."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from attrs import evolve
from sqlalchemy import Connection, insert, select

from config.clock import Clock
from config.database import Database
from crm import dispositions
from crm.accounts import Account, Accounts
from crm.draft import Draft, check
from crm.party_rows import insert_party
from crm.tables import communication, communication_party, follow_up, party, party_group, relation

if TYPE_CHECKING:  # imported only where the sample is made
    from crm.demo_people import Sample

Names = tuple[tuple[str, str, str], ...]
"""Of groups: Persian, English, colour."""

PASSWORD = "demo-1404"  # noqa: S105  printed at start; the demo listens on this machine only
ACCOUNTS = (
    Account(username="maryam", name="مریم کریمی", name_en="Maryam Karimi", role="agent", extension="101", device="browser", language="fa"),
    Account(username="reza", name="رضا صادقی", name_en="Reza Sadeghi", role="agent", extension="102", device="browser", language="fa"),
    Account(username="sara", name="سارا محمدی", name_en="Sara Mohammadi", role="agent", extension="103", device="desk", language="fa"),
    Account(
        username="nader", name="نادر یوسفی", name_en="Nader Yousefi", role="supervisor", extension="201", device="browser", language="fa"
    ),
    Account(username="admin", name="مدیر سامانه", name_en="Administrator", role="administrator", language="fa"),
)


async def seed(database: Database, accounts: Accounts, clock: Clock) -> None:
    """Fill an empty installation with the sample; harmless when it has customers or accounts of its own."""
    now = clock.now()
    if await database.read(_is_empty):
        made, groups = await asyncio.to_thread(_made_apart, now)
        await database.write(lambda connection: _records(connection, made, groups, now))
    if not accounts.all():
        for account in ACCOUNTS:
            await accounts.add(account, PASSWORD)


def _is_empty(connection: Connection) -> bool:
    return connection.execute(select(party.c.id).limit(1)).first() is None


def _made_apart(now: float) -> tuple[Sample, Names]:
    """The sample, made in a process of its own: the word lists it needs are 50 MB that the daemon would never give back."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        return apart.submit(_make, now).result()


def _make(now: float) -> tuple[Sample, Names]:
    from crm.demo_people import group_names, sample

    return sample(now), group_names()


def _records(connection: Connection, made: Sample, names: Names, now: float) -> None:
    if not _is_empty(connection):
        return
    dispositions.seed(connection)
    groups = {place: _group(connection, place, *name) for place, name in enumerate(names, 1)}
    companies = [_party(connection, draft, groups, now) for draft in made.companies]
    persons = [
        _party(connection, evolve(draft, employer=companies[employer] if employer is not None else None), groups, now)
        for draft, employer in made.persons
    ]
    ties = [{"from_id": persons[one], "to_id": persons[other], "kind": "family", "title": "همسر"} for one, other in made.families]
    if ties:
        connection.execute(insert(relation), ties)
    _past(connection, made, persons, companies)


def _group(connection: Connection, place: int, name: str, name_en: str, colour: str) -> int:
    created = connection.execute(insert(party_group).values(name=name, name_en=name_en, colour=colour, position=place)).inserted_primary_key
    assert created is not None
    return int(created[0])


def _party(connection: Connection, draft: Draft, groups: dict[int, int], now: float) -> int:
    draft = evolve(draft, group=groups[draft.group] if draft.group else None)
    return insert_party(connection, draft, check(draft), user="", now=now)


def _past(connection: Connection, made: Sample, persons: list[int], companies: list[int]) -> None:
    numbers = [check(draft)[0].value for draft, _employer in made.persons]
    first = (connection.execute(select(communication.c.id).order_by(communication.c.id.desc()).limit(1)).scalar() or 0) + 1
    rows, places, promises = [], [], []
    for number, one in enumerate(sorted(made.past, key=lambda past: past.at), first):
        rows.append(
            {
                "id": number, "at": one.at, "subject": one.subject, "method": one.method, "direction": one.direction, "user": one.user,
                "number": numbers[one.party] if one.method == "call" else "", "status": one.status, "seconds": one.seconds,
                "disposition": one.disposition, "note": one.note, "created_at": one.at, "updated_at": one.at,
            }
        )  # fmt: skip
        employer = made.persons[one.party][1]
        home = [persons[one.party], *([companies[employer]] if employer is not None else [])]
        places += [{"party_id": party_id, "at": one.at, "communication_id": number} for party_id in home]
        if one.promise:
            promises.append(
                {
                    "party_id": home[0], "communication_id": number, "title": one.promise, "due_at": one.due_at,
                    "user": one.user, "created_at": one.at,
                }
            )  # fmt: skip
    connection.execute(insert(communication), rows)
    connection.execute(insert(communication_party), places)
    connection.execute(insert(follow_up), promises)
