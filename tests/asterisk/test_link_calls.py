"""What telephones see and hear of us: headers, digits of every kind, music, tones through a talk, recordings."""

from __future__ import annotations

import asyncio
import socket

import pytest

from config.loops import LOOP
from switchboard.asterisk.ami import ActionRefused
from switchboard.asterisk.phones import NO_SUCH_CHANNEL
from switchboard.events import CallEnded, CustomerGone, DigitPressed, LegAnswered, LegGone, LegHeld, LegResumed, LegRinging
from switchboard.telephony import LineGone, Phone, SoundMissing
from tests.asterisk.plant import embedded_asterisk
from tests.asterisk.towns import AsteriskTown, agents_of
from tests.fakes.waiting import SECONDS
from tests.switchboard.phone_system_contract import PhoneSystemContract, ring, talk, told


@pytest.fixture(scope="module")
def agents(tmp_path_factory):
    with embedded_asterisk() as plant, agents_of(plant, tmp_path_factory.mktemp("agents")) as phones:
        yield phones


@pytest.fixture
def town(agents):
    town = AsteriskTown(agents.plant, agents)
    LOOP.run_until_complete(town.open())
    yield town
    LOOP.run_until_complete(town.close())


class TestAsteriskPhones(PhoneSystemContract):
    """Asterisk's telephone system keeps the contract that the one in memory keeps: real Asterisk, real SIP and RTP."""


async def test_the_phone_is_told_which_call_rings_and_who_calls(town):
    """The console finds the call by a header; a desk phone may answer by itself; a wicked name injects nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.settimeout(10)
        line = await town.call_in()
        endpoint = f"loopback/sip:agent@127.0.0.1:{phone.getsockname()[1]}"
        await town.phones.ring(
            line.call,
            "leg-headers",
            Phone(endpoint),
            seconds=20,
            caller="+989121234567",
            caller_name='علی "رضا"\r\nInjected: yes <sip:x>;a=b' + "ک" * 500,
            auto_answer=True,
            agent="maryam",
        )
        invite = (await asyncio.to_thread(phone.recv, 65536)).decode()
        headers = dict(line.split(": ", 1) for line in invite.partition("\r\n\r\n")[0].split("\r\n")[1:])
        assert headers["X-Switchboard-Call"] == line.call
        assert headers["Call-Info"] == "<sip:switchboard>;answer-after=0"
        assert headers["Alert-Info"] == "auto-answer"
        assert "+989121234567" in headers["From"]
        assert "علی" in headers["From"]
        assert "Injected" not in headers
        await town.phones.hang_up(line.call)
        await told(town, CustomerGone)
        await told(town, LegGone)
        await town.assert_nothing_left()


async def test_legs_share_the_callers_linked_id_and_carry_our_variables(town):
    """What the journals and adoption need stands at every leg."""
    line = await town.call_in()
    await ring(town, line.call, "leg-vars")
    await told(town, LegRinging)
    leg = await town.link.ari.requests.ask("GET", "channels/leg-vars")
    assert {name: leg["channelvars"][name] for name in ("SB_CALL", "SB_ROLE", "SB_AGENT")} == {
        "SB_CALL": line.call,
        "SB_ROLE": "agent",
        "SB_AGENT": "maryam",
    }
    linked = await town.link.ari.requests.ask("GET", "channels/leg-vars/variable", variable="CHANNEL(linkedid)")
    assert linked["value"] == line.call
    await town.phones.hang_up(line.call)
    await told(town, LegGone)
    await town.assert_nothing_left()


@pytest.mark.parametrize("way", ["press", "info"])
async def test_digits_arrive_by_rfc_4733_and_by_info(town, way):
    """Either kind of key counts once."""
    line = await town.call_in()
    await line.answer()
    await town.talking(line.call)
    for key in "1*#":
        await asyncio.to_thread(getattr(town.callers[line.call], way), key)
    assert [await line.digit(5) for _ in range(3)] == ["1", "*", "#"]
    await town.customer_hangs_up(line.call)
    await told(town, CustomerGone)
    assert [event.digit for event in town.told if isinstance(event, DigitPressed)] == ["1", "*", "#"]
    await town.assert_nothing_left()


async def test_a_waiting_caller_hears_music(town):
    """Waiting is never silence; the music ends when the caller leaves."""
    line = await town.call_in()
    await line.answer()
    await town.talking(line.call)
    await town.phones.wait_with_music(line.call, "sales")
    before = town.callers[line.call].heard_packets
    await town.until(lambda: town.callers[line.call].heard_packets > before + 20)
    await town.customer_hangs_up(line.call)
    await told(town, CustomerGone)
    await town.assert_nothing_left()


async def test_a_key_in_a_long_prompt_holds_nobody_up(town):
    """The prompt of two minutes is over with the key; what the flow and others ask for next is done at once."""
    line = await town.call_in()
    await line.answer()
    await town.talking(line.call)

    async def lead():
        assert await line.play([town.long_sound], barge_in=True) is False
        await line.remember({"SB_NODE": await line.digit(5)})
        await town.phones.wait_with_music(line.call, "sales")

    leading = asyncio.ensure_future(lead())
    await town.until(lambda: town.callers[line.call].heard_packets > 20)
    await town.press(line.call, "2")
    await asyncio.wait_for(leading, SECONDS)
    kept = await town.link.ari.requests.ask("GET", f"channels/{line.call}/variable", variable="SB_NODE")
    assert kept["value"] == "2"
    await town.customer_hangs_up(line.call)
    await told(town, CustomerGone)
    await town.assert_nothing_left()


async def test_a_missing_sound_is_said_not_swallowed(town):
    """A prompt that is not there must reach the flow as an error."""
    line = await town.call_in()
    await line.answer()
    with pytest.raises(SoundMissing):
        await line.play(["/nowhere/at-all"], barge_in=False)
    with pytest.raises(SoundMissing):
        await line.play(["/with,comma"], barge_in=False)
    await line.hang_up(21)
    await told(town, CustomerGone)
    await town.assert_nothing_left()


async def test_a_caller_who_gives_up_before_the_answer_leaves_nothing(town):
    """CANCEL while the flow has not picked up yet."""
    line = await town.call_in()
    await town.customer_hangs_up(line.call)
    await told(town, CustomerGone)
    with pytest.raises(LineGone):
        await line.answer()
    await town.assert_nothing_left()


async def test_a_phones_own_hold_key_is_heard(town):
    """The desk phone's hold counts as well as ours."""
    line = await talk(town, "leg-own-hold")
    await asyncio.to_thread(town.agents.desk.order, "hold")
    await told(town, LegHeld)
    await asyncio.to_thread(town.agents.desk.order, "resume")
    await told(town, LegResumed)
    await town.leg_hangs_up("leg-own-hold")
    await told(town, LegGone)
    await town.phones.hang_up(line.call)
    await told(town, CustomerGone)
    await town.assert_nothing_left()


async def test_a_talk_is_recorded_on_both_sides(town):
    """Three files of the same length appear while the two talk."""
    file = town.plant.folders.recordings / "talk.wav"
    line = await talk(town, "leg-recorded")
    await town.phones.start_recording(line.call, file)
    files = [file, file.with_name("talk-in.wav"), file.with_name("talk-out.wav")]
    await town.until(lambda: all(one.exists() and one.stat().st_size > 8000 for one in files))
    await town.phones.stop_recording(line.call)
    await town.customer_hangs_up(line.call)
    await told(town, CustomerGone)
    await told(town, LegGone)
    await town.assert_nothing_left()
    assert len({one.stat().st_size for one in files}) == 1


async def test_what_is_said_of_a_channel_that_cannot_be_recorded(town):
    """The manager interface's own words for a channel that is gone, by which its end is told from a failure."""
    await town.link.ami.when_up()
    with pytest.raises(ActionRefused, match=NO_SUCH_CHANNEL):
        await town.link.ami.action("MixMonitor", Channel="1763757600.12", File=str(town.plant.folders.recordings / "none.wav"))
    assert not (town.plant.folders.recordings / "none.wav").exists()


async def test_what_an_agents_phone_dials_by_itself_is_led_by_us(town):
    """A number dialled at the desk phone becomes a call of ours, rung outside and answered back."""
    own: asyncio.Queue[tuple[str, str, str]] = asyncio.Queue()
    town.link.exchange.on_own_call = lambda *what: own.put_nowait(what)
    await asyncio.to_thread(town.agents.desk.dial, f"sip:104@{town.plant.sip}")
    call, endpoint, number = await asyncio.wait_for(own.get(), 10)
    assert (endpoint, number) == ("103", "104")
    await town.phones.dial_out(call, f"{call}-out", number, seconds=20, caller="0211234")
    await told(town, LegRinging)
    await town.pick_up(f"{call}-out")
    assert (await told(town, LegAnswered)).leg == f"{call}-out"
    await asyncio.to_thread(town.agents.desk.wait_for, "CALL_ESTABLISHED")
    await town.customer_hangs_up(call)
    await told(town, CustomerGone)
    assert (await told(town, LegGone)).leg == call
    await town.assert_nothing_left()


STEPS = ("ringing in", "hearing", "asked", "waiting", "agent rings", "talking", "held")


@pytest.mark.parametrize(("who", "step"), [("customer", step) for step in STEPS] + [("agent", step) for step in STEPS[4:]])
async def test_whoever_hangs_up_in_whatever_step_leaves_nothing(town, who, step):
    """No channel, bridge or playback stays, and the call ends exactly once."""
    line = await town.call_in()
    town.calls.arrived(line.call, direction="inbound", caller=line.caller, dialled=line.dialled, at=line.arrived_at)
    doing = await reach(town, line, step)
    if who == "customer":
        await town.customer_hangs_up(line.call)
    else:
        await (town.reject if step == "agent rings" else town.leg_hangs_up)("leg-step")
        await told(town, LegGone)
        await town.phones.hang_up(line.call)
    await told(town, CallEnded)
    if doing:
        with pytest.raises(LineGone):
            await doing
    await town.assert_nothing_left()
    assert sum(isinstance(event, CallEnded) for event in town.told) == 1


async def reach(town, line, step):
    """Lead the caller to `step`; gives what is being waited for there, if anything."""
    far = STEPS.index(step)
    if far >= 1:
        await line.answer()
        await town.talking(line.call)
    if step == "hearing":
        return asyncio.ensure_future(line.play([town.sound] * 20, barge_in=True))
    if step == "asked":
        return asyncio.ensure_future(line.digit(60))
    if far >= 3:
        await town.phones.wait_with_music(line.call, "sales")
    if far >= 4:
        await ring(town, line.call, "leg-step")
        await told(town, LegRinging)
    if far >= 5:
        await town.pick_up("leg-step")
        await told(town, LegAnswered)
        await town.phones.connect(line.call, "leg-step")
        town.calls.connected(line.call, agent="maryam", leg="leg-step", at=1.0)
    if far >= 6:
        await town.phones.hold(line.call)
    return None
