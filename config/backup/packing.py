"""One back-up of the vault as one file, to be carried away: the same .tar that `switchboard backup FILE` writes, sealed when there is a passphrase."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from config.archive import DATABASE, DUMP, HOME, Manifest, add_file, add_manifest
from config.backup.additions import files_at
from config.backup.making import Telling, refused_plainly
from config.backup.reviving import proved
from config.backup.sealed_file import sealed
from config.backup.sets import Content, Set
from config.backup.sources import KIND_SQLITE
from config.backup.vault import Vault

ENDING, SEALED_ENDING = ".tar", ".tar.sealed"


class _Pieces(io.RawIOBase):
    """A file of the vault as a stream."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._ready = b""

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        while size < 0 or len(self._ready) < size:
            piece = next(self._pieces, None)
            if piece is None:
                break
            self._ready += piece
        given, self._ready = (self._ready, b"") if size < 0 else (self._ready[:size], self._ready[size:])
        return given


def pack(vault: Vault, one: Set, target: Path, passphrase: str, telling: Telling) -> Manifest:
    """Write a back-up (as it was made, without the journal) to `target`; there is all of it or nothing. Raises `BackupFailed`, `PieceLost`."""
    files = files_at(vault, one, one.made_at)
    total, done = one.database.bytes + sum(file.bytes for file in files.values()), 0
    with (
        refused_plainly(vault),
        written_whole(target) as out,
        sealed(out, passphrase) as closed,
        tarfile.open(fileobj=closed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        entries = []
        named = {DATABASE if one.engine == KIND_SQLITE else DUMP: one.database, **{f"{HOME}/{path}": file for path, file in files.items()}}
        for path, file in named.items():
            entries.append(add_file(tar, _info(path, file), _Pieces(proved(vault, file))))  # type: ignore[arg-type]  # a RawIOBase reads like an IO
            done += file.bytes
            telling("packing", done, total)
        return add_manifest(tar, entries, one.rows, one.made_at)


def _info(path: str, file: Content) -> tarfile.TarInfo:
    info = tarfile.TarInfo(path)
    info.size, info.mtime, info.mode = file.bytes, file.mtime_ns // 10**9, file.mode
    return info


@contextmanager
def written_whole(target: Path) -> Iterator[IO[bytes]]:
    """A file that appears under its name when the block ends well, and never otherwise."""
    part = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        part.rename(target)
    finally:
        part.unlink(missing_ok=True)
