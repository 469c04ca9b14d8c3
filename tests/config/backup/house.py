"""A small installation to back up: a database, recordings, secrets, and settings that say where back-ups go."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from attrs import evolve

from config.backup.jobs import Jobs
from config.backup.sets import Listed, Set, listed
from config.settings import Settings

AT = 1_790_000_000.0
PASSPHRASE = "correct horse battery"
SOUND = "recordings/2026/09/1.12.mp3"


def quiet(phase: str, done: int, total: int) -> None:
    assert 0 <= done <= max(total, done)


class House:
    def __init__(self, folder: Path, *, encrypted: bool = False, **wishes: object) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.database = self.home / "switchboard.db"
        for name, content in {
            "switchboard.toml": "demo = true\n",
            "secrets/key": "k" * 32,
            SOUND: "sound" * 10_000,
            "recordings/incoming/2.wav": "being written",
            "prompts/uploads/خوش‌آمد.wav": "welcome",
            "asterisk/etc/pjsip.conf": "generated",
        }.items():
            self.put(name, content)
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            connection.execute("CREATE TABLE party (id INTEGER PRIMARY KEY, name TEXT)")
            connection.executemany("INSERT INTO party (name) VALUES (?)", [("مریم احمدی",), ("رضا",)])
        settings = Settings.load({"SWITCHBOARD_HOME": str(self.home)})
        secret = None
        if encrypted:
            secret = folder / "passphrase"
            secret.write_text(PASSPHRASE + "\n")
        self.settings = evolve(settings, backup=evolve(settings.backup, passphrase_file=secret, **wishes))
        self.jobs = Jobs(self.settings, {})
        self.backups = self.settings.backups

    def put(self, name: str, content: str) -> Path:
        file = self.home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        return file

    def add_party(self, name: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection, connection:
            connection.execute("INSERT INTO party (name) VALUES (?)", (name,))

    def make(self, at: float = AT) -> Set:
        return self.jobs.make(at, "manual", quiet).set

    def listed(self) -> list[Listed]:
        return listed(self.jobs.vault())

    def pieces(self) -> set[Path]:
        return set((self.backups / "pieces").glob("*/*"))


def parties(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return [name for (name,) in connection.execute("SELECT name FROM party ORDER BY id")]
