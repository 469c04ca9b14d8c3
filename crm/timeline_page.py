"""Reading timelines: one page of communications, newest first, by cursor; open items and follow-ups."""

from __future__ import annotations

from typing import Any

from attrs import frozen
from sqlalchemy import Connection, RowMapping, func, literal, select, tuple_, update

from config.clock import Clock
from config.database import Database
from crm.access import SYSTEM, Viewer
from crm.attachments.tables import attachment
from crm.catalogue import Catalogue
from crm.entities.records.communication import COMMUNICATION
from crm.entities.records.party import PARTY
from crm.linked_names import seen
from crm.query import allowed
from crm.tables import communication, communication_party, follow_up, party

MOST = 100
NOBODY = {"id": 0, "name": "", "kind": "", "hidden": True}
"""Who was there and may not be seen."""


@frozen(kw_only=True)
class Page:
    """Some communications. `more`: the cursor of the next page ("at:id"), "" at the end."""

    items: list[dict[str, Any]]
    more: str = ""


class TimelinePages:
    """What pages and the API show of timelines."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    async def of_party(
        self, party_id: int, *, after: str = "", methods: tuple[str, ...] = (), most: int = 20, viewer: Viewer = SYSTEM
    ) -> Page:
        """The communications of a party that `viewer` may see, newest first.

        Each: id, at, subject, method, direction, user, number, call, queue, status, seconds, disposition, result ({"fa", "en"} or None), note,
        parties ([{"id", "name", "kind"}], those that may not be seen as NOBODY), follow_up ({"id", "due_at", "done_at"} or None).
        `after`: the cursor a page gave; garbage begins at the newest. `methods`: only these.
        """
        return await self._database.read(
            lambda connection: page(connection, self._catalogue, party_id, after, methods, min(most, MOST), viewer)
        )

    async def strays(self, number: str, most: int = 20, viewer: Viewer = SYSTEM) -> list[dict[str, Any]]:
        """Communications with a number that stand on nobody's timeline yet, newest first."""
        return await self._database.read(lambda connection: _strays(connection, self._catalogue, number, most, viewer))


def page(
    connection: Connection, catalogue: Catalogue, party_id: int, after: str, methods: tuple[str, ...], most: int, viewer: Viewer = SYSTEM
) -> Page:  # fmt: skip
    """One page, for a reader's connection."""
    place = communication_party
    joined = communication.join(place, place.c.communication_id == communication.c.id)
    chosen = select(communication).select_from(joined).where(place.c.party_id == party_id, communication.c.deleted_at.is_(None))
    if viewer.level("communication") != "all":
        chosen = chosen.where(allowed(catalogue["communication"], viewer))
    if methods:
        chosen = chosen.where(communication.c.method.in_(methods))
    if cursor := _cursor(after):
        at, number = cursor
        chosen = chosen.where(tuple_(place.c.at, place.c.communication_id) < tuple_(literal(at), literal(number)))
    rows = connection.execute(chosen.order_by(place.c.at.desc(), place.c.communication_id.desc()).limit(most + 1)).mappings().all()
    more = f"{rows[most - 1]['at']!r}:{rows[most - 1]['id']}" if len(rows) > most else ""
    return Page(items=_items(connection, catalogue, rows[:most], viewer), more=more)


def _strays(connection: Connection, catalogue: Catalogue, number: str, most: int, viewer: Viewer) -> list[dict[str, Any]]:
    on_a_timeline = select(communication_party.c.communication_id).where(communication_party.c.communication_id == communication.c.id)
    chosen = select(communication).where(communication.c.number == number, communication.c.deleted_at.is_(None), ~on_a_timeline.exists())
    return _items(
        connection, catalogue, connection.execute(chosen.order_by(communication.c.at.desc()).limit(most)).mappings().all(), viewer
    )


def _cursor(after: str) -> tuple[float, int] | None:
    at, _colon, number = after.partition(":")
    try:
        return float(at), int(number)
    except ValueError:
        return None


def _items(connection: Connection, catalogue: Catalogue, rows: Any, viewer: Viewer) -> list[dict[str, Any]]:
    ids = [row["id"] for row in rows]
    people: dict[int, list[dict[str, Any]]] = {number: [] for number in ids}
    chosen = select(communication_party.c.communication_id, party.c.id, party.c.name, party.c.kind).join(
        party, party.c.id == communication_party.c.party_id
    )
    found = connection.execute(
        chosen.where(communication_party.c.communication_id.in_(ids)).order_by(party.c.kind.desc(), party.c.id)
    ).all()
    known = seen(connection, catalogue["party"], {row.id for row in found}, viewer)
    for row in found:
        people[row.communication_id].append({"id": row.id, "name": row.name, "kind": row.kind} if row.id in known else dict(NOBODY))
    promises = select(follow_up.c.communication_id, follow_up.c.id, follow_up.c.due_at, follow_up.c.done_at).where(
        follow_up.c.communication_id.in_(ids)
    )
    promised = {row.communication_id: {"id": row.id, "due_at": row.due_at, "done_at": row.done_at} for row in connection.execute(promises)}
    products = _products(connection, ids)
    files = _files(connection, ids)
    return [
        {
            **_item(row, catalogue, people[row["id"]], promised.get(row["id"])),
            "products": products.get(row["id"], ()),
            "files": files.get(row["id"], ()),
        }
        for row in rows
    ]


def _products(connection: Connection, ids: list[int]) -> dict[int, list[tuple[str, str]]]:
    """What was talked about: (product, note) by communication."""
    rows = COMMUNICATION.children["products"]
    chosen = select(rows.c.communication_id, rows.c.product, rows.c.note).where(rows.c.communication_id.in_(ids)).order_by(rows.c.position)
    found: dict[int, list[tuple[str, str]]] = {}
    for number, product, note in connection.execute(chosen):
        found.setdefault(number, []).append((product, note))
    return found


def _files(connection: Connection, ids: list[int]) -> dict[int, list[tuple[int, str]]]:
    """What hangs on them: (file, its name) by communication."""
    of_them = (attachment.c.entity == "communication", attachment.c.record_id.in_(ids), attachment.c.deleted_at.is_(None))
    found: dict[int, list[tuple[int, str]]] = {}
    for number, file, name in connection.execute(
        select(attachment.c.record_id, attachment.c.id, attachment.c.name).where(*of_them).order_by(attachment.c.id)
    ):
        found.setdefault(number, []).append((file, name))
    return found


def _item(row: RowMapping, catalogue: Catalogue, people: list[dict[str, Any]], promised: dict[str, Any] | None) -> dict[str, Any]:
    plain = ("id", "at", "subject", "method", "direction", "number", "call", "queue", "status", "disposition", "note", "topic")
    result = catalogue.word("disposition", row["disposition"])
    more = {"user": row["user"] or "", "seconds": row["seconds"] or 0, "effect": row["effect"]}
    return {**{name: row[name] for name in plain}, **more, "result": result, "parties": people, "follow_up": promised}


@frozen(kw_only=True)
class Promised:
    """What a follow-up is about: who promised it, the communication it was promised in (when that is not deleted), the customer; 0 = none."""

    id: int = 0
    user: str = ""
    communication: int = 0
    party: int = 0


class FollowUps:
    """What was promised: of a user, of a party; and its end."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def of_user(self, user: str, most: int = 50, viewer: Viewer = SYSTEM) -> list[dict[str, Any]]:
        """The open follow-ups of a user, the most urgent first: id, title, due_at, party ({"id", "name"} or None), number."""
        return await self._database.read(lambda connection: _open(connection, follow_up.c.user == user, most, viewer))

    async def of_party(self, party_id: int, most: int = 50) -> list[dict[str, Any]]:
        """The open follow-ups of a party."""
        return await self._database.read(lambda connection: _open(connection, follow_up.c.party_id == party_id, most, SYSTEM))

    async def done(self, number: int, *, undo: bool = False) -> bool:
        """Tick it off (or take that back); False when there is nothing to tick."""
        at = None if undo else self._clock.now()
        chosen = update(follow_up).where(
            follow_up.c.id == number, follow_up.c.done_at.is_not(None) if undo else follow_up.c.done_at.is_(None)
        )
        return await self._database.write(lambda connection: connection.execute(chosen.values(done_at=at)).rowcount > 0)

    async def about(self, number: int) -> Promised:
        """What the follow-up is about; every part 0 when there is none of this number."""
        chosen = (
            select(follow_up.c.id, follow_up.c.user, follow_up.c.party_id, communication.c.id.label("communication"))
            .outerjoin(communication, (communication.c.id == follow_up.c.communication_id) & communication.c.deleted_at.is_(None))
            .where(follow_up.c.id == number)
        )
        row = await self._database.read(lambda connection: connection.execute(chosen).first())
        return Promised(id=row.id, user=row.user, communication=row.communication or 0, party=row.party_id or 0) if row else Promised()


def _open(connection: Connection, whose: Any, most: int, viewer: Viewer) -> list[dict[str, Any]]:
    joined = follow_up.outerjoin(party, party.c.id == follow_up.c.party_id).outerjoin(
        communication, communication.c.id == follow_up.c.communication_id
    )
    chosen = select(
        follow_up.c.id, follow_up.c.title, follow_up.c.due_at, follow_up.c.user, party.c.id.label("party"), party.c.name,
        func.coalesce(communication.c.number, "").label("number"),
    ).select_from(joined).where(whose, follow_up.c.done_at.is_(None)).order_by(follow_up.c.due_at).limit(most)  # fmt: skip
    rows = connection.execute(chosen).all()
    known = seen(connection, PARTY, {row.party for row in rows if row.party}, viewer)
    return [
        {
            "id": row.id, "title": row.title, "due_at": row.due_at, "user": row.user, "number": row.number,
            "party": {"id": row.party, "name": row.name} if row.party in known else None,
        }
        for row in rows
    ]  # fmt: skip
