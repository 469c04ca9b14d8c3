"""Words that a record is found by only because a linked record is called so: who may not see that one does not find by its name.

A person's search tokens include the employer's name. For whom companies may be hidden a word counts only when it is the record's own,
or none of the hidden names it is linked to has it (docs/decisions/0021). Who sees everything is asked nothing more.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, literal, not_, or_, select

from crm.access import Viewer
from crm.entity import Entity
from crm.query_access import allowed
from crm.search_index import Condition, Terms
from crm.sql_words import folded

NUMBER_SIGNS = ("#", "~")


def not_by_hidden_names(entity: Entity, viewer: Viewer, terms: Terms) -> Condition | None:
    """The condition that no term is found only by the name of a record that the viewer may not see; None when there can be none."""
    named_by = entity.named_by
    if named_by is None or viewer.level(entity.name) == "all":
        return None
    words = [kept for term in terms if (kept := [prefix for prefix in term if not prefix.startswith(NUMBER_SIGNS)])]
    own = [entity.table.c[one.name] for one in entity.searched if one.name in entity.table.c and one.kind.storage in ("string", "text")]

    def condition(record: ColumnElement[int]) -> ColumnElement[bool]:
        other, mine = entity.table.alias(), entity.table.alias()
        found = []
        for word in words:
            linked = select(literal(1)).where(other.c.id.in_(named_by(record)), not_(allowed(entity, viewer, "view", other)))
            hidden = exists(linked.where(_has(other.c[entity.title_field], word)))
            itself = select(literal(1)).where(mine.c.id == record, or_(*(_has(mine.c[column.name], word) for column in own)))
            found.append(or_(not_(hidden), exists(itself)))
        return and_(*found)

    return condition


def _has(place: ColumnElement[str], prefixes: Sequence[str]) -> ColumnElement[bool]:
    """Whether a text has one of these, within a word or over the joint of two («نرم‌افزار» is found as one word and as two)."""
    text = folded(place)
    return or_(*(one.contains(prefix, autoescape=True) for prefix in prefixes for one in (text, func.replace(text, " ", ""))))
