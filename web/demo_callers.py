"""What the demonstration's web phone offers: numbers to call, and people to be."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen
from sqlalchemy import Connection, text

_CALLERS = text("""
SELECT p.name, min(f.number) AS number FROM party AS p JOIN channel AS f ON f.party_id = p.id
 WHERE p.kind = 'person' AND f.number LIKE '+989%'
   AND (SELECT count(*) FROM channel AS other WHERE other.number = f.number) = 1
 GROUP BY p.id ORDER BY p.vip DESC, p.id LIMIT :most
""")


@frozen
class DemoNumbers:
    """The numbers that the demonstration answers: (number, what is there, English source sentence)."""

    numbers: Sequence[tuple[str, str]]


def demo_callers(connection: Connection, most: int) -> list[tuple[str, str]]:
    """Customers to call as: (name, number in E.164), those with a star first."""
    return [(row.name, row.number) for row in connection.execute(_CALLERS, {"most": most})]
