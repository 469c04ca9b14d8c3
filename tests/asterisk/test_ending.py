"""What is left after calls, and after the product: nothing."""

from __future__ import annotations

import re
import socket
import urllib.request
from pathlib import Path

from tests.asterisk.scenes import CALLER_HERTZ, available, desk_phone, left_in_asterisk, short_patience, until_status
from tests.phones import sipp
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import Product, running


def tasks(product: Product) -> int:
    """How many coroutines run or wait in the daemon."""
    with urllib.request.urlopen(f"{product.http}/metrics") as answer:
        found = re.search(r"^switchboard_tasks (\d+)", answer.read().decode(), re.MULTILINE)
    assert found
    return int(found[1])


def test_twenty_calls_leave_nothing_behind(product: Product, tmp_path: Path) -> None:
    """Twenty callers at once go through the menu, wait and hang up: no channel, bridge or task of theirs is left."""
    before = tasks(product)
    steps = [sipp.wait(0.5), sipp.press("2"), sipp.wait(2), sipp.hang_up()]
    made = sipp.call(tmp_path, product.sip, "1000", steps, caller="02155667788", calls=20, rate=10)
    assert (made.good, made.failed) == (20, 0), made.log
    until(lambda: not left_in_asterisk(product), "no channel and no bridge is left")
    until(lambda: tasks(product) <= before, f"no task is left ({before} before)")
    ended = [call for call in product.calls(50) if call["caller"] == "02155667788"]
    assert [(call["status"], call["queue"]) for call in ended] == [("missed", "support")] * 20


def test_ctrl_c_ends_everything_with_a_talk_going_on(tmp_path: Path) -> None:
    """Both telephones are hung up, every process has ended and every port is free; the next start knows of the talk."""
    with running(prepare=short_patience) as product, desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller="02199001201").call().hum(CALLER_HERTZ)
        until_status(product, "02199001201", "talking")
        asterisk = product.asterisk_pid
        assert product.stop() == 0
        caller.wait_hang_up(5)
        agent.wait_for("CALL_CLOSED")
        assert not Path(f"/proc/{asterisk}").exists()
        assert processes_of(product.home) == []
        for name, kind in (
            ("SWITCHBOARD_HTTP", socket.SOCK_STREAM), ("SWITCHBOARD_ARI", socket.SOCK_STREAM), ("SWITCHBOARD_AMI", socket.SOCK_STREAM),
            ("SWITCHBOARD_SIP", socket.SOCK_DGRAM),
        ):  # fmt: skip
            host, _, port = product.environment[name].rpartition(":")
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((host, int(port)))
        product.start()  # and a talk that was ended by us is in the call log after the next start
        call = until_status(product, "02199001201", "answered", "cut_off", seconds=40)
        assert call["agent"] == "sara"


def processes_of(home: Path) -> list[str]:
    """Command lines of living processes that know this home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes()
            knows = str(home).encode() in command or f"SWITCHBOARD_HOME={home}".encode() in (process / "environ").read_bytes()
        except OSError:
            continue
        if knows:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found
