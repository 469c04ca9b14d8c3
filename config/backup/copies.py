"""The copies that were restored beside what runs: which there are, and their end, after some days by itself or earlier by hand.

What a copy is stands beside it, in `restored/<name>.about`; its database on a server is removed only when it was made for the copy and nobody works in it.
"""

from __future__ import annotations

import json
import logging
import shutil
from contextlib import suppress
from pathlib import Path

from attrs import asdict, frozen

from config.backup.making import Telling
from config.database_address import address
from config.disk_steps import melt
from config.errors import Refusal
from config.explained import Explained
from config.restoring import HomeInUse, must_be_free
from config.settings import Settings
from config.translations import _

log = logging.getLogger(__name__)

RESTORED = "restored"
DATABASE_FILE = "switchboard.db"
ABOUT = ".about"
DAY = 86_400.0


class NoSuchCopy(Refusal):
    """There is no copy of that name."""

    code = "no_such_copy"
    status = 404
    sentence = _("There is no copy called “{name}”.")


class CopyInUse(Explained):
    """Somebody works with the copy."""

    code = "copy_in_use"
    status = 409
    sentence = _("The copy “{name}” was not removed: {why}.")


@frozen
class Kept:
    """A copy. `moment`: what it is as of, `at`: when it was restored, UTC epoch seconds; `database`: the one on the server that was made for it."""

    name: str
    at: float
    moment: float = 0.0
    database: str = ""

    def ends_at(self, days: int) -> float | None:
        """When it goes by itself; None: never."""
        return self.at + days * DAY if days else None


def note(home: Path, one: Kept) -> None:
    """Write down what the copy is."""
    (home / RESTORED / f"{one.name}{ABOUT}").write_text(json.dumps(asdict(one)), "utf-8")


def kept_copies(home: Path) -> list[Kept]:
    """Those of an installation, the newest first."""
    folder = home / RESTORED
    found = [_read(one) for one in folder.iterdir() if one.is_dir()] if folder.is_dir() else []
    return sorted(found, key=lambda one: (-one.at, one.name))


def _read(place: Path) -> Kept:
    """What is written beside it, or what its folder says."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        said = json.loads(place.with_name(f"{place.name}{ABOUT}").read_text("utf-8"))
        return Kept(place.name, float(said["at"]), float(said["moment"]), str(said["database"]))
    return Kept(place.name, place.stat().st_mtime)


def remove_copy(settings: Settings, name: str, telling: Telling) -> None:
    """Remove a copy for good; raises `NoSuchCopy`, `CopyInUse`, OSError. Only when the vault is locked: nobody restores meanwhile."""
    one = next((one for one in kept_copies(settings.home) if one.name == name), None)
    if one is None:
        raise NoSuchCopy(name=name[:80])
    place = settings.home / RESTORED / one.name
    try:
        must_be_free(place, place / DATABASE_FILE)
    except HomeInUse as refusal:
        raise CopyInUse(name=name, why=_("the product runs in it")) from refusal
    if one.database:
        _drop(settings, one)
    files = [file for file in place.rglob("*") if file.is_file() and not file.is_symlink()]
    total, done = sum(file.stat().st_size for file in files), 0
    for file in files:
        done += file.stat().st_size
        melt(file)
        telling("removing", done, total)
    shutil.rmtree(place)
    place.with_name(f"{place.name}{ABOUT}").unlink(missing_ok=True)


def remove_old(settings: Settings, now: float, telling: Telling) -> list[str]:
    """Remove the copies whose days are over; gives their names. One that is in use stays."""
    gone = []
    for one in kept_copies(settings.home):
        ends = one.ends_at(settings.backup.copies_days)
        if ends is not None and ends <= now:
            try:
                remove_copy(settings, one.name, telling)
                gone.append(one.name)
            except (CopyInUse, OSError) as error:
                log.warning("an old copy stays: %s", error)
    return gone


def _drop(settings: Settings, one: Kept) -> None:
    import psycopg
    from psycopg import sql

    from config.database_server import plain

    try:
        with plain(address(settings.database_url)) as server:
            server.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(one.database)))
    except psycopg.Error as error:
        raise CopyInUse(name=one.name, why=str(error).splitlines()[0].rstrip(".")) from error
