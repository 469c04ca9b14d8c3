"""What agents do with calls on real telephones: hold, reject, let ring, hang up, be idle the longest, wrap up."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from tests.asterisk.scenes import (
    CALLER_HERTZ,
    HERTZ,
    available,
    call_of,
    console_of,
    desk_phone,
    hears,
    is_idle,
    row_of,
    until_kept,
    until_status,
)  # fmt: skip
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.phones.tones import strength
from tests.product import Product


class Held:
    """Hold and resume, by the two doors an agent has."""

    def __init__(self, product: Product, door: str) -> None:
        self._product = product
        self._console = console_of(product, "sara") if door == "console" else None

    def order(self, name: str, call: str) -> dict[str, Any]:
        if self._console:
            return self._console.order(name, call=call)
        return dict(self._product.api("POST", f"/calls/{call}/{name}", {}, user="sara"))

    def close(self) -> None:
        if self._console:
            self._console.close()


@pytest.mark.parametrize("door", ["console", "api"])
def test_a_held_customer_hears_music_and_then_the_agent_again(product: Product, tmp_path: Path, door: str) -> None:
    """Sara puts the customer on hold: music, no Sara. Taken back: Sara. The recording has the whole of it."""
    number = {"console": "02122330001", "api": "02122330002"}[door]
    with desk_phone(product, tmp_path / "agent") as agent:
        held = Held(product, door)
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call().hum(CALLER_HERTZ)
        agent.wait_for("CALL_ESTABLISHED")
        call = until_status(product, number, "talking")["id"]
        began = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], began, 1.0), "the customer hears Sara")
        assert held.order("hold", call)["ok"]
        until_status(product, number, "held")
        assert row_of(product, "sara")["activity"] == "hold"
        on_hold = time.perf_counter() + 0.3
        until(lambda: caller.heard(on_hold).size > 8000 and abs(caller.heard(on_hold)).max() > 0.02, "music")
        assert strength(caller.heard(on_hold), 8000, HERTZ["sara"]) < 0.2
        assert held.order("resume", call)["ok"]
        until_status(product, number, "talking")
        back = time.perf_counter()
        until(lambda: hears(caller, HERTZ["sara"], back, 1.0), "the customer hears Sara again")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        held.close()
    ended = until_kept(product, call)
    assert ended["status"] == "answered"
    assert ended["recording"]["seconds"] > 3


@pytest.mark.parametrize("door", ["console", "phone"])
def test_an_agent_hangs_up(product: Product, tmp_path: Path, door: str) -> None:
    """The agent ends the call on the screen or by the handset; the customer's telephone is hung up."""
    number = {"console": "02122330003", "phone": "02122330004"}[door]
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call()
        agent.wait_for("CALL_ESTABLISHED")
        call = until_status(product, number, "talking")["id"]
        if door == "console":
            console = console_of(product, "sara")
            assert console.order("hang_up", call=call)["ok"]
            console.close()
        else:
            agent.hang_up()
        caller.wait_hang_up(10)
        agent.wait_for("CALL_CLOSED")
    assert until_status(product, number, "answered")["agent"] == "sara"


def test_a_refused_call_goes_to_the_other_agent(product: Product, tmp_path: Path) -> None:
    """Sara is called first, sees who it is, and refuses; Reza's telephone rings next and he has the call."""
    number = "09121234567"
    with desk_phone(product, tmp_path / "sara", picks_up=False) as sara, desk_phone(product, tmp_path / "reza", "reza") as reza:
        console = console_of(product, "sara")
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call()
        offer = console.wait_for(lambda frame: frame["type"] == "offer", "the pop")
        assert offer["card"]["parties"][0]["name"]
        sara.wait_for("CALL_INCOMING")
        available(product, "reza")
        assert console.order("reject", call=offer["call"])["ok"]
        sara.wait_for("CALL_CLOSED")
        reza.wait_for("CALL_ESTABLISHED")
        assert until_status(product, number, "talking")["agent"] == "reza"
        ended = console.wait_for(lambda frame: frame["type"] == "offer_ended", "the end of the offer")
        assert ended["why"] == "rejected"
        caller.hang_up()
        reza.wait_for("CALL_CLOSED")
        console.close()


def test_a_handset_that_refuses_counts_as_well(product: Product, tmp_path: Path) -> None:
    """Sara presses the red key of her telephone (SIP 486/603); Reza is called."""
    number = "02122330006"
    with desk_phone(product, tmp_path / "sara", picks_up=False) as sara, desk_phone(product, tmp_path / "reza", "reza") as reza:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call()
        sara.wait_for("CALL_INCOMING")
        available(product, "reza")
        sara.hang_up()
        reza.wait_for("CALL_ESTABLISHED")
        assert until_status(product, number, "talking")["agent"] == "reza"
        caller.hang_up()
        reza.wait_for("CALL_CLOSED")


def test_a_call_that_is_not_picked_up_goes_to_the_other_agent(product: Product, tmp_path: Path) -> None:
    """Sara's telephone rings in vain for its time; Reza is called, and the customer never left the line."""
    number = "02122330007"
    with desk_phone(product, tmp_path / "sara", picks_up=False) as sara, desk_phone(product, tmp_path / "reza", "reza") as reza:
        console = console_of(product, "sara")
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call()
        sara.wait_for("CALL_INCOMING")
        available(product, "reza")
        reza.wait_for("CALL_ESTABLISHED")
        ended = console.wait_for(lambda frame: frame["type"] == "offer_ended", "the end of the offer")
        assert ended["why"] == "no_answer"
        assert until_status(product, number, "talking")["agent"] == "reza"
        caller.hang_up()
        sara.wait_for("CALL_CLOSED")
        console.close()


def test_who_is_idle_the_longest_is_called(product: Product, tmp_path: Path) -> None:
    """Sara was ready first and gets the first call, Reza the second; then Sara again, who ended hers before he did."""
    with desk_phone(product, tmp_path / "sara") as sara, desk_phone(product, tmp_path / "reza", "reza") as reza:
        available(product, "sara")
        available(product, "reza")
        agents = []
        for place, phone in enumerate((sara, reza, sara)):
            number = f"0212233001{place}"
            seen = len(phone.events)
            caller = Caller(product.sip, "1002", caller=number).call()
            phone.wait_for("CALL_ESTABLISHED", after=seen)
            agents.append(until_status(product, number, "talking")["agent"])
            caller.hang_up()
            phone.wait_for("CALL_CLOSED", after=seen)
            until(lambda: is_idle(product, "sara") and is_idle(product, "reza"), "both are done")
    assert agents == ["sara", "reza", "sara"]


def test_after_call_work_keeps_the_next_caller_waiting(product: Product, tmp_path: Path) -> None:
    """While Sara writes down the first call nobody rings; she ends it on the screen, and the waiting customer is hers at once."""
    with desk_phone(product, tmp_path / "agent") as agent:
        console = console_of(product, "sara")
        available(product, "sara")
        first = Caller(product.sip, "1002", caller="02122330020").call()
        agent.wait_for("CALL_ESTABLISHED")
        call = until_status(product, "02122330020", "talking")["id"]
        first.hang_up()
        ended = console.wait_for(lambda frame: frame["type"] == "ended", "the end")
        assert ended["wrap_up_until"]
        assert row_of(product, "sara")["activity"] == "wrap_up"
        second = Caller(product.sip, "1002", caller="02122330021").call()
        until_status(product, "02122330021", "waiting")
        note = console.order("wrap_up", call=call, disposition="", note="می‌خواهد فردا زنگ بزنیم", follow_up_at=None)
        assert note["ok"], note
        assert console.order("end_wrap_up", call=call)["ok"]
        until_status(product, "02122330021", "talking")
        second.hang_up()
        console.close()
    assert call_of(product, "02122330020")["status"] == "answered"


def test_an_agent_who_closes_the_telephone_while_it_rings_loses_the_offer_only(product: Product, tmp_path: Path) -> None:
    """Sara's telephone goes away while it rings; the customer goes on waiting and Reza has the call."""
    number = "02122330030"
    with desk_phone(product, tmp_path / "reza", "reza") as reza:
        with desk_phone(product, tmp_path / "sara", picks_up=False) as sara:
            available(product, "sara")
            caller = Caller(product.sip, "1002", caller=number).call()
            sara.wait_for("CALL_INCOMING")
            available(product, "reza")
        reza.wait_for("CALL_ESTABLISHED")
        assert until_status(product, number, "talking")["agent"] == "reza"
        began = time.perf_counter()
        until(lambda: hears(caller, HERTZ["reza"], began, 0.6), "the customer hears Reza")
        caller.hang_up()
        reza.wait_for("CALL_CLOSED")
