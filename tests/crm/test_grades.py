"""A rating that begins or ends by its date is the record's from that morning on, without anybody saving anything."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

from crm.grades import Grades
from switchboard.events import RecordSaved
from tests.crm.company import everybody, opened


async def test_the_rating_of_the_new_day_is_taken_over(tmp_path: Path) -> None:
    """At midnight of the office the next one counts, everywhere it is shown or filtered by."""
    async with opened(tmp_path) as it:
        today = it.records.reading().today
        rows = [{"grade": "b", "until": today.isoformat()}, {"grade": "a", "since": (today + timedelta(days=1)).isoformat()}]
        party = await it.parties.create({"last_name": "x", "ratings": rows}, "reza")
        other = await it.parties.create({"last_name": "y", "ratings": [{"grade": "c"}]}, "reza")
        grades = Grades(it.database, it.bus, it.clock, "Asia/Tehran")
        grades.start()
        await grades.stop()
        assert await grade_of(it, party) == "b"
        grades.start()
        it.clock.advance(86_400)
        await grades.stop()
        assert (await grade_of(it, party), await grade_of(it, other)) == ("a", "c")
        told = it.told_of(RecordSaved)[-1]
        assert (told.record, told.fields, told.origin) == (party, ("grade",), "ratings")
        assert await grades.refresh() == 0
        assert it.records.reading().today == date.fromisoformat(rows[1]["since"])


async def grade_of(it, party: int) -> str:
    return (await it.records.get(it.records.catalogue["party"], party, everybody("reza"))).values["grade"]
