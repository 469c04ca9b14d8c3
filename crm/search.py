"""Search as you type over persons and companies: every word typed is a prefix of one of the record's tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, select

from config.database import Database
from crm.folding import fold
from crm.search_index import Condition, matching
from crm.search_tokens import searched
from crm.tables import party, party_group, party_phone, relation

MOST_WORDS = 6
CANDIDATES = 60
"""Matches looked at before the best are shown."""


class Search:
    """Finds parties for what somebody is typing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, text: str, *, most: int = 12, kind: str = "") -> list[dict[str, Any]]:
        """At most `most` hits, best first: id, kind, name, prefix, code, vip, priority, city, group, number, company, title, url.

        `kind` "person" or "company" narrows. Nothing typed finds nothing.
        """
        terms = searched(text[:200])[:MOST_WORDS]
        if not terms:
            return []
        return await self._database.read(lambda connection: hits(connection, terms, fold(text), most, kind))


def hits(connection: Connection, terms: Sequence[Sequence[str]], typed: str, most: int, kind: str = "") -> list[dict[str, Any]]:
    """The search itself, for a reader's connection."""
    found = details(connection, matching(connection, "party", terms, CANDIDATES, of_kind(kind)))
    found.sort(key=lambda hit: (not fold(hit["name"]).startswith(typed), not hit["vip"], -hit["priority"], hit.pop("sort_key"), hit["id"]))
    return found[:most]


def of_kind(kind: str) -> Condition | None:
    """Only parties of one kind; "" narrows nothing."""
    if not kind:
        return None

    def condition(record: ColumnElement[int]) -> ColumnElement[bool]:
        return select(party.c.kind).where(party.c.id == record).scalar_subquery() == kind

    return condition


def details(connection: Connection, parties: Sequence[int]) -> list[dict[str, Any]]:
    """What a line of a list shows of each party."""
    if not parties:
        return []
    columns = [party.c[name] for name in ("id", "kind", "name", "prefix", "code", "vip", "priority", "sort_key", "city")]
    group = (party_group.c.name.label("group"), party_group.c.name_en.label("group_en"), party_group.c.colour)
    chosen = select(*columns, *group).outerjoin(party_group, party_group.c.id == party.c.group_id).where(party.c.id.in_(parties))
    numbers = _first_numbers(connection, parties)
    employers = _employers(connection, parties)
    found = []
    for row in connection.execute(chosen).mappings():
        employer = employers.get(row["id"])
        found.append(
            {
                **{name: row[name] for name in ("id", "kind", "name", "prefix", "code", "priority", "sort_key", "city")},
                "vip": bool(row["vip"]),
                "number": numbers.get(row["id"], ""),
                "url": f"/parties/{row['id']}",
                "group": {"name": row["group"], "name_en": row["group_en"] or row["group"], "color": row["colour"]}
                if row["group"]
                else None,
                "company": {"id": employer[0], "name": employer[1]} if employer else None,
                "title": employer[2] if employer else "",
            }
        )
    return found


def _first_numbers(connection: Connection, parties: Sequence[int]) -> dict[int, str]:
    chosen = select(party_phone.c.party_id, party_phone.c.number).where(party_phone.c.party_id.in_(parties))
    return {row.party_id: row.number for row in connection.execute(chosen.order_by(party_phone.c.position.desc(), party_phone.c.id.desc()))}


def _employers(connection: Connection, parties: Sequence[int]) -> dict[int, tuple[int, str, str]]:
    chosen = (
        select(relation.c.from_id, party.c.id, party.c.name, relation.c.title)
        .join(party, party.c.id == relation.c.to_id)
        .where(relation.c.from_id.in_(parties), relation.c.kind == "works_at", relation.c.until.is_(None))
    )
    return {row.from_id: (row.id, row.name, row.title) for row in connection.execute(chosen.order_by(relation.c.id))}
