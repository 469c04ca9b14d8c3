"""Whatever bytes come, nobody sees a traceback, nothing breaks, and the next one is served."""

from __future__ import annotations

import asyncio

import orjson
from attrs import frozen
from hypothesis import HealthCheck, given, settings, strategies as st

from config.errors import Refusal
from tests.web.building import building
from tests.web.memory import HOST, MemoryBrowser, connect
from tests.web.shop import shop
from web.csrf import csrf_good, csrf_token, origin_good
from web.permissions import EVERYONE, is_loopback
from web.request import Request, pairs
from web.response import Answer, Body, cookie, own_path
from web.routes import api, get, post
from web.shapes import choice, json_schema, moment, read, secret, text, whole, yes_no

SHAPE = {
    "name": text(20), "note": text(500, need=False), "number": whole(-5, 5), "on": yes_no(need=False), "at": moment(need=False),
    "kind": choice("a", "b", need=False, default="a"), "secret": secret(),
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
TOKENS = st.sampled_from([b"GET ", b"POST ", b" HTTP/1.1", b" HTTP/9.9", b"\r\n", b"\r\n\r\n", b"Host: x", b"Content-Length: ", b"-1", b"99999999999", b"Transfer-Encoding: chunked", b"0\r\n\r\n", b"/", b"/hello", b"/%00", b"/%ff", b"?a=b", b"&", b"=", b"Cookie: ", b"session_8080=", b"Authorization: Bearer sb_", b"Expect: 100-continue", b"\x00", b"\xff\xfe", b":", b" ", b"Upgrade: websocket", b"multipart/form-data; boundary=x", b"Content-Type: "])  # fmt: skip


@frozen
class Views:
    async def hello(self, _request: Request) -> Answer:
        return Body(b"hello")

    async def take(self, request: Request) -> Answer:
        return Body(str(len(request.form())).encode())

    async def given(self, request: Request) -> Answer:
        return Body(b"given" if request.given else b"nothing")


def routes(_parts):
    views = Views()
    return [
        get("/hello", views.hello, allow=EVERYONE, summary=""),
        post("/take", views.take, allow=EVERYONE, summary=""),
        api("POST", "/api/v1/take", views.given, allow=EVERYONE, summary="", takes=SHAPE),
    ]


async def served(factory) -> None:
    """The site still answers."""
    assert (await MemoryBrowser(factory).get("/hello")).text == "hello"


async def test_random_bytes_do_not_break_the_parser(tmp_path, caplog):
    """A thousand connections of garbage, whole and in pieces: no fault in the log, and an honest request is served after each hundred."""
    async with building(tmp_path, routes) as house:
        garbage: list[bytes] = []

        @settings(max_examples=1000, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.lists(TOKENS | st.binary(max_size=30), max_size=14), st.integers(1, 7))
        def collect(parts, _pieces):
            garbage.append(b"".join(parts))

        collect()
        for number, data in enumerate(garbage):
            transport = connect(house.site.factory)
            for start in range(0, len(data), 1 + number % 9):
                if transport.disconnecting:
                    break
                transport.protocol.dataReceived(data[start : start + 1 + number % 9])
            await asyncio.sleep(0)
            transport.cut()
            assert b"Traceback" not in transport.value()
            if number % 100 == 0:
                await served(house.site.factory)
        await served(house.site.factory)
        assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]


async def test_random_paths_queries_headers_and_bodies_are_answered(tmp_path, caplog):
    """Every request that is HTTP at all gets an answer below 500."""
    async with building(tmp_path, routes) as house:
        asked: list[tuple[str, str, bytes, str]] = []

        @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(
            st.text(st.characters(min_codepoint=33, max_codepoint=255), max_size=40),
            st.sampled_from(["GET", "POST", "PUT", "HEAD", "BREW"]),
            st.binary(max_size=60),
            st.sampled_from(["application/json", "application/x-www-form-urlencoded", "multipart/form-data", "", "text/plain; charset=x"]),
        )
        def collect(path, method, body, kind):
            asked.append((path, method, body, kind))

        collect()
        browser = house.browser()
        for path, method, body, kind in asked:
            for target in (f"/{path}", "/take", "/api/v1/take"):
                reply = await browser.ask(method, target, body=body, headers={"Content-Type": kind, "X-Odd": path[:20]} if kind else {})
                assert reply.status < 500, (method, target, body, kind, reply.text)
        assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]


async def test_random_websocket_bytes_close_at_worst_their_own_socket(tmp_path, caplog):
    """Garbage frames after a good handshake: the socket may close, the others go on, no fault is logged."""
    async with shop(tmp_path) as room:
        other = await room.console("reza")
        garbage: list[bytes] = []

        @settings(max_examples=150, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(st.binary(min_size=1, max_size=200))
        def collect(data):
            garbage.append(data)

        collect()
        for data in garbage:
            socket = await room.console("maryam")
            socket.transport.protocol.dataReceived(data)
            socket.cut()
            await asyncio.sleep(0)
        assert (await other.ask("ping"))["ok"]
        assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]


async def test_random_json_messages_are_answered(tmp_path, caplog):
    """Any JSON at all as a message gets a result, and never an internal error."""
    async with shop(tmp_path) as room:
        console = await room.console("maryam")
        messages: list[object] = []

        @settings(max_examples=300, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(
            st.dictionaries(
                st.sampled_from(["id", "do", "call", "digits", "party", "state", "visible", "intent", "note", "x"]),
                JSON | st.sampled_from(["hold", "link", "dial", "create", "subscribe", "softphone", "1.1"]),
            )
            | JSON
        )
        def collect(message):
            messages.append(message)

        collect()
        for message in messages:
            try:
                data = orjson.dumps(message)
            except (TypeError, ValueError):
                continue
            room.clock.advance(1.0)
            console.messages.clear()
            console.send_text(data)
            result = await console.message("result")
            assert result["ok"] or result["error"]["code"] != "internal_error", message
        assert not [record for record in caplog.records if record.levelname in ("ERROR", "CRITICAL")]


def read_or_why(raw):
    """What the shape gives, or the refusal; anything else is raised."""
    try:
        return read(SHAPE, raw), None
    except Refusal as why:
        return {}, why


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_shapes_read_or_refuse(raw):
    """Whatever JSON comes, a shape gives clean values or a Refusal naming the field; it never raises anything else."""
    values, why = read_or_why(raw)
    if why is None:
        assert set(values) == set(SHAPE)
    else:
        assert why.text("fa")
        assert why.text("en")


@settings(max_examples=300, deadline=None)
@given(st.fixed_dictionaries(dict.fromkeys(SHAPE, JSON)))
def test_shapes_read_or_refuse_every_field(raw):
    """The same with every field present."""
    values, why = read_or_why(raw)
    if why is None:
        assert 0 < len(values["name"]) <= 20
        assert -5 <= values["number"] <= 5
    else:
        assert why.field in SHAPE
    assert json_schema(SHAPE)["additionalProperties"] is False


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_small_readers_take_any_text(raw):
    """Cookies, tokens, origins, addresses, queries: any text is an answer, not a fault."""
    csrf_good("secret", raw)
    assert csrf_good("secret", csrf_token("secret"))
    assert not csrf_good("other", csrf_token("secret"))
    assert not origin_good(f"http://{raw}", HOST, "") or raw.lower().startswith(HOST)
    assert not origin_good(f"http://[{raw}", HOST, "", needed=True)
    assert not origin_good(raw, HOST, "", needed=True)
    is_loopback(raw)
    assert own_path(raw).startswith("/")
    assert not own_path(raw).startswith("//")
    name, value = cookie("name", raw)
    assert name == "Set-Cookie"
    assert "\r" not in value
    assert "\n" not in value
    assert isinstance(pairs(raw), dict)
