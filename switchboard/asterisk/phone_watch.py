"""Which telephones can be rung: asked of ARI after every connect, and whenever the manager interface says that one changed.

Asterisk remembers registrations through its own death, but asks such telephones whether they are there only half a minute
later; so they are asked at once.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Protocol

from config.clock import Clock
from config.loops import Tasks
from switchboard.asterisk.ami import ActionRefused, Event as ManagerEvent
from switchboard.asterisk.requests import AriRefused, Requests
from switchboard.bus import Bus
from switchboard.events import PhoneSeen
from switchboard.telephony import LineGone, PhoneSystemAway

log = logging.getLogger(__name__)

CHANGES = ("ContactStatus", "PeerStatus")


class ManagerInterface(Protocol):
    """Asterisk's manager interface, as far as telephones need it (asterisk.ami)."""

    async def when_up(self) -> None:
        """Wait until actions can be sent; raises `PhoneSystemAway`."""

    async def action(self, name: str, **fields: str) -> Mapping[str, str]:
        """Do something there; raises `PhoneSystemAway`, `ami.ActionRefused`."""


class PhoneWatch:
    """Tells PhoneSeen for every endpoint once, and then when it changes."""

    def __init__(self, bus: Bus, clock: Clock, requests: Requests, manager: ManagerInterface) -> None:
        self._bus = bus
        self._clock = clock
        self._requests = requests
        self._manager = manager
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
        if isinstance(endpoints, list):
            self._tasks.start(self._ask_the_silent(), "ask silent telephones whether they are there")

    def manager_up(self) -> None:
        """The manager interface is connected (again): changes may have been missed."""
        self._tasks.start(self._look("endpoints/PJSIP"), "look at all telephones")

    def manager_event(self, event: ManagerEvent) -> None:
        """Something happened; a change of a telephone is looked at."""
        name = event.get("EndpointName") or event.get("Peer", "").removeprefix("PJSIP/")
        if event.get("Event") in CHANGES and name:
            self._tasks.start(self._look(f"endpoints/PJSIP/{name}"), f"look at telephone {name}")

    async def _ask_the_silent(self) -> None:
        """Let Asterisk ask every telephone that is not known to be there; what it finds comes as an event."""
        try:
            await self._manager.when_up()
            for name in [name for name, online in self._online.items() if not online]:
                with suppress(ActionRefused):  # it has no telephone registered, or is no telephone
                    await self._manager.action("PJSIPQualify", Endpoint=name)
        except (PhoneSystemAway, ValueError) as error:
            log.info("telephones could not be asked whether they are there: %s", error)

    async def _look(self, uri: str) -> None:
        try:
            self.seen(await self._requests.ask("GET", uri))
        except PhoneSystemAway:
            log.debug("%s is looked at when the link stands again", uri)
        except (LineGone, AriRefused) as error:
            log.info("%s could not be looked at: %s", uri, error)
