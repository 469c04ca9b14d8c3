"""What every kind of node is: a declaration (title, exits, fields) and one coroutine that leads the caller through it.

To add a kind, put one file into ivr/nodes: its class names itself, its exits and its fields; validation, documentation,
simulator and editor derive from that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar

from attrs import frozen

from config.translations import _
from ivr.problem import Sentence
from ivr.visit import Visit

HUNG_UP = "hung_up"
"""The exit of a step during which the caller hung up."""

ENDED = "ended"
"""The exit of a step with which the flow itself ends the call."""

ANSWERED = "answered"
"""The exit of a step in which somebody answered: the flow has done its work."""

FINAL = (HUNG_UP, ENDED, ANSWERED)
"""Exits that lead nowhere."""

KEYS = "0123456789*#"
"""What can be pressed on a telephone."""


@frozen
class Exit:
    """A way out of a node. Where an exit that is not `required` is not wired, `fallback`'s way is taken, else the call ends politely."""

    name: str
    says: str
    required: bool = True
    fallback: str = ""


@frozen(kw_only=True)
class Node:
    """A node of a flow: `id` within the flow, and where each exit leads."""

    kind: ClassVar[str]
    title: ClassVar[str]
    says: ClassVar[str]
    ways: ClassVar[tuple[Exit, ...]] = ()
    keys_are_exits: ClassVar[bool] = False
    """Besides `ways`, every key of the telephone may be an exit."""
    caller_stays: ClassVar[bool] = False
    """Callers spend time here by their own will: an adopted call begins here again, and a loop through here is none."""
    ends_calls: ClassVar[bool] = False
    """The call may end here."""

    id: str
    exits: Mapping[str, str]

    async def walk(self, visit: Visit) -> str:
        """Lead the caller; returns the name of the exit. `LineGone` passes through."""
        raise NotImplementedError

    def leads_to(self, name: str) -> str | None:
        """The node behind exit `name`, or None when the call ends there."""
        if name in self.exits:
            return self.exits[name]
        fallback = next((way.fallback for way in self.ways if way.name == name), "")
        return self.exits.get(fallback)

    def may_end(self) -> bool:
        """Whether the call may end here: by the node's own doing, or through an exit that is not wired."""
        return self.ends_calls or any(self.leads_to(way.name) is None for way in self.ways)

    def other_flow(self) -> str:
        """The flow that callers go on in from here, "" for none."""
        return ""

    def wrongs(self) -> Iterator[tuple[str, Sentence, Sentence | None]]:
        """What fields and exits say against each other: (code, what, cure)."""
        yield from ()


DONE = Exit("done", _("when it is over"))
