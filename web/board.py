"""The supervisor's board: live calls, queues and agents as rows, and what changed since it was last told.

Rows are made from the one truth there is (live calls, floor); an event only marks which rows to look at again. The law: a
console that applies the changes to its old snapshot holds what a fresh snapshot holds.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Protocol

from attrs import define, field

from agents.floor import QueueNow
from agents.presence import AgentNow
from agents.rules import QueueRules
from crm.accounts import Account
from switchboard.call import Calls
from switchboard.events import (
    AgentActivityChanged,
    AgentIntentAsked,
    AgentIntentChanged,
    AgentReachable,
    CallEvent,
    Event,
    QueueJoined,
    QueueLeft,
)  # fmt: skip
from web.live_words import agent_row, call_row, queue_row

Key = tuple[str, str]
Row = dict[str, Any]
Change = tuple[str, str, Row | None]
"""Kind ("call" | "queue" | "agent"), id, the new row or None when it is gone."""

AGENT_EVENTS = (AgentIntentAsked, AgentIntentChanged, AgentActivityChanged, AgentReachable)
QUEUE_EVENTS = (QueueJoined, QueueLeft)


class FloorView(Protocol):
    """The floor as those see it who show it (agents.floor.Floor)."""

    def agents(self) -> Iterable[AgentNow]:
        """Everybody's presence."""

    def queues(self) -> Iterable[QueueNow]:
        """Every queue as it stands."""

    def rules_of(self, queue: str) -> QueueRules | None:
        """The rules of a queue, its members among them."""


def unnamed(changes: Sequence[Change], nameless: Collection[str]) -> Sequence[Change]:
    """The same for somebody who may not know who the callers of the calls `nameless` are: they are as numbers that nobody knows."""
    if not nameless:
        return changes
    return [
        (kind, name, {**row, "name": ""}) if row and kind == "call" and name in nameless else (kind, name, row)
        for kind, name, row in changes
    ]


def nothing_counted(_queue: str) -> Mapping[str, int]:
    """What is shown while nobody counts."""
    return {}


@define
class Board:
    """Rows and their changes.

    `card`: a call's card; `account`: the person behind a user name, None for strangers; `counted`: today's "answered" and
    "abandoned" calls of a queue.
    """

    _calls: Calls
    _floor: FloorView
    _card: Callable[[str], Mapping[str, Any]]
    _account: Callable[[str], Account | None]
    _counted: Callable[[str], Mapping[str, int]] = nothing_counted
    _marked: set[Key] = field(factory=set)
    _all_queues: bool = False
    _told: dict[Key, Row] = field(factory=dict)

    def snapshot(self) -> dict[Key, Row]:
        """Every row as it is now."""
        rows: dict[Key, Row] = {("call", live.id): call_row(live, self._card(live.id)) for live in self._calls.live()}
        agents = {one.agent: one for one in self._floor.agents()}
        for queue in self._floor.queues():
            rows["queue", queue.name] = self._queue_row(queue, agents)
        for one in agents.values():
            rows["agent", one.agent] = agent_row(one, self._account(one.agent))
        return rows

    def apply(self, event: Event) -> None:
        """Mark the rows that `event` may have changed."""
        if isinstance(event, CallEvent):
            self._marked.add(("call", event.call))
        if isinstance(event, QUEUE_EVENTS):
            self._marked.add(("queue", event.queue))
        elif isinstance(event, AGENT_EVENTS):
            self._marked.add(("agent", event.agent))
            self._all_queues = True

    def look(self) -> tuple[list[Change], dict[Key, Row]]:
        """A fresh snapshot for somebody new, and what changed for the others; nothing is taken for granted."""
        before, self._told = self._told, self.snapshot()
        self._forget_marks()
        gone: list[Change] = [(*key, None) for key in before if key not in self._told]
        return gone + [(*key, row) for key, row in self._told.items() if before.get(key) != row], self._told

    def changes(self) -> list[Change]:
        """What really changed since this or `look` was last asked."""
        if not self._marked and not self._all_queues:
            return []
        agents = {one.agent: one for one in self._floor.agents()}
        queues = {one.name: one for one in self._floor.queues()}
        marked = self._marked | {("queue", name) for name in queues} if self._all_queues else self._marked
        self._forget_marks()
        found: list[Change] = []
        for key in sorted(marked):
            row = self._row(key, agents, queues)
            if row == self._told.get(key):
                continue
            if row is None:
                del self._told[key]
            else:
                self._told[key] = row
            found.append((*key, row))
        return found

    def _forget_marks(self) -> None:
        self._marked = set()
        self._all_queues = False

    def _row(self, key: Key, agents: Mapping[str, AgentNow], queues: Mapping[str, QueueNow]) -> Row | None:
        kind, name = key
        if kind == "call":
            live = self._calls.get(name)
            return call_row(live, self._card(name)) if live else None
        if kind == "queue":
            return self._queue_row(queues[name], agents) if name in queues else None
        return agent_row(agents[name], self._account(name)) if name in agents else None

    def _queue_row(self, queue: QueueNow, agents: Mapping[str, AgentNow]) -> Row:
        rules = self._floor.rules_of(queue.name)
        members = [agents[name] for name in rules.members if name in agents] if rules else []
        return queue_row(queue, members, self._counted(queue.name))
