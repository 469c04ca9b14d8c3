"""What a row of a file means for an entity: its values, which record it is, and the records it names. Works for the database's threads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Column, Connection, select

from config.among import among
from config.errors import Refusal
from config.translations import _, translate
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
    sentence = _("{count} records have this in “{field}”; it is not clear which is meant.")

    def __init__(self, entity: Entity, key: str, count: int) -> None:
        self._key = entity.field(key.partition(".")[0])
        super().__init__(field=key, count=count)

    def text(self, language: str) -> str:
        return translate(language, self.sentence, count=self.values["count"], field=self._key.word(language) if self._key else self.field)


@frozen(kw_only=True)
class Plan:
    """How the rows of a file are understood. `mapping`: a target for each column. `keys`: fields whose agreement makes a record the same.

    `variant`: the sort of a new record where no column says it.
    """

    mapping: tuple[str, ...]
    mode: str = "both"
    keys: tuple[str, ...] = ()
    clear: bool = False
    create_references: bool = False
    variant: str = ""

    @classmethod
    def of(cls, job: Mapping[str, Any]) -> Plan:
        """The plan of a job's row."""
        options = job["options"]
        return cls(
            mapping=tuple(job["mapping"]), mode=options.get("mode", "both"), keys=tuple(options.get("keys") or ()), clear=options.get("empty") == "clear",
            create_references=options.get("references") == "create", variant=options.get("variant") or "",
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
    for name in plan.keys:
        if (key := _Key.of(entity, name)) is None:
            continue
        wanted: dict[Any, list[Understood]] = {}
        for one in rows:
            for value, _row in _key_values(one.values, name):
                wanted.setdefault(value, []).append(one)
        for value, candidates in _having(connection, entity, key, wanted, viewer).items():
            for one in wanted[value]:
                numbers = {
                    number for number, *stands in candidates if not (key.tells(plan, one.values) and key.otherwise(one.values, *stands))
                }
                known = found.get(one.row)
                if len(numbers) > 1 and known is None:
                    found[one.row] = Ambiguous(entity, name, len(numbers))
                elif len(numbers) == 1 and not isinstance(known, int):
                    found[one.row] = next(iter(numbers))
    return found


@frozen(kw_only=True, eq=False)
class _Key:
    """A key of a plan in the tables: `column` tells the value, `owner` the record."""

    entity: Entity
    column: Column[Any]
    owner: Column[Any]
    weak: Weak | None = None
    kind: Column[Any] | None = None
    """The weak key's column in the same row."""

    @classmethod
    def of(cls, entity: Entity, name: str) -> _Key | None:
        """None where the entity has no such field (any more)."""
        outer, _dot, inner = name.partition(".")
        if not inner:
            return cls(entity=entity, column=entity.table.c[outer], owner=entity.table.c.id) if outer in entity.table.c else None
        if (rows := entity.children.get(outer)) is None or inner not in rows.c:
            return None
        weak = entity.weak_keys.get(name)
        return cls(
            entity=entity,
            column=rows.c[inner],
            owner=rows.c[f"{entity.name}_id"],
            weak=weak,
            kind=None if weak is None else rows.c[weak.column],
        )

    def tells(self, plan: Plan, values: Values) -> bool:
        """Whether what is compared beside a weak key is known of a row: its file has the column, or records of its sort have no such field."""
        if self.weak is None:
            return False
        sort = values.get(self.entity.variant_field) or plan.variant
        return self.weak.beside in plan.mapping or self.weak.beside not in {one.name for one in self.entity.of(sort)}

    def otherwise(self, values: Values, kind: Any, beside: Any) -> bool:
        """Whether a record that has the key in a row of this kind is called otherwise than these values."""
        return self.weak is not None and self.weak.told(kind, beside) != self.weak.told(kind, values.get(self.weak.beside))


def _having(connection: Connection, entity: Entity, key: _Key, values: Collection[Any], viewer: Viewer) -> dict[Any, list[tuple[Any, ...]]]:
    """The records that have a value, for each: (id,) or (id, the row's kind, what stands beside)."""
    if not values:
        return {}
    beside = () if key.weak is None or key.kind is None else (key.kind, entity.table.c[key.weak.beside])
    sql = select(key.column, key.owner, *beside).where(among(key.column, values))
    if key.owner is not entity.table.c.id:
        sql = sql.join(entity.table, entity.table.c.id == key.owner)
    found: dict[Any, list[tuple[Any, ...]]] = {}
    for value, *record in connection.execute(sql.where(entity.table.c.deleted_at.is_(None), allowed(entity, viewer, "view")).distinct()):
        found.setdefault(value, []).append(tuple(record))
    return found


def first_of_each(entity: Entity, plan: Plan, rows: Sequence[Understood]) -> tuple[list[Understood], list[Understood]]:
    """New rows that may be made at once, and those that agree with one of them by a key: they are of the same record."""
    taken: set[tuple[str, Any, str]] = set()
    first: list[Understood] = []
    again: list[Understood] = []
    for one in rows:
        keys = set()
        for key in plan.keys:
            weak = entity.weak_keys.get(key)
            for value, row in _key_values(one.values, key):
                keys.add((key, value, weak.told(row.get(weak.column), one.values.get(weak.beside)) if weak else ""))
        (again if keys & taken else first).append(one)
        taken |= keys
    return first, again


def _key_values(values: Values, key: str) -> list[tuple[Any, Mapping[str, Any]]]:
    """The values of a key, each with the row that it stands in."""
    outer, _dot, inner = key.partition(".")
    value = values.get(outer)
    if not inner:
        return [(value, {})] if value not in (None, "") else []
    return [(row[inner], row) for row in value or () if row.get(inner)]
