"""A back-up as one file: a tar (sealed when there is a passphrase) with everything of SWITCHBOARD_HOME that cannot be made again, and a manifest that proves it whole.

`database.sqlite3` is a snapshot taken through SQLite's online back-up API while the product runs; `home/…` are the
files (recordings, prompts, settings, secrets); `manifest.json` comes last and gives size and SHA-256 of each. The
snapshot is taken first, so every recording its rows name was on the shelf when the files were read.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import sqlite3
import tarfile
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, Protocol

from attrs import asdict, frozen

from config.backup.sealed_file import opened, sealed
from config.explained import Explained
from config.translations import _

FORMAT = 1
DATABASE = "database.sqlite3"
DUMP = "database.dump"
"""PostgreSQL's, as pg_dump wrote it."""

MANIFEST = "manifest.json"
HOME = "home"
CHUNK = 1024 * 1024
MOST_MANIFEST_BYTES = 512 * 1024 * 1024

MADE_AGAIN = ("asterisk", "backups", "log", "logs", "restored", "run", "recordings/incoming", "demo.json")
"""Below the home: generated at every start, brought back from a back-up, or of this moment only. Recordings still being made are in the next back-up."""

MADE_AGAIN_ENDINGS = (".pid", ".lock", ".part", ".sock")


class BackupFailed(Explained):
    """The back-up could not be made."""

    code = "backup_failed"
    status = 500
    sentence = _("The back-up was not made: {why}.")


class BackupDamaged(Explained):
    """The file is not a back-up, or not as it was written."""

    code = "backup_damaged"
    sentence = _("{file} cannot be used: {why}.")


@frozen
class Entry:
    """One file of a back-up."""

    path: str
    bytes: int
    sha256: str


@frozen
class Manifest:
    """What a back-up holds. `rows`: how many in each table."""

    made_at: str
    rows: dict[str, int]
    files: tuple[Entry, ...]
    format: int = FORMAT

    @property
    def bytes(self) -> int:
        """The sum of all files."""
        return sum(entry.bytes for entry in self.files)


class _Hashed(io.RawIOBase):
    """Reads a file and hashes what was read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        piece = self._source.read(size)
        self._hash.update(piece)
        return piece

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


class Source(Protocol):
    """A database that can be copied while it is used (config/backup/sources.py)."""

    file: Path | None

    def copy(self, target: Path, step: Callable[[int, int], None]) -> Copied:
        """Copy it as of one moment."""


class Copied(Protocol):
    """What is known of a copy."""

    @property
    def rows(self) -> dict[str, int]:
        """How many rows each table has."""


def back_up(home: Path, source: Source, settings_file: Path | None, target: Path, at: float, passphrase: str = "") -> Manifest:
    """Write the back-up of `home` to `target`, sealed when there is a `passphrase`, and read it back; raises `BackupFailed`."""
    unfinished = target.with_name(f"{target.name}.part")
    snapshot = target.with_name(f"{target.name}.database.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        for private in (unfinished, snapshot):  # they hold the installation's secrets and its customers
            os.close(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        rows = source.copy(snapshot, lambda _done, _total: None).rows
        files = {f"{HOME}/{file.relative_to(home)}": file for file in kept_files(home, source.file, (target,))}
        if settings_file and settings_file.is_file():
            files[f"{HOME}/switchboard.toml"] = settings_file
        manifest = _write(unfinished, {DATABASE if source.file else DUMP: snapshot, **files}, rows, at, passphrase)
        if verified(unfinished, passphrase) != manifest:
            raise BackupFailed(why=_("what was read back is not what was written"))
        unfinished.rename(target)
    except (OSError, sqlite3.Error, BackupDamaged) as error:
        raise BackupFailed(why=str(error).rstrip(".")) from error
    finally:
        for left in (unfinished, snapshot):
            with suppress(NotADirectoryError):  # it was to be written below something that is no folder, which is said already
                left.unlink(missing_ok=True)
    return manifest


def kept_files(home: Path, database: Path | None, apart: Collection[Path]) -> Iterator[Path]:
    """The files below `home` that belong into a back-up, in order; not the database's own, and not what stands `apart`."""
    beside = (database.name,) if database else ()
    for folder, folders, names in os.walk(home):
        here = Path(folder)
        folders[:] = sorted(name for name in folders if not _made_again(here / name, home) and here / name not in apart)
        for name in sorted(names):
            file = here / name
            own = file.is_file() and not file.is_symlink() and not name.startswith(beside)
            if own and not _made_again(file, home) and not any(name.startswith(one.name) and here == one.parent for one in apart):
                yield file


def _made_again(path: Path, home: Path) -> bool:
    return str(path.relative_to(home)) in MADE_AGAIN or path.name.endswith(MADE_AGAIN_ENDINGS)


def _write(target: Path, files: dict[str, Path], rows: dict[str, int], at: float, passphrase: str) -> Manifest:
    entries = []
    with target.open("r+b") as written:
        with sealed(written, passphrase) as out, tarfile.open(fileobj=out, mode="w|", format=tarfile.PAX_FORMAT) as tar:
            for path, file in files.items():
                try:
                    source = file.open("rb")
                except FileNotFoundError:
                    continue  # removed by the retention rule since the folder was listed; its row says so, or will
                with source:
                    info = tar.gettarinfo(arcname=path, fileobj=source)
                    entries.append(add_file(tar, info, source))
            manifest = add_manifest(tar, entries, rows, at)
        written.flush()
        os.fsync(written.fileno())
    return manifest


def add_file(tar: tarfile.TarFile, info: tarfile.TarInfo, source: IO[bytes]) -> Entry:
    """Put one file into a back-up."""
    reader = _Hashed(source)
    tar.addfile(info, reader)
    return Entry(info.name, info.size, reader.hexdigest())


def add_manifest(tar: tarfile.TarFile, entries: Iterable[Entry], rows: dict[str, int], at: float) -> Manifest:
    """Put the manifest into a back-up, last of all."""
    manifest = Manifest(datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds"), rows, tuple(entries))
    said = json.dumps(asdict(manifest), ensure_ascii=False, indent=1).encode()
    info = tarfile.TarInfo(MANIFEST)
    info.size, info.mtime, info.mode = len(said), int(at), 0o600
    tar.addfile(info, io.BytesIO(said))
    return manifest


def verified(file: Path, passphrase: str = "") -> Manifest:
    """Read a back-up to its end and compare every file with the manifest; raises `BackupDamaged`."""
    try:
        found, manifest = _read_through(file, passphrase)
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise BackupDamaged(file=file, why=(getattr(error, "strerror", None) or str(error)).rstrip(".")) from error
    if manifest is None:
        raise BackupDamaged(file=file, why=_("it has no manifest, so it was not written to its end"))
    for entry in manifest.files:
        if found.pop(entry.path, None) != entry:
            raise BackupDamaged(file=file, why=f"{entry.path}: not as it was written")
    if found or not {DATABASE, DUMP} & {entry.path for entry in manifest.files}:
        raise BackupDamaged(file=file, why=f"unexpected: {', '.join(sorted(found)) or 'no database'}")
    return manifest


def _read_through(file: Path, passphrase: str) -> tuple[dict[str, Entry], Manifest | None]:
    found: dict[str, Entry] = {}
    manifest: Manifest | None = None
    for info, content in members(file, passphrase):
        if info.name == MANIFEST:
            manifest = _manifest(file, content.read(MOST_MANIFEST_BYTES))
            continue
        digest = hashlib.sha256()
        while piece := content.read(CHUNK):
            digest.update(piece)
        found[info.name] = Entry(info.name, info.size, digest.hexdigest())
    return found, manifest


def members(file: Path, passphrase: str = "") -> Iterator[tuple[tarfile.TarInfo, IO[bytes]]]:
    """The files in a back-up one after the other; refuses anything that is no plain file or would land outside the home.

    Raises `BackupDamaged`, and tarfile's and the disk's own errors.
    """
    with opened(file, passphrase) as source, tarfile.open(fileobj=source, mode="r|") as tar:
        for info in tar:
            path = PurePosixPath(info.name)
            inside = not path.is_absolute() and ".." not in path.parts
            named = info.name in (DATABASE, DUMP, MANIFEST) or (path.parts[:1] == (HOME,) and len(path.parts) > 1)
            content = tar.extractfile(info) if info.isreg() and inside and named else None
            if content is None:
                raise BackupDamaged(file=file, why=f"{info.name!r} does not belong into a back-up")
            yield info, content


def _manifest(file: Path, said: bytes) -> Manifest:
    try:
        values: dict[str, Any] = json.loads(said)
        if values["format"] != FORMAT:
            raise BackupDamaged(file=file, why=f"it was written in format {values['format']}, expected {FORMAT}")
        return Manifest(values["made_at"], dict(values["rows"]), tuple(Entry(**entry) for entry in values["files"]))
    except (ValueError, KeyError, TypeError) as error:
        raise BackupDamaged(file=file, why=f"its manifest cannot be read: {error!r}") from error
