"""The log on a disk that is full."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

import pytest

from config.logs import RoomForgiving


def line(text: str, *given: object) -> logging.LogRecord:
    return logging.LogRecord("x", logging.WARNING, "x.py", 1, text, given, None)


def test_a_full_disk_costs_lines_and_says_nothing_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What cannot be written into the file is let go, without a trace a line; a line that is wrong itself is still told."""
    (tmp_path / "daemon.log").symlink_to("/dev/full")
    file = RoomForgiving(tmp_path / "daemon.log", encoding="utf-8")
    file.emit(line("lost"))
    assert capsys.readouterr().err == ""
    file.emit(line("%d is no number", "x"))
    assert "no number" in capsys.readouterr().err
    with suppress(OSError):
        file.close()
