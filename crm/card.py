"""The screen-pop card: who is calling, from which company, what was said last and what is still open.

Built from a few indexed look-ups (a quarter of a millisecond), kept per live call, and built anew when a record in it changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from attrs import define

from config.clock import Clock
from config.database import Database
from config.persian.calendar import to_jalali
from config.translations import translate
from crm.words import ROLES
from switchboard.bus import Bus
from switchboard.events import CallEnded, CallerRecognised, CommunicationSaved, PartyLinked, RecordSaved
from switchboard.moments import iso

COMMUNICATIONS = 3
OPEN_ITEMS = 5
MOST_ENDED = 256
"""Cards of ended calls kept for agents who reload the page during wrap-up."""

_PARTY = """
SELECT p.name, p.prefix, p.kind, p.vip, p.priority, p.expert, a.name, a.name_en, p.note, g.name, g.name_en, g.colour, p.roles
  FROM party AS p LEFT JOIN party_group AS g ON g.id = p.group_id LEFT JOIN account AS a ON a.username = p.expert WHERE p.id = ?
"""
_COMPANY = """
SELECT c.id, c.name, r.title FROM relation AS r JOIN party AS c ON c.id = r.other
 WHERE r.party_id = ? AND r.kind = 'works_at' AND (r.until = '' OR r.until >= CAST(CURRENT_DATE AS VARCHAR)) ORDER BY r.position DESC LIMIT 1
"""
_CALLS = """
SELECT count(*) FROM communication_party AS l JOIN communication AS c ON c.id = l.communication_id
 WHERE l.party_id = ? AND l.at >= ? AND c.method = 'call' AND c.status <> 'live'
"""
_COMMUNICATIONS = """
SELECT c.id, c.at, c.subject, c.method, c.direction, c.status, c.disposition, c.note, c.user, d.title_fa, d.title_en
  FROM communication_party AS l JOIN communication AS c ON c.id = l.communication_id LEFT JOIN disposition AS d ON d.code = c.disposition
 WHERE l.party_id = ? AND c.status <> 'live' ORDER BY l.at DESC LIMIT ?
"""
_OPEN = "SELECT id, title, due_at FROM follow_up WHERE party_id = ? AND done_at IS NULL ORDER BY due_at LIMIT ?"

Lookup = Callable[[str, tuple[object, ...]], list[tuple[Any, ...]]]


@define
class _Known:
    match: str
    number: str
    parties: tuple[int, ...]
    card: dict[str, Any] | None = None


class Cards:
    """The card of every live call. `timezone`: where the month of "calls this month" begins."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, timezone: str = "Asia/Tehran") -> None:
        self._lookup: Lookup = database.lookup
        self._clock = clock
        self._timezone = ZoneInfo(timezone)
        self._live: dict[str, _Known] = {}
        self._ended: OrderedDict[str, _Known] = OrderedDict()
        bus.listen(CallerRecognised, self._recognised)
        bus.listen(PartyLinked, self._linked)
        bus.listen(RecordSaved, self._saved)
        bus.listen(CommunicationSaved, lambda event: self._stale(event.party))
        bus.listen(CallEnded, self._over)

    def of(self, call: str) -> dict[str, Any]:
        """The card of a live (or lately ended) call; one that knows nobody when the call is unknown."""
        known = self._live.get(call) or self._ended.get(call)
        if known is None:
            return build(self._lookup, "none", "", (), 0.0)
        if known.card is None:
            known.card = build(self._lookup, known.match, known.number, known.parties, month_start(self._clock.now(), self._timezone))
        return known.card

    def _recognised(self, event: CallerRecognised) -> None:
        self._live[event.call] = _Known(event.match, event.number, event.parties)
        self.of(event.call)

    def _linked(self, event: PartyLinked) -> None:
        if known := self._live.get(event.call) or self._ended.get(event.call):
            known.match, known.parties, known.card = "exact", (event.party,), None

    def _saved(self, event: RecordSaved) -> None:
        if event.entity == "party":
            self._stale(event.record)

    def _stale(self, party: int) -> None:
        for known in (*self._live.values(), *self._ended.values()):
            if party in known.parties:
                known.card = None

    def _over(self, event: CallEnded) -> None:
        if known := self._live.pop(event.call, None):
            self._ended[event.call] = known
            if len(self._ended) > MOST_ENDED:
                self._ended.popitem(last=False)


def build(lookup: Lookup, match: str, number: str, parties: tuple[int, ...], since: float) -> dict[str, Any]:
    """The card as it goes to the browser. `since`: from when calls are counted as this month's."""
    return {"match": match, "number": number, "parties": [about for one in parties if (about := _about(lookup, one, since))]}


def month_start(now: float, timezone: ZoneInfo) -> float:
    """When the current Jalali month began, UTC epoch seconds."""
    today = datetime.fromtimestamp(now, UTC).astimezone(timezone).date()
    day = to_jalali(today).day
    return datetime.combine(today - timedelta(days=day - 1), time(), timezone).timestamp()


def _about(lookup: Lookup, party: int, since: float) -> dict[str, Any] | None:
    rows = lookup(_PARTY, (party,))
    if not rows:
        return None
    name, prefix, kind, vip, priority, expert, expert_name, expert_en, note, group, group_en, colour, said = rows[0]
    roles = orjson.loads(said) if isinstance(said, str) else said or []
    companies = lookup(_COMPANY, (party,))
    return {
        "id": party,
        "name": name,
        "prefix": prefix,
        "kind": kind,
        "role": roles[0] if roles else "",
        "role_title": _both(ROLES.get(roles[0], roles[0])) if roles else None,
        "roles": roles,
        "company": {"id": companies[0][0], "name": companies[0][1]} if companies else None,
        "title": companies[0][2] if companies else "",
        "group": {"name": group, "name_en": group_en or group, "color": colour} if group else None,
        "vip": bool(vip),
        "priority": priority,
        "expert": expert,
        "expert_name": {"fa": expert_name, "en": expert_en or expert_name} if expert_name else None,
        "note": note[:200],
        "calls_this_month": lookup(_CALLS, (party, since))[0][0],
        "communications": [_communication(row) for row in lookup(_COMMUNICATIONS, (party, COMMUNICATIONS))],
        "open_items": [
            {"id": number, "kind": "follow_up", "title": title, "due_at": iso(due_at)}
            for number, title, due_at in lookup(_OPEN, (party, OPEN_ITEMS))
        ],
        "url": f"/parties/{party}",
    }


def _communication(row: tuple[Any, ...]) -> dict[str, Any]:
    number, at, subject, method, direction, status, disposition, note, user, title_fa, title_en = row
    return {
        "id": number,
        "at": iso(at),
        "subject": subject,
        "method": method,
        "direction": direction,
        "status": status,
        "result": disposition,
        "result_title": {"fa": title_fa, "en": title_en} if title_fa else None,
        "note": note[:200],
        "user": user,
    }


def _both(sentence: str) -> dict[str, str]:
    return {language: translate(language, sentence) for language in ("fa", "en")}
