"""Consoles over real sockets on this machine: a console that stops reading, and frames that reach an independent client whole."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import orjson
from autobahn.twisted.websocket import WebSocketClientFactory, WebSocketClientProtocol
from twisted.internet import reactor
from twisted.internet.endpoints import HostnameEndpoint

from config.loops import awaitable
from tests.web.memory import until
from tests.web.shop import shop
from web.console import MOST_BUFFERED
from web.frames import message_frame


def listen(room: Any) -> Any:
    return reactor.listenTCP(0, room.house.site.factory, interface="127.0.0.1")


async def handshake(port: int, cookie: str) -> socket.socket:
    """A websocket by hand, whose small receive buffer fills quickly."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    line.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(line, ("127.0.0.1", port))
    host = f"127.0.0.1:{port}"
    head = (
        f"GET /live HTTP/1.1\r\nHost: {host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://{host}\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookie}\r\n\r\n"
    )
    await loop.sock_sendall(line, head.encode())
    assert (await loop.sock_recv(line, 12)) == b"HTTP/1.1 101"
    return line


async def test_a_console_that_stops_reading_is_closed_and_harms_nobody(tmp_path):
    """A sleeping laptop cannot fill the memory: past a megabyte it is cut off, the others get every frame."""
    async with shop(tmp_path) as room:
        port = listen(room)
        browser = await room.house.logged_in("maryam")
        name, secret = next(iter(browser.cookies.items()))
        line = await handshake(port.getHost().port, f"{name}={secret}")
        await until(lambda: len(room.consoles) == 1)
        other = await room.console("reza")
        stuck = room.consoles.of("maryam")[0]
        frame = message_frame({"type": "notice", "message": "x" * 60_000})
        most = 0
        for _number in range(200):
            room.consoles.broadcast(room.consoles.all(), frame, 10**9)
            most = max(most, len(stuck.transport.dataBuffer) + stuck.transport._tempDataLen if stuck.transport else 0)
            await asyncio.sleep(0)
        assert stuck.stuck
        assert most <= MOST_BUFFERED + len(frame)
        await until(lambda: len(room.consoles) == 1)
        assert len(other.of("notice")) == 200
        line.close()
        await awaitable(port.stopListening())


class Client(WebSocketClientProtocol):
    def onOpen(self) -> None:
        self.factory.messages = []

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        self.factory.messages.append(orjson.loads(payload))

    def onClose(self, wasClean: bool, code: int, reason: str) -> None:
        self.factory.code = code


async def test_an_independent_client_reads_what_we_send(tmp_path):
    """Small, middle and large frames, sent past the library, arrive whole and in order at autobahn's own client."""
    async with shop(tmp_path) as room:
        port = listen(room)
        number = port.getHost().port
        browser = await room.house.logged_in("maryam")
        cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
        factory = WebSocketClientFactory(f"ws://127.0.0.1:{number}/live", origin=f"http://127.0.0.1:{number}", headers={"Cookie": cookie})
        factory.protocol, factory.code = Client, None
        client = await awaitable(HostnameEndpoint(reactor, b"127.0.0.1", number).connect(factory))
        await until(lambda: getattr(factory, "messages", None))
        assert factory.messages[0]["type"] == "snapshot"
        console = room.consoles.of("maryam")[0]
        sizes = [0, 1, 100, 124, 125, 126, 200, 65_000, 65_536, 300_000, 5, 65_500]
        for size in sizes:
            console.tell({"type": "notice", "message": "س" * size})
        await until(lambda: len(factory.messages) == 1 + len(sizes))
        assert [len(one["message"]) for one in factory.messages[1:]] == sizes
        client.sendMessage(orjson.dumps({"id": 5, "do": "ping"}))
        await until(lambda: factory.messages[-1]["type"] == "result")
        await room.consoles.stop()
        await until(lambda: factory.code is not None)
        assert factory.code == 1001
        await awaitable(port.stopListening())
