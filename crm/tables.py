"""The tables of customer records, communications and accounts.

Persons, companies and projects are declared in crm/entities/records/party.py; their tables have their names here. Times are UTC epoch seconds; `deleted_at` is a logical delete.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import VARCHAR

from config.database import metadata
from crm.entities.records import communication as said
from crm.entities.records.party import PARTY
from crm.entities.records.party_group import PARTY_GROUP


def _party(name: str = "party_id", *, nullable: bool = False, primary_key: bool = False, cascade: bool = True) -> Column[int]:
    target = ForeignKey("party.id", ondelete="CASCADE" if cascade else "SET NULL")
    return Column(name, Integer, target, nullable=nullable, primary_key=primary_key)


party, party_group = PARTY.table, PARTY_GROUP.table
channel, address, relation = (PARTY.children[name] for name in ("channels", "addresses", "relations"))
rating, card = PARTY.children["ratings"], PARTY.children["cards"]
"""Declared in crm/entities/records. `channel`: `raw` as typed, `number` in E.164 (or a short code, an e-mail address…), `tail` its last 8 digits;
the lowest position is the main number. `relation`: `party_id` works at (is family of, agent of…) `other`."""

communication, communication_party = said.COMMUNICATION.table, said.communication_party
"""`method`: call | meeting | visit | email… `direction`: in | out | "". `status`: how a call ended. `seconds`: talk time. Recordings are found by `call`."""

follow_up = Table(
    "follow_up",
    metadata,
    Column("id", Integer, primary_key=True),
    _party(nullable=True),
    Column("communication_id", Integer, ForeignKey("communication.id", ondelete="SET NULL"), index=True),
    Column("title", String, nullable=False),
    Column("due_at", Float, nullable=False),
    Column("user", String, nullable=False, server_default=""),
    Column("done_at", Float),
    Column("created_at", Float, nullable=False),
)
"""Something promised to a customer; `user` is who does it."""

_OPEN = text("done_at IS NULL")
Index("ix_follow_up_party", follow_up.c.party_id, follow_up.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)
Index("ix_follow_up_user", follow_up.c.user, follow_up.c.due_at, sqlite_where=_OPEN, postgresql_where=_OPEN)

search_token = Table(
    "search_token",
    metadata,
    Column("entity", String, nullable=False),
    Column("token", String().with_variant(VARCHAR(collation="C"), "postgresql"), nullable=False),
    Column("record_id", Integer, nullable=False, autoincrement=False),
    Column("words", String, nullable=False, server_default=""),
    PrimaryKeyConstraint("entity", "token", "record_id", postgresql_include=["words"]),
    sqlite_with_rowid=False,
)
"""Folded words and numbers of every entity's records, searched by prefix, compared byte by byte. `words`: all of the record's, each behind a space,
in the rows of words only, "" where there are too many (crm/search_tokens.py: carried)."""

Index("ix_search_token_record", search_token.c.entity, search_token.c.record_id, search_token.c.token)

account = Table(
    "account",
    metadata,
    Column("username", String, primary_key=True),
    Column("name", String, nullable=False),
    Column("name_en", String, nullable=False, server_default=""),
    Column("role", String, nullable=False),
    Column("pattern", String, nullable=False, server_default=""),
    Column("extension", String, unique=True),
    Column("device", String, nullable=False, server_default="browser"),
    Column("language", String, nullable=False, server_default=""),
    _party(nullable=True, cascade=False),
    Column("password_hash", String, nullable=False),
    Column("password_changed_at", Float, nullable=False),
    Column("must_change_password", Boolean, nullable=False, server_default=false()),
    Column("totp_salt", String, nullable=False, server_default=""),
    Column("totp_step", Integer, nullable=False, server_default="0"),
    Column("locked_until", Float, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("last_login_at", Float, nullable=False, server_default="0"),
    Column("created_at", Float, nullable=False),
)
"""`role`: agent | supervisor | administrator | user (no telephone). `pattern`: code of the access pattern, "" is the role's own.

`device`: browser | desk. `totp_salt` "": no second step at log-in; `totp_step`: the last 30 seconds whose code was taken.
Closed accounts keep their row (`active` 0): their calls name them.
"""
