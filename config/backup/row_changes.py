r"""Changed rows as the journal keeps them, and as they are laid over a dump. Text throughout, as PostgreSQL's COPY writes it.

    {"table": "party", "columns": ["id", "name"], "key": ["id"]}      a line of JSON for each table
    [7]\tt\t7\tمریم                                                    a row of it: key, whether it is still there, columns
    [8]\tf\t\\N\t\\N                                                   a row that was deleted

https://www.postgresql.org/docs/15/sql-copy.html#id-1.9.3.55.9.2: no line break stands inside a row, and a key begins with "[".
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from config.backup.capture import Captured

BLOCK_BYTES = 8 * 1024 * 1024
AT_ONCE = 2_000

_TABLES = """
CREATE TABLE tables (name TEXT PRIMARY KEY, columns TEXT NOT NULL, key TEXT NOT NULL);
CREATE TABLE changes (tab TEXT, key BLOB, line BLOB, PRIMARY KEY (tab, key)) WITHOUT ROWID;
"""


def blocks(tables: Iterable[tuple[Captured, Iterable[bytes]]]) -> Iterator[bytes]:
    """The changes as blocks of a few megabytes, each to be read by itself."""
    block, size = [], 0
    for one, rows in tables:
        head = json.dumps({"table": one.name, "columns": one.columns, "key": one.key}).encode() + b"\n"
        block.append(head)
        for row in rows:
            block.append(row)
            size += len(row)
            if size >= BLOCK_BYTES:
                yield b"".join(block)
                block, size = [head], 0
    if size:
        yield b"".join(block)


class LastChanges:
    """The last state of each changed row, in a file of its own, because it may be more than memory holds."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._kept = sqlite3.connect(file, isolation_level=None)
        self._kept.executescript(f"PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN; {_TABLES}")

    def add(self, block: bytes) -> None:
        """What was written by `blocks`; raises ValueError for nonsense."""
        table, waiting = "", []
        for line in block.split(b"\n")[:-1]:
            if line.startswith(b"{"):
                said = json.loads(line)
                table = str(said["table"])
                self._kept.execute(
                    "INSERT OR REPLACE INTO tables VALUES (?, ?, ?)", (table, *(json.dumps(said[one]) for one in ("columns", "key")))
                )
                continue
            key, there, row = line.split(b"\t", 2)
            waiting.append((table, key, row if there == b"t" else None))
            if len(waiting) >= AT_ONCE:
                self._put(waiting)
        self._put(waiting)

    def close(self) -> None:
        """Nothing more is added."""
        self._kept.execute("COMMIT")
        self._kept.close()

    def _put(self, waiting: list[tuple[str, bytes, bytes | None]]) -> None:
        self._kept.executemany("INSERT OR REPLACE INTO changes VALUES (?, ?, ?)", waiting)
        waiting.clear()


def script(file: Path) -> Iterator[bytes]:
    """What psql is told so that the changes in `file` are laid over a dump whose indexes are not yet made."""
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as kept:
        for name, columns, keys in kept.execute("SELECT name, columns, key FROM tables ORDER BY name").fetchall():
            table, key = f"public.{_quoted(name)}", ", ".join(f"t.{_quoted(one)}" for one in json.loads(keys))
            yield b"CREATE TEMP TABLE switchboard_changed (key jsonb) ON COMMIT DROP;\nCOPY switchboard_changed FROM stdin;\n"
            for (changed,) in kept.execute("SELECT key FROM changes WHERE tab = ?", (name,)):
                yield bytes(changed) + b"\n"
            yield b"\\.\n"
            yield f"DELETE FROM {table} AS t USING switchboard_changed AS c WHERE jsonb_build_array({key}) = c.key;\n".encode()  # noqa: S608  # names of our own tables, quoted
            yield b"DROP TABLE switchboard_changed;\n"
            yield f"COPY {table} ({', '.join(map(_quoted, json.loads(columns)))}) FROM stdin;\n".encode()
            for (row,) in kept.execute("SELECT line FROM changes WHERE tab = ? AND line IS NOT NULL", (name,)):
                yield bytes(row) + b"\n"
            yield b"\\.\n"


NUMBERS = r"""
DO $body$
DECLARE one record; highest bigint;
BEGIN
  FOR one IN SELECT s.oid::regclass AS numbers, t.oid::regclass AS tab, a.attname AS col
      FROM pg_class AS s JOIN pg_depend AS d ON d.objid = s.oid AND d.deptype IN ('a', 'i')
      JOIN pg_class AS t ON t.oid = d.refobjid JOIN pg_attribute AS a ON a.attrelid = t.oid AND a.attnum = d.refobjsubid
     WHERE s.relkind = 'S' AND t.relnamespace = 'public'::regnamespace
  LOOP
    EXECUTE format('SELECT max(%I) FROM %s', one.col, one.tab) INTO highest;
    IF highest IS NOT NULL THEN
      EXECUTE format('SELECT setval(%L, greatest(%s, (SELECT last_value FROM %s)))', one.numbers, highest, one.numbers);
    END IF;
  END LOOP;
END $body$;
"""
"""The numbers that tables give by themselves go on behind the highest there is: changes of them are not noted."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
