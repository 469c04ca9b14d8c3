"""Killed without warning, part by part: the daemon, the watcher, Asterisk. Callers notice nothing, or as little as can be.

One product for all of these tests, on which nobody's absence is too long; what happens then is told in test_away.py.
"""

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
    call_of,
    console_of,
    desk_phone,
    hears,
    row_of,
    short_patience,
    until_board,
    until_kept,
    until_status,
)  # fmt: skip
from tests.phones.baresip import select_wait, until
from tests.phones.caller import Caller
from tests.phones.tones import longest_tone, read_samples
from tests.product import Product, running


@pytest.fixture(scope="module")
def patient_product() -> Iterator[Product]:
    """A product whose watcher waits a minute for the daemon."""
    with running({"SWITCHBOARD_AWAY_SECONDS": "60"}, prepare=short_patience) as one:
        yield one


@pytest.fixture
def product(patient_product: Product) -> Iterator[Product]:
    """The product, cleared after each test."""
    yield patient_product
    cleared(patient_product)


def kill_daemon(product: Product) -> int:
    """SIGKILL it; gives its process id."""
    daemon = product.daemon_pid
    os.kill(daemon, signal.SIGKILL)
    return daemon


def until_back(product: Product, daemon: int) -> None:
    """Another daemon serves."""
    until(lambda: product.daemon_pid not in (0, daemon) and product.is_ready(), "the daemon is back", 60)


class Away:
    """The daemon is dead, and its watcher held, for the length of a `with`."""

    def __init__(self, product: Product) -> None:
        self._product = product
        self._daemon = 0

    def __enter__(self) -> None:
        os.kill(self._product.pid, signal.SIGSTOP)
        self._daemon = kill_daemon(self._product)
        until(lambda: self._product.health()[0] == 0, "nobody answers")

    def __exit__(self, *_raised: object) -> None:
        os.kill(self._product.pid, signal.SIGCONT)
        until_back(self._product, self._daemon)


def test_a_talk_goes_on_through_the_daemons_death(product: Product, tmp_path: Path) -> None:
    """Both hear each other without a break; afterwards the call is Sara's as before, can be held, and is kept whole."""
    number = "02188990001"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call().hum(CALLER_HERTZ)
        call = until_status(product, number, "talking")["id"]
        began = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], began, 0.6), "they hear each other")
        daemon = kill_daemon(product)
        until_back(product, daemon)
        until_status(product, number, "talking")
        select_wait(1)
        lasted = time.perf_counter() - began
        assert hears(caller, HERTZ["sara"], began, lasted - 1.5)
        assert call_of(product, number)["id"] == call
        assert (row_of(product, "sara")["activity"], row_of(product, "sara")["call"]) == ("talking", call)
        assert product.api("POST", f"/calls/{call}/hold", {}, user="sara")["ok"]
        until_status(product, number, "held")
        assert product.api("POST", f"/calls/{call}/resume", {}, user="sara")["ok"]
        until_status(product, number, "talking")
        assert product.api("POST", f"/calls/{call}/hang_up", {}, user="sara")["ok"]
        caller.wait_hang_up(10)
        agent.wait_for("CALL_CLOSED")
        rate, heard = read_samples(agent.heard)
        assert longest_tone(heard, rate, CALLER_HERTZ) >= lasted - 1.5
    kept = until_kept(product, call)
    assert (kept["status"], kept["agent"]) == ("answered", "sara")
    assert kept["recording"]["seconds"] >= lasted - 1


def test_waiting_callers_keep_their_music_their_order_and_their_time(product: Product, tmp_path: Path) -> None:
    """Three wait; the daemon dies. The music plays on, the wallboard shows the same order and times, and they are answered in it."""
    numbers = ["02188990011", "02188990012", "02188990013"]
    callers = []
    for number in numbers:
        callers.append(Caller(product.sip, "1002", caller=number).call())
        until_status(product, number, "waiting")
    board = console_of(product, "nader")
    board.order("subscribe", board=True)
    until_board(board, lambda rows: len(rows) >= 3)
    before = {number: board_of(board)[number]["since"] for number in numbers}
    board.close()
    began = time.perf_counter()
    daemon = kill_daemon(product)
    until_back(product, daemon)
    for number in numbers:
        until_status(product, number, "waiting")
    gone = time.perf_counter() - began
    for caller in callers:
        heard = caller.heard(began)
        assert heard.size >= 8000 * (gone - 1)
        seconds = heard[: len(heard) // 8000 * 8000].reshape(-1, 8000)
        assert (abs(seconds).max(axis=1) > 0.005).all()
    board = console_of(product, "nader")
    board.order("subscribe", board=True)
    until_board(board, lambda rows: len(rows) >= 3)
    assert {number: board_of(board)[number]["since"][:19] for number in numbers} == {number: at[:19] for number, at in before.items()}
    board.close()
    answered = []
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        for place in range(3):
            seen = len(agent.events)
            talking = until(lambda: next((one for one in product.calls() if one["status"] == "talking"), None), "the next is answered")
            answered.append(talking["caller"])
            callers[numbers.index(talking["caller"])].hang_up()
            agent.wait_for("CALL_CLOSED", after=seen if place else 0)
            until(lambda caller=talking["caller"]: call_of(product, caller)["status"] == "answered", "that call is over")
    assert answered == numbers


def test_who_calls_meanwhile_waits_in_the_static_queue_and_is_taken_back(product: Product, tmp_path: Path) -> None:
    """With the daemon dead and no telephone online, a caller hears music; the daemon takes them back, and Sara answers."""
    number = "02188990021"
    with Away(product):
        caller = Caller(product.sip, "1001", caller=number).call().hum(CALLER_HERTZ)
        began = time.perf_counter()
        until(lambda: abs(caller.heard(began)).max(initial=0.0) > 0.005, "there is music")
    with desk_phone(product, tmp_path / "agent") as agent:
        until_status(product, number, "waiting")
        available(product, "sara")
        agent.wait_for("CALL_ESTABLISHED")
        answered = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], answered, 0.6), "the caller hears Sara")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
    assert until_status(product, number, "answered")["agent"] == "sara"


def test_who_calls_meanwhile_reaches_a_telephone_without_the_daemon(product: Product, tmp_path: Path) -> None:
    """Sara's telephone is online: the static queue rings it, they talk and are recorded, and the call log knows it afterwards."""
    number = "02188990031"
    with desk_phone(product, tmp_path / "agent") as agent, Away(product):
        caller = Caller(product.sip, "1001", caller=number).call().hum(CALLER_HERTZ)
        agent.wait_for("CALL_ESTABLISHED")
        began = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], began, 1.5), "the caller hears Sara")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
    call = until_status(product, number, "answered", seconds=40)
    assert (call["agent"], call["dialled"]) == ("sara", "1001")
    assert call["started_at"] < call["answered_at"] < call["ended_at"]
    assert until_kept(product, call["id"], 60)["recording"]["seconds"] >= 1


def test_what_ended_while_the_daemon_was_away_is_in_the_call_log(product: Product, tmp_path: Path) -> None:
    """A talk and a wait end with nobody there to see: both are in the call log, the talk with its recording and on the timeline."""
    talked, waited = "09121234567", "02188990042"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        first = Caller(product.sip, "1002", caller=talked).call().hum(CALLER_HERTZ)
        talk = until_status(product, talked, "talking")
        second = Caller(product.sip, "1001", caller=waited).call()
        until_status(product, waited, "waiting")
        select_wait(1)
        with Away(product):
            select_wait(1)
            first.hang_up()
            second.hang_up()
            agent.hang_up()
            agent.wait_for("CALL_CLOSED")
    ended = until_status(product, talked, "answered", seconds=40)
    assert (ended["id"], ended["agent"], ended["queue"]) == (talk["id"], "sara", "support")
    assert ended["answered_at"] == talk["answered_at"]
    assert ended["steps"]
    kept = until_kept(product, talk["id"], 60)
    timeline = product.api("GET", f"/parties/{ended['party']['id']}/timeline")["items"]
    assert next(one for one in timeline if one["call"] == talk["id"])["recording"]["id"] == kept["recording"]["id"]
    missed = until_status(product, waited, "missed", seconds=40)
    assert (missed["queue"], missed["agent"]) == ("sales", None)


def test_asterisk_dies_in_a_talk_and_everything_is_back(product: Product, tmp_path: Path) -> None:
    """The call is marked cut off, its recording is mended and kept, and seconds later the next caller reaches Sara."""
    number = "02188990051"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call().hum(CALLER_HERTZ)
        call = until_status(product, number, "talking")["id"]
        select_wait(3)
        os.kill(product.asterisk_pid, signal.SIGKILL)
        cut = until_status(product, number, "cut_off", seconds=40)
        caller.vanish()
        assert (cut["id"], cut["agent"]) == (call, "sara")
        until(product.is_ready, "all is well again", 40)
        agent.hang_up()
        assert until_kept(product, call, 60)["recording"]["seconds"] >= 1
        available(product, "sara")
        until(lambda: row_of(product, "sara")["activity"] == "idle", "Sara is free again")
        again = Caller(product.sip, "1002", caller="02188990052").call()
        until_status(product, "02188990052", "talking", seconds=40)
        again.hang_up()
    assert list((product.home / "recordings/incoming").glob(f"{call}*")) == []


def test_a_dead_watcher_is_replaced_by_the_next_start(product: Product, tmp_path: Path) -> None:
    """SIGKILL the watcher: the daemon ends with it, the talk goes on; `switchboard run` takes everything over."""
    number = "02188990061"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call().hum(CALLER_HERTZ)
        call = until_status(product, number, "talking")["id"]
        began = time.perf_counter()
        asterisk = product.asterisk_pid
        product.kill()
        until(lambda: product.health()[0] == 0, "the daemon ended with its watcher")
        product.start()
        assert product.asterisk_pid == asterisk
        assert until_status(product, number, "talking")["id"] == call
        lasted = time.perf_counter() - began
        assert hears(caller, HERTZ["sara"], began, lasted - 1.5)
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
    assert until_status(product, number, "answered")["agent"] == "sara"


def test_callers_in_the_menu_at_a_ringing_phone_and_on_hold_are_taken_back(product: Product, tmp_path: Path) -> None:
    """The daemon dies with one caller in each: the menu asks again, the telephone rings again, the held one is still held."""
    in_menu, ringing, held = "02188990071", "02188990072", "02188990073"
    with desk_phone(product, tmp_path / "sara") as sara, desk_phone(product, tmp_path / "reza", "reza", picks_up=False) as reza:
        available(product, "sara")
        third = Caller(product.sip, "1002", caller=held).call()
        call = until_status(product, held, "talking")["id"]
        assert product.api("POST", f"/calls/{call}/hold", {}, user="sara")["ok"]
        until_status(product, held, "held")
        first = Caller(product.sip, "1000", caller=in_menu).call()
        until(lambda: any(step["node"] == "hours" for step in call_of(product, in_menu)["steps"]), "the first is in the menu")
        available(product, "reza")
        second = Caller(product.sip, "1002", caller=ringing).call()
        reza.wait_for("CALL_INCOMING")
        seen = len(reza.events)
        daemon = kill_daemon(product)
        until_back(product, daemon)
        reza.wait_for("CALL_CLOSED", after=seen)
        reza.wait_for("CALL_INCOMING", after=seen)
        until(lambda: reza.order("accept") or call_of(product, ringing)["status"] == "talking", "reza picks up")
        assert call_of(product, ringing)["agent"] == "reza"
        assert call_of(product, held)["status"] == "held"
        assert row_of(product, "sara")["activity"] == "hold"
        assert product.api("POST", f"/calls/{call}/resume", {}, user="sara")["ok"]
        until_status(product, held, "talking")
        first.press("2")
        menu = until_status(product, in_menu, "waiting")
        assert menu["queue"] == "support"
        assert "menu" in [step["node"] for step in menu["steps"]], "steps of the last moment before a kill -9 may be lost, the way goes on"
        for caller in (first, second, third):
            caller.hang_up()
        sara.wait_for("CALL_CLOSED")
    ends = [until_status(product, one, "answered", "missed")["status"] for one in (in_menu, ringing, held)]
    assert ends == ["missed", "answered", "answered"]


def test_a_daemon_that_dies_again_and_again_comes_back_each_time(product: Product) -> None:
    """Three deaths in a row, the last before it was ready: the waiting caller is still there, since when they waited."""
    number = "02188990081"
    caller = Caller(product.sip, "1002", caller=number).call()
    call = until_status(product, number, "waiting")["id"]
    for _ in range(2):
        until_back(product, kill_daemon(product))
    daemon = kill_daemon(product)
    early = until(lambda: (pid := product.daemon_pid) not in (0, daemon) and pid, "the next daemon begins")
    os.kill(early, signal.SIGKILL)
    until_back(product, early)
    assert until_status(product, number, "waiting")["id"] == call
    caller.hang_up()
    assert until_status(product, number, "missed")["id"] == call
