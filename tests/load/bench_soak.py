"""Half an hour at five calls a second: nothing fails, memory stays flat, nothing is left behind.

Four of five calls walk two menus; the fifth asks for a queue with nobody in it, waits three seconds and gives up.
`minutes` may be less for a trial; the committed result is of 30.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from tests.load.bench_ivr import FLOW, STEPS
from tests.load.bench_pop import FLOW as QUEUE_FLOW
from tests.load.process import open_files, resident_bytes
from tests.phones import sipp
from tests.phones.baresip import select_wait, until
from tests.product import Product, running

WAITING = [sipp.wait(0.3), sipp.press_info("1"), sipp.wait(3), sipp.hang_up()]


def left_behind(product: Product) -> dict[str, int]:
    """Channels, talk bridges and live calls that should not be there."""
    status, health = product.health()
    assert status == 200, health
    return {"calls": sum(1 for call in product.calls(50) if not call["ended_at"]), "files": open_files(product.daemon_pid)}


def main(minutes: float | None = None) -> dict[str, Any]:
    """Calls made and failed, and the daemon's memory from the third minute to the end."""
    minutes = minutes if minutes is not None else float(os.environ.get("SOAK_MINUTES", "30"))
    with running(rtp_ports=6000) as product, tempfile.TemporaryDirectory() as folder:
        for name, flow in (("bench", FLOW), ("bench-pop", QUEUE_FLOW)):
            (product.home / "flows" / f"{name}.yaml").write_text(flow)
        product.api("POST", "/flows/reload", {}, user="admin")
        before = left_behind(product)
        count = int(minutes * 60)
        menus = sipp.start(Path(folder) / "menus", product.sip, "9001", STEPS, calls=4 * count, rate=4)
        queues = sipp.start(Path(folder) / "queues", product.sip, "9002", WAITING, calls=count, rate=1)
        memory: list[int] = []
        while menus.poll() is None or queues.poll() is None:
            select_wait(15)
            memory.append(resident_bytes(product.daemon_pid))
        outcomes = [sipp.finish(menus, Path(folder) / "menus"), sipp.finish(queues, Path(folder) / "queues")]
        until(lambda: left_behind(product)["calls"] == 0, "all calls are over")
        after = left_behind(product)
    settled = memory[min(12, len(memory) // 3) :] or memory
    return {
        "minutes": minutes, "made": sum(one.made for one in outcomes), "failed": sum(one.failed for one in outcomes),
        "memory_mb_first": settled[0] / 1e6, "memory_mb_last": settled[-1] / 1e6, "memory_mb_highest": max(memory) / 1e6,
        "files_before": before["files"], "files_after": after["files"], "calls_left": after["calls"],
    }  # fmt: skip
