"""The daemon hangs or stays away for longer than is borne: the watcher hands waiting callers to the static queue."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.asterisk.conftest import cleared
from tests.asterisk.scenes import (
    CALLER_HERTZ,
    HERTZ,
    available,
    board_of,
    console_of,
    desk_phone,
    hears,
    short_patience,
    until_board,
    until_status,
)  # fmt: skip
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import Product, running


@pytest.fixture(scope="module")
def impatient_product() -> Iterator[Product]:
    """A product whose watcher bears three seconds."""
    with running({"SWITCHBOARD_AWAY_SECONDS": "3"}, prepare=short_patience) as one:
        yield one


@pytest.fixture
def product(impatient_product: Product) -> Iterator[Product]:
    """The product, cleared after each test."""
    yield impatient_product
    cleared(impatient_product)


def since_of(product: Product, number: str) -> str:
    """When the caller began to wait, as the wallboard shows it, to the second."""
    board = console_of(product, "nader")
    board.order("subscribe", board=True)
    until_board(board, lambda rows: number in rows)
    since = str(board_of(board)[number]["since"])[:19]
    board.close()
    return since


def test_a_hung_daemon_is_ended_and_its_callers_keep_their_place(product: Product, tmp_path: Path) -> None:
    """The daemon hangs; it is ended and started again. The caller, moved to the static queue meanwhile, waits since when they waited."""
    number = "02199001101"
    caller = Caller(product.sip, "1002", caller=number).call()
    until_status(product, number, "waiting")
    since = since_of(product, number)
    began = time.perf_counter()
    daemon = product.daemon_pid
    os.kill(daemon, signal.SIGSTOP)
    until(lambda: product.daemon_pid not in (0, daemon) and product.is_ready(), "another daemon serves", 60)
    assert "static" in product.last_words()
    until_status(product, number, "waiting")
    assert since_of(product, number) == since
    heard = caller.heard(began)
    seconds = heard[: len(heard) // 16000 * 16000].reshape(-1, 16000)
    assert (abs(seconds).max(axis=1) > 0.005).all()
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        agent.wait_for("CALL_ESTABLISHED")
        until_status(product, number, "talking")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
    ended = until_status(product, number, "answered")
    assert (ended["queue"], ended["agent"]) == ("support", "sara")


def test_a_caller_of_a_hung_daemon_reaches_a_telephone(product: Product, tmp_path: Path) -> None:
    """A telephone is online: who waits is put through by the static queue while the daemon is away, and both hear each other."""
    number = "02199001102"
    caller = Caller(product.sip, "1002", caller=number).call().hum(CALLER_HERTZ)
    until_status(product, number, "waiting")
    with desk_phone(product, tmp_path / "agent") as agent:
        daemon = product.daemon_pid
        os.kill(daemon, signal.SIGSTOP)
        agent.wait_for("CALL_ESTABLISHED", 40)
        began = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], began, 1.5), "the caller hears Sara")
        until(lambda: product.daemon_pid not in (0, daemon) and product.is_ready(), "another daemon serves", 60)
        back = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], back, 1.0), "the talk goes on when the daemon is back")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
