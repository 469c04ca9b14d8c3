"""Conditions that do not hold together are refused in the reader's words."""

from __future__ import annotations

import pytest

from crm.expression import ExpressionRefused, parse


def test_what_was_expected_is_said_in_the_readers_language() -> None:
    """The place, and what belongs there, wholly in Persian or in English."""
    with pytest.raises(ExpressionRefused) as refused:
        parse({"field": "city", "op": "sounds_like", "value": "تهران"})
    assert "a field, one of the operators" in refused.value.text("en")
    persian = refused.value.text("fa")
    assert "شرط" in persian
    assert "a field" not in persian
    assert "sounds_like" in persian
    assert refused.value.text("fa") != refused.value.text("en")


def test_names_that_were_expected_are_the_same_in_every_language() -> None:
    """Operators and fields are codes, not sentences."""
    refused = ExpressionRefused(place="price like", expected="=, !=, <, >")
    assert "=, !=, <, >" in refused.text("fa")
