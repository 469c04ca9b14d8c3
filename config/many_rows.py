"""Many rows into a table at the driver's own speed: what SQLAlchemy works out for every value is worked out once for each column.

SQLite takes tuples by executemany, PostgreSQL by COPY (https://www.postgresql.org/docs/15/sql-copy.html). Columns that are left out get their default.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, select, text

_TAKEN = text("SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :count)")


def insert_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add `rows`, whose values are in the order of `columns`; none is fine."""
    if not rows:
        return
    dialect = connection.dialect
    stored = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    places = [(place, process) for place, process in enumerate(stored) if process]
    if places:
        changed = [list(row) for row in rows]
        for row in changed:
            for place, process in places:
                row[place] = process(row[place])
        rows = changed
    quoted = dialect.identifier_preparer
    names = ", ".join(quoted.quote(name) for name in columns)
    whole = quoted.format_table(table)
    if dialect.name == "postgresql":
        _copy(connection, f"COPY {whole} ({names}) FROM STDIN", rows)
    else:
        marks = ", ".join("?" * len(columns))
        connection.exec_driver_sql(f"INSERT INTO {whole} ({names}) VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608  names of our own tables


def _copy(connection: Connection, statement: str, rows: Sequence[Sequence[Any]]) -> None:
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def next_numbers(connection: Connection, table: Table, count: int) -> list[int]:
    """The ids that the next `count` rows of `table` are to have, ascending; in a transaction that writes.

    SQLite has one writer, and an id is the highest there is and one more; PostgreSQL's sequence gives each number once.
    """
    if connection.dialect.name == "postgresql":
        name = connection.execute(
            select(func.pg_get_serial_sequence(connection.dialect.identifier_preparer.format_table(table), "id"))
        ).scalar_one()
        return sorted(connection.execute(_TAKEN, {"name": name, "count": count}).scalars())
    first = (connection.execute(select(func.max(table.c.id))).scalar() or 0) + 1
    return list(range(first, first + count))
