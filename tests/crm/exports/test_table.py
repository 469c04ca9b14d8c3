"""What a list's cells say before any format writes them."""

from __future__ import annotations

from crm.entities.records.party import PARTY
from crm.exports.table import cells, layout, texts
from crm.fields.kind import Showing
from crm.record import Record


def test_numbers_stand_in_a_cell_as_a_list_shows_them():
    """Number, extension and what it is for: not the same number twice in two shapes, and no “no” for what nobody ticked."""
    desk = {"kind": "phone", "raw": "031-67581600", "label": "work", "extension": "12", "main": False, "number": "+983167581600"}
    record = Record(
        entity="party", id=1, title="ا", values={"name": "ا", "channels": [desk, {"kind": "mobile", "raw": "0912", "main": False, "number": "+989121234567"}]}
    )  # fmt: skip
    field = PARTY.field("channels")
    assert field
    plan = layout(PARTY, [field], "en", "All")
    assert texts(plan, record, Showing(language="en")) == ["ا", "031 6758 1600 – 12 – Work\n0912 123 45 67"]
    assert cells(plan, record, Showing(language="en")) == texts(plan, record, Showing(language="en"))


def test_numbers_among_persian_words_are_set_in_their_order_whatever_program_opens_the_file():
    """Spaces between groups of digits would turn them round in a line from right to left; no-break spaces do not. An extension has the same digits."""
    rows = [{"kind": "phone", "label": "work", "extension": "12", "number": "+983167581600"}, {"kind": "phone", "number": "+493012345678"}]
    field = PARTY.field("channels")
    assert field
    record = Record(entity="party", id=1, title="ا", values={"name": "ا ۱ ۲", "channels": rows})
    first, numbers = texts(layout(PARTY, [field], "fa", "همه"), record, Showing(language="fa"))
    assert first == "ا ۱ ۲"
    near, far = numbers.split("\n")
    assert near == "۰۳۱\u00a0۶۷۵۸\u00a0۱۶۰۰ – ۱۲ – محل کار"
    assert far.startswith("\u200e+")
    assert " " not in far
