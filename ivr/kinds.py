"""The kinds of nodes there are: every file of ivr/nodes that declares one. Nothing is listed a second time."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import ivr.nodes
from ivr.node import Node


@cache
def kinds() -> Mapping[str, type[Node]]:
    """Kinds of nodes by name, in alphabetical order."""
    found: dict[str, type[Node]] = {}
    for module in pkgutil.iter_modules(ivr.nodes.__path__):
        declared = importlib.import_module(f"ivr.nodes.{module.name}")
        for thing in vars(declared).values():
            if isinstance(thing, type) and issubclass(thing, Node) and thing.__module__ == declared.__name__:
                found[thing.kind] = thing
    return dict(sorted(found.items()))
