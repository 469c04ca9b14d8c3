"""Where things live on this machine: the caches that set-up fills and the product reads.

Standard library only: set-up runs this before any package is installed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
"""The checkout: the folder that holds daemon.py."""

SHARED_CACHE = Path("/var/cache/switchboard")
"""root's cache: readable by the unprivileged accounts that root hands the work to (root's home is not)."""


def cache_folder(environ: Mapping[str, str] = os.environ, uid: int | None = None) -> Path:
    """The folder that this account keeps downloaded things in, outside any checkout.

    SWITCHBOARD_CACHE wins; root uses `SHARED_CACHE`; others $XDG_CACHE_HOME/switchboard or ~/.cache/switchboard.
    """
    if named := environ.get("SWITCHBOARD_CACHE"):
        return Path(named).absolute()
    if (os.getuid() if uid is None else uid) == 0:
        return SHARED_CACHE
    base = environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base).absolute() / "switchboard"


def asterisk_folders(environ: Mapping[str, str] = os.environ) -> Iterator[Path]:
    """Where a private Asterisk may stand, the first choice first: this account's cache, then the machine's."""
    own = cache_folder(environ)
    yield own / "asterisk"
    if own != SHARED_CACHE and "SWITCHBOARD_CACHE" not in environ:
        yield SHARED_CACHE / "asterisk"
