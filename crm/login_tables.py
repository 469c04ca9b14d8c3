"""The tables around log-in: what happened at the door, recovery codes, log-in links, passwords that were, and the rules. Times are UTC epoch seconds."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, String, Table

from config.database import metadata

login_history = Table(
    "login_history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("username", String(60), nullable=False, server_default=""),
    Column("what", String(30), nullable=False),
    Column("result", String(30), nullable=False, server_default="ok"),
    Column("how", String(30), nullable=False, server_default=""),
    Column("address", String(60), nullable=False, server_default=""),
    Column("browser", String(200), nullable=False, server_default=""),
    Column("by_user", String(60), nullable=False, server_default=""),
)
"""`what`, `result` and `how` are words of crm/login_history.py. `username` "": nobody has the name that was typed (it is not kept:
people type passwords there). `by_user`: the administrator who did it, "" when they did it themselves."""

Index("ix_login_history_username", login_history.c.username, login_history.c.id)
Index("ix_login_history_known", login_history.c.username, login_history.c.address, login_history.c.at)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("username", String(60), primary_key=True),
    Column("mark", String(64), primary_key=True),
    Column("used_at", Float, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""One-time codes for who lost the telephone. `mark` is config.secrets.recovery_mark of the code."""

reset_link = Table(
    "reset_link",
    metadata,
    Column("username", String(60), primary_key=True),
    Column("mark", String(64), nullable=False, unique=True),
    Column("until", Float, nullable=False),
    sqlite_with_rowid=False,
)
"""The log-in link that an administrator made for a user, as the SHA-256 of its token (crm/reset_links.py)."""

old_password = Table(
    "old_password",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("username", String(60), nullable=False, index=True),
    Column("hash", String, nullable=False),
)
"""Hashes of the last passwords of each account, so that they are not chosen again."""

login_rule = Table(
    "login_rule",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
    sqlite_with_rowid=False,
)
"""The rules that the administrator set, by name (crm/login_rules.py); what is not there is as it comes."""
