"""Which telephones can be rung: asked of ARI after every connect, and whenever the manager interface says that one changed."""

from __future__ import annotations

import logging
from typing import Any

from config.clock import Clock
from config.loops import Tasks
from switchboard.asterisk.ami import Event as ManagerEvent
from switchboard.asterisk.requests import AriRefused, Requests
from switchboard.bus import Bus
from switchboard.events import PhoneSeen
from switchboard.telephony import LineGone, PhoneSystemAway

log = logging.getLogger(__name__)

CHANGES = ("ContactStatus", "PeerStatus")


class PhoneWatch:
    """Tells PhoneSeen for every endpoint once, and then when it changes."""

    def __init__(self, bus: Bus, clock: Clock, requests: Requests) -> None:
        self._bus = bus
        self._clock = clock
        self._requests = requests
        self._online: dict[str, bool] = {}
        self._tasks = Tasks("telephones")

    async def stop(self) -> None:
        """Look no more."""
        await self._tasks.stop()

    def seen(self, endpoints: Any) -> None:
        """An answer of `GET endpoints/PJSIP`, or one endpoint's."""
        for endpoint in endpoints if isinstance(endpoints, list) else [endpoints]:
            name, online = endpoint.get("resource", ""), endpoint.get("state") == "online"
            if name and self._online.get(name) is not online:
                self._online[name] = online
                self._bus.tell(PhoneSeen(at=self._clock.now(), endpoint=name, online=online))

    def manager_up(self) -> None:
        """The manager interface is connected (again): changes may have been missed."""
        self._tasks.start(self._look("endpoints/PJSIP"), "look at all telephones")

    def manager_event(self, event: ManagerEvent) -> None:
        """Something happened; a change of a telephone is looked at."""
        name = event.get("EndpointName") or event.get("Peer", "").removeprefix("PJSIP/")
        if event.get("Event") in CHANGES and name:
            self._tasks.start(self._look(f"endpoints/PJSIP/{name}"), f"look at telephone {name}")

    async def _look(self, uri: str) -> None:
        try:
            self.seen(await self._requests.ask("GET", uri))
        except PhoneSystemAway:
            log.debug("%s is looked at when the link stands again", uri)
        except (LineGone, AriRefused) as error:
            log.info("%s could not be looked at: %s", uri, error)
