"""How the product is: each part's own word, and how late the loop is."""

from __future__ import annotations

import asyncio
import shutil
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from config.clock import Clock, Timer
from config.database import Database
from config.database_errors import DatabaseTrouble
from config.errors import Refusal
from ivr.flows import Flows

Part = dict[str, Any]
Check = Callable[[], Part]

MEASURE_SECONDS = 0.5
MEASURES = 120
LATE_SECONDS = 1.0
"""A loop that was this late within the last minute is not well."""

LEAST_BYTES = 50_000_000


class LoopLag:
    """Measures how late the loop runs what was due; keeps the last minute."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._late: deque[float] = deque(maxlen=MEASURES)
        self._timer: Timer | None = None

    def start(self) -> None:
        """Begin to measure."""
        due = self._clock.now() + MEASURE_SECONDS
        self._timer = self._clock.call_later(MEASURE_SECONDS, lambda: self._measure(due))

    def stop(self) -> None:
        """Measure no more."""
        if self._timer is not None:
            self._timer.cancel()

    def _measure(self, due: float) -> None:
        self._late.append(max(0.0, self._clock.now() - due))
        self.start()

    @property
    def latest(self) -> float:
        """Seconds, at the last measure."""
        return self._late[-1] if self._late else 0.0

    @property
    def most(self) -> float:
        """Seconds, the worst of the last minute."""
        return max(self._late, default=0.0)

    def health(self) -> Part:
        """For /healthz."""
        return {"ok": self.latest < LATE_SECONDS, "seconds": round(self.latest, 4), "most_seconds": round(self.most, 4)}


class Health:
    """Asks every part. `checks` are quick and do no I/O; the database and the disk are asked here."""

    def __init__(self, database: Database, home: Path, checks: Mapping[str, Check]) -> None:
        self._database = database
        self._home = home
        self._checks = dict(checks)
        self._unwell: DatabaseTrouble | None = None
        database.watch(self._seen)

    async def parts(self) -> dict[str, Part]:
        """Every part with its "ok" and what it says of itself."""
        found = {name: _ask(check) for name, check in self._checks.items()}
        found["database"] = await self._of_database()
        found["disk"] = await asyncio.to_thread(self._of_disk)
        return found

    def _seen(self, unwell: DatabaseTrouble | None) -> None:
        self._unwell = unwell

    async def _of_database(self) -> Part:
        """A database that can be read and not written is not well either."""
        ill: Refusal | None = self._unwell
        try:
            await self._database.read(lambda connection: connection.exec_driver_sql("SELECT 1").scalar_one())
        except Refusal as why:
            ill = why
        return {"ok": False, "code": ill.code, "why": str(ill)} if ill else {"ok": True}

    def _of_disk(self) -> Part:
        free = shutil.disk_usage(self._home).free
        return {"ok": free >= LEAST_BYTES, "free_bytes": free}


def _ask(check: Check) -> Part:
    try:
        return check()
    except Exception as error:  # noqa: BLE001 — a part that cannot even say how it is, is not well; /healthz must answer
        return {"ok": False, "why": type(error).__name__}


class Ari(Protocol):
    """The link's websocket."""

    @property
    def up(self) -> bool:
        """Whether it stands."""


class Link(Protocol):
    """The link to Asterisk (switchboard.asterisk.link)."""

    @property
    def ari(self) -> Ari:
        """Its websocket."""


def asterisk_check(link: Link) -> Check:
    """The part "asterisk": whether the link stands."""
    return lambda: {"ok": link.ari.up}


def flows_check(flows: Flows) -> Check:
    """The part "flows": well as long as some serve; how many problems the files on the disk have is told beside."""
    return lambda: {"ok": bool(flows.live.flows), "version": flows.live.version, "problems": len(flows.problems)}
