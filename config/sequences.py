"""Rows that were given their numbers by hand: PostgreSQL must be told, or it would give the same numbers again. SQLite sees it by itself."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, Integer, Table, func, select, text

_SET = text("SELECT setval(CAST(:name AS regclass), :number)")


def catch_up(connection: Connection, tables: Iterable[Table]) -> None:
    """Let the numbers that `tables` give by themselves go on behind the highest there is."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        quoted = connection.dialect.identifier_preparer.format_table(table)
        for column in table.primary_key:
            if not isinstance(column.type, Integer):
                continue
            name = connection.execute(select(func.pg_get_serial_sequence(quoted, column.name))).scalar()
            highest = connection.execute(select(func.max(column))).scalar()
            if name and highest:
                connection.execute(_SET, {"name": name, "number": highest})
