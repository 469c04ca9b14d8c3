"""demo.json for those who try the product."""

from __future__ import annotations

import json
import os
from pathlib import Path

from config.settings import Settings
from crm.accounts import Account
from web import demo_file
from web.demo_file import write_demo


def test_on_a_full_disk_the_one_of_the_last_start_stays(tmp_path: Path, monkeypatch) -> None:
    """A daemon that is started again on a full disk comes back: calls do not wait for this file."""
    settings = Settings.load({"SWITCHBOARD_HOME": str(tmp_path)})
    write_demo(settings, b"k" * 32, [Account(username="maryam", name="مریم", role="agent")])

    def full(*_given: object) -> int:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(demo_file.os, "open", full)
    write_demo(settings, b"k" * 32, [])
    assert [one["username"] for one in json.loads((tmp_path / "demo.json").read_text())["accounts"]] == ["maryam"]
