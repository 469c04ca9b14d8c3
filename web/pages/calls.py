"""The call list: every call with its result, who, how long, filtered by the address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from attrs import asdict, evolve, frozen

from config.database import Database
from config.settings import Settings
from crm.access import Viewer
from crm.folding import ascii_digits
from crm.patterns import Patterns
from switchboard.call import Calls
from web.call_list import VIEWS, CallPage, CallRow, Wanted, listed, live_rows, matches, titles
from web.hearing import HEAR_ALL
from web.permissions import SIGNED_IN
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

NOT_DIGITS = re.compile(r"[^0-9+]")


@frozen
class CallListPage:
    """The page behind /calls."""

    database: Database
    calls: Calls
    timezone: ZoneInfo
    patterns: Patterns

    async def show(self, request: Request) -> Answer:
        """The list; agents see their own calls and everybody's missed ones, supervisors all."""
        wanted, viewer = self._wanted(request), self.patterns.viewer(request.user.username)
        found = await self.database.read(partial(listed, wanted=wanted, viewer=viewer))
        queues, agents = await self.database.read(partial(titles, language=request.language))
        on_top = await self._going_on(wanted, request.at, viewer)
        rows = CallPage([*on_top, *found.rows], found.total + len(on_top), found.page)
        supervisor = request.user.role in HEAR_ALL
        return page("calls.html", found=rows, wanted=wanted, queues=queues, agents=agents, supervisor=supervisor, address=_address(wanted))

    async def _going_on(self, wanted: Wanted, now: float, viewer: Viewer) -> list[CallRow]:
        live = self.calls.live()
        if not live:
            return []
        rows = await self.database.read(partial(live_rows, live=live, now=now, viewer=viewer))
        return [one for one in reversed(rows) if matches(one, wanted)]

    def _wanted(self, request: Request) -> Wanted:
        asked = request.query
        only = request.user.role not in HEAR_ALL
        today = datetime.fromtimestamp(request.at, self.timezone).replace(hour=0, minute=0, second=0, microsecond=0)
        return Wanted(
            view=asked.get("view", "") if asked.get("view") in VIEWS else "all",
            queue=asked.get("queue", "")[:60],
            agent="" if only else asked.get("agent", "")[:60],
            number=_part(asked.get("number", "")),
            typed=asked.get("number", "")[:40],
            page=request.whole("page", 1),
            user=request.user.username,
            only=only,
            day_began=today.timestamp(),
        )


def _part(typed: str) -> str:
    """The digits to look for in what was typed: any script, any grouping; a leading 0 or 0098 is as good as +98."""
    digits = NOT_DIGITS.sub("", ascii_digits(typed[:40]))
    return re.sub(r"^(\+98|0098|0(?=9\d))", "", digits)


def _address(wanted: Wanted) -> Callable[..., str]:
    """The query of the same list with something changed; back to the first page unless a page is asked for."""

    def address(**changed: Any) -> str:
        values = asdict(evolve(wanted, **{"page": 1, **changed}))
        kept = {name: values[name] for name in ("view", "queue", "agent") if values[name] and values[name] != "all"}
        kept |= {"number": values["typed"]} if values["typed"] else {}
        kept |= {"page": values["page"]} if values["page"] > 1 else {}
        return f"?{urlencode(kept)}" if kept else "?"

    return address


def routes(database: Database, calls: Calls, settings: Settings, patterns: Patterns) -> list[Route]:
    """The call list."""
    pages = CallListPage(database, calls, ZoneInfo(settings.site.timezone), patterns)
    return [get("/calls", pages.show, allow=SIGNED_IN, summary="The call list")]
