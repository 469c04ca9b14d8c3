"""Texts made ready for the speech engine."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, strategies as st

from ivr.spoken_text import spoken


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("كليدي را بزنيد", "کلیدی را بزنید"),
        ("عدد ۱ یا ٢", "عدد یک یا دو"),
        ("ساعت 8:30 تا ۱۷:۰۰", "ساعت هشت و سی دقیقه تا ساعت هفده"),
        ("۱٬۲۵۰٬۰۰۰ ریال", "یک میلیون و دویست و پنجاه هزار ریال"),
        ("۲۰٪ تخفیف", "بیست درصد تخفیف"),
        ("داخلی ۱۲۳، بفرمایید", "داخلی صد و بیست و سه، بفرمایید"),
        ("پاسخ می‌دهند", "پاسخ می‌دهند"),
        ("با 02188776655 تماس بگیرید", "با صفر بیست و یک، هشتاد و هشت، هفتاد و هفت، شصت و شش، پنجاه و پنج تماس بگیرید"),
        ("[[h@lo]] سلام", "h@lo سلام"),
        ("سلام\u202b\u200f \n\t دنیا", "سلام دنیا"),
    ],
)
def test_persian_is_read_as_people_say_it(text: str, said: str):
    assert spoken(text, "fa") == said


def test_english_telephone_numbers_are_read_digit_by_digit():
    assert spoken("Call 02188 or press 1", "en") == "Call 0, 2, 1, 8, 8 or press 1"


@given(st.text(max_size=200), st.sampled_from(["fa", "en"]))
def test_no_text_breaks_the_reading(text: str, language: str):
    """Whatever is written, nothing that an engine could take for a command or a control mark is left."""
    said = spoken(text, language)
    assert not set("[]<>{}\\") & set(said)
    assert not any(unicodedata.category(letter) in ("Cc", "Cs") for letter in said)
    assert said == said.strip()
