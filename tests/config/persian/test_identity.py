"""Iranian codes: check digits warn, they never block."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from config.persian.identity import CHECKS, Plate, check_card_number, check_plate, check_sheba, read_plate, show_code
from config.translations import translate


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("national_id", "0084575948", "0084575948"), ("national_id", "۰۰۸۴۵۷۵۹۴-۸", "0084575948"), ("national_id", "84575948", "0084575948"),
        ("company_id", "10380284790", "10380284790"), ("company_id", "۱۴۰۰۷۶۵۰۹۱۲", "14007650912"),
        ("economic_code", "10380284790", "10380284790"), ("economic_code", "411111111117", "411111111117"),
        ("economic_code", "00845759480001", "00845759480001"), ("sheba", "IR82 0540 1026 8002 0817 9090 02", "IR820540102680020817909002"),
        ("sheba", "۸۲۰۵۴۰۱۰۲۶۸۰۰۲۰۸۱۷۹۰۹۰۰۲", "IR820540102680020817909002"), ("card_number", "6219-8610-3452-9007", "6219861034529007"),
        ("postcode", "16197-35744", "1619735744"), ("plate", "ایران ۱۲ ب ۳۴۵ - ۶۷", "12ب345-67"),
    ],
)  # fmt: skip
def test_right_codes_have_no_warning(kind: str, typed: str, value: str) -> None:
    """Separators and digits of any script are evened out."""
    checked = CHECKS[kind](typed)
    assert (checked.value, checked.warning) == (value, None)


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        ("national_id", "0084575949"), ("national_id", "1111111111"), ("national_id", "123"), ("national_id", "123456789012"), ("national_id", "²"),
        ("company_id", "10380284791"), ("company_id", "22222222222"), ("company_id", "1"), ("economic_code", "10380284791"),
        ("economic_code", "5"), ("economic_code", "00845759490001"), ("sheba", "IR830540102680020817909002"), ("sheba", "IR01"),
        ("sheba", "IR062960000000100324200001"), ("card_number", "6219861034529008"), ("card_number", "4111111111111111"), ("card_number", "12"),
        ("postcode", "0123456789"), ("postcode", "1111111111"), ("postcode", "12"), ("plate", "123-45678"), ("plate", "10ب345-67"),
    ],
)  # fmt: skip
def test_wrong_codes_are_kept_with_a_warning_in_persian(kind: str, typed: str) -> None:
    """Wrong check digits, wrong lengths and repeated digits are told; the value stays."""
    checked = CHECKS[kind](typed)
    assert checked.value
    assert checked.warning
    assert translate("fa", checked.warning) != checked.warning


def test_the_bank_is_told() -> None:
    """By the Sheba and by the card's first digits."""
    sheba, card = check_sheba("IR820540102680020817909002").bank, check_card_number("6219861034529007").bank
    assert sheba
    assert card
    assert (sheba.called("fa"), card.called("en")) == ("بانک پارسیان", "Saman Bank")


@pytest.mark.parametrize(
    "typed", ["ایران ۱۲ ب ۳۴۵ - ۶۷", "12ب345-67", "۱۲ ب ۳۴۵ ایران ۶۷", "ایران ۶۷ - ۳۴۵ ب ۱۲", "ایران ۶۷ ۱۲ب۳۴۵", "12 ب 345 IRAN 67"]
)
def test_a_plate_is_read_in_every_direction(typed: str) -> None:
    """Right to left or left to right, with Iran before or behind."""
    assert read_plate(typed) == Plate("12", "ب", "345", "67")


def test_letters_of_plates() -> None:
    """Alef is written out; diplomats have a D."""
    assert [check_plate(text).value for text in ("12 الف 345 11", "12 ا 345 11", "12 d 345 11")] == [
        "12الف345-11",
        "12الف345-11",
        "12D345-11",
    ]


def test_codes_are_shown_in_groups() -> None:
    """As they stand on cards and envelopes."""
    assert show_code("card_number", "6219861034529007") == "6219 8610 3452 9007"
    assert show_code("sheba", "IR820540102680020817909002") == "IR82 0540 1026 8002 0817 9090 02"
    assert show_code("postcode", "1619735744") == "16197-35744"
    assert show_code("national_id", "0084575948") == "0084575948"


@given(st.sampled_from(sorted(CHECKS)), st.text(max_size=80))
def test_nothing_typed_breaks_a_check(kind: str, text: str) -> None:
    """Whatever was typed is kept, short enough, and a second look at it says the same."""
    checked = CHECKS[kind](text)
    assert len(checked.value) <= 62
    assert CHECKS[kind](checked.value).warning == checked.warning


@given(st.sampled_from(sorted(CHECKS)))
def test_nothing_typed_is_no_mistake(kind: str) -> None:
    """Empty fields have no warning."""
    assert CHECKS[kind]("  ").warning is None
