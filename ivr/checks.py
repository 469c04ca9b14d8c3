"""Checks that need more than one node: unreachable nodes, loops with no way out, numbers that two flows want. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from config.translations import _
from ivr.flow import Flow
from ivr.graph import Graph, on_loops, reachable, without_end
from ivr.node import Node
from ivr.problem import Problem, say
from ivr.reading import Reading

Place = tuple[str, str]
"""(flow, node)."""


def unreachable(exits: Mapping[str, tuple[str, ...]], start: str, lines: Mapping[str, int], reading: Reading) -> None:
    """Note every node that no caller can come to."""
    for node in exits.keys() - reachable(exits, [start]):
        reading.node = node
        what = say(_("No caller can come to this node."))
        reading.wrong("node_unreachable", lines[node], what, say(_("Lead an exit of another node here, or remove it.")))
    reading.node = ""


def against_each_other(flows: Sequence[Flow], *, complete: bool) -> Iterator[Problem]:
    """What flows say against each other; their ways only when they are `complete`, that is without problems of their own."""
    yield from _twice(flows)
    if complete:
        yield from _endless(flows)


def _twice(flows: Sequence[Flow]) -> Iterator[Problem]:
    """Names, numbers and the default that more than one flow claims."""
    names: dict[str, Flow] = {}
    numbers: dict[str, Flow] = {}
    defaults = [flow for flow in flows if flow.default]
    for flow in flows:
        if (first := names.setdefault(flow.name, flow)) is not flow:
            what = say(_("The flow's name “{name}” is taken by {file}."), name=flow.name, file=first.file)
            yield Problem("name_twice", flow.file, 0, "", what, say(_("Give one of them another “name:”.")))
        for number in flow.numbers:
            if (first := numbers.setdefault(number, flow)) is not flow:
                line = first.lines[number]
                what = say(_("The number {number} leads to {file}, line {line}, already."), number=number, file=first.file, line=line)
                yield Problem("number_taken", flow.file, flow.lines[number], "", what, say(_("Remove it from one of the two flows.")))
    for flow in defaults[1:]:
        what = say(_("{file} takes every other number already."), file=defaults[0].file)
        yield Problem("default_twice", flow.file, 0, "", what, say(_("Only one flow may say “default: yes”.")))


def _endless(flows: Sequence[Flow]) -> Iterator[Problem]:
    """Circles that callers cannot leave, within a flow or across flows; one problem for each circle."""
    by_name = {flow.name: flow for flow in flows}
    nodes = {(flow.name, node.id): node for flow in flows for node in flow.nodes.values()}
    ways: Graph[Place] = {place: _ways(place, node, by_name) for place, node in nodes.items()}
    quick = frozenset(place for place, node in nodes.items() if not node.caller_stays)
    unasked: Graph[Place] = {place: tuple(one for one in ways[place] if one in quick) for place in quick}
    stuck = without_end(ways, [place for place, node in nodes.items() if node.may_end()])
    if stuck:
        circles = on_loops(ways)
        stuck &= circles
    told: set[Place] = set()
    for place in sorted(stuck | on_loops(unasked)):
        if place not in told:
            told |= {other for other in reachable(ways, [place]) if place in reachable(ways, [other])}
            flow, node = by_name[place[0]], place[1]
            yield Problem("loop", flow.file, flow.lines[node], node, say(CIRCLE), say(CIRCLE_CURE))


CIRCLE = _("Callers would go round in a circle here, with no way out.")
CIRCLE_CURE = _("Let the circle pass a menu or a queue, and give it an exit that ends, such as a node of the kind hang_up.")


def _ways(place: Place, node: Node, flows: Mapping[str, Flow]) -> tuple[Place, ...]:
    ways = [(place[0], target) for target in node.exits.values()]
    if other := node.other_flow():
        ways.append((other, flows[other].start))
    return tuple(ways)
