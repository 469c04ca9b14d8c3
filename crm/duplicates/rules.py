"""What makes two records the same: the keys of an entity's declaration, as values of one record and as SQL over all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select

from crm.entity import Entity, Weak
from crm.fields.field import Field
from crm.fields.kind import Kind
from crm.fields.rows import Rows
from crm.fields.texts import Line
from crm.folding import fold
from crm.query import value_of
from crm.sql_words import folded

MOST_VALUES = 20
FEWEST_LETTERS = 3
"""Shorter texts say nothing."""


@frozen
class Part:
    """One field of a key: of the record itself, or of its rows ("phones.number")."""

    path: str
    outer: Field
    kind: Kind
    column: str
    """The column it is compared in."""

    @property
    def in_rows(self) -> bool:
        """Whether it lies in a table of rows."""
        return isinstance(self.outer.kind, Rows)

    @property
    def is_text(self) -> bool:
        """Whether it is compared folded."""
        return isinstance(self.kind, Line)


@frozen
class Rule:
    """A key of the entity: records that agree in all its parts are taken for the same."""

    parts: tuple[Part, ...]
    weak: Weak | None = None
    """Of a rule of one part in rows: the rows in which it counts only beside an equal field of the record."""

    @property
    def name(self) -> str:
        """Its fields: "phones.number", "name+city"."""
        return "+".join(one.path for one in self.parts)

    def word(self, language: str) -> str:
        """The fields' labels."""
        return " + ".join(_label(one, language) for one in self.parts)


def rules_of(entity: Entity) -> tuple[Rule, ...]:
    """The entity's rules; a key that names a field which is not there is left out."""
    found = []
    for key in entity.keys:
        parts = [part for path in key if (part := _part(entity, path))]
        if len(parts) == len(key):
            found.append(Rule(tuple(parts), entity.weak_keys.get(key[0]) if len(parts) == 1 and parts[0].in_rows else None))
    return tuple(found)


def values_of_rule(rule: Rule, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    """The comparable values of one record under a rule: none when a part is empty, several when rows are involved."""
    if rule.weak:
        return islice(_weak_values(rule.parts[0], rule.weak, values), MOST_VALUES)
    return product(*(list(_values(part, values))[:MOST_VALUES] for part in rule.parts))


def compared(rule: Rule, entity: Entity, *, all_of_them: bool = False) -> tuple[Select[Any], list[ColumnElement[Any]]]:
    """SELECT of (id) over living records with the rule's tables joined, and the expressions that its parts are compared by.

    `all_of_them`: for a look at every record; values in rows that nothing else has are then left out by their index, before any record is read.
    """
    table = entity.table
    places: list[ColumnElement[Any]] = []
    source: Any = table
    where: list[ColumnElement[bool]] = [table.c.deleted_at.is_(None)]
    weak: Any = None
    for part in rule.parts:
        if part.in_rows:
            child = entity.children[part.outer.name].alias()
            source = source.join(child, child.c[f"{entity.name}_id"] == table.c.id)
            place: ColumnElement[Any] = child.c[part.column]
            if all_of_them and not part.is_text:
                where.append(place.in_(_several(entity.children[part.outer.name].alias(), part.column)))
            weak = rule.weak and (child.c[rule.weak.column].in_(rule.weak.values), func.replace(folded(table.c[rule.weak.beside]), " ", ""))
        else:
            place = table.c[part.column] if part.column in table.c else value_of(part.outer, table)
        place = folded(place) if part.is_text and part.column != "sort_key" else place
        places.append(place)
        where.append(place.is_not(None))
        if part.kind.storage in ("string", "text"):
            where.append(func.length(place) >= FEWEST_LETTERS)
    if weak:
        places.append(case(weak, else_=""))
    return select(table.c.id).select_from(source).where(and_(*where)), places


def _several(child: Any, column: str) -> Select[Any]:
    place = child.c[column]
    return select(place).group_by(place).having(func.count() > 1)


def equal(places: list[ColumnElement[Any]], values: tuple[Any, ...]) -> ColumnElement[bool]:
    """The condition that the parts have these values."""
    return and_(*(place == literal(value) for place, value in zip(places, values, strict=True)))


def _weak_values(part: Part, weak: Weak, values: Mapping[str, Any]) -> Iterator[tuple[Any, ...]]:
    for row in values.get(part.outer.name) or ():
        for value in _values(part, {part.outer.name: [row]}):
            yield value, weak.told(row.get(weak.column), values.get(weak.beside))


def _part(entity: Entity, path: str) -> Part | None:
    name, _dot, inner = path.partition(".")
    outer = entity.field(name)
    if outer is None:
        return None
    if not isinstance(outer.kind, Rows):
        return Part(path, outer, outer.kind, name)
    if inner in outer.kind.derived:
        from crm.fields.texts import Barcode

        return Part(path, outer, Barcode(), inner)
    one = next((one for one in outer.kind.fields if one.name == inner), None)
    return Part(path, outer, one.kind, inner) if one else None


def _values(part: Part, values: Mapping[str, Any]) -> Iterator[Any]:
    raw = [row.get(part.column) for row in values.get(part.outer.name) or ()] if part.in_rows else [values.get(part.outer.name)]
    for value in raw:
        if value is None or (isinstance(value, str) and len(value) < FEWEST_LETTERS):
            continue
        yield fold(value) if part.is_text else value


def _label(part: Part, language: str) -> str:
    if isinstance(part.outer.kind, Rows):
        inner = next((one for one in part.outer.kind.fields if one.name == part.column), None)
        return inner.word(language) if inner and inner.typed else part.outer.word(language)
    return part.outer.word(language)
