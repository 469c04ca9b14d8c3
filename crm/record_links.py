"""Where the values of fields that are several records lie: in record_link, or in a table of their own that is read on a hot path."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import Column, ColumnElement, Connection, Table, delete, select, true

from config.among import among
from config.database import metadata
from config.many_rows import insert_rows
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.references import References
from crm.record_tables import record_link


@frozen
class Links:
    """A table of links: the columns of the record and of what it points to, which rows are the field's, and their order."""

    table: Table
    record: Column[Any]
    target: Column[Any]
    only: ColumnElement[bool]
    order: Column[Any]


def links_of(entity: Entity, one: Field) -> Links:
    """The links of a field."""
    assert isinstance(one.kind, References)
    if not one.kind.through:
        c = record_link.c
        return Links(record_link, c.record_id, c.target_id, (c.entity == entity.name) & (c.field == one.name), c.position)
    table = metadata.tables[one.kind.through]
    target = table.c[f"{one.kind.entity}_id"]
    return Links(table, table.c[f"{entity.name}_id"], target, true(), target)


def read_links(connection: Connection, entity: Entity, one: Field, numbers: Iterable[int]) -> dict[int, list[int]]:
    """What the records with these numbers point to, in order."""
    links = links_of(entity, one)
    sql = select(links.record, links.target).where(links.only, among(links.record, list(numbers)))
    found: dict[int, list[int]] = {}
    for number, target in connection.execute(sql.order_by(links.record, links.order)):
        found.setdefault(number, []).append(target)
    return found


def write_links(connection: Connection, entity: Entity, number: int, one: Field, whole: Mapping[str, Any]) -> None:
    """Write the links of a record anew. Columns beside the two ends take the record's values of the same name."""
    links = links_of(entity, one)
    connection.execute(delete(links.table).where(links.only, links.record == number))
    link_new(connection, entity, one, [(number, whole)])


def link_new(connection: Connection, entity: Entity, one: Field, records: Iterable[tuple[int, Mapping[str, Any]]]) -> None:
    """Write the links of records that have none."""
    links = links_of(entity, one)
    linked = [(number, whole, place, target) for number, whole in records for place, target in enumerate(whole.get(one.name) or ())]
    if links.table is record_link:
        target_entity = one.kind.refers_to()
        shared = ("entity", "record_id", "field", "target", "target_id", "position")
        insert_rows(
            connection, record_link, shared, [(entity.name, number, one.name, target_entity, target, place) for number, _whole, place, target in linked]
        )  # fmt: skip
    else:
        beside = _beside(entity, links)
        rows = [(number, target, *(whole[name] for name in beside)) for number, whole, _place, target in linked]
        insert_rows(connection, links.table, (links.record.name, links.target.name, *beside), rows)


def links_follow(entity: Entity, one: Field, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Whether the links are to be written again."""
    if new.get(one.name) != old.get(one.name):
        return True
    links = links_of(entity, one)
    return links.table is not record_link and any(new.get(name) != old.get(name) for name in _beside(entity, links))


def _beside(entity: Entity, links: Links) -> list[str]:
    return [column.name for column in links.table.c if column.name in entity.by_name]
