"""The calendar of every entity with dates: a month or a week of either calendar, from where a day's list is a click away."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from config.clock import Clock
from config.database import Database
from config.persian.calendar import GREGORIAN, JALALI, add_months, month_bounds, parts, week_start
from config.persian.dates import show_date, usual_calendar, weekday_name
from config.translations import translate
from crm.accounts import Accounts
from crm.alarms.reckoning import years
from crm.catalogue import Catalogue
from crm.expression import Test, both, to_json
from crm.fields.field import Field
from crm.patterns import Patterns
from crm.record import Record
from crm.records import Records
from crm.views import Views
from web.permissions import WITH_ACCOUNT
from web.records.asked import Asked, filter_text
from web.records.looks import above, look_by, usable
from web.records.places import Place
from web.records.viewing import kept_as, viewing
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

MOST = 500
"""Records of one page of the calendar; of days that come every year each day has its own few."""
OF_DAY = {"month": 4, "week": 40}
"""Records shown of a day; the rest is in its list."""
NEAR, FAR = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


@frozen
class Shown:
    """A record on a day; `years`: which anniversary it is, 0 for none."""

    record: Record
    years: int = 0


@frozen(kw_only=True)
class Day:
    """A day's square: its records that are shown, how many more there are, and the address of its list."""

    date: dt.date
    number: str
    name: str
    inside: bool
    today: bool
    free: bool
    records: list[Shown]
    more: int
    list: str


Filled = dict[dt.date, tuple[list[Shown], int]]
"""The records of each day that has any, and how many more it has."""


@frozen
class RecordCalendars:
    """The calendar of one entity."""

    place: Place
    views: Views

    async def show(self, request: Request) -> Answer:
        """The span around the day `at` by the date field `by`."""
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        seen = await viewing(self.views, entity, viewer, request)
        wanted = await usable(self.place, request, seen.given)
        look, by = look_by(entity, viewer, "calendar", seen.given.get("by", ""))
        today = self.place.records.reading(language).today
        calendar = seen.given["calendar"] if seen.given.get("calendar") in (JALALI, GREGORIAN) else usual_calendar(language)
        span = "week" if seen.given.get("span") == "week" else "month"
        at = _day(request.query.get("at", ""), today)
        first, last, begin, end = _bounds(at, span, calendar)
        days = [first + dt.timedelta(days=offset) for offset in range((last - first).days + 1)]
        read = self._each_year if by.yearly and by.kind.code == "date" else self._once
        by_day, too_many = await read(request, wanted, by, days, calendar, OF_DAY[span])
        where = both(wanted.where, Test(by.name, "between", [first.isoformat(), last.isoformat()]))

        def day(date: dt.date) -> Day:
            here, more = by_day.get(date, ([], 0))
            condition = to_json(both(wanted.where, _on(date, by, calendar)))
            return Day(
                date=date, number=show_date(date, language, "short", calendar).split(" ")[0], name=show_date(date, language, "full", calendar),
                inside=begin <= date <= end, today=date == today, free=date.weekday() == 4 if calendar == JALALI else date.weekday() == 6,
                records=here, more=more, list=wanted.address(filter=filter_text(condition)),
            )  # fmt: skip

        shown = [day(one) for one in days]
        here: Mapping[str, Any] = {"by": by.name, "at": at.isoformat(), "span": span, "calendar": calendar}

        def address(**changed: Any) -> str:
            return wanted.address("/calendar", **{**here, **changed})

        return page(
            "record_calendar.html",
            **await above(self.place, request, wanted, "calendar"),
            **kept_as(seen, viewer, by=by.name, span=span, calendar=calendar),
            by=by,
            fields=look.fields,
            span=span,
            calendar=calendar,
            calendars=(JALALI, GREGORIAN),
            weeks=[shown[place : place + 7] for place in range(0, len(shown), 7)],
            names=[weekday_name(one.date, language) for one in shown[:7]],
            title=show_date(begin, language, "month", calendar) if span == "month" else f"{show_date(first, language, 'short', calendar)} – {show_date(last, language, 'long', calendar)}",
            previous=_step(at, span, calendar, -1),
            next=_step(at, span, calendar, 1),
            today=today,
            address=address,
            too_many=too_many,
            most=MOST,
            listed=wanted.address(filter=filter_text(to_json(where))),
        )  # fmt: skip

    async def _once(
        self, request: Request, wanted: Asked, by: Field, days: Sequence[dt.date], _calendar: str, most: int
    ) -> tuple[Filled, bool]:  # fmt: skip
        """The records of days that are once; whether there are more than were read."""
        viewer, zone = self.place.viewer(request), ZoneInfo(self.place.timezone)
        test = Test(by.name, "between", [days[0].isoformat(), days[-1].isoformat()])
        query = evolve(wanted.query(), sort=((by.name, False),), limit=MOST, after="", before="")
        found, _page = await self.place.records.page(
            evolve(query, where=both(query.where, test)), viewer, request.language, _looks(wanted, by)
        )
        by_day: dict[dt.date, list[Shown]] = {}
        for one in found:
            by_day.setdefault(_day_of(one.values[by.name], zone), []).append(Shown(one))
        return {date: (here[:most], max(len(here) - most, 0)) for date, here in by_day.items()}, len(found) == MOST

    async def _each_year(
        self, request: Request, wanted: Asked, by: Field, days: Sequence[dt.date], calendar: str, most: int
    ) -> tuple[Filled, bool]:  # fmt: skip
        """The records of days that come every year: each day's first few and how many more, since a month of a million people's is thousands."""
        viewer, records, language = self.place.viewer(request), self.place.records, request.language

        async def one_day(date: dt.date) -> tuple[list[Shown], int]:
            query = evolve(wanted.query(), sort=((by.name, False),), limit=most, after="", before="")
            query = evolve(query, where=both(query.where, _on(date, by, calendar)))
            found, further = await records.page(query, viewer, language, _looks(wanted, by))
            more = await records.count(query, viewer, language) - len(found) if further.next else 0
            return [Shown(one, years(one.values[by.name], date.isoformat(), calendar)) for one in found], more

        return dict(zip(days, await asyncio.gather(*(one_day(date) for date in days)), strict=True)), False


def _on(date: dt.date, by: Field, calendar: str) -> Test:
    """What lies on this day, or comes again on it."""
    if by.yearly and by.kind.code == "date":
        return Test(by.name, "yearly", date.isoformat() if calendar == by.yearly else [date.isoformat(), calendar])
    return Test(by.name, "between", [date.isoformat(), date.isoformat()])


def _looks(wanted: Asked, by: Field) -> set[str]:
    return {by.name, "colour", "icon", *wanted.entity.coloured_by}


def _bounds(at: dt.date, span: str, calendar: str) -> tuple[dt.date, dt.date, dt.date, dt.date]:
    """First and last day shown, and of the span itself."""

    def week(day: dt.date) -> dt.date:
        return week_start(day) if calendar == JALALI else day - dt.timedelta(days=day.weekday())

    if span == "week":
        first = week(at)
        return first, first + dt.timedelta(days=6), first, first + dt.timedelta(days=6)
    year, month, _number = parts(at, calendar)
    begin, end = month_bounds(year, month, calendar)
    return week(begin), week(end) + dt.timedelta(days=6), begin, end


def _step(at: dt.date, span: str, calendar: str, way: int) -> str:
    day = at + dt.timedelta(days=7 * way) if span == "week" else add_months(at, way, calendar)
    return day.isoformat()


def _day(text: str, today: dt.date) -> dt.date:
    try:
        day = dt.date.fromisoformat(text[:10])
    except ValueError:
        return today
    return day if NEAR < day < FAR else today


def _day_of(value: Any, zone: ZoneInfo) -> dt.date:
    return dt.date.fromisoformat(value) if isinstance(value, str) else dt.datetime.fromtimestamp(value, zone).date()


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, database: Database, clock: Clock
) -> list[Route]:
    """Calendars; an entity without dates answers that there is nothing."""
    found: list[Route] = []
    views = Views(database, clock)
    for entity in catalogue.entities.values():
        calendars = RecordCalendars(Place(entity.name, catalogue, records, patterns, accounts, timezone), views)
        title = translate("en", entity.title_plural)
        found.append(get(f"{entity.address}/calendar", calendars.show, allow=WITH_ACCOUNT, summary=f"{title}: the calendar"))
    return found
