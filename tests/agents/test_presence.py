"""Presence: what an agent wants and what they do are two things."""

from __future__ import annotations

import pytest
from hypothesis import given, settings, strategies as st

from agents.presence import ACTIVITIES, INTENTS, MOVES, NEEDED, Intent, Presence
from switchboard.events import AgentActivityChanged, AgentIntentAsked, AgentIntentChanged, AgentReachable


def test_a_new_agent_is_offline_idle_and_cannot_be_reached() -> None:
    """Nobody is offered calls before they say so."""
    now = Presence("maryam").now()
    assert (now.intent, now.activity, now.reachable) == ("offline", "idle", False)


def test_an_intent_takes_effect_at_once_when_no_call_needs_the_agent() -> None:
    """Available is available now."""
    presence = Presence("maryam")
    assert presence.ask(Intent("available"), 5.0) == [AgentIntentChanged(at=5.0, agent="maryam", intent="available")]
    assert presence.now().since == 5.0


@pytest.mark.parametrize("during", sorted(NEEDED))
def test_a_break_asked_for_during_a_call_begins_after_it(during: str) -> None:
    """The agent presses "break" while talking: told as asked for, in effect when the call is over."""
    presence = Presence("maryam", Intent("available"))
    presence.move("rung", 1.0, call="call-1")
    if during != "ringing":
        presence.move("answered", 2.0)
    if during == "hold":
        presence.move("held", 3.0)
    asked = presence.ask(Intent("on_break", "lunch"), 4.0)
    assert asked == [AgentIntentAsked(at=4.0, agent="maryam", intent="on_break", reason="lunch")]
    assert (presence.intent.name, presence.now().pending) == ("available", Intent("on_break", "lunch"))
    told = presence.move("missed" if during == "ringing" else "finished", 9.0)
    assert [type(one) for one in told] == [AgentActivityChanged, AgentIntentChanged]
    assert presence.intent == Intent("on_break", "lunch")
    assert presence.pending is None


def test_taking_a_pending_break_back_leaves_the_agent_as_they_were() -> None:
    """Asking for what one already is takes the wish back."""
    presence = Presence("maryam", Intent("available"), activity="talking")
    presence.ask(Intent("on_break", "lunch"), 1.0)
    assert presence.ask(Intent("available"), 2.0) == [AgentIntentAsked(at=2.0, agent="maryam", intent="available")]
    assert presence.pending is None
    assert [type(one) for one in presence.move("finished", 3.0)] == [AgentActivityChanged]


def test_wrap_up_carries_its_end_and_its_call() -> None:
    """The countdown is the server's."""
    presence = Presence("maryam", activity="talking", call="call-1")
    (told,) = presence.move("wrapping", 10.0, until=40.0)
    assert told == AgentActivityChanged(at=10.0, agent="maryam", activity="wrap_up", call="call-1", until=40.0)
    (told,) = presence.move("wrapped", 20.0)
    assert told == AgentActivityChanged(at=20.0, agent="maryam", activity="idle", call="", until=0.0)


def test_a_phone_that_comes_or_goes_is_told_once() -> None:
    """Reachable is told when it changes."""
    presence = Presence("maryam")
    assert presence.seen(reachable=True, now=1.0) == [AgentReachable(at=1.0, agent="maryam", reachable=True)]
    assert presence.seen(reachable=True, now=2.0) == []


def test_an_impossible_move_is_refused() -> None:
    """Nobody answers what does not ring."""
    with pytest.raises(KeyError):
        Presence("maryam").move("answered", 1.0)


def test_every_activity_can_be_reached_and_left() -> None:
    """The table has no dead end: no agent is stuck in a state."""
    assert {activity for activity, _ in MOVES} == set(MOVES.values()) == set(ACTIVITIES)


steps = st.one_of(
    st.sampled_from(sorted({happened for _, happened in MOVES})),
    st.builds(Intent, st.sampled_from(INTENTS), st.sampled_from(["", "lunch"])),
    st.booleans(),
)


@settings(max_examples=300)
@given(st.lists(steps, max_size=60))
def test_any_day_keeps_the_two_axes_apart(day: list[str | Intent | bool]) -> None:
    """Whatever comes in whatever order: events and state agree, and a wish waits exactly while a call needs the agent."""
    presence = Presence("maryam")
    intent, activity, reachable = presence.intent, presence.activity, False
    for now, step in enumerate(day):
        before = presence.intent
        if isinstance(step, bool):
            told = presence.seen(reachable=step, now=now)
        elif isinstance(step, Intent):
            told = presence.ask(step, now)
        elif presence.can(step):
            told = presence.move(step, now, call="call-1", until=now + 30.0)
        else:
            continue
        for event in told:
            if isinstance(event, AgentIntentChanged):
                intent = Intent(event.intent, event.reason)
            elif isinstance(event, AgentActivityChanged):
                activity = event.activity
            elif isinstance(event, AgentReachable):
                reachable = event.reachable
        assert (presence.intent, presence.activity, presence.reachable) == (intent, activity, reachable)
        assert presence.activity not in NEEDED or presence.intent == before
        assert presence.activity in NEEDED or presence.pending is None
        assert (presence.call == "") == (presence.activity == "idle")
        assert (presence.until > 0) == (presence.activity == "wrap_up")
