"""Orders as they go over the wire, and what comes of Asterisk's answers; also with dialogues captured from a real one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from switchboard.telephony import LineGone, Phone, PhoneSystemAway, RecordingRefused, SoundMissing
from tests.fakes.phones import settle
from tests.switchboard.asterisk.wire import Plant, recorded


async def ring(plant, call="c1", leg="l1", endpoint="w101"):
    await plant.phones.ring(call, leg, Phone(endpoint), seconds=15.2, caller="+98912", caller_name="مریم", agent="maryam")


async def test_a_recorded_talk_tells_its_story():
    """The captured dialogue of a whole call, played again, gives the events that its people would tell."""
    plant = Plant()
    for who, message in recorded("a_talk.jsonl"):
        if who == "us" and "leg-1" in message["uri"] and message["method"] == "POST":
            await ring(plant, plant.lines[0].call, "leg-1")
        elif who == "asterisk" and message["type"] != "RESTResponse":
            plant.plays(message)
    await settle()
    assert plant.kinds() == ["DigitPressed", "LegRinging", "LegAnswered", "CustomerGone", "LegGone"]
    assert plant.told[-1].cause == 16
    assert len(plant.lines) == 1  # the StasisStart that Asterisk repeats at the end is nobody new
    assert len(plant.legs) == 0


async def test_a_leg_is_rung_with_all_it_needs():
    """Who calls, for how long, for which call, and what must outlive the daemon."""
    plant = Plant()
    plant.arrives()
    await ring(plant)
    line, query, body = plant.wire.sent[-1]
    assert line == "POST channels/l1"
    assert query == {
        "originator": "c1", "endpoint": "PJSIP/w101", "app": "switchboard", "appArgs": "leg,c1", "callerId": '"مریم" <+98912>', "timeout": "16",
    }  # fmt: skip
    assert body["variables"] == {"SB_CALL": "c1", "SB_ROLE": "agent", "SB_AGENT": "maryam", "PJSIP_HEADER(add,X-Switchboard-Call)": "c1"}


async def test_a_leg_that_cannot_be_made_is_a_leg_that_never_rang():
    """An unregistered phone, and an outside without a way out."""
    plant = Plant(outside=lambda _number: "")
    plant.arrives()
    plant.wire.refuse["channels/l1"] = 500
    await ring(plant)
    await plant.phones.dial_out("c1", "l2", "0912", seconds=5, caller="")
    await plant.phones.ring("c1", "l3", Phone("0912", outside=True), seconds=5, caller="", caller_name="")
    assert [(event.leg, event.cause) for event in plant.told] == [("l1", 20), ("l2", 3), ("l3", 3)]


async def test_a_leg_whose_call_ended_meanwhile_raises():
    """The originator is gone: no leg is left behind."""
    plant = Plant()
    plant.arrives()
    plant.wire.refuse["channels/l1"] = 404
    with pytest.raises(LineGone):
        await ring(plant)
    assert len(plant.legs) == 1
    plant.wire.requests.link_lost()
    with pytest.raises(PhoneSystemAway):
        await ring(plant)
    assert len(plant.legs) == 1


async def test_bridges_are_made_for_the_first_and_deleted_after_the_last():
    """No bridge stays without a member, and none is made twice."""
    plant = Plant()
    plant.arrives("c1")
    plant.arrives("c2")
    await plant.phones.wait_with_music("c1", "sales")
    await plant.phones.wait_with_music("c2", "sales")
    assert plant.wire.lines == [
        "POST bridges", "POST bridges/waiting-sales/moh", "POST bridges/waiting-sales/addChannel", "POST bridges/waiting-sales/addChannel",
    ]  # fmt: skip
    plant.says("StasisEnd", "c1")
    assert plant.bridges.members("waiting-sales") == {"c2"}
    plant.says("StasisEnd", "c2")
    assert plant.wire.lines[-1] == "DELETE bridges/waiting-sales"


async def test_a_move_that_is_refused_leaves_nobody_in_the_bridge():
    """A connect that failed must not be taken for a talk."""
    plant = Plant()
    plant.arrives()
    await plant.phones.wait_with_music("c1", "sales")
    await ring(plant)
    plant.says("StasisStart", "l1", args=["leg", "c1"])
    plant.wire.refuse["talk-c1/addChannel"] = 422
    with pytest.raises(LineGone):
        await plant.phones.connect("c1", "l1")
    await settle()
    assert (plant.bridges.place("c1"), plant.bridges.place("l1")) == ("", "")
    assert plant.wire.lines[-1] == "DELETE bridges/talk-c1"
    await plant.phones.wait_with_music("c1", "sales")
    assert plant.bridges.place("c1") == "waiting-sales"


async def test_everything_goes_with_the_customer():
    """Every other leg is dropped at once, ringing or talking."""
    plant = Plant()
    plant.arrives()
    for leg in ("l1", "l2"):
        await ring(plant, leg=leg)
    plant.says("ChannelHangupRequest", "c1", cause=16)
    plant.says("StasisEnd", "c1")
    assert plant.wire.lines[-2:] == ["DELETE channels/l1", "DELETE channels/l2"]
    plant.says("ChannelDestroyed", "l1", cause=16)
    plant.says("ChannelDestroyed", "l2", cause=26)
    assert plant.kinds() == ["CustomerGone", "LegGone", "LegGone"]
    plant.says("ChannelDestroyed", "l1", cause=16)
    assert len(plant.told) == 3


async def test_a_strange_channel_is_hung_up():
    """A leg of a forgotten call, answered late, does not hang in silence."""
    plant = Plant()
    plant.says("StasisStart", "old-leg", args=["leg", "gone"])
    assert plant.wire.lines == ["DELETE channels/old-leg"]
    assert plant.told == []


async def test_a_caller_without_a_reception_is_hung_up():
    """Before anybody takes callers nobody waits in silence."""
    plant = Plant()
    plant.exchange.on_line = type(plant.exchange)(plant.bus, plant.clock, plant.wire.requests, plant.legs, plant.bridges).on_line
    plant.says("StasisStart", "c9", "Ring", args=["inbound"])
    assert plant.wire.lines == ["DELETE channels/c9"]


async def test_a_call_handed_to_the_static_queue_ends_when_its_channel_does():
    """Leaving for the dialplan is not hanging up."""
    plant = Plant()
    line = plant.arrives()
    await plant.phones.to_static_queue("c1")
    plant.says("StasisEnd", "c1")
    assert plant.told == []
    with pytest.raises(LineGone):
        await line.play(["x"], barge_in=False)
    with pytest.raises(LineGone):
        await plant.phones.wait_with_music("c1", "sales")
    plant.says("ChannelDestroyed", "c1", cause=16)
    assert plant.kinds() == ["CustomerGone"]


async def test_handing_over_that_fails_leaves_the_call_with_us():
    """A refusal is told and nothing has changed."""
    plant = Plant()
    plant.arrives()
    plant.wire.refuse["continue"] = 500
    with pytest.raises(Exception, match="continue"):
        await plant.phones.to_static_queue("c1")
    await plant.phones.wait_with_music("c1", "sales")


async def test_recording_asks_the_manager_and_refuses_odd_names():
    """Options are split at commas and parentheses by Asterisk, so a name has none."""
    plant = Plant()
    plant.arrives()
    await plant.phones.start_recording("c1", Path("/r/c1.wav"))
    await plant.phones.stop_recording("c1")
    assert plant.manager.actions == [
        ("MixMonitor", {"Channel": "c1", "File": "/r/c1.wav", "options": "r(/r/c1-in.wav)t(/r/c1-out.wav)"}),
        ("StopMixMonitor", {"Channel": "c1"}),
    ]
    with pytest.raises(ValueError, match="comma"):
        await plant.phones.start_recording("c1", Path("/r/c1,x.wav"))


async def test_a_refused_recording_says_whether_the_caller_is_gone():
    """A caller who hangs up in the moment of the answer is no failure, whoever tells of it first; anything else is."""
    plant = Plant()
    plant.arrives()
    plant.manager.refusal = "No such channel"
    with pytest.raises(LineGone):
        await plant.phones.start_recording("c1", Path("/r/c1.wav"))
    await plant.phones.stop_recording("c1")
    plant.manager.refusal = "Could not start monitoring channel"
    with pytest.raises(RecordingRefused, match="monitoring"):
        await plant.phones.start_recording("c1", Path("/r/c1.wav"))
    plant.says("ChannelDestroyed", cause=16)
    with pytest.raises(LineGone):
        await plant.phones.start_recording("c1", Path("/r/c1.wav"))


async def test_a_second_sound_is_not_ended_by_the_first():
    """After a barge-in the old playback's end must not end the next prompt."""
    plant = Plant()
    line = plant.arrives()
    first = asyncio.ensure_future(line.play(["a"], barge_in=True))
    await settle()
    plant.says("ChannelDtmfReceived", digit="1")
    assert await first is False
    assert await line.digit(1) == "1"
    second = asyncio.ensure_future(line.play(["b"], barge_in=True))
    await settle()
    plant.plays({"type": "PlaybackFinished", "playback": {"id": "c1-play-0", "state": "canceled"}})
    await settle()
    assert not second.done()
    plant.plays({"type": "PlaybackFinished", "playback": {"id": "c1-play-1", "state": "done"}})
    assert await second is True


async def test_a_key_stops_the_prompt_before_anything_that_it_leads_to():
    """While a prompt plays, Asterisk lets no other request through, nobody's: the stop must come first."""
    plant = Plant()
    line = plant.arrives()

    async def lead():
        await line.play(["a"], barge_in=True)
        await line.remember({"SB_NODE": await line.digit(1)})

    leading = asyncio.ensure_future(lead())
    await settle()
    plant.says("ChannelDtmfReceived", digit="1")
    await leading
    assert plant.wire.lines[-2:] == ["DELETE playbacks/c1-play-0", "POST channels/c1/variable"]


async def test_what_plays_since_before_the_link_broke_is_stopped_first():
    """The prompt of before would hold up the flow that goes on, and everybody else."""
    plant = Plant()
    line = plant.arrives()
    playing = asyncio.ensure_future(line.play(["a"], barge_in=True))
    await settle()
    line.link_lost()
    with pytest.raises(PhoneSystemAway):
        await playing
    await line.remember({"SB_NODE": "menu"})
    await line.remember({"SB_NODE": "menu"})
    assert plant.wire.lines[-3:] == ["DELETE playbacks/c1-play-0"] + ["POST channels/c1/variable"] * 2


async def test_what_another_daemon_left_playing_is_stopped_and_its_end_is_not_ours():
    """The second playback is stopped; the next one has another name."""
    plant = Plant()
    line = plant.arrives()
    plant.wire.refuse = dict.fromkeys(("play-0", "play-2", "play-3"), 404)
    await line.take_over()
    plant.wire.refuse = {}
    assert sorted(plant.wire.lines[-4:]) == [f"DELETE playbacks/c1-play-{number}" for number in range(4)]
    playing = asyncio.ensure_future(line.play(["a"], barge_in=False))
    await settle()
    plant.plays({"type": "PlaybackFinished", "playback": {"id": "c1-play-1", "state": "done"}})
    assert not playing.done()
    assert plant.wire.lines[-1] == "POST channels/c1/play/c1-play-2"
    plant.plays({"type": "PlaybackFinished", "playback": {"id": "c1-play-2", "state": "done"}})
    assert await playing


async def test_a_call_taken_over_while_the_link_breaks_is_silenced_when_it_is_back():
    """Nothing is known of what plays there, so all that could is stopped."""
    plant = Plant()
    line = plant.arrives()
    write, plant.wire.requests.write = plant.wire.requests.write, None
    await line.take_over()
    plant.wire.requests.write, plant.wire.silent = write, True
    taking_over = asyncio.ensure_future(line.take_over())
    await settle()
    plant.wire.requests.link_lost()
    await taking_over
    plant.wire.requests.write, plant.wire.silent = write, False
    await line.remember({"SB_NODE": "menu"})
    assert plant.wire.lines[-5:] == [f"DELETE playbacks/c1-play-{number}" for number in range(4)] + ["POST channels/c1/variable"]


async def test_a_play_that_is_cancelled_stops_sounding():
    """A flow that is taken away takes its prompt with it."""
    plant = Plant()
    line = plant.arrives()
    playing = asyncio.ensure_future(line.play(["a"], barge_in=False))
    await settle()
    playing.cancel()
    await asyncio.gather(playing, return_exceptions=True)
    assert plant.wire.lines[-1] == "DELETE playbacks/c1-play-0"


async def test_a_refused_or_failed_sound_is_missing():
    """Both ways in which Asterisk says that it cannot play."""
    plant = Plant()
    line = plant.arrives()
    plant.wire.refuse["/play/"] = 500
    with pytest.raises(SoundMissing):
        await line.play(["a"], barge_in=False)
    plant.wire.refuse["/play/"] = 404
    with pytest.raises(LineGone):
        await line.play(["a"], barge_in=False)
    assert await line.play([], barge_in=False)


async def test_a_broken_link_reaches_whoever_waits_on_a_line():
    """Prompts and questions end as PhoneSystemAway, and the line is good again afterwards."""
    plant = Plant()
    line = plant.arrives()
    waits = [asyncio.ensure_future(one) for one in (line.play(["a"], barge_in=False), line.digit(10))]
    await settle()
    line.link_lost()
    for wait in waits:
        with pytest.raises(PhoneSystemAway):
            await wait
    plant.says("ChannelDtmfReceived", digit="5")
    assert await line.digit(1) == "5"


async def test_only_our_names_are_kept_at_a_channel():
    """remember() cannot be used to set anything else."""
    plant = Plant()
    line = plant.arrives()
    await line.remember({"SB_NODE": "menu"})
    assert plant.wire.sent[-1] == ("POST channels/c1/variable", {"variable": "SB_NODE", "value": "menu"}, {})
    with pytest.raises(ValueError, match="SB_"):
        await line.remember({"CALLERID(num)": "1"})
