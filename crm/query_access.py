"""Access in SQL: the condition that a user may do something with a row (crm/access.py says the rules)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, exists, false, literal, not_, or_, select, true
from sqlalchemy.sql import FromClause

from crm.access import Viewer
from crm.entity import Entity
from crm.record_tables import record_user


def allowed(entity: Entity, viewer: Viewer, right: str = "view", table: FromClause | None = None) -> ColumnElement[bool]:
    """The condition that `viewer` may do `right` with a row (see crm/access.py)."""
    level = viewer.level(entity.name, right)
    if level in ("none", "all"):
        return true() if level == "all" else false()
    c = (entity.table if table is None else table).c
    users = [viewer.username] if level == "own" else sorted({viewer.username, *viewer.team})
    listed = select(literal(1)).where(
        record_user.c.entity == entity.name, record_user.c.record_id == c.id, record_user.c.field == "experts"
    )
    return or_(
        c.expert.in_(users),
        exists(listed.where(record_user.c.username.in_(users))),
        and_(c.expert.is_(None), c.created_by == viewer.username, not_(exists(listed))),
    )
