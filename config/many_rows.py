"""Many rows into a table with one statement, at the driver's own speed: what SQLAlchemy works out for every value is worked out once for each column.

SQLite takes tuples by executemany, or very many as one JSON text; PostgreSQL takes one JSON text, which costs this process next to nothing, and makes rows of it itself
(https://www.postgresql.org/docs/15/functions-json.html, json_to_recordset), or very many by COPY. Columns that are left out get their default.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import orjson
from sqlalchemy import JSON, Connection, Select, Table, func, select, text

WORTH_COMPARING = 20
"""From so many rows on it is worth looking whether a column has one value."""
WORTH_POURING = 500
"""From so many rows on a statement of its own is worth its way to the server and back."""

NOTHING_ALIKE: Mapping[str, Any] = {}
_WORDS: Mapping[Any, str] = {None: "NULL", False: "0", True: "1", "": "''"}
_TAKEN = text("SELECT nextval(CAST(:name AS regclass)) FROM generate_series(1, :count)")


def insert_rows(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]], alike: Mapping[str, Any] = NOTHING_ALIKE
) -> None:
    """Add `rows`, whose values are in the order of `columns`, in this order; none is fine. Values are what JSON can hold.

    `alike`: what all of them have in further columns: None, yes, no or an empty text.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        _insert_json(connection, table, columns, rows, alike)
    else:
        _insert_tuples(connection, table, columns, rows, alike)


def pour_rows(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """As `insert_rows`, for texts and whole numbers by the thousand, with a third less work or more. Not among statements `sent_together`."""
    if len(rows) < WORTH_POURING:
        insert_rows(connection, table, columns, rows)
    elif connection.dialect.name == "postgresql":
        _copy(connection, table, columns, rows)
    else:
        _pour_json(connection, table, columns, rows)


def _copy(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    whole, names = _words(connection, table, columns)
    driver: Any = connection.connection.dbapi_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {whole} ({names}) FROM STDIN") as stream:
        if block := _plain_block(rows):
            stream.write(block)
        else:
            for row in rows:
                stream.write_row([_without_nul(value) for value in row])


def _pour_json(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[str | int]]) -> None:
    """One statement that SQLite does in one go (https://www.sqlite.org/json1.html#jeach).

    executemany gives the interpreter away and takes it back for each row, and waits for that as long as another thread computes: 60,000 rows beside such a
    thread took 5 s, and take 0.15 s so.
    """
    given = orjson.dumps(rows)
    if b"\\u0000" in given:  # ends a text for SQLite's JSON
        insert_rows(connection, table, columns, rows)
        return
    whole, names = _words(connection, table, columns)
    values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
    connection.exec_driver_sql(f"INSERT INTO {whole} ({names}) SELECT {values} FROM json_each(?)", (given.decode(),))  # noqa: S608  names of our own tables


def _insert_tuples(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]], alike: Mapping[str, Any]
) -> None:
    dialect = connection.dialect
    stored = [table.c[name].type.dialect_impl(dialect).bind_processor(dialect) for name in columns]
    if places := [(place, process) for place, process in enumerate(stored) if process]:
        changed = [list(row) for row in rows]
        for row in changed:
            for place, process in places:
                row[place] = process(row[place])
        rows = changed
    whole, names = _words(connection, table, (*columns, *alike))
    marks = ", ".join(["?"] * len(columns) + [_WORDS[value] for value in alike.values()])
    connection.exec_driver_sql(f"INSERT INTO {whole} ({names}) VALUES ({marks})", [tuple(row) for row in rows])  # noqa: S608  names of our own tables


def _insert_json(
    connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[Sequence[Any]], alike: Mapping[str, Any]
) -> None:
    """What is the same in all of many rows is said once; the others as JSON."""
    whole, names = _words(connection, table, (*columns, *alike))
    quote, dialect = connection.dialect.identifier_preparer.quote, connection.dialect
    types = {name: f"{table.c[name].type.compile(dialect)}" for name in (*columns, *alike)}
    plain = [name for name in columns if not isinstance(table.c[name].type, JSON)]  # what is a text to JSON is none to SQL
    same = _same(columns, plain, rows) if len(rows) >= WORTH_COMPARING else {}
    places = [(place, str(name)) for place, name in enumerate(columns) if name not in same] or [(0, str(columns[0]))]
    given = orjson.dumps([{name: row[place] for place, name in places} for row in rows])
    if b"\\u0000" in given:  # PostgreSQL cannot keep NUL in a text (config/database_server.py drops it as well)
        given = orjson.dumps([{name: _without_nul(row[place]) for place, name in places} for row in rows])
    same |= {name: (f"alike{place}", value) for place, (name, value) in enumerate(alike.items())}
    chosen = ", ".join(
        f"CAST(:{same[name][0]} AS {types[name].partition(' COLLATE ')[0]})" if name in same else quote(name) for name in (*columns, *alike)
    )
    given_types = ", ".join(f"{quote(name)} {types[name]}" for _place, name in places)
    statement = f"INSERT INTO {whole} ({names}) SELECT {chosen} FROM json_to_recordset(CAST(:given AS json)) AS given({given_types})"  # noqa: S608  names and types of our own tables; values are parameters
    connection.execute(text(statement), {"given": given.decode(), **dict(same.values())})


def _same(columns: Sequence[str], plain: Collection[str], rows: Sequence[Sequence[Any]]) -> dict[str, tuple[str, Any]]:
    """By column, of the `plain` ones, the parameter and its value, where all rows have the same text, number, yes or no, or nothing there."""
    found = {}
    for place, name in enumerate(columns):
        first = rows[0][place]
        if name in plain and (first is None or isinstance(first, str | int | float)) and all(row[place] == first for row in rows):
            found[name] = (f"same{place}", first)
    return found


def _plain_block(rows: Sequence[Sequence[Any]]) -> str:
    """The rows in COPY's text format, when nothing in them has a meaning there, as is usual; "" otherwise.

    https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2
    """
    block = "\n".join(["\t".join(map(str, row)) for row in rows]) + "\n"
    plain = block.count("\t") == len(rows) * (len(rows[0]) - 1) and block.count("\n") == len(rows)
    return block if plain and not any(sign in block for sign in "\\\r\x00") else ""


def _words(connection: Connection, table: Table, columns: Sequence[str]) -> tuple[str, str]:
    """The table and the columns as SQL names them."""
    quoted = connection.dialect.identifier_preparer
    return quoted.format_table(table), ", ".join(quoted.quote(name) for name in columns)


def _without_nul(value: Any) -> Any:
    return value.replace("\x00", "") if isinstance(value, str) else value


@contextmanager
def planned_afresh(connection: Connection) -> Iterator[None]:
    """While rows come by the hundred, each statement is planned for the tables as they are at that moment.

    PostgreSQL keeps the plan of a statement that comes again; one that was made while a table was small reads it whole when it has grown.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    usual, driver.prepare_threshold = driver.prepare_threshold, None
    try:
        yield
    finally:
        driver.prepare_threshold = usual


@contextmanager
def sent_together(connection: Connection) -> Iterator[None]:
    """Statements that answer nothing are sent one behind the other: while the server does one, the next is made ready. What fails is raised at the end.

    https://www.postgresql.org/docs/15/libpq-pipeline-mode.html. Inside, nothing may be asked.
    """
    if connection.dialect.name != "postgresql":
        yield
        return
    driver: Any = connection.connection.dbapi_connection
    with driver.pipeline():
        yield


def next_numbers(connection: Connection, table: Table, count: int, given: Select[int]) -> list[int]:
    """The ids that the next `count` rows of `table` are to have, ascending; in a transaction that writes.

    PostgreSQL's sequence gives each number once. SQLite has one writer, and an id is one more than the highest there is, and than the highest
    that was `given` once: the number of a row that is gone for ever still stands where people speak of it.
    """
    if connection.dialect.name == "postgresql":
        whole, _names = _words(connection, table, ())
        name = connection.execute(select(func.pg_get_serial_sequence(whole, "id"))).scalar_one()
        return sorted(connection.execute(_TAKEN, {"name": name, "count": count}).scalars())
    last = max(connection.execute(asked).scalar() or 0 for asked in (select(func.max(table.c.id)), given))
    return list(range(last + 1, last + 1 + count))
