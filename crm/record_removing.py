"""Putting many records of one entity into the bin with a few statements for all of them."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, delete, select, update

from config.among import among
from config.many_rows import insert_rows
from crm.entity import Entity, Who
from crm.record_batch import HISTORY_COLUMNS
from crm.record_tables import history
from crm.tables import search_token


def bin_many(connection: Connection, entity: Entity, numbers: Collection[int], who: Who) -> None:
    """Into the bin as record_saving.set_deleted does it one by one; those that lie there already, or are gone for ever, stay as they are."""
    c, tokens = entity.table.c, search_token.c
    there = select(c.id, c.version).where(among(c.id, numbers), c.deleted_at.is_(None)).order_by(c.id.desc())
    rows = connection.execute(there).all()
    if not rows:
        return
    found = [row.id for row in rows]
    values = {"deleted_at": who.at, "deleted_by": who.username, "updated_at": who.at, "updated_by": who.username, "version": c.version + 1}
    connection.execute(update(entity.table).where(among(c.id, found)).values(values))
    connection.execute(delete(search_token).where(tokens.entity == entity.name, among(tokens.record_id, found)))
    told: list[tuple[object, ...]] = [
        (who.at, who.username, who.origin, entity.name, row.id, "deleted", row.version + 1, {}) for row in rows
    ]
    insert_rows(connection, history, HISTORY_COLUMNS, told)
