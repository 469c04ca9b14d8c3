"""One's own alarm dates under /api/v1/alarms: list, put off, done."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from crm.alarms.alarms import Alarm, Alarms
from crm.patterns import Patterns
from switchboard.moments import iso, iso_or_none
from web.api_words import MOMENT, TEXT, WHOLE, maybe, record
from web.permissions import WITH_ACCOUNT
from web.records.alarm_words import subject
from web.request import Request
from web.response import Answer, json
from web.routes import Route, api
from web.shapes import choice, moment, yes_no

ALARM = record(
    {
        "id": WHOLE, "entity": TEXT, "record": WHOLE, "title": TEXT, "field": TEXT, "subject": TEXT, "day": TEXT, "at": MOMENT, "days_ahead": WHOLE, "years": WHOLE,
        "when": {"type": "string", "enum": ["overdue", "today", "coming"]}, "state": {"type": "string", "enum": ["open", "done"]}, "snoozed_until": maybe(MOMENT),
    }
)  # fmt: skip
LIST = record({"items": {"type": "array", "items": ALARM}, "ringing": WHOLE})


@frozen
class AlarmApi:
    """What programs ask of a user's alarms."""

    alarms: Alarms
    patterns: Patterns

    async def all(self, request: Request) -> Answer:
        """The open ones, the nearest first, or those done lately."""
        viewer = self.patterns.viewer(request.user.username)
        found = await self.alarms.of(viewer, done=request.asked["state"] == "done")
        ringing = sum(1 for one in found if one.state == "open" and one.until <= request.at)
        return json({"items": [self._plain(one, request) for one in found], "ringing": ringing})

    async def snooze(self, request: Request, alarm: int) -> Answer:
        """Put one off."""
        await self.alarms.snooze(alarm, self.patterns.viewer(request.user.username), request.given["until"])
        return json({"id": alarm})

    async def done(self, request: Request, alarm: int) -> Answer:
        """Done, or (`undo`) not after all."""
        await self.alarms.done(alarm, self.patterns.viewer(request.user.username), undo=request.given["undo"])
        return json({"id": alarm})

    def _plain(self, one: Alarm, request: Request) -> dict[str, Any]:
        return {
            "id": one.id, "entity": one.entity, "record": one.record_id, "title": one.title, "field": one.field.name,
            "subject": subject(one, request.language), "day": one.day, "at": iso(one.at), "days_ahead": one.ahead, "years": one.years,
            "when": one.when, "state": one.state, "snoozed_until": iso_or_none(one.until if one.until > request.at else 0.0),
        }  # fmt: skip


def routes(alarms: Alarms, patterns: Patterns) -> list[Route]:
    """The three addresses."""
    views = AlarmApi(alarms, patterns)
    asks = {"state": choice("open", "done", need=False, default="open")}
    number = record({"id": WHOLE})
    return [
        api("GET", "/api/v1/alarms", views.all, allow=WITH_ACCOUNT, summary="One's own alarm dates", asks=asks, gives=LIST),
        api(
            "POST", "/api/v1/alarms/<int:alarm>/snooze", views.snooze, allow=WITH_ACCOUNT, summary="Put an alarm off",
            takes={"until": moment()}, gives=number,
        ),
        api(
            "POST", "/api/v1/alarms/<int:alarm>/done", views.done, allow=WITH_ACCOUNT, summary="An alarm is done, or not after all",
            takes={"undo": yes_no(need=False, default=False)}, gives=number,
        ),
    ]  # fmt: skip
