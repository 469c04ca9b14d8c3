"""Bringing a back-up to life in a home: checked first, then unpacked beside, then moved into place; what was there is set aside."""

from __future__ import annotations

import os
import shutil
import tarfile
from datetime import UTC, datetime
from pathlib import Path

from config.archive import CHUNK, DATABASE, HOME, MANIFEST, Manifest, members, verified
from config.errors import Refusal
from config.translations import _

UNPACKED = ".restoring"


class HomeInUse(Refusal):
    """A running copy works in this home."""

    code = "home_in_use"
    status = 409
    sentence = _("{home} is in use by a running copy (process {pids}). Stop it first, or restore into another folder.")


class HomeNotEmpty(Refusal):
    """There is something already."""

    code = "home_not_empty"
    status = 409
    sentence = _("{home} is not empty. Say --force to set what is there aside, or restore into another folder.")


class RestoreFailed(Refusal):
    """The files could not be written."""

    code = "restore_failed"
    status = 500
    sentence = _("The back-up was not restored: {why}. What was there before is untouched or in {aside}.")


def restore(backup: Path, home: Path, database: Path, *, force: bool, at: float) -> tuple[Manifest, Path | None]:
    """Put `backup` into `home`, its database at `database`; gives its manifest and where older contents went (None: there were none).

    Raises `BackupDamaged` before anything is touched, `HomeInUse`, `HomeNotEmpty` unless `force`, `RestoreFailed`.
    """
    if pids := users_of(home, database):
        raise HomeInUse(home=home, pids=", ".join(map(str, pids)))
    aside = home / f"before-restore-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
    backup = backup.absolute()
    manifest = verified(backup)
    there = _contents(home, backup)
    if there and not force:
        raise HomeNotEmpty(home=home)
    try:
        unpacked = _unpack(backup, home, database)
        if there:
            aside.mkdir(mode=0o700)
            for one in there:
                one.rename(aside / one.name)
        for one in sorted(unpacked.iterdir()):
            one.rename(home / one.name)
        unpacked.rmdir()
        _place_database(home, database)
    except (OSError, tarfile.TarError) as error:
        raise RestoreFailed(why=str(error), aside=aside) from error
    return manifest, aside if there else None


def users_of(home: Path, database: Path) -> list[int]:
    """The processes (other than this one) that have the home's database or lock open, as far as this account may look (Linux)."""
    wanted = {str(path.absolute()) for path in (database, *home.glob("*.lock"), *home.glob("run/*.lock"))}
    pids = []
    for process in Path("/proc").glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        try:
            if any(str(open_file.readlink()) in wanted for open_file in (process / "fd").iterdir()):
                pids.append(int(process.name))
        except OSError:
            continue  # it has ended, or belongs to somebody else
    return sorted(pids)


def _contents(home: Path, backup: Path) -> list[Path]:
    """What a restore would replace; back-ups and what earlier restores set aside may stay."""
    if not home.exists():
        return []
    if (home / UNPACKED).exists():
        shutil.rmtree(home / UNPACKED)
    staying = ("backups", backup.name)
    return sorted(one for one in home.iterdir() if one.name not in staying and not one.name.startswith("before-restore-"))


def _unpack(backup: Path, home: Path, database: Path) -> Path:
    unpacked = home / UNPACKED
    unpacked.mkdir(parents=True, mode=0o700)
    owner = home.stat()
    for info, content in members(backup):
        if info.name == MANIFEST:
            continue
        target = unpacked / (database.name if info.name == DATABASE else info.name.removeprefix(f"{HOME}/"))
        target.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
            shutil.copyfileobj(content, written, CHUNK)
            os.fsync(written.fileno())
        target.chmod(info.mode & 0o777)
    if os.geteuid() == 0:
        for path in (unpacked, *unpacked.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
    (unpacked / "secrets").chmod(0o700) if (unpacked / "secrets").is_dir() else None
    return unpacked


def _place_database(home: Path, database: Path) -> None:
    """Move the database where the settings want it, when that is not in the home."""
    if database.parent.absolute() != home.absolute():
        database.parent.mkdir(parents=True, exist_ok=True)
        for left in (database, *(database.with_name(f"{database.name}{ending}") for ending in ("-wal", "-shm"))):
            if left.exists():
                left.rename(left.with_name(f"{left.name}.before-restore"))
        shutil.move(home / database.name, database)
