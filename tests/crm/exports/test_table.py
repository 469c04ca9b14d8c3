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
