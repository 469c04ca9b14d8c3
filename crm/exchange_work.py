"""Bringing many customers in, and taking all out: the works for the database around crm/exchange.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from attrs import frozen
from sqlalchemy import Connection, select

from config.database import Database
from config.errors import Refusal
from crm.access import SYSTEM
from crm.catalogue import Catalogue
from crm.directory import record
from crm.entity import Who
from crm.exchange import Line, line_of, row
from crm.fields.kind import Reading
from crm.parties import add, company_named, put
from crm.record_work import Work
from crm.tables import channel, party

AT_ONCE = 200
_HAS_NUMBER = select(channel.c.id).where(channel.c.party_id == party.c.id).exists()


@frozen
class Rejected:
    """A row that could not be taken, and why."""

    line: Line
    why: Refusal


async def bring_in(
    database: Database, lines: Iterable[Line], *, user: str, now: float, country: str, city_code: str, timezone: str = "Asia/Tehran"
) -> tuple[int, list[Rejected]]:
    """Save every good row; how many, and the rows that are wrong."""
    catalogue = Catalogue(database)
    await catalogue.load()
    reading = Reading(country=country, city_code=city_code, now=datetime.fromtimestamp(now, ZoneInfo(timezone)))
    saved = 0
    rejected: list[Rejected] = []
    waiting: list[Line] = []

    def work(connection: Connection) -> list[Rejected]:
        who = Who(username=user, at=now, origin="import")
        doing = Work(connection=connection, entities=catalogue.entities, viewer=SYSTEM, reading=reading, who=who)
        return [wrong for line in waiting if (wrong := _take(doing, line))]

    for line in lines:
        waiting.append(line)
        if len(waiting) == AT_ONCE:
            wrong = await database.write(work)
            saved, rejected, waiting = saved + len(waiting) - len(wrong), rejected + wrong, []
    wrong = await database.write(work)
    return saved + len(waiting) - len(wrong), rejected + wrong


def _take(work: Work, line: Line) -> Rejected | None:
    made = line_of(line.cells)
    try:
        with work.connection.begin_nested():
            bare = _without_number(work.connection, made["name"]) if made["kind"] == "company" else None
            if bare is not None:  # made a moment ago by a row of somebody who works there
                put(work, bare, made, None)
            else:
                add(work, made)
    except Refusal as refusal:
        return Rejected(line, refusal)
    return None


def _without_number(connection: Connection, name: str) -> int | None:
    known = company_named(connection, name) if name else None
    found: int | None = connection.execute(select(party.c.id).where(party.c.id == known, ~_HAS_NUMBER)).scalar() if known else None
    return found


def everybody(connection: Connection) -> Iterator[dict[str, str]]:
    """Every customer who is not deleted, as rows, in the order of the alphabet."""
    chosen = select(party.c.id).where(party.c.deleted_at.is_(None)).order_by(party.c.sort_key, party.c.id)
    for number in connection.execute(chosen).scalars().all():
        if known := record(connection, number):
            yield row(known)
