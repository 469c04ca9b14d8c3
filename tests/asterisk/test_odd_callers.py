"""Callers whose names and numbers nobody expected: they reach an agent like anybody else, and break nothing on the way."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest

from tests.asterisk.scenes import available, board_of, call_of, console_of, desk_phone, until_board, until_status
from tests.phones.baresip import until
from tests.phones.caller import Caller
from tests.product import Product

NAMES = {
    "quotes": r'"Ali \"the boss\" \\ O\'Brien"',
    "emoji": '"😀 علی ۱۲۳ 👩‍👩‍👧"',
    "long": f'"{"long " * 100}"',
    "markup": '"<script>alert(1)</script>&amp;{{ 7*7 }}"',
    "turned around": '"\u202egnp.exe\u202c"',
    "commas": '"a,b|c;d=e,${SHELL(id)},$[1+1]"',
    "not text": b'"\xff\xfe\x80 caf\xe9"'.decode("latin-1"),
    "none": '""',
}
SHAPES = (
    "09121234567", "+989121234567", "00989121234567", "989121234567", "9121234567", "0912-123-4567", "(0912)1234567", "0912%20123%204567",
    "%DB%B0%DB%B9%DB%B1%DB%B2%DB%B1%DB%B2%DB%B3%DB%B4%DB%B5%DB%B6%DB%B7", "+98.912.123.4567",
)  # fmt: skip
"""One Iranian mobile number as telephones, providers and people write it."""


@pytest.mark.parametrize("kind", NAMES)
def test_odd_names_reach_an_agent(product: Product, tmp_path: Path, kind: str) -> None:
    """The name is shown on the wallboard as one harmless line, the agent's telephone rings, and they talk."""
    number = f"0217788990{list(NAMES).index(kind)}"
    with desk_phone(product, tmp_path / "agent") as agent:
        board = console_of(product, "nader")
        board.order("subscribe", board=True)
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number, name=NAMES[kind]).call()
        agent.wait_for("CALL_ESTABLISHED")
        until_board(board, lambda rows: number in rows)
        shown = board_of(board)[number]["name"]
        assert len(shown) <= 120
        assert shown.isprintable()
        until_status(product, number, "talking")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        board.close()
    assert until_status(product, number, "answered")["agent"] == "sara"
    assert product.health()[0] == 200


@pytest.mark.parametrize(
    "name", ['"Ali\r\n Action: Originate\r\n Channel: PJSIP/103"', '"Ali"\r\nX-Injected: 1\r\nFrom: "Eve"', "Ali\rEve"]
)
def test_a_name_that_breaks_its_line_does_nothing(product: Product, name: str) -> None:
    """CR and LF inside a name: the telephone system takes the call without them or not at all; no second thing happens."""
    caller = Caller(product.sip, "1002", caller="02177889940", name=name)
    caller.invite()
    with suppress(TimeoutError):
        caller.wait_answer(3)
    caller.hang_up()
    assert [call["caller"] for call in product.calls(50) if call["dialled"] == "103"] == []
    assert product.health()[0] == 200


def test_one_number_in_every_shape_is_one_customer(product: Product) -> None:
    """However the number is written, the same customer is recognised before the greeting ends."""
    parties = {}
    for shape in SHAPES:
        before = {call["id"] for call in product.calls(50)}
        caller = Caller(product.sip, "1000", caller=shape).call()
        call = until(lambda before=before: next((one for one in product.calls(50) if one["id"] not in before), None), "the call")
        parties[shape] = call["party"] and call["party"]["id"]
        caller.hang_up()
    assert len(set(parties.values())) == 1, parties
    assert None not in parties.values()


@pytest.mark.parametrize("number", ["anonymous", "unknown", "restricted"])
def test_a_withheld_number_is_said_to_be_withheld(product: Product, tmp_path: Path, number: str) -> None:
    """The agent sees that the number is withheld, and is asked for nothing that cannot be known."""
    with desk_phone(product, tmp_path / "agent") as agent:
        console = console_of(product, "sara")
        available(product, "sara")
        caller = Caller(product.sip, "1002", caller=number, name='"Anonymous"').call()
        offer = console.wait_for(lambda frame: frame["type"] == "offer", "the pop")
        assert offer["card"]["match"] == "withheld"
        assert offer["card"]["parties"] == []
        until(lambda: product.api("GET", f"/calls/{offer['call']}")["status"] == "talking", "they talk")
        caller.hang_up()
        agent.wait_for("CALL_CLOSED")
        console.close()
    ended = until(lambda: (one := product.api("GET", f"/calls/{offer['call']}"))["ended_at"] and one, "the call is over")
    assert (ended["status"], ended["party"]) == ("answered", None)


def test_numbers_that_nobody_has_end_in_order(product: Product) -> None:
    """A dialled number without a flow says so and hangs up; letters, very long and odd numbers are refused or answered, never stuck."""
    for dialled in ("1999", "0", "+", "9" * 60, "%3Cscript%3E", "1000%0d%0aX", "abc"):
        caller = Caller(product.sip, dialled, caller="02177889955")
        caller.invite()
        status = caller.wait_answer(20)
        assert status in (200, 403, 404, 484, 488, 400, 416), dialled
        caller.hang_up() if status == 200 else caller.vanish()
    assert call_of(product, "02177889955")["status"] in ("in_menu", "")
    assert product.health()[0] == 200
