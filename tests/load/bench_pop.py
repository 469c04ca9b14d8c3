"""Last digit → screen-pop frame at a free agent's websocket, against a bare ARI client that only forwards the digit.

Calls of both kinds alternate on one Asterisk. The clock starts when the digit's last RFC 4733 packet leaves the caller
and stops when the frame has arrived in the console's process.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config.secrets import installation_key
from config.settings import Settings
from switchboard.asterisk.layout import passwords
from tests.load.bench_ivr import ami_of
from tests.phones.baresip import phone, select_wait, until
from tests.phones.caller import Caller
from tests.phones.console import Console, WebSocket
from tests.phones.ports import free_port
from tests.product import ROOT, Product, running

CALLS = 150
FLOW = """\
name: bench-pop
title: One key, then the queue
numbers: ["9002"]
language: en
start: first
nodes:
  first:
    kind: menu
    prompt: {text: "For sales press one."}
    timeout_seconds: 20
    exits: {"1": sales, timeout: bye, invalid: bye}
  sales:
    kind: queue
    queue: sales
    exits: {timeout: bye}
  bye:
    kind: hang_up
"""


@contextmanager
def bare_client(product: Product) -> Iterator[WebSocket]:
    """The floor, running, and a websocket to it."""
    words = passwords(Settings.load(product.environment), installation_key(product.home))
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "tests.load.bare_ari",
        product.environment["SWITCHBOARD_ARI"],
        f"switchboard:{words['ari']}",
        str(port),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        for priority, application in enumerate(("Stasis(bare)", "Hangup()"), 1):
            ami_of(product).command(f"dialplan add extension 9100,{priority},{application} into from-loopback")
        wire = WebSocket("127.0.0.1", port, "/", "")
        try:
            yield wire
        finally:
            wire.close()
            process.terminate()


def pop_seconds(product: Product, number: str, wire: WebSocket, kind: str) -> float:
    """One call: from the key's last packet to the frame of `kind`."""
    already = len(wire.frames)
    caller = Caller(product.sip, number, "09121234567").call()
    select_wait(0.25)
    pressed = caller.press("1")
    frame = wire.wait_for(lambda one: one["type"] == kind, kind, after=already)
    caller.hang_up()
    return float(frame["_moment"]) - pressed


def measure() -> tuple[list[float], list[float]]:
    """Seconds of our pops and of the bare ones."""
    with running() as product, tempfile.TemporaryDirectory() as folder:
        (product.home / "flows" / "bench.yaml").write_text(FLOW)
        product.api("POST", "/flows/reload", {}, user="admin")
        sara = product.account("sara")
        account = f"<sip:{sara['extension']}@{product.sip}>;auth_pass={sara['sip_password']};regint=60;audio_codecs=pcmu"
        ours: list[float] = []
        bare: list[float] = []
        with phone(Path(folder), account, 1000.0) as desk, bare_client(product) as digits:
            desk.wait_for("REGISTER_OK")
            console = Console(product.http, "sara", sara["password"])
            console.order("set_intent", intent="available")
            for _ in range(CALLS):
                gone = len(console.frames)
                ours.append(pop_seconds(product, "9002", console, "offer"))
                console.wait_for(lambda one: one["type"] == "offer_ended", "the end of the offer", after=gone)
                until(lambda: console.read(0.2) or True, "rest")
                bare.append(pop_seconds(product, "9100", digits, "digit"))
            console.close()
    return ours, bare


def percentile(values: list[float], share: int) -> float:
    """The `share`-th percentile."""
    return statistics.quantiles(values, n=100, method="inclusive")[share - 1]


def main() -> dict[str, Any]:
    """Milliseconds p50 and p99 of both and their ratios."""
    ours, bare = measure()
    return {
        "ours_p50_ms": percentile(ours, 50) * 1000, "ours_p99_ms": percentile(ours, 99) * 1000,
        "bare_p50_ms": percentile(bare, 50) * 1000, "bare_p99_ms": percentile(bare, 99) * 1000,
        "ratio_p50": percentile(ours, 50) / percentile(bare, 50), "ratio_p99": percentile(ours, 99) / percentile(bare, 99),
    }  # fmt: skip
