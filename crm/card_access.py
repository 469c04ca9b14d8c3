"""What of a call's card a user may see: without the right to view, no more than who it is and whose contact it is. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.access import Viewer

TOLD = ("id", "name", "kind", "expert", "expert_name")
"""What everybody who gets the call is told of a customer."""
NOTHING: Mapping[type, Any] = {list: [], str: "", int: 0, bool: False}


def shown_to(card: Mapping[str, Any], viewer: Viewer) -> Mapping[str, Any]:
    """The card as `viewer` may see it: hidden customers have `hidden` set and nothing but what TOLD names."""
    if viewer.level("party") == "all" and viewer.level("communication") == "all":
        return card
    return {**card, "parties": [_party(one, viewer) for one in card["parties"]]}


def _party(party: Mapping[str, Any], viewer: Viewer) -> dict[str, Any]:
    owners = {"expert": party["expert"], "experts": party["experts"], "created_by": party["made_by"]}
    if not viewer.may_with("party", "view", owners):
        empty = {name: NOTHING.get(type(value)) for name, value in party.items() if name not in TOLD}
        return {**empty, **{name: party[name] for name in TOLD}, "hidden": True}
    said = [one for one in party["communications"] if viewer.may_with("communication", "view", {"expert": one["user"]})]
    return {**party, "communications": said, "calls_this_month": party["calls_this_month"] if said else 0}
