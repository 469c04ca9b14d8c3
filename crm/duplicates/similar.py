"""What a record that is being written may be already: found by the entity's rules while somebody types it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, select

from crm.access import Viewer
from crm.duplicates.rules import Rule, compared, equal, rules_of, values_of_rule
from crm.entity import Entity
from crm.folding import words
from crm.query import allowed
from crm.tables import search_token

MOST = 5
MOST_TRIED = 40


@frozen
class Similar:
    """A record that may be the same. `title` is "" when the user may not see it: then only whose it is is told. `rules`: why."""

    id: int
    title: str
    expert: str
    rules: tuple[Rule, ...]

    @property
    def visible(self) -> bool:
        """Whether the user may open it."""
        return bool(self.title)


def similar(connection: Connection, entity: Entity, values: Mapping[str, Any], viewer: Viewer, record_id: int = 0) -> list[Similar]:
    """At most five records that agree with `values` (read values; the record's own id is `record_id`) under some rule."""
    reasons: dict[int, list[Rule]] = {}
    tried = 0
    for rule in rules_of(entity):
        chosen, places = compared(rule, entity)
        for wanted in values_of_rule(rule, values):
            tried += 1
            if tried > MOST_TRIED:
                break
            found = chosen.where(equal(places, wanted), entity.table.c.id != record_id)
            if (near := _narrowed(entity, rule, wanted)) is not None:
                found = found.where(near)
            for number in connection.execute(found.distinct().limit(MOST)).scalars():
                if rule not in reasons.setdefault(number, []):
                    reasons[number].append(rule)
    if not reasons:
        return []
    best = sorted(reasons, key=lambda number: (-len(reasons[number]), number))[:MOST]
    table = entity.table
    seen = set(connection.execute(select(table.c.id).where(table.c.id.in_(best), allowed(entity, viewer))).scalars())
    rows = {
        row.id: row
        for row in connection.execute(
            select(table.c.id, table.c[entity.title_field].label("title"), table.c.expert).where(table.c.id.in_(best))
        )
    }
    return [
        Similar(number, str(rows[number].title) or f"#{number}" if number in seen else "", rows[number].expert or "", tuple(reasons[number]))
        for number in best
    ]  # fmt: skip


def _narrowed(entity: Entity, rule: Rule, wanted: tuple[Any, ...]) -> Any:
    """Folded texts have no index: the search tokens of a searched text lead to the few records that have its first word."""
    for part, value in zip(rule.parts, wanted, strict=False):
        if part.is_text and part.outer.searched and (first := max(words(str(value)), key=len, default="")):
            tokens = select(search_token.c.record_id).where(search_token.c.entity == entity.name, search_token.c.token == first)
            return entity.table.c.id.in_(tokens)
    return None
