"""A list as a table: its title, headers and rows, each cell as its kind gives it. What every format is written from. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from attrs import frozen

from config.persian.digits import in_script
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.fields.rows import Rows
from crm.record import Record

_BETWEEN = re.compile(" (?<=[0-9۰-۹] )(?=[0-9۰-۹])")  # begins with what is rare, for there are millions of cells
_ASCII = re.compile("[0-9]")
_PLUS = re.compile(r"(?<!\S)\+(?=[0-9۰-۹])")

Cell = Any
"""None, a text, a number, true/false, a date or a datetime."""


@frozen(kw_only=True)
class Column:
    """One column: the field, and its header."""

    field: Field
    header: str


@frozen(kw_only=True)
class Layout:
    """What is written: `title`, the columns, for whom. `spread`: rows of a record in columns of their own ("Number 1", "Number 2"), as imports take them."""

    entity: Entity
    title: str
    columns: tuple[Column, ...]
    language: str


def layout(entity: Entity, fields: Sequence[Field], language: str, title: str) -> Layout:
    """The columns of these fields, the record's name first."""
    named = entity.field(entity.title_field)
    whole = [*([named] if named and named not in fields else []), *fields]
    return Layout(
        entity=entity, title=title, language=language, columns=tuple(Column(field=one, header=one.word(language)) for one in whole)
    )


def cells(plan: Layout, record: Record, showing: Showing) -> list[Cell]:
    """A record's cells for spreadsheets: numbers and dates as such."""
    return [_cell(one.field, record.values.get(one.field.name), showing) for one in plan.columns]


def texts(plan: Layout, record: Record, showing: Showing) -> list[str]:
    """A record's cells as people read them."""
    return [_text(one.field, record.values.get(one.field.name), showing) for one in plan.columns]


def plain(plan: Layout, record: Record) -> dict[str, Any]:
    """A record as programs take it: id and values by field name."""
    found: dict[str, Any] = {"id": record.id, "title": record.title}
    for one in plan.columns:
        value = record.values.get(one.field.name)
        found[one.field.name] = None if value is None else one.field.kind.plain(value)
    return found


def _cell(one: Field, value: Any, showing: Showing) -> Cell:
    if value is None:
        return None
    return _text(one, value, showing) if isinstance(one.kind, Rows) else one.kind.cell(value, showing)


def _text(one: Field, value: Any, showing: Showing) -> str:
    text = one.kind.in_short(value, showing) if isinstance(one.kind, Rows) else one.kind.show(value, showing)
    return _together(text) if showing.language == "fa" and (isinstance(one.kind, Rows) or one.kind.code == "phone") else text


def _together(text: str) -> str:
    """Numbers among Persian words as they are said, in every program.

    Groups of digits with spaces between them would be set from right to left. A no-break space is part of the number (Unicode UAX #9, W4);
    where a plus stands before it, it takes a mark. A part that is a number only, such as an extension, gets the digits of the others.
    """
    if _ASCII.search(text):
        lines = (" – ".join(in_script(part, "fa") if part.isdigit() else part for part in line.split(" – ")) for line in text.split("\n"))
        text = "\n".join(lines)
    text = _BETWEEN.sub("\u00a0", text)
    return _PLUS.sub("\u200e+", text) if "+" in text else text
