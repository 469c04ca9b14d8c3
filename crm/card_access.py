"""What of a call's card a user may see: without the right to view, no more than who it is and whose contact it is. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from crm.access import Viewer
from crm.open_items import Source

TOLD = ("id", "name", "kind", "expert", "expert_name")
"""What everybody who gets the call is told of a customer."""
NOTHING: Mapping[type, Any] = {list: [], str: "", int: 0, bool: False}
ALWAYS = ("party", "communication", "party_group")

Owners = Callable[[str, int], Mapping[str, Any]]
"""Whose a record is (entity, id): its expert, experts and created_by; asked only for users who do not see all."""


def shown_to(card: Mapping[str, Any], viewer: Viewer, owners: Owners, open_of: Iterable[Source] = ()) -> Mapping[str, Any]:
    """The card as `viewer` may see it: hidden customers have `hidden` set and nothing but what TOLD names; what is hidden of others is left out."""
    levels = {one.entity: (one.items_level, one.money_level) for one in open_of}
    named = {*ALWAYS, *(one["kind"] for party in card["parties"] for one in party["open_items"])}
    named |= {one["entity"] for party in card["parties"] for one in party["money"]}
    named -= {"follow_up"}
    if all(viewer.level(entity) == "all" and max(levels.get(entity, (0,))) <= viewer.pattern.field_level for entity in named):
        return card
    return {**card, "parties": [_party(one, viewer, owners, levels) for one in card["parties"]]}


def may_name(card: Mapping[str, Any], party: int, viewer: Viewer) -> bool:
    """Whether `viewer` may know, outside of their own calls, that the card's customer `party` it is."""
    return viewer.level("party") == "all" or any(one["id"] == party and _may_see(one, viewer) for one in card["parties"])


def _may_see(party: Mapping[str, Any], viewer: Viewer) -> bool:
    return viewer.may_with("party", "view", {"expert": party["expert"], "experts": party["experts"], "created_by": party["made_by"]})


def _party(party: Mapping[str, Any], viewer: Viewer, owners: Owners, levels: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    if not _may_see(party, viewer):
        empty = {name: NOTHING.get(type(value)) for name, value in party.items() if name not in TOLD}
        return {**empty, **{name: party[name] for name in TOLD}, "hidden": True}
    most = viewer.pattern.field_level

    def seen(entity: str, number: int) -> bool:
        level = viewer.level(entity)
        return level == "all" or (level != "none" and viewer.may_with(entity, "view", owners(entity, number)))

    def open_to(item: Mapping[str, Any]) -> bool:
        kind = item["kind"]
        return kind == "follow_up" or (levels.get(kind, (0, 0))[0] <= most and seen(kind, item["id"]))

    company = party["company"] if party["company"] and seen("party", party["company"]["id"]) else None
    return {
        **party,
        "communications": [one for one in party["communications"] if seen("communication", one["id"])],
        "calls_this_month": party["calls_this_month"] if viewer.level("communication") == "all" else 0,
        "company": company,
        "group": party["group"] if viewer.level("party_group") == "all" else None,
        "relations": [one for one in party["relations"] if seen("party", one["id"])],
        "open_items": [one for one in party["open_items"] if open_to(one)],
        "money": [one for one in party["money"] if viewer.level(one["entity"]) == "all" and levels.get(one["entity"], (0, 0))[1] <= most],
    }
