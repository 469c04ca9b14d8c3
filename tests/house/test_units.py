"""The service's unit files: what runs has an account of its own and may write to its home only."""

from __future__ import annotations

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from config.places import PROJECT

UNITS = sorted((PROJECT / "deploy").glob("*.service"))
MUST = {
    "User": "switchboard",
    "Group": "switchboard",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "StateDirectory": "switchboard",
    "UMask": "0027",
    "Restart": "always",
}
MOST_EXPOSED = 35
"""Tenths of the points of `systemd-analyze security`; a unit without any of this has 96."""


def service(unit: Path) -> dict[str, list[str]]:
    """The section [Service]: values of each key, in order."""
    found: dict[str, list[str]] = {}
    part = unit.read_text("utf-8").partition("[Service]")[2].partition("\n[")[0]
    for line in part.splitlines():
        if "=" in line and not line.startswith("#"):
            key, _is, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: one.name)
def test_the_service_is_not_root_and_writes_to_its_home_only(unit: Path) -> None:
    """A fault in it is not a fault of the whole machine."""
    said = service(unit)
    assert {key: said.get(key, [None])[-1] for key in MUST} == MUST
    assert "SWITCHBOARD_HOME=/var/lib/switchboard" in said["Environment"]
    assert said["ExecStart"] == ["/opt/switchboard/.venv/bin/switchboard run"]
    assert "PrivateNetwork" not in said
    assert "MemoryDenyWriteExecute" not in said  # Asterisk's own loader maps what it runs


def test_the_account_is_made_by_the_set_up() -> None:
    """The same name in the unit, in the set-up and in the guide."""
    guide = (PROJECT / "docs/administrator-guide.md").read_text("utf-8")
    assert "-o switchboard -g switchboard /var/lib/switchboard" in guide
    assert any('"switchboard"' in file.read_text("utf-8") for file in (PROJECT / "setup").glob("*.py"))


@pytest.mark.parametrize("unit", UNITS, ids=lambda one: one.name)
def test_systemd_understands_the_unit(unit: Path, tmp_path: Path) -> None:
    """Where systemd is installed it is asked itself; a key that it does not know would be passed over in silence."""
    analyze = shutil.which("systemd-analyze")
    here = tmp_path / unit.name
    here.write_text(
        unit.read_text("utf-8").replace("/opt/switchboard/.venv/bin/switchboard", "/bin/true").replace("=/opt/switchboard", "=/"), "utf-8"
    )
    if analyze is None:
        parser = RawConfigParser(strict=False)
        parser.optionxform = str
        parser.read_string(here.read_text("utf-8"))
        assert parser.sections() == ["Unit", "Service", "Install"]
        return
    verified = subprocess.run([analyze, "verify", "--man=no", str(here)], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    exposed = subprocess.run(
        [analyze, "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", "--no-pager", str(here)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert exposed.returncode == 0, exposed.stdout[-300:]
