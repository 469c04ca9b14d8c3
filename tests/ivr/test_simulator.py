"""Trying a flow without a telephone."""

from __future__ import annotations

import pytest

from ivr.simulator import ScriptUnreadable, simulate
from tests.ivr.builders import MAIN, QUEUES, flows, one_flow

TUESDAY_NIGHT = 1_700_000_000.0  # 2023-11-14 22:13 UTC


async def tried(text: str, script: str = "", *, dialled: str = "1000", outcome: str = "answered") -> list[str]:
    """What happens, in English."""
    happenings = await simulate(flows(text), dialled, script, at=TUESDAY_NIGHT, queues=QUEUES, outcome=outcome)
    return [happening.text("en") for happening in happenings]


async def test_a_flow_is_read_like_a_script():
    assert await tried(MAIN, "9 - 1", outcome="timeout") == [
        "The caller hears: Welcome.",
        "Step: main/greeting → done",
        "The caller hears: Press 1 or 2.",
        "The caller presses 9",
        "The caller hears: That is not one of the choices.",
        "The caller hears: Press 1 or 2.",
        "The caller presses nothing for 5 seconds",
        "The caller hears: No key was pressed.",
        "The caller hears: Press 1 or 2.",
        "The caller presses 1",
        "Step: main/menu → 1",
        "The caller waits in the queue sales (≤ 60 s)",
        "Step: main/sales → timeout",
        "The caller hears: Goodbye.",
        "Step: main/bye → ended",
        "The call ends (cause 17)",
    ]


async def test_keys_typed_ahead_and_hanging_up_are_tried_too():
    text = one_flow(
        "a: {kind: menu, prompt: First., exits: {1: b}}\nb: {kind: menu, prompt: Second., exits: {2: c}}\nc: {kind: menu, prompt: Third., exits: {3: a}}"
    )
    assert await tried(text, "12 !") == [
        "The caller hears: First.",
        "The caller presses 1",
        "Step: main/a → 1",
        "The caller presses 2",
        "Step: main/b → 2",
        "The caller hears: Third.",
        "The caller hangs up",
        "Step: main/c → hung_up",
    ]


async def test_the_moment_can_be_chosen():
    """Opening hours are tried for any time."""
    nodes = "a: {kind: hours, weekly: {wednesday: '01:00-02:00'}, exits: {open: b, closed: c}}\nb: {kind: hang_up}\nc: {kind: hang_up}"
    assert "Step: main/a → open" in await tried(one_flow(nodes))  # Tuesday night in UTC is Wednesday morning in Tehran


async def test_a_number_that_leads_nowhere_is_tried_too():
    assert (await tried(MAIN, dialled="4711"))[-1] == "The call ends (cause 1)"


async def test_a_script_that_means_nothing_is_refused():
    with pytest.raises(ScriptUnreadable, match="hello"):
        await tried(MAIN, "1 hello")
