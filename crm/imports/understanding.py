"""What a row of a file means for an entity: its values, which record it is, and the records it names. Works for the database's threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, or_, select

from config.errors import Refusal
from config.persian.alphabet import sort_key
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Values
from crm.fields.kind import Reading
from crm.fields.references import Reference, References
from crm.fields.rows import Rows
from crm.imports.mapping import raw_values
from crm.query import allowed
from crm.record_draft import RecordInvalid, read

MODES: Mapping[str, str] = {
    "both": _("Update those that are there, create the others"),
    "create": _("Only create; leave alone those that are there"),
    "update": _("Only update; leave out the others"),
}


class Ambiguous(Refusal):
    """Several records have the row's key."""

    code = "import_ambiguous"
    status = 422
    sentence = _("{count} records have this {keys}; it is not clear which is meant.")


class NameUnknown(Refusal):
    """A linked record that nobody knows by this name."""

    code = "import_name_unknown"
    status = 422
    sentence = _("There is no record “{name}” to link to (or several).")


@frozen(kw_only=True)
class Plan:
    """How the rows of a file are understood. `mapping`: a target for each column. `keys`: fields whose agreement makes a record the same."""

    mapping: tuple[str, ...]
    mode: str = "both"
    keys: tuple[str, ...] = ()
    clear: bool = False
    create_references: bool = False


@frozen(kw_only=True)
class Understood:
    """A row: its values, or why not."""

    row: int
    cells: Sequence[Any]
    values: Values = field(factory=dict)
    problem: Refusal | None = None


def understand(
    entity: Entity, plan: Plan, row: int, cells: Sequence[Any], names: Mapping[tuple[str, str], int], reading: Reading, viewer: Viewer
) -> Understood:
    """A row's values; `names` gives the ids of linked records by (entity, folded name)."""
    raw = raw_values(entity, plan.mapping, cells, clear=plan.clear)
    try:
        return Understood(row=row, cells=cells, values=read(entity, _linked(entity, raw, names), reading, viewer))
    except Refusal as error:
        return Understood(row=row, cells=cells, problem=error)


def names_in(entity: Entity, plan: Plan, rows: Sequence[Sequence[Any]]) -> dict[str, set[str]]:
    """The names of linked records that these rows speak of, by entity; what is a number is an id."""
    wanted: dict[str, set[str]] = {}
    for cells in rows:
        raw = raw_values(entity, plan.mapping, cells)
        for one in entity.fields:
            if one.name not in raw:
                continue
            if isinstance(one.kind, Rows):
                for inner in one.kind.fields:
                    if isinstance(inner.kind, Reference):
                        for line in raw[one.name]:
                            _note(wanted, inner.kind.entity, line.get(inner.name))
            elif isinstance(one.kind, References):
                for name in _several(raw[one.name]):
                    _note(wanted, one.kind.entity, name)
            elif isinstance(one.kind, Reference):
                _note(wanted, one.kind.entity, raw[one.name])
    return wanted


def find_names(
    connection: Connection, entities: Mapping[str, Entity], wanted: Mapping[str, set[str]], viewer: Viewer
) -> dict[tuple[str, str], int]:
    """The ids of records by their exact name, however it is spelled; names of several records are left out."""
    found: dict[tuple[str, str], int] = {}
    for name, texts in wanted.items():
        entity = entities.get(name)
        if entity is None:
            continue
        keys = {sort_key(one): one for one in texts}
        several: set[str] = set()
        codes = [entity.table.c.code.in_(texts)] if "code" in entity.table.c else []
        chosen = select(entity.table.c.id, entity.table.c.sort_key, *([entity.table.c.code] if codes else []))
        chosen = chosen.where(
            or_(entity.table.c.sort_key.in_(keys), *codes), entity.table.c.deleted_at.is_(None), allowed(entity, viewer, "choose")
        )
        for row in connection.execute(chosen):
            key = row[1] if row[1] in keys else ""
            if (name, key) in found:
                several.add(key)
            if key:
                found[name, key] = row[0]
            if codes and row[2] in texts:
                found[name, sort_key(row[2])] = row[0]
        for key in several:
            found.pop((name, key), None)
    return found


def existing(connection: Connection, entity: Entity, plan: Plan, rows: Sequence[Understood], viewer: Viewer) -> dict[int, int | Refusal]:
    """Which record each row is, by the plan's keys: {row: id}; several are refused. Rows without a key's value are new."""
    found: dict[int, int | Refusal] = {}
    for key in plan.keys:
        outer, _dot, inner = key.partition(".")
        table = entity.children.get(outer)
        column = table.c[inner] if table is not None and inner else entity.table.c.get(outer)
        if column is None:
            continue
        owner = table.c[f"{entity.name}_id"] if table is not None and inner else entity.table.c.id
        by_value: dict[Any, list[int]] = {}
        for one in rows:
            for value in _key_values(one.values, outer, inner):
                by_value.setdefault(value, []).append(one.row)
        if not by_value:
            continue
        sql = select(column, owner).where(column.in_(list(by_value)))
        if owner is not entity.table.c.id:
            sql = sql.join(entity.table, entity.table.c.id == owner)
        sql = sql.where(entity.table.c.deleted_at.is_(None), allowed(entity, viewer, "view")).distinct()
        records: dict[Any, set[int]] = {}
        for value, number in connection.execute(sql):
            records.setdefault(value, set()).add(number)
        for value, numbers in records.items():
            for row in by_value[value]:
                known = found.get(row)
                if len(numbers) > 1 and known is None:
                    found[row] = Ambiguous(count=len(numbers), keys=key)
                elif len(numbers) == 1 and not isinstance(known, int):
                    found[row] = next(iter(numbers))
    return found


def _key_values(values: Values, outer: str, inner: str) -> list[Any]:
    value = values.get(outer)
    if not inner:
        return [value] if value not in (None, "") else []
    return [row[inner] for row in value or () if row.get(inner)]


def _linked(entity: Entity, raw: dict[str, Any], names: Mapping[tuple[str, str], int]) -> dict[str, Any]:
    problems: dict[str, Refusal] = {}

    def number(target: str, text: Any, path: str) -> Any:
        if text in (None, "") or _is_id(text):
            return text
        found = names.get((target, sort_key(str(text))))
        if found is None:
            problems[path] = NameUnknown(name=str(text)[:60])
        return found

    linked = dict(raw)
    for one in entity.fields:
        if one.name not in raw:
            continue
        if isinstance(one.kind, Rows):
            for inner in one.kind.fields:
                if isinstance(inner.kind, Reference):
                    linked[one.name] = [
                        {**line, inner.name: number(inner.kind.entity, line.get(inner.name), f"{one.name}.{place}.{inner.name}")}
                        for place, line in enumerate(linked[one.name])
                    ]
        elif isinstance(one.kind, References):
            linked[one.name] = [number(one.kind.entity, text, one.name) for text in _several(raw[one.name])]
        elif isinstance(one.kind, Reference):
            linked[one.name] = number(one.kind.entity, raw[one.name], one.name)
    if problems:
        raise RecordInvalid(problems)
    return linked


def _note(wanted: dict[str, set[str]], entity: str, text: Any) -> None:
    if text not in (None, "") and not _is_id(text):
        wanted.setdefault(entity, set()).add(str(text).strip())


def _several(value: Any) -> list[str]:
    return [part.strip() for part in str(value).replace("،", ",").replace("؛", ",").replace(";", ",").split(",") if part.strip()]


def _is_id(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12
    )
