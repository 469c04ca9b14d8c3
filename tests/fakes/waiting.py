"""Waiting for something to become true, with an end."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

SECONDS = 15.0


async def until(true: Callable[[], object], what: Callable[[], object] = lambda: "") -> None:
    """Wait until `true()`; fails with `what()` when it does not come about."""
    give_up = time.monotonic() + SECONDS
    while not true():
        assert time.monotonic() < give_up, what()
        await asyncio.sleep(0.005)
