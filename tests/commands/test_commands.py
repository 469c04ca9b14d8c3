"""The console command: found by file, speaks the reader's language, says what is wrong and how to cure it."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from commands.main import main, names
from tests.asterisk.plant import private_settings


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory of its own on free ports, an English terminal."""
    network = private_settings(tmp_path).network
    for name, value in (("HTTP", network.http), ("SIP", network.sip), ("ARI", network.ari), ("AMI", network.ami), ("HOME", tmp_path)):
        monkeypatch.setenv(f"SWITCHBOARD_{name}", str(value))
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    return tmp_path


def test_every_command_is_listed_with_a_sentence(capsys: pytest.CaptureFixture[str]):
    """A newcomer who types only `switchboard` sees what there is."""
    assert main([]) == 0
    said = capsys.readouterr().out
    assert {"run", "check", "doctor", "daemon"} <= set(names())
    assert all(f"\n    {name} " in said for name in names())


def test_the_doctor_finds_nothing_wrong_on_a_good_machine(home: Path, capsys: pytest.CaptureFixture[str]):
    """Every line is ticked."""
    status = main(["doctor"])
    said = capsys.readouterr().out
    assert "✗" not in said, said
    assert status == 0
    assert "Asterisk 2" in said
    assert str(home) in said


def test_the_doctor_names_a_taken_port_and_who_has_it(home: Path, capsys: pytest.CaptureFixture[str]):
    """The cure is beside the finding."""
    host, _, port = os.environ["SWITCHBOARD_AMI"].rpartition(":")
    with socket.socket() as holder:
        holder.bind((host, int(port)))
        holder.listen()
        assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert f"✗ {host}:{port}" in said
    assert f"(process {os.getpid()})" in said


def test_the_doctor_sees_open_secrets_a_damaged_database_and_a_missing_asterisk(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Three things broken, three cures."""
    (home / "secrets").mkdir(mode=0o755)
    (home / "secrets/key").write_bytes(b"k" * 32)
    (home / "secrets/key").chmod(0o644)
    (home / "switchboard.db").write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    monkeypatch.setenv("SWITCHBOARD_ASTERISK", "/nowhere/asterisk")
    assert main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "chmod go=" in said
    assert "switchboard restore" in said
    assert "make setup" in said


def test_the_doctor_sees_a_password_that_everybody_can_read(home: Path, capsys: pytest.CaptureFixture[str]):
    """A provider's password in a settings file that is open to the whole machine is said with the cure."""
    (home / "switchboard.toml").write_text('[telephony]\ntrunk = "sip.example"\ntrunk_password = "x"\n')
    (home / "switchboard.toml").chmod(0o644)
    main(["doctor"])
    assert f"chmod o= {home / 'switchboard.toml'}" in capsys.readouterr().out
    (home / "switchboard.toml").chmod(0o640)
    main(["doctor"])
    assert "chmod" not in capsys.readouterr().out


def test_the_doctor_explains_broken_settings_and_goes_no_further(home: Path, capsys: pytest.CaptureFixture[str]):
    """File, section, key and what was expected."""
    (home / "switchboard.toml").write_text("[web]\nlogin_attempts = 0\n")
    assert main(["doctor"]) == 1
    assert "[web] login_attempts: expected a whole number from 1 up, found 0" in capsys.readouterr().out


def test_a_page_over_the_network_without_https_is_a_hint(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """The microphone would stay silent, but the product can run: a hint, not a fault."""
    (home / "switchboard.toml").write_text('[web]\npublic_url = "http://calls.example"\n')
    monkeypatch.setenv("SWITCHBOARD_HTTP", os.environ["SWITCHBOARD_HTTP"].replace("127.0.0.1", "0.0.0.0"))
    main(["doctor"])
    assert "! browsers may use the microphone at http://calls.example" in capsys.readouterr().out


def test_check_reads_settings_and_flows(home: Path, capsys: pytest.CaptureFixture[str]):
    """The demo's flows are good; a broken one is named with file and line; broken settings are one sentence."""
    assert main(["check"]) == 0, capsys.readouterr().out
    flows = home / "flows"
    flows.mkdir()
    (flows / "main.yaml").write_text("name: main\nnodes: [\n")
    assert main(["check"]) == 1
    assert "main.yaml, line" in capsys.readouterr().out
    (home / "switchboard.toml").write_text("[web\n")
    assert main(["check"]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]):
    """No traceback."""
    with pytest.raises(SystemExit):
        main(["dance"])
    assert "dance" in capsys.readouterr().err
