"""Records as values: rows become values and values become rows; what belongs to a page of records is read with a few queries."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, Select, Table, bindparam, select

from config.among import among_given
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


def values_of(
    connection: Connection, entity: Entity, rows: Sequence[Mapping[str, Any]], fields: Iterable[Field] | None = None
) -> list[Values]:
    """The values of these rows of the entity's table; `fields` (all when None) are the ones that will be looked at."""
    wanted = [one for one in (entity.fields if fields is None else fields) if one.active]
    found = _own_values(entity, rows, wanted)
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
    stars = set(connection.execute(_STARS, mine).scalars().all())
    return [
        Record(
            entity=entity.name, id=values["id"], title=str(row[entity.title_field] or f"#{row['id']}"), starred=values["id"] in stars,
            values={name: value for name, value in values.items() if name in names},
        )
        for row, values in zip(rows, values_of(connection, entity, rows, seen), strict=True)
    ]  # fmt: skip


_STARS = select(record_star.c.record_id).where(
    record_star.c.username == bindparam("username"), record_star.c.entity == bindparam("entity"),
    among_given(record_star.c.record_id, "numbers"),
)  # fmt: skip


def _own_values(entity: Entity, rows: Sequence[Mapping[str, Any]], wanted: Iterable[Field]) -> list[Values]:
    """What stands in the rows themselves; None for what lies elsewhere."""
    columns = entity.table.c.keys()
    own = {one.name for one in wanted if not one.custom and one.name in columns}
    custom = [one.name for one in wanted if one.custom]
    nothing: Values = {one.name: None for one in wanted}
    yes_no = [one.name for one in wanted if one.kind.code == "yes_no" and one.name in own]
    found = []
    for row in rows:
        values = nothing | {name: None if (value := row[name]) == "" else value for name in own} | {name: row[name] for name in STANDARD}
        for name in yes_no:
            values[name] = bool(values[name])
        extra = row["extra"] or {} if custom else {}
        for name in custom:
            values[name] = extra.get(name)
        found.append(values)
    return found


def _read_rows(connection: Connection, entity: Entity, one: Field, by_id: Mapping[int, Values]) -> None:
    assert isinstance(one.kind, Rows)
    owner = f"{entity.name}_id"
    result = connection.execute(_rows_of(entity.children[one.name], owner), {"numbers": list(by_id)})
    names = tuple(map(str, result.keys()))  # plain str: JSON takes no other kind for a key
    yes_no = [each.name for each in one.kind.fields if each.kind.code == "yes_no"]
    texts = [each.name for each in one.kind.fields if each.kind.storage in ("string", "text")]
    kept = {"id", *(each.name for each in one.kind.fields), *one.kind.derived}
    places = [(place, name) for place, name in enumerate(names) if name in kept]
    of = names.index(owner)
    for row in result.all():
        value = {name: row[place] for place, name in places}
        for name in texts:
            value[name] = value[name] or None
        for name in yes_no:
            value[name] = bool(value[name])
        values = by_id[row[of]]
        if values[one.name] is None:
            values[one.name] = []
        values[one.name].append(value)


@cache
def _rows_of(child: Table, owner: str) -> Select[Any]:
    """The rows of some records; the statement is made once."""
    c = child.c
    return select(child).where(among_given(c[owner], "numbers")).order_by(c[owner], c.position, c.id)


def _read_users(connection: Connection, entity: Entity, names: Sequence[str], by_id: Mapping[int, Values]) -> None:
    if not names:
        return
    wanted = {"entity": entity.name, "numbers": list(by_id), "fields": list(names)}
    for number, field, username in connection.execute(_USERS, wanted).all():
        by_id[number][field] = [*(by_id[number][field] or []), username]


_USERS = (
    select(record_user.c.record_id, record_user.c.field, record_user.c.username)
    .where(
        record_user.c.entity == bindparam("entity"), among_given(record_user.c.record_id, "numbers"),
        among_given(record_user.c.field, "fields"),
    )
    .order_by(record_user.c.record_id, record_user.c.field, record_user.c.position)
)  # fmt: skip
