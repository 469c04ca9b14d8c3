"""Bringing a kept back-up to life in a new place: its files into a folder, its database beside them or onto a server. What runs is never touched."""

from __future__ import annotations

from pathlib import Path

from attrs import frozen

from config.archive import DUMP
from config.backup.filling import fill_postgres, must_be_fillable
from config.backup.making import Telling
from config.backup.reviving import Revived, changes_beside, must_be_known, revive
from config.backup.sets import Set
from config.backup.sources import KIND_SQLITE
from config.backup.vault import Vault
from config.restoring import must_be_free, put_in_place


@frozen
class Place:
    """Where to restore to: the data directory, the file of a SQLite database, and the address of an empty PostgreSQL database, if any."""

    home: Path
    database: Path
    server: str = ""


@frozen
class Brought:
    """What was brought back. `rows`: of each table. `dump`: where PostgreSQL's is, when no server was named; `aside`: where older contents went."""

    revived: Revived
    rows: dict[str, int]
    dump: Path | None = None
    aside: Path | None = None


def bring_back(vault: Vault, one: Set, until: float, place: Place, telling: Telling, *, force: bool, at: float) -> Brought:
    """Restore `one` as of `until`; raises `BackupNewer`, `PieceLost`, `HomeInUse`, `HomeNotEmpty`, `RestoreFailed`, `NotFilled` and what `telling` raises."""
    must_be_known(one)
    must_be_free(place.home, place.database)
    if place.server and one.engine != KIND_SQLITE:
        must_be_fillable(place.server)
    done: list[Revived] = []

    def fill(unpacked: Path) -> None:
        name = place.database.name if one.engine == KIND_SQLITE else DUMP
        done.append(revive(vault, one, until, unpacked, unpacked / name, telling))

    aside = put_in_place(place.home, place.database, fill, force=force, at=at, staying=(vault.folder,))
    rows, dump = done[0].rows, place.home / DUMP
    if one.engine == KIND_SQLITE:
        return Brought(done[0], rows, aside=aside)
    if not place.server:
        return Brought(done[0], rows, dump, aside)
    return Brought(done[0], fill_server(dump, place.server, one.database.bytes, telling), aside=aside)


def fill_server(dump: Path, url: str, size: int, telling: Telling) -> dict[str, int]:
    """Fill the empty database at `url` from the dump that was put into place; gives its rows, table by table."""
    changes = changes_beside(dump)
    rows = fill_postgres(dump, url, changes if changes.exists() else None, lambda done: telling("filling", done, max(done, size))).rows
    dump.unlink()
    changes.unlink(missing_ok=True)
    return rows
