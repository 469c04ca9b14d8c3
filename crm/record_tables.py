"""The tables that every entity shares: links between records, responsible users, stars, history, fields and lists of the administrators' own."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, Float, Index, Integer, String, Table, Text, false, text, true

from config.database import metadata

record_link = Table(
    "record_link",
    metadata,
    Column("entity", String, primary_key=True),
    Column("record_id", Integer, primary_key=True),
    Column("field", String, primary_key=True),
    Column("target_id", Integer, primary_key=True),
    Column("target", String, nullable=False),
    Column("position", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""Values of fields that are several records: record -> target record of entity `target`."""

Index("ix_record_link_target", record_link.c.target, record_link.c.target_id, record_link.c.entity, record_link.c.field)

record_choice = Table(
    "record_choice",
    metadata,
    Column("entity", String, primary_key=True),
    Column("record_id", Integer, primary_key=True, autoincrement=False),
    Column("field", String, primary_key=True),
    Column("code", String, primary_key=True),
    sqlite_with_rowid=False,
)
"""The codes of indexed multi-choices once more, beside the record's own JSON: lists are filtered by them."""

Index("ix_record_choice_code", record_choice.c.entity, record_choice.c.field, record_choice.c.code, record_choice.c.record_id)

search_waiting = Table(
    "search_waiting",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("record_id", Integer, nullable=False),
)
"""Records whose search tokens are yet to be written, since they follow from another record that was saved (crm/search_later.py)."""

record_user = Table(
    "record_user",
    metadata,
    Column("entity", String, primary_key=True),
    Column("record_id", Integer, primary_key=True),
    Column("field", String, primary_key=True),
    Column("username", String, primary_key=True),
    Column("position", Integer, nullable=False, server_default="0"),
    sqlite_with_rowid=False,
)
"""Values of fields that are several users; field "experts" decides, with the column `expert`, whose own record it is."""

Index("ix_record_user_username", record_user.c.username, record_user.c.entity, record_user.c.field, record_user.c.record_id)

record_star = Table(
    "record_star",
    metadata,
    Column("username", String, primary_key=True),
    Column("entity", String, primary_key=True),
    Column("record_id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    sqlite_with_rowid=False,
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Float, nullable=False),
    Column("username", String, nullable=False, server_default=""),
    Column("origin", String, nullable=False, server_default=""),
    Column("entity", String, nullable=False),
    Column("record_id", Integer, nullable=False),
    Column("act", String, nullable=False),
    Column("version", Integer, nullable=False, server_default="0"),
    Column("changes", JSON, nullable=False, server_default=text("'{}'")),
)
"""One row per change: `act` created | changed | deleted | restored | purged | merged…; `changes` {field: [old, new]} in stored values."""

Index("ix_history_record", history.c.entity, history.c.record_id, history.c.id)
Index("ix_history_user", history.c.username, history.c.at)
Index("ix_history_at", history.c.at)

custom_field = Table(
    "custom_field",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("name", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("options", JSON, nullable=False, server_default=text("'{}'")),
    Column("label_fa", String, nullable=False, server_default=""),
    Column("label_en", String, nullable=False, server_default=""),
    Column("help", Text, nullable=False, server_default=""),
    Column("section", String, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("flags", JSON, nullable=False, server_default=text("'{}'")),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("created_at", Float, nullable=False, server_default="0"),
    Column("created_by", String, nullable=False, server_default=""),
)
"""A field of the administrators' own; `flags` {required, listed, searched, quick, carded, indexed, level, default, show_if, required_if, of}."""

Index("ix_custom_field_name", custom_field.c.entity, custom_field.c.name, unique=True)

choice = Table(
    "choice",
    metadata,
    Column("list", String, primary_key=True),
    Column("code", String, primary_key=True),
    Column("title_fa", String, nullable=False, server_default=""),
    Column("title_en", String, nullable=False, server_default=""),
    Column("colour", String, nullable=False, server_default=""),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("own", Boolean, nullable=False, server_default=false()),
    Column("also", String),
)
"""`also`: other words that mean it; NULL: those that we ship. The lists that administrators edit. Codes never change once used; a choice that is not wanted any more becomes inactive."""

access_pattern = Table(
    "access_pattern",
    metadata,
    Column("code", String, primary_key=True),
    Column("title_fa", String, nullable=False, server_default=""),
    Column("title_en", String, nullable=False, server_default=""),
    Column("rights", JSON, nullable=False, server_default=text("'{}'")),
    Column("field_level", Integer, nullable=False, server_default="0"),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("active", Boolean, nullable=False, server_default=true()),
    Column("updated_at", Float, nullable=False, server_default="0"),
    Column("updated_by", String, nullable=False, server_default=""),
)
"""`rights`: {entity or "*": {right or "*": "none" | "own" | "team" | "all"}} (crm/access.py)."""

access_change = Table(
    "access_change",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("pattern", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("by", String, nullable=False, server_default=""),
    Column("origin", String, nullable=False, server_default=""),
    Column("changes", JSON, nullable=False, server_default=text("'{}'")),
)
"""What was changed in access patterns. `changes`: {"title_fa" | "title_en" | "field_level" | "active" | "<entity>.<right>": [old, new]}."""

Index("ix_access_change_pattern", access_change.c.pattern, access_change.c.id)
