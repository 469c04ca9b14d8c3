"""However a Persian word was typed, it is found."""

from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from config.persian.folding import fold, tokens, words


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("علي", "علی"), ("علی", "علی"), ("يكتا", "یکتا"), ("کتاب", "کتاب"), ("كتاب", "کتاب"), ("فاطمة", "فاطمه"), ("خانۀ", "خانه"),
        ("آزاده", "ازاده"), ("أحمد", "احمد"), ("إسلام", "اسلام"), ("مؤمن", "مومن"), ("رئیس", "رییس"), ("مُحَمَّد", "محمد"), ("قرآن", "قران"),
        ("عـــلی", "علی"), ("علی‌نژاد", "علی نژاد"), ("۱۲۳ ٤٥٦", "123 456"), ("\u200fعلی\u200e", "علی"), ("ALI Reza", "ali reza"),
        ("  دو   فاصله ", "دو فاصله"), ("ﻋﻠﯽ", "علی"), ("ا\u0654حمد", "احمد"), ("", ""),
    ],
)  # fmt: skip
def test_spellings_meet(typed: str, folded: str) -> None:
    """Arabic letters, vowel marks, joiners and digits make no difference."""
    assert fold(typed) == folded


def test_a_name_with_a_joiner_is_found_split_and_joined() -> None:
    """«علی‌نژاد» is found as علی, as نژاد and as علینژاد."""
    assert tokens("مریم علی‌نژاد") == {"مریم", "علی", "نژاد", "علینژاد"}
    assert words("علی‌نژاد مریم علی") == ["علی", "نژاد", "مریم"]


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    """The folded form is stable, so what was indexed is what is searched."""
    assert fold(fold(text)) == fold(text)
