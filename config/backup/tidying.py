"""What goes: back-ups that the rule does not keep, journals nobody can use any more, and pieces nobody names."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from pathlib import Path

from config.backup.additions import additions
from config.backup.journal_files import streams
from config.backup.reviving import END_OF_TIME
from config.backup.sets import Set, all_ids, read_index, read_set
from config.backup.thinning import Rule, staying
from config.backup.vault import ADDITIONS, DOWNLOADS, JOURNAL, PROOFS, SETS, Vault

DAY = 86_400.0
DOWNLOAD_SECONDS = DAY
"""A file that was prepared for download is removed after a day."""


def tidy(vault: Vault, rule: Rule, journal_days: int, zone: tzinfo, now: float) -> list[str]:
    """Remove what is not kept; gives the names of the back-ups that went. Only when the vault is locked; raises `PieceLost`.

    A back-up that cannot be read is neither counted nor removed: nothing is swept while one is there.
    """
    sets = {name: read_set(vault, name) for name in all_ids(vault)}
    horizon = now - (journal_days + 1) * DAY
    kept = staying((one.made_at for one in sets.values()), rule, zone, now) | first_of_streams(sets.values(), horizon)
    gone = [name for name, one in sets.items() if one.made_at not in kept]
    for name in gone:
        forget(vault, name)
    tidy_journal(vault, [one for name, one in sets.items() if name not in gone], horizon)
    tidy_downloads(vault.folder / DOWNLOADS, now)
    vault.sweep(named(vault))
    return gone


def first_of_streams(sets: Iterable[Set], horizon: float) -> set[float]:
    """The first back-up of each stream: the moments between it and the next one can be restored from it alone."""
    first: dict[str, float] = {}
    for one in sets:
        if one.stream and one.made_at >= horizon:
            first[one.stream] = min(one.made_at, first.get(one.stream, one.made_at))
    return set(first.values())


def forget(vault: Vault, name: str) -> None:
    """Remove one back-up; its pieces go with the next `sweep`."""
    vault.remove(f"{SETS}/{name}")
    vault.remove(f"{PROOFS}/{name}")
    shutil.rmtree(vault.folder / ADDITIONS / name, ignore_errors=True)


def named(vault: Vault) -> Iterator[str]:
    """Every piece that a back-up or an addition names; raises `PieceLost`."""
    for name in all_ids(vault):
        one = read_set(vault, name)
        yield from one.database.pieces
        yield from one.index
        for file in read_index(vault, one.index):
            yield from file.pieces
        for addition in additions(vault, name, END_OF_TIME):
            yield from addition.index
            for file in addition.files:
                yield from file.pieces


def tidy_journal(vault: Vault, sets: list[Set], horizon: float) -> None:
    """Remove the files of the journal that are older than `horizon`, or that no back-up leads into; never the newest one's."""
    for stream in streams(vault)[:-1]:
        if (
            not any(one.stream == stream and one.made_at >= horizon for one in sets)
            and _last_change(vault.folder / JOURNAL / stream) < horizon
        ):
            shutil.rmtree(vault.folder / JOURNAL / stream)
    for stream in streams(vault)[-1:]:
        needed = min((one.seq for one in sets if one.stream == stream and one.made_at >= horizon), default=0)
        files = [name for name in vault.names(f"{JOURNAL}/{stream}") if name.isdigit()]
        for name, following in itertools.pairwise(files):
            if int(following) <= needed:
                vault.remove(f"{JOURNAL}/{stream}/{name}")


def _last_change(folder: Path) -> float:
    return max((file.stat().st_mtime for file in folder.iterdir()), default=0.0)


def tidy_downloads(folder: Path, now: float) -> None:
    """Remove what was prepared for download a day ago."""
    if folder.is_dir():
        for file in folder.iterdir():
            if now - file.stat().st_mtime > DOWNLOAD_SECONDS:
                file.unlink()
