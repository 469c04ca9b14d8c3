"""The clock of alarm dates over real records: once each, for whom may see, also after a stop."""

from __future__ import annotations

from contextlib import asynccontextmanager
from datetime import datetime, time

import pytest
from sqlalchemy import func, insert, select

from crm.access import Pattern
from crm.alarms.alarms import Alarms, NoSuchAlarm, UntilRefused
from crm.alarms.clock import AlarmClock
from crm.alarms.reckoning import DAY
from crm.alarms.tables import date_alarm, date_ring
from crm.own_fields import OwnFields
from crm.patterns import Patterns
from crm.record_draft import RecordInvalid
from crm.tables import account
from switchboard.events import DateAlarmsChanged
from tests.crm.toys import EVERYBODY, ToyOffice

NOON = datetime.fromisoformat("2026-03-07T12:00:00+03:30").timestamp()
MEMBERS = {"maryam": "agent", "reza": "agent", "nader": "supervisor", "blind": "nothing"}


class Desk:
    """A toy office with its alarm clock."""

    def __init__(self, office):
        self.office = office
        self.patterns = Patterns(office.database, office.clock, lambda: MEMBERS)
        self.alarms = Alarms(office.database, office.bus, office.clock, office.catalogue, "Asia/Tehran")
        self.clock = self.another_clock()

    def another_clock(self, **more):
        return AlarmClock(
            self.office.database, self.office.bus, self.office.clock, self.office.catalogue, self.patterns, "Asia/Tehran", **more
        )

    async def of(self, user):
        return [(one.title, one.day, one.ahead, one.when) for one in await self.alarms.ringing(self.patterns.viewer(user))]

    async def first(self, user):
        return (await self.alarms.of(self.patterns.viewer(user)))[0].id

    def told(self):
        return [(event.user, len(event.rang)) for event in self.office.told if isinstance(event, DateAlarmsChanged)]

    async def after(self, days=0.0):
        self.office.clock.advance(days * DAY)
        await self.clock.look()


@asynccontextmanager
async def desk(folder):
    office = await ToyOffice.open(folder)
    office.clock.advance(NOON - office.clock.now())
    made = Desk(office)
    await made.patterns.load()
    people = [
        {"username": name, "name": name, "role": "agent", "password_hash": "x", "password_changed_at": 0, "created_at": 0}
        for name in MEMBERS
    ]
    await office.database.write(lambda connection: connection.execute(insert(account), people))
    yield made
    await made.clock.stop()
    await office.close()


async def test_an_expert_hears_of_a_day_ahead_and_on_it_and_of_nothing_twice(tmp_path):
    """A day that comes in three days: nothing now, one alarm the day before, one on the day that takes its place; looking more often changes nothing."""
    async with desk(tmp_path) as it:
        await it.office.make(name="قطار", made_on="2026-03-10", expert="maryam", experts=["reza"])
        await it.after()
        assert await it.of("maryam") == []
        await it.after(days=2)
        assert await it.of("maryam") == await it.of("reza") == [("قطار", "2026-03-10", 1, "coming")]
        for _again in range(3):
            await it.after(days=0.1)
            await it.another_clock().look()
        assert it.told() == [("maryam", 1), ("reza", 1)]
        await it.after(days=1)
        assert await it.of("maryam") == [("قطار", "2026-03-10", 0, "today")]
        await it.after(days=1)
        assert await it.of("maryam") == [("قطار", "2026-03-10", 0, "overdue")]


async def test_nothing_is_lost_while_the_product_is_off(tmp_path):
    """A new clock begins where the old one was: what came near meanwhile rings, also of a record that was changed right before the stop."""
    async with desk(tmp_path) as it:
        await it.office.make(name="پیش", made_on="2026-03-12", expert="maryam")
        await it.after()
        late = await it.office.make(name="دیر", expert="maryam")
        await it.office.records.change(it.office.toy, late, {"made_on": "2026-03-08"}, EVERYBODY)
        it.office.clock.advance(10 * DAY)
        await it.another_clock().look()
        assert [(one[0], one[3]) for one in await it.of("maryam")] == [("دیر", "overdue"), ("پیش", "overdue")]


async def test_a_record_written_down_late_rings_at_once(tmp_path):
    """The day is tomorrow: the alarm is there as soon as the clock has seen the change, not tomorrow."""
    async with desk(tmp_path) as it:
        await it.after()
        await it.office.make(name="قطار", made_on="2026-03-08", expert="maryam")
        await it.after()
        assert await it.of("maryam") == [("قطار", "2026-03-08", 1, "coming")]


async def test_days_ring_at_the_hour_that_is_set(tmp_path):
    """Seven o'clock where seven is set; set to an earlier hour at a new start, the day that this hour has passed rings, and nothing rings twice."""
    async with desk(tmp_path) as it:
        await it.office.make(name="قطار", made_on="2026-03-08", expert="maryam")
        await it.office.make(name="پیش", made_on="2026-03-09", expert="maryam")
        it.clock = it.another_clock(opens=time(14))
        await it.after()  # noon of the 7th: the alarm of the 8th rings at two
        assert await it.of("maryam") == []
        await it.after(days=0.05)
        assert await it.of("maryam") == []
        it.clock = it.another_clock(opens=time(7, 30))
        await it.after()
        assert await it.of("maryam") == [("قطار", "2026-03-08", 1, "coming")]
        await it.after(days=0.8)  # eight in the morning of the 8th
        assert await it.of("maryam") == [("قطار", "2026-03-08", 0, "today"), ("پیش", "2026-03-09", 1, "coming")]
        it.clock = it.another_clock(opens=time(9))
        told = it.told()
        await it.after()
        await it.after(days=0.1)
        assert it.told() == told


async def test_alarms_follow_the_record(tmp_path):
    """Another day, another expert, the bin: what rang before goes, what rings now comes."""
    async with desk(tmp_path) as it:
        toy, records = it.office.toy, it.office.records
        number = await it.office.make(name="قطار", made_on="2026-03-08", expert="maryam")
        await it.after()
        await records.change(toy, number, {"expert": "reza"}, EVERYBODY)
        await it.after()
        assert (await it.of("maryam"), [one[1] for one in await it.of("reza")]) == ([], ["2026-03-08"])
        await records.change(toy, number, {"made_on": "2026-03-07"}, EVERYBODY)
        await it.after()
        assert [(one[1], one[2]) for one in await it.of("reza")] == [("2026-03-07", 0)]
        await records.delete(toy, number, EVERYBODY)
        await it.after()
        assert await it.of("reza") == []
        await records.restore(toy, number, EVERYBODY)
        await it.after()
        assert len(await it.of("reza")) == 1


async def test_who_may_not_see_is_not_told(tmp_path):
    """An expert whose pattern shows no toys has no alarm of one; and whose right was taken away later does not see it any more."""
    async with desk(tmp_path) as it:
        await it.office.make(name="قطار", made_on="2026-03-07", expert="blind", experts=["maryam"])
        await it.after()
        assert it.told() == [("maryam", 1)]
        it.patterns.all = {**it.patterns.all, "agent": Pattern(code="agent", rights={})}
        assert await it.of("maryam") == []


async def test_what_is_put_off_comes_back_and_what_is_done_stays_away(tmp_path):
    """Put off for two hours: silent, then told again. Done: gone, and can be taken back. Others' alarms cannot be touched."""
    async with desk(tmp_path) as it:
        await it.office.make(name="قطار", made_on="2026-03-07", expert="maryam")
        await it.after()
        maryam, number = it.patterns.viewer("maryam"), await it.first("maryam")
        await it.alarms.snooze(number, maryam, NOON + 7200)
        assert await it.of("maryam") == []
        it.office.told.clear()
        await it.after(days=0.09)
        assert (await it.of("maryam"), it.told()) == ([("قطار", "2026-03-07", 0, "today")], [("maryam", 1)])
        await it.alarms.done(number, maryam)
        assert await it.of("maryam") == []
        assert [one.id for one in await it.alarms.of(maryam, done=True)] == [number]
        await it.alarms.done(number, maryam, undo=True)
        assert len(await it.of("maryam")) == 1
        for wrong in (it.alarms.done(number, it.patterns.viewer("reza")), it.alarms.snooze(99, maryam, NOON + 2 * DAY)):
            try:
                await wrong
            except NoSuchAlarm:
                continue
            raise AssertionError
        for until in (NOON - 1, NOON + 1000 * DAY):
            try:
                await it.alarms.snooze(number, maryam, until)
            except UntilRefused:
                continue
            raise AssertionError


async def test_many_ring_in_small_steps_and_once(tmp_path):
    """Five hundred days on one morning: all are there, a clock stopped in the middle is gone on with by the next."""
    async with desk(tmp_path) as it:
        await it.after()
        for place in range(450):
            await it.office.make(name=f"t{place}", made_on="2026-03-10", expert="maryam")
        await it.after()
        it.office.clock.advance(3 * DAY)
        await it.another_clock().look()
        await it.clock.look()
        count = select(func.count()).select_from(date_ring)
        assert await it.office.database.read(lambda connection: connection.execute(count).scalar()) == 450
        alarms = select(func.count()).select_from(date_alarm)
        assert await it.office.database.read(lambda connection: connection.execute(alarms).scalar()) == 450


async def test_a_date_of_one_s_own_rings_when_it_is_switched_on(tmp_path):
    """An administrator lets their own date ring a month ahead and every year: records that were there before ring as well; what cannot ring is refused."""
    async with desk(tmp_path) as it:
        fields = OwnFields(it.office.database, it.office.bus, it.office.clock, it.office.catalogue)
        row = {"entity": "toy", "kind": "date", "label_fa": "پایان بیمه", "label_en": "Insured until", "flags": {}}
        number = await fields.add(row, "admin")
        await it.office.make(name="قطار", insured_until="2026-03-20", expert="maryam")
        await it.after()
        assert await it.of("maryam") == []
        await fields.change(number, {"flags": {"alarm": True, "ahead": [30, 1]}}, "admin")
        assert it.office.toy.field("insured_until").indexed
        await it.after()
        assert await it.of("maryam") == [("قطار", "2026-03-20", 30, "coming")]
        for flags in ({"alarm": True, "ahead": ["x"]}, {"alarm": True, "ahead": [999]}, {"alarm": True, "yearly": "lunar"}):
            with pytest.raises(RecordInvalid):
                await fields.change(number, {"flags": flags}, "admin")
        with pytest.raises(RecordInvalid):
            await fields.add({**row, "kind": "number", "label_en": "n", "flags": {"alarm": True}}, "admin")
        await fields.stop()
