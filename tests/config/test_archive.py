"""Back-up and restore: made while running, proved whole, brought to life elsewhere, never over a running copy."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from commands.main import main
from config.archive import BackupDamaged, BackupFailed, Manifest, back_up, verified
from config.backup.sealed_file import FileNotOpened, FileSealed
from config.backup.sources import SqliteSource
from config.restoring import HomeInUse, HomeNotEmpty, restore

AT = 1_769_845_500.0


def make_home(home: Path) -> Path:
    """A home with everything in it that must come back, and something of each kind that need not."""
    for name, content in {
        "switchboard.toml": "demo = true\n",
        "secrets/key": "k" * 32,
        "recordings/2026/01/1769845500.12.mp3": "sound" * 10_000,
        "recordings/2026/01/1769845500.12.peaks.json": "{}",
        "recordings/incoming/1769845600.13.wav": "being written",
        "prompts/uploads/خوش‌آمد.wav": "welcome",
        "asterisk/etc/pjsip.conf": "generated",
        "demo.json": "{}",
        "switchboard.lock": "",
        "backups/older.tar": "older",
    }.items():
        file = home / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (home / "secrets/key").chmod(0o600)
    database = home / "switchboard.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("CREATE TABLE party (id INTEGER PRIMARY KEY, name TEXT)")
        connection.executemany("INSERT INTO party (name) VALUES (?)", [("مریم احمدی",), ("رضا",)])
    return database


def parties(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM party ORDER BY id")]


def made(tmp_path: Path) -> tuple[Path, Path, Manifest]:
    home = tmp_path / "home"
    database = make_home(home)
    target = tmp_path / "kept.tar"
    return home, target, back_up(home, SqliteSource(database), None, target, AT)


def test_a_backup_restored_elsewhere_is_the_same_installation(tmp_path: Path) -> None:
    """Records, recordings, prompts, settings and secrets are there; what is made again is not."""
    _home, target, manifest = made(tmp_path)
    assert manifest.rows == {"party": 2}
    assert target.stat().st_mode & 0o777 == 0o600
    new = tmp_path / "new"
    restored, aside = restore(target, new, new / "switchboard.db", force=False, at=AT)
    assert (restored, aside) == (manifest, None)
    files = sorted(str(file.relative_to(new)) for file in new.rglob("*") if file.is_file())
    assert files == [
        "prompts/uploads/خوش‌آمد.wav",
        "recordings/2026/01/1769845500.12.mp3",
        "recordings/2026/01/1769845500.12.peaks.json",
        "secrets/key",
        "switchboard.db",
        "switchboard.toml",
    ]
    assert parties(new / "switchboard.db") == ["مریم احمدی", "رضا"]
    assert (new / "secrets/key").stat().st_mode & 0o777 == 0o600
    assert (new / "recordings/2026/01/1769845500.12.mp3").read_text() == "sound" * 10_000


def test_a_backup_is_taken_while_somebody_writes(tmp_path: Path) -> None:
    """What was committed is in it, what was not is not, and the writer is not held up."""
    home = tmp_path / "home"
    database = make_home(home)
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("INSERT INTO party (name) VALUES ('committed')")
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO party (name) VALUES ('not yet')")
        manifest = back_up(home, SqliteSource(database), None, tmp_path / "kept.tar", AT)
        writer.execute("COMMIT")
    assert manifest.rows == {"party": 3}
    restore(tmp_path / "kept.tar", tmp_path / "new", tmp_path / "new/switchboard.db", force=False, at=AT)
    assert parties(tmp_path / "new/switchboard.db")[-1] == "committed"


def test_a_home_with_something_in_it_is_only_replaced_when_told_and_nothing_is_lost(tmp_path: Path) -> None:
    """The older contents stand aside; back-ups stay where they are."""
    home, target, _manifest = made(tmp_path)
    database = home / "switchboard.db"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO party (name) VALUES ('later')")
    with pytest.raises(HomeNotEmpty):
        restore(target, home, database, force=False, at=AT)
    assert parties(database)[-1] == "later"
    _manifest, aside = restore(target, home, database, force=True, at=AT)
    assert parties(database) == ["مریم احمدی", "رضا"]
    assert aside
    assert parties(aside / "switchboard.db")[-1] == "later"
    assert (home / "backups/older.tar").read_text() == "older"


def test_a_running_copy_is_never_overwritten(tmp_path: Path) -> None:
    """A process that has the database open keeps its home, whatever is said."""
    home, target, _manifest = made(tmp_path)
    hold = "import sqlite3,sys; c=sqlite3.connect(sys.argv[1]); c.execute('SELECT 1 FROM party').fetchall(); print('open',flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", hold, str(home / "switchboard.db")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == "open\n"
        with pytest.raises(HomeInUse, match=str(holder.pid)):
            restore(target, home, home / "switchboard.db", force=True, at=AT)
        holder.communicate("")
    assert parties(home / "switchboard.db") == ["مریم احمدی", "رضا"]


@pytest.mark.parametrize("where", [5_000, 40_000, 60_000])
def test_a_changed_byte_is_found_before_anything_is_touched(tmp_path: Path, where: int) -> None:
    """A damaged back-up is refused; the home stays empty."""
    _home, target, _manifest = made(tmp_path)
    content = bytearray(target.read_bytes())
    content[where] ^= 0x01
    target.write_bytes(content)
    with pytest.raises(BackupDamaged):
        restore(target, tmp_path / "new", tmp_path / "new/switchboard.db", force=False, at=AT)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("share", [0.0, 0.3, 0.99])
def test_half_a_backup_is_refused(tmp_path: Path, share: float) -> None:
    """A copy that broke off says so."""
    _home, target, _manifest = made(tmp_path)
    whole = target.read_bytes()
    end = whole.rindex(b'"format"') if share == 0.99 else int(len(whole) * share)
    target.write_bytes(whole[:end])
    with pytest.raises(BackupDamaged):
        verified(target)


@pytest.mark.parametrize("name", ["home/../../etc/passwd", "/etc/passwd", "elsewhere/file"])
def test_a_file_that_would_land_outside_is_refused(tmp_path: Path, name: str) -> None:
    """A back-up from a stranger cannot write where it likes."""
    target = tmp_path / "evil.tar"
    with tarfile.open(target, "w") as tar:
        tar.addfile(tarfile.TarInfo(name))
    with pytest.raises(BackupDamaged, match="does not belong"):
        verified(target)


def test_a_link_in_a_backup_is_refused(tmp_path: Path) -> None:
    """Links lead elsewhere."""
    target = tmp_path / "evil.tar"
    with tarfile.open(target, "w") as tar:
        link = tarfile.TarInfo("home/secrets")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        tar.addfile(link)
    with pytest.raises(BackupDamaged, match="does not belong"):
        verified(target)


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(tmp_path: Path) -> None:
    """The administrator hears of it now, not on the day of the restore; nothing half-made is left."""
    home = tmp_path / "home"
    database = make_home(home)
    content = bytearray(database.read_bytes())
    content[4096:] = b"\xff" * len(content[4096:])
    database.write_bytes(content)
    with pytest.raises(BackupFailed):
        back_up(home, SqliteSource(database), None, tmp_path / "out/kept.tar", AT)
    assert list((tmp_path / "out").iterdir()) == []


def test_the_commands_speak_plainly(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """What a person at the terminal reads, from back-up to restore."""
    home = tmp_path / "home"
    make_home(home)
    monkeypatch.setenv("SWITCHBOARD_HOME", str(home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr("commands.backup.be_gentle", lambda **_how: None)
    assert main(["backup", str(tmp_path / "kept.tar")]) == 0
    assert "read back and found whole" in capsys.readouterr().out
    assert main(["backup", str(tmp_path / "folder")]) == 0
    assert len(list((tmp_path / "folder").glob("switchboard-*Z.tar"))) == 1
    assert main(["restore", str(tmp_path / "kept.tar")]) == 1
    assert "--force" in capsys.readouterr().err
    monkeypatch.setenv("SWITCHBOARD_HOME", str(tmp_path / "new"))
    assert main(["restore", "--check", str(tmp_path / "kept.tar")]) == 0
    assert "is whole" in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "kept.tar")]) == 0
    assert "2 rows" in capsys.readouterr().out
    assert main(["restore", str(tmp_path / "no.tar")]) == 1
    assert "No such file" in capsys.readouterr().err


def sealed(tmp_path: Path) -> tuple[Path, Manifest]:
    home = tmp_path / "home"
    database = make_home(home)
    (home / "prompts/long.wav").write_bytes(bytes(range(256)) * 12_000)
    target = tmp_path / "kept.tar.sealed"
    return target, back_up(home, SqliteSource(database), None, target, AT, "correct horse battery")


def test_a_sealed_backup_opens_with_its_passphrase_only(tmp_path: Path) -> None:
    """Whoever finds the disk finds nothing; whoever has the passphrase gets everything back."""
    target, manifest = sealed(tmp_path)
    assert "مریم".encode() not in target.read_bytes()
    with pytest.raises(FileSealed, match="--passphrase-file"):
        verified(target)
    with pytest.raises(FileNotOpened, match="passphrase is wrong"):
        verified(target, "another passphrase")
    restored, _aside = restore(
        target, tmp_path / "new", tmp_path / "new/switchboard.db", force=False, at=AT, passphrase="correct horse battery"
    )
    assert restored == manifest
    assert parties(tmp_path / "new/switchboard.db") == ["مریم احمدی", "رضا"]


@pytest.mark.parametrize("blocks", [1, 2])
def test_a_sealed_backup_that_broke_off_between_two_blocks_is_refused(tmp_path: Path, blocks: int) -> None:
    """Cut where nobody would see it by the tags alone."""
    target, _manifest = sealed(tmp_path)
    whole = target.read_bytes()
    target.write_bytes(whole[: 26 + blocks * (1024 * 1024 + 16)])
    with pytest.raises((BackupDamaged, FileNotOpened)):
        verified(target, "correct horse battery")


@pytest.mark.parametrize("where", [30, 1_200_000, 2_300_000])
def test_a_changed_byte_of_a_sealed_backup_is_found(tmp_path: Path, where: int) -> None:
    """Wherever it is."""
    target, _manifest = sealed(tmp_path)
    content = bytearray(target.read_bytes())
    content[where] ^= 1
    target.write_bytes(content)
    with pytest.raises((BackupDamaged, FileNotOpened)):
        restore(target, tmp_path / "new", tmp_path / "new/switchboard.db", force=False, at=AT, passphrase="correct horse battery")
    assert not (tmp_path / "new").exists()
