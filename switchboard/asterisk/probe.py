"""Short blocking questions to an Asterisk, for those outside the daemon's loop: rescue.py, the starter, the doctor, tests."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from typing import Any
from urllib.parse import urlencode

from attrs import frozen

from config.setting_kinds import Address


class Refused(Exception):
    """It answered, but our password is not good there."""


@frozen
class AriProbe:
    """One Asterisk's REST interface, a request at a time over a connection of its own."""

    address: Address
    user: str
    password: str
    seconds: float = 3.0

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None) -> tuple[int, Any]:
        """Status and decoded answer of `method` /ari/`path`; OSError or HTTPException when nobody answers."""
        connection = HTTPConnection(self.address.host, self.address.port, timeout=self.seconds)
        try:
            token = b64encode(f"{self.user}:{self.password}".encode()).decode()
            connection.request(
                method, f"/ari/{path}?{urlencode(query or {})}", headers={"Authorization": f"Basic {token}", "Connection": "close"}
            )
            answer = connection.getresponse()
            body = answer.read()
            return answer.status, json.loads(body) if body else None
        except ValueError as error:
            raise HTTPException(str(error)) from error
        finally:
            connection.close()

    def ours(self) -> bool:
        """Whether our Asterisk answers here and now; raises `Refused` when somebody else's does."""
        try:
            status, _ = self.ask("GET", "asterisk/info", {"only": "status"})
        except (OSError, HTTPException):
            return False
        if status == 401:
            raise Refused
        return status == 200


@frozen
class AmiProbe:
    """One Asterisk's manager interface: logs in, gives one CLI command, leaves."""

    address: Address
    user: str
    password: str
    seconds: float = 3.0

    def command(self, line: str) -> str:
        """What the CLI command `line` prints; raises `Refused`, or OSError when nobody answers."""
        with socket.create_connection((self.address.host, self.address.port), timeout=self.seconds) as wire:
            reader = wire.makefile("rb")
            if not reader.readline().startswith(b"Asterisk Call Manager"):
                raise ConnectionError("not a manager interface")
            self._say(wire, Action="Login", Username=self.user, Secret=self.password, Events="off")
            if self._answer(reader).get("Response") != "Success":
                raise Refused
            self._say(wire, Action="Command", Command=line)
            return self._answer(reader).get("Output", "")

    def ours(self) -> bool:
        """Whether our Asterisk answers here and now; raises `Refused` when somebody else's does."""
        try:
            self.command("core show uptime seconds")
        except OSError:
            return False
        return True

    @staticmethod
    def _say(wire: socket.socket, **headers: str) -> None:
        for value in headers.values():
            if "\r" in value or "\n" in value:
                raise ValueError(f"a manager command is one line: {value!r}")
        wire.sendall("".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n")

    @staticmethod
    def _answer(reader: Any) -> dict[str, str]:
        """The next response, its Output lines joined; events in between are passed over."""
        found: dict[str, str] = {}
        while True:
            raw = reader.readline()
            if not raw:
                raise ConnectionError("the manager interface closed")
            line = raw.decode("utf-8", "replace").strip()
            if line:
                name, _, value = line.partition(": ")
                found[name] = f"{found[name]}\n{value}" if name in found else value
            elif "Response" in found:
                return found
            else:
                found = {}
