"""Accounts and customers from the command line."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from agents.queue_rows import read_queues
from commands.main import main
from config.database import read_all
from config.settings import Settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SWITCHBOARD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.setenv("SWITCHBOARD_PASSWORD", "correct horse")
    return tmp_path / "home"


def said(capsys: pytest.CaptureFixture[str]) -> str:
    out = capsys.readouterr()
    return out.out + out.err


@pytest.mark.usefixtures("home")
def test_people_are_added_listed_and_closed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """An administrator without a browser can let people in and out."""
    assert main(["user", "add", "maryam", "--name", "مریم کریمی", "--extension", "101"]) == 0
    assert main(["user", "list"]) == 0
    assert "maryam               agent          101" in said(capsys)
    assert main(["user", "add", "reza", "--name", "رضا", "--extension", "101"]) == 1
    assert "taken" in said(capsys)
    monkeypatch.delenv("SWITCHBOARD_PASSWORD")
    monkeypatch.setattr(sys, "stdin", io.StringIO("short\n"))
    assert main(["user", "password", "maryam"]) == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("battery staple\n"))
    assert main(["user", "password", "maryam"]) == 0
    assert main(["user", "close", "maryam"]) == 0
    assert main(["user", "close", "maryam"]) == 1
    said(capsys)
    main(["user", "list"])
    assert "maryam" not in said(capsys)


@pytest.mark.usefixtures("home")
def test_agents_are_put_into_queues(capsys: pytest.CaptureFixture[str]) -> None:
    """A new installation has its first queues, and the command says whose calls ring where; an unknown queue is named."""
    assert main(["user", "add", "maryam", "--name", "مریم", "--extension", "101", "--queues", "sales,support"]) == 0
    assert "sales, support" in said(capsys)
    assert main(["user", "queues", "maryam", "shipping"]) == 1
    assert "operator, sales, support" in said(capsys)
    assert main(["user", "queues", "maryam", "operator"]) == 0
    found = read_all(Settings.load().database_url, read_queues)
    assert {one.name: dict(one.members) for one in found} == {"operator": {"maryam": 0}, "sales": {}, "support": {}}
    assert main(["user", "queues", "nobody", "sales"]) == 1


@pytest.mark.usefixtures("home")
def test_customers_come_in_and_go_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Good rows are in, wrong ones stand in a file of their own, and everything can be written out again."""
    source = tmp_path / "customers.csv"
    source.write_text("نام,نام خانوادگی,همراه\nمریم,احمدی,09121234567\nرضا,نوری,سلام\n")
    assert main(["import", str(source)]) == 1
    assert "1 records were made" in said(capsys)
    assert "سلام" in (tmp_path / "customers-wrong.csv").read_text()
    target = tmp_path / "all.csv"
    assert main(["export", str(target)]) == 0
    assert "+989121234567" in target.read_text("utf-8-sig") or "0912" in target.read_text("utf-8-sig")
    assert main(["import", str(tmp_path / "customers.csv")]) == 1
    assert "0 records were made, 0 updated" in said(capsys), "the same file again makes nobody twice"
    assert main(["export", str(tmp_path / "all.exe")]) == 1
    assert "xlsx" in said(capsys)
    assert main(["export", str(tmp_path / "contacts.vcf")]) == 0
    assert "TEL;TYPE=CELL:+989121234567" in (tmp_path / "contacts.vcf").read_text()
    assert main(["export", str(tmp_path / "x.csv"), "--entity", "nothing"]) == 1
    assert main(["import", str(tmp_path / "nowhere.csv")]) == 1
    assert "nowhere.csv" in said(capsys)


def test_a_running_copy_is_not_written_beside(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only one program writes; the other is told so. Reading is free."""
    assert main(["user", "list"]) == 0
    assert not home.exists()
    assert main(["user", "add", "maryam", "--name", "مریم"]) == 0
    holder = subprocess.Popen(
        [sys.executable, "-c", f"f = open({str(home / 'switchboard.db')!r}); print('open', flush=True); input()"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert holder.stdout.readline() == "open\n"
        assert main(["user", "close", "maryam"]) == 1
        assert "running" in said(capsys)
        assert main(["user", "list"]) == 0
        assert "maryam" in said(capsys)
        assert main(["export", str(home / "x.csv")]) == 0
    finally:
        holder.communicate("\n")
