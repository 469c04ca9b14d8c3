"""A waiting line with lanes: first come, first served, but what is in one lane goes one after the other."""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Whoever takes a thing must say `done` with its lane, so that the next of that lane can be taken. "" is no lane."""

    def __init__(self) -> None:
        self._ready: deque[tuple[str, T]] = deque()
        self._behind: dict[str, deque[T]] = {}
        """By lane: what waits for the one that is ready or was taken."""

    def put(self, lane: str, thing: T) -> None:
        """Line `thing` up."""
        if lane and lane in self._behind:
            self._behind[lane].append(thing)
            return
        if lane:
            self._behind[lane] = deque()
        self._ready.append((lane, thing))

    def take(self) -> tuple[str, T] | None:
        """The next thing and its lane; None when nothing may be taken now."""
        return self._ready.popleft() if self._ready else None

    def done(self, lane: str) -> None:
        """What was taken from `lane` is finished."""
        if not lane:
            return
        if waiting := self._behind[lane]:
            self._ready.append((lane, waiting.popleft()))
        else:
            del self._behind[lane]
