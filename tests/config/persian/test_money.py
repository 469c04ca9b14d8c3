"""Amounts as people type them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, strategies as st

from config.persian.money import LARGEST, RIAL, TOMAN, read_money, show_money
from config.persian.numbers import read_number, show_number


@pytest.mark.parametrize(
    ("typed", "rial"),
    [
        ("۱۲٬۵۰۰٬۰۰۰", 12_500_000), ("12,500,000", 12_500_000), ("12 500 000", 12_500_000), ("1.250.000 ریال", 1_250_000),
        ("12.5 میلیون تومان", 125_000_000), ("۱۲/۵ میلیون", 12_500_000), ("۲۰۰ هزار تومان", 2_000_000), ("200k", 200_000),
        ("۱۲ میلیون و ۵۰۰ هزار تومان", 125_000_000), ("دو میلیون و پانصد هزار ریال", 2_500_000), ("12,500 Toman", 125_000), ("۵۰۰ت", 5_000),
        ("۵ تومان و ۳ ریال", 53), ("-۵۰۰", -500), ("(5,000)", -5_000), ("منفی ۵۰ تومان", -500), ("0", 0), ("1000﷼", 1000),
        ("یک میلیارد و دویست میلیون تومان", 12_000_000_000), ("one million rials", 1_000_000), ("هزار تومان", 10_000), ("٢٥٠٠٠ ريال", 25_000),
    ],
)  # fmt: skip
def test_amounts_are_read_as_people_write_them(typed: str, rial: int) -> None:
    """Digits of any script, separators, Toman, thousands and millions in words."""
    assert read_money(typed) == rial


@pytest.mark.parametrize(
    "typed",
    ["", "abc", "تومان", "1.5", "12,5", "12.500", "5 تن", "--5", "nan", "inf", "1e5", "9" * 19, "9" * 500, "۵۰۰ هزار و ۲ میلیون", "1;2"],
)
def test_what_is_no_amount_is_none(typed: str) -> None:
    """Nothing is guessed: half a Rial, strange separators and words that are no number."""
    assert read_money(typed) is None


def test_a_number_alone_is_in_the_units_of_the_office() -> None:
    """Where people think in Toman, «۱۲٬۵۰۰» is 125,000 Rial; a unit that was written wins."""
    assert read_money("۱۲٬۵۰۰", TOMAN) == 125_000
    assert read_money("۱۲٬۵۰۰ ریال", TOMAN) == 12_500
    assert read_money("۱۲٬۵۰۰٫۵", TOMAN) == 125_005


@given(st.integers(-LARGEST, LARGEST), st.sampled_from(["fa", "en"]), st.sampled_from([RIAL, TOMAN]), st.booleans())
def test_what_is_shown_is_read_back(rial: int, language: str, unit: str, named: bool) -> None:
    """Copy and paste of an amount keeps it."""
    assert read_money(show_money(rial, language, unit, named=named), unit) == rial


def test_amounts_are_shown_with_separators() -> None:
    """In Rial or Toman."""
    assert show_money(12_500_000, "fa") == "۱۲٬۵۰۰٬۰۰۰ ریال"
    assert show_money(12_345, "en", TOMAN) == "1,234.5 Toman"


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**12), max_value=10**12), st.sampled_from(["fa", "en"]))
def test_numbers_are_read_back(value: Decimal, language: str) -> None:
    """Shown and typed again is the same number."""
    assert read_number(show_number(value, language)) == value


@given(st.text(max_size=120))
def test_nothing_typed_breaks_it(text: str) -> None:
    """Any text is a number or none."""
    assert read_number(text) is None or isinstance(read_number(text), Decimal)
    assert read_money(text) is None or isinstance(read_money(text), int)
