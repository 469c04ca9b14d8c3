"""A gate for threads: many pass together, or one alone while the others wait."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Nobody enters while somebody waits to be alone, so that this one's turn comes."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._alone_wanted = 0
        self._alone = False

    @contextmanager
    def passing(self, *, alone: bool) -> Iterator[None]:
        """Be inside for the length of a `with`."""
        with self._changed:
            if alone:
                self._alone_wanted += 1
                self._changed.wait_for(lambda: not self._alone and not self._inside)
                self._alone_wanted -= 1
                self._alone = True
            else:
                self._changed.wait_for(lambda: not self._alone and not self._alone_wanted)
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._alone = False
                self._changed.notify_all()
