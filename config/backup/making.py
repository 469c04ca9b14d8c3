"""Making a back-up: the database as of one moment, then every file that is new or changed; what is the same is kept once.

Runs in a process of its own (config/backup/work.py): it reads, hashes and compresses for as long as it takes, and the
daemon's loop and threads know nothing of it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import IO, Protocol

from attrs import evolve, frozen

from config.archive import BackupFailed, kept_files
from config.backup.additions import Addition, known_files, write_addition
from config.backup.journal_files import newest_entry
from config.backup.sets import DATABASE, Content, Set, all_ids, id_of, write_index, write_set
from config.backup.sources import Source
from config.backup.vault import PieceLost, Vault
from config.disk_steps import melt
from config.translations import _

DATABASE_PIECE = 256 * 1024
FILE_PIECE = 4 * 1024 * 1024
SPARE_BYTES = 64 * 1024 * 1024
WORK = "work-"


class BackupDiskFull(BackupFailed):
    """The disk with the back-ups is full; nothing half is left and the older back-ups are whole."""

    code = "backup_disk_full"
    status = 507
    sentence = _("{folder} is full: no back-up can be made or checked. The older ones are whole; free some space there or keep fewer.")


@frozen
class Home:
    """What is backed up besides the database. `settings_file`: one outside the home; `apart`: folders below the home that are not."""

    folder: Path
    settings_file: Path | None = None
    apart: tuple[Path, ...] = ()

    def files(self, database: Path | None) -> dict[str, Path]:
        """Every file that belongs into a back-up, by its path below the home."""
        found = {str(file.relative_to(self.folder)): file for file in kept_files(self.folder, database, self.apart)}
        if self.settings_file and self.settings_file.is_file():
            found["switchboard.toml"] = self.settings_file
        return found


class Telling(Protocol):
    """Hears how far the making is. What it raises ends the making, and nothing is listed."""

    def __call__(self, phase: str, done: int, total: int) -> None:
        """`phase`: "database", "files", "checking"…; `done` of `total` bytes."""


def make(vault: Vault, source: Source, home: Home, at: float, *, telling: Telling, reason: str) -> Set:
    """Make a back-up; raises `BackupFailed` and what `telling` raises, and then nothing is listed."""
    name, begun, before = id_of(at), time.monotonic(), vault.stored_bytes
    if name in all_ids(vault):
        raise BackupFailed(why=_("there is one of this very second already"))
    with refused_plainly(vault):
        stream, seq = newest_entry(vault)
        with work_folder(vault, source.size()) as folder:
            copy = folder / DATABASE
            copied = source.copy(copy, lambda done, total: telling("database", done, 2 * total))
            size = copy.stat().st_size
            database = stored(vault, copy, DATABASE, DATABASE_PIECE, lambda done: telling("database", size + done, 2 * size))
        files = tuple(store_files(vault, home.files(source.file), known_files(vault), telling))
        one = Set(
            id=name, made_at=copied.at, engine=source.kind, revision=copied.revision, database=database, rows=copied.rows, files=len(files),
            bytes=database.bytes + sum(file.bytes for file in files), new_bytes=0, took_seconds=0.0, index=write_index(vault, files),
            stream=stream, seq=seq, reason=reason,
        )  # fmt: skip
        one = evolve(one, new_bytes=vault.stored_bytes - before, took_seconds=round(time.monotonic() - begun, 3))
        write_set(vault, one)
    return one


def store_files(vault: Vault, files: dict[str, Path], known: dict[str, Content], telling: Telling) -> Iterator[Content]:
    """Keep the new and changed ones of `files`; those of the same size and moment as in `known` are taken as the same."""
    sizes = {path: _standing(file) for path, file in files.items()}
    total, done = sum(stat.st_size for stat in sizes.values() if stat), 0
    for path, stat in sizes.items():
        if stat is None:
            continue
        before = known.get(path)
        if before and (before.bytes, before.mtime_ns) == (stat.st_size, stat.st_mtime_ns) and all(map(vault.has, before.pieces)):
            yield before
        else:
            with suppress(FileNotFoundError):  # removed by the retention rule since the folder was listed; its row says so, or will
                yield stored(vault, files[path], path, FILE_PIECE, partial(_tell_files, telling, done, total))
        done += stat.st_size
        telling("files", done, total)


def _tell_files(telling: Telling, before: int, total: int, read: int) -> None:
    telling("files", before + read, total)


def stored(vault: Vault, file: Path, path: str, piece_bytes: int, tell: Callable[[int], None]) -> Content:
    """Keep one file, piece by piece."""
    digest, pieces, size = hashlib.sha256(), [], 0
    with file.open("rb") as source:
        stat = os.fstat(source.fileno())
        for piece in _pieces(source, stat.st_size, piece_bytes):
            digest.update(piece)
            pieces.append(vault.put(piece))
            size += len(piece)
            tell(size)
    return Content(path, size, digest.hexdigest(), tuple(pieces), stat.st_mtime_ns, stat.st_mode & 0o777)


def _pieces(source: IO[bytes], size: int, piece_bytes: int) -> Iterator[bytes]:
    """What the file held when it was opened; what is added meanwhile is the next back-up's."""
    while size > 0 and (piece := source.read(min(piece_bytes, size))):
        size -= len(piece)
        yield piece


def _standing(file: Path) -> os.stat_result | None:
    try:
        return file.stat()
    except FileNotFoundError:
        return None


@contextmanager
def work_folder(vault: Vault, bytes_needed: int) -> Iterator[Path]:
    """A private folder beside the vault for a copy of the database, gone afterwards; raises `BackupDiskFull` before it begins."""
    vault.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for left in vault.folder.glob(f"{WORK}*"):
        shutil.rmtree(left, ignore_errors=True)  # the vault is locked, so whoever made it is gone
    if shutil.disk_usage(vault.folder).free < bytes_needed + SPARE_BYTES:
        raise BackupDiskFull(folder=vault.folder)
    folder = Path(tempfile.mkdtemp(prefix=WORK, dir=vault.folder))
    try:
        yield folder
        for file in folder.iterdir():
            melt(file)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def refused_plainly(vault: Vault) -> Iterator[None]:
    """What the disk and the database say, as refusals."""
    try:
        yield
    except PieceLost as error:
        raise BackupFailed(why=error.text("en").rstrip(".")) from error
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupDiskFull(folder=vault.folder) from error
        raise BackupFailed(why=str(error).rstrip(".")) from error
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorname", "") == "SQLITE_FULL":
            raise BackupDiskFull(folder=vault.folder) from error
        raise BackupFailed(why=str(error).rstrip(".")) from error


def add(vault: Vault, home: Home, database: Path | None, at: float, *, telling: Telling) -> int:
    """Keep what is new or changed among the files since the newest back-up; how many files. Nothing without a back-up to belong to."""
    ids = all_ids(vault)
    if not ids:
        return 0
    with refused_plainly(vault):
        known = known_files(vault)
        there = tuple(store_files(vault, home.files(database), known, telling))
        new = tuple(one for one in there if known.get(one.path) != one)
        gone = tuple(sorted(known.keys() - {one.path for one in there}))
        if new or gone:
            write_addition(vault, ids[-1], Addition(at, new, gone))
    return len(new)
