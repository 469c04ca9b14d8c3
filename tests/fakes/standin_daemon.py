"""A stand-in for the daemon, as a real process: answers /healthz, writes demo.json, holds the ARI application open.

    python standin_daemon.py HOME HTTP_PORT ARI_PORT ARI_PASSWORD

While the file HOME/stay-away exists it does nothing at all (a daemon that does not come back); HOME/refuse makes it
end with status 78; HOME/ill names parts that /healthz calls ill; every start adds its process id to HOME/starts, every SIGTERM a line to HOME/stops.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import socket
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Answers(BaseHTTPRequestHandler):
    """Says that all is well, or that the parts named in HOME/ill are not."""

    def do_GET(self) -> None:
        file = Path(sys.argv[1]) / "ill"
        ill = file.read_text().split() if file.exists() else []
        self.send_response(503 if ill else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"ok": not ill, "parts": {"asterisk": {"ok": True}} | {name: {"ok": False} for name in ill}}).encode())

    def log_message(self, *_words: Any) -> None:
        """Say nothing of it."""


def hold_application(port: int, password: str) -> socket.socket:
    """The ARI websocket of the application `switchboard`, opened by hand (RFC 6455) and read into the void."""
    wire = socket.create_connection(("127.0.0.1", port))
    key = base64.b64encode(os.urandom(16)).decode()
    wire.sendall(
        f"GET /ari/events?app=switchboard&api_key=switchboard:{password} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ari\r\n\r\n".encode()
    )
    assert b"101" in wire.recv(4096)

    def read() -> None:
        while wire.recv(65536):
            pass

    threading.Thread(target=read, daemon=True).start()
    return wire


def main(home: Path, http: int, ari: int, password: str) -> None:
    """Stand in until SIGTERM."""
    with (home / "starts").open("a") as starts:
        starts.write(f"{os.getpid()}\n")

    def stop(*_words: Any) -> None:
        with (home / "stops").open("a") as stops:
            stops.write("told\n")
        os._exit(0)

    signal.signal(signal.SIGTERM, stop)
    if (home / "refuse").exists():
        sys.exit(78)
    if (home / "stay-away").exists():
        signal.pause()
    wire = hold_application(ari, password)
    demo = {
        "http": f"http://127.0.0.1:{http}", "sip": "127.0.0.1:5060", "numbers": {"main": "1000"},
        "accounts": [{"username": "sara", "password": "word", "role": "agent", "extension": "101"}],
    }  # fmt: skip
    (home / "demo.json").write_text(json.dumps(demo))
    ThreadingHTTPServer(("127.0.0.1", http), Answers).serve_forever()
    wire.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
