"""Longest idle: the agent who has been ready for the longest time (the usual default)."""

from __future__ import annotations

from collections.abc import Sequence

from agents.choosing import Candidate, Offer, offer_first
from agents.queue import Waiting


def choose(waiting: Sequence[Waiting], agents: Sequence[Candidate]) -> Offer | None:
    """The first caller to whoever is idle for the longest time."""
    return offer_first(waiting, agents, lambda one: (one.idle_since, one.agent))
