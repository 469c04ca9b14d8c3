"""A back-up brought back from the vault: the database, taken forward by the journal to the wished moment, and the files of then."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from attrs import frozen

from config.backup.additions import files_at
from config.backup.journal_files import Entry, entries
from config.backup.making import Telling
from config.backup.row_changes import LastChanges
from config.backup.sets import BackupNewer, Content, Set, all_ids, read_set
from config.backup.sources import KIND_SQLITE, Copied, looked_at
from config.backup.vault import PieceLost, Vault
from config.errors import Refusal
from config.migrate import revisions
from config.restoring import write_file
from config.translations import _

END_OF_TIME = float("inf")


class NothingSoEarly(Refusal):
    """No back-up is old enough."""

    code = "no_backup_so_early"
    status = 404
    sentence = _("There is no back-up from before {moment}. The oldest is {oldest}.")


class JournalDamaged(Refusal):
    """A part of the journal cannot be read."""

    code = "journal_damaged"
    sentence = _("The journal cannot be followed beyond {moment}: {file}. Restore with --at {moment}, or a back-up by its name.")


@frozen
class Revived:
    """What was brought back. `moment`: what the database is as of, UTC epoch seconds."""

    set: Set
    moment: float
    files: int
    rows: dict[str, int]


def set_for(vault: Vault, until: float, shown: str) -> Set:
    """The newest back-up that is not younger than `until` (shown to people as `shown`)."""
    ids = all_ids(vault)
    for name in reversed(ids):
        one = read_set(vault, name)
        if one.made_at <= until:
            return one
    raise NothingSoEarly(moment=shown, oldest=ids[0] if ids else "—")


def must_be_known(one: Set) -> None:
    """Raise `BackupNewer` when this version of the product cannot work with the tables of the back-up."""
    if one.revision and one.revision not in revisions():
        raise BackupNewer(name=one.id, found=f"revision {one.revision}")


def revive(vault: Vault, one: Set, until: float, home: Path, database: Path, telling: Telling) -> Revived:
    """Write files into `home` and the database to `database`, as of `until` (or the last kept moment before); none of it may be there yet.

    Raises `BackupNewer`, `PieceLost`, OSError.
    """
    must_be_known(one)
    moment, copied = revive_database(vault, one, until, database, telling)
    files = files_at(vault, one, max(until, one.made_at))
    total, done = sum(file.bytes for file in files.values()), 0
    for file in files.values():
        write_file(home / file.path, proved(vault, file), file.mode)
        done += file.bytes
        telling("files", done, total)
    return Revived(one, moment, len(files), copied.rows)


def revive_database(vault: Vault, one: Set, until: float, target: Path, telling: Telling) -> tuple[float, Copied]:
    """Write the database to `target` as of `until`, and look whether it is whole; gives the moment it is as of."""
    done = 0

    def told() -> Iterator[bytes]:
        nonlocal done
        for piece in proved(vault, one.database):
            done += len(piece)
            telling("database", done, one.database.bytes)
            yield piece

    write_file(target, told(), 0o600)
    if one.engine != KIND_SQLITE:
        return keep_changes(vault, one, until, changes_beside(target)), Copied(one.rows, one.revision)
    moment = replay(vault, one, until, target)
    with closing(sqlite3.connect(target, isolation_level=None)) as copy:
        found = looked_at(copy)
    if moment == one.made_at and found.rows != one.rows:
        raise PieceLost(file=vault.folder / one.id, why=_("its tables have not the rows that they had"))
    return moment, found


def replay(vault: Vault, one: Set, until: float, target: Path) -> float:
    """Take the database in `target` from the back-up's moment to the last kept one that is not after `until`; gives that moment."""
    last, moment = last_moment(vault, one, until)
    if not last:
        return moment
    with target.open("r+b") as out:
        size = 0
        for entry in entries(vault, one.stream, one.seq):
            if entry.seq > last:
                break
            for number, page in entry.pages.items():
                out.seek((number - 1) * entry.page_bytes)
                out.write(page)
            size = entry.size * entry.page_bytes
        out.truncate(size)
    return moment


def changes_beside(dump: Path) -> Path:
    """Where the changes after a dump are, when there are any."""
    return dump.with_name(f"{dump.name}.changes")


def keep_changes(vault: Vault, one: Set, until: float, target: Path) -> float:
    """Write the rows that changed after the back-up, until the last kept moment that is not after `until`; gives that moment."""
    last, moment = last_moment(vault, one, until)
    if last:
        changes = LastChanges(target)
        for entry in entries(vault, one.stream, one.seq):
            if entry.seq > last:
                break
            try:
                changes.add(entry.rows)
            except (ValueError, KeyError, TypeError) as error:
                raise PieceLost(file=vault.folder / one.stream, why=_("it is damaged")) from error
        changes.close()
    return moment


def last_moment(vault: Vault, one: Set, until: float) -> tuple[int, float]:
    """The entry of the journal that leads from the back-up to `until`, and its moment; 0 when there is none."""
    if not one.stream or until <= one.made_at:
        return 0, one.made_at
    return _last_moment(entries(vault, one.stream, one.seq), one.made_at, until)


def _last_moment(every: Iterable[Entry], after: float, until: float) -> tuple[int, float]:
    last, moment = 0, after
    try:
        for entry in every:
            if entry.at > until:
                break
            if entry.moment and entry.begun >= after:
                last, moment = entry.seq, entry.at
    except PieceLost as error:
        raise JournalDamaged(moment=f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%dT%H:%M:%S}Z", file=error.values["file"]) from error
    return last, moment


def proved(vault: Vault, file: Content) -> Iterator[bytes]:
    """The content of a file, piece by piece; raises `PieceLost` at the end when it is not the file that was kept."""
    digest, size = hashlib.sha256(), 0
    for name in file.pieces:
        piece = vault.get(name)
        digest.update(piece)
        size += len(piece)
        yield piece
    if (size, digest.hexdigest()) != (file.bytes, file.sha256):
        raise PieceLost(file=file.path, why=_("it is not as it was when it was kept"))
