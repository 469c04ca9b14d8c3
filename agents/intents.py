"""What each agent last wanted, kept so that a restart of the daemon finds everybody as they were.

The live truth is the floor's; this follows it a moment later, and only the last wish of an agent counts.
"""

from __future__ import annotations

import logging

from sqlalchemy import Connection, delete, insert, select

from agents.presence import INTENTS, Intent
from agents.tables import agent_intent
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from switchboard.bus import Bus
from switchboard.events import AgentIntentChanged

log = logging.getLogger(__name__)

Kept = tuple[str, Intent, float]
"""Agent, intent, since when."""


class Intents:
    """Listens for AgentIntentChanged and keeps it. `load` before the consoles come; `stop` at the end, which finishes writing."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._tasks = Tasks("agents' intents")
        self._waiting: dict[str, AgentIntentChanged] = {}
        self._undo = bus.listen(AgentIntentChanged, self._changed)

    async def load(self) -> list[Kept]:
        """What everybody wanted last."""
        return await self._database.read(_read)

    async def stop(self) -> None:
        """Hear no more, and write what waits."""
        self._undo()
        await self._tasks.stop()
        await self._write()

    def _changed(self, event: AgentIntentChanged) -> None:
        self._waiting[event.agent] = event
        if not len(self._tasks):
            self._tasks.start(self._keep_writing())

    async def _keep_writing(self) -> None:
        while self._waiting:
            await self._write()

    async def _write(self) -> None:
        waiting, self._waiting = self._waiting, {}
        if not waiting:
            return
        try:
            await self._database.write(lambda connection: _put(connection, tuple(waiting.values())))
        except Refusal as refusal:  # the disk is full, say: known elsewhere; the floor goes on, the next change tries again
            log.warning("agents' intents were not kept: %s", refusal)


def _read(connection: Connection) -> list[Kept]:
    rows = connection.execute(select(agent_intent))
    return [(row.agent, Intent(row.intent, row.reason), row.since) for row in rows if row.intent in INTENTS]


def _put(connection: Connection, events: tuple[AgentIntentChanged, ...]) -> None:
    connection.execute(delete(agent_intent).where(agent_intent.c.agent.in_([one.agent for one in events])))
    rows = [{"agent": one.agent, "intent": one.intent, "reason": one.reason, "since": one.at} for one in events]
    connection.execute(insert(agent_intent), rows)
