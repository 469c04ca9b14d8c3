"""A rating that begins or ends by its date is the record's from that morning on, without anybody saving anything."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from crm.grades import AT_ONCE, Grades
from crm.record_saving import RecordChanged
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


async def test_the_history_says_that_the_day_changed_a_rating(tmp_path: Path) -> None:
    """Old and new, by nobody, from the ratings of the day; only for those whose rating is another, in batches, and the next to save meets a new version."""
    async with opened(tmp_path) as it:
        today, kind = it.records.reading().today, it.records.catalogue["party"]
        tomorrow = (today + timedelta(days=1)).isoformat()
        begins = [
            await it.parties.create({"last_name": f"x{n}", "ratings": [{"grade": "a", "since": tomorrow}]}, "reza")
            for n in range(AT_ONCE + 3)
        ]
        ends = await it.parties.create({"last_name": "y", "ratings": [{"grade": "c", "until": today.isoformat()}]}, "reza")
        same = await it.parties.create({"last_name": "z", "ratings": [{"grade": "b"}, {"grade": "b", "since": tomorrow}]}, "reza")
        it.clock.advance(86_400)
        assert await Grades(it.database, it.bus, it.clock, "Asia/Tehran").refresh(2) == len(begins) + 1
        for number, pair in ((begins[0], [None, "a"]), (begins[-1], [None, "a"]), (ends, ["c", None])):
            last = (await it.records.history(kind, number, everybody("reza")))[0]
            assert (last["changes"], last["act"], last["username"], last["origin"], last["version"]) == (
                {"grade": pair},
                "changed",
                "",
                "ratings",
                2,
            )
        assert (await it.records.get(kind, ends, everybody("reza"))).values["grade"] is None
        assert [one["act"] for one in await it.records.history(kind, same, everybody("reza"))] == ["created"]
        with pytest.raises(RecordChanged):
            await it.records.put(kind, ends, {"grade": "d"}, everybody("reza"), version=1)
        assert len([one for one in it.told_of(RecordSaved) if one.origin == "ratings"]) == len(begins) + 1


async def grade_of(it, party: int) -> str:
    return (await it.records.get(it.records.catalogue["party"], party, everybody("reza"))).values["grade"]
