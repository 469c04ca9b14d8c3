"""Back-ups in the vault: kept once, encrypted when wished, proved by a test restore, and never half."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from attrs import evolve

from config.archive import BackupFailed
from config.backup import sources, vault as vault_module
from config.backup.making import BackupDiskFull
from config.backup.offsite import OffsiteFailed
from config.backup.reviving import END_OF_TIME, must_be_known, revive
from config.backup.sealing import PassphraseUnreadable
from config.backup.sets import BackupNewer, Content, NoSuchBackup, Set, chosen, read_index, read_proof, write_index, write_set
from config.backup.vault import PassphraseNeeded, PassphraseWrong, PieceLost, Vault, VaultBusy, VaultRefused
from config.backup.work import Stopped
from tests.config.backup.house import AT, PASSPHRASE, SOUND, House, parties, quiet


def restored(house: House, one: Set, folder: Path, until: float = END_OF_TIME) -> list[str]:
    revive(house.jobs.vault(), one, until, folder, folder / "switchboard.db", quiet)
    return parties(folder / "switchboard.db")


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_backup_brings_everything_back(tmp_path: Path, encrypted: bool) -> None:
    """Records, recordings, prompts, settings and secrets are there; what is made again is not; a test restore has shown it."""
    house = House(tmp_path, encrypted=encrypted)
    made = house.jobs.make(AT, "manual", quiet)
    assert made.proof
    assert made.proof.ok
    assert made.set.rows == {"party": 2}
    new = tmp_path / "new"
    assert restored(house, made.set, new) == ["مریم احمدی", "رضا"]
    files = sorted(str(file.relative_to(new)) for file in new.rglob("*") if file.is_file())
    assert files == sorted(["switchboard.db", "switchboard.toml", "secrets/key", SOUND, "prompts/uploads/خوش‌آمد.wav"])
    assert (new / SOUND).read_text() == "sound" * 10_000
    assert not list(house.backups.glob("work-*"))


def test_what_has_not_changed_is_kept_once(tmp_path: Path) -> None:
    """A second back-up of a large shelf costs next to nothing."""
    house = House(tmp_path)
    house.put("recordings/large.mp3", "".join(map(str, range(400_000))))
    first = house.make()
    before = house.pieces()
    house.put("recordings/2026/09/3.mp3", "another talk")
    second = house.make(AT + 60)
    assert second.new_bytes < 4_000 < first.new_bytes
    assert before <= house.pieces()
    assert restored(house, first, tmp_path / "one") == restored(house, second, tmp_path / "two")
    assert (tmp_path / "two/recordings/2026/09/3.mp3").read_text() == "another talk"
    assert not (tmp_path / "one/recordings/2026/09/3.mp3").exists()


def test_nothing_of_an_encrypted_vault_can_be_read_without_the_passphrase(tmp_path: Path) -> None:
    """Neither names nor contents; the wrong passphrase and none are told apart from damage."""
    house = House(tmp_path, encrypted=True)
    house.make()
    every = b"".join(file.read_bytes() for file in house.backups.rglob("*") if file.is_file())
    assert "مریم".encode() not in every
    assert b"switchboard.toml" not in every
    with pytest.raises(PassphraseNeeded, match="--passphrase-file"):
        Vault.open(house.backups, None)
    wrong = tmp_path / "wrong"
    wrong.write_text("another long passphrase")
    with pytest.raises(PassphraseWrong):
        Vault.open(house.backups, wrong)
    wrong.write_text("short")
    with pytest.raises(PassphraseUnreadable, match="twelve"):
        Vault.open(house.backups, wrong)
    assert PASSPHRASE.encode() not in every


def test_a_plain_vault_is_not_silently_mixed_with_an_encrypted_one(tmp_path: Path) -> None:
    """Whoever turns encryption on is told that what is there is not encrypted."""
    House(tmp_path).make()
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    with pytest.raises(VaultRefused, match="not encrypted"):
        Vault.open(tmp_path / "home/backups", secret)


@pytest.mark.parametrize("what", ["changed", "cut", "missing"])
def test_a_damaged_piece_is_found_and_the_next_backup_heals_it(tmp_path: Path, what: str) -> None:
    """A disk that forgets is noticed by the test restore, and what is still in the house is written anew."""
    house = House(tmp_path)
    one = house.make()
    victim = house.backups / "pieces" / one.database.pieces[0][:2] / one.database.pieces[0]
    content = victim.read_bytes()
    if what == "missing":
        victim.unlink()
    else:
        victim.write_bytes(content[:-9] if what == "cut" else content[:100] + bytes([content[100] ^ 1]) + content[101:])
    _one, proof = house.jobs.verify("latest", AT, quiet)
    assert not proof.ok
    assert proof.why
    assert not house.listed()[0].proof.ok
    with pytest.raises(PieceLost):
        restored(house, one, tmp_path / "new")
    assert house.jobs.make(AT + 60, "manual", quiet).proof.ok
    assert restored(house, one, tmp_path / "again") == ["مریم احمدی", "رضا"]


def test_a_damaged_recording_is_read_again_from_the_shelf(tmp_path: Path) -> None:
    """Files that have not changed are not read again, unless their pieces are gone."""
    house = House(tmp_path)
    one = house.make()
    vault = house.jobs.vault()
    sound = next(file for file in vault_files(vault, one) if file.path == SOUND)
    piece = house.backups / "pieces" / sound.pieces[0][:2] / sound.pieces[0]
    piece.write_bytes(b"\0" * 40)
    assert not house.jobs.verify("latest", AT, quiet)[1].ok
    assert house.jobs.make(AT + 60, "manual", quiet).proof.ok
    assert piece.stat().st_size > 40


def vault_files(vault: Vault, one: Set) -> list[Content]:
    return list(read_index(vault, one.index))


def test_a_damaged_database_is_not_backed_up_as_if_it_were_whole(tmp_path: Path) -> None:
    """The administrator hears of it now; nothing is listed."""
    house = House(tmp_path)
    content = bytearray(house.database.read_bytes())
    content[4096:] = b"\xff" * len(content[4096:])
    house.database.write_bytes(content)
    with pytest.raises(BackupFailed):
        house.make()
    assert house.listed() == []


class FullDisk:
    """A disk that takes `room` bytes of pieces and then no more."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, room: int) -> None:
        self.room = room
        self._real = os.fdopen
        monkeypatch.setattr(vault_module.os, "fdopen", self.fdopen)

    def fdopen(self, opened: int, mode: str, *more: object, **named: object):
        file = self._real(opened, mode, *more, **named)
        self._file = file
        return self

    def __enter__(self):
        return self

    def __exit__(self, *_raised):
        self._file.close()

    def write(self, content: bytes) -> int:
        if len(content) > self.room:
            self._file.write(content[: self.room])
            self.room = 0
            raise OSError(errno.ENOSPC, "No space left on device")
        self.room -= len(content)
        return self._file.write(content)

    def flush(self) -> None:
        self._file.flush()

    def fileno(self) -> int:
        return self._file.fileno()


@pytest.mark.parametrize("room", [0, 100, 900, 2_000])
def test_a_disk_that_fills_up_in_the_middle_leaves_the_older_backups_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """The sentence says which disk; nothing half is listed; with room again, the next back-up is made."""
    house = House(tmp_path)
    first = house.make()
    before = house.pieces()
    house.add_party("سارا")
    house.put("recordings/new.mp3", "".join(map(str, range(20_000))))
    with monkeypatch.context() as patched:
        FullDisk(patched, room)
        with pytest.raises(BackupDiskFull, match="is full"):
            house.make(AT + 60)
    assert [one.set.id for one in house.listed()] == [first.id]
    assert house.pieces() == before
    assert not list(house.backups.rglob("*.part"))
    assert not list(house.backups.glob("work-*"))
    assert house.jobs.verify("latest", AT, quiet)[1].ok
    assert house.jobs.make(AT + 120, "manual", quiet).proof.ok
    assert restored(house, house.listed()[0].set, tmp_path / "new")[-1] == "سارا"


def test_without_room_for_a_copy_nothing_is_begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's own disk is not filled up to find out."""
    house = House(tmp_path)
    monkeypatch.setattr(sources.SqliteSource, "size", lambda _self: 10**18)
    with pytest.raises(BackupDiskFull):
        house.make()


@pytest.mark.parametrize("phase", ["database", "files", "checking"])
def test_a_backup_that_is_stopped_leaves_nothing_half(tmp_path: Path, phase: str) -> None:
    """Cancel means as it was before."""
    house = House(tmp_path)

    def stop(now: str, _done: int, _total: int) -> None:
        if now == phase:
            raise Stopped

    with pytest.raises(Stopped):
        house.jobs.make(AT, "manual", stop)
    assert len(house.listed()) == (phase == "checking")
    assert not list(house.backups.glob("work-*"))
    assert house.make(AT + 60)


def test_two_at_once_are_refused(tmp_path: Path) -> None:
    """The second one is told to wait."""
    house = House(tmp_path)
    with house.jobs.vault(make=True).locked(), pytest.raises(VaultBusy):
        house.make()


def test_deleting_frees_what_nobody_else_needs(tmp_path: Path) -> None:
    """And nothing that another back-up needs."""
    house = House(tmp_path)
    first = house.make()
    house.put("recordings/new.mp3", "only in the second")
    second = house.make(AT + 60)
    house.jobs.delete(second.id)
    assert [one.set.id for one in house.listed()] == [first.id]
    assert house.jobs.verify("latest", AT, quiet)[1].ok
    with pytest.raises(NoSuchBackup, match=second.id):
        house.jobs.delete(second.id)
    house.jobs.delete(first.id)
    assert house.pieces() == set()


def test_old_ones_are_thinned_out(tmp_path: Path) -> None:
    """Seven days, four weeks, twelve months; the newest always stays."""
    house = House(tmp_path, daily=2, weekly=1, monthly=1, verify=False)
    for day in range(6):
        house.make(AT + day * 86_400)
        age(house, day)
    house.make(AT + 30 * 86_400)
    assert len(house.listed()) < 4


def age(house: House, day: int) -> None:
    """Let the newest back-up be of `day` (its moment is the real clock's)."""
    vault = house.jobs.vault()
    newest = chosen(vault, "latest")
    write_set(vault, evolve(newest, made_at=AT + day * 86_400))


def test_a_backup_of_a_newer_product_is_refused_with_a_sentence(tmp_path: Path) -> None:
    """Nothing is destroyed by going back to an older program."""
    house = House(tmp_path)
    one = house.make()
    with pytest.raises(BackupNewer, match="newer version"):
        must_be_known(evolve(one, revision="9999"))
    vault = house.jobs.vault()
    write_set(vault, evolve(one, format=99))
    with pytest.raises(BackupNewer):
        chosen(vault, "latest")
    about = json.loads((house.backups / "vault.json").read_text())
    (house.backups / "vault.json").write_text(json.dumps({**about, "format": 2}))
    with pytest.raises(VaultRefused, match="newer"):
        house.jobs.vault()


@pytest.mark.parametrize("path", ["../../etc/passwd", "/etc/passwd", "a/../../b", "", "nul\0l"])
def test_a_path_that_leads_out_of_the_home_is_refused(tmp_path: Path, path: str) -> None:
    """A back-up from a stranger cannot write where it likes."""
    house = House(tmp_path)
    one = house.make()
    vault = house.jobs.vault()
    index = write_index(vault, [Content(path, 3, "x", ("y",))])
    vault.settle()
    with pytest.raises(PieceLost, match="does not belong"):
        restored(house, evolve(one, index=index), tmp_path / "new")


def test_files_that_came_after_a_backup_are_restored_with_it(tmp_path: Path) -> None:
    """The recordings of this morning are there, though the last whole back-up is of the night; what was removed since is gone."""
    house = House(tmp_path)
    one = house.make()
    house.put("recordings/morning.mp3", "this morning")
    assert house.jobs.add(one.made_at + 300, quiet) == 1
    (house.home / SOUND).unlink()
    assert house.jobs.add(one.made_at + 600, quiet) == 0
    assert house.jobs.add(one.made_at + 900, quiet) == 0
    assert len(list((house.backups / "additions" / one.id).iterdir())) == 2
    restored(house, one, tmp_path / "latest")
    assert (tmp_path / "latest/recordings/morning.mp3").read_text() == "this morning"
    assert not (tmp_path / "latest" / SOUND).exists()
    revive(house.jobs.vault(), one, one.made_at + 301, tmp_path / "then", tmp_path / "then/switchboard.db", quiet)
    assert (tmp_path / "then" / SOUND).exists()
    second = house.make(AT + 1200)
    assert second.new_bytes < 4_000


def test_a_second_folder_gets_everything_that_is_new(tmp_path: Path) -> None:
    """A fire in the server room takes one copy; the other one is whole and can be restored by itself."""
    (tmp_path / "share").mkdir()
    house = House(tmp_path, offsite=tmp_path / "share")
    one = house.make()
    house.put("recordings/new.mp3", "new")
    house.make(AT + 60)
    vault = Vault.open(tmp_path / "share", None)
    folder = tmp_path / "new"
    revive(vault, one, END_OF_TIME, folder, folder / "switchboard.db", quiet)
    assert parties(folder / "switchboard.db") == ["مریم احمدی", "رضا"]
    house.jobs.delete(one.id)
    house.make(AT + 120)
    assert vault.names("sets") == house.jobs.vault().names("sets")


def test_a_second_folder_that_is_not_mounted_says_so_and_the_first_copy_is_made(tmp_path: Path) -> None:
    """Nothing is written into the empty place where a disk should be."""
    house = House(tmp_path, offsite=tmp_path / "not there")
    with pytest.raises(OffsiteFailed, match="mounted"):
        house.make()
    assert len(house.listed()) == 1
    assert read_proof(house.jobs.vault(), house.listed()[0].set.id).ok
