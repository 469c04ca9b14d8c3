"""A user's alarm dates: the page, and the bell of the top bar with the nearest ones."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from attrs import frozen

from config.persian.dates import read_moment
from config.translations import _
from crm.alarms.alarms import Alarm, Alarms, UntilRefused
from crm.alarms.reckoning import tomorrow_at_opening
from crm.catalogue import Catalogue
from crm.patterns import Patterns
from web.permissions import WITH_ACCOUNT
from web.records.alarm_words import how_near, subject
from web.request import Request
from web.response import Answer, own_path, page, redirect
from web.routes import Route, get, post

IN_BELL = 6
PUT_OFF = {"hour": _("For an hour"), "tomorrow": _("Until tomorrow morning"), "three_days": _("For three days"), "week": _("For a week")}
DAYS = {"tomorrow": 1, "three_days": 3, "week": 7}


@frozen
class AlarmPages:
    """One's own alarm dates."""

    alarms: Alarms
    catalogue: Catalogue
    patterns: Patterns

    async def show(self, request: Request) -> Answer:
        """Overdue, today, coming; what is put off; and what was done lately."""
        viewer = self.patterns.viewer(request.user.username)
        found = await self.alarms.of(viewer)
        ringing = [one for one in found if one.until <= request.at]
        groups = [
            (code, title, [one for one in ringing if one.when == code])
            for code, title in (("overdue", _("Overdue")), ("today", _("Today")), ("coming", _("Coming")))
        ]
        asleep = sorted((one for one in found if one.until > request.at), key=lambda one: one.until)
        return page(
            "alarms.html", groups=[one for one in groups if one[2]], asleep=asleep, finished=(await self.alarms.of(viewer, done=True))[:20],
            done=request.whole("done", 0), **self._words(request),
        )  # fmt: skip

    async def bell(self, request: Request) -> Answer:
        """The bell: how many ring, and the nearest."""
        ringing = await self.alarms.ringing(self.patterns.viewer(request.user.username))
        return page("alarm_bell.html", ringing=ringing[:IN_BELL], count=len(ringing), **self._words(request))

    async def snooze(self, request: Request, alarm: int) -> Answer:
        """Put one off: by a word, or to a typed moment."""
        form, now = request.form(), request.at
        chosen, typed = form.get("for", ""), form.get("until", "")
        if chosen in DAYS:
            until = tomorrow_at_opening(now, self.alarms.office, DAYS[chosen])
        elif chosen == "hour":
            until = now + 3600
        else:
            moment = read_moment(typed, datetime.fromtimestamp(now, self.alarms.office.zone), request.language) if typed.strip() else None
            if moment is None:
                raise UntilRefused(field="until")
            until = moment.timestamp()
        await self.alarms.snooze(alarm, self.patterns.viewer(request.user.username), until)
        return self._back(request)

    async def done(self, request: Request, alarm: int) -> Answer:
        """Done, or not after all."""
        undo = request.form().get("undo") == "1"
        await self.alarms.done(alarm, self.patterns.viewer(request.user.username), undo=undo)
        return self._back(request, "" if undo else f"?done={alarm}")

    def _back(self, request: Request, query: str = "") -> Answer:
        return redirect(own_path(request.form().get("back", ""), "/alarms") + query, htmx=request.htmx)

    def _words(self, request: Request) -> dict[str, Any]:
        today, language = self.alarms.office.day(request.at), request.language

        def when(alarm: Alarm) -> str:
            return how_near(alarm, today, language)

        return {
            "subject": lambda alarm: subject(alarm, language), "near": when, "put_off": PUT_OFF, "date_of": date.fromisoformat,
            "entity_of": self.catalogue.entities,
        }  # fmt: skip


def routes(alarms: Alarms, catalogue: Catalogue, patterns: Patterns) -> list[Route]:
    """The page, the bell, and what is done with an alarm."""
    pages = AlarmPages(alarms, catalogue, patterns)
    return [
        get("/alarms", pages.show, allow=WITH_ACCOUNT, summary="One's own alarm dates"),
        get("/alarms/bell", pages.bell, allow=WITH_ACCOUNT, summary="The bell of the top bar"),
        post("/alarms/<int:alarm>/snooze", pages.snooze, allow=WITH_ACCOUNT, summary="Put an alarm off"),
        post("/alarms/<int:alarm>/done", pages.done, allow=WITH_ACCOUNT, summary="An alarm is done, or not after all"),
    ]
