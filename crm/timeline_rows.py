"""Writing the communications of calls, through the records' own saving, and whose timelines they stand on. Works for the database's writer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, delete, insert, select, update

from crm.entities.records.party_rules import holds
from crm.record_tables import history
from crm.record_work import Work
from crm.tables import channel, communication, communication_party, follow_up, party, relation


@frozen(kw_only=True)
class CallFacts:
    """What a communication takes over from its call. `number`: the customer's, comparable; `seconds`: talk time."""

    call: str
    at: float
    direction: str
    number: str
    user: str = ""
    queue: str = ""
    status: str = ""
    seconds: float = 0.0


def of_call(connection: Connection, call: str) -> Any | None:
    """The communication that `call` became, or None."""
    return connection.execute(select(communication).where(communication.c.call == call)).first()


def write_call(work: Work, facts: CallFacts) -> int:
    """The communication of a call, made or brought up to date; on the timelines it surely belongs to unless somebody has linked it. Its id.

    What was thrown into the bin meanwhile is left there.
    """
    values: dict[str, Any] = {
        "at": facts.at, "direction": facts.direction or None, "number": facts.number or None, "queue": facts.queue or None,
        "status": facts.status or None, "seconds": round(facts.seconds),
    }  # fmt: skip
    if facts.user:
        values["user"] = facts.user
    known = of_call(work.connection, facts.call)
    if known is not None and known.deleted_at is not None:
        return int(known.id)
    if known is None or not linked(work.connection, known.id):
        values["parties"] = certain(work.connection, facts.number) or None
    if known is None:
        return work.make("communication", {"call": facts.call, "method": "call", **values})
    work.put("communication", known.id, values)
    return int(known.id)


def one_typing(work: Work, number: int) -> None:
    """What somebody types into the note of a call is saved every moment; the history keeps it as one change, from the text before to the last."""
    c = history.c
    last = select(c.id, c.act, c.username, c.origin, c.changes).where(c.entity == "communication", c.record_id == number)
    rows = work.connection.execute(last.order_by(c.id.desc()).limit(2)).all()
    if len(rows) < 2 or any((row.act, row.username, row.origin) != ("changed", work.who.username, work.who.origin) for row in rows):
        return
    new, old = rows
    if set(old.changes) - {"note", "disposition"} or set(new.changes) - {"note", "disposition"}:
        return
    both = {**old.changes, **{name: [old.changes.get(name, pair)[0], pair[1]] for name, pair in new.changes.items()}}
    work.connection.execute(delete(history).where(c.id == old.id))
    work.connection.execute(update(history).where(c.id == new.id).values(changes=both))


def linked(connection: Connection, number: int) -> list[int]:
    """The parties on whose timelines a communication stands."""
    chosen = select(communication_party.c.party_id).where(communication_party.c.communication_id == number)
    return list(connection.execute(chosen).scalars())


def strays(connection: Connection, telephone: str) -> list[int]:
    """Every communication with `telephone` that stands on nobody's timeline."""
    on_a_timeline = select(communication_party.c.communication_id).where(communication_party.c.communication_id == communication.c.id)
    found = select(communication.c.id).where(
        communication.c.number == telephone, communication.c.deleted_at.is_(None), ~on_a_timeline.exists()
    )
    return list(connection.execute(found.order_by(communication.c.id)).scalars())


def alike(connection: Connection, number: int, telephone: str) -> list[int]:
    """The other communications with `telephone` that stand with the same parties as communication `number`."""
    here = select(communication_party.c.party_id).where(communication_party.c.communication_id == number)
    together = communication_party.c.communication_id == communication.c.id
    standing = select(communication_party.c.party_id).where(together, communication_party.c.party_id.in_(here))
    chosen = select(communication.c.id).where(communication.c.number == telephone, communication.c.id != number, standing.exists())
    return list(connection.execute(chosen.where(communication.c.deleted_at.is_(None)).order_by(communication.c.id)).scalars())


def household(connection: Connection, party_id: int) -> list[int]:
    """The party and the companies it works at now: one communication stands on all their timelines."""
    works_at = select(relation.c.other).where(relation.c.party_id == party_id, relation.c.kind == "works_at", holds(relation))
    return list(dict.fromkeys([party_id, *connection.execute(works_at).scalars()]))


def moved(connection: Connection, before: Sequence[int], home: Sequence[int], wrong: int | None) -> list[int]:
    """With whom a communication stands that goes to `home`: whoever was there with the wrong customer goes, others (a project) stay.

    With the wrong customer are the companies it works at, and who works at it. `wrong` None or not there: all of them go.
    """
    if wrong is None or wrong not in before:
        return list(home)
    gone = {*household(connection, wrong), *(one for one in before if wrong in household(connection, one))}
    return list(dict.fromkeys([*home, *(one for one in before if one not in gone)]))


def owners(connection: Connection, telephone: str) -> list[int]:
    """Every party with exactly this number."""
    chosen = select(channel.c.party_id).join(party, party.c.id == channel.c.party_id)
    chosen = chosen.where(channel.c.number == telephone, party.c.deleted_at.is_(None)).distinct().order_by(channel.c.party_id)
    return list(connection.execute(chosen).scalars())


def certain(connection: Connection, telephone: str) -> list[int]:
    """Whose timelines a call belongs to without asking anybody.

    The only owner of the number and their company; of several owners the one company they share; else nobody's: no assumptions.
    """
    found = owners(connection, telephone) if telephone else []
    if len(found) == 1:
        return household(connection, found[0])
    homes = [set(household(connection, one)) for one in found]
    shared = sorted(set.intersection(*homes)) if homes else []
    return shared if len(shared) == 1 else []


def set_follow_up(connection: Connection, number: int, *, title: str, due_at: float, user: str, now: float) -> None:
    """The open follow-up of a communication, made or moved; `due_at` 0 takes it away."""
    standing = (follow_up.c.communication_id == number) & follow_up.c.done_at.is_(None)
    if not due_at:
        connection.execute(delete(follow_up).where(standing))
        return
    if connection.execute(update(follow_up).where(standing).values(title=title, due_at=due_at, user=user)).rowcount:
        return
    owner = next(iter(persons_first(connection, linked(connection, number))), None)
    values = {"party_id": owner, "communication_id": number, "title": title, "due_at": due_at, "user": user, "created_at": now}
    connection.execute(insert(follow_up).values(values))


def persons_first(connection: Connection, parties: list[int]) -> list[int]:
    """The same parties, persons before companies."""
    rows = connection.execute(
        select(party.c.id, party.c.kind).where(party.c.id.in_(parties)).order_by(party.c.kind.desc(), party.c.id)
    ).all()
    return [row.id for row in rows]
