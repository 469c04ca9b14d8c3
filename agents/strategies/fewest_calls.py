"""Fewest calls: the agent who has answered the fewest; the longest idle among equals."""

from __future__ import annotations

from collections.abc import Sequence

from agents.choosing import Candidate, Offer, offer_first
from agents.queue import Waiting


def choose(waiting: Sequence[Waiting], agents: Sequence[Candidate]) -> Offer | None:
    """The first caller to whoever has answered the fewest calls."""
    return offer_first(waiting, agents, lambda one: (one.calls, one.idle_since, one.agent))
