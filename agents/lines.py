"""All waiting lines: joining, leaving, the limits of waiting and the customer's own expert.

Pure. Every QueueJoined it tells is followed by exactly one QueueLeft of the same call and queue.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Set as AbstractSet
from heapq import merge

from attrs import define, field

from agents.actions import CancelTimer, Music, Outbox, Remember, SetTimer
from agents.queue import Order, Waiting, WaitingLine
from switchboard.events import QueueJoined, QueueLeft


@define
class Lines:
    """Who waits where."""

    _out: Outbox
    _lines: dict[str, WaitingLine] = field(factory=dict)
    _callers: dict[str, Waiting] = field(factory=dict)
    _awaiting: dict[str, Waiting] = field(factory=dict)
    """Those who are kept for an expert."""

    _joined: int = 0

    def __len__(self) -> int:
        return len(self._callers)

    def __iter__(self) -> Iterator[Waiting]:
        return iter(self._callers.values())

    def get(self, call: str) -> Waiting | None:
        """The waiting caller, or None."""
        return self._callers.get(call)

    def line(self, queue: str) -> WaitingLine:
        """The line of `queue`, made when it is first asked for."""
        if queue not in self._lines:
            self._lines[queue] = WaitingLine(queue)
        return self._lines[queue]

    def join(self, caller: Waiting, now: float, *, longest: float | None = None, adopted: bool = False) -> None:
        """`caller` begins to wait, for `longest` seconds counted from `since` at the most. `adopted`: the music plays already."""
        self._joined += 1
        caller.number = self._joined
        self._callers[caller.call] = caller
        self.line(caller.queue).join(caller)
        if not adopted:
            known = {"SB_QUEUE": caller.queue, "SB_SINCE": f"{caller.since:.3f}", "SB_PRIORITY": str(caller.priority), "SB_AGENT": ""}
            self._out.add(Remember(caller.call, known), Music(caller.call, caller.queue))
        self._out.tell(QueueJoined(at=now, call=caller.call, queue=caller.queue, since=caller.since, priority=caller.priority))
        self.limit(caller, longest, now)

    def limit(self, caller: Waiting, longest: float | None, now: float) -> None:
        """Let the wait end `longest` seconds after it began; None: whenever it is over."""
        if longest is not None:
            self._out.add(SetTimer(("wait", caller.call), max(now, caller.since + longest)))

    def leave(self, caller: Waiting, why: str, now: float) -> None:
        """`caller` no longer waits."""
        del self._callers[caller.call]
        self.line(caller.queue).leave(caller)
        self._out.add(CancelTimer(("wait", caller.call)))
        self.ask_first(caller, "", 0, now)
        self._out.tell(QueueLeft(at=now, call=caller.call, queue=caller.queue, why=why, waited_seconds=max(0.0, now - caller.since)))

    def promote(self, caller: Waiting, priority: int) -> None:
        """A better priority became known while waiting; a lower one changes nothing."""
        if priority > caller.priority:
            self.line(caller.queue).promote(caller, priority)
            self._out.add(Remember(caller.call, {"SB_PRIORITY": str(priority)}))

    def ask_first(self, caller: Waiting, expert: str, seconds: float, now: float) -> None:
        """Keep `caller` for their own `expert` for `seconds`; "" or 0: for nobody any longer."""
        caller.expert = expert if seconds > 0 else ""
        if caller.expert:
            self._awaiting[caller.call] = caller
            self._out.add(SetTimer(("expert", caller.call), now + seconds))
        elif self._awaiting.pop(caller.call, None):
            self._out.add(CancelTimer(("expert", caller.call)))

    def unoffered(self, queues: Iterable[str]) -> Iterator[Waiting]:
        """Callers of all `queues` for whom no phone rings, in the order in which they are to be served."""
        return merge(*(self.line(queue).unoffered() for queue in queues), key=_order)

    def served(self, members: Callable[[str], Collection[str]], free: AbstractSet[str]) -> list[str]:
        """Queues in which somebody waits without an offer whom somebody `free` could have."""
        experts = {one.queue for one in self._awaiting.values() if one.expert in free}
        return [
            name
            for name, line in self._lines.items()
            if next(line.unoffered(), None) and (name in experts or not free.isdisjoint(members(name)))
        ]


def _order(caller: Waiting) -> Order:
    return caller.order
