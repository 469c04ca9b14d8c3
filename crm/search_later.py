"""Search tokens that are written behind a save: a company of thousands has a new name, and its people are found by it soon after.

What is to be done stands in the database with the save, so nothing is forgotten when the product stops in between. It is done a few records at a
time, and others' saves come between.
"""

from __future__ import annotations

from sqlalchemy import Connection, delete, select

from config.database import Database
from config.loops import Tasks
from crm.catalogue import Catalogue
from crm.record_saving import NoSuchRecord, index
from crm.record_tables import search_waiting
from switchboard.bus import Bus
from switchboard.events import RecordSaved

BATCH = 20
"""Records in one transaction: a few hundredths of a second, for which other saves wait."""


class SearchLater:
    """Writes the tokens that wait; `start` begins with what was left by the run before."""

    def __init__(self, database: Database, bus: Bus, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._tasks = Tasks("search tokens")
        self._busy = self._again = False
        bus.listen(RecordSaved, self._saved)

    def start(self) -> None:
        """Do what waits."""
        if self._busy:
            self._again = True
            return
        self._busy = True
        self._tasks.start(self._work(), "search tokens that wait")

    async def stop(self) -> None:
        """Leave the rest to the next start."""
        await self._tasks.stop()

    async def settled(self, seconds: float = 60.0) -> None:
        """Wait, for so long, until nothing waits."""
        await self._tasks.settled(seconds)

    def _saved(self, event: RecordSaved) -> None:
        entity = self._catalogue.entities.get(event.entity)
        if entity is not None and entity.also_found is not None and event.act != "created":
            self.start()

    async def _work(self) -> None:
        try:
            while await self._database.write(self._some) or self._again:
                self._again = False
        finally:
            self._busy = False

    def _some(self, connection: Connection) -> bool:
        """The oldest few; whether there were any."""
        rows = connection.execute(select(search_waiting).order_by(search_waiting.c.id).limit(BATCH)).all()
        for entity, number in sorted({(row.entity, row.record_id) for row in rows}):
            if entity in self._catalogue.entities:
                try:
                    index(connection, self._catalogue[entity], number, self._catalogue.entities)
                except NoSuchRecord:  # deleted for ever meanwhile
                    continue
        if rows:
            connection.execute(delete(search_waiting).where(search_waiting.c.id.in_([row.id for row in rows])))
        return bool(rows)
