"""`switchboard backup`: everything that cannot be made again, kept while the product runs; lists, verifies and deletes what is kept."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from attrs import evolve

from config.archive import back_up
from config.backup.jobs import Jobs
from config.backup.pace import Paced, be_gentle
from config.backup.packing import ENDING, SEALED_ENDING
from config.backup.sealing import read_passphrase
from config.backup.sets import Listed, Proof, Set, listed
from config.settings import Settings
from config.translations import _, translate

SUMMARY = _("keep everything that cannot be made again, while the product runs; list, verify and delete what is kept")
DONE = _("{file}: {files} files, {megabytes} MB, read back and found whole.")
MADE = _("{name}: {files} files and {rows} rows, {megabytes} MB, of which {new} MB were new; kept in {folder}.")
WHOLE = _("{name} was restored for a test and is whole: {rows} rows, {files} files looked at.")
DAMAGED = _("{name} cannot be restored: {why}.")
NONE = _("There are no back-ups in {folder} yet.")
GONE = _("{name} is deleted.")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to write, or what to do with what is there."""
    parser.add_argument(
        "target", nargs="?", type=Path, help="one file to carry away (a .tar, or a folder); without it, into [backup] folder"
    )
    parser.add_argument("--passphrase-file", type=Path, help="encrypt with the first line of this file; default: [backup] passphrase_file")
    doing = parser.add_mutually_exclusive_group()
    doing.add_argument("--list", action="store_true", help="what is kept")
    doing.add_argument("--verify", metavar="NAME", help="restore this back-up (or: latest) into a private folder and compare")
    doing.add_argument("--delete", metavar="NAME", help="remove this back-up")


def run(given: argparse.Namespace) -> int:
    """Make a back-up, or do what the options say."""
    settings = Settings.load()
    if given.passphrase_file:
        settings = evolve(settings, backup=evolve(settings.backup, passphrase_file=given.passphrase_file.absolute()))
    jobs, at = Jobs(settings), time.time()
    if given.list:
        return _list(jobs, given.language)
    be_gentle(awaited=True)
    if given.verify:
        one, proof = jobs.verify(given.verify, at, paced())
        return _told(one, proof, given.language)
    if given.delete:
        jobs.delete(given.delete)
        print(translate(given.language, GONE, name=given.delete))
        return 0
    if given.target:
        return _one_file(jobs, given.target, given.language, at)
    return _made(jobs, jobs.make(at, "manual", paced()), given.language)


class Progress:
    """A line that counts up, when somebody watches."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._told = ""

    def __call__(self, phase: str, done: int, total: int) -> None:
        told = f"{phase} {100 * done // total if total else 0} %"
        if self._watched and told != self._told:
            self._told = told
            print(f"\r\x1b[K{told}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave a clean line."""
        if self._told:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def paced() -> Paced:
    """Counts up, and lets calls go first."""
    return Paced(Progress(), awaited=True)


def _made(jobs: Jobs, made: Listed, language: str) -> int:
    one = made.set
    sizes = {"megabytes": f"{one.bytes / 1e6:.1f}", "new": f"{one.new_bytes / 1e6:.1f}"}
    print(translate(language, MADE, name=one.id, files=one.files, rows=sum(one.rows.values()), folder=jobs.settings.backups, **sizes))
    return _told(one, made.proof, language) if made.proof else 0


def _told(one: Set, proof: Proof, language: str) -> int:
    if proof.ok:
        print(translate(language, WHOLE, name=one.id, rows=proof.rows, files=proof.files))
        return 0
    print(translate(language, DAMAGED, name=one.id, why=proof.why.rstrip(".")), file=sys.stderr)
    return 1


def _list(jobs: Jobs, language: str) -> int:
    rows = listed(jobs.vault()) if jobs.settings.backups.is_dir() and (jobs.settings.backups / "vault.json").exists() else []
    if not rows:
        print(translate(language, NONE, folder=jobs.settings.backups))
    for row in rows:
        said = "-" if row.proof is None else "ok" if row.proof.ok else "DAMAGED"
        made_at = f"{datetime.fromtimestamp(row.set.made_at, UTC):%Y-%m-%d %H:%M:%SZ}"
        print(f"{row.set.id}  {made_at}  {row.set.bytes / 1e6:>10.1f} MB  {row.set.files:>7} files  {row.set.reason:<9} {said}")
    return 0


def _one_file(jobs: Jobs, asked: Path, language: str, at: float) -> int:
    settings = jobs.settings
    secret = settings.backup.passphrase_file
    passphrase = read_passphrase(secret) if secret else ""
    target = place(asked, at, sealed=bool(passphrase))
    named = os.environ.get("SWITCHBOARD_CONFIG")
    manifest = back_up(settings.home, jobs.source, Path(named) if named else None, target, at, passphrase)
    print(translate(language, DONE, file=target, files=len(manifest.files), megabytes=f"{manifest.bytes / 1e6:.1f}"))
    return 0


def place(asked: Path, at: float, *, sealed: bool = False) -> Path:
    """The file to write: `asked`, or a name with the moment in it when `asked` is a folder."""
    if asked.name.endswith((ENDING, SEALED_ENDING)) and not asked.is_dir():
        return asked.absolute()
    return asked.absolute() / f"switchboard-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}{SEALED_ENDING if sealed else ENDING}"
