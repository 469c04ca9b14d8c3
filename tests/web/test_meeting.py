"""Two edits of the rows of one record: what meets, and what two people are asked about."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.fields.numbers import Number, YesNo
from crm.fields.rows import Rows
from crm.fields.texts import Line
from tests.web.record_office import ADMIN, Office, office
from web.records.meeting import same
from web.records.meeting_rows import RowsMet, chosen, rows_met

PARTS = Rows(
    main="what",
    fields=(
        Field(name="what", kind=Line(), label="What"), Field(name="pieces", kind=Number(), label="Pieces"), Field(name="spare", kind=YesNo(), label="Spare"),
    ),
)  # fmt: skip
READING = Reading(now=datetime(2025, 6, 1, tzinfo=UTC))
LEG = {"id": 1, "what": "leg", "pieces": "4", "spare": ""}
ARM = {"id": 2, "what": "arm", "pieces": "2", "spare": ""}


def met(mine: list[dict[str, Any]], now: list[dict[str, Any]], base: tuple[dict[str, Any], ...] = (LEG, ARM)) -> RowsMet:
    return rows_met(PARTS, base, mine, now, READING, same)


def test_different_fields_of_one_row_are_both_kept() -> None:
    """One counts again, the other corrects the name of the same part."""
    found = met([{**LEG, "id": "1", "pieces": "5"}, ARM], [{**LEG, "what": "foot"}, ARM])
    assert [(row["what"], row["pieces"]) for row in found.rows] == [("foot", "5"), ("arm", "2")]
    assert (found.clashes, found.theirs_too) == ((), True)


def test_added_and_removed_rows_are_kept_from_both() -> None:
    """One removes a row and adds one, the other adds one too; the same row added twice stands once."""
    found = met([LEG, {"what": "eye"}, {"what": "nose"}], [LEG, ARM, {"id": 3, "what": "eye"}, {"id": 4, "what": "ear"}])
    assert [row["what"] for row in found.rows] == ["leg", "eye", "ear", "nose"]
    assert found.clashes == ()


def test_the_same_field_of_the_same_row_is_a_question() -> None:
    """Digits of another script are the same value, another number is not."""
    assert met([{**LEG, "pieces": "۵"}, ARM], [{**LEG, "pieces": "5"}, ARM]).clashes == ()
    (clash,) = met([{**LEG, "pieces": "6"}, ARM], [{**LEG, "pieces": "5"}, ARM]).clashes
    assert (clash.row, clash.field, clash.was, clash.theirs, clash.mine) == ("1", "pieces", "4", "5", "6")


def test_a_row_that_one_removed_and_the_other_changed_is_a_question() -> None:
    """Either way round; an emptied row counts as removed."""
    (gone,) = met([{**LEG, "pieces": "6"}, ARM], [ARM]).clashes
    assert (gone.field, gone.theirs) == ("", None)
    (kept,) = met([{**LEG, "what": ""}, ARM], [{**LEG, "pieces": "5"}, ARM]).clashes
    assert (kept.field, kept.mine, kept.theirs) == ("", None, {**LEG, "pieces": "5"})


def test_an_order_that_one_changed_stays() -> None:
    """Whoever moved rows has moved them, whichever of the two it was."""
    assert [row["id"] for row in met([LEG, ARM], [ARM, LEG]).rows] == ["2", "1"]
    assert [row["id"] for row in met([ARM, LEG], [LEG, {**ARM, "pieces": "3"}]).rows] == ["2", "1"]


def test_what_was_chosen_is_taken() -> None:
    """Theirs for a field, theirs for a row that they removed, theirs for a row that I removed."""
    rows = [{**LEG, "id": "1", "pieces": "6"}, {**ARM, "id": "2"}]
    picks = {"parts.1.pieces": "theirs", "parts.2": "theirs", "parts.3": "theirs", "parts.1.what": "mine", "other.1": "theirs"}
    found = chosen("parts", [{**LEG, "pieces": "5"}, {"id": 3, "what": "ear"}], rows, picks)
    assert found == [{**LEG, "id": "1", "pieces": "5"}, {"id": 3, "what": "ear"}]


async def party(it: Office, number: int) -> dict[str, Any]:
    return (await it.records.get(it.catalogue["party"], number, ADMIN)).values


async def test_a_number_added_and_an_address_changed_meet_without_a_question(tmp_path: Path) -> None:
    """One adds a telephone number, the other changes the e-mail: both stay."""
    async with office(tmp_path, everything=True) as it:
        raw = [{"kind": "mobile", "raw": "09121234567"}, {"kind": "email", "raw": "a@example.com"}]
        number = await it.records.create(it.catalogue["party"], {"first_name": "مریم", "last_name": "احمدی", "channels": raw}, ADMIN)
        mobile, mail = (row["id"] for row in (await party(it, number))["channels"])
        begin = {
            "version": "1", "channels": "", "channels.0.id": str(mobile), "channels.0.kind": "mobile", "channels.0.raw": "09121234567",
            "channels.1.id": str(mail), "channels.1.kind": "email", "channels.1.raw": "a@example.com",
        }  # fmt: skip
        first = await it.post("reza", f"/parties/{number}/edit", {**begin, "channels.2.kind": "phone", "channels.2.raw": "02188776655"})
        assert first.status == 303, first.text
        second = await it.post("maryam", f"/parties/{number}/edit", {**begin, "channels.1.raw": "b@example.com"})
        assert second.status == 303, second.text
        assert "saved=2" in second.headers["Location"]
        assert [row["raw"] for row in (await party(it, number))["channels"]] == ["09121234567", "b@example.com", "02188776655"]
        third = await it.post("admin", f"/parties/{number}/edit", {**begin, "channels.1.raw": "c@example.com"})
        assert third.status == 409
        assert f'name="pick.channels.{mail}.raw"' in third.text
        assert "c@example.com" in third.text
        assert third.text.count("<fieldset") == 1
        whole = {
            **begin,
            "version": "3",
            "channels.2.id": str((await party(it, number))["channels"][2]["id"]),
            "channels.2.kind": "phone",
            "channels.2.raw": "02188776655",
        }
        kept = await it.post(
            "admin",
            f"/parties/{number}/edit",
            {**whole, "channels.1.raw": "c@example.com", f"pick.channels.{mail}.raw": "theirs", "note": "تازه"},
        )
        assert kept.status == 303, kept.text
        values = await party(it, number)
        assert ([row["raw"] for row in values["channels"]], values["note"]) == (["09121234567", "b@example.com", "02188776655"], "تازه")
