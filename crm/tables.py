"""The tables of customer records, communications and accounts.

One `party` table holds persons, companies and projects, so that a number, a call or a task points to one place
and history never moves. Times are UTC epoch seconds; `deleted_at` is a logical delete.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import VARCHAR

from config.database import metadata


def _party(name: str = "party_id", *, nullable: bool = False, primary_key: bool = False, cascade: bool = True) -> Column[int]:
    target = ForeignKey("party.id", ondelete="CASCADE" if cascade else "SET NULL")
    return Column(name, Integer, target, nullable=nullable, primary_key=primary_key)


party_group = Table(
    "party_group",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("parent_id", Integer, ForeignKey("party_group.id")),
    Column("name", String, nullable=False, unique=True),
    Column("name_en", String, nullable=False, server_default=""),
    Column("colour", String, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
)

party = Table(
    "party",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String, nullable=False),
    Column("code", String, unique=True),
    Column("name", String, nullable=False),
    Column("prefix", String, nullable=False, server_default=""),
    Column("first_name", String, nullable=False, server_default=""),
    Column("last_name", String, nullable=False, server_default=""),
    Column("sort_key", String, nullable=False, server_default=""),
    Column("status", String, nullable=False, server_default="customer"),
    Column("group_id", Integer, ForeignKey("party_group.id", ondelete="SET NULL"), index=True),
    Column("vip", Boolean, nullable=False, server_default=false()),
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("expert", String),
    Column("activity", String, nullable=False, server_default=""),
    Column("email", String, nullable=False, server_default=""),
    Column("website", String, nullable=False, server_default=""),
    Column("province", String, nullable=False, server_default=""),
    Column("city", String, nullable=False, server_default=""),
    Column("address", String, nullable=False, server_default=""),
    Column("postal_code", String, nullable=False, server_default=""),
    Column("national_id", String, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("extra", JSON, nullable=False, server_default=text("'{}'")),
    Column("version", Integer, nullable=False, server_default="1"),
    Column("created_at", Float, nullable=False),
    Column("created_by", String, nullable=False, server_default=""),
    Column("updated_at", Float, nullable=False),
    Column("deleted_at", Float),
)
"""`kind`: person | company | project. `status`: prospect | customer | former. `expert`: username of the customer's own expert."""

Index("ix_party_listed", party.c.kind, party.c.sort_key, party.c.id)
Index("ix_party_sorted", party.c.sort_key, party.c.id)

party_phone = Table(
    "party_phone",
    metadata,
    Column("id", Integer, primary_key=True),
    _party(),
    Column("kind", String, nullable=False, server_default="phone"),
    Column("raw", String, nullable=False),
    Column("number", String, nullable=False),
    Column("extension", String, nullable=False, server_default=""),
    Column("tail", String, nullable=False, server_default=""),
    Column("label", String, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
)
"""`kind`: mobile | phone | fax. `raw` as typed, `number` in E.164 (or a short code), `tail` its last 8 digits; position 0 is the primary number."""

Index("ix_party_phone_number", party_phone.c.number, party_phone.c.party_id)
Index("ix_party_phone_tail", party_phone.c.tail, party_phone.c.party_id)
Index("ix_party_phone_party", party_phone.c.party_id, party_phone.c.position)

party_role = Table(
    "party_role",
    metadata,
    _party(primary_key=True),
    Column("role", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""One party in several roles at once; the codes are in crm/words.py."""

relation = Table(
    "relation",
    metadata,
    Column("id", Integer, primary_key=True),
    _party("from_id"),
    _party("to_id"),
    Column("kind", String, nullable=False, server_default="works_at"),
    Column("title", String, nullable=False, server_default=""),
    Column("since", Float),
    Column("until", Float),
    Column("note", String, nullable=False, server_default=""),
)
"""`from` works at (or is family of, agent of…) `to`; `title` is the post. No `until`: it holds today."""

Index("ix_relation_from", relation.c.from_id, relation.c.kind)
Index("ix_relation_to", relation.c.to_id, relation.c.kind)

disposition = Table(
    "disposition",
    metadata,
    Column("code", String, primary_key=True),
    Column("title_fa", String, nullable=False),
    Column("title_en", String, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("needs_follow_up", Boolean, nullable=False, server_default=false()),
    Column("active", Boolean, nullable=False, server_default=true()),
)
"""What came of a communication, chosen by the agent at wrap-up."""

communication = Table(
    "communication",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("subject", String, nullable=False, server_default=""),
    Column("method", String, nullable=False, server_default="call"),
    Column("direction", String, nullable=False, server_default=""),
    Column("user", String, nullable=False, server_default=""),
    Column("number", String, nullable=False, server_default=""),
    Column("call", String, unique=True),
    Column("queue", String, nullable=False, server_default=""),
    Column("status", String, nullable=False, server_default=""),
    Column("seconds", Float, nullable=False, server_default="0"),
    Column("disposition", String, nullable=False, server_default=""),
    Column("note", Text, nullable=False, server_default=""),
    Column("created_at", Float, nullable=False),
    Column("updated_at", Float, nullable=False),
)
"""`method`: call | meeting | visit | email | sms | letter | fax | note. `direction`: in | out | "". `status`: how a call ended. `seconds`: talk time.

Calls are found by `call`; their recordings by the same id.
"""

Index("ix_communication_number", communication.c.number, communication.c.at)
Index("ix_communication_at", communication.c.at)
Index("ix_communication_user", communication.c.user, communication.c.at)

communication_party = Table(
    "communication_party",
    metadata,
    _party(primary_key=True),
    Column("at", Float, primary_key=True),
    Column("communication_id", Integer, ForeignKey("communication.id", ondelete="CASCADE"), primary_key=True),
    sqlite_with_rowid=False,
)
"""Whose timelines a communication stands on: person, company and project at once."""

Index("ix_communication_party_communication", communication_party.c.communication_id)

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
