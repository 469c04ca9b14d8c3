"""Callers are taken in, led, and let go; keys typed ahead are kept within bounds."""

from __future__ import annotations

import asyncio

import pytest

from config.clock import FakeClock
from switchboard import digits
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.digits import TypedAhead, key_of
from switchboard.events import CallArrived, CallEnded
from switchboard.reception import Reception
from switchboard.telephony import LineGone, PhoneSystemAway
from tests.fakes.phones import FakePhones, settle


class Flow:
    """A call flow that does what a test says."""

    def __init__(self):
        self.led = {}
        self.resumed = []

    def begin(self, line):
        self.led[line.call] = asyncio.get_running_loop().create_future()
        return self.led[line.call]

    def resume(self, line, flow, node):
        self.resumed.append((line.call, flow, node))
        return self.begin(line)


class House:
    def __init__(self):
        self.bus, self.clock, self.flow = Bus(), FakeClock(), Flow()
        self.told = []
        self.bus.witness(lambda _number, event: self.told.append(event))
        self.calls = Calls(self.bus, self.clock)
        self.phones = FakePhones(self.bus, self.clock)
        self.reception = Reception(self.calls, self.flow)
        self.phones.on_line = self.reception.arrive

    def kinds(self):
        return [type(event) for event in self.told if type(event) in (CallArrived, CallEnded)]


async def test_a_caller_is_registered_led_and_ended_after_the_flow_let_go():
    """The flow notes its last step before the call's end is told."""
    house = House()
    call = house.phones.call_in("0912", "1000", "علی")
    live = house.calls.get(call)
    assert (live.caller, live.caller_name, live.dialled, live.state) == ("0912", "علی", "1000", "in_flow")
    house.phones.customer_hangs_up(call)
    await settle()
    assert house.kinds() == [CallArrived]
    house.flow.led[call].set_result(None)
    await settle()
    assert house.kinds() == [CallArrived, CallEnded]
    assert house.clock.pending == 0


async def test_a_flow_that_is_replaced_does_not_end_the_call():
    """When an adopted caller is led anew, the old leader's end means nothing."""
    house = House()
    call = house.phones.call_in()
    first = house.flow.led[call]
    house.reception.take_back(house.phones.lines[call], "main", "menu")
    assert house.flow.resumed == [(call, "main", "menu")]
    first.set_result(None)
    await settle()
    house.phones.customer_hangs_up(call)
    await settle()
    assert house.kinds() == [CallArrived]
    house.flow.led[call].cancel()
    await settle()
    assert house.kinds() == [CallArrived, CallEnded]


async def test_typed_keys_wait_in_order_and_within_bounds():
    """A caller who leans on the keypad fills no memory."""
    clock = FakeClock()
    typed = TypedAhead(clock)
    for number in range(digits.MOST + 5):
        typed.typed(str(number % 10))
    assert await typed.next(1) == "5"
    typed.forget()
    asking = asyncio.ensure_future(typed.next(3))
    await settle()
    clock.advance(3)
    assert await asking is None
    asking = asyncio.ensure_future(typed.next(3))
    await settle()
    typed.typed("#")
    assert await asking == "#"
    assert not typed
    assert clock.pending == 0


async def test_whoever_asks_learns_that_no_key_will_come():
    """Gone and away are told apart."""
    typed = TypedAhead(FakeClock())
    asking = asyncio.ensure_future(typed.next(3))
    await settle()
    typed.away()
    with pytest.raises(PhoneSystemAway):
        await asking
    asking = asyncio.ensure_future(typed.next(3))
    await settle()
    typed.line_gone()
    for asked in (asking, typed.next(1)):
        with pytest.raises(LineGone):
            await asked


def test_only_sixteen_keys_are_keys():
    """Anything else that the network says is not heard."""
    assert [key_of(said) for said in ("1", "d", "*", "12", "", None, "ä", 7)] == ["1", "D", "*", "", "", "", "", ""]
