"""Taking an import back: what it made goes into the bin, what it changed gets its old values where nobody changed them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from config.errors import Refusal
from crm.access import Viewer
from crm.entity import Entity, Who
from crm.fields.kind import Reading
from crm.imports.tables import import_job
from crm.record_removing import bin_many
from crm.record_saving import change
from crm.record_steps import one as one_record
from crm.record_tables import history

UNDO_BATCH = 500
"""Rows of history in one transaction; those of made records are taken back together, a few statements for all."""
MOST_CHANGED = 50
"""Changed records in one transaction: each is saved by itself."""


def done_before(connection: Connection, job: int, last: int) -> list[dict[str, Any]]:
    """Some of what the import did (rows of history), the newest before the row `last`."""
    chosen = select(history).where(history.c.origin == origin_of(job), history.c.id < last)
    rows = [dict(row) for row in connection.execute(chosen.order_by(history.c.id.desc()).limit(UNDO_BATCH)).mappings()]
    changed = [place for place, row in enumerate(rows) if row["act"] != "created"]
    return rows[: changed[MOST_CHANGED]] if len(changed) > MOST_CHANGED else rows


def take_back(
    connection: Connection, job: int, rows: Sequence[Mapping[str, Any]], viewer: Viewer, entities: Mapping[str, Entity], reading: Reading, who: Who
) -> None:  # fmt: skip
    """Take back what these rows of history say, the changed ones first, and count them in the job."""
    made: dict[str, list[int]] = {}
    for row in rows:
        entity = entities.get(row["entity"])
        if entity is None:
            continue
        if row["act"] == "created":
            made.setdefault(entity.name, []).append(row["record_id"])
        else:
            _change_back(connection, row, entity, viewer, entities, reading, who)
    for name, numbers in made.items():
        bin_many(connection, entities[name], numbers, who)
    counted = update(import_job).where(import_job.c.id == job)
    connection.execute(counted.values(taken_back=import_job.c.taken_back + len(rows)))


def _change_back(
    connection: Connection, row: Mapping[str, Any], entity: Entity, viewer: Viewer, entities: Mapping[str, Entity], reading: Reading, who: Who
) -> None:  # fmt: skip
    try:
        with connection.begin_nested():
            values = one_record(connection, entity, row["record_id"], viewer).values
            back = {name: pair[0] for name, pair in row["changes"].items() if values.get(name) == pair[1]}
            change(connection, entity, row["record_id"], back, None, entities, reading, who)
    except Refusal:
        return  # deleted or changed by somebody since: theirs counts


def origin_of(job: int) -> str:
    """How history knows what an import did."""
    return f"import {job}"
