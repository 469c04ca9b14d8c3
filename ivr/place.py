"""Where a caller is in the flows, and where they go next. Pure."""

from __future__ import annotations

from attrs import frozen

from ivr.flow import Flow, FlowSet
from ivr.node import Node


@frozen
class Place:
    """A node of a flow."""

    flow: Flow
    node: Node

    @property
    def is_start(self) -> bool:
        """Whether callers come in here."""
        return self.flow.start == self.node.id


def start_of(flow: Flow) -> Place:
    """Where `flow` begins."""
    return Place(flow, flow.nodes[flow.start])


def first_place(flows: FlowSet, dialled: str) -> Place | None:
    """Where a caller of the `dialled` number comes in; None when it leads nowhere."""
    flow = flows.of_number(dialled)
    return start_of(flow) if flow else None


def remembered_place(flows: FlowSet, dialled: str, flow: str, node: str) -> Place | None:
    """Where an adopted caller was, as remembered at the line; the beginning when that is no longer there."""
    known = flows.flows.get(flow)
    if known and node in known.nodes:
        return Place(known, known.nodes[node])
    return first_place(flows, dialled)


def next_place(flows: FlowSet, place: Place, taken: str, next_flow: str) -> Place | None:
    """Behind the exit `taken`, or at the start of `next_flow`; None when the call ends there."""
    if next_flow:
        return start_of(flows.flows[next_flow])
    target = place.node.leads_to(taken)
    return Place(place.flow, place.flow.nodes[target]) if target else None
