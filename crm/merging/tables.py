"""Letters for many: what was asked for, and how far it has come."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table, false, text

from config.database import metadata

letter_job = Table(
    "letter_job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("template_id", Integer, nullable=False),
    Column("title", String, nullable=False, server_default=""),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("ids", JSON, nullable=False, server_default=text("'[]'")),
    Column("noted", Boolean, nullable=False, server_default=false()),
    Column("state", String, nullable=False, server_default="running"),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("written", Integer, nullable=False, server_default="0"),
    Column("problems", JSON, nullable=False, server_default=text("'[]'")),
    Column("size", Integer, nullable=False, server_default="0"),
    Column("ended_at", Float),
)
"""`state`: running | done | cancelled | failed | gone (its file was removed). `noted`: a communication is written for each. `problems`: [[id, title, fa, en]]."""

Index("ix_letter_job_by", letter_job.c.by, letter_job.c.id)
