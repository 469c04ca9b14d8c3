"""The manager interface against a small server of ours that speaks as Asterisk does, and misbehaves on purpose."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from switchboard.asterisk import ami
from switchboard.asterisk.ami import ActionRefused, AmiLink
from switchboard.telephony import PhoneSystemAway
from tests.fakes.phones import settle
from tests.fakes.waiting import until


class Asterisk:
    """Answers actions by `answers` (name → headers); "" means silence."""

    def __init__(self):
        self.answers = {"login": "Response: Success", "ping": "Response: Success\r\nPing: Pong"}
        self.heard = []
        self.sessions = []
        self.port = 0

    async def serve(self, reader, writer):
        self.sessions.append(writer)
        writer.write(b"Asterisk Call Manager/11.0.0\r\n")
        fields = {}
        while line := await reader.readline():
            if line != b"\r\n":
                name, _, value = line.decode().strip().partition(": ")
                fields[name.lower()] = value
                continue
            self.heard.append(fields)
            answer = self.answers.get(fields["action"].lower(), "Response: Error\r\nMessage: no such thing")
            if answer:
                writer.write(f"{answer}\r\nActionID: {fields['actionid']}\r\n\r\n".encode())
            fields = {}
        writer.close()

    def actions(self, name):
        return [fields for fields in self.heard if fields["action"] == name]


@contextlib.asynccontextmanager
async def linked(**answers):
    asterisk = Asterisk()
    asterisk.answers |= answers
    server = await asyncio.start_server(asterisk.serve, "127.0.0.1", 0)
    asterisk.port = server.sockets[0].getsockname()[1]
    link = AmiLink("127.0.0.1", asterisk.port, "switchboard", "secret")
    events = []
    link.on_event = events.append
    link.start()
    try:
        await link.when_up()
        yield asterisk, link, events
    finally:
        await link.stop()
        server.close()
        for session in asterisk.sessions:
            session.close()
        await server.wait_closed()
        await settle()


async def test_an_action_is_answered_or_refused():
    """What Asterisk says comes back; what it refuses says why."""
    async with linked(mixmonitor="Response: Success\r\nMixMonitorID: 7") as (asterisk, link, _events):
        assert (await link.action("MixMonitor", Channel="c1", File="/r/سلام.wav"))["MixMonitorID"] == "7"
        sent = asterisk.actions("MixMonitor")[0]
        assert (sent["channel"], sent["file"]) == ("c1", "/r/سلام.wav")
        with pytest.raises(ActionRefused, match="no such thing"):
            await link.action("Nonsense")


async def test_a_line_break_cannot_smuggle_a_header():
    """A caller's name with CR/LF never reaches Asterisk."""
    async with linked() as (asterisk, link, _events):
        for value in ("x\r\nAction: Originate", "x\n", "x\0"):
            with pytest.raises(ValueError, match="one line"):
                await link.action("MixMonitor", File=value)
        assert not asterisk.actions("MixMonitor")


async def test_letters_cut_by_a_segment_survive():
    """A Persian name that arrives in two pieces is whole."""
    async with linked() as (asterisk, _link, events):
        event = "Event: ContactStatus\r\nEndpointName: سلام\r\n\r\n".encode()
        middle = event.index("ل".encode()) + 1
        for part in (event[:middle], event[middle:]):
            asterisk.sessions[-1].write(part)
            await asterisk.sessions[-1].drain()
            await settle()
        await until(lambda: events)
        assert events[0]["EndpointName"] == "سلام"


async def test_a_broken_connection_fails_what_waits_and_nothing_is_sent_again():
    """After a reconnect an unanswered action is not repeated: nobody is called twice."""
    async with linked(originate="") as (asterisk, link, _events):
        asked = asyncio.ensure_future(link.action("Originate", Channel="x"))
        await until(lambda: asterisk.actions("Originate"))
        asterisk.sessions[-1].close()
        with pytest.raises(PhoneSystemAway):
            await asked
        await until(lambda: len(asterisk.actions("Login")) == 2)
        await link.when_up()
        asterisk.sessions[-1].write(b"Event: FullyBooted\r\nStatus: Fully Booted\r\n\r\n")
        assert (await link.action("Ping"))["Ping"] == "Pong"
        assert len(asterisk.actions("Originate")) == 1


async def test_a_missing_pong_ends_the_connection(monkeypatch):
    """An Asterisk that hangs is noticed, and left for a new connection."""
    monkeypatch.setattr(ami, "PING_SECONDS", 0.05)
    async with linked(ping="") as (asterisk, _link, _events):
        await until(lambda: len(asterisk.actions("Login")) >= 2)


async def test_a_wrong_password_is_said_and_tried_again():
    """Refused at log-in: no session, and no action."""
    async with linked() as (asterisk, link, _events):
        asterisk.answers["login"] = "Response: Error\r\nMessage: Authentication failed"
        asterisk.sessions[-1].close()
        await until(lambda: len(asterisk.actions("Login")) >= 2)
        assert not link.up
        with pytest.raises(PhoneSystemAway):
            await link.action("Ping")
        with pytest.raises(PhoneSystemAway):
            await link.when_up(0.01)


async def test_a_message_without_an_end_is_not_kept(monkeypatch):
    """Garbage cannot fill the memory."""
    monkeypatch.setattr(ami, "LONGEST_MESSAGE", 1000)
    async with linked() as (asterisk, _link, _events):
        asterisk.sessions[-1].write(b"x" * 5000)
        await until(lambda: len(asterisk.actions("Login")) == 2)
