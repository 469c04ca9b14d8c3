"""SIP over websocket through our own port: who may, what Asterisk sees, both ways, full buffers, abrupt ends, log-out."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import Any

from attrs import define, field
from twisted.internet import reactor
from twisted.internet.protocol import Factory, Protocol

from config.loops import awaitable
from config.setting_kinds import Address
from config.settings import Network, Settings
from tests.web.building import COOKIE, building
from tests.web.memory import until
from web.csrf import csrf_token
from web.pages import login, sip
from web.routes import ask
from web.sip_proxy import MOST_PER_USER, demo_cookie, demo_cookie_good, demo_cookie_name

KEY = b"k" * 32
WS_KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class FakeAsterisk(Protocol):
    """Asterisk's /ws as far as bytes go: keeps what comes, answers what the test says."""

    def connectionMade(self) -> None:
        self.got = b""
        self.lost = False
        self.factory.lines.append(self)

    def dataReceived(self, data: bytes) -> None:
        self.got += data

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = True


@define
class Town:
    """A site whose SIP goes to a fake Asterisk, all on real sockets."""

    house: Any
    port: int
    lines: list[FakeAsterisk]
    writers: list[asyncio.StreamWriter] = field(factory=list)

    async def knock(self, *, cookies: dict[str, str] | None = None, **headers: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """Ask for the SIP websocket as a browser does."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=1024)
        self.writers.append(writer)
        host = f"127.0.0.1:{self.port}"
        lines = {
            "Host": host, "Origin": f"http://{host}", "Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": WS_KEY,
            "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "sip", "Cookie": "; ".join(f"{name}={value}" for name, value in (cookies or {}).items()),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }  # fmt: skip
        writer.write(
            ("GET /sip HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value) + "\r\n").encode()
        )
        return reader, writer

    async def connected(self, username: str = "maryam"):
        """A SIP websocket of `username`, and Asterisk's end of it."""
        browser = await self.house.logged_in(username)
        before = len(self.lines)
        reader, writer = await self.knock(cookies=browser.cookies)
        await until(lambda: len(self.lines) > before and b"\r\n\r\n" in self.lines[-1].got)
        return reader, writer, self.lines[-1], browser


@asynccontextmanager
async def town(folder: Any, *, asterisk: bool = True):
    lines: list[FakeAsterisk] = []
    factory = Factory.forProtocol(FakeAsterisk)
    factory.lines = lines
    far = reactor.listenTCP(0, factory, interface="127.0.0.1")
    ari = Address("127.0.0.1", far.getHost().port)
    if not asterisk:
        await awaitable(far.stopListening())
    settings = Settings(home=folder, network=Network(http=Address("127.0.0.1", 8080), ari=ari), demo=True)
    async with building(
        folder, lambda parts: [one for module in (sip, login) for one in ask(module, {**parts, "settings": settings, "key": KEY})]
    ) as house:
        port = reactor.listenTCP(0, house.site.factory, interface="127.0.0.1")
        here = Town(house, port.getHost().port, lines)
        yield here
        for writer in here.writers:
            writer.transport.abort()
        await until(lambda: all(line.lost for line in lines))
        await awaitable(port.stopListening())
        if asterisk:
            await awaitable(far.stopListening())


async def status(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), 10)
    return int(line.split()[1]) if line else 0


async def test_bytes_go_both_ways_unread(tmp_path):
    """What the browser and Asterisk say to each other arrives as it was said, the handshake's answer included."""
    async with town(tmp_path) as here:
        reader, writer, asterisk, _browser = await here.connected()
        head = asterisk.got.decode()
        assert head.startswith("GET /ws HTTP/1.1\r\n")
        assert f"Sec-WebSocket-Key: {WS_KEY}\r\n" in head
        assert "Sec-WebSocket-Protocol: sip\r\n" in head
        asterisk.transport.write(b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello")
        assert await reader.readexactly(43) == b"HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x05hello"
        writer.write(bytes(range(256)) * 100)
        await until(lambda: asterisk.got.endswith(bytes(range(256)) * 100))


async def test_asterisk_sees_nothing_of_the_session(tmp_path):
    """Neither the cookie nor anything else of the browser's request reaches Asterisk, whatever it sends."""
    async with town(tmp_path) as here:
        browser = await here.house.logged_in("maryam")
        await here.knock(cookies=browser.cookies, X_Secret="a", User_Agent="evil", Sec_WebSocket_Protocol="sip, other")
        await until(lambda: here.lines and b"\r\n\r\n" in here.lines[0].got)
        head = here.lines[0].got.decode()
        assert browser.cookies[COOKIE] not in head
        assert "evil" not in head
        assert head.count("\r\n") == 8


async def test_only_people_who_are_logged_in_from_our_own_page(tmp_path):
    """Strangers, other origins, and things that are no SIP websocket are turned away before Asterisk is asked."""
    async with town(tmp_path) as here:
        browser = await here.house.logged_in("maryam")
        for expected, cookies, headers in (
            (401, {}, {}),
            (401, {COOKIE: "x" * 43}, {}),
            (403, browser.cookies, {"Origin": "https://evil.example"}),
            (403, browser.cookies, {"Origin": ""}),
            (426, browser.cookies, {"Upgrade": "h2c"}),
            (400, browser.cookies, {"Sec_WebSocket_Protocol": "chat"}),
            (400, browser.cookies, {"Sec_WebSocket_Key": "short"}),
            (400, browser.cookies, {"Sec_WebSocket_Version": "8"}),
        ):
            reader, _writer = await here.knock(cookies=cookies, **headers)
            assert await status(reader) == expected, headers
        assert here.lines == []


async def test_the_demonstrations_caller_has_a_cookie_of_its_own(tmp_path):
    """The caller's phone page opens it without log-in, with a cookie that cannot be forged and runs out."""
    async with town(tmp_path) as here:
        now = here.house.clock.now()
        _header, crumb = demo_cookie(KEY, 8080, now, secure=False)
        value = crumb.partition("=")[2].partition(";")[0]
        reader, _writer = await here.knock(cookies={demo_cookie_name(8080): value})
        await until(lambda: here.lines)
        forged = value[:-1] + ("A" if value[-1] != "A" else "B")
        reader, _writer = await here.knock(cookies={demo_cookie_name(8080): forged})
        assert await status(reader) == 401
        assert demo_cookie_good(KEY, value, now)
        assert not demo_cookie_good(KEY, value, now + 13 * 3600)
        assert not demo_cookie_good(b"other", value, now)
        assert not demo_cookie_good(KEY, "99999999999." + value.partition(".")[2], now)
        for garbage in ("", ".", "x.y", "1", "۱۲.x", "1.é"):
            assert not demo_cookie_good(KEY, garbage, now)


async def test_a_browser_that_vanishes_takes_asterisks_end_along(tmp_path):
    """A closed laptop leaves nothing behind in Asterisk."""
    async with town(tmp_path) as here:
        _reader, writer, asterisk, _browser = await here.connected()
        writer.transport.abort()
        await until(lambda: asterisk.lost)


async def test_an_asterisk_that_dies_takes_the_browsers_end_along(tmp_path):
    """The browser notices at once and comes back."""
    async with town(tmp_path) as here:
        reader, _writer, asterisk, _browser = await here.connected()
        asterisk.transport.abortConnection()
        assert await asyncio.wait_for(reader.read(), 10) == b""


async def test_without_asterisk_the_browser_is_told_to_come_back(tmp_path):
    """503 and not silence."""
    async with town(tmp_path, asterisk=False) as here:
        browser = await here.house.logged_in("maryam")
        reader, _writer = await here.knock(cookies=browser.cookies)
        assert await status(reader) == 503


async def test_logging_out_cuts_the_telephone(tmp_path):
    """The SIP websocket of an ended session is closed; another session's goes on."""
    async with town(tmp_path) as here:
        _reader, _writer, mine, browser = await here.connected()
        _reader2, _writer2, other, _browser2 = await here.connected()
        await browser.post("/logout", form={"csrf": csrf_token(browser.cookies[COOKIE])})
        await until(lambda: mine.lost)
        assert not other.lost


async def test_one_user_cannot_open_lines_without_end(tmp_path):
    """Past the limit the next one is refused; a closed one makes room."""
    async with town(tmp_path) as here:
        browser = await here.house.logged_in("maryam")
        opened = []
        for number in range(MOST_PER_USER):
            opened.append(await here.knock(cookies=browser.cookies))
            await until(lambda number=number: len(here.lines) == number + 1)
        reader, _writer = await here.knock(cookies=browser.cookies)
        assert await status(reader) == 429
        opened[0][1].transport.abort()
        await until(lambda: here.lines[0].lost)
        await here.knock(cookies=browser.cookies)
        await until(lambda: len(here.lines) == MOST_PER_USER + 1)


async def test_a_side_that_does_not_read_pauses_the_other(tmp_path):
    """Forty megabytes towards a browser that does not read stay with Asterisk: the daemon's memory does not grow, and nothing is lost."""
    async with town(tmp_path) as here:
        reader, _writer, asterisk, _browser = await here.connected()
        total = 40 * 1024 * 1024
        chunk = b"x" * 65536

        class Source:
            """Writes as long as it may."""

            left = total
            paused = False

            def resumeProducing(self) -> None:
                self.paused = False
                while self.left and not self.paused:
                    self.left -= len(chunk)
                    asterisk.transport.write(chunk)
                if not self.left:
                    asterisk.transport.unregisterProducer()

            def pauseProducing(self) -> None:
                self.paused = True

            def stopProducing(self) -> None:
                self.paused = True

        source = Source()
        asterisk.transport.registerProducer(source, True)
        source.resumeProducing()
        held = [one for one in reactor.getReaders() if getattr(one, "dataBuffer", None) is not None]
        for _turn in range(200):
            await asyncio.sleep(0.001)
        assert source.paused
        assert source.left > total // 2
        waiting = max((len(one.dataBuffer) + one._tempDataLen for one in held), default=0)
        assert waiting < 2 * 1024 * 1024
        got = 0
        while got < total:
            got += len(await asyncio.wait_for(reader.read(65536), 20))
        assert got == total
