"""The bus: tells every event to those who listen for its type, in the order it happened.

Listeners are plain functions that return at once; one that fails is logged and does not stop the others. An
event told while another is being told waits its turn, so everybody sees the same order.
"""

from __future__ import annotations

import logging
from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any, TypeVar

from switchboard.events import Event

E = TypeVar("E", bound=Event)

log = logging.getLogger(__name__)


class Bus:
    """Numbers events and tells them. `number` is that of the last event told."""

    def __init__(self, number: int = 0) -> None:
        self.number = number
        self._listeners: dict[type[Event], list[Callable[[Any], None]]] = defaultdict(list)
        self._witnesses: list[Callable[[int, Event], None]] = []
        self._waiting: deque[Event] = deque()
        self._telling = False

    def listen(self, kind: type[E], listener: Callable[[E], None]) -> Callable[[], None]:
        """Call `listener` with each event of exactly `kind`. Returns its own undo."""
        listeners = self._listeners[kind]
        listeners.append(listener)
        return lambda: listeners.remove(listener)

    def witness(self, witness: Callable[[int, Event], None]) -> Callable[[], None]:
        """Call `witness` with the number and the event, for every event, after its listeners. Returns its undo."""
        self._witnesses.append(witness)
        return lambda: self._witnesses.remove(witness)

    def tell(self, event: Event) -> None:
        """Tell `event` to all who listen; to be called on the loop's thread only."""
        self._waiting.append(event)
        if self._telling:
            return
        self._telling = True
        try:
            while self._waiting:
                self._tell(self._waiting.popleft())
        finally:
            self._telling = False

    def _tell(self, event: Event) -> None:
        self.number += 1
        number = self.number
        for listener in tuple(self._listeners[type(event)]):
            try:
                listener(event)
            except Exception:  # one listener's fault is not the others': each of them hears every event
                log.exception("a listener of %s failed", type(event).__name__)
        for witness in tuple(self._witnesses):
            try:
                witness(number, event)
            except Exception:  # as above
                log.exception("a witness of %s failed", type(event).__name__)
