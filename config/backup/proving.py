"""Is a back-up good for anything? It is restored into a private folder and looked at; damaged pieces go, so that the next back-up heals them."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterable
from contextlib import closing

from config.archive import BackupFailed
from config.backup.additions import files_at
from config.backup.filling import rows_in
from config.backup.making import Telling, work_folder
from config.backup.reviving import END_OF_TIME, JournalDamaged, proved, revive_database
from config.backup.sets import DATABASE, Content, Proof, Set, write_proof
from config.backup.sources import KIND_SQLITE, looked_at
from config.backup.vault import PieceLost, Vault
from config.errors import Refusal

SAMPLE_FILES = 200
SAMPLE_BYTES = 512 * 1024 * 1024


def prove(vault: Vault, one: Set, at: float, telling: Telling, *, chance: random.Random | None = None) -> Proof:
    """Restore `one` for a test, keep and give the result; raises what `telling` raises, and `BackupDiskFull`."""
    try:
        proof = _proved(vault, one, at, telling, chance or random.Random())  # noqa: S311  # which files are looked at is no secret
    except (PieceLost, JournalDamaged, BackupFailed, sqlite3.Error) as error:
        if getattr(error, "code", "") == "backup_disk_full":
            raise
        proof = Proof(at, ok=False, why=error.text("en") if isinstance(error, Refusal) else str(error))
        discard_damaged(vault, one)
    write_proof(vault, one.id, proof)
    return proof


def _proved(vault: Vault, one: Set, at: float, telling: Telling, chance: random.Random) -> Proof:
    with work_folder(vault, one.database.bytes) as folder:
        restored = folder / DATABASE
        moment, copied = revive_database(vault, one, END_OF_TIME, restored, telling)
        if one.engine == KIND_SQLITE:
            with closing(sqlite3.connect(restored)) as copy:
                looked_at(copy, thoroughly=True)
        else:
            compare(rows_in(restored), one.rows)
    files = files_at(vault, one, END_OF_TIME)
    sample = sampled(list(files.values()), chance)
    total, done = sum(file.bytes for file in sample), 0
    for file in sample:
        for _piece in proved(vault, file):
            pass
        done += file.bytes
        telling("checking", done, total)
    for file in files.values():
        for piece in file.pieces:
            if not vault.has(piece):
                raise PieceLost(file=file.path, why="a piece of it is missing")
    return Proof(at, ok=True, rows=sum(copied.rows.values()), files=len(sample), moment=moment)


def compare(found: dict[str, int], expected: dict[str, int]) -> None:
    """Raise `BackupFailed` when a table has not the rows that it had."""
    for table, count in expected.items():
        if found.get(table, 0) != count:
            raise BackupFailed(why=f"{table}: {found.get(table, 0)} rows, {count} were counted")


def sampled(files: list[Content], chance: random.Random) -> list[Content]:
    """Some of the files, within a limit of their sizes."""
    room, taken = SAMPLE_BYTES, []
    for file in chance.sample(files, min(SAMPLE_FILES, len(files))):
        if file.bytes <= room:
            room -= file.bytes
            taken.append(file)
    return taken


def discard_damaged(vault: Vault, one: Set) -> int:
    """Remove the pieces of a back-up that can no longer be read; gives how many."""
    gone = 0
    for name in set(_pieces(vault, one)):
        try:
            vault.get(name)
        except PieceLost:
            vault.discard(name)
            gone += 1
    return gone


def _pieces(vault: Vault, one: Set) -> Iterable[str]:
    yield from one.database.pieces
    yield from one.index
    try:
        for file in files_at(vault, one, END_OF_TIME).values():
            yield from file.pieces
    except PieceLost:
        return
