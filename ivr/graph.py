"""Checks over how nodes lead to one another, whatever the nodes are: unreachable ones, loops, ways without an end. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

N = TypeVar("N")

Graph = Mapping[N, tuple[N, ...]]
"""Each node with those it leads to; all of them keys."""


def reachable(graph: Graph[N], starts: Iterable[N]) -> frozenset[N]:
    """What can be come to from `starts`, these included."""
    seen: set[N] = set()
    waiting = [start for start in starts if start in graph]
    while waiting:
        node = waiting.pop()
        if node not in seen:
            seen.add(node)
            waiting.extend(graph[node])
    return frozenset(seen)


def without_end(graph: Graph[N], ends: Iterable[N]) -> frozenset[N]:
    """Nodes from which no way leads to one of `ends`."""
    with_end = reachable(_backwards(graph), ends)
    return frozenset(graph) - with_end


def on_loops(graph: Graph[N]) -> frozenset[N]:
    """Nodes from which a way leads back to themselves."""
    core = _without_leaves(_backwards(_without_leaves(graph)))  # no loop leaves it, and it is small or empty
    return frozenset(node for node, following in core.items() if node in reachable(core, following))


def _without_leaves(graph: Graph[N]) -> Graph[N]:
    """The nodes that remain when those that lead nowhere are taken away, again and again."""
    before = _backwards(graph)
    ways_on = {node: len(following) for node, following in graph.items()}
    leaves = [node for node, count in ways_on.items() if not count]
    gone: set[N] = set()
    while leaves:
        leaf = leaves.pop()
        gone.add(leaf)
        for node in before[leaf]:
            ways_on[node] -= 1
            if not ways_on[node]:
                leaves.append(node)
    return {node: tuple(one for one in following if one not in gone) for node, following in graph.items() if node not in gone}


def _backwards(graph: Graph[N]) -> Graph[N]:
    """The same graph with its arrows turned round."""
    turned: dict[N, list[N]] = {node: [] for node in graph}
    for node, following in graph.items():
        for one in following:
            turned[one].append(node)
    return {node: tuple(before) for node, before in turned.items()}
