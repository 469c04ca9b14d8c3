"""A browser's websocket in memory: the handshake and the frames by hand (RFC 6455), so that the server's are checked by other code."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os
from typing import Any

import orjson

from config.loops import LOOP
from tests.web.memory import HOST, MemoryTransport, connect

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class MemorySocket:
    """One websocket to `path` of the site behind `factory`."""

    def __init__(
        self, factory: Any, path: str, *, cookies: dict[str, str] | None = None, headers: dict[str, str] | None = None, protocol: str = ""
    ) -> None:
        self.transport: MemoryTransport = connect(factory)
        self.transport.heard = self._heard
        self.messages: list[Any] = []
        self.frames: list[tuple[int, bytes]] = []
        self.code: int | None = None
        self.head = b""
        self._buffer = b""
        self._news = asyncio.Event()
        self._number = 0
        key = base64.b64encode(os.urandom(16))
        self._expected = base64.b64encode(hashlib.sha1(key + GUID).digest())
        lines = {
            "Host": HOST, "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key.decode(),
            "Origin": f"http://{HOST}", **({"Sec-WebSocket-Protocol": protocol} if protocol else {}), **(headers or {}),
        }  # fmt: skip
        if cookies:
            lines["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
        self.transport.protocol.dataReceived(f"GET {path} HTTP/1.1\r\n{head}\r\n".encode())

    # ── What comes ───────────────────────────────────────────────────────────────────────────────────────────

    def _heard(self, data: bytes) -> None:
        self._buffer += data
        if not self.head and b"\r\n\r\n" in self._buffer:
            self.head, _sep, self._buffer = self._buffer.partition(b"\r\n\r\n")
        while self.head.startswith(b"HTTP/1.1 101") and (frame := self._next_frame()):
            self._took(*frame)
        self._news.set()

    def _next_frame(self) -> tuple[int, bytes] | None:
        data = self._buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 127, 2
        assert not data[1] & 128, "a server never masks"
        if size == 126:
            size, at = int.from_bytes(data[2:4]), 4
        elif size == 127:
            size, at = int.from_bytes(data[2:10]), 10
        if len(data) < at + size:
            return None
        self._buffer = data[at + size :]
        return data[0] & 15, data[at : at + size]

    def _took(self, opcode: int, payload: bytes) -> None:
        self.frames.append((opcode, payload))
        if opcode == 1:
            self.messages.append(orjson.loads(payload))
        elif opcode == 8:
            self.code = int.from_bytes(payload[:2]) if payload else 1005
            if not self.transport.closed.done():
                LOOP.call_soon(self._send, 8, payload[:2])  # as a browser does: later, not from within the server's write

    async def until(self, happened: Any, seconds: float = 5.0) -> None:
        """Wait until `happened()`."""
        async with asyncio.timeout(seconds):
            while not happened():
                self._news.clear()
                await asyncio.wait([asyncio.ensure_future(self._news.wait()), self.transport.closed], return_when=asyncio.FIRST_COMPLETED)
                if self.transport.closed.done() and not happened():
                    await asyncio.sleep(0)
                    self._news.set()

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1]) if self.head else 0

    async def opened(self) -> MemorySocket:
        """Wait for the handshake's answer, which must be right."""
        await self.until(lambda: self.head)
        if self.status == 101:
            assert self._expected in self.head
        return self

    async def message(self, kind: str) -> Any:
        """The next message of this type; it is taken away."""
        await self.until(lambda: any(one["type"] == kind for one in self.messages))
        found = next(one for one in self.messages if one["type"] == kind)
        self.messages.remove(found)
        return found

    def of(self, kind: str) -> list[Any]:
        return [one for one in self.messages if one["type"] == kind]

    # ── What goes ────────────────────────────────────────────────────────────────────────────────────────────

    def _send(self, opcode: int, payload: bytes) -> None:
        mask = os.urandom(4)
        size = len(payload)
        head = bytes((0x80 | opcode,)) + (
            bytes((0x80 | size,))
            if size < 126
            else bytes((0x80 | 126,)) + size.to_bytes(2)
            if size < 65536
            else bytes((0x80 | 127,)) + size.to_bytes(8)
        )
        masked = bytes(byte ^ mask[index % 4] for index, byte in enumerate(payload))
        self.transport.protocol.dataReceived(head + mask + masked)

    def send(self, what: str, **fields: Any) -> int:
        """Ask for something; its number."""
        self._number += 1
        self._send(1, orjson.dumps({"id": self._number, "do": what, **fields}))
        return self._number

    def send_text(self, text: bytes) -> None:
        self._send(1, text)

    def send_binary(self, data: bytes) -> None:
        self._send(2, data)

    async def ask(self, what: str, **fields: Any) -> Any:
        """Ask and wait for the result."""
        number = self.send(what, **fields)
        await self.until(lambda: any(one["type"] == "result" and one["id"] == number for one in self.messages))
        found = next(one for one in self.messages if one["type"] == "result" and one["id"] == number)
        self.messages.remove(found)
        return found

    async def closed(self) -> int | None:
        """Wait until the server has closed; its code."""
        await self.until(lambda: self.code is not None or self.transport.closed.done())
        return self.code

    def cut(self) -> None:
        """The network breaks."""
        self.transport.cut()
