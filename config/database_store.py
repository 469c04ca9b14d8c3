"""What a kind of database must give, so that `Database` can stand before it: the three ways in."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from sqlalchemy import Connection

from config.database_errors import DatabaseTrouble

T = TypeVar("T")

Watch = Callable[[DatabaseTrouble | None], None]
"""Hears, on the loop's thread, that the database fell ill, and None when it is well again."""


class Store(Protocol):
    """An open database of one kind. See `config.database.Database` for what the three ways promise."""

    async def write(self, work: Callable[[Connection], T], lane: str) -> T: ...

    async def read(self, work: Callable[[Connection], T]) -> T: ...

    def lookup(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]: ...

    async def close(self) -> None: ...
