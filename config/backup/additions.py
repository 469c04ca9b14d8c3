"""Files that came after a back-up: kept every few minutes, so that the recordings of this morning are there to be restored.

An addition names what is new, changed and gone since the back-up it belongs to and the additions before it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

from attrs import frozen

from config.backup.sets import Content, Set, all_ids, read_index, read_set, write_index
from config.backup.vault import ADDITIONS, PieceLost, Vault
from config.translations import _


@frozen
class Addition:
    """What changed among the files until `at`."""

    at: float
    files: tuple[Content, ...]
    gone: tuple[str, ...]
    index: tuple[str, ...] = ()
    """The pieces that hold the list of files, once written."""


def write_addition(vault: Vault, name: str, addition: Addition) -> None:
    """Keep an addition to the back-up `name`."""
    said = {"at": addition.at, "index": write_index(vault, addition.files), "gone": addition.gone}
    vault.settle()
    vault.write(f"{ADDITIONS}/{name}/{round(addition.at * 1000):016d}", json.dumps(said, ensure_ascii=False).encode())


def additions(vault: Vault, name: str, until: float = float("inf")) -> Iterator[Addition]:
    """The additions to the back-up `name` up to the moment `until`, in order; raises `PieceLost`."""
    for one in vault.names(f"{ADDITIONS}/{name}"):
        if one.isdigit() and int(one) <= until * 1000:
            place = f"{ADDITIONS}/{name}/{one}"
            try:
                said = json.loads(vault.read(place))
                index = tuple(map(str, said["index"]))
                yield Addition(float(said["at"]), tuple(read_index(vault, index)), tuple(map(str, said["gone"])), index)
            except (ValueError, KeyError, TypeError) as error:
                raise PieceLost(file=vault.folder / place, why=_("it is damaged")) from error


def files_at(vault: Vault, one: Set, until: float) -> dict[str, Content]:
    """Every file of a back-up as of the moment `until`, by path; raises `PieceLost`."""
    files = {file.path: file for file in read_index(vault, one.index)}
    for addition in additions(vault, one.id, until):
        files.update((file.path, file) for file in addition.files)
        for path in addition.gone:
            files.pop(path, None)
    return files


def known_files(vault: Vault) -> dict[str, Content]:
    """What the newest whole back-up and its additions know; nothing when there is none."""
    for name in reversed(all_ids(vault)):
        with suppress(PieceLost):
            return files_at(vault, read_set(vault, name), float("inf"))
    return {}
