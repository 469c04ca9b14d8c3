"""What the database can refuse, and which of SQLite's and PostgreSQL's errors means what.

Result codes: https://www.sqlite.org/rescode.html; https://www.postgresql.org/docs/15/errcodes-appendix.html
"""

from __future__ import annotations

import sqlite3
import sys
from typing import ClassVar

from sqlalchemy.exc import DBAPIError

from config.errors import Refusal
from config.translations import _, translate


class DatabaseTrouble(Refusal):
    """The database itself is unwell; its `code` is also the code of the alarm to raise."""

    code = "database_trouble"
    status = 503
    sentence = _("The database cannot do this now: {detail}.")
    worry: ClassVar[str] = ""
    """What the alarm says, which has no place for details."""

    @property
    def alarm(self) -> str:
        """The English source of the alarm's sentence."""
        return self.worry or (_("The database has a problem; the daemon's log says which.") if "{" in self.sentence else self.sentence)


class DatabaseFull(DatabaseTrouble):
    """No room on the disk: nothing was changed."""

    code = "disk_full"
    status = 507
    sentence = _("The disk is full, so nothing can be saved. Free some space; nothing saved before is lost.")


class DatabaseLocked(DatabaseTrouble):
    """Another program holds the file longer than we wait."""

    code = "database_locked"
    sentence = _("Another program holds the database file. Close it (a backup or a database viewer) and try again.")


class DatabaseUnwritable(DatabaseTrouble):
    """The file cannot be opened, read or written with our rights, or the disk fails."""

    code = "database_unwritable"
    sentence = _("The database file cannot be written: {detail}. Check the disk and the owner of the folder.")
    worry = _("The database file cannot be written. Check the disk and the owner of the folder.")


class DatabaseMoved(DatabaseTrouble):
    """The file was moved, removed or replaced while it is open: what is written now would be lost with the last program that has it open."""

    code = "database_moved"
    sentence = _("The database file is not at {detail} any more, or is another one. Nothing is saved until it is put back.")
    worry = _("The database file is not at its place any more. Nothing is saved until it is put back.")


class DatabaseBroken(DatabaseTrouble):
    """The file is not a database, or is damaged."""

    code = "database_broken"
    status = 500
    sentence = _("The database file is damaged ({detail}). Restore the last backup with “switchboard restore”.")


class DatabaseAway(DatabaseTrouble):
    """The server does not answer, or the connection to it was cut. It is tried again without end."""

    code = "database_away"
    sentence = _("The database server does not answer: {detail}. It is tried again by itself; nothing saved before is lost.")
    worry = _("The database server does not answer. It is tried again by itself; calls go on.")
    asked_once: ClassVar[str] = _("The database server does not answer: {detail}.")

    def once(self, language: str) -> str:
        """The sentence of a command, which gives up."""
        return translate(language, self.asked_once, **self.values)


class DatabaseSlow(DatabaseTrouble):
    """The server took longer than we wait."""

    code = "database_slow"
    sentence = _("The database server took too long to answer. Try again in a moment.")


class DatabaseHeld(DatabaseTrouble):
    """Somebody else's transaction on the server holds a row or table longer than we wait."""

    code = "database_held"
    sentence = _("Another program holds a part of the database on the server: {detail}. End its transaction and try again.")


class DatabaseForbidden(DatabaseTrouble):
    """The server knows us but allows too little, or nothing at all may be written there."""

    code = "database_forbidden"
    status = 500
    sentence = _("The database server does not allow this: {detail}. The role must own the database and the server must allow writing.")


class DatabaseBusy(Refusal):
    """More work waits for the database than we are willing to keep."""

    code = "database_busy"
    status = 503
    sentence = _("The system is too busy to save this now. Try again in a moment.")


class DatabaseNotSupported(Refusal):
    """An address that names no database we can use."""

    code = "database_not_supported"
    sentence = _(
        "“{url}” is not a database that can be used. Expected sqlite:///path/to/file or postgresql://user:password@host:port/name."
    )


class NoDatabaseFile(Refusal):
    """Something that is done to a file was asked of a server."""

    code = "no_database_file"
    sentence = _("{url} is a database server, and this needs a database file (sqlite:///path/to/file).")


class DatabaseUnknown(Refusal):
    """The server has no database of that name."""

    code = "database_unknown"
    status = 500
    sentence = _("There is no database “{name}” on the server. Make it as the server's administrator: {cure}")


class DatabaseLogInRefused(Refusal):
    """The server does not let us in: user name, password, or its pg_hba.conf."""

    code = "database_log_in_refused"
    status = 500
    sentence = _("The database server does not let “{user}” in: {detail}. Check the user and password in [database] url or password_file.")


class DatabaseUnfit(Refusal):
    """The database was made in a way that loses or misorders Persian."""

    code = "database_unfit"
    status = 500
    sentence = _("The database “{name}” has encoding {encoding}, order {order} and letters {letters}; Persian needs a new one: {cure}")


class DatabaseTooOld(Refusal):
    """The server is older than any we have proved."""

    code = "database_too_old"
    status = 500
    sentence = _("The database server is PostgreSQL {version}; {wanted} or newer is needed.")


class DatabaseInUse(Refusal):
    """Another copy of the product has this database open."""

    code = "database_in_use"
    status = 409
    sentence = _("Another Switchboard ({who}) has this database open. Stop it first: only one may write.")


_MEANING: dict[str, type[DatabaseTrouble]] = {
    "SQLITE_FULL": DatabaseFull,
    "SQLITE_BUSY": DatabaseLocked,
    "SQLITE_LOCKED": DatabaseLocked,
    "SQLITE_IOERR": DatabaseUnwritable,
    "SQLITE_READONLY": DatabaseUnwritable,
    "SQLITE_CANTOPEN": DatabaseUnwritable,
    "SQLITE_PERM": DatabaseUnwritable,
    "SQLITE_CORRUPT": DatabaseBroken,
    "SQLITE_NOTADB": DatabaseBroken,
}

_STATES: dict[str, type[DatabaseTrouble]] = {
    "53100": DatabaseFull,
    "53": DatabaseTrouble,  # no memory, too many connections
    "55P03": DatabaseHeld,
    "57014": DatabaseSlow,
    "57P": DatabaseAway,  # shut down, crashed, starting
    "08": DatabaseAway,
    "25006": DatabaseForbidden,
    "42501": DatabaseForbidden,
    "58": DatabaseTrouble,  # the server's disk fails
    "XX": DatabaseTrouble,  # damaged
}
"""SQLSTATE, or the beginning of a class of them."""


class NumberTooLarge(Refusal):
    """A number that no column can hold was looked for or given: there is no such record."""

    code = "number_too_large"
    status = 404
    sentence = _("No record has so large a number.")


CONFLICTS = frozenset({"40001", "40P01"})
"""Two transactions that could not both be; the one that got this may simply run again."""


def trouble(error: BaseException) -> DatabaseTrouble | None:
    """The trouble behind `error`, or None when the database is well and the work itself was wrong."""
    if isinstance(error, DatabaseTrouble):
        return error
    origin = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(origin, sqlite3.Error):
        name = getattr(origin, "sqlite_errorname", "") or ""
        kind = _MEANING.get("_".join(name.split("_")[:2]))
        return kind(detail=str(origin)) if kind else None
    return _of_server(origin) if origin is not None else None


def meaning(error: BaseException) -> Refusal | None:
    """What a work's error means to whoever asked: the database's trouble, or a number beyond all records; None for a fault of ours."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return NumberTooLarge() if getattr(origin, "sqlstate", None) == "22003" else trouble(error)


def conflicts(error: BaseException) -> bool:
    """Whether `error` says that another transaction was in the way, so that the work may run again."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return getattr(origin, "sqlstate", None) in CONFLICTS


def _of_server(origin: BaseException) -> DatabaseTrouble | None:
    driver = sys.modules.get("psycopg")  # loaded only where a server is used
    if driver is None or not isinstance(origin, driver.Error):
        return None
    state: str | None = getattr(origin, "sqlstate", None)
    detail = said(origin)
    if state is None:
        return DatabaseAway(detail=detail) if isinstance(origin, driver.OperationalError | driver.InterfaceError) else None
    kind = next((_STATES[state[:size]] for size in (5, 3, 2) if state[:size] in _STATES), None)
    return kind(detail=detail) if kind else None


def said(error: BaseException) -> str:
    """The first line of what the driver said, without a full stop, for a sentence."""
    lines = str(error).strip().splitlines()
    return (lines[0].strip() if lines else type(error).__name__).rstrip(".")
