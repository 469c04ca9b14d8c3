"""Taking an import back: what it made goes into the bin, what it changed gets its old values where nobody changed them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select

from config.errors import Refusal
from crm.access import Viewer
from crm.entity import Entity, Who
from crm.fields.kind import Reading
from crm.record_saving import change, set_deleted
from crm.record_steps import one as one_record
from crm.record_tables import history

UNDO_BATCH = 50


def done_before(connection: Connection, job: int, last: int) -> list[dict[str, Any]]:
    """Some of what the import did (rows of history), the newest before the row `last`."""
    chosen = select(history).where(history.c.origin == origin_of(job), history.c.id < last)
    return [dict(row) for row in connection.execute(chosen.order_by(history.c.id.desc()).limit(UNDO_BATCH)).mappings()]


def take_back(
    connection: Connection, rows: Sequence[Mapping[str, Any]], viewer: Viewer, entities: Mapping[str, Entity], reading: Reading, who: Who
) -> None:
    """Take back what these rows of history say."""
    for row in rows:
        entity = entities.get(row["entity"])
        if entity is None:
            continue
        try:
            with connection.begin_nested():
                if row["act"] == "created":
                    set_deleted(connection, entity, row["record_id"], entities, who, deleted=True)
                else:
                    values = one_record(connection, entity, row["record_id"], viewer).values
                    back = {name: pair[0] for name, pair in row["changes"].items() if values.get(name) == pair[1]}
                    change(connection, entity, row["record_id"], back, None, entities, reading, who)
        except Refusal:
            continue  # deleted or changed by somebody since: theirs counts


def origin_of(job: int) -> str:
    """How history knows what an import did."""
    return f"import {job}"
