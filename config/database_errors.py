"""What the database can refuse, and which of SQLite's errors means what.

Result codes: https://www.sqlite.org/rescode.html
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from config.errors import Refusal
from config.translations import _


class DatabaseTrouble(Refusal):
    """The database itself is unwell; its `code` is also the code of the alarm to raise."""

    code = "database_trouble"
    status = 503
    sentence = _("The database cannot do this now: {detail}.")


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


class DatabaseBroken(DatabaseTrouble):
    """The file is not a database, or is damaged."""

    code = "database_broken"
    status = 500
    sentence = _("The database file is damaged ({detail}). Restore the last backup with “switchboard restore”.")


class DatabaseBusy(Refusal):
    """More work waits for the database than we are willing to keep."""

    code = "database_busy"
    status = 503
    sentence = _("The system is too busy to save this now. Try again in a moment.")


class DatabaseNotSupported(Refusal):
    """An address that names no database we can use."""

    code = "database_not_supported"
    sentence = _("“{url}” is not a database that can be used. Expected sqlite:///path/to/file.")


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


def trouble(error: BaseException) -> DatabaseTrouble | None:
    """The trouble behind `error`, or None when the database is well and the work itself was wrong."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    if not isinstance(origin, sqlite3.Error):
        return None
    name = getattr(origin, "sqlite_errorname", "") or ""
    kind = _MEANING.get("_".join(name.split("_")[:2]))
    return kind(detail=str(origin)) if kind else None
