"""Memory with a hundred calls up, and the time from the command to the first answered call (everything already set up)."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from tests.load.bench_pop import FLOW
from tests.load.process import resident_bytes
from tests.phones import sipp
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import running

CALLS = 100


def main() -> dict[str, Any]:
    """Megabytes and seconds."""
    with running(rtp_ports=6000) as product, tempfile.TemporaryDirectory() as folder:
        (product.home / "flows" / "bench-pop.yaml").write_text(FLOW)
        product.api("POST", "/flows/reload", {}, user="admin")
        steps = [sipp.wait(0.5), sipp.press_info("1"), sipp.wait(12), sipp.hang_up()]
        process = sipp.start(Path(folder), product.sip, "9002", steps, calls=CALLS, rate=20)
        until(lambda: sum(1 for call in product.calls(200) if call["status"] == "waiting") >= CALLS, "a hundred calls wait", 30)
        memory = resident_bytes(product.daemon_pid)
        outcome = sipp.finish(process, Path(folder))
        product.stop()
        begun = time.perf_counter()
        product.start(wait=False)
        answered = first_answer(product.sip, product.demo["numbers"]["main"]) - begun
        until(product.is_ready, "ready")
    return {"memory_mb_with_100_calls": memory / 1e6, "failed": outcome.failed, "seconds_to_first_answer": answered}


def first_answer(sip: str, number: str) -> float:
    """Call until somebody answers; gives the moment."""
    while True:
        caller = Caller(sip, number)
        caller.invite()
        try:
            status = caller.wait_answer(0.3)
        except (TimeoutError, ConnectionRefusedError):
            caller.vanish()
            continue
        if status == 200:
            moment = caller.answered_at
            caller.hang_up()
            return moment
        caller.vanish()
