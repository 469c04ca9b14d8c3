"""Imports as jobs: what file, how it is understood, how far it has come, and which rows were refused; mappings that are remembered."""

from __future__ import annotations

from sqlalchemy import JSON, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text

from config.database import metadata

import_job = Table(
    "import_job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("file", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("state", String, nullable=False, server_default="mapping"),
    Column("headers", JSON, nullable=False, server_default=text("'[]'")),
    Column("mapping", JSON, nullable=False, server_default=text("'[]'")),
    Column("options", JSON, nullable=False, server_default=text("'{}'")),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("created", Integer, nullable=False, server_default="0"),
    Column("updated", Integer, nullable=False, server_default="0"),
    Column("skipped", Integer, nullable=False, server_default="0"),
    Column("bad", Integer, nullable=False, server_default="0"),
    Column("began_at", Float),
    Column("ended_at", Float),
    Column("undone_by", String),
    Column("taken_back", Integer, nullable=False, server_default="0"),
)
"""`state`: mapping | running | done | cancelled | undoing | undone. `position`: rows that are done; it moves in the transaction of their records.
`taken_back`: how much of that has been undone.

`options`: {"mode": both | create | update, "keys": [field], "empty": keep | clear, "references": find | create}.
"""

import_problem = Table(
    "import_problem",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("job_id", Integer, ForeignKey("import_job.id", ondelete="CASCADE"), nullable=False),
    Column("row", Integer, nullable=False),
    Column("cells", JSON, nullable=False),
    Column("why_fa", Text, nullable=False),
    Column("why_en", Text, nullable=False),
)

Index("ix_import_problem_job", import_problem.c.job_id, import_problem.c.row)

import_mapping = Table(
    "import_mapping",
    metadata,
    Column("entity", String, primary_key=True),
    Column("headers", String, primary_key=True),
    Column("mapping", JSON, nullable=False),
    Column("options", JSON, nullable=False, server_default=text("'{}'")),
    Column("at", Float, nullable=False),
)
"""The last mapping used for files with these headers (their fingerprint)."""
