"""A back-up restored beside what runs, to look at and to switch over to: a folder below `restored/` in the home, and a database of its own.

What runs is only read: its rows are counted, so that one sees what a switch-over would bring and lose.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy.engine import URL

from config.backup.bringing_back import Brought, Place, bring_back
from config.backup.copies import DATABASE_FILE, RESTORED, Kept, note
from config.backup.making import SPARE_BYTES, Telling
from config.backup.sets import Set
from config.backup.sources import KIND_POSTGRES, Source
from config.backup.vault import Vault
from config.database_address import address, is_server, shown
from config.errors import Refusal
from config.explained import Explained
from config.restoring import UNPACKED
from config.settings import Settings
from config.translations import _

VARIABLES = "/etc/switchboard/environment"
"""What deploy/switchboard.service reads."""


class PlaceNameUnclear(Refusal):
    """Not a name that a folder or a database can have."""

    code = "place_name_unclear"
    field = "place"
    sentence = _("“{name}” cannot be the name of the new place. Expected: up to 60 letters a–z, digits, - and _, beginning with a letter.")


class PlaceTaken(Refusal):
    """There is something of that name."""

    code = "place_taken"
    field = "place"
    status = 409
    sentence = _("{place} is there already. Choose another name; nothing is written over.")


class NoRoomToRestore(Refusal):
    """The disk is too small for a second copy."""

    code = "no_room_to_restore"
    status = 507
    sentence = _("There is no room for a second copy in {folder}: {needed} MB are needed, {free} MB are free.")


class DatabaseNotMade(Explained):
    """The server does not let us make a database."""

    code = "database_not_made"
    field = "place"
    status = 409
    sentence = _("The database for the copy could not be made: {why}. Let the server's administrator run this, then restore again: {cure}")


@frozen
class Copy:
    """What was restored. `tables`: name, rows when the back-up was made, rows restored, rows now in use."""

    place: Path
    moment: float
    made_at: float
    files: int
    tables: tuple[tuple[str, int, int, int], ...]
    address: str
    commands: tuple[str, ...]


def restore_beside(
    settings: Settings, source: Source, vault: Vault, one: Set, until: float, name: str, telling: Telling, *, at: float
) -> Copy:
    """Restore `one` as of `until` into a new place called `name`; nothing is left of it when that fails or is stopped."""
    home = settings.home / RESTORED / checked(name)
    if (home / UNPACKED).exists():
        shutil.rmtree(home)  # the vault is locked, so whoever restored there was killed
    if home.exists():
        raise PlaceTaken(place=home)
    _must_have_room(settings.home, one)
    with _database(settings, one, name) as (server, made), _nothing_left(home):
        brought = bring_back(vault, one, until, Place(home, home / DATABASE_FILE, server), telling, force=False, at=at)
        note(settings.home, Kept(name, at, brought.revived.moment, name if made else ""))
        now = source.rows()
    url = server or f"sqlite:///{home / DATABASE_FILE}"
    return Copy(
        home, brought.revived.moment, one.made_at, brought.revived.files, compared(one, brought, now), shown(url), switch_over(home, url)
    )


def compared(one: Set, brought: Brought, now: dict[str, int]) -> tuple[tuple[str, int, int, int], ...]:
    """The tables that have rows somewhere, those with most first."""
    names = sorted(one.rows.keys() | brought.rows.keys() | now.keys(), key=lambda name: (-brought.rows.get(name, 0), name))
    rows = ((name, one.rows.get(name, 0), brought.rows.get(name, 0), now.get(name, 0)) for name in names)
    return tuple(row for row in rows if any(row[1:]))


def switch_over(home: Path, url: str) -> tuple[str, ...]:
    """What to type so that the copy is what runs: the service's variables, read after those of its unit."""
    wanted = {"SWITCHBOARD_HOME": str(home), "SWITCHBOARD_DATABASE": shown(url).replace(":***@", "@")}
    named = (f"echo {shlex.quote(f'{name}={value}')} | sudo tee -a {VARIABLES}" for name, value in wanted.items())
    return ("sudo systemctl stop switchboard", *named, "sudo systemctl start switchboard")


def checked(name: str) -> str:
    """`name` when a folder and a database may be called so; raises `PlaceNameUnclear`."""
    if not re.fullmatch(r"[a-z][a-z0-9_-]{0,59}", name):
        raise PlaceNameUnclear(name=name[:80])
    return name


def _must_have_room(folder: Path, one: Set) -> None:
    free, needed = shutil.disk_usage(folder).free, one.bytes + SPARE_BYTES
    if free < needed:
        raise NoRoomToRestore(folder=folder, needed=needed // 10**6, free=free // 10**6)


@contextmanager
def _nothing_left(home: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        shutil.rmtree(home, ignore_errors=True)
        raise


@contextmanager
def _database(settings: Settings, one: Set, name: str) -> Iterator[tuple[str, bool]]:
    """The address of a new database on the server in use, when the back-up came from one, and whether we made it; gone again when the block fails."""
    if one.engine != KIND_POSTGRES or not is_server(settings.database_url):
        yield "", False
        return
    running = address(settings.database_url)
    new = running.set(database=name)
    made = _made(running, new)
    try:
        yield new.set(drivername="postgresql").render_as_string(hide_password=False), made
    except BaseException:
        if made:
            _dropped(running, new)
        raise


def _made(running: URL, new: URL) -> bool:
    """Make the database; False when somebody has made it for us."""
    import psycopg
    from psycopg import sql

    from config.database_server import creation, plain

    with plain(running) as server:
        if server.execute("SELECT 1 FROM pg_database WHERE datname = %s", (new.database,)).fetchone():
            return False
        row: Any = server.execute("SELECT datcollate, datctype FROM pg_database WHERE datname = current_database()").fetchone()
        making = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE {} LC_CTYPE {}")
        try:
            server.execute(making.format(sql.Identifier(str(new.database)), *map(sql.Literal, row)))
        except psycopg.Error as error:
            raise DatabaseNotMade(why=str(error).splitlines()[0].rstrip("."), cure=creation(new)) from error
    return True


def _dropped(running: URL, new: URL) -> None:
    from psycopg import sql

    from config.database_server import plain

    with plain(running) as server:
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(str(new.database))))
