"""The recordings on the shelf, and who listened to them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, ForeignKey, Index, Integer, String, Table, false

from config.database import metadata

recording = Table(
    "recording",
    metadata,
    Column("id", Integer, primary_key=True),
    Column(
        "call", String, nullable=False, unique=True
    ),  # the call's id; its row in `call` may come later or, after a crash, from the journal
    Column("started_at", Float, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("file", String, nullable=False),  # below the recordings folder: "2026/01/1769845500.12.mp3"; "" once removed
    Column("channels", Integer, nullable=False),  # 2: customer left, agent right; 1: both together
    Column("size_bytes", Integer, nullable=False),
    Column("sha256", String(64), nullable=False),  # of the file, taken before it was shelved
    Column("repaired", Boolean, nullable=False, server_default=false()),
    Column("legal_hold", Boolean, nullable=False, server_default=false()),  # no retention rule removes it
    Column("kept_at", Float, nullable=False),
    Column("removed_at", Float),  # by retention; the row stays, so that the call says so
    Index(None, "started_at"),
)

recording_access = Table(
    "recording_access",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("recording", Integer, ForeignKey("recording.id", ondelete="CASCADE"), nullable=False, index=True),
    Column("user", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("action", String, nullable=False),  # "listened" | "downloaded"
    Column("address", String, nullable=False),  # where the listener's browser is
)
