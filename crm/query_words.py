"""Words typed into the search box of a list, in SQL: by the same tokens and in the same way as the search of everything (search_index.py)."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, false

from crm.entity import Entity
from crm.search_index import having, terms_of


def worded(connection: Connection, entity: Entity, typed: str, rare: int) -> ColumnElement[bool]:
    """Each word typed is the beginning of one of the record's tokens; nothing readable finds nothing. A word that `rare` records have is rare."""
    terms = terms_of(typed)
    return having(connection, entity.name, terms, entity.table.c.id, rare) if terms else false()
