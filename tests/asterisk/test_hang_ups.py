"""A caller who hangs up in each step, at a real telephone: the right end in the call log, nobody rung for nothing, nothing left behind."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.asterisk.scenes import available, call_of, desk_phone, is_idle, until_status
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import Product

STEPS: dict[str, tuple[str, str, Callable[[dict[str, object]], bool]]] = {
    # step: number dialled, status in the call log, how the call stands when the caller hangs up
    "greeting": ("1000", "in_menu", lambda call: call["status"] == "in_flow" and not call["steps"]),
    "menu": ("1000", "in_menu", lambda call: call["status"] == "in_flow" and bool(call["steps"])),
    "waiting": ("1002", "missed", lambda call: call["status"] == "waiting"),
    "ringing": ("1002", "missed", lambda call: call["status"] == "ringing"),
    "talking": ("1002", "answered", lambda call: call["status"] == "talking"),
    "held": ("1002", "answered", lambda call: call["status"] == "held"),
}


@pytest.mark.parametrize("step", STEPS)
def test_a_caller_hangs_up_in_each_step(product: Product, tmp_path: Path, step: str) -> None:
    """Greeting, menu, waiting, ringing, talking, held: the call ends as what it was, and the agent is free again."""
    number = f"0214455660{list(STEPS).index(step)}"
    dialled, status, stands = STEPS[step]
    with desk_phone(product, tmp_path / "agent", picks_up=step != "ringing") as agent:
        if step in ("ringing", "talking", "held"):
            available(product, "sara")
        caller = Caller(product.sip, dialled, caller=number).call()
        if step == "ringing":
            agent.wait_for("CALL_INCOMING")
        if step == "held":
            call = until_status(product, number, "talking")["id"]
            product.api("POST", f"/calls/{call}/hold", {}, user="sara")
        until(lambda: stands(call_of(product, number)), f"the call is in the step {step}")
        caller.hang_up()
        ended = until_status(product, number, status)
        if step in ("ringing", "talking", "held"):
            agent.wait_for("CALL_CLOSED")
            until(lambda: is_idle(product, "sara"), "Sara is free again")
    assert bool(ended["answered_at"]) == (status == "answered")
    assert (ended["queue"] is None) == (status == "in_menu")


def test_a_caller_whose_network_dies_does_not_talk_for_ever(product: Product, tmp_path: Path) -> None:
    """The customer's telephone falls silent without a word; the agent hangs up, and the call is over on both sides."""
    number = "02144556611"
    with desk_phone(product, tmp_path / "agent") as agent:
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number).call()
        until_status(product, number, "talking")
        caller.vanish()
        agent.hang_up()
        agent.wait_for("CALL_CLOSED")
        assert until_status(product, number, "answered")["agent"] == "sara"


def test_a_caller_who_gives_up_before_the_answer_leaves_nothing(product: Product) -> None:
    """INVITE and CANCEL in one breath, ten times."""
    for _ in range(10):
        caller = Caller(product.sip, "1000", caller="02144556612")
        caller.invite()
        caller.hang_up()
    until(lambda: call_of(product, "02144556612")["status"] in ("in_menu", ""), "no such call goes on")
