"""`switchboard restore`: a back-up, or any kept moment between two of them, brought to life; what was there is set aside, never lost."""

from __future__ import annotations

import argparse
import time
from datetime import datetime
from pathlib import Path

from attrs import evolve

from commands.backup import Progress
from config.archive import DUMP, Manifest, verified
from config.backup.bringing_back import Brought, Place, bring_back, fill_server
from config.backup.filling import must_be_fillable
from config.backup.moments import moment, shown as shown_moment
from config.backup.packing import ENDING, SEALED_ENDING
from config.backup.reviving import END_OF_TIME, set_for
from config.backup.sealing import read_passphrase
from config.backup.sets import chosen, is_id
from config.backup.sources import KIND_SQLITE
from config.backup.vault import Vault
from config.database_address import address, is_server, shown, sqlite_file, with_password
from config.errors import Refusal
from config.restoring import restore
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("bring a back-up to life, as of its own moment or of any kept moment after it")
DONE = _("{home} is as it was at {made_at}: {files} files, {rows} rows.")
ASIDE = _("What was there before is in {aside}.")
WHOLE = _("{file} is whole: made at {made_at}, {files} files, {rows} rows.")
DUMPED = _("The PostgreSQL database is in {file}. Give --database postgresql://… (an empty database) to have it filled.")
LATEST = "latest"


class NotFromServer(Refusal):
    """A server was named for a back-up that needs none."""

    code = "not_from_server"
    sentence = _(
        "{name} holds a SQLite database, and --database is for back-ups that came from PostgreSQL. Restore it without, then move it with `switchboard migrate --to`."
    )


class NoServerAddress(Refusal):
    """What was named is no server."""

    code = "no_server_address"
    sentence = _("“{url}” is no PostgreSQL database. Expected postgresql://user@host:port/name.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which back-up, as of when, where to, and how bold to be."""
    parser.add_argument("backup", nargs="?", default=LATEST, help="a .tar file, the name of a kept back-up, or: latest (default)")
    parser.add_argument("--into", type=Path, metavar="HOME", help="the data directory to fill; default: SWITCHBOARD_HOME")
    parser.add_argument("--at", metavar="MOMENT", help="as of this moment, such as '2026-11-21 14:05' or '1405-08-30 14:05'")
    parser.add_argument("--from", dest="folder", type=Path, metavar="FOLDER", help="the folder with the back-ups; default: [backup] folder")
    parser.add_argument("--passphrase-file", type=Path, help="opens encrypted back-ups; default: [backup] passphrase_file")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database for a back-up that came from PostgreSQL")
    parser.add_argument(
        "--password-file", type=Path, help="a file whose first line is the password of --database; default: [database] password_file"
    )
    parser.add_argument("--force", action="store_true", help="the home is not empty: set what is there aside")
    parser.add_argument("--check", action="store_true", help="only verify a .tar file")


def run(given: argparse.Namespace) -> int:
    """Restore, or with --check only read the back-up to its end."""
    settings = Settings.load()
    secret = given.passphrase_file or settings.backup.passphrase_file
    if given.passphrase_file:
        settings = evolve(settings, backup=evolve(settings.backup, passphrase_file=given.passphrase_file.absolute()))
    file = Path(given.backup)
    if given.check:
        _say(given.language, WHOLE, verified(file, read_passphrase(secret) if secret else ""), settings.site.timezone, file=file)
        return 0
    place = _place(given, settings)
    if given.backup == LATEST or is_id(given.backup) or not (file.exists() or file.name.endswith((ENDING, SEALED_ENDING))):
        return _from_vault(given, settings, place)
    passphrase = read_passphrase(secret) if secret else ""
    if given.database and not any(entry.path == DUMP for entry in verified(file, passphrase).files):
        raise NotFromServer(name=file)
    if given.database:
        must_be_fillable(place.server)
    manifest, aside = restore(file, place.home, place.database, force=given.force, at=time.time(), passphrase=passphrase)
    dump = place.home / DUMP
    if dump.exists() and place.server:
        fill_server(dump, place.server, dump.stat().st_size, Progress())
    elif dump.exists():
        print(translate(given.language, DUMPED, file=dump))
    _say(given.language, DONE, manifest, settings.site.timezone, home=place.home)
    _say_aside(given.language, aside)
    return 0


def _place(given: argparse.Namespace, settings: Settings) -> Place:
    if given.database and not is_server(given.database):
        raise NoServerAddress(url=shown(given.database))
    server = _server(given, settings) or (settings.database_url if is_server(settings.database_url) and not given.into else "")
    if given.into or server:
        home = given.into.absolute() if given.into else settings.home
        return Place(home, home / "switchboard.db", server)
    return Place(settings.home, sqlite_file(settings.database_url))


def _server(given: argparse.Namespace, settings: Settings) -> str:
    """The named server with its password, where that stands in a file; "" when none is named."""
    file = given.password_file or settings.database.password_file
    if not given.database or not file or (address(given.database).password and not given.password_file):
        return str(given.database)
    return with_password(given.database, file)


def _from_vault(given: argparse.Namespace, settings: Settings, place: Place) -> int:
    vault = Vault.open((given.folder or settings.backups).absolute(), settings.backup.passphrase_file)
    zone = settings.site.timezone
    until = moment(given.at, zone, time.time()) if given.at else END_OF_TIME if given.backup == LATEST else 0.0
    one = set_for(vault, until, given.at) if given.at and given.backup == LATEST else chosen(vault, given.backup)
    if given.database and one.engine == KIND_SQLITE:
        raise NotFromServer(name=one.id)
    progress = Progress()
    brought = bring_back(vault, one, until, place, progress, force=given.force, at=time.time())
    progress.end()
    if brought.dump:
        print(translate(given.language, DUMPED, file=brought.dump))
    _say_brought(given.language, brought, place, zone)
    _say_aside(given.language, brought.aside)
    return 0


def _say_brought(language: str, brought: Brought, place: Place, zone: str) -> None:
    one = brought.revived
    print(
        translate(language, DONE, home=place.home, made_at=shown_moment(one.moment, zone), files=one.files, rows=sum(brought.rows.values()))
    )


def _say_aside(language: str, aside: Path | None) -> None:
    if aside:
        print(translate(language, ASIDE, aside=aside))


def _say(language: str, sentence: str, manifest: Manifest, zone: str, **values: Path) -> None:
    made_at = shown_moment(datetime.fromisoformat(manifest.made_at).timestamp(), zone)
    counted = {"made_at": made_at, "files": len(manifest.files), "rows": sum(manifest.rows.values())}
    print(translate(language, sentence, **counted, **values))
