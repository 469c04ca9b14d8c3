"""Round robin: the agent whose last offer is the longest ago, answered or not."""

from __future__ import annotations

from collections.abc import Sequence

from agents.choosing import Candidate, Offer, offer_first
from agents.queue import Waiting


def choose(waiting: Sequence[Waiting], agents: Sequence[Candidate]) -> Offer | None:
    """The first caller to whoever was offered one the longest time ago."""
    return offer_first(waiting, agents, lambda one: (one.last_offered, one.idle_since, one.agent))
