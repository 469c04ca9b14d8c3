"""Keys on real telephones: by RFC 4733 events, by SIP INFO, as tones; typed ahead; and what is no key at all."""

from __future__ import annotations

import pytest

from tests.asterisk.scenes import until_status
from tests.phones.baresip import select_wait
from tests.phones.caller import Caller
from tests.product import Product

WAYS = {"events": Caller.press, "info": Caller.info, "tones": Caller.sing}


@pytest.mark.parametrize("way", WAYS)
def test_keys_count_however_they_are_sent_and_may_be_typed_ahead(product: Product, way: str) -> None:
    """The key is pressed while the greeting plays; the menu, which comes after it, takes it."""
    number = f"0216677880{list(WAYS).index(way)}"
    caller = Caller(product.sip, product.demo["numbers"]["main"], caller=number).call()
    select_wait(0.5)
    WAYS[way](caller, "2")
    call = until_status(product, number, "waiting")
    assert call["queue"] == "support"
    menu = next(step for step in call["steps"] if step["kind"] == "menu")
    assert menu["exit"] == "2"
    caller.hang_up()
    until_status(product, number, "missed")


def test_wrong_keys_lead_to_the_operator(product: Product) -> None:
    """A child plays with the telephone: thirty keys that mean nothing here, and a person takes over."""
    number = "02166778810"
    caller = Caller(product.sip, "1000", caller=number).call()
    for key in "ABCD*#9876543*#*#*#999888777ABC":
        caller.press(key, 40)
        select_wait(0.06)
    call = until_status(product, number, "waiting", seconds=40)
    assert call["queue"] == "operator"
    caller.hang_up()


def test_what_is_no_key_is_ignored(product: Product) -> None:
    """INFO with nonsense inside is answered and does nothing; the real key afterwards counts."""
    number = "02166778811"
    caller = Caller(product.sip, "1000", caller=number).call()
    for nonsense in ("", "99", "x" * 3000, "DROP TABLE call;1", "\u06f1", "-1"):
        assert caller.info(nonsense).isdigit()
    caller.press("2")
    assert until_status(product, number, "waiting", seconds=40)["queue"] == "support"
    caller.hang_up()
    assert product.health()[0] == 200
