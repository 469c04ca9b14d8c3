"""What saving asks of the fields of an entity, sorted out once for all its records. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from attrs import frozen

from crm.entity import Entity, Values
from crm.fields.choices import MultiChoice
from crm.fields.field import Field
from crm.fields.files import File
from crm.fields.references import AnyReference, Parent, Reference, References, User, Users
from crm.fields.rows import Rows

KEPT = 64
"""Shapes of catalogues that are not used any more are forgotten."""


@frozen(kw_only=True)
class RowShape:
    """A field of rows: the columns of its table with what they hold for nothing, and which of its fields point to something."""

    field: Field
    columns: tuple[tuple[str, Any], ...]
    pointing: tuple[tuple[str, str], ...]
    """Names, and the entity (or "user") they point to."""


@frozen(kw_only=True)
class Shape:
    """The fields of an entity by what is to be done with them."""

    names: frozenset[str]
    empty: Mapping[str, None]
    """Every field without a value."""
    columns: tuple[tuple[str, Any], ...]
    """The columns of its table that are fields, with what they hold for nothing."""
    own: tuple[str, ...]
    """The administrators' own active fields."""
    unique: tuple[Field, ...]
    pointing: tuple[tuple[Field, str], ...]
    """Fields that point to one record or several of one entity, or to users ("user")."""
    anywhere: tuple[Field, ...]
    """Fields that point to a record of any entity."""
    rows: tuple[RowShape, ...]
    """Every field of rows."""
    links: tuple[Field, ...]
    users: tuple[Field, ...]
    choices: tuple[Field, ...]
    files: tuple[Field, ...]
    parent: str
    """The field of its place in the tree; "" for none."""


@lru_cache(maxsize=KEPT)
def shape_of(entity: Entity) -> Shape:
    """The shape of an entity as the catalogue has it now."""
    fields, columns = entity.fields, entity.table.c
    plain = [one for one in fields if not one.custom]
    return Shape(
        names=frozenset(entity.by_name),
        empty=dict.fromkeys(entity.by_name),
        columns=tuple((one.name, nothing_of(one)) for one in plain if one.name in columns),
        own=tuple(one.name for one in fields if one.custom and one.active),
        unique=tuple(one for one in plain if one.unique),
        pointing=tuple((one, target) for one in fields if (target := _target(one))),
        anywhere=tuple(one for one in fields if isinstance(one.kind, AnyReference)),
        rows=tuple(_rows(entity, one) for one in fields if isinstance(one.kind, Rows)),
        links=tuple(one for one in plain if isinstance(one.kind, References)),
        users=tuple(one for one in plain if isinstance(one.kind, Users)),
        choices=tuple(one for one in plain if isinstance(one.kind, MultiChoice) and one.indexed),
        files=tuple(one for one in fields if isinstance(one.kind, File)),
        parent=next((one.name for one in fields if isinstance(one.kind, Parent)), ""),
    )


def nothing_of(one: Field) -> Any:
    """What a column holds for no value: texts are "" (but unique ones and users, which are NULL), yes-or-no is no."""
    if one.kind.code == "yes_no":
        return False
    return "" if one.kind.storage in ("string", "text") and not one.unique and not isinstance(one.kind, User) else None


def stored(one: Field, value: Any) -> Any:
    """A value as its column holds it."""
    return nothing_of(one) if value is None else value


def pointed(entity: Entity, whole: Values) -> Iterator[tuple[str, Any, str]]:
    """Everything a record points to: (entity or "user", id, the field's path)."""
    shape = shape_of(entity)
    for one, target in shape.pointing:
        if (value := whole.get(one.name)) is not None:
            for each in value if isinstance(value, list) else (value,):
                yield target, each, one.name
    for one in shape.anywhere:
        if (value := whole.get(one.name)) is not None:
            target, _sign, number = value.partition(":")
            yield target, int(number), one.name
    for rows in shape.rows:
        for place, row in enumerate(whole.get(rows.field.name) or ()) if rows.pointing else ():
            for name, target in rows.pointing:
                if row.get(name) is not None:
                    yield target, row[name], f"{rows.field.name}.{place}.{name}"


def _target(one: Field) -> str:
    """The entity or "user" that a field points to; "" for most."""
    if isinstance(one.kind, User):
        return "user"
    return one.kind.refers_to() if isinstance(one.kind, Reference) else ""


def _rows(entity: Entity, one: Field) -> RowShape:
    assert isinstance(one.kind, Rows)
    table = entity.children.get(one.name)
    inner = [part for part in one.kind.fields if table is not None and part.name in table.c]
    return RowShape(
        field=one,
        columns=(*((part.name, nothing_of(part)) for part in inner), *((name, None) for name in one.kind.derived if table is not None)),
        pointing=tuple((part.name, target) for part in one.kind.fields if (target := _target(part))),
    )
