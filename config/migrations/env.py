"""Alembic's environment: works on the connection that config/migrate.py (or a test) hands over, inside its transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlalchemy import PrimaryKeyConstraint
from sqlalchemy.sql.elements import False_, True_

from config.database import metadata


def include(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave SQLite's and Alembic's own tables alone."""
    return not (kind == "table" and name in {"alembic_version", "sqlite_sequence", "sqlite_stat1"})


def written(kind: str, thing: Any, _context: Any) -> str | Literal[False]:
    """What Alembic would write for one database only, or leave out: true and false, and a primary key with further columns in its index."""
    if kind == "server_default" and isinstance(word := getattr(thing, "arg", None), True_ | False_):
        return "sa.true()" if isinstance(word, True_) else "sa.false()"
    if kind != "primary_key" or not isinstance(thing, PrimaryKeyConstraint) or not (more := thing.dialect_options["postgresql"]["include"]):
        return False
    columns = ", ".join(repr(column.name) for column in thing.columns)
    return f"sa.PrimaryKeyConstraint({columns}, name=op.f({str(thing.name)!r}), postgresql_include={more!r})"


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include,
    render_item=written,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
