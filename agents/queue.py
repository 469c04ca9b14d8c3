"""The waiting line of one queue: who waits, since when, in which order.

The order is: callers who come back because an agent's phone failed them, then higher priority, then the longest
wait. A caller keeps the place while a phone rings for them. Pure: times come in as data.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator

from attrs import define, field

Order = tuple[bool, int, float, int]


@define(eq=False)
class Waiting:
    """One waiting caller. `since` is when the wait counts from; `expert` is the agent to be asked first ("" = anybody)."""

    call: str
    queue: str
    since: float
    priority: int = 0
    returned: bool = False
    """Comes back to the head after an agent's phone failed."""

    expert: str = ""
    offered_to: str = ""
    """The agent whose phone rings for this caller now."""

    overdue: bool = False
    """The longest wait is over, but a phone rings: the flow goes on if it is not answered."""

    number: int = 0
    """Order of joining; decides between equals."""

    @property
    def order(self) -> Order:
        """Sorts first who is to be served first."""
        return (not self.returned, -self.priority, self.since, self.number)


@define
class WaitingLine:
    """The callers of one queue, in the order in which they are to be served."""

    queue: str
    _line: list[Waiting] = field(factory=list)

    def join(self, caller: Waiting) -> None:
        """Put `caller` into their place."""
        insort(self._line, caller, key=lambda one: one.order)

    def leave(self, caller: Waiting) -> None:
        """Take `caller` out; raises ValueError when they are not in the line."""
        del self._line[self._index(caller)]

    def promote(self, caller: Waiting, priority: int) -> None:
        """Give `caller` another priority and the place that goes with it."""
        self.leave(caller)
        caller.priority = priority
        self.join(caller)

    def place(self, caller: Waiting) -> int:
        """1 for who is served next."""
        return self._index(caller) + 1

    def unoffered(self) -> Iterator[Waiting]:
        """Those for whom no phone rings, in order."""
        return (one for one in self._line if not one.offered_to)

    @property
    def longest_since(self) -> float | None:
        """Since when the caller waits who waits longest; None when nobody waits."""
        return min((one.since for one in self._line), default=None)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._line)

    def __len__(self) -> int:
        return len(self._line)

    def _index(self, caller: Waiting) -> int:
        index = bisect_left(self._line, caller.order, key=lambda one: one.order)
        if index == len(self._line) or self._line[index] is not caller:
            raise ValueError(caller.call)
        return index
