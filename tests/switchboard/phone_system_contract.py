"""What every telephone system must do, real or in memory: one set of tests for both.

`Town` is where a test plays the people; each implementation of it comes with its telephone system.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar

import pytest

from switchboard.events import CustomerGone, DigitPressed, Event, LegAnswered, LegGone, LegRinging
from switchboard.telephony import Line, LineGone, Phone, PhoneSystem

E = TypeVar("E", bound=Event)
T = TypeVar("T")


class Town(Protocol):
    """People with telephones around one telephone system."""

    phones: PhoneSystem
    phone: Phone
    """An agent's phone that is online."""
    outside_number: str
    """A number that somebody outside answers."""
    dead_phone: Phone
    """An agent's phone that is not."""
    told: list[Event]
    """Every event told so far."""
    sound: str
    """A short sound that can be played."""

    async def call_in(self) -> Line: ...
    async def press(self, call: str, keys: str) -> None: ...
    async def customer_hangs_up(self, call: str) -> None: ...
    async def pick_up(self, leg: str) -> None: ...
    async def reject(self, leg: str) -> None: ...
    async def leg_hangs_up(self, leg: str) -> None: ...
    async def pass_seconds(self, seconds: float) -> None: ...
    async def until_told(self, count: int, kind: type[Event]) -> None: ...
    async def assert_nothing_left(self) -> None: ...


async def told(town: Town, kind: type[E], nth: int = 1) -> E:
    """The nth event of `kind` told in this town, waited for."""
    await town.until_told(nth, kind)
    return [event for event in town.told if type(event) is kind][nth - 1]


async def while_passing(town: Town, work: Awaitable[T], seconds: float) -> T:
    """The result of `work`, which takes `seconds` of the town's time."""
    task = asyncio.ensure_future(work)
    await asyncio.sleep(0)
    await town.pass_seconds(seconds)
    return await task


async def ring(town: Town, call: str, leg: str, phone: Phone | None = None, seconds: float = 20) -> None:
    """Ring the agent's phone for `call`."""
    await town.phones.ring(call, leg, phone or town.phone, seconds=seconds, caller="+989121234567", caller_name="", agent="maryam")


async def talk(town: Town, leg: str) -> Line:
    """A caller and an agent who hear each other."""
    line = await town.call_in()
    await line.answer()
    await ring(town, line.call, leg)
    await told(town, LegRinging)
    await town.pick_up(leg)
    await told(town, LegAnswered)
    await town.phones.connect(line.call, leg)
    return line


class PhoneSystemContract:
    """Mix in and give `town`."""

    async def test_a_sound_is_heard_to_its_end(self, town: Town):
        """An announcement without barge-in plays to its end."""
        line = await town.call_in()
        await line.answer()
        assert await while_passing(town, line.play([town.sound], barge_in=False), 1.5)
        await line.hang_up()
        assert (await told(town, CustomerGone)).call == line.call
        await town.assert_nothing_left()

    async def test_a_key_ends_the_prompt_at_once_and_is_kept(self, town: Town):
        """A caller who knows the menu need not hear it."""
        line = await town.call_in()
        await line.answer()
        playing = asyncio.ensure_future(line.play([town.sound] * 20, barge_in=True))
        await asyncio.sleep(0)
        await town.press(line.call, "2")
        assert await playing is False
        assert await line.digit(5) == "2"
        assert (await told(town, DigitPressed)).digit == "2"
        await line.hang_up()
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_keys_typed_ahead_are_honoured_in_order(self, town: Town):
        """Keys pressed before the question count as its answer."""
        line = await town.call_in()
        await line.answer()
        await town.press(line.call, "12")
        await town.until_told(2, DigitPressed)
        assert await line.play([town.sound], barge_in=True) is False
        assert [await line.digit(5), await line.digit(5)] == ["1", "2"]
        assert await while_passing(town, line.digit(0.1), 0.2) is None
        await town.press(line.call, "3")
        await town.until_told(3, DigitPressed)
        line.forget_digits()
        assert await while_passing(town, line.digit(0.1), 0.2) is None
        await line.hang_up()
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_a_caller_who_hangs_up_ends_every_wait_on_the_line(self, town: Town):
        """Playing and asking both learn at once that the caller is gone."""
        line = await town.call_in()
        await line.answer()
        playing = asyncio.ensure_future(line.play([town.sound] * 20, barge_in=False))
        asking = asyncio.ensure_future(line.digit(60))
        await asyncio.sleep(0)
        await town.customer_hangs_up(line.call)
        for waiting in (playing, asking):
            with pytest.raises(LineGone):
                await waiting
        for again in (
            line.play([town.sound], barge_in=True),
            line.digit(1),
            line.answer(),
            line.remember({"SB_NODE": "x"}),
            line.music(on=True),
        ):
            with pytest.raises(LineGone):
                await again
        await line.hang_up()
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_an_agent_answers_and_both_leave_when_the_caller_does(self, town: Town):
        """A talk ended by the customer leaves no leg behind, without anybody's order."""
        line = await talk(town, "leg-a")
        await town.customer_hangs_up(line.call)
        gone = await told(town, LegGone)
        assert (gone.call, gone.leg) == (line.call, "leg-a")
        assert (await told(town, CustomerGone)).leg == ""
        await town.assert_nothing_left()

    async def test_an_agent_who_hangs_up_leaves_the_caller_to_us(self, town: Town):
        """The caller stays when the agent's leg dies, and can wait again."""
        line = await talk(town, "leg-b")
        await town.leg_hangs_up("leg-b")
        await told(town, LegGone)
        assert not [event for event in town.told if type(event) is CustomerGone]
        await town.phones.wait_with_music(line.call, "sales")
        await town.phones.hang_up(line.call)
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_a_phone_that_is_not_answered_stops_ringing(self, town: Town):
        """Ring-no-answer is cause 19; the caller goes on waiting."""
        line = await town.call_in()
        await line.answer()
        await town.phones.wait_with_music(line.call, "sales")
        await ring(town, line.call, "leg-c", seconds=1)
        await told(town, LegRinging)
        await town.pass_seconds(1.5)
        assert (await told(town, LegGone)).cause == 19
        await town.customer_hangs_up(line.call)
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_a_phone_may_refuse(self, town: Town):
        """Busy is cause 17."""
        line = await town.call_in()
        await ring(town, line.call, "leg-d")
        await told(town, LegRinging)
        await town.reject("leg-d")
        assert (await told(town, LegGone)).cause == 17
        await town.phones.hang_up(line.call)
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_a_phone_that_is_not_there_says_so(self, town: Town):
        """An unregistered phone is told as LegGone with cause 20, never as an error of `ring`."""
        line = await town.call_in()
        await ring(town, line.call, "leg-e", town.dead_phone)
        assert (await told(town, LegGone)).cause == 20
        await town.phones.hang_up(line.call)
        await told(town, CustomerGone)
        await town.assert_nothing_left()

    async def test_a_ringing_phone_is_silenced_when_the_caller_leaves(self, town: Town):
        """Nobody runs for a phone whose caller has hung up."""
        line = await town.call_in()
        await line.answer()
        await ring(town, line.call, "leg-f")
        await told(town, LegRinging)
        await town.customer_hangs_up(line.call)
        await told(town, LegGone)
        await town.assert_nothing_left()

    async def test_an_offer_is_withdrawn(self, town: Town):
        """Dropping a ringing leg ends only that leg, and dropping it twice is harmless."""
        line = await town.call_in()
        await ring(town, line.call, "leg-g")
        await told(town, LegRinging)
        await town.phones.drop("leg-g")
        await told(town, LegGone)
        await town.phones.drop("leg-g")
        await town.phones.hang_up(line.call)
        await told(town, CustomerGone)
        await town.phones.hang_up(line.call)
        await town.assert_nothing_left()

    async def test_hold_and_resume_keep_both_legs(self, town: Town):
        """Hold moves only the customer; mute and digits work during the talk."""
        line = await talk(town, "leg-h")
        await town.phones.hold(line.call)
        await town.phones.resume(line.call)
        await town.phones.mute("leg-h", on=True)
        await town.phones.mute("leg-h", on=False)
        await town.phones.send_digits(line.call, "12#")
        await town.phones.hang_up(line.call)
        await told(town, CustomerGone)
        await told(town, LegGone)
        await town.assert_nothing_left()

    async def test_orders_for_a_call_that_is_over_say_so(self, town: Town):
        """Every order for a gone call raises LineGone; ending it again does not."""
        line = await town.call_in()
        await town.customer_hangs_up(line.call)
        await told(town, CustomerGone)
        orders: list[Any] = [
            town.phones.wait_with_music(line.call, "sales"),
            ring(town, line.call, "leg-i"),
            town.phones.connect(line.call, "leg-i"),
            town.phones.hold(line.call),
            town.phones.resume(line.call),
            town.phones.mute("leg-i", on=True),
            town.phones.send_digits(line.call, "1"),
            town.phones.remember(line.call, {"SB_QUEUE": "sales"}),
        ]
        for order in orders:
            with pytest.raises(LineGone):
                await order
        await town.phones.drop("leg-i")
        await town.phones.hang_up(line.call)
        await town.phones.stop_recording(line.call)
        await town.assert_nothing_left()

    async def test_an_agents_own_call_begins_at_the_agents_phone(self, town: Town):
        """Click-to-dial: the agent's phone first; the customer's leg is rung when it was picked up."""
        await town.phones.ring("own-1", "own-1", town.phone, seconds=20, caller="", caller_name="", agent="maryam")
        assert (await told(town, LegRinging)).call == "own-1"
        await town.pick_up("own-1")
        assert (await told(town, LegAnswered)).leg == "own-1"
        await town.phones.dial_out("own-1", "own-1-out", town.outside_number, seconds=20, caller="")
        assert (await told(town, LegRinging, 2)).leg == "own-1-out"
        await town.pick_up("own-1-out")
        assert (await told(town, LegAnswered, 2)).leg == "own-1-out"
        await town.customer_hangs_up("own-1")
        assert (await told(town, CustomerGone)).leg == "own-1-out"
        assert (await told(town, LegGone)).leg == "own-1"
        await town.assert_nothing_left()
