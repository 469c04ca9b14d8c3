"""A new installation and one that was brought up to date have the same tables, and these are the declared ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.engine import make_url

from config.database import metadata
from config.database_address import SERVER
from config.database_postgresql import server_engine
from config.database_sqlite import sqlite_engine
from config.migrate import bring_server_up_to_date, bring_up_to_date, revisions
from tests.house.new_revision import import_tables
from tests.peers import postgresql

CURE = 'tables and migrations differ; run: python -m tests.house.new_revision "what changes"'

import_tables()


def made(file: Path, make: Callable[[Connection], Any], look: Callable[[Connection], Any]) -> Any:
    engine = sqlite_engine(file, read_only=False)
    with engine.connect() as connection:
        make(connection)
        seen = look(connection)
    engine.dispose()
    return seen


def differences(connection: Connection) -> list[Any]:
    with connection.begin():
        return [
            one
            for one in compare_metadata(MigrationContext.configure(connection), metadata)
            if "alembic" not in str(one) and "toy" not in str(one)
        ]  # the toy entity of tests/crm


def schema(connection: Connection) -> dict[str, Any]:
    """Tables with their columns, keys, indexes and options, in no particular order."""
    driver: Any = connection.connection.dbapi_connection
    tables = driver.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name <> 'alembic_version' AND name NOT LIKE 'toy%'"
    ).fetchall()
    indexes = driver.execute(
        "SELECT tbl_name, name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL AND tbl_name NOT LIKE 'toy%'"
    ).fetchall()
    return {
        name: {
            "columns": sorted(row[1:] for row in driver.execute(f'PRAGMA table_info("{name}")')),
            "references": sorted(row[2:] for row in driver.execute(f'PRAGMA foreign_key_list("{name}")')),
            "indexes": sorted((index, " ".join(text.split())) for table, index, text in indexes if table == name),
            "without rowid": "WITHOUT ROWID" in sql,
        }
        for name, sql in tables
    }


def create(connection: Connection) -> None:
    with connection.begin():
        metadata.create_all(connection)


def test_migrations_lead_to_the_declared_tables(tmp_path: Path) -> None:
    """Whoever changes a table writes the revision with it."""
    file = tmp_path / "a.sqlite3"
    assert made(file, lambda connection: bring_up_to_date(connection, file), differences) == [], CURE


def test_migrations_lead_to_the_declared_tables_on_postgresql() -> None:
    """The same revisions make the same tables on a server."""
    url = make_url(postgresql.server().new()).set(drivername=SERVER)
    engine = server_engine(url, read_only=False, most=0)
    with engine.connect() as connection:
        bring_server_up_to_date(connection, url)
        bring_server_up_to_date(connection, url)
        assert differences(connection) == [], CURE
    engine.dispose()


def test_a_new_and_an_updated_installation_are_the_same(tmp_path: Path) -> None:
    """Column by column, index by index, option by option."""
    old, new = tmp_path / "old.sqlite3", tmp_path / "new.sqlite3"
    assert made(old, lambda connection: bring_up_to_date(connection, old), schema) == made(new, create, schema), CURE


def test_the_revisions_are_one_chain() -> None:
    """Two people's revisions on one parent would leave one out."""
    folder = Path("config/migrations/versions")
    assert len(revisions()) == len(list(folder.glob("[0-9]*.py")))
