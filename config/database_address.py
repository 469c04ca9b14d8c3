"""Where records are kept: a `sqlite:///…` file or a `postgresql://…` server, read from an address; a password never leaves it."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from config.database_errors import DatabaseNotSupported, NoDatabaseFile
from config.errors import Refusal
from config.translations import _

SERVER = "postgresql+psycopg"


class PasswordFileUnreadable(Refusal):
    """The file that [database] password_file names."""

    code = "password_file_unreadable"
    status = 500
    sentence = _("The database's password cannot be read from {file}: {why}.")


class PasswordFileOpen(Refusal):
    """Everybody on the machine could read the password."""

    code = "password_file_open"
    status = 500
    sentence = _("Everybody on this machine can read the database's password in {file}. Close it: chmod o= {file}")


def address(url: str) -> URL:
    """The parts of `url`; raises `DatabaseNotSupported`, never repeating a password."""
    try:
        parts = make_url(url)
    except (ArgumentError, ValueError):
        raise DatabaseNotSupported(url=url.rsplit("@", 1)[-1]) from None
    kind = "postgresql" if parts.drivername == "postgres" else parts.drivername.split("+")[0]
    if kind == "postgresql" and parts.database:
        return parts.set(drivername=SERVER)
    if kind == "sqlite" and parts.database and parts.database != ":memory:":
        return parts
    raise DatabaseNotSupported(url=shown(parts))


def is_server(url: str) -> bool:
    """Whether `url` names a PostgreSQL server."""
    return address(url).drivername == SERVER


def sqlite_file(url: str) -> Path:
    """The file behind a `sqlite:///…` address; raises `NoDatabaseFile` for a server's."""
    parts = address(url)
    if parts.drivername == SERVER:
        raise NoDatabaseFile(url=shown(parts))
    return Path(parts.database or "").absolute()


def shown(url: str | URL) -> str:
    """An address for people: without its password, in the way they write it."""
    parts = make_url(url) if isinstance(url, str) else url
    if parts.drivername == SERVER:
        parts = parts.set(drivername="postgresql")
    query = {key: "***" if "pass" in key else value for key, value in parts.query.items()}
    return parts.set(query=query).render_as_string(hide_password=True)


def with_password(url: str, file: Path) -> str:
    """`url` with the password that stands in the first line of `file`."""
    try:
        with file.open(encoding="utf-8") as opened:
            if stat.S_IMODE(os.fstat(opened.fileno()).st_mode) & 0o004:
                raise PasswordFileOpen(file=file)
            lines = opened.read(10_000).splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise PasswordFileUnreadable(file=file, why=getattr(error, "strerror", None) or _("it is not text")) from None
    if not lines or not lines[0]:
        raise PasswordFileUnreadable(file=file, why=_("its first line is empty"))
    return address(url).set(password=lines[0]).render_as_string(hide_password=False)
