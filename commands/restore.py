"""`switchboard restore`: a back-up brought to life in SWITCHBOARD_HOME; what was there is set aside, never lost."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from config.archive import Manifest, verified
from config.database import sqlite_file
from config.restoring import restore
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("bring a back-up to life in SWITCHBOARD_HOME")
DONE = _("{home} is as it was at {made_at}: {files} files, {rows} rows.")
ASIDE = _("What was there before is in {aside}.")
WHOLE = _("{file} is whole: made at {made_at}, {files} files, {rows} rows.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which back-up, and how bold to be."""
    parser.add_argument("backup", type=Path, help="the .tar file that switchboard backup wrote")
    parser.add_argument("--force", action="store_true", help="the home is not empty: set what is there aside")
    parser.add_argument("--check", action="store_true", help="only verify the back-up")


def run(given: argparse.Namespace) -> int:
    """Restore, or with --check only read the back-up to its end."""
    if given.check:
        _say(given.language, WHOLE, verified(given.backup), file=given.backup)
        return 0
    settings = Settings.load()
    manifest, aside = restore(given.backup, settings.home, sqlite_file(settings.database_url), force=given.force, at=time.time())
    _say(given.language, DONE, manifest, home=settings.home)
    if aside:
        print(translate(given.language, ASIDE, aside=aside))
    return 0


def _say(language: str, sentence: str, manifest: Manifest, **values: Path) -> None:
    counted = {"made_at": manifest.made_at, "files": len(manifest.files), "rows": sum(manifest.rows.values())}
    print(translate(language, sentence, **counted, **values))
