"""`switchboard backup` and `switchboard restore` as a person types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands.main import main
from config.backup.moments import MomentUnclear, moment
from tests.config.backup.house import PASSPHRASE, House, parties, quiet


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> House:
    one = House(tmp_path)
    monkeypatch.setenv("SWITCHBOARD_HOME", str(one.home))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setattr("commands.backup.be_gentle", lambda **_how: None)  # the tests after these would be slow as well
    return one


def said(capsys: pytest.CaptureFixture[str]) -> str:
    out = capsys.readouterr()
    return out.out + out.err


def test_from_the_first_backup_to_a_new_place(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Make, list, verify, restore in one command, delete."""
    assert main(["backup", "--list"]) == 0
    assert "no back-ups" in said(capsys)
    assert main(["backup"]) == 0
    assert "is whole" in said(capsys)
    name = house.listed()[0].set.id
    assert main(["backup", "--list"]) == 0
    assert name in said(capsys)
    assert main(["backup", "--verify", "latest"]) == 0
    assert name in said(capsys)
    new = tmp_path / "new"
    assert main(["restore", "latest", "--into", str(new)]) == 0
    assert "4 files, 2 rows" in said(capsys)
    assert parties(new / "switchboard.db") == ["مریم احمدی", "رضا"]
    assert main(["restore", name, "--into", str(new)]) == 1
    assert "--force" in said(capsys)
    assert main(["restore", name, "--into", str(new), "--force"]) == 0
    assert "before-restore" in said(capsys)
    assert main(["backup", "--delete", name]) == 0
    assert main(["restore", "latest", "--into", str(tmp_path / "newer")]) == 1
    assert "no back-up" in said(capsys)
    assert not (tmp_path / "newer").exists()


def test_a_new_machine_restores_from_the_second_folder(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The old one burned; the folder and the passphrase are all that is left."""
    (tmp_path / "share").mkdir()
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    house.put("switchboard.toml", f'demo = true\n[backup]\noffsite = "{tmp_path / "share"}"\npassphrase_file = "{secret}"\n')
    assert main(["backup"]) == 0
    monkeypatch.setenv("SWITCHBOARD_HOME", str(tmp_path / "machine"))
    new, share = str(tmp_path / "new"), str(tmp_path / "share")
    assert main(["restore", "--from", share, "--into", new]) == 1
    assert "--passphrase-file" in said(capsys)
    wrong = tmp_path / "wrong"
    wrong.write_text("not the right one at all")
    assert main(["restore", "--from", share, "--into", new, "--passphrase-file", str(wrong)]) == 1
    assert "another passphrase" in said(capsys)
    assert not Path(new).exists()
    assert main(["restore", "--from", share, "--into", new, "--passphrase-file", str(secret)]) == 0
    assert parties(tmp_path / "new/switchboard.db") == ["مریم احمدی", "رضا"]


def test_one_sealed_file_is_made_and_restored(house: House, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """To be carried away on a stick."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE)
    file = str(tmp_path / "carried.tar.sealed")
    assert main(["backup", file, "--passphrase-file", str(secret)]) == 0
    assert main(["restore", "--check", file]) == 1
    assert "is encrypted" in said(capsys)
    assert main(["restore", "--check", file, "--passphrase-file", str(secret)]) == 0
    assert main(["restore", file, "--into", str(tmp_path / "new"), "--passphrase-file", str(secret)]) == 0
    assert parties(tmp_path / "new/switchboard.db")[0] == "مریم احمدی"


def test_a_packed_backup_of_the_vault_is_restored_like_any_file(house: House, tmp_path: Path) -> None:
    """What the page offers for download is what the command takes."""
    one = house.make()
    file = house.jobs.package(one.id, quiet)
    assert main(["restore", str(file), "--into", str(tmp_path / "new")]) == 0
    assert parties(tmp_path / "new/switchboard.db")[0] == "مریم احمدی"
    assert (tmp_path / "new/switchboard.toml").exists()


@pytest.mark.parametrize("moment", ["yesterdayish", "2026-13-45", "", "25:99"])
def test_a_moment_that_is_none_is_refused(house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path, moment: str) -> None:
    """With an example of what is one."""
    house.make()
    assert main(["restore", "--at", moment or " ", "--into", str(tmp_path / "new")]) == 1
    assert "1405-08-30 14:05" in said(capsys)


def test_a_moment_before_the_first_backup_is_refused(house: House, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """The sentence says from when on there is something."""
    one = house.make()
    assert main(["restore", "--at", "2001-01-01 00:00", "--into", str(tmp_path / "new")]) == 1
    assert one.id in said(capsys)
    assert not (tmp_path / "new").exists()


def test_moments_are_read_in_both_calendars() -> None:
    """In the company's time zone unless it says otherwise."""
    at = 1_795_255_500.0  # 2026-11-21 10:05 UTC
    for text in ("2026-11-21 13:35", "1405-08-30 13:35", "۱۴۰۵/۰۸/۳۰ ۱۳:۳۵", "2026-11-21T10:05:00Z", "2026-11-21T13:35:00+03:30"):
        assert moment(text, "Asia/Tehran", at + 86_400) == at, text
    with pytest.raises(MomentUnclear):
        moment("never", "Asia/Tehran", at)


def test_nothing_is_made_while_the_disk_cannot_be_written(house: House, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder that is a file, for one."""
    house.put("backups", "a file where a folder should be")
    assert main(["backup"]) == 1
    assert "Back-ups cannot be kept in" in said(capsys)
