"""The sample company: customers, their past and the people who may log in. Made once, in an empty installation."""

from __future__ import annotations

import asyncio
from concurrent.futures import ProcessPoolExecutor
from datetime import datetime
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, insert, select

from config.clock import Clock
from config.database import Database
from config.sequences import catch_up
from crm.access import SYSTEM
from crm.accounts import Account, Accounts
from crm.catalogue import read
from crm.entities.texts.text_template import TEXT_TEMPLATE
from crm.entity import Who
from crm.fields.kind import Reading
from crm.flat import raw_of
from crm.merging.samples import SAMPLES
from crm.numbers import read_number
from crm.record import values_of
from crm.record_saving import row_of
from crm.record_work import Work
from crm.tables import communication, communication_party, follow_up, party

if TYPE_CHECKING:  # imported only where the sample is made
    from crm.demo_people import Line, Sample

Names = tuple[tuple[str, str, str, int], ...]
"""Of groups: Persian, English, colour, the place of the one above."""

TEHRAN = ZoneInfo("Asia/Tehran")
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
    if not accounts.all():
        for account in ACCOUNTS:
            await accounts.add(account, PASSWORD)
    if await database.read(_is_empty):
        made, groups = await asyncio.to_thread(_made_apart, now)
        users = frozenset(one.username for one in accounts.all())
        await database.write(lambda connection: _records(connection, made, groups, users, now))


def _is_empty(connection: Connection) -> bool:
    return connection.execute(select(party.c.id).limit(1)).first() is None


def _made_apart(now: float) -> tuple[Sample, Names]:
    """The sample, made in a process of its own: the word lists it needs are 50 MB that the daemon would never give back."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        return apart.submit(_make, now).result()


def _make(now: float) -> tuple[Sample, Names]:
    from crm.demo_people import group_names, sample

    return sample(now), group_names()


def _records(connection: Connection, made: Sample, names: Names, users: frozenset[str], now: float) -> None:
    if not _is_empty(connection):
        return
    reading = Reading(now=datetime.fromtimestamp(now, TEHRAN))
    _lists, entities = read(connection)
    work = Work(connection=connection, entities=entities, viewer=SYSTEM, reading=reading, who=Who(username="", at=now, origin="sample"))
    groups = _groups(work, names)
    companies = work.create_many("party", [_raw(work, line, groups, users, None) for line in made.companies])
    employers = [companies[employer] if employer is not None else None for _line, employer in made.persons]
    raws = [_raw(work, line, groups, users, employer) for (line, _employer), employer in zip(made.persons, employers, strict=True)]
    persons = work.create_many("party", raws)
    for one, other in made.families:
        _relate(work, persons[other], {"kind": "family", "other": persons[one], "title": "همسر"})
    for one, other in made.rivals:
        _relate(work, companies[other], {"kind": "competitor_of", "other": companies[one]})
    work.create_many(TEXT_TEMPLATE.name, SAMPLES)
    _past(connection, made, persons, companies)


def _groups(work: Work, names: Names) -> dict[int, int]:
    """The groups, those above first: place → id."""
    made: dict[int, int] = {}
    for place, (name, name_en, colour, above) in sorted(enumerate(names, 1), key=lambda one: one[1][3] != 0):
        raw = {"name": name, "name_en": name_en, "colour": colour, "position": place, "parent": made.get(above)}
        made[place] = work.create("party_group", raw)
    return made


def _raw(work: Work, line: Line, groups: dict[int, int], users: frozenset[str], employer: int | None) -> dict[str, Any]:
    known = {
        **line,
        "group": groups.get(line["group"] or 0),
        "employer": employer,
        "expert": line["expert"] if line["expert"] in users else None,
    }
    raw = raw_of(known, {}, employer, work.reading.today.isoformat())
    return {**raw, "relations": [{**row, "since": None} for row in raw["relations"]]}


def _relate(work: Work, number: int, row: dict[str, Any]) -> None:
    entity = work.entities["party"]
    (known,) = values_of(work.connection, entity, [row_of(work.connection, entity, number)])
    work.change("party", number, {"relations": [*(known["relations"] or ()), row]})


def _past(connection: Connection, made: Sample, persons: list[int], companies: list[int]) -> None:
    numbers = [found.value for line, _employer in made.persons if (found := read_number(line["phones"][0]["raw"]))]
    first = (connection.execute(select(communication.c.id).order_by(communication.c.id.desc()).limit(1)).scalar() or 0) + 1
    rows, places, promises = [], [], []
    for number, one in enumerate(sorted(made.past, key=lambda past: past.at), first):
        rows.append(
            {
                "id": number, "at": one.at, "subject": one.subject, "method": one.method, "direction": one.direction, "user": one.user or None, "expert": one.user or None,
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
    catch_up(connection, [communication])
    connection.execute(insert(communication_party), places)
    connection.execute(insert(follow_up), promises)
