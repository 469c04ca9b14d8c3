"""A call flow and the set of flows that serve together: the model. Pure; read from text by ivr.flow_text.

    name: main                   # optional, else the file's name
    title: منوی اصلی
    numbers: ["1000"]            # the numbers that lead here; `default: yes` takes every other number
    language: fa
    start: greeting
    nodes:
      greeting: {kind: announce, prompt: "خوش آمدید.", exits: {done: menu}}
      menu: {kind: menu, prompt: "…", exits: {"1": sales, timeout: operator}}

docs/flow-nodes.md lists the kinds of nodes with their fields and exits.
"""

from __future__ import annotations

from collections.abc import Mapping

from attrs import Factory, frozen

from ivr.node import Node
from ivr.reading import PlacedSound
from ivr.sound import Prompt


@frozen
class Flow:
    """One call flow, from the file named `file`. `lines`: where nodes (by id) and numbers stand in it."""

    name: str
    title: str
    file: str
    numbers: tuple[str, ...]
    default: bool
    language: str
    start: str
    nodes: Mapping[str, Node]
    lines: Mapping[str, int]


@frozen
class FlowSet:
    """The flows that serve together. A call keeps the set that it began with."""

    flows: Mapping[str, Flow] = Factory(dict)
    library: Mapping[str, Prompt] = Factory(dict)
    sounds: tuple[PlacedSound, ...] = ()
    version: str = ""

    def of_number(self, dialled: str) -> Flow | None:
        """The flow that the `dialled` number leads to."""
        for flow in self.flows.values():
            if dialled in flow.numbers:
                return flow
        return next((flow for flow in self.flows.values() if flow.default), None)
