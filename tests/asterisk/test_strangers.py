"""People who mean harm, at the running product's SIP port: nobody dials out at our cost, nobody is an agent without the password."""

from __future__ import annotations

import pytest

from tests.asterisk.scenes import left_in_asterisk, until_status
from tests.phones.caller import Caller
from tests.phones.stranger import asked
from tests.product import Product


@pytest.mark.parametrize("number", ["09121112233", "+989121112233", "0015551234", "101", "1000,1", "1000&Local"])
def test_a_stranger_who_dials_a_number_outside_reaches_nobody_outside(product: Product, number: str) -> None:
    """Whatever is dialled from this machine without registration comes in and never goes out: there is one channel, the caller's."""
    caller = Caller(product.sip, number, caller="02177770000")
    caller.invite()
    caller.wait_answer()
    call = until_status(product, "02177770000", "in_flow", "waiting")
    assert call["direction"] == "inbound"
    assert [name.split("-")[0] for name in left_in_asterisk(product) if "/" in name] == ["PJSIP/loopback"]
    caller.hang_up()


@pytest.mark.parametrize("method", ["INVITE", "REGISTER"])
@pytest.mark.parametrize("name", ["103", "w101", "w102", "demo-caller"])
def test_nobody_is_a_telephone_of_ours_without_its_password(product: Product, method: str, name: str) -> None:
    """A name alone opens nothing: neither a call in an agent's name nor an agent's place."""
    assert asked(product.sip, method, "09121112233" if method == "INVITE" else name, name) == 401


def test_a_text_message_is_no_call(product: Product) -> None:
    """A SIP MESSAGE would enter the dialplan as a channel without sound; it is refused, and no call is counted."""
    before = len(product.calls(100))
    assert asked(product.sip, "MESSAGE", "1000", "09351112233", body="salam") >= 400
    assert len(product.calls(100)) == before


def test_a_customer_cannot_send_the_call_elsewhere(product: Product) -> None:
    """A REFER inside a call would move a leg out of the daemon's hands; it is declined and the call goes on."""
    caller = Caller(product.sip, "1000", caller="02166660000").call()
    assert caller.refer("09121112233") >= 400
    assert left_in_asterisk(product)
    caller.hang_up()
