"""Two SQL expressions that differ between SQLite and PostgreSQL: the value of a field in the `extra` column, and a folded text.

SQLAlchemy's own JSON paths compile on SQLite to casts that no expression index matches, so these are written out; an index made
from `custom_value` is used by filters made from it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, ColumnElement, Float, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeEngine

from crm.fields.field import Field

_TYPES: dict[str, TypeEngine[Any]] = {"integer": BigInteger(), "real": Float(), "boolean": Boolean()}
_POSTGRES = {"integer": "bigint", "real": "double precision", "boolean": "boolean"}
_FROM = "آأإٱؤئيىكةۀ۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩\u200c"
_TO = "ااااویییکهه" + "0123456789" * 2 + " "
assert len(_FROM) == len(_TO)


class custom_value(FunctionElement[Any]):  # noqa: N801  reads as the SQL function it is
    """The value of one custom field: `custom_value(table.c.extra, field)`."""

    inherit_cache = False

    def __init__(self, extra: ColumnElement[Any], field: Field) -> None:
        if not field.name.isidentifier() or not field.name.isascii():
            raise ValueError(field.name)
        self.field_name, self.storage = field.name, field.kind.storage
        self.type = _TYPES.get(field.kind.storage, String())
        super().__init__(extra)


@compiles(custom_value)
def _sqlite_value(element: custom_value, compiler: Any, **more: Any) -> str:
    return f"json_extract({compiler.process(element.clauses, **more)}, '$.\"{element.field_name}\"')"


@compiles(custom_value, "postgresql")
def _postgres_value(element: custom_value, compiler: Any, **more: Any) -> str:
    text = f"(({compiler.process(element.clauses, **more)}) ->> '{element.field_name}')"
    made = _POSTGRES.get(element.storage)
    return f"({text})::{made}" if made else text


class folded(FunctionElement[str]):  # noqa: N801  as above
    """A text column in lower case with Persian letters and digits evened out: near enough to crm/folding for "contains"."""

    inherit_cache = True
    type = String()


@compiles(folded)
def _sqlite_folded(element: folded, compiler: Any, **more: Any) -> str:
    return f"fold_text({compiler.process(element.clauses, **more)})"


@compiles(folded, "postgresql")
def _postgres_folded(element: folded, compiler: Any, **more: Any) -> str:
    return f"translate(lower(CAST({compiler.process(element.clauses, **more)} AS text)), '{_FROM}', '{_TO}')"
