"""Whether a column is one of many values, which go to the database as one: hundreds of places for values take longer to write and to read than the rows to look up.

PostgreSQL takes an array, SQLite a JSON text (https://www.sqlite.org/json1.html#jeach).
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import JSON, Boolean, ColumnElement, Dialect, TypeDecorator, bindparam, func, literal, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine


def among(column: ColumnElement[Any], values: Collection[Any]) -> ColumnElement[bool]:
    """Whether `column` is one of the values, which are not None."""
    return _Among(column, literal(list(values), _ListOf(column.type)))


def among_given(column: ColumnElement[Any], name: str) -> ColumnElement[bool]:
    """As `among`, for a statement that is made once: the values are given as a list, by `name`, when it is executed."""
    return _Among(column, bindparam(name, type_=_ListOf(column.type)))


class _ListOf(TypeDecorator[Any]):
    """Values as one parameter. `item`: the column's type."""

    impl = JSON
    cache_ok = True

    def __init__(self, item: TypeEngine[Any]) -> None:
        super().__init__()
        self.item = item

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """An array where there are arrays."""
        return dialect.type_descriptor(ARRAY(self.item) if dialect.name == "postgresql" else JSON())


class _Among(FunctionElement[bool]):
    inherit_cache = True
    name = "among"
    type = Boolean()

    def self_group(self, against: object = None) -> _Among:  # noqa: ARG002  SQLAlchemy's own signature
        """As it is: "… IN (…) = 1", which is made of a truth value elsewhere, keeps SQLite from its index."""
        return self


@compiles(_Among, "sqlite")
def _of_json(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = element.clauses
    return compiler.process(column.in_(select(func.json_each(values).table_valued("value").c.value)), **more)


@compiles(_Among, "postgresql")
def _of_array(element: _Among, compiler: SQLCompiler, **more: Any) -> str:
    column, values = element.clauses
    return f"{compiler.process(column, **more)} = ANY ({compiler.process(values, **more)})"
