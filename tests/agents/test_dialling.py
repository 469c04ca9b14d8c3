"""What may be dialled: shapes people type, beginnings that are allowed and forbidden."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from agents.dialling import DialRules, digits_of
from switchboard.errors import NumberNotAllowed, NumberUnreadable

RULES = DialRules(allowed=("0", "+98"), forbidden=("00", "0909"))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("02188776655", "02188776655"),
        ("۰۹۱۲ ۱۲۳ ۴۵ ۶۷", "09121234567"),
        ("٠٢١-٨٨٧٧٦٦٥٥", "02188776655"),
        ("+98 (912) 123-4567", "+989121234567"),
        ("00989121234567\n", "+989121234567"),
        ("tel:+98-21-88776655", "+982188776655"),
        ("sip:02188776655@example.com", "02188776655"),
        ("\u202a0912.123.4567\u202c", "09121234567"),
    ],
)
def test_numbers_are_understood_in_every_shape(typed: str, number: str) -> None:
    """Any script, any separator."""
    assert RULES.number(typed) == number


@pytest.mark.parametrize("typed", ["", " ", "1", "abc", "09121234567;ext=1", "+", "0912\r\n1234", "1" * 16, "0" * 80, "١2x3", "*21*0912#"])
def test_what_is_no_number_is_refused(typed: str) -> None:
    """With the field that was wrong."""
    with pytest.raises(NumberUnreadable) as refused:
        digits_of(typed)
    assert refused.value.field == "number"


@pytest.mark.parametrize(
    "typed", ["0044123456789", "+44123456789", "09091234567", "+989091234567", "00989091234567", "110", "989091234567"]
)
def test_what_is_forbidden_is_refused_however_it_is_written(typed: str) -> None:
    """A premium number in its international spelling is the same premium number."""
    with pytest.raises(NumberNotAllowed, match=r"0, \+98"):
        RULES.number(typed)


def test_forbidden_wins_over_allowed() -> None:
    """Even where the allowed beginning is the longer one."""
    with pytest.raises(NumberNotAllowed):
        DialRules(allowed=("0909123",), forbidden=("0909",)).number("09091234567")


def test_without_forbidden_beginnings_the_allowed_ones_decide() -> None:
    """Nothing is forbidden by an empty list."""
    rules = DialRules(allowed=("11",))
    assert rules.number("110") == "110"
    with pytest.raises(NumberNotAllowed):
        rules.number("02188776655")


@given(st.text(max_size=70))
def test_nothing_typed_gets_past_the_rules(typed: str) -> None:
    """Whatever comes out begins as allowed, and holds digits only."""
    try:
        number = RULES.number(typed)
    except (NumberUnreadable, NumberNotAllowed):
        return
    assert number.removeprefix("+").isdigit()
    assert number.isascii()
    assert number.startswith(("0", "+98"))
    assert not number.startswith(("00", "0909", "+98909"))
