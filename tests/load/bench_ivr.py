"""Two menus by SIPp: calls per second without a single failure, our call flow against the same menus in native dialplan.

Both run on the same Asterisk, one after the other: a caller is answered, hears the first menu, presses 1, hears the second,
presses 2, is hung up on. The rate is raised until a call fails or SIPp cannot keep the rate.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from config.secrets import installation_key
from config.setting_kinds import Address
from config.settings import Settings
from switchboard.asterisk.layout import passwords
from switchboard.asterisk.probe import AmiProbe
from tests.phones import sipp
from tests.product import Product, running

RATES = (20, 40, 60, 80, 100, 120, 140, 160, 180, 200)
SECONDS = 6
STEPS = [sipp.wait(0.3), sipp.press_info("1"), sipp.wait(0.3), sipp.press_info("2"), sipp.await_hang_up(20)]

FLOW = """\
name: bench
title: Two menus
numbers: ["9001"]
language: en
start: first
nodes:
  first:
    kind: menu
    prompt: {text: "For the second menu press one."}
    timeout_seconds: 5
    exits: {"1": second, timeout: bye, invalid: bye}
  second:
    kind: menu
    prompt: {text: "To end this call press two."}
    timeout_seconds: 5
    exits: {"2": bye, timeout: bye, invalid: bye}
  bye:
    kind: hang_up
"""


def ami_of(product: Product) -> AmiProbe:
    """The manager interface of the product's Asterisk."""
    settings = Settings.load(product.environment)
    host, _, port = product.environment["SWITCHBOARD_AMI"].rpartition(":")
    return AmiProbe(Address(host, int(port)), "rescue", passwords(settings, installation_key(product.home))["rescue"], seconds=10)


def native_menus(sound: Path) -> list[tuple[str, str, int, str]]:
    """The two menus as dialplan lines: context, extension, priority, application."""
    return [
        ("from-loopback", "9000", 1, "Ringing()"), ("from-loopback", "9000", 2, "Set(PJSIP_DTMF_MODE()=inband)"),
        ("from-loopback", "9000", 3, "Answer(,i)"), ("from-loopback", "9000", 4, "Goto(bench-first,s,1)"),
        ("bench-first", "s", 1, f"BackGround({sound})"), ("bench-first", "s", 2, "WaitExten(5)"), ("bench-first", "1", 1, "Goto(bench-second,s,1)"),
        ("bench-second", "s", 1, f"BackGround({sound})"), ("bench-second", "s", 2, "WaitExten(5)"), ("bench-second", "2", 1, "Hangup()"),
    ]  # fmt: skip


def add_native_menus(product: Product) -> None:
    """Put the same two menus into the dialplan as 9000, with a prompt of the product's own; tones are listened for as at our entrance."""
    sound = min((product.home / "prompts").rglob("*.wav")).with_suffix("")
    ami = ami_of(product)
    for context, extension, priority, application in native_menus(sound):
        ami.command(f"dialplan add extension {extension},{priority},{application} into {context}")


def best_rate(product: Product, number: str, folder: Path) -> tuple[int, list[str]]:
    """The highest rate at which all calls of `SECONDS` seconds were good, and a line per try."""
    best, lines = 0, []
    for rate in RATES:
        outcome = calls_at(product, number, rate, folder / f"{number}-{rate}")
        if not outcome.made:  # another program took SIPp's port first
            outcome = calls_at(product, number, rate, folder / f"{number}-{rate}-again")
        lines.append(f"{number}: {rate}/s made {outcome.made} good {outcome.good} failed {outcome.failed}")
        if outcome.failed or outcome.good < rate * SECONDS:
            break
        best = rate
    return best, lines


def calls_at(product: Product, number: str, rate: int, folder: Path) -> sipp.Outcome:
    """`SECONDS` seconds of calls."""
    process = sipp.start(folder, product.sip, number, STEPS, calls=rate * SECONDS, rate=rate, at_once=1500)
    return sipp.finish(process, folder, 90)


def main() -> dict[str, Any]:
    """Calls per second of both and their ratio."""
    with running(rtp_ports=6000) as product, tempfile.TemporaryDirectory() as folder:
        (product.home / "flows" / "bench.yaml").write_text(FLOW)
        product.api("POST", "/flows/reload", {}, user="admin")
        add_native_menus(product)
        native, native_lines = best_rate(product, "9000", Path(folder))
        ours, our_lines = best_rate(product, "9001", Path(folder))
    return {
        "native_calls_per_second": native,
        "our_calls_per_second": ours,
        "ratio": ours / native if native else 0.0,
        "lines": native_lines + our_lines,
    }
