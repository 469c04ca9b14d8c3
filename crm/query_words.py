"""Words typed into the search box of a list, in SQL: by the same tokens and in the same way as the search of everything (search_index.py)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, and_, false

from crm.access import Viewer
from crm.entity import Entity
from crm.search_index import having, terms_of
from crm.search_names import not_by_hidden_names


def worded(connection: Connection, entity: Entity, typed: str, rare: int, viewer: Viewer) -> ColumnElement[bool]:
    """Each word typed is the beginning of one of the record's tokens; nothing readable finds nothing. A word that `rare` records have is rare."""
    terms = terms_of(typed)
    if not terms:
        return false()
    found = having(connection, entity.name, terms, entity.table.c.id, rare)
    known = not_by_hidden_names(entity, viewer, terms)
    return found if known is None else and_(found, known(entity.table.c.id))
