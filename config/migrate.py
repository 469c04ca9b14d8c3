"""Bringing the tables up to date when the database is opened: backed up first, in one transaction, and refused when it cannot be.

A SQLite file is copied first; on a PostgreSQL server the one transaction is what brings everything back. Alembic is loaded only when there is something to do, so that an ordinary start does not pay for it.
"""

from __future__ import annotations

import re
import sqlite3
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import SQLAlchemyError

from config.database_address import shown
from config.database_errors import said, trouble
from config.errors import Refusal
from config.translations import _

SCRIPTS = Path(__file__).parent / "migrations"
COPY = "before-update-"
COPIES_KEPT = 2
"""Of the copies from before updates that went well; an update that fails removes none."""
_IDENTIFIER = re.compile(r"^(revision|down_revision) = (?:['\"]([^'\"]+)['\"]|None)", re.MULTILINE)


class DatabaseNewer(Refusal):
    """The file was written by a later version of the product."""

    code = "database_newer"
    status = 500
    sentence = _(
        "The database {file} was made by a newer version (revision {revision}). Install that version again, or restore an older backup."
    )


class MigrationFailed(Refusal):
    """The tables could not be brought up to date; nothing was changed."""

    code = "migration_failed"
    status = 500
    sentence = _("The database {file} could not be brought up to date: {detail}. Nothing was changed; a copy is in {copy}.")


class ServerMigrationFailed(MigrationFailed):
    """The same on a server, whose copy is a back-up of the whole installation."""

    sentence = _(
        "The database {file} could not be brought up to date: {detail}. Nothing was changed, so the version before starts with it; the back-up from before the update is the newest one that `switchboard backup --list` shows."
    )


def revisions(folder: Path = SCRIPTS) -> list[str]:
    """Every revision, oldest first."""
    after: dict[str | None, str] = {}
    for file in (folder / "versions").glob("[!_]*.py"):
        found = {name: value or None for name, value in _IDENTIFIER.findall(file.read_text("utf-8"))}
        after[found["down_revision"]] = str(found["revision"])
    chain: list[str] = []
    while (following := after.get(chain[-1] if chain else None)) is not None:
        chain.append(following)
    return chain


def bring_up_to_date(connection: Connection, file: Path, folder: Path = SCRIPTS) -> None:
    """Run what has not been run on this file. To be called outside a transaction; raises `DatabaseNewer` or `MigrationFailed`."""
    if not _behind(_present(connection), revisions(folder), str(file)):
        return
    driver: Any = connection.connection.dbapi_connection
    copy = _back_up(driver, file) if _has_tables(driver) else None
    driver.execute("PRAGMA foreign_keys = OFF")  # rebuilding a table must not empty those that point to it
    try:
        with connection.begin():
            _upgrade(connection, folder)
            if broken := driver.execute("PRAGMA foreign_key_check").fetchall():
                raise MigrationFailed(file=file, copy=copy or "—", detail=f"{len(broken)} broken references, the first in {broken[0][0]}")
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise trouble(error) or MigrationFailed(file=file, copy=copy or "—", detail=str(error).splitlines()[0]) from error
    finally:
        driver.execute("PRAGMA foreign_keys = ON")
    if copy:
        for old in sorted(copy.parent.glob(f"{COPY}*"))[:-COPIES_KEPT]:
            old.unlink(missing_ok=True)


def bring_server_up_to_date(connection: Connection, url: URL, folder: Path = SCRIPTS) -> None:
    """The same for a PostgreSQL database, whose tables change in a transaction like its rows."""
    with connection.begin():
        present = None
        if inspect(connection).has_table("alembic_version"):
            present = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        if not _behind(present, revisions(folder), shown(url)):
            return
    try:
        with connection.begin():
            _upgrade(connection, folder)
    except SQLAlchemyError as error:
        raise trouble(error) or ServerMigrationFailed(file=shown(url), detail=said(error)) from error


def _behind(present: str | None, known: list[str], place: str) -> bool:
    """Whether revisions are missing; raises `DatabaseNewer` when the database has one that we do not know."""
    if present is not None and present not in known:
        raise DatabaseNewer(file=place, revision=present)
    return not known or present != known[-1]


def _upgrade(connection: Connection, folder: Path) -> None:
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(folder).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _present(connection: Connection) -> str | None:
    driver: Any = connection.connection.dbapi_connection
    if not driver.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone():
        return None
    row = driver.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _has_tables(driver: sqlite3.Connection) -> bool:
    return driver.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' LIMIT 1").fetchone() is not None


def _back_up(driver: sqlite3.Connection, file: Path) -> Path:
    """Copy the whole file beside itself: backups/before-update-<moment>.sqlite3, for the product's account only."""
    folder = file.parent / "backups"
    folder.mkdir(mode=0o700, exist_ok=True)
    copy = folder / f"{COPY}{datetime.fromtimestamp(time.time(), UTC):%Y%m%dT%H%M%SZ}.sqlite3"
    copy.touch(mode=0o600)
    with sqlite3.connect(copy) as target:
        driver.backup(target)
    target.close()
    return copy
