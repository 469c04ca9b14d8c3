"""What is kept of duplicates: runs of the search and their groups, pairs that are none, and merges with all that undoing needs."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, false, text

from config.database import metadata

duplicate_run = Table(
    "duplicate_run",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("state", String, nullable=False, server_default="running"),
    Column("by", String, nullable=False, server_default=""),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float),
    Column("done", Integer, nullable=False, server_default="0"),
    Column("steps", Integer, nullable=False, server_default="0"),
    Column("found", Integer, nullable=False, server_default="0"),
)
"""`state`: running | done | cancelled | failed. `done` of `steps` rules have been searched; `found` groups."""

duplicate_group = Table(
    "duplicate_group",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("run_id", Integer, ForeignKey("duplicate_run.id", ondelete="CASCADE"), nullable=False),
    Column("reason", String, nullable=False),
    Column("value", String, nullable=False, server_default=""),
    Column("records", JSON, nullable=False, server_default=text("'[]'")),
    Column("settled", Boolean, nullable=False, server_default=false()),
)
"""`records`: ids, at most MOST_IN_GROUP. `reason`: the rule, its fields with "+" between. `settled`: merged, or looked at and none."""

Index("ix_duplicate_group_run", duplicate_group.c.run_id, duplicate_group.c.settled, duplicate_group.c.id)

not_duplicate = Table(
    "not_duplicate",
    metadata,
    Column("entity", String, primary_key=True),
    Column("first_id", Integer, primary_key=True),
    Column("second_id", Integer, primary_key=True),
    Column("by", String, nullable=False, server_default=""),
    Column("at", Float, nullable=False),
)
"""Two records (the smaller id first) that somebody has said are not the same."""

merge = Table(
    "merge",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("master_id", Integer, nullable=False),
    Column("other_id", Integer, nullable=False),
    Column("at", Float, nullable=False),
    Column("by", String, nullable=False, server_default=""),
    Column("snapshot", JSON, nullable=False, server_default=text("'{}'")),
    Column("undone_at", Float),
)
"""One record that went into another: its address leads to the master; `snapshot` is what undoing needs (crm/duplicates/moving.py)."""

Index("ix_merge_other", merge.c.entity, merge.c.other_id)
Index("ix_merge_master", merge.c.entity, merge.c.master_id)
