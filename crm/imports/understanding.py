"""What a row of a file means for an entity: its values, which record it is, and the records it names. Works for the database's threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, select

from config.errors import Refusal
from config.many_rows import among
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Values, Weak
from crm.fields.kind import Reading
from crm.imports.linked import Names, linked, naming
from crm.imports.mapping import columns_of, raw_values
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


@frozen(kw_only=True)
class Plan:
    """How the rows of a file are understood. `mapping`: a target for each column. `keys`: fields whose agreement makes a record the same."""

    mapping: tuple[str, ...]
    mode: str = "both"
    keys: tuple[str, ...] = ()
    clear: bool = False
    create_references: bool = False

    @classmethod
    def of(cls, job: Mapping[str, Any]) -> Plan:
        """The plan of a job's row."""
        options = job["options"]
        return cls(
            mapping=tuple(job["mapping"]), mode=options.get("mode", "both"), keys=tuple(options.get("keys") or ()), clear=options.get("empty") == "clear",
            create_references=options.get("references") == "create",
        )  # fmt: skip


@frozen(kw_only=True)
class Line:
    """A row of a file as far as it is understood without the database."""

    row: int
    cells: Sequence[Any]
    naming: Mapping[str, Any]
    """The raw values of fields that name other records; ids come in their place (crm/imports/linked.py) before they are read."""
    values: Values
    problems: Mapping[str, Refusal]

    @property
    def empty(self) -> bool:
        """Whether nothing stands in it; such rows between others are passed over."""
        return not any(str(cell).strip() for cell in self.cells if cell is not None)


def lines_of(entity: Entity, plan: Plan, rows: Sequence[tuple[int, Sequence[Any]]], reading: Reading, viewer: Viewer) -> list[Line]:
    """Numbered rows of cells, read but for the records they name. Pure."""
    columns, names = columns_of(entity, plan.mapping), naming(entity)
    lines = []
    for row, cells in rows:
        raw = raw_values(columns, cells, clear=plan.clear)
        values, problems = _read(entity, {name: value for name, value in raw.items() if name not in names}, reading, viewer)
        lines.append(
            Line(
                row=row, cells=cells, naming={name: value for name, value in raw.items() if name in names}, values=values, problems=problems
            )
        )
    return lines


@frozen(kw_only=True)
class Understood:
    """A row: its values, or why not."""

    row: int
    cells: Sequence[Any]
    values: Values = field(factory=dict)
    problem: Refusal | None = None


def understood(
    connection: Connection, entity: Entity, plan: Plan, lines: Sequence[Line], names: Names, reading: Reading, viewer: Viewer
) -> tuple[list[Understood], dict[int, int | Refusal]]:
    """What these rows mean, and which record each is that is there already (or why that is not clear); `names`: the linked records they speak of."""
    rows = [understand(entity, line, names, reading, viewer) for line in lines]
    return rows, existing(connection, entity, plan, [one for one in rows if not one.problem], viewer)


def understand(entity: Entity, line: Line, names: Names, reading: Reading, viewer: Viewer) -> Understood:
    """A row's values, the records that it names included."""
    try:
        values, problems = _read(entity, linked(entity, line.naming, names), reading, viewer)
        if problems or line.problems:
            raise RecordInvalid({**line.problems, **problems})
        return Understood(row=line.row, cells=line.cells, values={**line.values, **values})
    except Refusal as error:
        return Understood(row=line.row, cells=line.cells, problem=error)


def _read(entity: Entity, raw: Mapping[str, Any], reading: Reading, viewer: Viewer) -> tuple[Values, Mapping[str, Refusal]]:
    try:
        return read(entity, raw, reading, viewer), {}
    except RecordInvalid as error:
        return {}, error.problems


def existing(connection: Connection, entity: Entity, plan: Plan, rows: Sequence[Understood], viewer: Viewer) -> dict[int, int | Refusal]:
    """Which record each row is, by the plan's keys: {row: id}; several are refused. Rows without a key's value are new.

    A weak key (the telephone of an office) does not make a row a record that is called otherwise.
    """
    found: dict[int, int | Refusal] = {}
    for key in plan.keys:
        outer, _dot, inner = key.partition(".")
        table = entity.children.get(outer)
        column = table.c[inner] if table is not None and inner else entity.table.c.get(outer)
        if column is None:
            continue
        owner = table.c[f"{entity.name}_id"] if table is not None and inner else entity.table.c.id
        by_value: dict[Any, list[tuple[int, Any]]] = {}
        weak = entity.weak_keys.get(key) if table is not None else None
        for one in rows:
            for value, _row in _key_values(one.values, outer, inner):
                by_value.setdefault(value, []).append((one.row, one.values.get(weak.beside) if weak else None))
        if not by_value:
            continue
        beside = (table.c[weak.column], entity.table.c[weak.beside]) if weak and table is not None else ()
        sql = select(column, owner, *beside).where(among(connection, column, by_value))
        if owner is not entity.table.c.id:
            sql = sql.join(entity.table, entity.table.c.id == owner)
        sql = sql.where(entity.table.c.deleted_at.is_(None), allowed(entity, viewer, "view")).distinct()
        records: dict[Any, list[tuple[int, Any]]] = {}
        for value, number, *stands in connection.execute(sql):
            records.setdefault(value, []).append((number, stands))
        for value, candidates in records.items():
            for row, called in by_value[value]:
                numbers = {number for number, stands in candidates if not (weak and called and _otherwise(weak, called, *stands))}
                known = found.get(row)
                if len(numbers) > 1 and known is None:
                    found[row] = Ambiguous(count=len(numbers), keys=key)
                elif len(numbers) == 1 and not isinstance(known, int):
                    found[row] = next(iter(numbers))
    return found


def _otherwise(weak: Weak, called: Any, kind: Any, beside: Any) -> bool:
    """Whether a record of which a row has this kind is called otherwise."""
    return weak.told(kind, beside) != weak.told(kind, called)


def first_of_each(entity: Entity, plan: Plan, rows: Sequence[Understood]) -> tuple[list[Understood], list[Understood]]:
    """New rows that may be made at once, and those that agree with one of them by a key: they are of the same record."""
    taken: set[tuple[str, Any, str]] = set()
    first: list[Understood] = []
    again: list[Understood] = []
    for one in rows:
        keys = set()
        for key in plan.keys:
            outer, _dot, inner = key.partition(".")
            weak = entity.weak_keys.get(key)
            for value, row in _key_values(one.values, outer, inner):
                keys.add((key, value, weak.told(row.get(weak.column), one.values.get(weak.beside)) if weak else ""))
        (again if keys & taken else first).append(one)
        taken |= keys
    return first, again


def _key_values(values: Values, outer: str, inner: str) -> list[tuple[Any, Mapping[str, Any]]]:
    """The values of a key, each with the row that it stands in."""
    value = values.get(outer)
    if not inner:
        return [(value, {})] if value not in (None, "") else []
    return [(row[inner], row) for row in value or () if row.get(inner)]
