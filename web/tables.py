"""Tables of the web: sessions and API tokens. Only hashes of their secrets are kept."""

from __future__ import annotations

from sqlalchemy import Column, Connection, Float, Index, Integer, String, Table, delete

from config.database import metadata

session = Table(
    "session",
    metadata,
    Column("hash", String(64), primary_key=True),  # SHA-256 of the cookie's value
    Column("username", String(60), nullable=False),
    Column("begun_at", Float, nullable=False),
    Column("used_at", Float, nullable=False),  # kept to the minute
    Column("address", String(60), nullable=False, default=""),
    Column("browser", String(200), nullable=False, default=""),
    Column("seeing", String(60), nullable=False, server_default=""),  # an administrator looks with this user's eyes
    Index(None, "username"),
    sqlite_with_rowid=False,
)

api_token = Table(
    "api_token",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("hash", String(64), nullable=False, unique=True),  # SHA-256 of the token
    Column("username", String(60), nullable=False, index=True),
    Column("name", String(80), nullable=False, default=""),  # what it is for, in its owner's words
    Column("scopes", String(1000), nullable=False, server_default="*"),  # web/scopes.py, with spaces between
    Column("begun_at", Float, nullable=False),
    Column("expires_at", Float, nullable=False),
    Column("used_at", Float, nullable=False, default=0.0),  # kept to the minute; 0: never
)


def end_log_ins(connection: Connection, username: str) -> None:
    """End every session and token of a user in the table; for commands, while nobody has a websocket open."""
    for table in (session, api_token):
        connection.execute(delete(table).where(table.c.username == username))
