"""Live state to 300 consoles at 20 changes a second: our fan-out against a bare autobahn broadcast of the same bytes.

Ours is everything: calls come and go in real queues, the board and the queues are made into rows, compared, encoded and
sent to 300 supervisors' websockets, each watching the board. The floor replays the very same messages, as many of them at the same
pace, by `sendMessage` of autobahn to 300 other websockets in the same process. The consoles are real sockets read by another process.
CPU is this process's. `ratio_one_message_per_change` compares with a server that sends each change by itself.
"""

from __future__ import annotations

import asyncio
import base64
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson

CONSOLES = 300
CHANGES_PER_SECOND = 20
ROUND_SECONDS = 5.0
ROUNDS = 3


# ── The consoles, in a process of their own ──────────────────────────────────────────────────────────────────────


def read_everything(port: int, cookies: list[str]) -> None:
    """Open one websocket per cookie (or `CONSOLES` without), watch the board, read and forget until standard input closes."""
    chooser = selectors.DefaultSelector()
    for cookie in cookies or [""] * CONSOLES:
        line = socket.create_connection(("127.0.0.1", port))
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /live HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nOrigin: http://127.0.0.1:{port}\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nCookie: {cookie}\r\n\r\n"
        )
        line.sendall(head.encode())
        assert line.recv(12) == b"HTTP/1.1 101"
        if cookie:
            payload = b'{"id":1,"do":"subscribe","board":true}'
            line.sendall(bytes((0x81, 0x80 | len(payload))) + b"\0\0\0\0" + payload)  # masked with zeroes: RFC 6455 allows any mask
        line.setblocking(False)
        chooser.register(line, selectors.EVENT_READ)
    chooser.register(sys.stdin, selectors.EVENT_READ)
    print("ready", flush=True)  # noqa: T201 — the parent waits for it
    while True:
        for key, _events in chooser.select():
            if key.fileobj is sys.stdin:
                return
            if not key.fileobj.recv(1 << 16):
                chooser.unregister(key.fileobj)


def start_reader(port: int, cookies: list[str]) -> subprocess.Popen[str]:
    """Start the reading process and tell it its cookies."""
    command = [sys.executable, "-m", "tests.load.bench_consoles", str(port)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).resolve().parents[2])
    assert process.stdin
    process.stdin.write("\n".join(cookies) + "\n\n")
    process.stdin.flush()
    return process


async def open_consoles(port: int, cookies: list[str]) -> subprocess.Popen[str]:
    """Start the reading process and wait until every console is open."""
    process = await asyncio.to_thread(start_reader, port, cookies)
    assert process.stdout
    said = await asyncio.to_thread(process.stdout.readline)
    assert said == "ready\n", said
    return process


# ── The server ───────────────────────────────────────────────────────────────────────────────────────────────────


class Traffic:
    """Calls that arrive in a queue and hang up again: each of the two is a change."""

    def __init__(self, telephony: Any) -> None:
        self._telephony = telephony
        self._number = 0
        self._waiting: list[str] = []

    def change(self) -> None:
        """One more change."""
        if len(self._waiting) < 12:
            self._number += 1
            self._waiting.append(self._telephony.arrive(f"1700000000.{self._number}", caller=f"0912{self._number:07}", queue="support"))
        else:
            self._telephony.hang_up(self._waiting.pop(0))


async def paced(act: Any, seconds: float, per_second: float) -> float:
    """Call `act` evenly for `seconds`; the CPU seconds that this process used."""
    began, cpu = time.monotonic(), time.process_time()
    for number in range(int(seconds * per_second)):
        act(number)
        await asyncio.sleep(max(0.0, began + (number + 1) / per_second - time.monotonic()))
    await asyncio.sleep(0.3)
    return time.process_time() - cpu


async def measure(folder: Path) -> dict[str, Any]:
    from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
    from sqlalchemy import insert
    from twisted.internet import reactor

    from config.clock import SystemClock
    from config.database import Database
    from config.loops import LOOP, awaitable
    from crm.accounts import Accounts
    from crm.tables import account
    from switchboard.bus import Bus
    from tests.web.memory import until
    from tests.web.shop import FakeDesk, FakePen, Telephony, card
    from web.assets import Assets
    from web.board import Board
    from web.consoles import Consoles
    from web.live import Live
    from web.orders import Orders
    from web.pages import live as live_page
    from web.reception import Reception
    from web.render import Renderer
    from web.routes import RouteTable, ask
    from web.sessions import Sessions
    from web.site import Site
    from web.tokens import Tokens

    clock, bus = SystemClock(LOOP), Bus()
    database = await Database.temporary(folder)
    names = [f"boss{number}" for number in range(CONSOLES)]
    rows = [
        {"username": name, "name": name, "name_en": name, "role": "supervisor", "device": "browser", "language": "", "extension": None, "password_hash": "",
         "password_changed_at": 0.0, "created_at": 0.0, "active": True}
        for name in names
    ]  # fmt: skip
    await database.write(lambda connection: connection.execute(insert(account), rows))
    accounts = Accounts(database, bus, clock)
    await accounts.load()
    sessions, tokens = Sessions(database, clock, 12), Tokens(database, clock)
    telephony = Telephony(bus, clock)
    orders = Orders(telephony.calls, FakeDesk(telephony), FakePen(telephony))
    consoles = Consoles(clock, sessions, orders)
    consoles._factory.setProtocolOptions(autoPingInterval=0)  # the reading process answers no pings; the floor sends none
    board = Board(telephony.calls, telephony.floor, card, accounts.get)
    live = Live(bus, clock, telephony.calls, telephony.floor, board, consoles, orders, card, dict)
    reception = Reception(sessions, tokens, accounts, clock, cookie="bench", public_url="http://bench", language="fa", proxied=False)
    site = Site(RouteTable(ask(live_page, {"consoles": consoles})), reception, Renderer(Assets(), "Asia/Tehran", {}))

    bare: list[WebSocketServerProtocol] = []

    class Bare(WebSocketServerProtocol):
        def onOpen(self) -> None:
            bare.append(self)

    floor_factory = WebSocketServerFactory()
    floor_factory.protocol = Bare
    ours_port = reactor.listenTCP(0, site.factory, interface="127.0.0.1")
    floor_port = reactor.listenTCP(0, floor_factory, interface="127.0.0.1")
    cookies = [f"bench={(await sessions.begin(name, '127.0.0.1', 'bench')).secret}" for name in names]
    readers = [await open_consoles(ours_port.getHost().port, cookies), await open_consoles(floor_port.getHost().port, [])]
    await until(lambda: len(consoles.watching) == len(bare) == CONSOLES)

    sent: list[tuple[float, bytes]] = []
    broadcast = consoles.broadcast

    def noted(to: Any, data: bytes, number: int) -> None:
        if len(to) == CONSOLES:  # the first slice of each broadcast
            sent.append((time.monotonic(), data))
        broadcast(to, data, number)

    consoles.broadcast = noted
    traffic = Traffic(telephony)
    result: dict[str, Any] = {"consoles": CONSOLES, "changes_per_second": CHANGES_PER_SECOND}
    ours, floor, uncoalesced, messages, changes = 0.0, 0.0, 0.0, 0, 0
    for _round in range(ROUNDS):
        sent.clear()
        ours += await paced(lambda _number: traffic.change(), ROUND_SECONDS, CHANGES_PER_SECOND)
        payloads = [_payload(data) for _at, data in sent]
        messages += len(payloads)
        changes += int(ROUND_SECONDS * CHANGES_PER_SECOND)

        def bare_broadcast(number: int, payloads: list[bytes] = payloads) -> None:
            for console in bare:
                console.sendMessage(payloads[number])

        floor += await paced(bare_broadcast, ROUND_SECONDS, len(payloads) / ROUND_SECONDS)
        single = payloads[-1][: len(payloads[-1]) // 2] or b"{}"
        uncoalesced += await paced(
            lambda _number, single=single: [console.sendMessage(single) for console in bare], ROUND_SECONDS, CHANGES_PER_SECOND
        )
    result |= {
        "messages_per_second": messages / ROUNDS / ROUND_SECONDS,
        "bytes_per_message": sum(len(data) for _at, data in sent) / max(1, len(sent)),
        "our_cpu_percent": 100 * ours / ROUNDS / ROUND_SECONDS,
        "floor_cpu_percent": 100 * floor / ROUNDS / ROUND_SECONDS,
        "our_microseconds_per_console_and_message": 1e6 * ours / messages / CONSOLES,
        "floor_microseconds_per_console_and_message": 1e6 * floor / messages / CONSOLES,
        "ratio": ours / floor,
        "ratio_one_message_per_change": ours / uncoalesced,
    }
    assert len(consoles.watching) == CONSOLES, "a console was lost"
    for process in readers:
        assert process.stdin
        process.stdin.close()
        await asyncio.to_thread(process.wait, 10)
    live.stop()
    await consoles.stop()
    await site.stop()
    await awaitable(ours_port.stopListening())
    await awaitable(floor_port.stopListening())
    await sessions.stop()
    accounts.close()
    await database.close()
    return result


def _payload(data: bytes) -> bytes:
    """What a frame holds."""
    size = data[1]
    payload = data[2 if size < 126 else 4 if size == 126 else 10 :]
    orjson.loads(payload)
    return payload


def main() -> dict[str, Any]:
    """Both in turn, in one process."""
    from config.loops import LOOP, install_reactor

    install_reactor()
    from twisted.internet import reactor

    reactor.startRunning()
    with tempfile.TemporaryDirectory() as folder:
        return LOOP.run_until_complete(measure(Path(folder)))


if __name__ == "__main__":
    if len(sys.argv) == 2:
        given = [line.strip() for line in iter(sys.stdin.readline, "\n")]
        read_everything(int(sys.argv[1]), [one for one in given if one])
    else:
        print(orjson.dumps(main(), option=orjson.OPT_INDENT_2).decode())  # noqa: T201 — a program for people
