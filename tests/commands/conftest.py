"""Commands run loops of their own; the loop of the other tests is put back after each."""

from __future__ import annotations

import asyncio

import pytest


@pytest.fixture(autouse=True)
def _loop_as_before():
    """asyncio.run takes the thread's loop away; the other tests' loop is put back."""
    from config.loops import LOOP

    yield
    asyncio.set_event_loop(LOOP)
