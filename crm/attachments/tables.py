"""The attachments of records, and what is being sent right now."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table

from config.database import metadata

attachment = Table(
    "attachment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("record_id", Integer, nullable=False, server_default="0"),
    Column("field", String, nullable=False, server_default=""),
    Column("name", String, nullable=False),
    Column("media", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("sha256", String, nullable=False),
    Column("width", Integer, nullable=False, server_default="0"),
    Column("height", Integer, nullable=False, server_default="0"),
    Column("by", String, nullable=False, server_default=""),
    Column("at", Float, nullable=False),
    Column("deleted_at", Float),
)
"""`record_id` 0: sent for a record that is not saved yet (a picture in a new record's form). `field`: the field whose value it is, "" for the record itself."""

Index("ix_attachment_record", attachment.c.entity, attachment.c.record_id, attachment.c.id)
Index("ix_attachment_sha256", attachment.c.sha256)

upload = Table(
    "upload",
    metadata,
    Column("id", String, primary_key=True),
    Column("username", String, nullable=False),
    Column("name", String, nullable=False),
    Column("size", Integer, nullable=False),
    Column("received", Integer, nullable=False, server_default="0"),
    Column("at", Float, nullable=False),
)

Index("ix_upload_at", upload.c.at)
