"""Commands with words that cannot be meant: one sentence, no traceback, and nothing left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from commands import check
from commands.main import main


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWITCHBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("SWITCHBOARD_PASSWORD", "correct horse")
    assert main(["user", "add", "maryam", "--name", "مریم"]) == 0
    return tmp_path / "home"


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What a command says that gives up with status 1."""
    capsys.readouterr()
    assert main(words) == 1
    out = capsys.readouterr()
    assert out.out == ""
    assert out.err.count("\n") == 1
    return out.err


def test_a_back_up_goes_below_a_folder(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A file named as the folder to carry away to is said to be in the way."""
    (home.parent / "stick").write_text("not a folder")
    assert "was not made" in refused(capsys, "backup", str(home.parent / "stick"))
    assert (home.parent / "stick").read_text() == "not a folder"


def test_a_restore_names_what_is_not_there(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is no back-up, a file that is none, a file where the data directory is to be."""
    assert main(["backup"]) == 0
    into = str(home.parent / "new")
    assert "There is no back-up “yesterday”" in refused(capsys, "restore", "yesterday", "--into", into)
    assert refused(capsys, "restore", "/nowhere/x.tar", "--into", into) == "/nowhere/x.tar cannot be used: No such file or directory.\n"
    (home.parent / "letter").write_text("mine")
    assert "is a file" in refused(capsys, "restore", "latest", "--into", str(home.parent / "letter"), "--force")
    assert (home.parent / "letter").read_text() == "mine"
    assert not Path(into).exists()


def test_a_server_is_not_passed_over_in_silence(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Who names a server for a SQLite back-up is told how one gets there, instead of finding a file later."""
    carried = str(home.parent / "x.tar")
    assert main(["backup"]) == 0
    assert main(["backup", carried]) == 0
    into = str(home.parent / "new")
    for one in ("latest", carried):
        said = refused(capsys, "restore", one, "--into", into, "--database", "postgresql://x@127.0.0.1:1/y")
        assert "switchboard migrate --to" in said
    assert "no PostgreSQL database" in refused(capsys, "restore", "latest", "--into", into, "--database", "sqlite:////srv/x.db")
    assert not Path(into).exists()


def test_an_export_that_cannot_be_written_leaves_no_customers_behind(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing half-written stays beside the file, which somebody else might read."""
    folder = home.parent / "share" / "customers.csv"
    folder.mkdir(parents=True)
    assert "cannot be written" in refused(capsys, "export", str(folder))
    assert [one.name for one in folder.parent.iterdir()] == ["customers.csv"]
    assert list(folder.iterdir()) == []


def test_a_call_wants_somebody_whose_telephone_rings(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name the command asks for one, and not the product for a text of 60 letters."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("SWITCHBOARD_TOKEN", raising=False)
    assert "--user" in refused(capsys, "call", "09121234567", "--user", "")


def test_a_command_does_not_promise_to_try_again(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not answer is said, and that is all: the command has ended."""
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("SWITCHBOARD_DATABASE", "postgresql://x@127.0.0.1:1/y")
    assert "tried again" not in refused(capsys, "user", "list")


@pytest.mark.usefixtures("home")
def test_the_disks_own_troubles_are_sentences(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a disk refuses to any command is said with the file's name."""

    def full(_given: object) -> int:
        raise OSError(28, "No space left on device", "/srv/switchboard.db")

    monkeypatch.setattr(check, "run", full)
    assert refused(capsys, "check") == "/srv/switchboard.db cannot be used: No space left on device.\n"
