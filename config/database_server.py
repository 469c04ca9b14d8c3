"""Connections to a PostgreSQL server: how they are made, what the server must be, and what its errors at the door mean.

Order and letters are asked of the server itself and not read off a locale's name: names differ between systems, and what counts is that texts
are in the order of their code points (as on SQLite, and as the search's ranges need) and that Persian letters are letters.
"""

from __future__ import annotations

from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import Loader
from psycopg.types.string import StrDumperUnknown, TextLoader
from sqlalchemy.engine import URL

from config.database_address import shown
from config.database_errors import (
    DatabaseAway,
    DatabaseInUse,
    DatabaseLogInRefused,
    DatabaseNotSupported,
    DatabaseTooOld,
    DatabaseUnfit,
    DatabaseUnknown,
    said,
)
from config.errors import Refusal

OLDEST = 15
"""The oldest major version that is accepted; the tests run on it."""

CONNECT_SECONDS = 5
LOCK_MILLISECONDS = 5_000
LOOKUP_MILLISECONDS = 50
LOOKUP_WAIT_SECONDS = 0.25
"""The loop waits no longer than this, once, should the server be frozen or the network be cut: then look-ups are refused until it answers again."""

ALONE = 0x53_77_62_64
"""The advisory lock that the running copy holds: two would write over each other's caches."""

_CREATE = "CREATE DATABASE \"{name}\" OWNER \"{user}\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8';"

_FACTS = """
SELECT current_setting('server_version_num')::int / 10000, current_setting('server_encoding'), datcollate, datctype FROM pg_database WHERE datname = current_database()
"""
_FITS = "SELECT 'B' < 'a' AND U&'\\06CC' < U&'\\FEFC', U&'\\06CC' ~ '[[:alpha:]]'"
"""Whether texts are in the order of their code points, and whether a Persian letter is a letter."""

C = TypeVar("C", bound="psycopg.Connection[Any]")


class WholeNumberLoader(Loader):
    """`numeric`, which sums of whole numbers are, as int where it is whole: SQLite gives the same."""

    def load(self, data: bytes | bytearray | memoryview) -> int | float:
        text = bytes(data)
        return int(text) if text.lstrip(b"-").isdigit() else float(text)


class TextDumper(StrDumperUnknown):
    """Texts without NUL, which PostgreSQL cannot keep; it has no meaning in a text, and comes only from those who try what happens."""

    def dump(self, obj: str) -> Buffer | None:
        return super().dump(obj.replace("\x00", "") if "\x00" in obj else obj)


class LookupConnection(psycopg.Connection[Any]):
    """A connection that gives up waiting, because the loop waits with it."""

    def wait(self, *arguments: Any, **options: Any) -> Any:
        """As always, but `LOOKUP_WAIT_SECONDS` at most; after that the connection is of no use any more."""
        return super().wait(*arguments, **{**options, "timeout": LOOKUP_WAIT_SECONDS})


def connect(url: URL, *, kind: type[C], autocommit: bool = False, **options: str) -> C:
    """A connection of ours; raises `DatabaseAway`, `DatabaseLogInRefused`, `DatabaseUnknown`, `DatabaseNotSupported`."""
    settings = {"application_name": "switchboard", "timezone": "UTC", "lock_timeout": str(LOCK_MILLISECONDS), **options}
    words = {**url.translate_connect_args(username="user", database="dbname"), **url.query}
    words.setdefault("connect_timeout", CONNECT_SECONDS)
    words.setdefault("tcp_user_timeout", 10_000)
    words["options"] = " ".join([str(words.get("options", "")), *(f"-c {name}={value}" for name, value in settings.items())]).strip()
    words["client_encoding"] = "UTF8"
    try:
        connection = kind.connect(autocommit=autocommit, prepare_threshold=5, **words)
    except psycopg.OperationalError as error:
        raise _at_the_door(error, url) from None
    except psycopg.ProgrammingError:
        raise DatabaseNotSupported(url=shown(url)) from None
    connection.adapters.register_loader("numeric", WholeNumberLoader)
    connection.adapters.register_dumper(str, TextDumper)
    return connection


def plain(url: URL, **options: str) -> psycopg.Connection[Any]:
    """A connection in autocommit, for asking the server about itself."""
    return connect(url, kind=psycopg.Connection, autocommit=True, **options)


def lookup_connection(url: URL) -> LookupConnection:
    """A read-only connection for the loop's thread, not in a hurry yet; JSON comes as text, as from SQLite."""
    connection = connect(url, kind=LookupConnection, autocommit=True, default_transaction_read_only="on")
    for name in ("json", "jsonb"):
        connection.adapters.register_loader(name, TextLoader)
    return connection


def hurry(connection: LookupConnection) -> None:
    """From now on a statement has LOOKUP_MILLISECONDS: the loop waits for it."""
    connection.execute("SELECT set_config('statement_timeout', %s, false)", (str(LOOKUP_MILLISECONDS),))


def check(connection: psycopg.Connection[Any], url: URL) -> None:
    """Refuse a server that is too old, or a database that loses or misorders Persian."""
    version, encoding, collate, ctype = _row(connection, _FACTS)
    if version < OLDEST:
        raise DatabaseTooOld(version=version, wanted=OLDEST)
    if encoding != "UTF8" or _row(connection, _FITS) != (True, True):
        raise DatabaseUnfit(name=url.database, encoding=encoding, order=collate, letters=ctype, cure=creation(url))


def hold_alone(connection: psycopg.Connection[Any]) -> None:
    """Take the lock that says this copy writes here; freed when the connection ends. Raises `DatabaseInUse`."""
    if _row(connection, "SELECT pg_try_advisory_lock(%s)", ALONE) != (True,):
        raise DatabaseInUse(who=holder(connection))


def holder(connection: psycopg.Connection[Any]) -> str:
    """Who holds the database: the address and the server process of the copy that has it, "" when nobody does."""
    sql = """SELECT coalesce(host(a.client_addr), 'local') || ', server process ' || a.pid FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
              WHERE l.locktype = 'advisory' AND l.objid::bigint = %s AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
    row = connection.execute(sql, (ALONE,)).fetchone()
    return str(row[0]) if row else ""


def _row(connection: psycopg.Connection[Any], sql: LiteralString, *values: object) -> tuple[Any, ...]:
    row = connection.execute(sql, values or None).fetchone()
    assert row is not None
    return tuple(row)


def creation(url: URL) -> str:
    """The statement that makes a fit database."""
    return _CREATE.format(name=url.database, user=url.username or "switchboard")


def _at_the_door(error: psycopg.OperationalError, url: URL) -> Refusal:
    """The driver gives no SQLSTATE when the server refuses at the door; its sentences are told apart by what they name."""
    detail = said(error).removeprefix("connection failed: ")
    text = str(error)
    if f'database "{url.database}" does not exist' in text:
        return DatabaseUnknown(name=url.database, cure=creation(url))
    if any(word in text for word in ("authentication failed", "no password supplied", "pg_hba.conf", f'role "{url.username}"')):
        return DatabaseLogInRefused(user=url.username or "", detail=detail.split("FATAL:")[-1].strip())
    return DatabaseAway(detail=detail)
