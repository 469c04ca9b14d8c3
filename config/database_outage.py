"""Knows whether the server answers, and goes on asking, ever more patiently, while it does not.

Used from every thread: whoever loses a connection says so and may wait a moment for the end of the outage. Watchers hear of it only when
asking once more did not help: a single connection that was cut is nobody's worry.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from config.database_errors import DatabaseAway, DatabaseTrouble
from config.errors import Refusal

FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 5.0

log = logging.getLogger(__name__)


class Outage:
    """`reach` connects, or raises a `Refusal`; `tell` hears of troubles that last, and None at their end, in the asking thread."""

    def __init__(self, reach: Callable[[], None], tell: Callable[[DatabaseTrouble | None], None]) -> None:
        self._reach = reach
        self._tell = tell
        self._lock = threading.Lock()
        self._well = threading.Event()
        self._well.set()
        self._closed = threading.Event()
        self._since = 0.0
        self._asking: threading.Thread | None = None
        self.why: DatabaseTrouble = DatabaseAway(detail="")
        """The trouble of the outage that lasts, or of the last one."""

    def begin(self, why: DatabaseTrouble) -> None:
        """A connection was lost: ask whether the server is still there."""
        with self._lock:
            if self._closed.is_set() or not self._well.is_set():
                return
            self.why = why
            self._since = time.monotonic()
            self._well.clear()
            self._asking = threading.Thread(target=self._ask, name="database outage", daemon=True)
            self._asking.start()

    @property
    def lasts(self) -> bool:
        """Whether the server does not answer now."""
        return not self._well.is_set()

    def over(self, patience_seconds: float) -> bool:
        """Whether the server answers, waited for until the outage is as old as `patience_seconds`. Blocks: not for the loop."""
        left = self._since + patience_seconds - time.monotonic()
        return self._well.wait(max(left, 0.0)) and not self._closed.is_set()

    def pause(self) -> None:
        """A short wait, cut short by `close`."""
        self._closed.wait(FIRST_PAUSE_SECONDS)

    def close(self) -> None:
        """Ask no more, and let nobody wait any longer."""
        self._closed.set()
        self._well.set()
        if self._asking is not None:
            self._asking.join()

    def _ask(self) -> None:
        pause, told = FIRST_PAUSE_SECONDS, False
        while not self._closed.is_set():
            try:
                self._reach()
            except Refusal as refusal:
                self.why = refusal if isinstance(refusal, DatabaseTrouble) else DatabaseAway(detail=str(refusal).rstrip("."))
                if not told:
                    log.warning("%s", self.why)
                    self._tell(self.why)
                    told = True
                self._closed.wait(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            self._well.set()
            if told:
                log.warning("the database server answers again after %.1f s", time.monotonic() - self._since)
                self._tell(None)
            return
