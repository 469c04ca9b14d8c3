"""Somebody who sends single SIP requests of any kind and name, and looks at the answers (RFC 3261, over UDP)."""

from __future__ import annotations

import random
import re
import socket
import time


def asked(server: str, method: str, to: str, name: str, headers: tuple[str, ...] = (), body: str = "", seconds: float = 5.0) -> int:
    """The final status that `server` ("host:port") gives to one request from `name`; 0 when none comes. An INVITE that rings is given up."""
    host, _, port = server.rpartition(":")
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(0.2)
        own, mark = f"127.0.0.1:{line.getsockname()[1]}", f"{random.getrandbits(64):x}"
        lines = [
            f"{method} sip:{to}@{server} SIP/2.0", f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{mark};rport", f"From: <sip:{name}@127.0.0.1>;tag={mark[:6]}",
            f"To: <sip:{to}@127.0.0.1>", f"Call-ID: {mark}", f"CSeq: 1 {method}", f"Contact: <sip:{name}@{own}>", "Max-Forwards: 70", *headers,
            *(["Content-Type: text/plain"] if body else []), f"Content-Length: {len(body.encode())}", "", body,
        ]  # fmt: skip
        line.sendto("\r\n".join(lines).encode(), (host, int(port)))
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                found = re.match(r"SIP/2.0 ([2-6]\d\d)", line.recv(65536).decode(errors="replace"))
            except TimeoutError:
                continue
            if found:
                return int(found[1])
    return 0
