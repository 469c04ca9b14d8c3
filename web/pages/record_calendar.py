"""The calendar of every entity with dates: a month or a week of either calendar, from where a day's list is a click away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve, frozen

from config.persian.calendar import GREGORIAN, JALALI, add_months, month_bounds, parts, week_start
from config.persian.dates import show_date, usual_calendar, weekday_name
from config.translations import translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.expression import Test, both, to_json
from crm.patterns import Patterns
from crm.record import Record
from crm.records import Records
from web.permissions import WITH_ACCOUNT
from web.records.asked import filter_text
from web.records.looks import above, look_by, usable
from web.records.places import Place
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

MOST = 500
"""Records of one page of the calendar."""
OF_DAY = {"month": 4, "week": 40}
"""Records shown of a day; the rest is in its list."""
NEAR, FAR = dt.date(1900, 1, 1), dt.date(2200, 1, 1)


@frozen(kw_only=True)
class Day:
    """A day's square: its records that are shown, how many more there are, and the address of its list."""

    date: dt.date
    number: str
    name: str
    inside: bool
    today: bool
    free: bool
    records: list[Record]
    more: int
    list: str


@frozen
class RecordCalendars:
    """The calendar of one entity."""

    place: Place

    async def show(self, request: Request) -> Answer:
        """The span around the day `at` by the date field `by`."""
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        wanted = await usable(self.place, request)
        look, by = look_by(entity, viewer, "calendar", request.query.get("by", ""))
        today = self.place.records.reading(language).today
        calendar = request.query["calendar"] if request.query.get("calendar") in (JALALI, GREGORIAN) else usual_calendar(language)
        span = "week" if request.query.get("span") == "week" else "month"
        at = _day(request.query.get("at", ""), today)
        first, last, begin, end = _bounds(at, span, calendar)
        where = both(wanted.where, Test(by.name, "between", [first.isoformat(), last.isoformat()]))
        query = evolve(wanted.query(), sort=((by.name, False),), limit=MOST, after="", before="")
        query = evolve(query, where=both(query.where, Test(by.name, "between", [first.isoformat(), last.isoformat()])))
        found, _page = await self.place.records.page(query, viewer, language, {by.name, "colour", "icon", *entity.coloured_by})
        zone = ZoneInfo(self.place.timezone)
        by_day: dict[dt.date, list[Record]] = {}
        for one in found:
            by_day.setdefault(_day_of(one.values[by.name], zone), []).append(one)

        def day(date: dt.date) -> Day:
            here = by_day.get(date, [])
            condition = to_json(both(wanted.where, Test(by.name, "between", [date.isoformat(), date.isoformat()])))
            return Day(
                date=date, number=show_date(date, language, "short", calendar).split(" ")[0], name=show_date(date, language, "full", calendar),
                inside=begin <= date <= end, today=date == today, free=date.weekday() == 4 if calendar == JALALI else date.weekday() == 6,
                records=here[: OF_DAY[span]], more=max(len(here) - OF_DAY[span], 0), list=wanted.address(filter=filter_text(condition)),
            )  # fmt: skip

        days = [day(first + dt.timedelta(days=offset)) for offset in range((last - first).days + 1)]
        here: Mapping[str, Any] = {"by": by.name, "at": at.isoformat(), "span": span, "calendar": calendar}

        def address(**changed: Any) -> str:
            return wanted.address("/calendar", **{**here, **changed})

        return page(
            "record_calendar.html",
            **await above(self.place, request, wanted, "calendar"),
            by=by,
            fields=look.fields,
            span=span,
            calendar=calendar,
            calendars=(JALALI, GREGORIAN),
            weeks=[days[place : place + 7] for place in range(0, len(days), 7)],
            names=[weekday_name(one.date, language) for one in days[:7]],
            title=show_date(begin, language, "month", calendar) if span == "month" else f"{show_date(first, language, 'short', calendar)} – {show_date(last, language, 'long', calendar)}",
            previous=_step(at, span, calendar, -1),
            next=_step(at, span, calendar, 1),
            today=today,
            address=address,
            too_many=len(found) == MOST,
            most=MOST,
            listed=wanted.address(filter=filter_text(to_json(where))),
        )  # fmt: skip


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


def routes(catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str) -> list[Route]:
    """Calendars; an entity without dates answers that there is nothing."""
    found: list[Route] = []
    for entity in catalogue.entities.values():
        calendars = RecordCalendars(Place(entity.name, catalogue, records, patterns, accounts, timezone))
        title = translate("en", entity.title_plural)
        found.append(get(f"{entity.address}/calendar", calendars.show, allow=WITH_ACCOUNT, summary=f"{title}: the calendar"))
    return found
