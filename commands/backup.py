"""`switchboard backup`: everything that cannot be made again, in one verified file, while the product runs."""

from __future__ import annotations

import argparse
import os
import time
from datetime import UTC, datetime
from pathlib import Path

from config.archive import back_up
from config.database import sqlite_file
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("keep everything that cannot be made again in one verified file, while the product runs")
DONE = _("{file}: {files} files, {megabytes} MB, read back and found whole.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write."""
    parser.add_argument("target", nargs="?", type=Path, help="file or folder; default: backups/ in SWITCHBOARD_HOME")


def run(given: argparse.Namespace) -> int:
    """Write a back-up to the named file or folder (default: backups/ in the home)."""
    at = time.time()
    settings = Settings.load()
    named = os.environ.get("SWITCHBOARD_CONFIG")
    target = place(given.target or settings.home / "backups", at)
    manifest = back_up(settings.home, sqlite_file(settings.database_url), Path(named) if named else None, target, at)
    print(translate(given.language, DONE, file=target, files=len(manifest.files), megabytes=f"{manifest.bytes / 1e6:.1f}"))
    return 0


def place(asked: Path, at: float) -> Path:
    """The file to write: `asked`, or a name with the moment in it when `asked` is a folder."""
    if asked.suffix == ".tar" and not asked.is_dir():
        return asked.absolute()
    return asked.absolute() / f"switchboard-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}.tar"
