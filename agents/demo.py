"""The sample company's queues and reasons for breaks. Everybody helps everywhere, their own team's queue first (penalty 0)."""

from __future__ import annotations

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


def put_sample_queues(connection: Connection) -> None:
    """Write them all, unless there are queues already: what people changed stays."""
    if read_queues(connection):
        return
    for queue in QUEUES:
        put_queue(connection, queue)
    for reason in BREAK_REASONS:
        put_break_reason(connection, reason)
