"""Alembic's environment: works on the connection that config/migrate.py (or a test) hands over, inside its transaction."""

from __future__ import annotations

from typing import Any

from alembic import context

from config.database import metadata


def include(_thing: Any, name: str | None, kind: str, _reflected: bool, _other: Any) -> bool:
    """Leave SQLite's and Alembic's own tables alone."""
    return not (kind == "table" and name in {"alembic_version", "sqlite_sequence", "sqlite_stat1"})


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    include_object=include,
    render_as_batch=True,
    transactional_ddl=True,
)
context.run_migrations()
