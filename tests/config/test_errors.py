"""A refusal is one sentence in the reader's language, down to its reason."""

from __future__ import annotations

from config.translations import translate
from crm.account import AccountInvalid
from crm.duplicates.merging import MergeRefused


def test_the_reason_is_in_the_readers_language() -> None:
    """A Persian sentence has no English reason in it; in English it is what the source says."""
    refusal = MergeRefused(reason="they are not of one sort")
    assert refusal.text("en").endswith("they are not of one sort.")
    assert translate("fa", "they are not of one sort") in refusal.text("fa")
    assert "sort" not in refusal.text("fa")


def test_what_people_typed_is_never_translated() -> None:
    """A value that happens to be a word of the product stays as it was typed."""
    refusal = AccountInvalid(field="name", field_name="name", value="Customers", expected="a name of 1 to 120 characters")
    assert "Customers" in refusal.text("fa")
    assert "characters" not in refusal.text("fa")
