"""Search as you type over persons and companies: every word typed is a prefix of one of the record's tokens.

The rarest word drives, the others are checked on the same index. Measured with a million persons and 1,500,000 numbers (200 first and 100 last
names): one word or a number from either end about 1 ms; two words 4 to 40 ms, the more the commoner both are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection

from config.database import Database
from crm.folding import fold
from crm.search_tokens import searched

MOST_WORDS = 6
CANDIDATES = 60
"""Matches looked at before the best are shown."""
RARE_ENOUGH = 1_000

_LAST = "\U0010ffff"

_DETAILS = """
SELECT p.id, p.kind, p.name, p.prefix, p.code, p.vip, p.priority, p.sort_key, p.city, g.name, g.name_en, g.colour,
       (SELECT n.number FROM party_phone AS n WHERE n.party_id = p.id ORDER BY n.position LIMIT 1),
       (SELECT json_array(c.id, c.name, r.title) FROM relation AS r JOIN party AS c ON c.id = r.to_id
         WHERE r.from_id = p.id AND r.kind = 'works_at' AND r.until IS NULL ORDER BY r.id DESC LIMIT 1)
  FROM party AS p LEFT JOIN party_group AS g ON g.id = p.group_id
 WHERE p.id IN ({places})
"""


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
    found = details(connection, matching(connection, terms, kind, CANDIDATES))
    found.sort(key=lambda hit: (not fold(hit["name"]).startswith(typed), not hit["vip"], -hit["priority"], hit.pop("sort_key"), hit["id"]))
    return found[:most]


def matching(connection: Connection, terms: Sequence[Sequence[str]], kind: str, most: int) -> list[int]:
    """Ids of at most `most` parties that match every term."""
    ordered = sorted(terms, key=lambda term: _commonness(connection, term)) if len(terms) > 1 else list(terms)
    values: list[object] = []
    driver = " UNION ALL ".join("SELECT party_id FROM search_token WHERE token >= ? AND token < ?" for _prefix in ordered[0])
    values += _bounds(ordered[0])
    wanted = []
    for term in ordered[1:]:
        ranges = " OR ".join("(t.token >= ? AND t.token < ?)" for _prefix in term)
        wanted.append(f"EXISTS (SELECT 1 FROM search_token AS t WHERE t.party_id = c.party_id AND ({ranges}))")  # noqa: S608  built from constants, values are bound
        values += _bounds(term)
    if kind:
        wanted.append("(SELECT kind FROM party WHERE id = c.party_id) = ?")
        values.append(kind)
    where = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    sql = f"SELECT DISTINCT c.party_id FROM ({driver}) AS c{where} LIMIT {int(most)}"  # noqa: S608  built from constants, values are bound
    return [row[0] for row in connection.exec_driver_sql(sql, tuple(values))]


def details(connection: Connection, parties: Sequence[int]) -> list[dict[str, Any]]:
    """What a line of a list shows of each party."""
    if not parties:
        return []
    sql = _DETAILS.format(places=",".join("?" * len(parties)))
    found = []
    for row in connection.exec_driver_sql(sql, tuple(parties)):
        number, kind, name, prefix, code, vip, priority, sort_key, city, group, group_en, colour, phone, employer = row
        company = orjson.loads(employer) if employer else None
        found.append(
            {
                "id": number, "kind": kind, "name": name, "prefix": prefix, "code": code, "vip": bool(vip), "priority": priority,
                "sort_key": sort_key, "city": city, "number": phone or "", "url": f"/parties/{number}",
                "group": {"name": group, "name_en": group_en or group, "color": colour} if group else None,
                "company": {"id": company[0], "name": company[1]} if company else None,
                "title": company[2] if company else "",
            }
        )  # fmt: skip
    return found


def _commonness(connection: Connection, term: Iterable[str]) -> int:
    count = 0
    for prefix in term:
        sql = "SELECT count(*) FROM (SELECT 1 FROM search_token WHERE token >= ? AND token < ? LIMIT ?)"
        count += connection.exec_driver_sql(sql, (prefix, prefix + _LAST, RARE_ENOUGH)).scalar_one()
    return count


def _bounds(term: Iterable[str]) -> list[str]:
    return [bound for prefix in term for bound in (prefix, prefix + _LAST)]
