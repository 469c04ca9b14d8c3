"""Rows on their way: the same row must look the same in SQLite and in PostgreSQL, or a comparison would mean nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import orjson
from attrs import define, frozen
from sqlalchemy import JSON, Boolean, Float, Table

Row = tuple[Any, ...]


@frozen
class Shape:
    """A table as it is moved: its name and its columns' names; `truths`, `numbers` and `structures` are places of columns of those kinds."""

    name: str
    columns: tuple[str, ...]
    truths: tuple[int, ...]
    numbers: tuple[int, ...]
    structures: tuple[int, ...]

    @classmethod
    def of(cls, table: Table) -> Shape:
        """The shape of a table as SQLAlchemy read it from a database."""

        def places(kind: type[Any]) -> tuple[int, ...]:
            return tuple(place for place, column in enumerate(table.columns) if isinstance(column.type, kind))

        return cls(table.name, tuple(column.name for column in table.columns), places(Boolean), places(Float), places(JSON))

    def alike(self, row: Sequence[Any]) -> Row:
        """The row in the one form that both databases give: truths as bool, fractions as float; structures stay text."""
        values = list(row)
        for places, made in ((self.truths, bool), (self.numbers, float)):
            for place in places:
                if values[place] is not None:
                    values[place] = made(values[place])
        return tuple(values)

    def compared(self, row: Row) -> bytes:
        """What is compared of a row: everything but the blanks and the order of keys in structures."""
        if not self.structures:
            return repr(row).encode("utf-8", "surrogatepass")
        values = list(row)
        for place in self.structures:
            if values[place] is not None:
                values[place] = orjson.dumps(orjson.loads(values[place]), option=orjson.OPT_SORT_KEYS)
        return repr(values).encode("utf-8", "surrogatepass")


@define
class Tally:
    """How many rows went by, and a sum of their hashes: equal for the same rows in whatever order."""

    count: int = 0
    total: int = 0

    def add(self, compared: bytes) -> None:
        """One row."""
        self.count += 1
        self.total = (self.total + int.from_bytes(hashlib.blake2b(compared, digest_size=16).digest())) & ((1 << 128) - 1)


Tell = Callable[[str, int, int], None]
"""Hears of progress: table, rows done, rows in all."""
