"""Where a caller is in the flows, and where they go next. Pure."""

from __future__ import annotations

from attrs import frozen

from ivr.flow import Flow, FlowSet
from ivr.node import Node
from ivr.speech import LANGUAGES


@frozen
class Place:
    """A node of a flow."""

    flow: Flow
    node: Node


def start_of(flow: Flow) -> Place:
    """Where `flow` begins."""
    return Place(flow, flow.nodes[flow.start])


def first_place(flows: FlowSet, dialled: str) -> Place | None:
    """Where a caller of the `dialled` number comes in; None when it leads nowhere."""
    flow = flows.of_number(dialled)
    return start_of(flow) if flow else None


def remembered(place: Place, language: str, kept_flow: str) -> dict[str, str]:
    """What is kept at the channel: the flow unless it is `kept_flow`, the node, and a language that is not the flow's own."""
    node = place.node.id if language == place.flow.language else f"{place.node.id}@{language}"
    return {"SB_NODE": node} if place.flow.name == kept_flow else {"SB_FLOW": place.flow.name, "SB_NODE": node}


def remembered_place(flows: FlowSet, dialled: str, flow: str, node: str) -> tuple[Place | None, str]:
    """Where an adopted caller was, and in which language ("" = the flow's own); the beginning when that is no longer there."""
    name, _at, language = node.partition("@")
    known = flows.flows.get(flow)
    if known and name in known.nodes:
        return Place(known, known.nodes[name]), language if language in LANGUAGES else ""
    return first_place(flows, dialled), ""


def next_place(flows: FlowSet, place: Place, taken: str, next_flow: str) -> Place | None:
    """Behind the exit `taken`, or at the start of `next_flow`; None when the call ends there."""
    if next_flow:
        return start_of(flows.flows[next_flow])
    target = place.node.leads_to(taken)
    return Place(place.flow, place.flow.nodes[target]) if target else None
