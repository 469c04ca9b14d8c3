"""A second copy of the vault in another folder (another disk, a mounted share): what is new goes over, what went goes there as well."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path

from config.backup.making import Telling
from config.backup.vault import ABOUT, ADDITIONS, JOURNAL, PIECES, PROOFS, SETS, VaultRefused, sync_folder
from config.explained import Explained
from config.translations import _

COARSEST_SECONDS = 2.0
"""Some shares round the moments of their files."""

IN_ORDER = (PIECES, JOURNAL, ADDITIONS, SETS, PROOFS)
"""A back-up's page goes last, so that one that is listed there is whole there."""


class OffsiteFailed(Explained):
    """The second copy is not up to date; the first one is."""

    code = "backup_offsite_failed"
    status = 500
    sentence = _("The back-up is made, but not copied to {folder}: {why}.")


def copy_over(vault: Path, offsite: Path, telling: Telling) -> int:
    """Make `offsite` the same as the vault; gives the bytes copied. Raises `OffsiteFailed`, `VaultRefused`."""
    try:
        _must_be_ours(vault, offsite)
        wanted = {str(file.relative_to(vault)): file for part in IN_ORDER for file in _files(vault / part)}
        new = {path: file for path, file in wanted.items() if not _same(file, offsite / path)}
        total, done = sum(file.stat().st_size for file in new.values()), 0
        for path, file in new.items():
            target = offsite / path
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            part = target.with_name(f"{target.name}.part")
            shutil.copy2(file, part)
            part.rename(target)
            done += target.stat().st_size
            telling("offsite", done, total)
        for part_ in reversed(IN_ORDER):
            for file in list(_files(offsite / part_)):
                if str(file.relative_to(offsite)) not in wanted:
                    file.unlink()
        sync_folder(offsite)
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise OffsiteFailed(folder=offsite, why=_("the disk is full") if full else str(error).rstrip(".")) from error
    return done


def _must_be_ours(vault: Path, offsite: Path) -> None:
    if not offsite.is_dir():
        raise OffsiteFailed(folder=offsite, why=_("there is no such folder; look whether the disk is mounted"))
    about = offsite / ABOUT
    if not about.exists():
        shutil.copy2(vault / ABOUT, about)
    elif about.read_bytes() != (vault / ABOUT).read_bytes():
        raise VaultRefused(folder=offsite, why=_("it has other back-ups in it"))


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.endswith(".part"))


def _same(file: Path, target: Path) -> bool:
    """Pieces never change under their names; the rest is compared by its moment as well."""
    try:
        here, there = file.stat(), target.stat()
    except FileNotFoundError:
        return False
    return here.st_size == there.st_size and (PIECES in file.parts or abs(here.st_mtime - there.st_mtime) < COARSEST_SECONDS)
