"""Setting futures that somebody may have set or cancelled already."""

from __future__ import annotations

from asyncio import Future
from typing import TypeVar

T = TypeVar("T")


def resolve(future: Future[T] | None, value: T) -> None:
    """Give `future` its value unless it is done."""
    if future and not future.done():
        future.set_result(value)


def fail(future: Future[T] | None, error: BaseException | type[BaseException]) -> None:
    """Give `future` its error unless it is done."""
    if future and not future.done():
        future.set_exception(error)
