"""Look-ups on the loop's thread at a PostgreSQL server: one connection, prepared statements, 50 ms at the server, twice at most, and a quarter second at the network.

Callers write `?`, as SQLite wants it; the server wants `$1`. The connection also holds the lock that says this copy has the database.
"""

from __future__ import annotations

import re
import select
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg import RawCursor
from sqlalchemy.engine import URL

from config import database_server
from config.database_errors import DatabaseAway, DatabaseBusy, said, trouble
from config.database_outage import Outage
from config.database_server import LookupConnection

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\?")


class LookupLine:
    """The connection, renewed by `reach` whenever it was lost. `ask` is for the loop's thread, `reach` for any other."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._connection: LookupConnection | None = None
        self._cursor: RawCursor[Any] | None = None
        self._closed = False

    def reach(self) -> None:
        """Connect when there is no living connection; raises a `Refusal` when the server cannot be had."""
        held = self._connection
        if held is not None and not held.closed and not _ended(held):
            database_server.plain(self._url).close()
            return
        connection = database_server.lookup_connection(self._url)
        try:
            database_server.hold_alone(connection)
            database_server.hurry(connection)
        except BaseException:
            connection.close()
            raise
        if held is not None:
            held.close()
        self._cursor = RawCursor(connection)
        self._connection = connection
        if self._closed:
            connection.close()

    def ask(self, sql: str, parameters: Sequence[object], outage: Outage) -> list[tuple[Any, ...]]:
        """The rows, at once; a lost connection begins `outage`."""
        if self._closed:
            raise DatabaseBusy
        if self._cursor is None or self._connection is None or self._connection.closed:
            outage.begin(DatabaseAway(detail="the connection is closed"))
            raise outage.why
        try:
            try:
                return self._cursor.execute(numbered(sql), list(parameters), prepare=True).fetchall()
            except psycopg.errors.QueryCanceled:  # the server was busy with something else for once
                return self._cursor.execute(numbered(sql), list(parameters), prepare=True).fetchall()
        except psycopg.Error as error:
            unwell = trouble(error)
            if self._connection.info.transaction_status not in _AT_REST:  # it still waits for the server, or has lost it
                unwell = DatabaseAway(detail=said(error))
            if isinstance(unwell, DatabaseAway):
                self._connection.close()
                outage.begin(unwell)
            raise unwell or error from error

    def close(self) -> None:
        """Ask no more."""
        self._closed = True
        if self._connection is not None:
            self._connection.close()


_AT_REST = frozenset({psycopg.pq.TransactionStatus.IDLE, psycopg.pq.TransactionStatus.INERROR})


@lru_cache(maxsize=500)
def numbered(sql: str) -> str:
    """The same statement with `$1`, `$2`… where `?` stood outside quotes."""
    count = 0

    def one(found: re.Match[str]) -> str:
        nonlocal count
        if found[0] != "?":
            return found[0]
        count += 1
        return f"${count}"

    return _TOKEN.sub(one, sql)


def _ended(connection: LookupConnection) -> bool:
    """Whether the server has hung up on an idle connection: then there is something to read."""
    return bool(select.select([connection.fileno()], [], [], 0)[0])
