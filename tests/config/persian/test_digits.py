"""Digits of every script."""

from __future__ import annotations

import unicodedata

from hypothesis import given, strategies as st

from config.persian.digits import ZEROS, to_ascii, to_persian


def test_digits_go_both_ways() -> None:
    """Data keeps ASCII digits; Persian readers see Persian ones."""
    assert to_ascii("۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩ الف ०१２") == "01234567890123456789 الف 012"
    assert to_persian("09:15") == "۰۹:۱۵"


def test_no_script_is_forgotten() -> None:
    """Every decimal digit of the Basic Multilingual Plane that this Python knows is read."""
    zeros = {code for code in range(0x80, 0x10000) if unicodedata.decimal(chr(code), None) == 0}
    assert zeros == set(ZEROS)


@given(st.text())
def test_other_letters_stay(text: str) -> None:
    """Only digits change."""
    assert [one for one in to_ascii(text) if not one.isascii()] == [one for one in text if not one.isascii() and ord(one) not in _digits()]


def _digits() -> set[int]:
    return {zero + value for zero in ZEROS for value in range(10)}
