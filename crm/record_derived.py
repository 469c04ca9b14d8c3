"""Writing values that follow from others and from the day: nobody typed them, so nothing is checked; the history has them as it has everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from config.many_rows import insert_rows
from crm.entity import Entity, Values, Who
from crm.record import values_of
from crm.record_batch import HISTORY_COLUMNS
from crm.record_shape import stored
from crm.record_tables import history


def write_derived(connection: Connection, entity: Entity, found: Mapping[int, Values], who: Who) -> dict[int, dict[str, list[Any]]]:
    """Put {id: {field: value}} over the records, in columns that are neither searched nor unique; what really changed {id: {field: [old, new]}}."""
    fields = [entity.by_name[name] for name in dict.fromkeys(name for values in found.values() for name in values)]
    table = entity.table
    rows = {row["id"]: dict(row) for row in connection.execute(select(table).where(table.c.id.in_(found))).mappings()}
    changed: dict[int, dict[str, list[Any]]] = {}
    for old in values_of(connection, entity, list(rows.values()), fields):
        new = found[old["id"]]
        if pairs := {name: [old.get(name), value] for name, value in new.items() if old.get(name) != value}:
            changed[old["id"]] = pairs
    for number, pairs in changed.items():
        rows[number] |= {name: stored(entity.by_name[name], value) for name, (_old, value) in pairs.items()}
    if changed:
        names = [one.name for one in fields]
        values = {name: bindparam(f"new_{name}") for name in (*names, "version")} | {"updated_at": who.at, "updated_by": who.username}
        given = [
            {"of": number, "new_version": rows[number]["version"] + 1, **{f"new_{name}": rows[number][name] for name in names}}
            for number in changed
        ]
        connection.execute(update(table).where(table.c.id == bindparam("of")).values(values), given)
        written = [
            (who.at, who.username, who.origin, entity.name, number, "changed", rows[number]["version"] + 1, pairs)
            for number, pairs in changed.items()
        ]
        insert_rows(connection, history, HISTORY_COLUMNS, written)
    return changed
