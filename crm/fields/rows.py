"""Child rows: several small rows under one record (telephone numbers, addresses, bank accounts), each with fields of its own."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, ClassVar

from attrs import frozen

from config.errors import Refusal
from config.translations import _
from crm.fields.field import Field
from crm.fields.kind import PRESENT, Kind, Reading, Showing, ValueRefused, nothing

MOST_ROWS = 200
Derive = Callable[[Mapping[str, Any], Reading], Mapping[str, Any]]


class RowsRefused(Refusal):
    """Some rows are wrong; `problems` by "place.field" ("0.number")."""

    code = "rows_refused"
    status = 422
    sentence = _("Row {row}: {first}")

    def __init__(self, problems: Mapping[str, Refusal]) -> None:
        self.problems = dict(problems)
        place, first = next(iter(problems.items()))
        self.first = first
        number = place.partition(".")[0]
        super().__init__(row=int(number) + 1 if number.isdigit() else "", first=str(first))

    def text(self, language: str) -> str:
        from config.translations import translate

        return translate(language, self.sentence, row=self.values["row"], first=self.first.text(language))


@frozen(kw_only=True)
class Rows(Kind):
    """A list of rows of `fields`, in order.

    `table`: the name of their table ("" keeps them in the record's JSON, as fields of one's own do). `derive` adds columns that
    follow from a row (a number in E.164 from the typed one) before it is stored; `derived` names their SQL types.
    Read-only fields of a row are derived too, and shown and searched like the others.
    Rows keep their id: {"id": 7, …} changes row 7, a row without id is new, a row that is missing is deleted.
    """

    code: ClassVar[str] = "rows"
    title: ClassVar[str] = _("Rows")
    storage: ClassVar[str] = "none"
    widget: ClassVar[str] = "rows"
    operators: ClassVar[tuple[str, ...]] = PRESENT
    orders: ClassVar[bool] = False
    fields: tuple[Field, ...]
    table: str = ""
    derive: Derive | None = None
    derived: Mapping[str, Any] = {}
    most: int = MOST_ROWS
    main: str = ""
    """The field without which a row is empty and dropped; "" = any filled field keeps it."""
    brief: tuple[str, ...] = ()
    """The fields of a row's line in lists and prints, in this order; (): all."""

    def read(self, raw: Any, reading: Reading) -> Any:
        if nothing(raw):
            return None
        if not isinstance(raw, list | tuple) or any(not isinstance(row, Mapping) for row in raw):
            raise ValueRefused(raw, _("a list of rows"))
        if len(raw) > self.most:
            raise ValueRefused(len(raw), _("at most {most} rows"), most=self.most)
        rows, problems = [], {}
        for place, row in enumerate(raw):
            try:
                if (value := self._row(row, reading)) is not None:
                    rows.append(value)
            except RowsRefused as error:
                problems.update({f"{place}.{name}": one for name, one in error.problems.items()})
        if problems:
            raise RowsRefused(problems)
        return rows or None

    @cached_property
    def _typed(self) -> Mapping[str, Field]:
        return {one.name: one for one in self.fields if one.typed}

    @cached_property
    def _needed(self) -> Mapping[str, None]:
        return {one.name: None for one in self.fields if one.typed and one.required}

    @cached_property
    def _blank(self) -> Mapping[str, Any]:
        """A row in which nothing was typed: what was not said is no."""
        return {one.name: False if one.typed and one.kind.code == "yes_no" else None for one in self.fields}

    def _row(self, raw: Mapping[str, Any], reading: Reading) -> dict[str, Any] | None:
        if nothing(raw.get(self.main)) if self.main else all(nothing(raw.get(one.name)) for one in self.fields):
            return None
        value: dict[str, Any] = dict(self._blank)
        problems: dict[str, Refusal] = {}
        for name, given in {**self._needed, **raw}.items():
            if (one := self._typed.get(name)) is None or (given is None and not one.required):
                continue
            try:
                value[name] = one.read(given, reading)
            except Refusal as error:
                problems[name] = error
        if not problems and self.derive:
            try:
                value.update(self.derive(value, reading))
            except Refusal as error:
                problems[error.field or self.fields[0].name] = error
        if problems:
            raise RowsRefused(problems)
        number = raw.get("id")
        if isinstance(number, int) or (isinstance(number, str) and number.isascii() and number.isdigit()):
            value["id"] = int(number)
        return value

    def plain(self, value: Any) -> Any:
        return [
            {**({"id": row["id"]} if "id" in row else {}), **{one.name: one.kind.plain(row.get(one.name)) for one in self.fields}}
            for row in value or ()
        ]

    def show(self, value: Any, showing: Showing) -> str:
        return "\n".join(self.line(row, showing) for row in value or ())

    def line(self, row: Mapping[str, Any], showing: Showing) -> str:
        """One row in one line; of yes and no only the yes."""
        return _joined(self.fields, row, showing)

    def in_short(self, value: Any, showing: Showing) -> str:
        """The rows as a cell of a table needs them: a line each, with the `brief` fields only."""
        by_name = {one.name: one for one in self.fields}
        told = [by_name[name] for name in self.brief] or list(self.fields)
        return "\n".join(_joined(told, row, showing) for row in value or ())

    def tokens(self, value: Any, showing: Showing) -> set[str]:
        found: set[str] = set()
        for row in value or ():
            for one in self.fields:
                if one.searched and row.get(one.name) is not None:
                    found |= one.kind.tokens(row[one.name], showing)
        return found

    def schema(self) -> dict[str, Any]:
        properties = {one.name: _schema(one) for one in self.fields}
        return {
            "type": "array",
            "maxItems": self.most,
            "items": {"type": "object", "properties": {"id": {"type": "integer"}, **properties}},
        }

    def options(self) -> dict[str, Any]:
        return {"fields": [one.described() for one in self.fields]}


def _joined(fields: Sequence[Field], row: Mapping[str, Any], showing: Showing) -> str:
    values = ((one, row.get(one.name)) for one in fields)
    return " – ".join(text for one, value in values if value is not False and (text := one.kind.show(value, showing)))


def _schema(one: Field) -> dict[str, Any]:
    schema = one.kind.schema() if one.kind.storage == "boolean" else {"anyOf": [one.kind.schema(), {"type": "null"}]}
    return schema if one.typed else {**schema, "readOnly": True}


def row_changes(old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]) -> bool:
    """Whether two lists of rows differ in what people see."""
    return [{**row, "id": None} for row in old] != [{**row, "id": None} for row in new]
