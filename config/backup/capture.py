"""Which rows of a PostgreSQL database have changed: triggers note their keys, in the transaction that changes them, until they are taken.

Everything is in a schema of its own, `switchboard_journal`: `change` (table, key) and `about` (one row: what is captured, and how far it was
taken). Nothing is asked of the server but what the owner of a database may do, so it works on a server that somebody else
administers, and beside other databases; the server's own log would need a replication role, its files and its version.

Keys are JSON arrays. A statement notes all its rows at once. The rows themselves are read when they are taken, in one
snapshot, so a row that changes a hundred times in ten seconds is kept once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Mapping
from typing import Any

from attrs import frozen
from psycopg import Connection, Cursor, sql

SCHEMA = "switchboard_journal"
TRIGGERS = ("insert", "update", "delete", "truncate")
ALL = "all"
"""Stands for a key when a table was emptied at once."""

_TABLES = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum),
       (SELECT array_agg(k.attname ORDER BY k.attnum) FROM pg_index AS i JOIN pg_attribute AS k ON k.attrelid = c.oid AND k.attnum = ANY(i.indkey::int2[])
         WHERE i.indrelid = c.oid AND i.indisprimary),
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum),
       (SELECT count(*) FROM pg_trigger AS t WHERE t.tgrelid = c.oid AND t.tgname LIKE 'switchboard_journal_%' AND t.tgenabled = 'O')
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
  JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
 WHERE n.nspname = 'public' AND c.relkind = 'r' GROUP BY c.oid, c.relname ORDER BY 1
"""

_ABOUT = """
CREATE SCHEMA IF NOT EXISTS switchboard_journal;
CREATE TABLE IF NOT EXISTS switchboard_journal.change (tab text NOT NULL, key jsonb NOT NULL);
CREATE TABLE IF NOT EXISTS switchboard_journal.about (database oid NOT NULL, plan text NOT NULL, stream text NOT NULL, seq bigint NOT NULL);
"""

_FUNCTION = """
CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO switchboard_journal.change SELECT {table_name}, {key} FROM new_rows;
  ELSIF TG_OP = 'UPDATE' THEN
    INSERT INTO switchboard_journal.change SELECT {table_name}, {key} FROM old_rows UNION SELECT {table_name}, {key} FROM new_rows;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO switchboard_journal.change SELECT {table_name}, {key} FROM old_rows;
  ELSE
    INSERT INTO switchboard_journal.change VALUES ({table_name}, to_jsonb({everything}::text));
  END IF;
  RETURN NULL;
END $body$
"""

_TRIGGERS: Mapping[str, str] = {
    "insert": "AFTER INSERT ON {table} REFERENCING NEW TABLE AS new_rows",
    "update": "AFTER UPDATE ON {table} REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows",
    "delete": "AFTER DELETE ON {table} REFERENCING OLD TABLE AS old_rows",
    "truncate": "AFTER TRUNCATE ON {table}",
}


@frozen
class Captured:
    """One table: its columns and their types, those of its primary key, and how many of our triggers it has."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    types: tuple[str, ...]
    triggers: int = 0

    @property
    def table(self) -> sql.Composable:
        """Its name in a statement."""
        return sql.Identifier("public", self.name)

    def key_of(self, alias: str = "") -> sql.Composable:
        """Its key as a JSON array."""
        parts = [sql.Identifier(alias, one) if alias else sql.Identifier(one) for one in self.key]
        return sql.SQL("jsonb_build_array({})").format(sql.SQL(", ").join(parts))

    def matches(self, row: str, changed: str) -> sql.Composable:
        """Whether `row` has the key of `changed`, so that the table's own index finds it."""
        types = dict(zip(self.columns, self.types, strict=True))
        return sql.SQL(" AND ").join(
            sql.SQL("{} = ({}->>{})::{}").format(
                sql.Identifier(row, one), sql.Identifier(changed, "key"), sql.Literal(place), sql.SQL(types[one])
            )
            for place, one in enumerate(self.key)
        )


def captured_tables(cursor: Cursor[Any]) -> list[Captured]:
    """The tables of the public schema that have a key."""
    rows = cursor.execute(_TABLES).fetchall()
    return [
        Captured(name, tuple(columns), tuple(key), tuple(types), triggers)
        for name, columns, key, types, triggers in rows
        if key is not None
    ]


def plan_of(cursor: Cursor[Any], tables: Iterable[Captured]) -> str:
    """Changes when tables, columns or keys do, and when the server was set back or another one took its place (its time line is another)."""
    timeline = cursor.execute("SELECT left(pg_walfile_name(pg_current_wal_lsn()), 8)").fetchone()
    told = [repr((one.name, one.columns, one.key, one.types)) for one in tables]
    return hashlib.sha256("\n".join([repr(timeline), _FUNCTION, *told]).encode()).hexdigest()


def standing(cursor: Cursor[Any]) -> tuple[str, int] | None:
    """The stream and the entry up to which changes were taken; None when they are not captured as they should be, from here on."""
    if cursor.execute("SELECT to_regclass('switchboard_journal.about')").fetchone() == (None,):
        return None
    found = cursor.execute(
        "SELECT plan, stream, seq FROM switchboard_journal.about WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    ).fetchone()
    tables = captured_tables(cursor)
    whole = all(one.triggers == len(TRIGGERS) for one in tables)
    return (found[1], found[2]) if found and whole and found[0] == plan_of(cursor, tables) else None


def capture(connection: Connection[Any]) -> None:
    """Let every change be noted from here on; what was noted before is of no use any more. In one transaction."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(_ABOUT)
        tables = captured_tables(cursor)
        for one in tables:
            function = sql.Identifier(SCHEMA, f"note_{one.name}"[:63])
            cursor.execute(
                sql.SQL(_FUNCTION).format(
                    function=function, table_name=sql.Literal(one.name), key=one.key_of(), everything=sql.Literal(ALL)
                )
            )
            for event in TRIGGERS:
                making = sql.SQL(
                    "CREATE OR REPLACE TRIGGER {name} " + _TRIGGERS[event] + " FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
                )
                cursor.execute(making.format(name=sql.Identifier(f"switchboard_journal_{event}"), table=one.table, function=function))
        cursor.execute("DELETE FROM switchboard_journal.change")
        cursor.execute("DELETE FROM switchboard_journal.about")
        cursor.execute(
            "INSERT INTO switchboard_journal.about SELECT oid, %s, '', 0 FROM pg_database WHERE datname = current_database()",
            (plan_of(cursor, tables),),
        )


def forget_capture(connection: Connection[Any]) -> None:
    """Note no changes any more; nothing of it is left."""
    connection.execute("DROP SCHEMA IF EXISTS switchboard_journal CASCADE")


def changed_tables(cursor: Cursor[Any]) -> list[str]:
    """The tables that have changed since they were last taken."""
    return [str(row[0]) for row in cursor.execute("SELECT DISTINCT tab FROM switchboard_journal.change ORDER BY 1")]


def emptied_at_once(cursor: Cursor[Any]) -> bool:
    """Whether a table was emptied in a way that names no rows."""
    row = cursor.execute("SELECT 1 FROM switchboard_journal.change WHERE key = to_jsonb(%s::text) LIMIT 1", (ALL,)).fetchone()
    return row is not None


def changed_rows(cursor: Cursor[Any], one: Captured) -> Generator[bytes, None, None]:
    """Each changed row as PostgreSQL's COPY writes it: its key, whether it is still there, and its columns.

    To be closed when it is not read to its end: until then the connection can do nothing else.
    """
    asked = sql.SQL(
        "COPY (SELECT changed.key, kept.{first} IS NOT NULL, {columns}"
        " FROM (SELECT DISTINCT key FROM switchboard_journal.change WHERE tab = {name}) AS changed"
        " LEFT JOIN {table} AS kept ON {matches}) TO STDOUT"
    ).format(
        first=sql.Identifier(one.key[0]),
        columns=sql.SQL(", ").join(sql.Identifier("kept", column) for column in one.columns),
        name=sql.Literal(one.name),
        table=one.table,
        matches=one.matches("kept", "changed"),
    )
    with cursor.copy(asked) as copy:
        for line in copy:
            yield bytes(line)


def taken(cursor: Cursor[Any], stream: str, seq: int) -> None:
    """Forget what this transaction sees: it is kept elsewhere, up to entry `seq` of `stream`."""
    cursor.execute("DELETE FROM switchboard_journal.change")
    cursor.execute("UPDATE switchboard_journal.about SET stream = %s, seq = %s", (stream, seq))


def waiting_bytes(cursor: Cursor[Any]) -> int:
    """How much room the changes take that were not yet taken."""
    row = cursor.execute("SELECT pg_total_relation_size('switchboard_journal.change')").fetchone()
    return int(row[0]) if row else 0
