"""What a record is found by, and whose own it is: from its values and the names of what it points to. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crm.entity import Entity
from crm.fields.kind import Showing


def found_by(entity: Entity, whole: Mapping[str, Any], showing: Showing) -> set[str]:
    """The search tokens of a record; `showing` has the names of what it points to."""
    found: set[str] = set()
    for one in entity.searched:
        if (value := whole.get(one.name)) is not None:
            found |= one.kind.tokens(value, showing)
    if entity.more_tokens:
        found |= entity.more_tokens(whole, showing.titles)
    return found


def owners_of(whole: Mapping[str, Any], otherwise: str) -> set[str]:
    """The users whose own record it is: its experts, or when there are none `otherwise` (who made it)."""
    return {*filter(None, (whole.get("expert"),)), *(whole.get("experts") or ())} or {otherwise}
