"""Records as values: rows become values and values become rows; what belongs to a page of records is read with a few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Select, Table, bindparam, select

from crm.access import Viewer
from crm.entity import Entity, Values
from crm.fields.computed import Computed
from crm.fields.field import Field
from crm.fields.references import References, Users
from crm.fields.rows import Rows
from crm.formula import fields_in
from crm.record_links import read_links
from crm.record_tables import record_star, record_user

STANDARD = ("id", "active", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "deleted_by")


@frozen(kw_only=True)
class Record:
    """One record as a user may see it. `values` by field name, with the standard ones; hidden fields are not there."""

    entity: str
    id: int
    title: str
    values: Values
    starred: bool = False

    @property
    def version(self) -> int:
        """What a change must name, so that nobody's work is overwritten unseen."""
        return int(self.values["version"])

    @property
    def deleted(self) -> bool:
        """Whether it lies in the bin."""
        return self.values["deleted_at"] is not None


def loaded(one: Field, value: Any) -> Any:
    """A column's value as everybody else knows it: nothing is None."""
    if one.kind.code == "yes_no":
        return bool(value)
    return None if value == "" else value


def values_of(
    connection: Connection, entity: Entity, rows: Sequence[Mapping[str, Any]], fields: Iterable[Field] | None = None
) -> list[Values]:
    """The values of these rows of the entity's table; `fields` (all when None) are the ones that will be looked at."""
    wanted = [one for one in (entity.fields if fields is None else fields) if one.active]
    found = [_own_values(entity, row, wanted) for row in rows]
    by_id = {values["id"]: values for values in found}
    if not by_id:
        return []
    for one in wanted:
        if isinstance(one.kind, Rows) and one.name in entity.children:
            _read_rows(connection, entity, one, by_id)
    for one in wanted:
        if isinstance(one.kind, References) and not one.custom:
            for number, targets in read_links(connection, entity, one, by_id).items():
                by_id[number][one.name] = targets
    _read_users(connection, entity, [one.name for one in wanted if isinstance(one.kind, Users) and not one.custom], by_id)
    for one in wanted:
        if isinstance(one.kind, Computed):
            for values in found:
                values[one.name] = one.kind.compute(values)
    return found


def looked_at(entity: Entity, viewer: Viewer, only: Collection[str] | None = None) -> list[Field]:
    """The fields that the viewer may see (`only`: of these names), and those that computed ones among them follow from."""
    seen = entity.of(level=viewer.pattern.field_level)
    if only is None:
        return list(seen)
    wanted, new = set[str](), set(only)
    while new:
        wanted |= new
        new = (
            set[str]().union(*(fields_in(one.kind.formula) for one in seen if one.name in new and isinstance(one.kind, Computed))) - wanted
        )
    return [one for one in seen if one.name in wanted]


def records(
    connection: Connection, entity: Entity, rows: Sequence[Mapping[str, Any]], viewer: Viewer, only: Collection[str] | None = None
) -> list[Record]:
    """Rows as records, without the fields above the viewer's level. `only`: the fields that will be looked at, when not all."""
    seen = looked_at(entity, viewer, only)
    names = {one.name for one in seen} if only is None else {one.name for one in seen if one.name in only}
    names.update(STANDARD)
    mine = {"username": viewer.username, "entity": entity.name, "numbers": [row["id"] for row in rows]}
    stars = set(connection.execute(_STARS, mine).scalars())
    return [
        Record(
            entity=entity.name, id=values["id"], title=str(row[entity.title_field] or f"#{row['id']}"), starred=values["id"] in stars,
            values={name: value for name, value in values.items() if name in names},
        )
        for row, values in zip(rows, values_of(connection, entity, rows, seen), strict=True)
    ]  # fmt: skip


_STARS = select(record_star.c.record_id).where(
    record_star.c.username == bindparam("username"), record_star.c.entity == bindparam("entity"),
    record_star.c.record_id.in_(bindparam("numbers", expanding=True)),
)  # fmt: skip


def _own_values(entity: Entity, row: Mapping[str, Any], wanted: Iterable[Field]) -> Values:
    extra = row.get("extra") or {}
    values: Values = {name: row[name] for name in STANDARD}
    for one in wanted:
        if one.custom:
            values[one.name] = extra.get(one.name)
        elif one.name in entity.table.c:
            values[one.name] = loaded(one, row[one.name])
        else:
            values[one.name] = None
    return values


def _read_rows(connection: Connection, entity: Entity, one: Field, by_id: Mapping[int, Values]) -> None:
    assert isinstance(one.kind, Rows)
    inner = {each.name: each.kind.code == "yes_no" for each in one.kind.fields}
    for row in connection.execute(_rows_of(entity.children[one.name], f"{entity.name}_id"), {"numbers": list(by_id)}).mappings():
        value = {"id": row["id"]}
        for name, yes_no in inner.items():
            found = row[name]
            value[name] = bool(found) if yes_no else None if found == "" else found
        for name in one.kind.derived:
            value[name] = row[name]
        values = by_id[row[f"{entity.name}_id"]]
        if values[one.name] is None:
            values[one.name] = []
        values[one.name].append(value)


@cache
def _rows_of(child: Table, owner: str) -> Select[Any]:
    """The rows of some records; the statement is made once."""
    c = child.c
    return select(child).where(c[owner].in_(bindparam("numbers", expanding=True))).order_by(c[owner], c.position, c.id)


def _read_users(connection: Connection, entity: Entity, names: Sequence[str], by_id: Mapping[int, Values]) -> None:
    if not names:
        return
    wanted = {"entity": entity.name, "numbers": list(by_id), "fields": list(names)}
    for number, field, username in connection.execute(_USERS, wanted):
        by_id[number][field] = [*(by_id[number][field] or []), username]


_USERS = (
    select(record_user.c.record_id, record_user.c.field, record_user.c.username)
    .where(
        record_user.c.entity == bindparam("entity"), record_user.c.record_id.in_(bindparam("numbers", expanding=True)),
        record_user.c.field.in_(bindparam("fields", expanding=True)),
    )
    .order_by(record_user.c.record_id, record_user.c.field, record_user.c.position)
)  # fmt: skip
