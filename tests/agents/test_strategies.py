"""Routing strategies: who of the free agents gets the caller."""

from __future__ import annotations

import pytest
from attrs import frozen

from agents.choosing import Candidate, Offer, strategies
from agents.queue import Waiting

CALLER = Waiting("call-1", "sales", since=1.0)


@frozen
class Free:
    agent: str
    idle_since: float = 0.0
    calls: int = 0
    last_offered: float = 0.0


def chosen(strategy: str, *agents: Candidate) -> str:
    offer = strategies()[strategy]((CALLER, Waiting("call-2", "sales", since=2.0)), agents)
    assert offer is not None
    assert offer.call == "call-1"
    return offer.agent


def test_strategies_are_found_by_their_folder() -> None:
    """One file, one strategy."""
    assert {"longest_idle", "fewest_calls", "round_robin"} <= set(strategies())


def test_longest_idle_takes_who_is_ready_longest() -> None:
    """The rest is shared fairly."""
    assert chosen("longest_idle", Free("reza", 20.0), Free("maryam", 10.0), Free("sara", 30.0)) == "maryam"


def test_fewest_calls_takes_who_answered_fewest() -> None:
    """The work is shared evenly; among equals the longest idle."""
    assert chosen("fewest_calls", Free("reza", 1.0, 3), Free("maryam", 9.0, 2), Free("sara", 5.0, 2)) == "sara"


def test_round_robin_takes_whose_turn_is_longest_ago() -> None:
    """Everybody in turn."""
    assert chosen("round_robin", Free("reza", last_offered=7.0), Free("maryam", last_offered=3.0)) == "maryam"


@pytest.mark.parametrize("name", sorted(strategies()))
def test_equals_are_decided_by_name_and_nobody_is_conjured_up(name: str) -> None:
    """The same floor always decides the same; without callers or agents nothing is offered."""
    choose = strategies()[name]
    assert choose((CALLER,), [Free("sara"), Free("reza")]) == choose((CALLER,), [Free("reza"), Free("sara")]) == Offer("call-1", "reza")
    assert choose((), [Free("reza")]) is None
    assert choose((CALLER,), []) is None
