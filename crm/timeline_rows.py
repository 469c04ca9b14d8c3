"""Writing communications and their places on timelines. Works for the database's writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, delete, insert, select, update

from config import upsert
from crm.entities.records.party_rules import holds
from crm.mentions import write_mentions
from crm.tables import channel, communication, communication_party, follow_up, party, relation

LONGEST_SUBJECT = 200


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


def write_call(connection: Connection, facts: CallFacts, *, parties: Iterable[int], now: float) -> int:
    """The communication of a call, made or brought up to date; linked to `parties` unless somebody has linked it. Its id."""
    values: dict[str, Any] = {
        "at": facts.at, "direction": facts.direction, "number": facts.number, "queue": facts.queue, "status": facts.status, "seconds": round(facts.seconds),
        "updated_at": now,
    }  # fmt: skip
    if facts.user:
        values["user"] = values["expert"] = facts.user
    known = of_call(connection, facts.call)
    if known is not None:
        connection.execute(update(communication).where(communication.c.id == known.id).values(values))
        if known.at != facts.at:
            move = update(communication_party).where(communication_party.c.communication_id == known.id)
            connection.execute(move.values(at=facts.at))
        if linked(connection, known.id):
            return int(known.id)
        return link(connection, known.id, parties, at=facts.at)
    number = insert_communication(connection, {"call": facts.call, "method": "call", **values, "created_at": now})
    return link(connection, number, parties, at=facts.at)


def insert_communication(connection: Connection, values: dict[str, Any]) -> int:
    """A new communication; its id."""
    created = connection.execute(insert(communication).values(values)).inserted_primary_key
    assert created is not None
    return int(created[0])


def linked(connection: Connection, number: int) -> list[int]:
    """The parties on whose timelines a communication stands."""
    chosen = select(communication_party.c.party_id).where(communication_party.c.communication_id == number)
    return list(connection.execute(chosen).scalars())


def link(connection: Connection, number: int, parties: Iterable[int], *, at: float) -> int:
    """Put communication `number` on the timelines of `parties`; gives `number` back."""
    if rows := [{"party_id": one, "at": at, "communication_id": number} for one in dict.fromkeys(parties)]:
        connection.execute(upsert.insert(connection, communication_party).on_conflict_do_nothing(), rows)
    return number


def move(connection: Connection, number: int, parties: list[int]) -> None:
    """Take a communication off the timelines it stood on and put it on those of `parties`, its follow-ups with it."""
    at = connection.execute(select(communication.c.at).where(communication.c.id == number)).scalar_one()
    connection.execute(delete(communication_party).where(communication_party.c.communication_id == number))
    link(connection, number, parties, at=at)
    mentions(connection, number)
    connection.execute(update(follow_up).where(follow_up.c.communication_id == number).values(party_id=parties[0] if parties else None))


def mentions(connection: Connection, number: int) -> None:
    """The telephone numbers that stand in a communication's note belong, maybe, to those it stands with."""
    note = connection.execute(select(communication.c.note).where(communication.c.id == number)).scalar_one()
    write_mentions(connection, "communication", number, note, linked(connection, number))


def move_strays(connection: Connection, telephone: str, parties: list[int]) -> list[int]:
    """Every communication with `telephone` that stands on nobody's timeline goes to `parties`; their ids."""
    on_a_timeline = select(communication_party.c.communication_id).where(communication_party.c.communication_id == communication.c.id)
    strays = select(communication.c.id).where(communication.c.number == telephone, ~on_a_timeline.exists())
    found = list(connection.execute(strays).scalars())
    for number in found:
        move(connection, number, parties)
    return found


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
