"""Whom a search may find: conditions on the id of a record, for crm/search_index.py."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, literal, select

from crm.access import Viewer
from crm.entity import Entity
from crm.query import allowed
from crm.search_index import Condition
from crm.tables import party


def visible(entity: Entity, viewer: Viewer) -> Condition | None:
    """The condition that the user may see the record; None when every one may be seen."""
    if viewer.level(entity.name) == "all":
        return None

    def condition(record: ColumnElement[int]) -> ColumnElement[bool]:
        seen = select(literal(1)).select_from(entity.table).where(entity.table.c.id == record, allowed(entity, viewer))
        return seen.limit(1).scalar_subquery().is_not(None)

    return condition


def owners_of(viewer: Viewer, entity: str) -> frozenset[str] | None:
    """Whose records the user may see; None: also others'."""
    level = viewer.level(entity)
    return None if level == "all" else frozenset({viewer.username, *(viewer.team if level == "team" else ())})


def of_kind(kind: str) -> Condition | None:
    """Only parties of one kind; "" narrows nothing."""
    if not kind:
        return None

    def condition(record: ColumnElement[int]) -> ColumnElement[bool]:
        return select(party.c.kind).where(party.c.id == record).scalar_subquery() == kind

    return condition


def together(*conditions: Condition | None) -> Condition | None:
    """All of the conditions at once; None when there is none."""
    wanted = [one for one in conditions if one is not None]
    return (lambda record: and_(*(one(record) for one in wanted))) if wanted else None
