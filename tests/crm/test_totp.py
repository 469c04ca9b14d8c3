"""Codes that change every half minute are those of the RFC, and each opens once."""

from __future__ import annotations

import pytest

from crm.totp import address, code_at, step_of, typed

RFC_SECRET = b"12345678901234567890"


@pytest.mark.parametrize(
    ("at", "code"),
    [
        (59, "94287082"),
        (1111111109, "07081804"),
        (1111111111, "14050471"),
        (1234567890, "89005924"),
        (2000000000, "69279037"),
        (20000000000, "65353130"),
    ],
)
def test_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    """RFC 6238, appendix B: every test value for SHA-1."""
    assert code_at(RFC_SECRET, at // 30, digits=8) == code


def test_a_telephone_may_be_half_a_minute_wrong() -> None:
    """The code before and the code after count as well, others do not."""
    now = 1_700_000_000.0
    present = int(now // 30)
    taken = {away: step_of(RFC_SECRET, code_at(RFC_SECRET, present + away), now) for away in (-2, -1, 0, 1, 2)}
    assert taken == {-2: None, -1: present - 1, 0: present, 1: present + 1, 2: None}
    assert step_of(RFC_SECRET, code_at(RFC_SECRET, present), now, after=present) is None
    assert step_of(RFC_SECRET, "۱۲۳۴۵۶", now) is None
    assert step_of(RFC_SECRET, "", now) is None


def test_the_secret_can_be_photographed_or_typed() -> None:
    """The square says who and where; the letters are Base32 in fours."""
    assert typed(RFC_SECRET) == "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ"
    assert address(RFC_SECRET, "maryam", "شرکت A") == (
        "otpauth://totp/%D8%B4%D8%B1%DA%A9%D8%AA%20A:maryam?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=%D8%B4%D8%B1%DA%A9%D8%AA%20A"
    )
