"""Calls outlive the daemon: what a new one finds in Asterisk it takes back; what Asterisk lost it says so."""

from __future__ import annotations

import asyncio
import contextlib
import signal

import pytest

from switchboard.events import (
    CallAdopted,
    CallAnswered,
    CallEnded,
    CallHeld,
    CustomerGone,
    LegAnswered,
    LegGone,
    LegRinging,
    PhoneSystemFound,
    PhoneSystemLost,
)  # fmt: skip
from switchboard.telephony import Phone, PhoneSystemAway
from tests.asterisk.plant import embedded_asterisk
from tests.asterisk.towns import AsteriskTown, agents_of
from tests.fakes.waiting import SECONDS
from tests.phones.caller import Caller
from tests.switchboard.phone_system_contract import ring, told


@pytest.fixture
def plant():
    with embedded_asterisk() as plant:
        yield plant


@pytest.fixture
def agents(plant, tmp_path):
    with agents_of(plant, tmp_path / "agents") as phones:
        yield phones


@contextlib.asynccontextmanager
async def opened(agents):
    """Opens towns; all are closed at the end."""
    towns = []

    async def start(town=None):
        towns.append(town or AsteriskTown(agents.plant, agents))
        await towns[-1].open()
        return towns[-1]

    try:
        yield start
    finally:
        for town in towns:
            await town.close()


async def arrive(town, number="1000", **who):
    """A caller who is answered and in the registry."""
    line = await town.call_in(number, **who)
    town.calls.arrived(line.call, direction="inbound", caller=line.caller, dialled=line.dialled, at=line.arrived_at)
    await line.answer()
    await town.talking(line.call)
    return line


async def wait_in_queue(town, since, priority=0, **who):
    """A caller who waits in sales since `since`."""
    line = await arrive(town, **who)
    kept = {"SB_QUEUE": "sales", "SB_SINCE": repr(since), "SB_PRIORITY": str(priority), "SB_FLOW": "main", "SB_NODE": "sales"}
    await line.remember(kept)
    await town.phones.wait_with_music(line.call, "sales")
    return line


async def talk_with(town, leg):
    line = await arrive(town, caller="02188776655")
    await ring(town, line.call, leg)
    await told(town, LegRinging)
    await town.pick_up(leg)
    await told(town, LegAnswered)
    await town.phones.connect(line.call, leg)
    town.calls.connected(line.call, agent="maryam", leg=leg, at=1.0)
    return line


async def test_a_new_daemon_takes_back_every_call_as_it_stands(agents):
    """Talk, hold, places in the queue in their order, and the place in the flow are found again; a ringing leg is not."""
    async with opened(agents) as towns:
        first = await towns()
        talking = await talk_with(first, "leg-talk")
        young = await wait_in_queue(first, 1_700_000_100.5, caller="09350000002")
        old = await wait_in_queue(first, 1_700_000_000.25, priority=5, caller="09350000001")
        in_menu = await arrive(first, "1002", caller="09350000003")
        await in_menu.remember({"SB_FLOW": "main", "SB_NODE": "menu"})
        await ring(first, old.call, "leg-ringing", Phone("104"))
        await told(first, LegRinging, 2)

        second = await first.crash()
        hearing = [second.callers[one.call] for one in (talking, young, old)]
        packets = [caller.heard_packets for caller in hearing]
        await second.until(lambda: all(caller.heard_packets > before + 10 for caller, before in zip(hearing, packets, strict=True)))
        await towns(second)

        adopted = [event for event in second.told if isinstance(event, CallAdopted)]
        assert {event.call: event.state for event in adopted} == {
            talking.call: "talking", young.call: "waiting", old.call: "waiting", in_menu.call: "in_flow",
        }  # fmt: skip
        assert [event.call for event in adopted if event.state == "waiting"] == [old.call, young.call]
        live = second.calls.get(old.call)
        assert (live.queue, live.queued_since, live.priority, live.caller, live.dialled) == (
            "sales",
            1_700_000_000.25,
            5,
            "09350000001",
            "1000",
        )
        live = second.calls.get(talking.call)
        assert (live.agent, live.leg, live.caller) == ("maryam", "leg-talk", "02188776655")
        assert live.answered_at >= live.started_at > 0
        assert {call: where[1:] for call, where in second.reception.taken_back.items()} == {
            old.call: ("main", "sales"), young.call: ("main", "sales"), in_menu.call: ("main", "menu"),
        }  # fmt: skip
        assert second.link.legs.get("leg-ringing") is None

        await second.phones.hold(talking.call)
        second.calls.held(talking.call, at=2.0)
        third = await second.crash()
        await towns(third)
        assert third.calls.get(talking.call).state == "held"
        await third.phones.resume(talking.call)
        await third.phones.wait_with_music(old.call, "sales")
        for line in (young, old, in_menu):
            await third.customer_hangs_up(line.call)
        await third.customer_hangs_up(talking.call)
        assert (await told(third, LegGone)).leg == "leg-talk"
        await told(third, CallEnded, 4)
        assert not third.calls.live()
        await third.assert_nothing_left()


async def test_a_talk_whose_agent_left_meanwhile_is_over(agents):
    """Nobody is left listening to silence after the daemon comes back."""
    async with opened(agents) as towns:
        first = await towns()
        line = await talk_with(first, "leg-left")
        second = await first.crash()
        await second.leg_hangs_up("leg-left")
        await asyncio.to_thread(second.agents.desk.wait_for, "CALL_CLOSED", 10, 0)
        await towns(second)
        assert second.calls.get(line.call) is None
        await second.assert_nothing_left()


async def test_a_broken_link_mends_and_tells_what_it_missed(agents, plant):
    """The same daemon keeps its calls over a broken connection; who left meanwhile is told as gone."""
    async with opened(agents) as towns:
        town = await towns()
        staying = await wait_in_queue(town, 5.0, caller="09350000001")
        leaving = await wait_in_queue(town, 6.0, caller="09350000002")
        town.link.ari.drop()
        await told(town, PhoneSystemLost)
        await asyncio.to_thread(town.callers[leaving.call].hang_up)
        await told(town, PhoneSystemFound, 2)
        assert (await told(town, CustomerGone)).call == leaving.call
        assert (await told(town, CallEnded)).status == "in_menu"
        assert not [event for event in town.told if isinstance(event, CallAdopted)]
        assert [live.id for live in town.calls.live()] == [staying.call]
        assert town.reception.taken_back[staying.call][1:] == ("main", "sales")  # nobody led them: the flow is asked again
        await staying.play([town.sound], barge_in=False)
        await town.customer_hangs_up(staying.call)
        await told(town, CallEnded, 2)
        await town.assert_nothing_left()


async def leave_in_a_prompt(town):
    """A caller who hears a prompt of two minutes, and the flow that plays it."""
    line = await arrive(town)
    await line.remember({"SB_FLOW": "main", "SB_NODE": "menu"})
    playing = asyncio.ensure_future(line.play([town.long_sound], barge_in=True))
    before = town.callers[line.call].heard_packets
    await town.until(lambda: town.callers[line.call].heard_packets > before + 20)
    return line, playing


async def goes_on(town, line):
    """The flow leads on: what it remembers is kept, what it plays is heard to its end."""
    await line.remember({"SB_NODE": "next"})
    assert await asyncio.wait_for(line.play([town.sound], barge_in=False), SECONDS)
    kept = await town.link.ari.requests.ask("GET", f"channels/{line.call}/variable", variable="SB_NODE")
    assert kept["value"] == "next"
    await town.customer_hangs_up(line.call)
    await told(town, CallEnded)
    await town.assert_nothing_left()


async def test_a_prompt_of_before_holds_up_nothing_after_a_restart(agents):
    """The daemon dies in a long prompt; its successor stops it and asks again, and nobody waits for its end."""
    async with opened(agents) as towns:
        first = await towns()
        line, playing = await leave_in_a_prompt(first)
        second = await first.crash()
        with pytest.raises(PhoneSystemAway):
            await playing
        await towns(second)
        back, *where = second.reception.taken_back[line.call]
        assert where == ["main", "menu"]
        await goes_on(second, back)


async def test_a_prompt_of_before_holds_up_nothing_after_a_broken_link(agents):
    """The same daemon, the same prompt, another connection."""
    async with opened(agents) as towns:
        town = await towns()
        line, playing = await leave_in_a_prompt(town)
        town.link.ari.drop()
        with pytest.raises(PhoneSystemAway):
            await playing
        await told(town, PhoneSystemFound, 2)
        await goes_on(town, line)


async def test_when_asterisk_is_killed_its_calls_are_cut_off_and_it_is_found_again(agents, plant):
    """A talk that dies with Asterisk is marked as cut off; the new Asterisk is served at once."""
    async with opened(agents) as towns:
        town = await towns()
        line = await talk_with(town, "leg-cut")
        plant.running.send(signal.SIGKILL)
        await told(town, PhoneSystemLost)
        assert await asyncio.to_thread(plant.running.ended, 10)
        again = await asyncio.to_thread(plant.embedded.start)
        try:
            assert (await told(town, PhoneSystemFound, 2)).restarted
            ended = await told(town, CallEnded)
            assert (ended.call, ended.status, ended.by) == (line.call, "cut_off", "system")
            assert {type(event) for event in town.told} >= {CallAnswered, LegGone, CustomerGone}
            await town.assert_nothing_left()
            town.callers.pop(line.call).vanish()
            fresh = await town.call_in(caller="09350000009")
            await fresh.hang_up()
            await told(town, CustomerGone, 2)
            assert fresh.call != line.call
        finally:
            await town.link.stop()
            await asyncio.to_thread(plant.embedded.stop, again, 0)


async def test_callers_in_the_static_queue_are_taken_back(agents):
    """Who was moved to the dialplan's queue while the daemon was away comes back with the original wait."""
    async with opened(agents) as towns:
        first = await towns()
        line = await wait_in_queue(first, 1_700_000_000.0, caller="09350000001")
        second = await first.crash()
        to_static_queue = {"context": "static-queue", "extension": "s", "priority": "1"}
        status, _body = await asyncio.to_thread(second.plant.ari.ask, "POST", f"channels/{line.call}/continue", to_static_queue)
        assert status == 204
        await towns(second)
        adopted = await told(second, CallAdopted)
        assert (adopted.call, adopted.state) == (line.call, "in_flow")
        live = second.calls.get(line.call)
        assert (live.queued_since, live.dialled, live.caller) == (1_700_000_000.0, "1000", "09350000001")
        back, flow, node = second.reception.taken_back[line.call]
        assert (flow, node) == ("main", "sales")
        await second.phones.wait_with_music(back.call, "sales")
        await second.customer_hangs_up(line.call)
        await told(second, CallEnded)
        await second.assert_nothing_left()


async def test_a_new_caller_of_the_static_queue_is_a_new_call(agents, plant):
    """Who called while nobody was there begins at the beginning when the daemon is back."""
    async with opened(agents) as towns:
        town = AsteriskTown(plant, agents)
        caller = Caller(plant.sip, "1001", "09350000005")
        await asyncio.to_thread(caller.call)
        await towns(town)
        line = await asyncio.wait_for(town.reception.lines.get(), 10)
        assert (line.caller, line.dialled) == ("09350000005", "1001")
        await line.hang_up()
        await told(town, CustomerGone)
        await asyncio.to_thread(caller.wait_hang_up)
        await town.assert_nothing_left()


async def test_held_by_the_registry_is_told(agents):
    """The phone's own hold reaches the registry as CallHeld."""
    async with opened(agents) as towns:
        town = await towns()
        line = await talk_with(town, "leg-hold")
        await asyncio.to_thread(town.agents.desk.order, "hold")
        assert (await told(town, CallHeld)).agent == "maryam"
        await town.customer_hangs_up(line.call)
        await told(town, CallEnded)
        await town.assert_nothing_left()
