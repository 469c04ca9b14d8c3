"""The tables of queues, their members, reasons for breaks and what agents last wanted. Times are seconds or UTC epoch seconds."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, String, Table, text, true

from config.database import metadata

queue = Table(
    "queue",
    metadata,
    Column("name", String, primary_key=True),
    Column("title_fa", String, nullable=False, server_default=""),
    Column("title_en", String, nullable=False, server_default=""),
    Column("strategy", String, nullable=False, server_default="longest_idle"),
    Column("ring_seconds", Float, nullable=False, server_default=text("20")),
    Column("no_answer_delay_seconds", Float, nullable=False, server_default=text("10")),
    Column("reject_delay_seconds", Float, nullable=False, server_default=text("30")),
    Column("wrap_up_seconds", Float, nullable=False, server_default=text("30")),
    Column("service_level_seconds", Float, nullable=False, server_default=text("20")),
    Column("short_abandon_seconds", Float, nullable=False, server_default=text("5")),
    Column("max_wait_seconds", Float, nullable=False, server_default=text("0")),
    Column("record", Boolean, nullable=False, server_default=true()),
)

queue_member = Table(
    "queue_member",
    metadata,
    Column("queue", String, ForeignKey("queue.name", ondelete="CASCADE"), primary_key=True),
    Column("agent", String, primary_key=True, index=True),
    Column("penalty", Integer, nullable=False, server_default=text("0")),
)

break_reason = Table(
    "break_reason",
    metadata,
    Column("code", String, primary_key=True),
    Column("title_fa", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("max_seconds", Float, nullable=False, server_default=text("0")),
)

agent_intent = Table(
    "agent_intent",
    metadata,
    Column("agent", String, primary_key=True),
    Column("intent", String, nullable=False),
    Column("reason", String, nullable=False, server_default=""),
    Column("since", Float, nullable=False),
)
