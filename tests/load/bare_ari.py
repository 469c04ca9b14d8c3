"""The floor of the screen-pop: a bare ARI client that writes to a bare websocket on the digit event, and nothing else.

Run as a program: `python -m tests.load.bare_ari <ari host:port> <user:password> <port>`. Answers every call of the
application `bare`; each ChannelDtmfReceived goes out as one small frame to whoever is connected to the port.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sys
from typing import Any

from autobahn.asyncio.websocket import (
    WebSocketClientFactory,
    WebSocketClientProtocol,
    WebSocketServerFactory,
    WebSocketServerProtocol,
)

CONSOLES: set[WebSocketServerProtocol] = set()


class BareConsole(WebSocketServerProtocol):
    """Whoever is connected gets every digit."""

    def onOpen(self) -> None:  # autobahn's name
        CONSOLES.add(self)

    def onClose(self, _clean: bool, _code: int | None, _reason: str | None) -> None:  # autobahn's name and order
        CONSOLES.discard(self)


class BareAri(WebSocketClientProtocol):
    """Answers calls and passes digits on."""

    def onMessage(self, payload: bytes, _binary: bool) -> None:  # autobahn's name and order
        message: dict[str, Any] = json.loads(payload)
        if message["type"] == "ChannelDtmfReceived":
            frame = json.dumps({"type": "digit", "digit": message["digit"], "caller": message["channel"]["caller"]["number"]}).encode()
            for console in CONSOLES:
                console.sendMessage(frame)
        elif message["type"] == "StasisStart":
            order = {"type": "RESTRequest", "request_id": "1", "method": "POST", "uri": f"channels/{message['channel']['id']}/answer"}
            self.sendMessage(json.dumps(order).encode())


async def serve(ari: str, login: str, port: int) -> None:
    """Connect to Asterisk and listen on `port`, for ever."""
    loop = asyncio.get_running_loop()
    consoles = WebSocketServerFactory(f"ws://127.0.0.1:{port}")
    consoles.protocol = BareConsole
    await loop.create_server(consoles, "127.0.0.1", port)
    headers = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
    client = WebSocketClientFactory(f"ws://{ari}/ari/events?app=bare", headers=headers)
    client.protocol = BareAri
    host, _, ari_port = ari.rpartition(":")
    await loop.create_connection(client, host, int(ari_port))
    print("ready", flush=True)  # noqa: T201  # the starter waits for this line
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1], sys.argv[2], int(sys.argv[3])))
