"""Bringing a back-up to life in a home: checked first, then unpacked beside, then moved into place; what was there is set aside."""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from config.archive import CHUNK, DATABASE, DUMP, HOME, MANIFEST, Manifest, members, verified
from config.disk_steps import STEP_BYTES, put_out
from config.errors import Refusal
from config.explained import Explained
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


class HomeNoFolder(Refusal):
    """A file stands where the data directory is to be."""

    code = "home_no_folder"
    sentence = _("{home} is a file. Name a folder that is empty or not there yet.")


class RestoreFailed(Explained):
    """The files could not be written."""

    code = "restore_failed"
    status = 500
    sentence = _("The back-up was not restored: {why}. What was there before is untouched or in {aside}.")


def restore(backup: Path, home: Path, database: Path, *, force: bool, at: float, passphrase: str = "") -> tuple[Manifest, Path | None]:
    """Put the file `backup` into `home`, its database at `database`; gives its manifest and where older contents went (None: there were none).

    Raises `BackupDamaged` before anything is touched, `HomeInUse`, `HomeNotEmpty` unless `force`, `HomeNoFolder`, `RestoreFailed`.
    """
    must_be_free(home, database)
    backup = backup.absolute()
    manifest = verified(backup, passphrase)
    aside = put_in_place(
        home, database, lambda unpacked: _unpack(backup, unpacked, database, passphrase), force=force, at=at, staying=(backup,)
    )
    return manifest, aside


def must_be_free(home: Path, database: Path) -> None:
    """Raise `HomeInUse` when a running copy works there."""
    if pids := users_of(home, database):
        raise HomeInUse(home=home, pids=", ".join(map(str, pids)))


def put_in_place(
    home: Path, database: Path, fill: Callable[[Path], None], *, force: bool, at: float, staying: Collection[Path] = ()
) -> Path | None:
    """Let `fill` write a whole home into a folder beside, then move it into place; gives where older contents went.

    What was there is set aside only when everything new is on the disk. Raises `HomeNotEmpty` unless `force`, `HomeNoFolder`, `RestoreFailed`.
    """
    aside = home / f"before-restore-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
    there = _contents(home, staying)
    if there and not force:
        raise HomeNotEmpty(home=home)
    unpacked = home / UNPACKED
    new = not home.exists()
    try:
        unpacked.mkdir(parents=True, mode=0o700)
        try:
            fill(unpacked)
        except BaseException:
            shutil.rmtree(unpacked, ignore_errors=True)
            if new:
                home.rmdir()
            raise
        _give_to_owner(unpacked, home)
        if there:
            aside.mkdir(mode=0o700)
            for one in there:
                one.rename(aside / one.name)
        for one in sorted(unpacked.iterdir()):
            one.rename(home / one.name)
        unpacked.rmdir()
        _place_database(home, database)
    except (OSError, tarfile.TarError) as error:
        raise RestoreFailed(why=str(error).rstrip("."), aside=aside) from error
    return aside if there else None


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


def _contents(home: Path, staying: Collection[Path]) -> list[Path]:
    """What a restore would replace; back-ups and what earlier restores set aside may stay."""
    if not home.exists():
        return []
    if not home.is_dir():
        raise HomeNoFolder(home=home)
    if (home / UNPACKED).exists():
        shutil.rmtree(home / UNPACKED)
    stays = ("backups", *(one.name for one in staying))
    return sorted(one for one in home.iterdir() if one.name not in stays and not one.name.startswith("before-restore-"))


def _unpack(backup: Path, unpacked: Path, database: Path, passphrase: str) -> None:
    for info, content in members(backup, passphrase):
        if info.name != MANIFEST:
            path = {DATABASE: database.name, DUMP: DUMP}.get(info.name, info.name.removeprefix(f"{HOME}/"))
            write_file(unpacked / path, iter(partial(content.read, CHUNK), b""), info.mode & 0o777)


def write_file(target: Path, pieces: Iterable[bytes], mode: int) -> None:
    """Write one file of a back-up and put it on the disk; it must not be there yet. Raises OSError."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as written:
        put, done = 0, 0
        for piece in pieces:
            written.write(piece)
            done += len(piece)
            if done - put >= STEP_BYTES:
                written.flush()
                put_out(written.fileno(), put, done - put)
                put = done
        written.flush()
        os.fsync(written.fileno())
    target.chmod(mode)


def _give_to_owner(unpacked: Path, home: Path) -> None:
    if os.geteuid() == 0:
        owner = home.stat()
        for path in (unpacked, *unpacked.rglob("*")):
            os.chown(path, owner.st_uid, owner.st_gid)
    if (unpacked / "secrets").is_dir():
        (unpacked / "secrets").chmod(0o700)


def _place_database(home: Path, database: Path) -> None:
    """Move the database where the settings want it, when that is not in the home."""
    if database.parent.absolute() != home.absolute() and (home / database.name).exists():
        database.parent.mkdir(parents=True, exist_ok=True)
        for left in (database, *(database.with_name(f"{database.name}{ending}") for ending in ("-wal", "-shm"))):
            if left.exists():
                left.rename(left.with_name(f"{left.name}.before-restore"))
        shutil.move(home / database.name, database)
