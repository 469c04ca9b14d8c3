"""What waits for an agent today: promised follow-ups, missed calls nobody has answered since, and the agent's own last calls."""

from __future__ import annotations

from collections.abc import Sequence
from types import SimpleNamespace

from attrs import frozen
from sqlalchemy import Connection, TextClause, text

from crm.access import Viewer
from crm.entities.records.party import PARTY
from crm.linked_names import seen

MISSED_SECONDS = 24 * 3600
MOST = 8

_WHO = """
  (SELECT l.party_id FROM communication_party AS l JOIN party AS q ON q.id = l.party_id
    WHERE l.communication_id = c.id ORDER BY q.kind = 'person' DESC, l.party_id LIMIT 1)
"""

_OPEN = text("""
SELECT f.id, f.title, f.due_at AS at, p.id AS party, p.name FROM follow_up AS f LEFT JOIN party AS p ON p.id = f.party_id
 WHERE f.user = :user AND f.done_at IS NULL ORDER BY f.due_at LIMIT :most
""")

_MISSED = text(f"""
SELECT c.id, c.call, c.at, c.number, c.queue, p.id AS party, p.name
  FROM communication AS c LEFT JOIN party AS p ON p.id = {_WHO}
 WHERE c.at >= :since AND c.method = 'call' AND c.direction = 'in' AND c.status = 'missed'
   AND (c.number = '' OR NOT EXISTS (SELECT 1 FROM communication AS later
         WHERE later.number = c.number AND later.at > c.at AND later.method = 'call' AND later.status = 'answered'))
 ORDER BY c.at DESC LIMIT :most
""")  # noqa: S608 — put together from the constant above only

_LAST = text(f"""
SELECT c.id, c.call, c.at, c.number, c.direction, c.status, c.seconds, p.id AS party, p.name
  FROM communication AS c LEFT JOIN party AS p ON p.id = {_WHO}
 WHERE c.user = :user AND c.method = 'call' ORDER BY c.at DESC LIMIT :most
""")  # noqa: S608 — put together from the constant above only


@frozen
class MyDay:
    """Rows for the desk page. `open_items`: id, title, at (when due), party, name. `missed` and `last`: id, call, at, number, party, name."""

    open_items: Sequence[SimpleNamespace]
    missed: Sequence[SimpleNamespace]
    last: Sequence[SimpleNamespace]


def my_day(connection: Connection, viewer: Viewer, now: float) -> MyDay:
    """What the viewer finds on the desk at `now` (UTC epoch seconds); customers who may not be seen are as callers nobody knows."""
    user = viewer.username

    def told(statement: TextClause, **values: object) -> list[SimpleNamespace]:
        rows = [row._asdict() for row in connection.execute(statement, {"most": MOST, **values})]
        known = seen(connection, PARTY, {row["party"] for row in rows if row["party"]}, viewer)
        return [SimpleNamespace(**row if row["party"] in known else {**row, "party": None, "name": None}) for row in rows]

    return MyDay(open_items=told(_OPEN, user=user), missed=told(_MISSED, since=now - MISSED_SECONDS), last=told(_LAST, user=user))
