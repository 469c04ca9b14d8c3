"""Recordings of the whole product: kept after the call, whole through a killed daemon, mended after a killed Asterisk."""

from __future__ import annotations

import os
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.scenes import available, desk_phone, short_patience
from tests.phones.baresip import select_wait, until
from tests.phones.caller import Caller
from tests.product import Product, running


@pytest.fixture
def own_product(tmp_path: Path) -> Iterator[Product]:
    """A product of the test's own, with Sara at her desk phone, which picks up by itself."""
    with running(prepare=short_patience) as product, desk_phone(product, tmp_path / "agent") as agent:
        agent.wait_for("REGISTER_OK")
        available(product, "sara")
        yield product


def talk(product: Product) -> tuple[Caller, str]:
    """A caller who talks with Sara, and the call's id."""
    before = {call["id"] for call in product.calls()}
    caller = Caller(product.sip, "1001").call()
    talking = until(
        lambda: next((one for one in product.calls() if one["id"] not in before and one["status"] == "talking"), None), "the talk"
    )
    select_wait(3)
    return caller, str(talking["id"])


def recorded(product: Product, call: str) -> dict[str, Any]:
    """The call, once its recording is kept."""
    return until(lambda: (found := product.api("GET", f"/calls/{call}"))["recording"] and found, "the recording is kept", 120)


def test_recordings_survive_the_daemon_and_asterisk(own_product: Product) -> None:
    """Sara's three calls: one in peace, one through the daemon's death, one cut off by Asterisk's."""
    caller, call = talk(own_product)
    caller.hang_up()
    kept = recorded(own_product, call)["recording"]
    assert kept["seconds"] >= 2.5
    piece = urllib.request.Request(
        f"{own_product.http}{kept['url']}", headers={"Authorization": f"Bearer {own_product.token('nader')}", "Range": "bytes=0-99"}
    )
    with urllib.request.urlopen(piece) as answer:
        assert (answer.status, len(answer.read())) == (206, 100)

    until(lambda: _idle(own_product), "Sara's wrap-up is over", 60)
    caller, call = talk(own_product)
    daemon = own_product.daemon_pid
    os.kill(daemon, signal.SIGKILL)
    until(lambda: own_product.daemon_pid not in (0, daemon) and own_product.is_ready(), "the daemon is back", 60)
    select_wait(2)
    caller.hang_up()
    whole = recorded(own_product, call)
    assert whole["status"] == "answered"
    assert whole["recording"]["seconds"] >= 5

    until(lambda: _idle(own_product), "Sara's wrap-up is over", 60)
    _caller, call = talk(own_product)
    os.kill(own_product.asterisk_pid, signal.SIGKILL)
    cut = recorded(own_product, call)
    assert cut["status"] == "cut_off"
    assert cut["recording"]["seconds"] >= 1
    assert list((own_product.home / "recordings/incoming").iterdir()) == []


def _idle(product: Product) -> bool:
    rows: list[dict[str, Any]] = product.api("GET", "/agents")["items"]
    sara = next(row for row in rows if row["agent"] == "sara")
    return bool(sara["reachable"]) and sara["activity"] == "idle"
