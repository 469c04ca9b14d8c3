"""One back-up as the vault keeps it: a short page about it, and an index of files and of the pieces they are made of."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from attrs import asdict, frozen

from config.backup.vault import PROOFS, SETS, PieceLost, Vault
from config.errors import Refusal
from config.translations import _

FORMAT = 1
FILES_PER_PIECE = 2_000
DATABASE = "database"


class NoSuchBackup(Refusal):
    """There is no such back-up."""

    code = "no_such_backup"
    status = 404
    sentence = _("There is no back-up “{name}” in {folder}. Those that are there: {known}.")


class BackupNewer(Refusal):
    """A newer product wrote it."""

    code = "backup_newer"
    status = 409
    sentence = _("The back-up {name} was made by a newer version of the product ({found}). Install that version first, then restore.")


@frozen
class Content:
    """One file: where it belongs below the home, how large, and the pieces that make it, in order."""

    path: str
    bytes: int
    sha256: str
    pieces: tuple[str, ...]
    mtime_ns: int = 0
    mode: int = 0o600


@frozen
class Set:
    """What is told of a back-up. `stream` and `seq`: the journal entry after which its database was copied."""

    id: str
    made_at: float
    engine: str
    revision: str
    database: Content
    rows: dict[str, int]
    files: int
    bytes: int
    new_bytes: int
    took_seconds: float
    index: tuple[str, ...]
    stream: str = ""
    seq: int = 0
    reason: str = "manual"
    format: int = FORMAT


@frozen
class Proof:
    """How the test restore of a back-up went. `why` is empty when it was whole."""

    at: float
    ok: bool
    rows: int = 0
    files: int = 0
    moment: float = 0.0
    why: str = ""


@frozen
class Listed:
    """A back-up and what is known of its wholeness."""

    set: Set
    proof: Proof | None = None


def id_of(at: float) -> str:
    """The name of the back-up made at `at`: "20260121T075500Z"."""
    return f"{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"


def is_id(text: str) -> bool:
    """Whether `text` can be a back-up's name."""
    return re.fullmatch(r"[0-9]{8}T[0-9]{6}Z", text) is not None


def write_set(vault: Vault, one: Set) -> None:
    """Make the back-up be; from now on it is listed."""
    vault.settle()
    vault.write(f"{SETS}/{one.id}", json.dumps(asdict(one)).encode())


def read_set(vault: Vault, name: str) -> Set:
    """The back-up `name`; raises `PieceLost`, `BackupNewer`, or `NoSuchBackup`."""
    if not is_id(name) or name not in vault.names(SETS):
        raise NoSuchBackup(name=name, folder=vault.folder, known=", ".join(all_ids(vault)[-5:]) or "—")
    said = _json(vault, f"{SETS}/{name}")
    if said.get("format", 0) > FORMAT:
        raise BackupNewer(name=name, found=f"format {said['format']}")
    try:
        return Set(**{**said, "database": content(said["database"]), "index": tuple(said["index"])})
    except (KeyError, TypeError, ValueError) as error:
        raise PieceLost(file=vault.folder / SETS / name, why=_("it is damaged")) from error


def all_ids(vault: Vault) -> list[str]:
    """The names of all back-ups, the oldest first."""
    return [name for name in vault.names(SETS) if is_id(name)]


def chosen(vault: Vault, name: str) -> Set:
    """The back-up called `name`, or the newest one for "latest"."""
    ids = all_ids(vault)
    return read_set(vault, ids[-1] if name == "latest" and ids else name)


def listed(vault: Vault, most: int = 500) -> list[Listed]:
    """The newest back-ups first; one whose page is damaged is left out (the doctor and `--list` name it)."""
    found = []
    for name in reversed(all_ids(vault)[-most:]):
        with suppress(PieceLost, BackupNewer):
            found.append(Listed(read_set(vault, name), read_proof(vault, name)))
    return found


def write_proof(vault: Vault, name: str, proof: Proof) -> None:
    """Keep how the test restore of `name` went."""
    vault.write(f"{PROOFS}/{name}", json.dumps(asdict(proof)).encode())


def read_proof(vault: Vault, name: str) -> Proof | None:
    """How the last test restore of `name` went; None when there was none."""
    try:
        return Proof(**_json(vault, f"{PROOFS}/{name}"))
    except (PieceLost, TypeError):
        return None


def write_index(vault: Vault, files: Iterable[Content]) -> tuple[str, ...]:
    """Keep the list of files as pieces; lists that share their beginning share pieces."""
    every = list(files)
    return tuple(
        vault.put("\n".join(line(one) for one in every[start : start + FILES_PER_PIECE]).encode())
        for start in range(0, len(every), FILES_PER_PIECE)
    )


def read_index(vault: Vault, index: Iterable[str]) -> Iterator[Content]:
    """The files of a back-up; raises `PieceLost`, also for a path that leads out of the home."""
    for piece in index:
        for text in vault.get(piece).decode().split("\n"):
            yield content(json.loads(text))


def line(one: Content) -> str:
    """One file as one line of JSON."""
    return json.dumps(asdict(one), ensure_ascii=False, separators=(",", ":"))


def content(said: Mapping[str, Any]) -> Content:
    """A file as written by `line`; raises `PieceLost` for a path that leads out of the home, KeyError and TypeError for nonsense."""
    one = Content(**{**said, "pieces": tuple(map(str, said["pieces"]))})
    path = PurePosixPath(one.path)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\0" in one.path:
        raise PieceLost(file=repr(one.path), why=_("it does not belong into a back-up"))
    return one


def _json(vault: Vault, place: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = json.loads(vault.read(place))
    except ValueError as error:
        raise PieceLost(file=vault.folder / place, why=_("it is damaged")) from error
    return said
