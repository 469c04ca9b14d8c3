"""What a routing strategy sees and says, and where strategies are found: one file each in agents/strategies.

A strategy is a pure function `choose(waiting, agents) -> Offer | None`. `waiting` holds the callers that may be offered now, who
is to be served first being first; `agents` those who are free for all of them, in no order (only the lowest penalty among the
free is shown). Ties are decided by name, so that the same floor always decides the same.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib import import_module
from typing import Protocol

from attrs import frozen

import agents.strategies
from agents.queue import Waiting


class Candidate(Protocol):
    """A free agent."""

    @property
    def agent(self) -> str:
        """Username."""

    @property
    def idle_since(self) -> float:
        """When they became ready for the next call, in UTC epoch seconds."""

    @property
    def calls(self) -> int:
        """Queue calls they answered."""

    @property
    def last_offered(self) -> float:
        """When they were last offered a caller; 0.0 for never."""


@frozen
class Offer:
    """This caller to this agent."""

    call: str
    agent: str


Strategy = Callable[[Sequence[Waiting], Sequence[Candidate]], Offer | None]


@cache
def strategies() -> Mapping[str, Strategy]:
    """Every strategy by the name of its file."""
    return {
        found.name: import_module(f"{agents.strategies.__name__}.{found.name}").choose
        for found in pkgutil.iter_modules(agents.strategies.__path__)
    }


def offer_first(
    waiting: Sequence[Waiting], candidates: Sequence[Candidate], rank: Callable[[Candidate], tuple[float | str, ...]]
) -> Offer | None:
    """The first caller to the agent of the lowest `rank`."""
    if not waiting or not candidates:
        return None
    return Offer(waiting[0].call, min(candidates, key=rank).agent)
