"""Which database the tests use: `SWITCHBOARD_TEST_DATABASE=postgresql pytest …` runs every test that asks for a database on a PostgreSQL server."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from config.database import Database

CHOSEN = os.environ.get("SWITCHBOARD_TEST_DATABASE") or "sqlite"
assert CHOSEN in {"sqlite", "postgresql"}, CHOSEN


def use_chosen() -> None:
    """Make `Database.temporary` give databases of the chosen kind."""
    if CHOSEN == "postgresql":
        Database.temporary = classmethod(_temporary)


async def _temporary(_kind: type[Database], folder: Path) -> Database:
    from tests.peers import postgresql

    return await postgresql.temporary(folder)


def whole_tables_read(database: Database, sql: str, parameters: Sequence[object]) -> list[str]:
    """The steps of the look-up `sql` that read a table from end to end though an index could be asked."""
    if CHOSEN == "postgresql":
        database.lookup(
            "SELECT set_config('enable_seqscan', 'off', false)"
        )  # small tables are read whole by choice; then only those remain that have no index for it
        return [step for (step,) in database.lookup(f"EXPLAIN {sql}", ["1"] * len(parameters)) if "Seq Scan" in step]
    return [row[3] for row in database.lookup(f"EXPLAIN QUERY PLAN {sql}", parameters) if row[3].startswith("SCAN")]


def new_url() -> str:
    """The address of a new, empty database of the chosen kind; "" lets the product make its file."""
    if CHOSEN == "sqlite":
        return ""
    from tests.peers import postgresql

    return postgresql.server().new()
