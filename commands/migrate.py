"""`switchboard migrate --to …`: all records into another database, counted and compared; the one that is used now stays as it is."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("move all records to another database (SQLite or PostgreSQL), counted and compared")
STEP = _("{table}: {done} of {total} rows")
DONE = _("{rows} rows in {tables} tables are in {target}, read again and found the same ({seconds} s).")
RUNNING = _("Switchboard is running, and goes on. To move everything, stop it first: the copy shows one moment, which is said at the end.")
MISSING = _(
    "Switchboard was running: what it wrote after {moment} is not in the copy. For that, stop it and move again into an empty database."
)
NEXT = _("To use it, write this into {file} and start Switchboard again:")
KEPT = _("{source} is untouched. Recordings, prompts and secrets stay where they are, in {home}.")
PASSWORD = _("and put the password into the first line of that file (chmod 600)")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to."""
    parser.add_argument("--to", required=True, metavar="ADDRESS", help="postgresql://user@host:port/name or sqlite:///path/to/file")
    parser.add_argument("--password-file", type=Path, help="a file whose first line is the server's password")


def run(given: argparse.Namespace) -> int:
    """Move, compare, and say what to write into the settings."""
    from config.database import write_all
    from config.database_address import shown, with_password
    from config.moving.move import moment, move
    from crm.own_fields import make_indexes

    def say(sentence: str, **values: object) -> None:
        print(translate(given.language, sentence, **values), flush=True)

    def tell(table: str, done: int, total: int) -> None:
        if total or sys.stdout.isatty():
            say(STEP, table=table, done=f"{done:,}", total=f"{total:,}")

    settings = Settings.load()
    target = with_password(given.to, given.password_file) if given.password_file else given.to
    if running := _runs(settings):
        say(RUNNING)
    began = time.monotonic()
    moved = move(settings.database_url, target, tell, time.time)
    write_all(target, make_indexes)
    seconds = f"{time.monotonic() - began:.0f}"
    say(DONE, rows=f"{sum(moved.rows.values()):,}", tables=len(moved.rows), target=shown(target), seconds=seconds)
    if running:
        say(MISSING, moment=moment(moved.at))
    file = settings.home / "switchboard.toml"
    say(NEXT, file=file)
    print("\ndemo = true" if settings.demo and not file.exists() else "")  # a first file without this word would end the demonstration
    print(f'[database]\nurl = "{shown(given.to).replace(":***@", "@")}"')
    if ":***@" in shown(target):
        print(f'password_file = "{given.password_file or settings.home / "secrets" / "database-password"}"')
        if not given.password_file:
            say(PASSWORD)
    print()
    say(KEPT, source=shown(settings.database_url), home=settings.home)
    return 0


def _runs(settings: Settings) -> bool:
    """Whether a copy has the database of these settings open."""
    from config.database_address import address, is_server, sqlite_file
    from config.restoring import users_of

    url = settings.database_url
    if not is_server(url):
        return bool(users_of(settings.home, sqlite_file(url)))
    from config.database_server import holder, plain

    with plain(address(url)) as connection:
        return bool(holder(connection))
