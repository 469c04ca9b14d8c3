"""The telephone system in memory keeps the contract that Asterisk's keeps."""

from __future__ import annotations

import pytest

from config.clock import FakeClock
from switchboard.bus import Bus
from switchboard.events import Event
from switchboard.telephony import Line, Phone
from tests.fakes.phones import FakePhones, settle
from tests.switchboard.phone_system_contract import PhoneSystemContract


class FakeTown:
    phone = Phone("w101")
    dead_phone = Phone("w109")
    outside_number = "09121234567"
    sound = "greeting"

    def __init__(self) -> None:
        self.clock = FakeClock()
        bus = Bus()
        self.told: list[Event] = []
        bus.witness(lambda _number, event: self.told.append(event))
        self.phones = FakePhones(bus, self.clock)
        self.phones.unreachable.add("w109")
        self.lines: list[Line] = []
        self.phones.on_line = self.lines.append

    async def call_in(self) -> Line:
        self.phones.call_in()
        return self.lines[-1]

    async def press(self, call: str, keys: str) -> None:
        self.phones.press(call, keys)

    async def customer_hangs_up(self, call: str) -> None:
        self.phones.customer_hangs_up(call)

    async def pick_up(self, leg: str) -> None:
        self.phones.pick_up(leg)

    async def reject(self, leg: str) -> None:
        self.phones.reject(leg)

    async def leg_hangs_up(self, leg: str) -> None:
        self.phones.leg_hangs_up(leg)

    async def pass_seconds(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await settle()

    async def until_told(self, count: int, kind: type[Event]) -> None:
        await settle()
        assert sum(type(event) is kind for event in self.told) >= count, (kind, self.told)

    async def assert_nothing_left(self) -> None:
        await settle()
        assert self.phones.nothing_left
        assert self.clock.pending == 0


@pytest.fixture
def town() -> FakeTown:
    return FakeTown()


class TestFakePhones(PhoneSystemContract):
    """Every test of the contract, in memory."""
