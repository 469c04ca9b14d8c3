"""An agent's console without a browser: logs in through the form, opens /live, reads frames. Blocking.

For measuring moments and for what a browser cannot do on purpose (stop reading, send garbage). RFC 6455.
"""

from __future__ import annotations

import json
import os
import re
import socket
import struct
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, ClassVar


class WebSocket:
    """A websocket client. `frames` are the JSON messages that came, each with its `_moment` (perf_counter). `standing` are those that are open."""

    standing: ClassVar[set[WebSocket]] = set()

    def __init__(self, host: str, port: int, path: str, headers: str) -> None:
        self.standing.add(self)
        self.frames: list[dict[str, Any]] = []
        self._buffer = b""
        self._socket = socket.create_connection((host, port), timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: c3dpdGNoYm9hcmQtdGVzdA==\r\n{headers}\r\n".encode()
        )
        while b"\r\n\r\n" not in self._buffer:
            data = self._socket.recv(65536)
            assert data, self._buffer
            self._buffer += data
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        assert b" 101 " in head.split(b"\r\n", 1)[0], head

    def write(self, opcode: int, payload: bytes) -> None:
        """Send one frame."""
        mask = os.urandom(4)
        size = len(payload)
        head = struct.pack("!BB", 0x80 | opcode, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        self._socket.sendall(head + mask + bytes(byte ^ mask[i % 4] for i, byte in enumerate(payload)))

    def read(self, seconds: float) -> bool:
        """Read what comes within `seconds`; True when a message came."""
        if self._buffer and self._take(time.perf_counter()):
            return True
        self._socket.settimeout(max(seconds, 0.001))
        try:
            data = self._socket.recv(262_144)
        except TimeoutError:
            return False
        moment = time.perf_counter()
        if not data:
            raise ConnectionError("the websocket was closed")
        self._buffer += data
        return self._take(moment)

    def _take(self, moment: float) -> bool:
        came = False
        while len(self._buffer) >= 2:
            size, start = self._buffer[1] & 0x7F, 2
            if size == 126:
                size, start = int.from_bytes(self._buffer[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(self._buffer[2:10], "big"), 10
            if len(self._buffer) < start + size:
                break
            opcode, payload = self._buffer[0] & 0x0F, self._buffer[start : start + size]
            self._buffer = self._buffer[start + size :]
            if opcode == 9:
                self.write(10, payload)
            elif opcode == 8:
                raise ConnectionError(f"closed with {int.from_bytes(payload[:2], 'big')}")
            elif opcode in {1, 2}:
                self.frames.append({**json.loads(payload), "_moment": moment})
                came = True
        return came

    def wait_for(self, wanted: Callable[[dict[str, Any]], bool], what: str, seconds: float = 15, after: int = 0) -> dict[str, Any]:
        """The first message (from index `after`) that is `wanted`."""
        deadline = time.monotonic() + seconds
        while True:
            for frame in self.frames[after:]:
                if wanted(frame):
                    return frame
            left = deadline - time.monotonic()
            assert left > 0, f"{what} did not come; came: {[frame['type'] for frame in self.frames]}"
            self.read(left)

    def close(self) -> None:
        """Close without a word."""
        self.standing.discard(self)
        self._socket.close()


class Console(WebSocket):
    """The websocket of one logged-in agent."""

    def __init__(self, http: str, username: str, password: str) -> None:
        self.jar = log_in(http, username, password)
        self.cookies = "; ".join(f"{one.name}={one.value}" for one in self.jar)
        self._number = 0
        host, _, port = http.removeprefix("http://").rpartition(":")
        super().__init__(host, int(port), "/live", f"Origin: {http}\r\nCookie: {self.cookies}\r\n")

    def send(self, do: str, **values: Any) -> int:
        """Send a command; returns its id."""
        self._number += 1
        self.write(1, json.dumps({"id": self._number, "do": do, **values}).encode())
        return self._number

    def order(self, do: str, **values: Any) -> dict[str, Any]:
        """Send a command and wait for its result."""
        number = self.send(do, **values)
        return self.wait_for(lambda frame: frame["type"] == "result" and frame.get("id") == number, f"result of {do}")


def log_in(http: str, username: str, password: str) -> CookieJar:
    """Fill in the log-in form; gives the session's cookies."""
    jar = empty_jar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with opener.open(f"{http}/login") as page:
        token = re.search(r'name="csrf" value="([^"]+)"', page.read().decode())
    form = {"username": username, "password": password, "csrf": token[1] if token else ""}
    request = urllib.request.Request(f"{http}/login", urllib.parse.urlencode(form).encode(), {"Origin": http})
    with opener.open(request) as answer:
        assert "/login" not in answer.geturl(), "log-in was refused"
    return jar


def empty_jar() -> CookieJar:
    """A jar that takes cookies from 127.0.0.1."""
    return CookieJar(policy=DefaultCookiePolicy(strict_ns_domain=DefaultCookiePolicy.DomainLiberal))
