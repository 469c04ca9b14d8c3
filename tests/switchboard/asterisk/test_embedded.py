"""The private Asterisk: starts as ours, unprivileged, takes calls without the daemon, and says what stops it."""

from __future__ import annotations

import os
import re
import signal
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.secrets import installation_key
from switchboard.asterisk.account import Account, may_enter
from switchboard.asterisk.embedded import EmbeddedAsterisk
from switchboard.asterisk.probe import Refused
from switchboard.asterisk.refusals import AsteriskDied, AsteriskMissing, AsteriskTooOld, PortTaken
from tests.asterisk.plant import Plant, embedded_asterisk, private_home, private_settings
from tests.phones.baresip import until
from tests.phones.caller import Caller


@pytest.fixture(scope="module")
def plant() -> Iterator[Plant]:
    with embedded_asterisk() as running:
        yield running


def test_it_answers_as_ours_over_http_and_the_manager_interface(plant: Plant):
    """Ready means that our own passwords are good at both interfaces."""
    assert plant.ari.ours()
    assert plant.ami.ours()


def test_it_does_not_run_as_root(plant: Plant):
    """When root starts the product, the part that talks to the network is nobody of importance."""
    owner = Path(f"/proc/{plant.running.pid}").stat().st_uid
    assert owner == (plant.embedded.account.uid if plant.embedded.account else os.getuid())
    assert owner != 0 or plant.embedded.account is None


def test_its_passwords_are_not_for_everybody_to_read(plant: Plant):
    """No account but root and Asterisk's own may read the generated configuration or the installation key."""
    for file in (*plant.folders.etc.iterdir(), plant.home / "secrets/key"):
        assert not stat.S_IMODE(file.stat().st_mode) & 0o007, file


def test_voices_logs_and_journals_are_closed_to_other_accounts(plant: Plant):
    """Recordings, logs and journals tell who talked with whom: an ordinary account of the machine gets in nowhere."""
    for folder in (plant.folders.base, plant.folders.recordings.parent):
        assert not stat.S_IMODE(folder.stat().st_mode) & 0o007, folder


def test_it_complains_about_nothing_at_start(plant: Plant):
    """Its log begins without a warning: no file missing, no setting unknown, no module absent."""
    log = (plant.folders.log / "messages.log").read_text()
    assert [line for line in log.splitlines() if "ERROR" in line or "WARNING" in line] == []


def test_a_caller_reaches_the_static_queue_with_music_while_no_daemon_runs(plant: Plant):
    """Nobody is turned away because the daemon is down: the caller is answered, waits and hears music."""
    call = Caller(plant.sip, "1000").call()
    try:
        until(lambda: call.heard_packets > 50, "a second of music")
        assert "wait:" in plant.ami.command("queue show static")
    finally:
        call.hang_up()
    until(lambda: "1 calls" not in plant.ami.command("queue show static"), "the queue empty")
    journal = plant.folders.log / "cel-custom/cel.csv"
    until(lambda: "LINKEDID_END" in journal.read_text(), "the journal to tell the call's end")
    assert '"09121234567","1000","from-loopback"' in journal.read_text()
    records = (plant.folders.log / "cdr-custom/cdr.csv").read_text()
    assert '"09121234567"' in records
    assert '"ANSWERED"' in records


def test_a_second_starter_takes_over_the_running_one(plant: Plant):
    """A starter that was killed is followed by one that finds the live Asterisk and its calls, and starts no other."""
    again = EmbeddedAsterisk(plant.settings, plant.key).start()
    try:
        assert again.pid == plant.running.pid
    finally:
        again.close()


def test_another_installations_password_is_refused(plant: Plant):
    """Two copies on one machine cannot take each other's Asterisk for their own."""
    stranger = EmbeddedAsterisk(plant.settings, b"another key entirely, 32 bytes..")
    with pytest.raises(Refused):
        stranger.ari.ours()
    with pytest.raises(Refused):
        stranger.ami.ours()


@pytest.mark.parametrize(
    ("part", "kind"), [("ari", socket.SOCK_STREAM), ("ami", socket.SOCK_STREAM), ("sip", socket.SOCK_STREAM), ("sip", socket.SOCK_DGRAM)]
)
def test_a_taken_port_is_named_with_its_holder_and_the_cure(part: str, kind: int):
    """The sentence says which address, for what, who holds it, and the variable that chooses another."""
    with private_home() as home, socket.socket(socket.AF_INET, kind) as holder:
        settings = private_settings(home)
        address = getattr(settings.network, part)
        holder.bind((address.host, address.port))
        if kind == socket.SOCK_STREAM:
            holder.listen()
        with pytest.raises(PortTaken) as refused:
            EmbeddedAsterisk(settings, installation_key(home)).start()
    sentence = refused.value.text("en")
    assert str(address) in sentence
    assert f"(process {os.getpid()})" in sentence
    assert f"SWITCHBOARD_{part.upper()}" in sentence


def test_no_asterisk_is_said_with_its_cure():
    """A machine without Asterisk gets one sentence."""
    with private_home() as home:
        settings = private_settings(home, {"SWITCHBOARD_ASTERISK": "/nowhere/asterisk"})
        with pytest.raises(AsteriskMissing, match="make setup"):
            EmbeddedAsterisk(settings, installation_key(home)).start()


def test_a_too_old_asterisk_is_refused_by_version():
    """Asterisk 20 lacks REST over the websocket, so it is refused before anything starts."""
    with private_home() as home:
        old = home / "asterisk-20"
        old.write_text("#!/bin/sh\necho 'Asterisk 20.6.0~dfsg+~cs6.13.40431414-2build5'\n")
        old.chmod(0o755)
        settings = private_settings(home, {"SWITCHBOARD_ASTERISK": str(old)})
        with pytest.raises(AsteriskTooOld, match=r"20\.6\.0 is here, but 22 or newer"):
            EmbeddedAsterisk(settings, installation_key(home)).start()


def test_an_asterisk_that_dies_at_start_is_quoted():
    """Its last words are in the sentence, so nobody has to look for the log first."""
    with private_home() as home:
        broken = home / "asterisk-broken"
        broken.write_text('#!/bin/sh\n[ "$1" = -V ] && echo "Asterisk 22.10.1" && exit 0\necho "the disk is on fire" >&2\nexit 3\n')
        broken.chmod(0o755)
        settings = private_settings(home, {"SWITCHBOARD_ASTERISK": str(broken)})
        with pytest.raises(AsteriskDied, match=r"exit status 3.*the disk is on fire"):
            EmbeddedAsterisk(settings, installation_key(home)).start()


def test_stopping_leaves_no_process():
    """After stop the process is gone and its ports are free again for the next start."""
    with embedded_asterisk() as plant:
        pid = plant.running.pid
    assert not Path(f"/proc/{pid}").exists()


def test_a_killed_asterisk_starts_again_in_the_same_home():
    """SIGKILL leaves a stale pid file and socket; the next start is not disturbed by them."""
    with private_home() as home:
        settings = private_settings(home)
        embedded = EmbeddedAsterisk(settings, installation_key(home))
        first = embedded.start()
        first.send(signal.SIGKILL)
        assert first.ended(10)
        first.close()
        assert embedded.find() is None
        second = embedded.start()
        try:
            assert second.pid != first.pid
        finally:
            embedded.stop(second, drain_seconds=0)


def test_an_asterisk_that_does_not_answer_is_replaced():
    """A hung Asterisk (or one started with other addresses) is not taken over but ended, and a good one started."""
    with private_home() as home:
        settings = private_settings(home)
        embedded = EmbeddedAsterisk(settings, installation_key(home))
        first = embedded.start()
        first.send(signal.SIGSTOP)
        second = embedded.start()
        try:
            assert second.pid != first.pid
            assert first.ended(5)
        finally:
            embedded.stop(second, drain_seconds=0)
            first.close()


def test_an_account_that_cannot_reach_the_home_is_not_used(tmp_path: Path):
    """A home below a private folder is served as ourselves instead of failing."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = closed / "home"
    home.mkdir()
    stranger = Account("stranger", 4_000_000, 4_000_000)
    assert not may_enter(stranger, home)


def test_what_is_remembered_at_a_channel_comes_back_with_every_channel():
    """Every SB_ variable that the adapters name is in channelvars, so that adoption sees it; and no other, each costs on every event."""
    root = Path(__file__).resolve().parents[3]
    named = {word for file in (root / "switchboard/asterisk").glob("*.py") for word in re.findall(r"\bSB_[A-Z]+\b", file.read_text())}
    line = re.search(r"^channelvars = (.+)$", (root / "config/asterisk/ari.conf.j2").read_text(), re.MULTILINE)
    assert line
    assert set(line[1].split(",")) == named
