"""What `switchboard run` promises, with real processes and real signals; the daemon is a small stand-in."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from config.secrets import installation_key
from config.settings import Settings
from rescue import Backoff, banner, ill_parts, to_move
from switchboard.asterisk.embedded import EmbeddedAsterisk
from switchboard.asterisk.layout import passwords
from tests.asterisk.plant import embedded_asterisk, private_home, private_settings
from tests.phones.baresip import until
from tests.phones.caller import Caller

ROOT = Path(__file__).resolve().parents[1]

PROGRAM = """
import sys
from rescue import Rescue
from config.settings import Settings
sys.exit(Rescue(Settings.load(), sys.argv[1:], out=lambda text: print(text, flush=True)).run())
"""


class Watched:
    """A rescue process with its stand-in daemon, in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.settings = private_settings(home)
        network = self.settings.network
        self.environ = {
            **os.environ, "SWITCHBOARD_HOME": str(home), "SWITCHBOARD_DEMO": "yes", "SWITCHBOARD_AWAY_SECONDS": "2", "LC_ALL": "C.UTF-8",
            "SWITCHBOARD_HTTP": str(network.http), "SWITCHBOARD_SIP": str(network.sip), "SWITCHBOARD_ARI": str(network.ari),
            "SWITCHBOARD_AMI": str(network.ami), "SWITCHBOARD_RTP": str(network.rtp), "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        self.embedded = EmbeddedAsterisk(self.settings, installation_key(home))
        self.processes: list[subprocess.Popen[bytes]] = []

    def spawn(self) -> subprocess.Popen[bytes]:
        """Start a rescue process, without waiting for anything."""
        network = self.settings.network
        password = passwords(self.settings, installation_key(self.home))["ari"]  # or the existing Asterisk's, from the settings
        standin = [
            sys.executable,
            str(ROOT / "tests/fakes/standin_daemon.py"),
            str(self.home),
            str(network.http.port),
            str(network.ari.port),
            password,
        ]
        with (self.home / "said").open("ab") as said:
            process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, *standin], cwd=self.home, env=self.environ, stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        self.processes.append(process)
        return process

    def start(self) -> subprocess.Popen[bytes]:
        """Start it and wait for its banner."""
        process = self.spawn()
        until(lambda: "Ctrl-C ends it." in self.said, "the banner")
        return process

    @property
    def said(self) -> str:
        return (self.home / "said").read_text()

    @property
    def daemons(self) -> list[int]:
        """Process ids of every stand-in that was started."""
        file = self.home / "starts"
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    def asterisk(self) -> int:
        """Asterisk's process id, 0 when none runs."""
        found = self.embedded.find()
        if found is None:
            return 0
        found.close()
        return found.pid

    def end(self) -> None:
        """Whatever happened, leave nothing running."""
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.wait(20)
        for pid in self.daemons:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if found := self.embedded.find():
            self.embedded.stop(found, drain_seconds=0)


def alive(pid: int) -> bool:
    """Whether the process runs (a zombie does not)."""
    try:
        return " Z " not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2][:3]
    except FileNotFoundError:
        return False


@pytest.fixture
def watched() -> Iterator[Watched]:
    with private_home() as home:
        one = Watched(home)
        try:
            yield one
        finally:
            one.end()


def test_it_starts_everything_says_so_and_stops_everything(watched: Watched):
    """The banner names address, account and number; Ctrl-C tells the daemon, ends Asterisk and leaves nothing."""
    process = watched.start()
    for word in (f"http://{watched.settings.network.http}", "sara", "1000", "main"):
        assert word in watched.said
    asterisk = watched.asterisk()
    assert alive(asterisk)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    assert (watched.home / "stops").read_text() == "told\n"
    assert not alive(asterisk)
    assert not alive(watched.daemons[0])


def test_with_a_disk_that_is_nearly_full_it_is_ready_and_says_what_is_not_well(watched: Watched):
    """Nobody waits before an empty terminal for room that does not come by itself."""
    (watched.home / "ill").write_text("recording disk")
    watched.start()
    until(lambda: "Not well: disk, recording." in watched.said, "what is not well is said")


def test_what_is_ill_while_the_daemon_starts_is_read_from_its_answer():
    """An answer that names nothing, or is none, is that of a daemon whose Asterisk is not there yet."""
    assert ill_parts(b'{"ok": false, "parts": {"asterisk": {"ok": true}, "disk": {"ok": false}}}') == {"disk"}
    for answer in (b"", b"[]", b"{}", b'{"parts": null}', b'{"parts": {}}', b"<html>"):
        assert ill_parts(answer) == {"asterisk"}


def test_a_killed_daemon_comes_back_and_asterisk_never_noticed(watched: Watched):
    """Law 1: the voice goes on; the first death after a good start is answered at once."""
    watched.start()
    asterisk, first = watched.asterisk(), watched.daemons[0]
    os.kill(first, signal.SIGKILL)
    until(lambda: len(watched.daemons) == 2, "a second daemon")
    until(lambda: "The daemon is back." in watched.said, "the news that it is back")
    assert watched.asterisk() == asterisk


def test_a_killed_asterisk_is_started_again_and_the_daemon_stays(watched: Watched):
    """The daemon keeps its consoles while Asterisk comes back."""
    watched.start()
    first = watched.asterisk()
    os.kill(first, signal.SIGKILL)
    until(lambda: watched.asterisk() not in (0, first) and watched.embedded.ari.ours(), "another Asterisk")
    assert len(watched.daemons) == 1
    assert alive(watched.daemons[0])


def test_callers_go_to_the_static_queue_when_the_daemon_stays_away(watched: Watched):
    """A caller who was led by the daemon is not left in silence: after away_seconds somebody else looks after them."""
    watched.start()
    caller = Caller(str(watched.settings.network.sip), "1000")
    caller.invite()
    until(lambda: watched.embedded.ari.ask("GET", "applications/switchboard")[1]["channel_ids"], "the caller in the application")
    (watched.home / "stay-away").touch()
    os.kill(watched.daemons[0], signal.SIGKILL)
    caller.wait_answer(30)
    try:
        until(lambda: caller.heard_packets > 20, "music")
        assert "wait:" in watched.embedded.ami.command("queue show static")
        assert "was handed to the static queue" in watched.said
    finally:
        caller.hang_up()


def test_a_hung_daemon_is_ended_and_replaced(watched: Watched):
    """A daemon that runs but answers nobody is as good as dead."""
    watched.start()
    os.kill(watched.daemons[0], signal.SIGSTOP)
    until(lambda: len(watched.daemons) == 2, "a second daemon")
    assert not alive(watched.daemons[0])


def test_a_second_copy_in_the_same_home_is_refused(watched: Watched):
    """The sentence says which process holds the home and how to choose another."""
    first = watched.start()
    second = watched.spawn()
    assert second.wait(20) == 1
    assert f"(process {first.pid})" in watched.said
    assert "SWITCHBOARD_HOME" in watched.said
    assert first.poll() is None


def test_a_killed_rescue_is_followed_by_one_that_takes_over(watched: Watched):
    """SIGKILL of the watcher itself: the next start finds the live Asterisk instead of a taken port."""
    first = watched.start()
    asterisk = watched.asterisk()
    first.kill()
    first.wait()
    os.kill(watched.daemons[0], signal.SIGKILL)  # the real daemon does so by itself
    assert alive(asterisk)
    (watched.home / "said").write_text("")
    watched.start()
    assert watched.asterisk() == asterisk


def test_a_daemon_that_refuses_to_start_ends_everything_with_status_1(watched: Watched):
    """Starting again would not help, so nothing is left behind."""
    (watched.home / "refuse").touch()
    process = watched.spawn()
    assert process.wait(30) == 1
    assert watched.asterisk() == 0
    assert len(watched.daemons) == 1


def test_a_taken_web_port_is_said_before_anything_starts(watched: Watched):
    """The holder of the port is named; no Asterisk was started for nothing."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", watched.settings.network.http.port))
        holder.listen()
        assert watched.spawn().wait(20) == 1
    assert f"(process {os.getpid()})" in watched.said
    assert "SWITCHBOARD_HTTP" in watched.said
    assert watched.asterisk() == 0
    assert watched.daemons == []


def test_an_existing_asterisk_is_not_started_nor_ended_but_its_callers_are_looked_after(watched: Watched):
    """With embedded = false the watcher keeps its hands off Asterisk, and still hands waiting callers to the static queue."""
    with embedded_asterisk() as existing:
        network = existing.settings.network
        (watched.home / "switchboard.toml").write_text(
            f'[telephony]\nembedded = false\nari_password = "{passwords(existing.settings, existing.key)["ari"]}"\n'
            f'[network]\nari = "{network.ari}"\nami = "{network.ami}"\n'
        )
        for variable in ("SWITCHBOARD_ARI", "SWITCHBOARD_AMI", "SWITCHBOARD_SIP"):
            del watched.environ[variable]
        watched.settings = Settings.load(watched.environ)
        process = watched.start()
        assert watched.asterisk() == 0
        caller = Caller(existing.sip, "1000")
        caller.invite()
        until(lambda: existing.ari.ask("GET", "applications/switchboard")[1]["channel_ids"], "the caller in the application")
        (watched.home / "stay-away").touch()
        os.kill(watched.daemons[0], signal.SIGKILL)
        caller.wait_answer(30)
        caller.hang_up()
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
        assert existing.ari.ours()


def test_the_pause_before_another_start_grows_and_is_forgotten():
    """A thing that keeps dying is not hammered; after a stable minute it is trusted again."""
    backoff = Backoff()
    assert [backoff.after(1) for _ in range(9)] == [0, 0.5, 1, 2, 4, 8, 16, 30, 30]
    assert backoff.after(61) == 0


def channel(name: str, app: str = "Stasis", data: str = "switchboard,inbound,from-loopback") -> dict[str, object]:
    return {"id": name, "dialplan": {"app_name": app, "app_data": data}}


def test_only_callers_without_anybody_are_moved():
    """Talks, held customers, agents' legs and callers already in the static queue stay where they are."""
    channels = [
        channel("in-menu"), channel("waiting"), channel("talking"), channel("held"), channel("agent", data="switchboard,leg"),
        channel("static", app="Queue", data="static,c"),
    ]  # fmt: skip
    bridges = [
        {"name": "waiting-sales", "channels": ["waiting"]},
        {"name": "talk-1.1", "channels": ["talking", "agent"]},
        {"name": "hold", "channels": ["held"]},
    ]
    assert to_move(channels, bridges) == ["in-menu", "waiting"]


def test_the_banner_is_for_people():
    """Address first, then who may log in, then what to dial."""
    demo = {
        "http": "http://127.0.0.1:8080", "sip": "127.0.0.1:5060", "numbers": {"main": "1000", "sales": "1001"},
        "accounts": [{"username": "sara", "password": "x", "role": "agent", "extension": "101", "sip_password": "y"}],
    }  # fmt: skip
    text = banner(demo, "en")
    assert text.index("http://127.0.0.1:8080") < text.index("sara") < text.index("1000")
    assert "desk phone password y" in text
