"""Stamps: a finished step leaves the hash of its inputs beside what it made, and is skipped while they are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def fingerprint(inputs: Iterable[Path], *texts: str) -> str:
    """One hash over the names and contents of `inputs` and over `texts`; a missing file counts as such."""
    found = hashlib.sha256("\0".join(texts).encode())
    for file in sorted(inputs):
        found.update(f"\0{file.name}\0".encode())
        found.update(file.read_bytes() if file.exists() else b"missing")
    return found.hexdigest()


def is_fresh(stamp: Path, wanted: str) -> bool:
    """Whether the step that left `stamp` was finished with the same inputs."""
    return stamp.exists() and stamp.read_text() == wanted


def leave(stamp: Path, wanted: str) -> None:
    """Say that the step is finished."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
