"""Callers led through flows, on a telephone system in memory."""

from __future__ import annotations

import asyncio
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from config.clock import FakeClock
from config.loops import LOOP, Tasks
from ivr.flow import FlowSet
from ivr.library import TEXTS, library
from ivr.walk import MOST_STEPS, Walker
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import AlarmCleared, AlarmRaised, CallEnded, Event, FlowsLoaded, StepTaken
from switchboard.reception import Reception
from tests.fakes.phones import FakeLine, FakePhones, settle
from tests.ivr.builders import MAIN, QUEUES, FakeRoom, FakeShelf, flows, one_flow


class Reachable:
    """The flows that serve now, as a test sets them."""

    def __init__(self, live: FlowSet) -> None:
        self.live = live


class Town:
    """Callers, a telephone system, and the walker between them."""

    def __init__(self, *texts: str, queues: frozenset[str] = QUEUES) -> None:
        self.bus, self.clock, self.tasks = Bus(), FakeClock(), Tasks("flows")
        self.phones = FakePhones(self.bus, self.clock)
        self.flows = Reachable(flows(*texts) if texts else FlowSet(library=library({})))
        self.shelf, self.room = FakeShelf(), FakeRoom(queues)
        self.walker = Walker(
            self.bus, self.clock, self.flows, self.shelf, self.room, self.tasks, last_resort=self.phones.to_static_queue, language="en"
        )
        self.calls = Calls(self.bus, self.clock)
        self.phones.on_line = Reception(self.calls, self.walker).arrive
        self.told: list[Event] = []
        self.bus.witness(lambda _number, event: self.told.append(event))

    async def call_in(self, dialled: str = "1000") -> str:
        call = self.phones.call_in(dialled=dialled)
        await settle()
        return call

    async def pass_seconds(self, seconds: float) -> None:
        """Wind the clock in small steps, so that every wait of the walk begins in its time."""
        for _step in range(round(seconds * 2)):
            self.clock.advance(0.5)
            await settle(6)

    async def press(self, call: str, keys: str) -> None:
        self.phones.press(call, keys)
        await settle()

    def line(self, call: str) -> FakeLine:
        return self.phones.lines[call]

    @property
    def steps(self) -> list[str]:
        return [f"{one.node}→{one.exit}" + (f" ({one.detail})" if one.detail else "") for one in self.of(StepTaken)]

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.told if isinstance(event, kind)]

    async def end(self) -> None:
        await self.tasks.stop()


async def test_a_caller_goes_from_greeting_to_queue():
    """Each step is told with its times, and the place is remembered at the line."""
    town = Town(MAIN)
    call = await town.call_in()
    line = town.line(call)
    assert town.phones.calls[call].answered
    assert line.heard == ["Welcome."]
    await town.pass_seconds(2)
    assert line.heard == ["Welcome.", "Press 1 or 2."]
    assert town.phones.calls[call].variables == {"SB_FLOW": "main", "SB_NODE": "menu"}
    await town.press(call, "1")
    assert town.room.waits == {call: ("sales", 60.0)}
    assert town.phones.calls[call].variables["SB_NODE"] == "sales"
    assert town.steps == ["greeting→done", "menu→1 (1)"]
    greeting, menu = town.of(StepTaken)
    assert (greeting.entered_at, greeting.at, menu.entered_at) == (1_700_000_000.0, 1_700_000_001.0, 1_700_000_001.0)
    assert (greeting.flow, greeting.kind) == ("main", "announce")
    town.room.end(call, "answered")
    await settle()
    assert town.steps[-1] == "sales→answered (sales)"
    assert len(town.walker) == 0
    await town.end()


async def test_keys_typed_ahead_skip_everything_up_to_their_menu():
    """A regular caller types 2 during the greeting and waits in the queue at once."""
    town = Town(MAIN)
    call = await town.call_in()
    await town.press(call, "2")
    assert town.room.waits == {call: ("support", None)}
    assert town.line(call).heard == ["Welcome."]
    assert town.steps == ["greeting→done", "menu→2 (2)"]
    await town.end()


async def test_keys_before_the_first_sound_count_as_well():
    """Typed between dialling and answering."""
    town = Town(one_flow("a: {kind: announce, prompt: Hello., barge_in: no, exits: {done: b}}\n"
                         "b: {kind: menu, prompt: Press., exits: {1: c}}\nc: {kind: menu, prompt: Again., exits: {2: d}}\nd: {kind: hang_up}"))  # fmt: skip
    call = await town.call_in()
    await town.press(call, "12")
    await town.pass_seconds(2)
    assert town.steps == ["a→done", "b→1 (1)", "c→2 (2)", "d→ended"]
    assert town.phones.nothing_left


async def test_silence_and_wrong_keys_are_answered_politely_and_end_at_the_operator():
    town = Town(MAIN)
    call = await town.call_in()
    await town.pass_seconds(2)
    await town.press(call, "7")
    line = town.line(call)
    assert line.heard[2:] == [TEXTS["not_understood"]["en"]]
    await town.pass_seconds(7)
    assert line.heard[3:] == ["Press 1 or 2.", TEXTS["nothing_pressed"]["en"]]
    await town.pass_seconds(8)
    assert town.steps == ["greeting→done", "menu→timeout (7 - -)"]
    assert town.room.waits == {call: ("operator", None)}
    await town.end()


async def test_a_handful_of_garbage_is_one_wrong_answer():
    """A caller who leans on the keypad hears the question again; what was typed after the wrong key is dropped."""
    town = Town(MAIN)
    call = await town.call_in()
    await town.pass_seconds(2)
    await town.press(call, "9998877ABCD##**1xyz\r\n☎")
    assert town.line(call).heard[2:] == [TEXTS["not_understood"]["en"]]
    await town.press(call, "2")
    assert town.steps[-1] == "menu→2 (9 2)"
    await town.end()


@pytest.mark.parametrize("seconds", [0, 1.5, 2.5, 6.5])
async def test_a_caller_may_hang_up_during_every_step(seconds: float):
    """During the greeting, the menu's prompt, the wait for a key, the second prompt: the step is noted, nothing is left."""
    town = Town(MAIN)
    call = await town.call_in()
    await town.pass_seconds(seconds)
    before = town.steps
    town.phones.customer_hangs_up(call)
    await settle()
    assert len(town.steps) == len(before) + 1
    assert "→hung_up" in town.steps[-1]
    (ended,) = town.of(CallEnded)
    assert ended.status == "in_menu"
    assert town.told.index(town.of(StepTaken)[-1]) < town.told.index(ended)
    assert (len(town.walker), len(town.tasks), town.clock.pending, town.phones.nothing_left) == (0, 0, 0, True)


async def test_a_caller_may_hang_up_in_the_queue():
    town = Town(MAIN)
    call = await town.call_in()
    await town.press(call, "1")
    town.phones.customer_hangs_up(call)
    town.room.end(call, "gone")
    await settle()
    assert town.steps[-1] == "sales→hung_up (sales)"
    assert len(town.tasks) == 0


async def test_a_caller_may_be_gone_before_anything_is_heard():
    """Hung up between dialling and answering: the first step notes it."""
    town = Town(MAIN)
    call = town.phones.call_in()
    town.phones.customer_hangs_up(call)
    await settle()
    assert town.steps == ["greeting→hung_up"]
    assert len(town.tasks) == 0


async def test_the_last_word_is_heard_and_the_cause_given():
    town = Town(MAIN)
    call = await town.call_in()
    await town.press(call, "1")
    line = town.line(call)
    town.room.end(call, "timeout")
    await town.pass_seconds(2)
    assert line.heard[-1] == "Goodbye."
    assert town.steps[-2:] == ["sales→timeout (sales)", "bye→ended"]
    assert town.of(CallEnded)[0].cause == 17
    assert town.told.index(town.of(StepTaken)[-1]) < town.told.index(town.of(CallEnded)[0])


async def test_where_an_exit_leads_nowhere_the_call_ends_politely():
    """A menu without a timeout's way says goodbye and hangs up."""
    town = Town(one_flow("a: {kind: menu, prompt: Press., retries: 0, exits: {1: a}}"))
    call = await town.call_in()
    line = town.line(call)
    await town.pass_seconds(8)
    assert line.heard == ["Press.", TEXTS["goodbye"]["en"]]
    assert town.steps == ["a→timeout (-)"]
    assert town.phones.nothing_left


async def test_an_unknown_number_is_told_so():
    """A polite sentence, then the network learns that the number does not exist."""
    town = Town(MAIN)
    call = await town.call_in("4711")
    line = town.line(call)
    await town.pass_seconds(1)
    assert line.heard == [TEXTS["unknown_number"]["en"]]
    assert town.of(CallEnded)[0].cause == 1


async def test_without_any_flow_callers_go_to_the_static_queue():
    town = Town()
    call = await town.call_in()
    assert town.phones.hears(call) == "static-queue"


async def test_language_and_other_flows_are_followed():
    """Press 2 for English; the other flow begins at its start and is told under its own name."""
    first = one_flow(
        """
        a: {kind: menu, prompt: {fa: بفرمایید, en: Go on}, exits: {2: b, 3: c}}
        b: {kind: language, language: en, exits: {done: a}}
        c: {kind: go_to, flow: second}
        """,
        top="numbers: ['1000']\nlanguage: fa",
    )
    town = Town(first, one_flow("a: {kind: menu, prompt: {fa: دوم, en: Second}, exits: {1: a}}", top="language: fa"))
    call = await town.call_in()
    await town.press(call, "2")
    assert town.line(call).heard == ["بفرمایید", "Go on"]
    assert town.phones.calls[call].variables == {"SB_FLOW": "main", "SB_NODE": "a@en"}
    await town.press(call, "3")
    assert town.line(call).heard[2:] == ["دوم"]
    assert town.of(StepTaken)[-1].detail == "second"
    assert town.phones.calls[call].variables == {"SB_FLOW": "second", "SB_NODE": "a"}
    await town.end()


async def test_opening_hours_decide():
    nodes = "a: {kind: hours, weekly: {tuesday: '22:13-23:00'}, timezone: UTC, exits: {open: b, closed: c}}\nb: {kind: hang_up}\nc: {kind: hang_up}"
    town = Town(one_flow(nodes))
    await town.call_in()
    town.clock.advance(3600)
    await town.call_in()
    assert town.steps == ["a→open (1402/08/23 22:13)", "b→ended", "a→closed (1402/08/23 23:13)", "c→ended"]


async def test_an_adopted_caller_goes_on_where_they_were():
    """In the language they had chosen; from the beginning when the node is no longer there."""
    town = Town(MAIN)
    call = await town.call_in()
    line = town.line(call)
    town.walker.resume(line, "main", "menu@fa")
    await settle()
    assert line.heard[1:] == ["Press 1 or 2."]
    await town.pass_seconds(6)
    assert line.heard[2:] == [TEXTS["nothing_pressed"]["fa"]]
    town.walker.resume(line, "main", "gone")
    await settle()
    assert line.heard[3:] == ["Welcome."]
    assert town.steps == []
    assert len(town.walker) == 1
    await town.end()


async def test_when_the_link_breaks_nothing_is_told_and_the_call_is_left_alone():
    """Asterisk plays on; once the link stands again the caller is led on from the beginning of the step, which is not over."""
    town = Town(MAIN)
    call = await town.call_in()
    await town.pass_seconds(2)
    town.phones.goes_away()
    await town.pass_seconds(30)
    assert (town.steps, town.of(AlarmRaised)) == (["greeting→done"], [])
    town.phones.comes_back()
    await settle()
    assert town.line(call).heard == ["Welcome.", "Press 1 or 2.", "Press 1 or 2."]
    await town.press(call, "1")
    assert town.room.waits[call][0] == "sales"
    assert town.of(StepTaken)[-1].entered_at == 1_700_000_001.0
    await town.end()
    assert town.clock.pending == 0


async def test_a_caller_who_hangs_up_while_the_link_is_broken_is_noted_when_it_stands_again():
    town = Town(MAIN)
    await town.call_in()
    town.phones.goes_away()
    await settle()
    town.phones.comes_back(restarted=True)
    await settle()
    assert town.steps == ["greeting→hung_up"]
    assert (len(town.tasks), town.clock.pending) == (0, 0)


async def test_a_call_that_is_to_end_ends_when_the_link_stands_again():
    """Nobody is left in silence because the order to hang up could not be given."""
    town = Town(MAIN)
    call = await town.call_in()
    await town.press(call, "1")
    town.room.end(call, "timeout")
    await town.pass_seconds(0.5)
    town.phones.away = True
    await town.pass_seconds(5)
    assert call in town.phones.calls
    town.phones.comes_back()
    await settle()
    assert town.phones.nothing_left
    assert town.steps[-1] == "bye→ended"


async def test_a_missing_prompt_is_an_apology_not_silence():
    """The flow goes on, and the prompt is asked for again."""
    town = Town(MAIN)
    town.shelf.gone = {"Welcome."}
    town.phones.missing_sounds = {"Press 1 or 2."}
    call = await town.call_in()
    await town.pass_seconds(3)
    apology = TEXTS["apology"]["en"]
    assert town.line(call).heard == [apology, apology]
    assert town.shelf.missed == ["Welcome.", "Press 1 or 2."]
    await town.press(call, "1")
    assert town.room.waits[call][0] == "sales"
    town.shelf.gone.add(apology)
    await town.end()


async def test_when_even_the_apology_is_missing_the_flow_goes_on():
    town = Town(MAIN)
    town.shelf.gone = {"Welcome.", TEXTS["apology"]["en"]}
    call = await town.call_in()
    assert town.line(call).heard == ["Press 1 or 2."]
    await town.end()


class Broken:
    """A waiting room that fails in the queues named, as a defect in our own code would."""

    def __init__(self, room: FakeRoom, queue: str) -> None:
        self._room, self._queue = room, queue

    async def wait(self, call: str, queue: str, *, max_seconds: float | None) -> str:
        if queue == self._queue:
            raise RuntimeError(queue)
        return await self._room.wait(call, queue, max_seconds=max_seconds)

    def queues(self) -> frozenset[str]:
        return self._room.queues()


async def test_a_node_that_fails_leads_to_an_apology_and_the_operator():
    """The administrator is told once, until flows are loaded anew."""
    town = Town(MAIN)
    town.walker._waiting_room = Broken(town.room, "sales")
    call = await town.call_in()
    await town.press(call, "1")
    await town.pass_seconds(1)
    assert town.steps[-1] == "sales→failed (sales)"
    assert town.line(call).heard[-1] == TEXTS["apology"]["en"]
    assert town.room.waits == {call: ("operator", None)}
    again = await town.call_in()
    await town.press(again, "1")
    assert [alarm.code for alarm in town.of(AlarmRaised)] == ["flow_failed"]
    town.bus.tell(FlowsLoaded(at=0.0, version="x"))
    assert [alarm.code for alarm in town.of(AlarmCleared)] == ["flow_failed"]
    town.room.end(call, "timeout")
    await town.pass_seconds(2)
    assert call not in town.phones.calls
    await town.end()


async def test_when_the_operator_fails_too_the_static_queue_takes_the_caller():
    town = Town(MAIN)
    town.room.broken = True
    call = await town.call_in()
    await town.press(call, "1")
    await town.pass_seconds(1)
    assert town.phones.hears(call) == "static-queue"


async def test_without_an_operators_queue_the_static_queue_takes_the_caller():
    town = Town(MAIN, queues=frozenset({"sales"}))
    town.walker._waiting_room = Broken(town.room, "sales")
    call = await town.call_in()
    await town.press(call, "1")
    await town.pass_seconds(1)
    assert town.phones.hears(call) == "static-queue"


async def test_when_everything_fails_the_call_ends_and_says_why():
    town = Town(MAIN)
    town.room.broken = True

    async def full(_call: str) -> None:
        raise RuntimeError("no static queue")

    town.walker._last_resort = full
    call = await town.call_in()
    await town.press(call, "1")
    await town.pass_seconds(1)
    assert town.of(CallEnded)[0].cause == 41
    assert len(town.tasks) == 0


async def test_a_circle_that_validation_cannot_see_is_cut():
    """Hours that change under way, or a defect: after so many steps the operator takes over."""
    town = Town(MAIN)
    menu = town.flows.live.flows["main"].nodes["menu"]
    object.__setattr__(menu, "exits", {"1": "menu"})
    call = await town.call_in()
    for _press in range(MOST_STEPS):
        town.phones.press(call, "1")
        await settle(12)
    await town.pass_seconds(1)
    assert town.room.waits == {call: ("operator", None)}
    assert len(town.of(StepTaken)) == MOST_STEPS
    await town.end()


async def test_a_running_call_keeps_the_flows_it_began_with():
    """A reload during the greeting: this caller hears the old menu, the next one the new."""
    town = Town(MAIN)
    old = await town.call_in()
    town.flows.live = flows(MAIN.replace("Press 1 or 2.", "Press anything."))
    new = await town.call_in()
    await town.pass_seconds(1)
    assert town.line(old).heard[1:] == ["Press 1 or 2."]
    assert town.line(new).heard[1:] == ["Press anything."]
    await town.end()


acts = st.lists(st.one_of(st.sampled_from([*"0123456789*#AD", "12", "99", "hang up"]), st.floats(0.5, 7)), max_size=12)


@settings(max_examples=150, deadline=None)
@given(acts)
def test_whatever_callers_do_they_are_led_to_an_end(script: list[str | float]):
    """Any keys, pauses and hang-ups: every step is told once, in order, and the caller ends in a queue or is gone; nothing is left."""

    async def play() -> None:
        town = Town(MAIN)
        call = await town.call_in()
        for act in script:
            if isinstance(act, float):
                await town.pass_seconds(act)
            elif act != "hang up":
                await town.press(call, act)
            elif call in town.phones.calls:
                town.phones.customer_hangs_up(call)
                await settle()
        await town.pass_seconds(30)
        steps = town.of(StepTaken)
        assert [step.node for step in steps][:2] == ["greeting", "menu"][: len(steps)]
        assert all(before.at == after.entered_at for before, after in pairwise(steps))
        if call in town.phones.calls:
            assert town.room.waits[call][0] in QUEUES
        elif call in town.room.waits:
            town.room.end(call, "gone")
        else:
            assert steps[-1].exit == "hung_up"
        assert not town.of(AlarmRaised)
        await town.end()
        assert town.clock.pending == 0

    LOOP.run_until_complete(asyncio.wait_for(play(), 60))
