"""The private Asterisk: prepared, started, checked to be ours, stopped. Blocking; never called on the daemon's loop.

It has a session of its own, so that it outlives whoever started it (DESIGN, law 1) and a Ctrl-C in the terminal does not
reach it; the next starter in the same home finds it by its pid file and takes it over.
"""

from __future__ import annotations

import math
import os
import resource
import select
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from attrs import evolve

from config.asterisk_root import AsteriskRoot, find_asterisk
from config.settings import Settings
from config.translations import _
from switchboard.asterisk.account import Account, unprivileged
from switchboard.asterisk.layout import Folders, make_folders, passwords, render, rotate_logs
from switchboard.asterisk.music import write_music
from switchboard.asterisk.ports import must_be_free
from switchboard.asterisk.probe import AmiProbe, AriProbe, Refused
from switchboard.asterisk.refusals import AsteriskDied, AsteriskForeign, AsteriskMissing, AsteriskSilent, AsteriskTooOld

START_SECONDS = 20.0
TAKE_OVER_SECONDS = 5.0
POLL_SECONDS = 0.02
OPEN_FILES = 65536


class RunningAsterisk:
    """A live Asterisk process of this home, whether started by us or found."""

    def __init__(self, pid: int, child: subprocess.Popen[bytes] | None = None) -> None:
        self.pid = pid
        self._child = child
        self.exit_fd = os.pidfd_open(pid)
        """Becomes readable when the process has ended, child of ours or not."""

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether it has ended, waiting up to `seconds` for that."""
        if self._child:
            self._child.poll()
        if select.select([self.exit_fd], [], [], seconds)[0]:
            if self._child:
                self._child.wait()
            return True
        return False

    def status(self) -> str:
        """How it ended, for people."""
        code = self._child.returncode if self._child else None
        if code is None:
            return "gone"
        return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit status {code}"

    def send(self, number: signal.Signals) -> None:
        """Send a signal; harmless when it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self.exit_fd, number)

    def close(self) -> None:
        """Let go of it (it runs on)."""
        os.close(self.exit_fd)


class EmbeddedAsterisk:
    """The private instance of one installation: `settings` say where, `key` gives its passwords."""

    def __init__(self, settings: Settings, key: bytes) -> None:
        self.settings = settings
        self.folders = Folders(settings.home)
        self._key = key
        self.account: Account | None = None
        """The account it runs as, when that is not our own; known after `prepare`."""
        words = passwords(settings, key)
        self.ari = AriProbe(settings.network.ari, "switchboard", words["ari"])
        self.ami = AmiProbe(settings.network.ami, "rescue", words["rescue"])

    def root(self) -> AsteriskRoot:
        """The Asterisk to start; raises `AsteriskMissing` or `AsteriskTooOld`."""
        telephony = self.settings.telephony
        found, version = find_asterisk(telephony.asterisk, telephony.min_version)
        if found:
            return found
        if version:
            raise AsteriskTooOld(version=version, minimum=telephony.min_version)
        raise AsteriskMissing

    def prepare(self, root: AsteriskRoot) -> None:
        """Make directories, configuration and music; nothing is started."""
        self.account = make_folders(self.folders, unprivileged())
        rotate_logs(self.folders)
        render(self.folders, root, self.settings, self._key)
        write_music(self.folders.music)

    def find(self) -> RunningAsterisk | None:
        """The Asterisk that already runs in this home, or None."""
        try:
            pid = int(self.folders.pid_file.read_text())
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
            if os.fsencode(self.folders.etc / "asterisk.conf") not in words:
                return None
            return RunningAsterisk(pid)
        except (OSError, ValueError):
            return None

    def start(self, stopping: Callable[[], bool] = lambda: False) -> RunningAsterisk:
        """Start it, or take over the one that runs, and wait until it answers as ours; raises a `Refusal`.

        `stopping` is asked while waiting: when it says so, what was started is ended and the wait given up.
        """
        if (found := self.find()) and self._taken_over(found, stopping):
            return found
        root = self.root()
        self._addresses_must_be_free()
        now, lived_before = time.time(), self.folders.console_log.exists()
        self.prepare(root)
        if lived_before:
            _next_second(now)
        running = self._spawn(root)
        try:
            self._wait_ready(running, stopping)
        except BaseException:
            self.stop(running, drain_seconds=0)
            raise
        return running

    def _taken_over(self, found: RunningAsterisk, stopping: Callable[[], bool]) -> bool:
        """Whether the Asterisk that was found answers; one that does not (hung, or started with other addresses) is ended."""
        try:
            self._wait_ready(found, stopping, TAKE_OVER_SECONDS)
        except (AsteriskSilent, AsteriskDied):
            self.stop(found, drain_seconds=0)
            return False
        return True

    def stop(self, running: RunningAsterisk, drain_seconds: float = 1.0) -> None:
        """End it: no new calls and up to `drain_seconds` for the running ones, then at once, at the very last by force."""
        if drain_seconds and not running.ended():
            give_up = time.monotonic() + drain_seconds
            with suppress(OSError, Refused):  # it is answered only when the last call has ended
                evolve(self.ami, seconds=drain_seconds).command("core stop gracefully")
            running.ended(max(0.0, give_up - time.monotonic()))
        for number, seconds in ((signal.SIGTERM, 2.0), (signal.SIGKILL, 2.0)):
            if not running.ended():
                running.send(number)
                running.ended(seconds)
        running.close()

    def _addresses_must_be_free(self) -> None:
        network = self.settings.network
        must_be_free(network.ari, _("Asterisk's HTTP"), "SWITCHBOARD_ARI")
        must_be_free(network.ami, _("Asterisk's manager interface"), "SWITCHBOARD_AMI")
        must_be_free(network.sip, _("SIP over TCP"), "SWITCHBOARD_SIP")
        must_be_free(network.sip, _("SIP over UDP"), "SWITCHBOARD_SIP", udp=True)

    def _spawn(self, root: AsteriskRoot) -> RunningAsterisk:
        _raise_open_files()
        who = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        with self.folders.console_log.open("wb") as log:
            child = subprocess.Popen(  # type: ignore[call-overload]  # user, group, extra_groups by name
                [*root.command, "-C", str(self.folders.etc / "asterisk.conf"), "-f", "-n"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True, umask=0o027, cwd="/",
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "TZ": "UTC", "LC_ALL": "C.UTF-8", "HOME": "/nonexistent"}, **who,
            )  # fmt: skip
        return RunningAsterisk(child.pid, child)

    def _wait_ready(self, running: RunningAsterisk, stopping: Callable[[], bool], seconds: float = START_SECONDS) -> None:
        network = self.settings.network
        for part, address, variable, ours in (
            ("ARI", network.ari, "SWITCHBOARD_ARI", self.ari.ours),
            ("the manager interface", network.ami, "SWITCHBOARD_AMI", self.ami.ours),
        ):
            give_up = time.monotonic() + seconds
            while not self._answers(ours, address, variable):
                if running.ended(POLL_SECONDS):
                    raise AsteriskDied(status=running.status(), log=self._last_words(), file=self.folders.log / "messages.log")
                if stopping() or time.monotonic() > give_up:
                    raise AsteriskSilent(part=part, address=address, seconds=int(seconds), file=self.folders.log / "messages.log")

    @staticmethod
    def _answers(ours: Callable[[], bool], address: object, variable: str) -> bool:
        try:
            return ours()
        except Refused:
            raise AsteriskForeign(address=address, variable=variable) from None

    def _last_words(self) -> str:
        lines: list[str] = []
        for file in (self.folders.console_log, self.folders.log / "messages.log"):
            if file.exists():
                lines += [
                    line
                    for line in file.read_text(errors="replace").splitlines()[-40:]
                    if "ERROR" in line or file == self.folders.console_log
                ]
        return " | ".join(line.strip()[-200:] for line in lines[-3:]) or "none"


def _next_second(now: float) -> None:
    """Wait until the second of `now` is over, so that no call of the next life has the name of one of the last.

    A Uniqueid is the second and the count since the start, and our calls are named by it (docs/decisions/0003). For a clock that is set back meanwhile it
    waits a second, no longer.
    """
    time.sleep(max(0.0, min(1.0, math.floor(now) + 1 - time.time())))  # in the thread of the start-up, never on the loop


def _raise_open_files() -> None:
    """Let Asterisk (and us) open many files: a call takes about eight."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
