"""Flows from a folder: one .yaml file per flow, recordings in `prompts/` beside them. Blocking: off the loop, please."""

from __future__ import annotations

import contextlib
import hashlib
import shutil
from collections.abc import Iterable
from pathlib import Path

from attrs import frozen

from config.translations import _
from ivr.document import LARGEST_BYTES
from ivr.flow_text import Loaded, read_flows
from ivr.library import library
from ivr.problem import Problem, say
from ivr.reading import Surroundings
from ivr.sound import Recorded

MOST_FILES = 200
MOST_RECORDINGS = 2000
LARGEST_RECORDING_BYTES = 50 * 1024 * 1024
ENDINGS = (".yaml", ".yml")
RECORDINGS = "prompts"

Fingerprint = tuple[tuple[str, int, int], ...]
"""Name, time of change and size of every file: another one means that something was edited."""


@frozen
class FolderRead:
    """What a folder holds: its texts, recordings, and what is wrong with the folder itself."""

    texts: dict[str, bytes]
    recordings: dict[str, Recorded]
    problems: tuple[Problem, ...]


def load_flows(folder: Path, queues: frozenset[str] | None = None) -> Loaded:
    """The flows in `folder`, checked; against `queues` too when they are known. Uploaded audio is not listened to."""
    found = read_folder(folder)
    loaded = read_flows(found.texts, Surroundings(queues, frozenset(), found.recordings, library(found.recordings)))
    return Loaded(loaded.flows, (*found.problems, *loaded.problems)) if found.problems else loaded


def fingerprint(folder: Path) -> Fingerprint:
    """Cheap to take, every few seconds."""
    marks = []
    for file in (*_texts(folder), *_recordings(folder)):
        with contextlib.suppress(OSError):
            state = file.stat()
            marks.append((str(file), state.st_mtime_ns, state.st_size))
    return tuple(sorted(marks))


def read_folder(folder: Path) -> FolderRead:
    """Everything in `folder` that flows are made of; what cannot be read is a problem."""
    texts: dict[str, bytes] = {}
    recordings: dict[str, Recorded] = {}
    problems: list[Problem] = []
    for file in _texts(folder):
        try:
            with file.open("rb") as opened:
                texts[file.name] = opened.read(LARGEST_BYTES + 1)
        except OSError as error:
            problems.append(_unreadable(file.name, error))
    for file in _recordings(folder):
        name = file.relative_to(folder / RECORDINGS).as_posix()
        try:
            if file.stat().st_size > LARGEST_RECORDING_BYTES:
                what = say(_("The file is larger than {most} MB."), most=LARGEST_RECORDING_BYTES // 1024 // 1024)
                problems.append(Problem("recording_large", f"{RECORDINGS}/{name}", 0, "", what))
                continue
            with file.open("rb") as opened:
                recordings[name] = Recorded(hashlib.file_digest(opened, "sha256").hexdigest(), file)
        except OSError as error:
            problems.append(_unreadable(f"{RECORDINGS}/{name}", error))
    if not texts and not problems:
        cure = say(_("Put a file such as main.yaml into {folder}."), folder=folder)
        problems.append(Problem("no_flows", folder.name, 0, "", say(_("There are no call flows.")), cure))
    return FolderRead(texts, recordings, tuple(problems))


def copy_folder(found: FolderRead, source: Path, target: Path) -> None:
    """Make `target` hold what was `found` in `source`, all of it or nothing: written beside it, then renamed."""
    part = target.with_name(f".{target.name}.new")
    old = target.with_name(f".{target.name}.old")
    for rest in (part, old):
        shutil.rmtree(rest, ignore_errors=True)
    part.mkdir(parents=True)
    for name, raw in found.texts.items():
        (part / name).write_bytes(raw)
    for name in found.recordings:
        copied = part / RECORDINGS / name
        copied.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source / RECORDINGS / name, copied)
    if target.exists():
        target.rename(old)
    part.rename(target)
    shutil.rmtree(old, ignore_errors=True)


def _texts(folder: Path) -> list[Path]:
    return [file for file in _sorted(folder.glob("*")) if file.suffix in ENDINGS and not file.name.startswith(".")][:MOST_FILES]


def _recordings(folder: Path) -> list[Path]:
    found = (file for file in (folder / RECORDINGS).rglob("*") if not any(part.startswith(".") for part in file.parts[-2:]))
    return [file for file in _sorted(found) if file.is_file()][:MOST_RECORDINGS]


def _sorted(files: Iterable[Path]) -> list[Path]:
    try:
        return sorted(files)
    except OSError:  # the folder vanished, or may not be read
        return []


def _unreadable(file: str, error: OSError) -> Problem:
    return Problem("unreadable", file, 0, "", say(_("The file cannot be read ({why})."), why=error.strerror))
