"""Numbers and amounts in words."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st
from persiantools.digits import to_word

from config.persian.words import LIMIT, amount_in_words, in_words, ordinal, read_words


@given(st.integers(1 - LIMIT, LIMIT - 1), st.sampled_from(["fa", "en"]))
def test_words_lead_back_to_the_number(number: int, language: str) -> None:
    """Every number up to 10^21 has words of its own."""
    assert read_words(in_words(number, language)) == number


@given(st.integers(0, 10**15 - 1))
def test_another_maker_of_words_agrees(number: int) -> None:
    """Persiantools says the same, but for the «یک» of one hundred and one thousand."""
    other = to_word(number).replace("یکصد", "صد")
    assert in_words(number) == re.sub(r"(^|(?:تریلیون|میلیارد|میلیون) و )یک هزار", r"\1هزار", other)


@pytest.mark.parametrize(
    ("number", "fa", "en"),
    [
        (0, "صفر", "zero"),
        (-5, "منفی پنج", "minus five"),
        (1250, "هزار و دویست و پنجاه", "one thousand two hundred and fifty"),
        (1_000_001, "یک میلیون و یک", "one million and one"),
        (21, "بیست و یک", "twenty-one"),
        (10**18, "یک کوینتیلیون", "one quintillion"),
    ],
)
def test_a_number_is_said_in_both_languages(number: int, fa: str, en: str) -> None:
    """As people write it on a cheque."""
    assert (in_words(number, "fa"), in_words(number, "en")) == (fa, en)


def test_amounts() -> None:
    """Rial as it is, or Toman with the Rial that is left over."""
    assert amount_in_words(12345, "fa", "toman") == "هزار و دویست و سی و چهار تومان و پنج ریال"
    assert amount_in_words(-50, "fa", "toman") == "منفی پنج تومان"
    assert amount_in_words(0, "fa", "toman") == "صفر تومان"
    assert amount_in_words(2_000_000, "en") == "two million Rial"


def test_ordinals() -> None:
    """3rd, 23rd, 30th."""
    assert [ordinal(number) for number in (1, 3, 23, 30)] == ["یکم", "سوم", "بیست و سوم", "سی‌ام"]
    assert [ordinal(number, "en") for number in (1, 2, 3, 11, 23)] == ["1st", "2nd", "3rd", "11th", "23rd"]


@pytest.mark.parametrize("text", ["", "و", "منفی", "دو سه", "بیست سی", "صد صد", "هزار میلیون", "پنج ده", "abc", "۱۲۳۴ هزار"])
def test_what_says_no_number_is_none(text: str) -> None:
    """Words in an order that nobody counts in."""
    assert read_words(text) is None


def test_digits_may_stand_among_the_words() -> None:
    """«۱۲ هزار و ۵۰۰»."""
    assert read_words("۱۲ هزار و ۵۰۰") == 12_500
    assert read_words("یک صد هزار") == 100_000


def test_numbers_without_a_name_are_refused() -> None:
    """From 10^21 on there are no words."""
    with pytest.raises(ValueError, match="1000000000000000000000"):
        in_words(LIMIT)
