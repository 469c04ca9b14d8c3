"""What records are called where another record leads to them: the one place where such names are read, for whoever looks (docs/decisions/0021)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Connection, Select, Table, select

from config.among import among, among_given
from crm.access import Viewer
from crm.attachments.tables import attachment
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.files import File
from crm.fields.references import AnyReference, Reference, User
from crm.fields.rows import Rows
from crm.query import allowed
from crm.tables import account

LINKS = (User, Reference, AnyReference, File)
"""The kinds whose values have names."""
Names = dict[tuple[str, object], str | None]
"""By (entity, id), ("user", username) and ("attachment", id); None is a record that the viewer may not see. Shown by `Showing.title`."""


def titles(
    connection: Connection, entities: Mapping[str, Entity], fields: Iterable[Field], found: Iterable[Mapping[str, Any]], viewer: Viewer
) -> Names:
    """The names of everything these values point to, as `viewer` may know them. Names of users are known to all, those of files to whoever sees the record."""
    wanted: dict[str, set[Any]] = {}
    found = list(found)
    for one in fields:
        if isinstance(one.kind, Rows):
            inner = [each for each in one.kind.fields if isinstance(each.kind, LINKS)]
            for row in (row for values in found for row in values.get(one.name) or ()) if inner else ():
                for each in inner:
                    _collect(each, row.get(each.name), wanted)
        elif isinstance(one.kind, LINKS):
            for values in found:
                _collect(one, values.get(one.name), wanted)
    named: Names = {}
    for name, numbers in wanted.items():
        if name == "user":
            named.update({(name, row[0]): row[1] for row in connection.execute(_USERS, {"names": list(numbers)}).all()})
        elif name == "attachment":
            named.update({(name, row[0]): row[1] for row in connection.execute(_FILES, {"numbers": list(numbers)}).all()})
        elif name in entities:
            table = entities[name].table
            if viewer.level(name) == "all":
                told = connection.execute(_names_of(table, entities[name].title_field), {"numbers": list(numbers)}).all()
                named.update({(name, row[0]): str(row[1] or f"#{row[0]}") for row in told})
                continue
            title = table.c[entities[name].title_field]
            asked = select(table.c.id, title, allowed(entities[name], viewer).label("seen")).where(among(table.c.id, numbers))
            named.update({(name, row[0]): str(row[1] or f"#{row[0]}") if row[2] else None for row in connection.execute(asked)})
    return named


_USERS = select(account.c.username, account.c.name).where(among_given(account.c.username, "names"))

_FILES = select(attachment.c.id, attachment.c.name).where(among_given(attachment.c.id, "numbers"))


@cache
def _names_of(table: Table, title: str) -> Select[Any]:
    """The names of some records; the statement is made once."""
    return select(table.c.id, table.c[title]).where(among_given(table.c.id, "numbers"))


def seen(connection: Connection, entity: Entity, numbers: Collection[int], viewer: Viewer) -> frozenset[int]:
    """Which of these records `viewer` may see; asks nothing when it is all or none."""
    level = viewer.level(entity.name)
    if level in ("all", "none") or not numbers:
        return frozenset(numbers) if level == "all" else frozenset()
    chosen = select(entity.table.c.id).where(among(entity.table.c.id, numbers), allowed(entity, viewer))
    return frozenset(connection.execute(chosen).scalars())


def _collect(one: Field, value: Any, wanted: dict[str, set[Any]]) -> None:
    if value is None:
        return
    if isinstance(one.kind, User):
        wanted.setdefault("user", set()).update([value] if isinstance(value, str) else value)
    elif isinstance(one.kind, File):
        wanted.setdefault("attachment", set()).add(value)
    elif isinstance(one.kind, Reference):
        wanted.setdefault(one.kind.entity, set()).update([value] if isinstance(value, int) else value)
    elif isinstance(one.kind, AnyReference):
        entity, _sign, number = value.partition(":")
        wanted.setdefault(entity, set()).add(int(number))
