"""Tells the consoles of a user when their alarm dates ring, how many there are, and what is new in words."""

from __future__ import annotations

from collections.abc import Callable

from config.loops import Tasks
from crm.access import Viewer
from crm.alarms.alarms import Alarms
from switchboard.bus import Bus
from switchboard.events import DateAlarmsChanged
from web.consoles import Consoles
from web.records.alarm_words import sentence

SAID = 3
"""New alarms that are told one by one; of more only the number."""


class AlarmBell:
    """{"type": "alarms", "count", "rang": [{"title", "text", "url"}]} to every console of a user whose alarms changed."""

    def __init__(self, bus: Bus, consoles: Consoles, alarms: Alarms, viewer_of: Callable[[str], Viewer]) -> None:
        self._consoles = consoles
        self._alarms = alarms
        self._viewer_of = viewer_of
        self._tasks = Tasks("alarm bell")
        bus.listen(DateAlarmsChanged, self._changed)

    async def stop(self) -> None:
        """Stop telling."""
        await self._tasks.stop()

    def _changed(self, event: DateAlarmsChanged) -> None:
        if self._consoles.of(event.user):
            self._tasks.start(self._tell(event))

    async def _tell(self, event: DateAlarmsChanged) -> None:
        ringing = await self._alarms.ringing(self._viewer_of(event.user))
        new = [one for one in ringing if one.id in event.rang]
        for console in self._consoles.of(event.user):
            said = [{"title": one.title, "text": sentence(one, console.language), "url": one.url} for one in new[:SAID]]
            console.tell({"type": "alarms", "count": len(ringing), "new": len(new), "rang": said})
