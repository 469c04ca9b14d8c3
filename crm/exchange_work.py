"""Bringing many customers in, and taking all out: the works for the database around crm/exchange.py."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from attrs import frozen
from sqlalchemy import Connection, select

from config.database import Database
from config.errors import Refusal
from crm.directory import record
from crm.draft import DraftInvalid, check
from crm.exchange import Line, draft, row
from crm.party_rows import company_named, insert_party, rewrite_party
from crm.tables import party, party_phone

AT_ONCE = 200
_HAS_NUMBER = select(party_phone.c.id).where(party_phone.c.party_id == party.c.id).exists()


@frozen
class Rejected:
    """A row that could not be taken, and why."""

    line: Line
    why: Refusal


async def bring_in(
    database: Database, lines: Iterable[Line], *, user: str, now: float, country: str, city_code: str
) -> tuple[int, list[Rejected]]:
    """Save every good row; how many, and the rows that are wrong."""
    saved = 0
    rejected: list[Rejected] = []
    waiting: list[Line] = []

    def work(connection: Connection) -> list[Rejected]:
        return [wrong for line in waiting if (wrong := _take(connection, line, user, now, country, city_code))]

    for line in lines:
        waiting.append(line)
        if len(waiting) == AT_ONCE:
            wrong = await database.write(work)
            saved, rejected, waiting = saved + len(waiting) - len(wrong), rejected + wrong, []
    wrong = await database.write(work)
    return saved + len(waiting) - len(wrong), rejected + wrong


def _take(connection: Connection, line: Line, user: str, now: float, country: str, city_code: str) -> Rejected | None:
    made = draft(line.cells)
    try:
        numbers = check(made, country=country, city_code=city_code)
    except DraftInvalid as refusal:
        return Rejected(line, refusal)
    bare = company_named(connection, made.name) if made.kind == "company" else None
    version = connection.execute(select(party.c.version).where(party.c.id == bare, ~_HAS_NUMBER)).scalar() if bare else None
    if bare is not None and version is not None:  # made a moment ago by a row of somebody who works there
        rewrite_party(connection, bare, made, numbers, version=version, user=user, now=now)
    else:
        insert_party(connection, made, numbers, user=user, now=now)
    return None


def everybody(connection: Connection) -> Iterator[dict[str, str]]:
    """Every customer who is not deleted, as rows, in the order of the alphabet."""
    chosen = select(party.c.id).where(party.c.deleted_at.is_(None)).order_by(party.c.sort_key, party.c.id)
    for number in connection.execute(chosen).scalars().all():
        if known := record(connection, number):
            yield row(known)
