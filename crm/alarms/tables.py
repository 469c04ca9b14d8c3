"""What rang, for whom, and how far the clock has come."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table

from config.database import metadata

date_ring = Table(
    "date_ring",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("record_id", Integer, nullable=False),
    Column("field", String, nullable=False),
    Column("day", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("ahead", Integer, nullable=False),
    Column("rang_at", Float, nullable=False),
)
"""A day of a record came near: once for each `ahead` (days before). `day`: ISO; `at`: the moment it happens, the office's opening for a day without a time."""

Index("ix_date_ring_once", date_ring.c.entity, date_ring.c.record_id, date_ring.c.field, date_ring.c.day, date_ring.c.ahead, unique=True)
Index("ix_date_ring_rang_at", date_ring.c.rang_at, date_ring.c.id)

date_alarm = Table(
    "date_alarm",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("ring_id", Integer, ForeignKey("date_ring.id", ondelete="CASCADE"), nullable=False),
    Column("username", String, nullable=False),
    Column("state", String, nullable=False, server_default="open"),
    Column("until", Float, nullable=False, server_default="0"),
    Column("done_at", Float),
)
"""The ring for one of the record's experts. `state`: open | done. `until`: put off to this moment."""

Index("ix_date_alarm_once", date_alarm.c.ring_id, date_alarm.c.username, unique=True)
Index("ix_date_alarm_user", date_alarm.c.username, date_alarm.c.state, date_alarm.c.until)
Index("ix_date_alarm_until", date_alarm.c.state, date_alarm.c.until)

alarm_mark = Table("alarm_mark", metadata, Column("name", String, primary_key=True), Column("value", Float, nullable=False))
"""How far the clock has come: "clock" (moments rung up to), "history" (the last change looked at)."""
