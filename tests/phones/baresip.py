"""A real telephone (baresip) with a tone for a microphone and a file for an earpiece.

Steered over its control socket (netstrings of JSON) and its key console; both on free loopback ports.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.phones.ports import free_port, free_sip_port, free_udp_range
from tests.phones.tones import write_tone

CONFIG = """
sip_listen 127.0.0.1:{sip}
audio_source aufile,{tone}
audio_player aufile,{ear}
audio_alert aufile,{silence}
module_path /usr/lib/baresip/modules
module g711.so
module aufile.so
module sndfile.so
module_app account.so
module_app menu.so
module ctrl_tcp.so
module cons.so
snd_path {folder}
ctrl_tcp_listen 127.0.0.1:{control}
cons_listen 127.0.0.1:{keys}
rtp_ports {rtp_first}-{rtp_last}
rtp_timeout 0
"""


class Baresip:
    """One phone. `heard` is the wav of what its earpiece played."""

    def __init__(self, folder: Path, account: str, hertz: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        write_tone(folder / "tone.wav", hertz)
        write_tone(folder / "silence.wav", 100, 1, 0.0)
        (folder / "accounts").write_text(account + "\n")
        (folder / "contacts").write_text("")
        self._log = (folder / "log.txt").open("wb")
        self._start()
        self._buffer = b""
        self.events: list[dict[str, Any]] = []

    def _start(self, tries: int = 5) -> None:
        """Start on free ports; on others when somebody else was quicker (it takes the port after its SIP port for TLS as well)."""
        self._control_port = free_port()
        self._keys_port = free_port()
        first, last = free_udp_range(20)
        settings = CONFIG.format(
            sip=free_sip_port(), tone=self.folder / "tone.wav", ear=self.folder / "ear.wav", silence=self.folder / "silence.wav",
            folder=self.folder, control=self._control_port, keys=self._keys_port, rtp_first=first, rtp_last=last,
        )  # fmt: skip
        (self.folder / "config").write_text(settings)
        self._process = subprocess.Popen(["baresip", "-f", str(self.folder)], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        try:
            self._control = self._connect()
        except OSError:
            self._process.kill()
            self._process.wait()
            if tries == 1:
                raise
            self._start(tries - 1)

    def _connect(self) -> socket.socket:
        deadline = time.monotonic() + 10
        while True:
            try:
                control = socket.create_connection(("127.0.0.1", self._control_port), timeout=1)
            except OSError:
                if time.monotonic() > deadline or self._process.poll() is not None:
                    raise
                select_wait(0.05)
            else:
                control.settimeout(0.1)
                return control

    def order(self, command: str, parameters: str = "") -> None:
        """Send a menu command ("dial", "accept", "hangup")."""
        message = json.dumps({"command": command, "params": parameters, "token": command}).encode()
        self._control.sendall(str(len(message)).encode() + b":" + message + b",")

    def keys(self, digits: str) -> None:
        """Press keys during a call (sent as RFC 4733 events)."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as console:
            for digit in digits:
                console.sendto(digit.encode(), ("127.0.0.1", self._keys_port))
                select_wait(0.15)
                console.sendto(b"\x04", ("127.0.0.1", self._keys_port))  # the key is let go; without it the event never ends
                select_wait(0.1)

    def dial(self, address: str) -> None:
        """Call a SIP address."""
        self.order("dial", address)

    def hang_up(self) -> None:
        """End the call."""
        self.order("hangup")

    def _read(self) -> None:
        with contextlib.suppress(TimeoutError):
            self._buffer += self._control.recv(65536)
        while b":" in self._buffer:
            length, _, rest = self._buffer.partition(b":")
            size = int(length)
            if len(rest) <= size:
                return
            message, self._buffer = json.loads(rest[:size]), rest[size + 1 :]
            if message.get("event"):
                self.events.append(message)

    def wait_for(self, kind: str, seconds: float = 20, after: int = 0) -> dict[str, Any]:
        """The first event of type `kind` (REGISTER_OK, CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED…) from index `after`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            for event in self.events[after:]:
                if event["type"] == kind:
                    return event
            self._read()
            if kind == "REGISTER_OK" and b" 200 OK " in (self.folder / "log.txt").read_bytes():
                return {"type": kind}  # it came before anybody listened at the control socket
        kinds = [event["type"] for event in self.events]
        raise AssertionError(f"{kind} did not come within {seconds} s; came: {kinds}")

    @property
    def heard(self) -> Path:
        """The newest file of decoded sound (sndfile writes `dump-…-dec.wav` per call)."""
        dumps = sorted(self.folder.glob("dump*-dec.wav"), key=lambda file: file.stat().st_mtime)
        return dumps[-1]

    def stop(self) -> None:
        """Quit and wait."""
        with contextlib.suppress(OSError):
            self.order("quit")
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()
        self._log.close()


def select_wait(seconds: float) -> None:
    """Let other processes go on for a moment (a real phone's finger, not a test's patience)."""
    import select

    select.select([], [], [], seconds)


def until(true: Callable[[], Any], what: str, seconds: float = 20) -> Any:
    """The first true answer of `true`, asked every 50 ms; fails with `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        answer = true()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"did not come true within {seconds} s: {what}")
        select_wait(0.05)


@contextlib.contextmanager
def phone(folder: Path, account: str, hertz: float) -> Iterator[Baresip]:
    """A phone for the length of a `with`."""
    one = Baresip(folder, account, hertz)
    try:
        yield one
    finally:
        one.stop()
