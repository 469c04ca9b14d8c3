"""The queues and reasons for breaks that an installation begins with; the sample company's people help everywhere, their own team's queue first (penalty 0)."""

from __future__ import annotations

from attrs import evolve
from sqlalchemy import Connection

from agents.queue_rows import put_break_reason, put_queue, read_queues
from agents.rules import BreakReason, QueueRules

QUEUES = (
    QueueRules(name="sales", title_fa="فروش", title_en="Sales", members={"maryam": 0, "reza": 0, "sara": 1}),
    QueueRules(name="support", title_fa="پشتیبانی", title_en="Support", members={"reza": 0, "sara": 0, "maryam": 1}),
    QueueRules(name="operator", title_fa="اپراتور", title_en="Operator", members={"sara": 0, "maryam": 1, "reza": 1}),
)

BREAK_REASONS = (
    BreakReason(code="lunch", title_fa="ناهار", title_en="Lunch", max_seconds=45 * 60),
    BreakReason(code="prayer", title_fa="نماز", title_en="Prayer", max_seconds=20 * 60),
    BreakReason(code="rest", title_fa="استراحت", title_en="Rest", max_seconds=15 * 60),
    BreakReason(code="meeting", title_fa="جلسه", title_en="Meeting"),
    BreakReason(code="training", title_fa="آموزش", title_en="Training"),
    BreakReason(code="paperwork", title_fa="کار دفتری", title_en="Paperwork"),
)


def put_first_queues(connection: Connection) -> None:
    """What the call flows of a new installation lead to, with nobody in them yet; nothing when there are queues already."""
    _put(connection, tuple(evolve(queue, members={}) for queue in QUEUES))


def put_sample_queues(connection: Connection) -> None:
    """The same with the sample company's people: what people changed stays."""
    _put(connection, QUEUES)


def _put(connection: Connection, queues: tuple[QueueRules, ...]) -> None:
    if read_queues(connection):
        return
    for queue in queues:
        put_queue(connection, queue)
    for reason in BREAK_REASONS:
        put_break_reason(connection, reason)
