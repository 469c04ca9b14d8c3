"""A phone rings when the pop can be seen, and not much later when it cannot."""

from __future__ import annotations

import asyncio

from agents.pops import Pops


async def test_the_ring_waits_for_the_card_on_the_screen() -> None:
    """Whoever looks at a console sees the customer first."""
    pops = Pops()
    pops.watch("maryam", on=True)
    waiting = asyncio.ensure_future(pops.shown("maryam", "1.1"))
    await asyncio.sleep(0)
    pops.seen("maryam", "1.2")
    pops.seen("reza", "1.1")
    await asyncio.sleep(0)
    assert not waiting.done()
    pops.seen("maryam", "1.1")
    await waiting


async def test_nobody_waits_for_who_has_no_console() -> None:
    """A desk phone without a browser beside it rings at once, and so does one whose console was closed."""
    pops = Pops()
    await asyncio.wait_for(pops.shown("sara", "1.1"), 0.01)
    pops.watch("sara", on=True)
    pops.watch("sara", on=False)
    await asyncio.wait_for(pops.shown("sara", "1.1"), 0.01)


async def test_a_console_that_says_nothing_does_not_keep_the_phone_silent() -> None:
    """A sleeping tab delays the ring by a moment only."""
    pops = Pops()
    pops.watch("reza", on=True)
    await asyncio.wait_for(pops.shown("reza", "1.1"), 5)
    pops.seen("reza", "1.1")  # late, and harmless
