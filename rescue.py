"""The process behind `switchboard run`: starts Asterisk and the daemon, restarts either, looks after callers meanwhile.

It knows nothing of calls but this: when the daemon has been away for [telephony] away_seconds, callers who wait or are
still led through a menu are handed to the dialplan's static queue, by Asterisk's REST interface. Talks are left alone.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import IO, Any

from attrs import define, frozen

from config.errors import Refusal
from config.language import terminal_language
from config.places import PROJECT
from config.secrets import installation_key
from config.setting_kinds import Address
from config.settings import Settings
from config.translations import _, translate
from switchboard.asterisk.embedded import EmbeddedAsterisk, RunningAsterisk
from switchboard.asterisk.layout import passwords, rotate_logs
from switchboard.asterisk.ports import must_be_free
from switchboard.asterisk.probe import AriProbe, Refused

REFUSED = 78
"""The daemon's exit status when a restart would not help (EX_CONFIG of sysexits.h); it has said why."""

STOP_DAEMON_SECONDS = 2.5
HEALTH_EVERY_SECONDS = 1.0
SWEEP_EVERY_SECONDS = 1.0
ROTATE_EVERY_SECONDS = 60.0
PARENT_VARIABLE = "SWITCHBOARD_RESCUE"
LONGEST_ANSWER = 65_536
NOT_WAITED_FOR = frozenset({"disk", "recording", "loop"})
"""Parts whose illness a start does not cure: the product is used without them, and that is said."""
"""Tells the daemon our process id, so that it ends when we are gone (commands/daemon.py)."""


class AlreadyRunning(Refusal):
    """Another `switchboard run` works in the same home."""

    code = "already_running"
    status = 503
    sentence = _("Switchboard already runs in {home} (process {pid}). Stop it, or choose another directory with SWITCHBOARD_HOME.")


@define
class Backoff:
    """How long to wait before starting something again: half a second, doubling to 30, forgotten after a stable minute."""

    first: float = 0.5
    longest: float = 30.0
    stable: float = 60.0
    _next: float = 0.0

    def after(self, ran_seconds: float) -> float:
        """The pause after a life of `ran_seconds`; the first death of a stable process is answered at once."""
        if ran_seconds >= self.stable:
            self._next = 0.0
        pause, self._next = self._next, min(self.longest, self._next * 2 or self.first)
        return pause


@frozen
class Health:
    """Asks the daemon's /healthz; any answer means that its loop turns."""

    address: Address

    def ill(self, seconds: float) -> frozenset[str] | None:
        """The parts that are not well; None when nobody answered within `seconds`."""
        connection = HTTPConnection(self.address.host, self.address.port, timeout=seconds)
        try:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            return frozenset() if answer.status == 200 else ill_parts(answer.read(LONGEST_ANSWER))
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()


def ill_parts(answer: bytes) -> frozenset[str]:
    """The parts that a refusing /healthz names; "asterisk" when it names none, as while the daemon starts."""
    try:
        parts = json.loads(answer)["parts"]
        return frozenset(str(name) for name, part in parts.items() if not part["ok"]) or frozenset({"asterisk"})
    except (ValueError, KeyError, TypeError, AttributeError):
        return frozenset({"asterisk"})


def to_move(channels: Iterable[Mapping[str, Any]], bridges: Iterable[Mapping[str, Any]]) -> list[str]:
    """The ids of callers who need somebody: led by the daemon's application, and in no talk or hold.

    `channels` and `bridges` as ARI lists them. Only calls that came in through the dialplan's `inbound` count;
    agents' own legs end by themselves.
    """
    busy = {
        member for bridge in bridges if str(bridge.get("name", "")).startswith(("talk-", "hold")) for member in bridge.get("channels", ())
    }
    return [
        channel["id"]
        for channel in channels
        if channel["id"] not in busy
        and channel.get("dialplan", {}).get("app_name") == "Stasis"
        and str(channel["dialplan"].get("app_data", "")).startswith("switchboard,inbound")
    ]


def banner(demo: Mapping[str, Any], language: str) -> str:
    """What a newcomer needs: the address, who may log in, which numbers to call."""

    def say(sentence: str, **values: Any) -> str:
        return translate(language, sentence, **values)

    lines = ["", say(_("Switchboard is ready: {address}"), address=demo["http"]), ""]
    lines += [say(_("Accounts:"))]
    for account in demo.get("accounts", ()):
        desk = say(_(", desk phone password {password}"), password=account["sip_password"]) if account.get("sip_password") else ""
        extension = say(_(", extension {extension}"), extension=account["extension"]) if account.get("extension") else ""
        lines.append(f"  {account['username']:<12} {account['password']:<16} {account['role']}{extension}{desk}")
    lines += [say(_("Numbers (call them from this machine at {sip}, no registration needed):"), sip=demo["sip"])]
    lines += [f"  {number:<12} {name}" for name, number in demo.get("numbers", {}).items()]
    return "\n".join([*lines, "", say(_("Ctrl-C ends it."))])


class Daemon:
    """The daemon as a child process, in a session of its own, ended with us if we are killed."""

    def __init__(self, command: Sequence[str], environ: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            list(command), cwd=PROJECT, env={**environ, PARENT_VARIABLE: str(os.getpid())}, stdin=subprocess.DEVNULL, start_new_session=True
        )  # fmt: skip
        self.exit_fd = os.pidfd_open(self._process.pid)
        self.pid = self._process.pid
        self.started_at = time.monotonic()
        self.was_ready = False

    def ended(self, seconds: float = 0.0) -> bool:
        """Whether it has ended, waiting up to `seconds`."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return self._process.returncode is not None

    @property
    def status(self) -> int:
        """Its exit status once it has ended; negative: the signal."""
        return self._process.returncode or 0

    def send(self, number: signal.Signals) -> None:
        """Send a signal; harmless when it has ended."""
        self._process.send_signal(number)

    def close(self) -> None:
        """Forget it."""
        os.close(self.exit_fd)


class Rescue:
    """Keeps Asterisk and the daemon running until told to stop."""

    def __init__(
        self, settings: Settings, daemon: Sequence[str], environ: Mapping[str, str] = os.environ, out: Callable[[str], None] = print
    ) -> None:
        self._settings = settings
        self._daemon_command = daemon
        self._environ = {**environ, "SWITCHBOARD_HOME": str(settings.home)}
        if "SWITCHBOARD_CONFIG" in environ:
            self._environ["SWITCHBOARD_CONFIG"] = str(Path(environ["SWITCHBOARD_CONFIG"]).absolute())
        self._language = terminal_language(environ)
        self._out = out
        key = installation_key(settings.home)
        self._embedded = EmbeddedAsterisk(settings, key) if settings.telephony.embedded else None
        self._ari = (
            self._embedded.ari
            if self._embedded
            else AriProbe(settings.network.ari, settings.telephony.ari_user, passwords(settings, key)["ari"])
        )
        self._health = Health(settings.network.http)
        self._ill: frozenset[str] = frozenset()
        self._asterisk: RunningAsterisk | None = None
        self._daemon: Daemon | None = None
        self._asterisk_pause, self._daemon_pause = Backoff(), Backoff()
        self._asterisk_since = self._asterisk_due = self._daemon_due = 0.0
        self._good_at = time.monotonic()
        self._answers = 0
        self._ready_told = False
        self._stops = 0
        self._wake_read, self._wake_write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    # ── life ──

    def run(self) -> int:
        """Start everything and stay until a signal says stop. Exit status: 0, or 1 when something could not start."""
        lock = _lock(self._settings.home)
        try:
            self._take_signals()
            must_be_free(self._settings.network.http, _("pages and API"), "SWITCHBOARD_HTTP")
            if self._embedded:
                self._asterisk = self._embedded.start(stopping=lambda: self._stops > 0)
                self._asterisk_since = time.monotonic()
            self._start_daemon()
            threading.Thread(target=self._watch_health, name="health", daemon=True).start()
            return self._loop()
        except Refusal as refusal:
            self._say(refusal.text(self._language))
            return 1
        finally:
            self._end_all()
            lock.close()

    def _loop(self) -> int:
        swept = rotated = time.monotonic()
        while not self._stops:
            self._wait()
            now = time.monotonic()
            if (status := self._look_after_daemon(now)) is not None:
                return status
            self._look_after_asterisk(now)
            if now - swept >= SWEEP_EVERY_SECONDS:
                swept = now
                self._look_after_callers(now)
            if self._embedded and now - rotated >= ROTATE_EVERY_SECONDS:
                rotated = now
                self._rotate_logs()
        return 0

    def _wait(self) -> None:
        """Sleep until a child ends, a signal comes, the health watch has news, or a quarter second is over."""
        watched = [self._wake_read] + [one.exit_fd for one in (self._asterisk, self._daemon) if one]
        readable = select.select(watched, [], [], 0.25)[0]
        if self._wake_read in readable:
            with suppress(BlockingIOError):
                os.read(self._wake_read, 4096)

    def _take_signals(self) -> None:
        def stop(_number: int, _frame: Any) -> None:
            self._stops += 1

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, stop)
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    # ── the daemon ──

    def _start_daemon(self) -> None:
        try:
            self._daemon = Daemon(self._daemon_command, self._environ)
        except OSError as error:  # no memory or no process to be had now: tried again
            self._daemon_due = time.monotonic() + self._daemon_pause.after(0)
            self._say(str(error))

    def _look_after_daemon(self, now: float) -> int | None:
        """Restart it when it has ended; a status to leave with when starting it again cannot help."""
        if self._daemon is None:
            if now >= self._daemon_due:
                self._start_daemon()
            return None
        if self._answers and not self._daemon.was_ready:
            self._daemon.was_ready = True
            self._tell_ready()
        if not self._daemon.ended():
            return None
        gone, self._daemon = self._daemon, None
        gone.close()
        if gone.status == REFUSED and not self._ready_told:
            return 1
        pause = self._daemon_pause.after(now - gone.started_at)
        self._daemon_due = now + pause
        self._answers = 0
        self._tell(
            _("The daemon ended ({status}); starting it again in {seconds} s. Talks go on."), status=gone.status, seconds=f"{pause:g}"
        )
        return None

    def _watch_health(self) -> None:
        """In a thread of its own, so that a hung daemon delays nothing else."""
        limit = min(5.0, max(1.0, self._settings.telephony.away_seconds / 2))
        pause = threading.Event()
        while not self._stops:
            if (ill := self._health.ill(limit)) is not None:
                self._good_at = time.monotonic()
                if self._daemon is not None and (ill <= NOT_WAITED_FOR or self._ready_told):  # the others are ill while it is starting
                    self._ill = ill
                    self._answers = 1
                    if not self._ready_told:
                        self._wake()
            pause.wait(HEALTH_EVERY_SECONDS if self._ready_told else 0.05)

    def _wake(self) -> None:
        with suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    def _tell_ready(self) -> None:
        if self._ready_told:
            self._tell(_("The daemon is back."))
            return
        self._ready_told = True
        file = self._settings.home / "demo.json"
        if self._settings.demo and file.exists():
            self._out(banner(json.loads(file.read_text("utf-8")), self._language))
        else:
            self._tell(_("Switchboard is ready: {address}"), address=self._settings.public_url)
        if self._ill:
            self._tell(_("Not well: {parts}. `switchboard doctor` says why, and how to cure it."), parts=", ".join(sorted(self._ill)))

    # ── Asterisk ──

    def _look_after_asterisk(self, now: float) -> None:
        if self._embedded is None:
            return
        if self._asterisk and self._asterisk.ended():
            pause = self._asterisk_pause.after(now - self._asterisk_since)
            self._asterisk_due = now + pause
            self._tell(
                _("Asterisk ended ({status}); starting it again in {seconds} s."), status=self._asterisk.status(), seconds=f"{pause:g}"
            )
            self._asterisk.close()
            self._asterisk = None
        if self._asterisk is None and now >= self._asterisk_due:
            try:
                self._asterisk = self._embedded.start(stopping=lambda: self._stops > 0)
            except (Refusal, OSError) as error:  # a full disk, say: tried again, the daemon goes on meanwhile
                self._asterisk_due = time.monotonic() + self._asterisk_pause.after(0)
                self._say(error.text(self._language) if isinstance(error, Refusal) else str(error))
            self._asterisk_since = time.monotonic()

    def _rotate_logs(self) -> None:
        if self._embedded and rotate_logs(self._embedded.folders):
            with suppress(OSError, Refused):
                self._embedded.ami.command("logger reload")

    # ── callers ──

    def _look_after_callers(self, now: float) -> None:
        """While the daemon is away too long: end it if it hangs, and hand the waiting to the static queue, again and again."""
        if now - self._good_at < self._settings.telephony.away_seconds:
            return
        if self._daemon and self._daemon.was_ready:
            self._tell(_("The daemon has not answered for {seconds} s; it is ended and started again."), seconds=int(now - self._good_at))
            self._daemon.send(signal.SIGKILL)
        with suppress(OSError, HTTPException):
            for caller in to_move(self._ari.ask("GET", "channels")[1] or (), self._ari.ask("GET", "bridges")[1] or ()):
                if self._health.ill(1.0) is not None:  # it is back in this moment, and takes its callers itself
                    self._good_at = time.monotonic()
                    return
                status, _answer = self._ari.ask(
                    "POST", f"channels/{caller}/continue", {"context": "static-queue", "extension": "s", "priority": "1"}
                )
                if status < 300:
                    self._tell(_("Caller {call} was handed to the static queue."), call=caller)

    # ── the end ──

    def _end_all(self) -> None:
        """The daemon first (it tells the consoles and ends what it leads), then Asterisk; a second Ctrl-C makes it short."""
        if self._daemon:
            self._daemon.send(signal.SIGTERM)
            give_up = time.monotonic() + STOP_DAEMON_SECONDS
            while not self._daemon.ended(0.05) and time.monotonic() < give_up and self._stops < 2:
                pass
            if not self._daemon.ended():
                self._daemon.send(signal.SIGKILL)
                self._daemon.ended(2)
            self._daemon.close()
        if self._embedded and self._asterisk:
            self._embedded.stop(self._asterisk, drain_seconds=0.0 if self._stops > 1 else 0.7)

    def _tell(self, sentence: str, **values: Any) -> None:
        self._say(translate(self._language, sentence, **values))

    def _say(self, text: str) -> None:
        self._out(f"{time.strftime('%H:%M:%S')} {text}")


def _lock(home: Path) -> IO[str]:
    """Hold the home for ourselves as long as the file is open; raises `AlreadyRunning`."""
    home.mkdir(parents=True, exist_ok=True)
    file = (home / "rescue.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        pid = file.read().strip() or "?"
        file.close()
        raise AlreadyRunning(home=home, pid=pid) from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def main(settings: Settings) -> int:
    """What `switchboard run` does."""
    return Rescue(settings, [sys.executable, "-m", "commands.main", "daemon"], out=lambda text: print(text, flush=True)).run()
