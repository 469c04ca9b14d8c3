"""Queues and reasons for breaks in the database: read as values, written as a whole. Works for `Database.read` and `write`."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import asdict
from sqlalchemy import Connection, delete, insert, select

from agents.choosing import strategies
from agents.errors import QueueUnknown, StrategyUnknown
from agents.rules import BreakReason, QueueRules
from agents.tables import break_reason, queue, queue_member


def read_queues(connection: Connection) -> tuple[QueueRules, ...]:
    """Every queue with its members; raises StrategyUnknown for one that nothing could serve."""
    members: dict[str, dict[str, int]] = {}
    for row in connection.execute(select(queue_member).order_by(queue_member.c.agent)):
        members.setdefault(row.queue, {})[row.agent] = row.penalty
    rows = connection.execute(select(queue).order_by(queue.c.name)).mappings()
    return tuple(_checked(QueueRules(**row, members=members.get(row["name"], {}))) for row in rows)


def put_queue(connection: Connection, rules: QueueRules) -> None:
    """Write a queue and exactly its members, in place of what was there under its name."""
    _checked(rules)
    connection.execute(delete(queue_member).where(queue_member.c.queue == rules.name))
    connection.execute(delete(queue).where(queue.c.name == rules.name))
    connection.execute(insert(queue).values(asdict(rules, filter=lambda one, _value: one.name != "members")))
    if rules.members:
        rows = [{"queue": rules.name, "agent": agent, "penalty": penalty} for agent, penalty in rules.members.items()]
        connection.execute(insert(queue_member), rows)


def set_queues_of(connection: Connection, agent: str, names: Sequence[str]) -> None:
    """Make `agent` a member of exactly these queues, as preferred in those where they were; raises QueueUnknown."""
    known = [row.name for row in connection.execute(select(queue.c.name).order_by(queue.c.name))]
    if strange := next((name for name in names if name not in known), None):
        raise QueueUnknown(field="queues", queue=strange, expected=", ".join(known))
    own = queue_member.c.agent == agent
    connection.execute(delete(queue_member).where(own & queue_member.c.queue.not_in(names)))
    there = set(connection.execute(select(queue_member.c.queue).where(own)).scalars())
    for name in dict.fromkeys(names):
        if name not in there:
            connection.execute(insert(queue_member).values(queue=name, agent=agent, penalty=0))


def remove_queue(connection: Connection, name: str) -> None:
    """Take a queue out of service; harmless when there is none of that name."""
    connection.execute(delete(queue_member).where(queue_member.c.queue == name))
    connection.execute(delete(queue).where(queue.c.name == name))


def read_break_reasons(connection: Connection) -> tuple[BreakReason, ...]:
    """Every reason that an agent can choose."""
    return tuple(BreakReason(**row) for row in connection.execute(select(break_reason).order_by(break_reason.c.code)).mappings())


def put_break_reason(connection: Connection, reason: BreakReason) -> None:
    """Write a reason in place of what was there under its code."""
    connection.execute(delete(break_reason).where(break_reason.c.code == reason.code))
    connection.execute(insert(break_reason).values(asdict(reason)))


def _checked(rules: QueueRules) -> QueueRules:
    if rules.strategy not in strategies():
        expected = ", ".join(sorted(strategies()))
        raise StrategyUnknown(field="strategy", queue=rules.name, strategy=rules.strategy, expected=expected)
    return rules
