"""Whether a hook's condition holds together for every kind of record that the hook is for. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crm.entity import Entity
from crm.expression import parse
from crm.query import World, predicate


def check(condition: Any, entities: Iterable[Entity], world: World) -> None:
    """Raise ExpressionRefused (or the refusal of a value) where it names what one of `entities` has not, or the hook's owner may not see."""
    if (parsed := parse(condition)) is None:
        return
    for entity in entities:
        predicate(parsed, entity, world)
