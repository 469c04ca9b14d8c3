"""Whether what records are to point to is there, and whether their user may point to it; the same for one change and for a batch of new records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set as AbstractSet
from typing import Any

from sqlalchemy import Connection, select

from config.among import among
from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Values
from crm.query_access import allowed
from crm.record_shape import pointed
from crm.tables import account

LOOKED_UP_AT_ONCE = 500
LARGEST_ID = 2**31 - 1
"""No record has a higher one; PostgreSQL would refuse the question instead of answering it."""

Wanted = dict[str, dict[Any, list[tuple[int, str]]]]


class ReferenceGone(Refusal):
    """A link to a record that is not there (any more), or that the user may not choose: for them it is not there."""

    code = "reference_gone"
    status = 422
    sentence = _("The chosen record {record} does not exist any more; choose another.")


def missing(
    connection: Connection, entity: Entity, wholes: Sequence[Values | None], entities: Mapping[str, Entity], viewer: Viewer | None, old: Values | None = None
) -> Iterator[tuple[int, str, ReferenceGone]]:  # fmt: skip
    """Of each new link that cannot be: which of `wholes` has it, the field's path, and why. Links that `old` has are not asked about.

    `viewer`: who must be allowed to choose the record; None when the product links by itself.
    """
    kept = {(target, number) for target, number, _path in pointed(entity, old)} if old else frozenset()
    for target, wanted in _wanted(entity, wholes, kept).items():
        for number in set(wanted) - there(connection, target, list(wanted), entities, viewer):
            for place, path in wanted[number]:
                yield place, path, ReferenceGone(field=path, record=number)


def there(connection: Connection, target: str, wanted: Sequence[Any], entities: Mapping[str, Entity], viewer: Viewer | None) -> set[Any]:
    """Which of these users or records of `target` may be pointed to."""
    if target != "user" and target not in entities:
        return set()
    column = account.c.username if target == "user" else entities[target].table.c.id
    if target != "user":
        wanted = [number for number in wanted if number <= LARGEST_ID]
    chosen = select(column) if target == "user" or viewer is None else select(column).where(allowed(entities[target], viewer, "choose"))
    return {value for some in cut(wanted) for value in connection.execute(chosen.where(among(column, some))).scalars()}


def cut(values: Sequence[Any]) -> list[Sequence[Any]]:
    """As many at once as a statement takes."""
    return [values[start : start + LOOKED_UP_AT_ONCE] for start in range(0, len(values), LOOKED_UP_AT_ONCE)]


def _wanted(entity: Entity, wholes: Sequence[Values | None], kept: AbstractSet[tuple[str, Any]]) -> Wanted:
    """What they point to anew: {entity or "user": {id: [(which of them, the field's path)]}}."""
    found: Wanted = {}
    for place, whole in enumerate(wholes):
        for target, value, path in pointed(entity, whole) if whole else ():
            if (target, value) not in kept:
                found.setdefault(target, {}).setdefault(value, []).append((place, path))
    return found
