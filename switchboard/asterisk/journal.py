"""Asterisk's journal of channel events (CEL) read as calls. Pure: lines in, calls out.

One line per event, as config/asterisk/cel_custom.conf.j2 writes them:
eventtime, eventtype, linkedid, uniqueid, channame, cidnum, exten, context, appname, eventextra (JSON).
https://docs.asterisk.org/Configuration/Reporting/Channel-Event-Logging-CEL/
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
from attrs import define, field, frozen

from switchboard.asterisk.adopt import endpoint_of

COLUMNS = 10
AGENTS_CONTEXT = "from-agents"
STATIC_QUEUE = "static"


@frozen
class Line:
    """One event of the journal; `at` is UTC epoch seconds, `begin` where in the file it stands."""

    at: float
    kind: str
    call: str
    channel: str
    name: str
    number: str
    dialled: str
    context: str
    application: str
    extra: Mapping[str, Any]
    begin: int


@define
class JournalCall:
    """What the journal knows of one call; 0.0 and "" = not so."""

    id: str
    begin: int
    """Where in the file its first line begins."""
    direction: str = "inbound"
    caller: str = ""
    dialled: str = ""
    started_at: float = 0.0
    queue: str = ""
    queued_at: float = 0.0
    answered_at: float = 0.0
    agent_endpoint: str = ""
    ended_at: float = 0.0
    """Moment of the last line so far."""
    over: bool = False
    """Every channel has ended."""
    by: str = "system"
    cause: int = 16
    channels: set[str] = field(factory=set)
    """Channels that have begun and not ended."""
    _names: dict[str, str] = field(factory=dict)
    _bridges: dict[str, set[str]] = field(factory=dict)
    _up: set[str] = field(factory=set)

    def take(self, line: Line) -> None:
        """Add the next line."""
        self.ended_at = max(self.ended_at, line.at)
        if taking := TAKING.get(line.kind):
            taking(self, line)

    # ── By kind of event ─────────────────────────────────────────────────────────────────────────────────────

    def begins(self, line: Line) -> None:
        """A channel came into being; the call's own tells who called whom."""
        self.channels.add(line.channel)
        self._names[line.channel] = line.name
        if line.channel == self.id:
            self.started_at = line.at
            self.direction = "outbound" if line.context == AGENTS_CONTEXT else "inbound"
            if self.direction == "inbound":
                self.caller, self.dialled = line.number, line.dialled
            elif line.dialled != "s":
                self.dialled = line.dialled
        elif self.direction == "outbound" and not self.dialled:
            self.dialled = dialled_of(line.name)

    def enters_application(self, line: Line) -> None:
        """A dialplan application began."""
        if line.channel == self.id and line.application == "Queue":
            self.queue, self.queued_at = STATIC_QUEUE, self.queued_at or line.at

    def enters_bridge(self, line: Line) -> None:
        """A channel hears others: a queue's music, or a talk."""
        bridge = str(line.extra.get("bridge_id", ""))
        self._bridges.setdefault(bridge, set()).add(line.channel)
        if bridge.startswith("waiting-"):
            self.queue, self.queued_at = bridge.removeprefix("waiting-"), self.queued_at or line.at
        else:
            self._look_for_talk(line.at)

    def is_answered(self, line: Line) -> None:
        """A channel was picked up; a dialled party is bridged before that, to hear the ringing."""
        self._up.add(line.channel)
        self._look_for_talk(line.at)

    def _look_for_talk(self, at: float) -> None:
        for members in self._bridges.values():
            others = sorted(members - {self.id})
            if self.id in members and others and self._up.issuperset(others):
                self.answered_at = self.answered_at or at
                agent = self.id if self.direction == "outbound" else others[0]
                self.agent_endpoint = endpoint_of(self._names.get(agent, ""))

    def leaves_bridge(self, line: Line) -> None:
        """A channel hears nobody."""
        for members in self._bridges.values():
            members.discard(line.channel)

    def hangs_up(self, line: Line) -> None:
        """A channel was hung up: why, and by whom."""
        if line.channel == self.id:
            cause = line.extra.get("hangupcause")
            self.cause = cause if isinstance(cause, int) and cause else 16
            self.by = self._who(str(line.extra.get("hangupsource", "")))

    def _who(self, source: str) -> str:
        if not source:
            return "system"
        own = source == self._names.get(self.id)
        return "customer" if own == (self.direction == "inbound") else "agent"

    def ends(self, line: Line) -> None:
        """A channel is no more."""
        self.channels.discard(line.channel)
        self.leaves_bridge(line)

    def is_over(self, _line: Line) -> None:
        """No channel of the call is left."""
        self.over = True


TAKING = {
    "CHAN_START": JournalCall.begins,
    "APP_START": JournalCall.enters_application,
    "ANSWER": JournalCall.is_answered,
    "BRIDGE_ENTER": JournalCall.enters_bridge,
    "BRIDGE_EXIT": JournalCall.leaves_bridge,
    "HANGUP": JournalCall.hangs_up,
    "CHAN_END": JournalCall.ends,
    "LINKEDID_END": JournalCall.is_over,
}


def read_lines(text: bytes, offset: int = 0) -> list[Line]:
    """The events in `text`, which began at `offset` of the file; what is no event is left out."""
    found = []
    for raw in text.splitlines(keepends=True):
        if line := _line(raw, offset):
            found.append(line)
        offset += len(raw)
    return found


def calls_in(lines: Iterable[Line]) -> dict[str, JournalCall]:
    """The calls that `lines` tell of and whose beginning is among them, by id."""
    calls: dict[str, JournalCall] = {}
    for line in lines:
        if line.kind == "CHAN_START" and line.channel == line.call:
            calls.setdefault(line.call, JournalCall(line.call, line.begin))
        if call := calls.get(line.call):
            call.take(line)
    return calls


def dialled_of(channel_name: str) -> str:
    """The outside number in the name of a local channel: Local/0912…@demo-outside-0000001;1 → 0912…; "" for others."""
    kind, _slash, rest = channel_name.partition("/")
    return rest.partition("@")[0] if kind == "Local" else ""


def _line(raw: bytes, begin: int) -> Line | None:
    row = _fields(raw.decode("utf-8", "replace").strip())
    if len(row) != COLUMNS or not row[2]:
        return None
    at, kind, call, channel, name, number, dialled, context, application, extra = row
    try:
        moment = float(at)
        said = orjson.loads(extra) if extra else {}
    except ValueError:
        return None
    if not 0 < moment < 1e11:
        return None
    return Line(moment, kind, call, channel, name, number, dialled, context, application, said if isinstance(said, dict) else {}, begin)


def _fields(text: str) -> list[str]:
    """The fields of a line, all of them quoted; the usual line is read five times as fast as the csv module would."""
    fields = text[1:-1].split('","', COLUMNS - 1)
    if len(fields) != COLUMNS or any('"' in one for one in fields[:-1]):
        try:
            return next(csv.reader([text]), [])
        except csv.Error:
            return []
    fields[-1] = fields[-1].replace('""', '"')
    return fields
