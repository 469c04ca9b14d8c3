"""The hooks and the log of their deliveries, which is also the queue of what is still to be sent."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text, true

from config.database import metadata

hook = Table(
    "hook",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("title", String, nullable=False),
    Column("url", String, nullable=False),
    Column("entities", JSON, nullable=False, server_default=text("'[]'")),
    Column("acts", JSON, nullable=False, server_default=text("'[]'")),
    Column("condition", JSON(none_as_null=True)),
    Column("owner", String, nullable=False),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("paused", String, nullable=False, server_default=""),
    Column("generation", Integer, nullable=False, server_default="1"),
    Column("since", Integer, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
)
"""`entities`, `acts`: which changes ([] = all). `condition`: crm/expression.py, over the record. `owner`: with whose eyes it sees.
`generation`: counts new secrets. `since`: the history row after which it begins. `paused`: why the product stopped it."""

delivery = Table(
    "hook_delivery",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hook_id", Integer, ForeignKey("hook.id", ondelete="CASCADE"), nullable=False),
    Column("history_id", Integer),
    Column("ring_id", Integer),
    Column("message", String, nullable=False, unique=True),
    Column("entity", String, nullable=False, server_default=""),
    Column("record_id", Integer, nullable=False, server_default="0"),
    Column("act", String, nullable=False, server_default=""),
    Column("at", Float, nullable=False),
    Column("body", Text, nullable=False),
    Column("state", String, nullable=False, server_default="waiting"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("next_at", Float, nullable=False),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("answer", Text, nullable=False, server_default=""),
    Column("took_seconds", Float, nullable=False, server_default="0"),
)
"""`state`: waiting | done | failed | skipped (its owner may not see the record, or the condition does not hold: kept so that it is decided once)."""

Index("ix_hook_delivery_due", delivery.c.state, delivery.c.next_at)
Index("ix_hook_delivery_hook", delivery.c.hook_id, delivery.c.id)
Index("ix_hook_delivery_once", delivery.c.hook_id, delivery.c.history_id, unique=True)
Index("ix_hook_delivery_ring", delivery.c.hook_id, delivery.c.ring_id, unique=True)
