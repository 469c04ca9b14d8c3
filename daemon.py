"""The service tree: every department is opened here, in order of dependency, and given the few things it uses.

`make_service(settings)` gives Twisted a service. `open_building` reads from top to bottom as the architecture; what is
opened first is closed last.
"""

from __future__ import annotations

import gc
import logging
from contextlib import AsyncExitStack

from twisted.application.service import Service
from twisted.internet.defer import Deferred

from agents.roster import Roster
from config.errors import Refusal
from config.logs import start_logging
from config.loops import Tasks, deferred
from config.settings import Settings
from departments.consoles import open_consoles
from departments.entrance import keep_doors, open_doors
from departments.exchange import open_exchange
from departments.floor import agents_of, open_floor
from departments.flows import open_flows
from departments.ground import lay_ground
from departments.recordings import open_recordings
from departments.records import open_records
from departments.site import by_name, open_site
from departments.telephony import open_journal, open_link
from switchboard.reception import Reception

log = logging.getLogger(__name__)


async def open_building(settings: Settings, closing: AsyncExitStack) -> None:
    """Open every department, the lowest floor first; `closing` closes them in reverse."""
    ground = await lay_ground(settings, closing)
    records = await open_records(ground, closing)
    roster = Roster(agents_of(records.accounts))
    link = open_link(ground, roster, closing)
    open_journal(ground, records, roster, link, closing)
    floor = await open_floor(ground, records, roster, link, closing)
    flows = await open_flows(ground, floor, link, closing)
    link.reception = Reception(ground.calls, flows.walker)
    tapes = await open_recordings(ground, floor, link, closing)
    exchange = await open_exchange(ground, records, closing)
    doors = open_doors(ground, records, closing)
    desks = await open_consoles(ground, records, floor, doors.sessions, closing)
    keep_doors(ground, records, doors, desks.consoles, closing)
    services = by_name(ground, records, floor, flows, tapes, exchange, doors, desks) | {"link": link}
    await open_site(ground, records, desks.live, doors.reception, services, closing)
    link.start()


class Building(Service):
    """The whole product as one Twisted service. `refusal` says why it could not start."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tasks = Tasks("daemon")
        self._closing = AsyncExitStack()
        self.refusal: Refusal | None = None
        self.broken = False
        """It could not start, and not for a reason that people can mend."""

    def startService(self) -> None:  # noqa: N802  # Twisted's name
        """Begin to open; what refuses stops the reactor, with the sentence in `refusal`."""
        super().startService()  # type: ignore[no-untyped-call]  # untyped in Twisted
        self._tasks.start(self._open(), "open the building")

    def stopService(self) -> Deferred[None]:  # noqa: N802  # Twisted's name
        """Close everything in reverse; talks go on in Asterisk."""
        super().stopService()  # type: ignore[no-untyped-call]  # untyped in Twisted
        return deferred(self._close())

    async def _open(self) -> None:
        try:
            await open_building(self._settings, self._closing)
            gc.collect()
            gc.freeze()  # what stands now stays: the collector need not walk through it in the middle of a call
        except Refusal as refusal:
            self.refusal = refusal
            self._stop_reactor()
        except Exception:  # whatever it is: the log has it, and the process ends with a failure instead of standing half open
            log.exception("the daemon could not start")
            self.broken = True
            self._stop_reactor()

    async def _close(self) -> None:
        await self._tasks.stop()
        await self._closing.aclose()

    @staticmethod
    def _stop_reactor() -> None:
        from twisted.internet import reactor

        reactor.callLater(0, reactor.stop)


def make_service(settings: Settings) -> Building:
    """The daemon for `settings`; the asyncio reactor must be installed."""
    start_logging(settings.home)
    return Building(settings)
