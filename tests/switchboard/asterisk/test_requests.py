"""Requests find their answers; nothing is lost, nothing waits for ever."""

from __future__ import annotations

import logging

import pytest

from switchboard.asterisk import requests
from switchboard.asterisk.requests import AriRefused
from switchboard.telephony import LineGone, PhoneSystemAway
from tests.switchboard.asterisk.wire import Wire


async def test_an_answer_finds_its_asker_whatever_the_order():
    """Answers are matched by number, not by turn."""
    wire = Wire()
    wire.silent = True
    first, second = wire.requests.ask("GET", "channels"), wire.requests.ask("GET", "bridges", {"a": 1}, only="x")
    wire.answer("2", 200, '["b"]')
    wire.answer("1", 200, '["c"]')
    assert (await first, await second) == (["c"], ["b"])
    assert wire.sent[1] == ("GET bridges", {"only": "x"}, {"a": 1})
    assert len(wire.requests) == 0


@pytest.mark.parametrize(("status", "body", "error"), [
    (404, None, LineGone), (409, None, LineGone), (422, None, LineGone), (400, '{"message":"Channel not found"}', LineGone),
    (400, '{"message":"Invalid"}', AriRefused), (500, '{"error":"Allocation failed"}', AriRefused), ("garbage", None, AriRefused),
])  # fmt: skip
async def test_refusals_are_told_by_kind(status, body, error):
    """What is gone is gone; everything else is a refusal with its status."""
    wire = Wire()
    wire.silent = True
    asked = wire.requests.ask("POST", "channels/x/play")
    wire.answer("1", status, body)
    with pytest.raises(error):
        await asked


async def test_a_broken_link_fails_everything_at_once():
    """Nobody waits for an answer that cannot come, and later requests fail at once."""
    wire = Wire()
    wire.silent = True
    asked = [wire.requests.ask("GET", "channels") for _ in range(3)]
    wire.requests.order("DELETE", "channels/x")
    wire.requests.link_lost()
    for one in asked:
        with pytest.raises(PhoneSystemAway):
            await one
    assert len(wire.requests) == 0
    with pytest.raises(PhoneSystemAway):
        wire.requests.order("DELETE", "channels/x")


async def test_an_order_that_is_refused_is_logged_unless_its_object_is_gone(caplog):
    """Errors of orders are never lost; hanging up twice is no error."""
    wire = Wire()
    wire.silent = True
    with caplog.at_level(logging.WARNING):
        wire.requests.order("DELETE", "channels/x")
        wire.answer("1", 404)
        assert not caplog.records
        wire.requests.order("POST", "bridges")
        wire.answer("2", 500, "oops")
    assert "POST bridges: 500 oops" in caplog.text


async def test_what_nobody_asked_for_is_ignored():
    """A stray or garbled answer harms nothing."""
    wire = Wire()
    wire.answer("77", 500)
    wire.requests.answered({})
    asked = wire.requests.ask("GET", "x")
    assert await asked is None
    wire.silent = True
    odd = wire.requests.ask("GET", "x")
    wire.answer("2", 200, "{not json")
    assert await odd is None


async def test_there_is_a_limit_to_what_waits(monkeypatch):
    """An Asterisk that stops answering cannot fill our memory."""
    monkeypatch.setattr(requests, "MOST_PENDING", 2)
    wire = Wire()
    wire.silent = True
    kept = [wire.requests.ask("GET", "x"), wire.requests.ask("GET", "x")]
    with pytest.raises(PhoneSystemAway):
        wire.requests.ask("GET", "x")
    wire.requests.link_lost()
    for one in kept:
        assert isinstance(one.exception(), PhoneSystemAway)
