"""Click-to-dial on real telephones: the agent's first, then the customer's; colleagues by extension; and what may not be dialled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.asterisk.scenes import HERTZ, console_of, desk_phone, left_in_asterisk, row_of, until_kept
from tests.phones.baresip import select_wait, until
from tests.phones.tones import longest_tone, read_samples
from tests.product import Product

FRAUD = (
    "+882130000000", "00882130000000", "+19005550100", "0019005550100", "+447700900123", "+979123456", "0909123456", "909123456",
    "+98909123456", "0098909123456",
)  # fmt: skip
"""Satellite, premium-rate and foreign numbers, written in every way that could slip through."""


def status_of(product: Product, call: str) -> str:
    """How the call stands."""
    return str(product.api("GET", f"/calls/{call}")["status"])


@pytest.mark.parametrize("written", ["09121234567", "+98 912 123 4567", "۰۹۱۲۱۲۳۴۵۶۷"])
def test_the_agents_phone_rings_first_and_then_the_customers(product: Product, tmp_path: Path, written: str) -> None:
    """Sara clicks on a number: her telephone picks up, then the world outside answers (and says back what it hears)."""
    with desk_phone(product, tmp_path / "agent") as agent:
        console = console_of(product, "sara")
        until(lambda: row_of(product, "sara")["reachable"], "Sara can be rung")
        result = console.order("dial", number=written)
        assert result["ok"], result
        call = result["value"]
        agent.wait_for("CALL_ESTABLISHED")
        until(lambda: status_of(product, call) == "talking", "the customer answered")
        select_wait(2.5)
        assert console.order("hang_up", call=call)["ok"]
        agent.wait_for("CALL_CLOSED")
        rate, heard = read_samples(agent.heard)
        assert longest_tone(heard, rate, HERTZ["sara"]) >= 1.0
        console.close()
    ended = until_kept(product, call)
    assert (ended["direction"], ended["status"], ended["agent"], ended["queue"]) == ("outbound", "answered", "sara", None)
    assert ended["party"]["name"]
    timeline = product.api("GET", f"/parties/{ended['party']['id']}/timeline")["items"]
    assert next(one for one in timeline if one["call"] == call)["direction"] == "out"


def test_a_colleague_is_dialled_by_extension(product: Product, tmp_path: Path) -> None:
    """Sara dials 102: her telephone, then Reza's; both hear each other."""
    with desk_phone(product, tmp_path / "sara") as sara, desk_phone(product, tmp_path / "reza", "reza") as reza:
        console = console_of(product, "sara")
        for agent in ("sara", "reza"):
            until(lambda agent=agent: row_of(product, agent)["reachable"], "both can be rung")
        result = console.order("dial", number="102")
        assert result["ok"], result
        reza.wait_for("CALL_ESTABLISHED")
        until(lambda: status_of(product, result["value"]) == "talking", "they talk")
        select_wait(2)
        reza.hang_up()
        sara.wait_for("CALL_CLOSED")
        for one, other in ((sara, "reza"), (reza, "sara")):
            rate, heard = read_samples(one.heard)
            assert longest_tone(heard, rate, HERTZ[other]) >= 1.0
        console.close()
    ended = product.api("GET", f"/calls/{result['value']}")
    assert (ended["direction"], ended["status"], ended["agent"]) == ("internal", "answered", "sara")


def test_numbers_that_cost_a_fortune_are_refused(product: Product, tmp_path: Path) -> None:
    """Refused with a sentence that says what is allowed, by the console and by the API, and nothing rings."""
    with desk_phone(product, tmp_path / "agent"):
        console = console_of(product, "sara")
        until(lambda: row_of(product, "sara")["reachable"], "Sara can be rung")
        for number in FRAUD:
            refused = console.order("dial", number=number)
            status, answer = product.ask("POST", "/calls", {"number": number}, user="sara")
            assert not refused["ok"], number
            assert refused["error"]["code"] == answer["error"]["code"] == "number_not_allowed"
            assert status == 403
            assert "+98" in refused["error"]["message"]
        console.close()
    assert left_in_asterisk(product) == []


def test_a_desk_phone_cannot_dial_what_the_screen_may_not(product: Product, tmp_path: Path) -> None:
    """Dialled by hand at the telephone, a premium-rate number is refused as well, and an allowed one is led like click-to-dial."""
    with desk_phone(product, tmp_path / "agent") as agent:
        until(lambda: row_of(product, "sara")["reachable"], "Sara can be rung")
        agent.dial(f"sip:0019005550100@{product.sip}")
        agent.wait_for("CALL_CLOSED")
        assert not any(call["dialled"].startswith("0019") and call["answered_at"] for call in product.calls())
        seen = len(agent.events)
        agent.dial(f"sip:09121234567@{product.sip}")
        agent.wait_for("CALL_ESTABLISHED", after=seen)
        call = until(lambda: next((one for one in product.calls() if one["status"] == "talking"), None), "they talk")
        assert (call["direction"], call["agent"]) == ("outbound", "sara")
        agent.hang_up()


def test_an_agent_without_a_telephone_is_told_so(product: Product) -> None:
    """Nobody's telephone is online: the click is answered with a sentence."""
    until(lambda: not row_of(product, "maryam")["reachable"], "Maryam's telephone is gone", 40)
    status, answer = product.ask("POST", "/calls", {"number": "09121234567"}, user="maryam")
    assert (status, answer["error"]["code"]) == (409, "phone_offline")
