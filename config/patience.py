"""Work on the database that waits while the database is in trouble, for what nobody would do again by hand: the end of a job, the row of a call."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from config.clock import Clock
from config.database_errors import DatabaseAway, DatabaseBusy, DatabaseFull, DatabaseHeld, DatabaseLocked, DatabaseMoved, DatabaseUnwritable

log = logging.getLogger(__name__)

T = TypeVar("T")

PASSING = (DatabaseFull, DatabaseLocked, DatabaseMoved, DatabaseUnwritable, DatabaseAway, DatabaseHeld, DatabaseBusy)
"""Troubles that somebody or time ends; nothing was saved when they are raised, so the same may be done again."""

FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 30.0
MOST_SECONDS = 24 * 3600.0
"""A disk that is full or a server that is away for longer than a day is raised to whoever asked."""


async def patiently(clock: Clock, what: str, work: Callable[[], Awaitable[T]]) -> T:
    """What `work` gives; while the database cannot do it, again after a pause. `what` is for the log.

    Raises the trouble itself after MOST_SECONDS, and at once in a task that is being cancelled: a stop of the product waits for no disk.
    """
    pause, waited = FIRST_PAUSE_SECONDS, 0.0
    while True:
        try:
            return await work()
        except PASSING as trouble:
            task = asyncio.current_task()
            if waited >= MOST_SECONDS or (task is not None and task.cancelling()):
                raise
            if not waited:
                log.warning("%s waits: %s", what, trouble)
        await _pause(clock, pause)
        waited += pause
        pause = min(pause * 2, LONGEST_PAUSE_SECONDS)


async def _pause(clock: Clock, seconds: float) -> None:
    over = asyncio.Event()
    timer = clock.call_later(seconds, over.set)
    try:
        await over.wait()
    finally:
        timer.cancel()
