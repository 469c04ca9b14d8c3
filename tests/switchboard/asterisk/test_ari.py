"""The websocket's life: connecting, losing, coming back; and the truth rebuilt, in memory, with what came meanwhile."""

from __future__ import annotations

import contextlib

import orjson
from autobahn.twisted.websocket import WebSocketServerFactory, WebSocketServerProtocol
from twisted.internet import reactor
from twisted.internet.endpoints import TCP4ClientEndpoint

from config.clock import FakeClock
from config.loops import awaitable
from switchboard.asterisk.ari import AriLink
from switchboard.asterisk.link import Addresses, AsteriskLink
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import CallAdopted, CallEnded, CustomerGone, PhoneSeen, PhoneSystemFound, PhoneSystemLost
from switchboard.telephony import PhoneSystemAway
from tests.fakes.phones import settle
from tests.fakes.waiting import until


class Server(WebSocketServerProtocol):
    """Answers every request with `factory.answers` by its address, else 204."""

    def onConnect(self, request):
        self.factory.asked.append((request.path, request.headers.get("authorization", "")))

    def onOpen(self):
        self.factory.sockets.append(self)

    def onMessage(self, payload, isBinary):
        request = orjson.loads(payload)
        self.factory.heard.append(f"{request['method']} {request['uri']}")
        body = self.factory.answers.get(request["uri"])
        if callable(body):
            body = body(self)
        said = {"type": "RESTResponse", "request_id": request["request_id"], "status_code": 200 if body is not None else 204}
        self.says({**said, "message_body": orjson.dumps(body).decode() if body is not None else None})

    def says(self, message):
        self.sendMessage(orjson.dumps(message))


@contextlib.asynccontextmanager
async def serving():
    factory = WebSocketServerFactory()
    factory.protocol = Server
    factory.noisy = False
    factory.asked, factory.sockets, factory.heard, factory.answers = [], [], [], {}
    port = reactor.listenTCP(0, factory, interface="127.0.0.1")
    try:
        yield factory, port.getHost().port
    finally:
        for socket in factory.sockets:
            socket.dropConnection(abort=True)
        await awaitable(port.stopListening())
        await settle()


def link_to(port):
    return AriLink(
        TCP4ClientEndpoint(reactor, "127.0.0.1", port), f"ws://127.0.0.1:{port}/ari/events?app=switchboard", "switchboard", "secret"
    )


async def test_it_logs_in_hears_events_and_comes_back_after_a_loss():
    """A lost connection fails what waits at once, and a new one is made."""
    async with serving() as (server, port):
        link, heard, ups = link_to(port), [], []
        link.on_message = heard.append
        link.on_up = lambda: ups.append(1)
        downs = []
        link.on_down = lambda: downs.append(1)
        link.start()
        await until(lambda: link.up)
        assert server.asked[0] == ("/ari/events", "Basic c3dpdGNoYm9hcmQ6c2VjcmV0")
        assert await link.requests.ask("GET", "x") is None
        for message in (b"not json", b"[1]", b'{"type":"StasisEnd"}'):
            server.sockets[-1].sendMessage(message)
        await until(lambda: heard)
        assert heard == [{"type": "StasisEnd"}]
        server.answers["slow"] = lambda socket: socket.dropConnection(abort=True)
        try:
            await link.requests.ask("GET", "slow")
        except PhoneSystemAway:
            pass
        else:
            raise AssertionError("it should have failed")
        await until(lambda: len(ups) == 2)
        assert downs == [1]
        await link.stop()
        assert not link.up
        assert len(downs) == 2


async def test_it_waits_for_an_asterisk_that_is_not_there_yet():
    """Nobody listening is no error; stopping meanwhile leaves nothing behind."""
    async with serving() as (_server, port):
        pass
    link = link_to(port)
    link.start()
    await settle()
    assert not link.up
    await link.stop()


def asterisk_link(port, calls=None):
    bus, clock = Bus(), FakeClock()
    told = []
    bus.witness(lambda _number, event: told.append(event))
    addresses = Addresses("127.0.0.1", port, "switchboard", "secret", "127.0.0.1", 1, "switchboard", "secret")
    link = AsteriskLink(bus, clock, Calls(bus, clock), addresses, outside=lambda _number: "")
    return link, told


def channel(name, **more):
    return {
        "id": name, "name": f"PJSIP/loopback-{name}", "state": "Up", "caller": {"number": "0912", "name": ""}, "creationtime": "2026-11-21T20:54:26.713+0000",
        "dialplan": {"context": "inbound", "exten": "1000", "app_name": "Stasis", "app_data": "switchboard,inbound,x"}, **more,
    }  # fmt: skip


async def test_what_comes_while_the_truth_is_rebuilt_follows_it():
    """A caller found in the snapshot who hangs up meanwhile is adopted first and then gone."""
    async with serving() as (server, port):
        server.answers |= {
            "asterisk/info": {"status": {"startup_time": "1"}},
            "bridges": [],
            "endpoints/PJSIP": [{"resource": "101", "state": "online"}],
        }

        def snapshot(socket):
            socket.says({"type": "StasisEnd", "channel": {"id": "c1"}})
            return [channel("c1"), channel("c2")]

        server.answers["channels"] = snapshot
        link, told = asterisk_link(port)
        link.start()
        await until(lambda: link.found)
        assert [type(event) for event in told if type(event) in (CallAdopted, PhoneSystemFound, CustomerGone, PhoneSeen)] == [
            PhoneSeen, CallAdopted, CallAdopted, PhoneSystemFound, CustomerGone,
        ]  # fmt: skip
        assert "PUT applications/switchboard/eventFilter" in server.heard
        server.answers["channels"] = []
        server.sockets[-1].dropConnection(abort=True)
        await until(lambda: sum(type(event) is PhoneSystemFound for event in told) == 2)
        assert [event.call for event in told if type(event) is CustomerGone] == ["c1", "c2"]
        assert sum(type(event) is PhoneSystemLost for event in told) == 1
        await link.stop()


async def test_a_new_life_of_asterisk_may_use_an_old_name_again():
    """The count in a channel's name begins anew with Asterisk: whoever has the name of an ended call is a new caller, in the snapshot and after it."""
    async with serving() as (server, port):
        life = {
            "asterisk/info": {"status": {"startup_time": "1"}},
            "bridges": [],
            "endpoints/PJSIP": [],
            "channels": [channel("c1"), channel("c2")],
        }
        server.answers |= life
        link, told = asterisk_link(port)
        arrived = []
        link.exchange.on_line = arrived.append
        link.start()
        await until(lambda: link.found)
        server.answers |= {"asterisk/info": {"status": {"startup_time": "2"}}, "channels": [channel("c2")]}
        server.sockets[-1].dropConnection(abort=True)
        await until(lambda: sum(type(event) is PhoneSystemFound for event in told) == 2)
        assert [(type(event), event.call) for event in told if type(event) in (CallAdopted, CallEnded)] == [
            (CallAdopted, "c1"), (CallAdopted, "c2"), (CallEnded, "c1"), (CallEnded, "c2"), (CallAdopted, "c2"),
        ]  # fmt: skip
        server.sockets[-1].says({"type": "StasisStart", "args": ["inbound", "x"], "channel": channel("c1")})
        await until(lambda: arrived)
        assert arrived[0].call == "c1"
        await link.stop()


async def test_a_snapshot_that_is_refused_is_asked_for_again():
    """Half a truth is not served: the link is made anew."""
    async with serving() as (server, port):
        server.answers |= {"asterisk/info": {}, "bridges": [], "endpoints/PJSIP": []}
        server.answers["channels"] = lambda socket: socket.dropConnection(abort=True)
        link, told = asterisk_link(port)
        link.start()
        await until(lambda: len(server.sockets) >= 2)
        assert not told
        server.answers["channels"] = []
        await until(lambda: link.found)
        await link.stop()
