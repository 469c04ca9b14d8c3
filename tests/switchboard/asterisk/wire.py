"""The other end of the ARI websocket, in memory: what was sent is seen, what Asterisk says is played in."""

from __future__ import annotations

import json
from pathlib import Path

import orjson

from config.clock import FakeClock
from config.loops import LOOP
from switchboard.asterisk.ami import ActionRefused
from switchboard.asterisk.bridges import Bridges
from switchboard.asterisk.exchange import Exchange
from switchboard.asterisk.legs import Legs
from switchboard.asterisk.phones import AriPhones
from switchboard.asterisk.requests import Requests
from switchboard.asterisk.translate import translate
from switchboard.bus import Bus

RECORDINGS = Path(__file__).parents[2] / "recordings_of_asterisk"


class Wire:
    """Requests with a recording `write`. `refuse` maps a part of "METHOD uri" to a status; all else is 204."""

    def __init__(self):
        self.sent = []
        self.refuse = {}
        self.silent = False
        self.requests = Requests(LOOP)
        self.requests.write = self._write

    def _write(self, message):
        request = orjson.loads(message)
        query = {one["name"]: one["value"] for one in request.get("query_strings", [])}
        line = f"{request['method']} {request['uri']}"
        self.sent.append((line, query, orjson.loads(request.get("message_body") or "{}")))
        if not self.silent:
            status = next((status for part, status in self.refuse.items() if part in line), 204)
            LOOP.call_soon(self.answer, request["request_id"], status)

    def answer(self, number, status, body=None):
        said = {"type": "RESTResponse", "request_id": number, "status_code": status, "reason_phrase": "", "message_body": body}
        self.requests.answered(said)

    @property
    def lines(self):
        """What was sent, as "METHOD uri"."""
        return [line for line, _query, _body in self.sent]


class NoManagerInterface:
    """A manager interface that notes what it is asked; refuses everything with `refusal` when there is one."""

    def __init__(self):
        self.actions = []
        self.refusal = ""

    async def action(self, name, **fields):
        self.actions.append((name, fields))
        if self.refusal:
            raise ActionRefused(f"{name}: {self.refusal}")
        return {}


class Plant:
    """The whole ARI side without a socket."""

    def __init__(self, outside=lambda number: f"PJSIP/{number}@trunk"):
        self.wire = Wire()
        self.bus, self.clock = Bus(), FakeClock()
        self.told = []
        self.bus.witness(lambda _number, event: self.told.append(event))
        self.legs = Legs()
        self.bridges = Bridges(self.wire.requests)
        self.manager = NoManagerInterface()
        self.phones = AriPhones(self.wire.requests, self.legs, self.bridges, self.manager, outside)
        self.exchange = Exchange(self.bus, self.clock, self.wire.requests, self.legs, self.bridges)
        self.phones.never_rang = self.exchange.never_rang
        self.lines = []
        self.exchange.on_line = self.lines.append

    def says(self, kind, channel="c1", state="Up", **more):
        """Asterisk sends an event about a channel."""
        body = {
            "id": channel,
            "name": f"PJSIP/101-{channel}",
            "state": state,
            "caller": {"number": "0912", "name": ""},
            "dialplan": {"exten": "1000"},
        }
        self.plays({"type": kind, "channel": body, **more})

    def plays(self, message):
        """Asterisk sends this."""
        if fact := translate(message):
            self.exchange.happened(fact)

    def arrives(self, channel="c1"):
        self.says("StasisStart", channel, "Ring", args=["inbound", "from-loopback"])
        return self.lines[-1]

    def kinds(self):
        return [type(event).__name__ for event in self.told]


def recorded(name):
    """A dialogue captured from a real Asterisk: (who, message) in order, from the moment the link stood."""
    lines = [json.loads(line) for line in (RECORDINGS / name).read_text("utf-8").splitlines()]
    return [(line["from"], line["message"]) for line in lines if "mark" not in line]
