"""The screen-pop card: who is calling, from which company, what was said last and what is still open.

Built from a few indexed look-ups (a quarter of a millisecond), kept per live call, and built anew when a record in it changes.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from attrs import define

from config.clock import Clock
from config.database import Database
from config.persian.calendar import to_jalali
from config.translations import translate
from crm.access import Viewer
from crm.card_access import may_name, shown_to
from crm.catalogue import Catalogue
from crm.open_items import Lookup, Source, items_of, money_of, sources
from crm.words import RELATIONS_SEEN_FROM_THERE
from switchboard.bus import Bus
from switchboard.events import CallEnded, CallerRecognised, CommunicationSaved, PartyLinked, RecordSaved
from switchboard.moments import iso

COMMUNICATIONS = 3
OPEN_ITEMS = 5
RELATIONS = 5
MOST_ENDED = 256
"""Cards of ended calls kept for agents who reload the page during wrap-up."""

_PARTY = """
SELECT p.name, p.prefix, p.kind, p.status, p.vip, p.priority, p.expert, a.name, a.name_en, p.note, g.name, g.name_en, g.colour, p.roles, p.grade, p.colour, p.city, p.created_by
  FROM party AS p LEFT JOIN party_group AS g ON g.id = p.group_id LEFT JOIN account AS a ON a.username = p.expert WHERE p.id = ?
"""
_COMPANY = """
SELECT c.id, c.name, r.title FROM relation AS r JOIN party AS c ON c.id = r.other
 WHERE r.party_id = ? AND r.kind = 'works_at' AND (r.until = '' OR r.until >= CAST(CURRENT_DATE AS VARCHAR)) ORDER BY r.position DESC LIMIT 1
"""
_RELATED = """
SELECT c.id, c.name, r.kind, r.title FROM relation AS r JOIN party AS c ON c.id = r.{far}
 WHERE r.{near} = ? AND c.deleted_at IS NULL AND (r.until = '' OR r.until >= CAST(CURRENT_DATE AS VARCHAR)) LIMIT ?
"""
_RELATIONS, _RELATIONS_BACK = _RELATED.format(near="party_id", far="other"), _RELATED.format(near="other", far="party_id")
_CARDS = """
SELECT kind, code, discount FROM party_card
 WHERE party_id = ? AND (until = '' OR until >= CAST(CURRENT_DATE AS VARCHAR)) ORDER BY position LIMIT ?
"""
_EXPERTS = "SELECT username FROM record_user WHERE entity = ? AND record_id = ? AND field = 'experts'"
_OWNERS = "SELECT expert, created_by FROM {table} WHERE id = ?"  # a table of ours, by declaration
_CALLS = """
SELECT count(*) FROM communication_party AS l JOIN communication AS c ON c.id = l.communication_id
 WHERE l.party_id = ? AND l.at >= ? AND c.method = 'call' AND c.status <> 'live' AND c.deleted_at IS NULL
"""
_COMMUNICATIONS = """
SELECT c.id, c.at, c.subject, c.method, c.direction, c.status, c.disposition, c.note, c.user
  FROM communication_party AS l JOIN communication AS c ON c.id = l.communication_id
 WHERE l.party_id = ? AND c.status <> 'live' AND c.deleted_at IS NULL ORDER BY l.at DESC LIMIT ?
"""
_OPEN = "SELECT id, title, due_at FROM follow_up WHERE party_id = ? AND done_at IS NULL ORDER BY due_at LIMIT ?"


@define
class _Known:
    match: str
    number: str
    parties: tuple[int, ...]
    card: dict[str, Any] | None = None


class Cards:
    """The card of every live call. `timezone`: where the month of "calls this month" begins."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, catalogue: Catalogue, timezone: str = "Asia/Tehran") -> None:
        self._lookup: Lookup = database.lookup
        self._clock = clock
        self._catalogue = catalogue
        self._sources = sources(catalogue.entities.values())
        self._open_entities = frozenset(source.entity for source in self._sources)
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
            return {"match": "none", "number": "", "parties": []}
        if known.card is None:
            since = month_start(self._clock.now(), self._timezone)
            known.card = build(self._lookup, self._catalogue, self._sources, known.match, known.number, known.parties, since)
        return known.card

    def shown_to(self, card: Mapping[str, Any], viewer: Viewer) -> Mapping[str, Any]:
        """The card as this user may see it."""
        return shown_to(card, viewer, self._owners, self._sources)

    def nameless(self, calls: Mapping[str, int], viewer: Viewer) -> frozenset[str]:
        """Of these calls {id: its customer} those whose customer this user may not see; for what many look at (the supervisors' board)."""
        if viewer.level("party") == "all":
            return frozenset()
        return frozenset(call for call, party in calls.items() if not may_name(self.of(call), party, viewer))

    def _owners(self, entity: str, number: int) -> dict[str, Any]:
        """Whose a record is."""
        rows = self._lookup(_OWNERS.format(table=self._catalogue[entity].table.name), (number,))
        expert, made_by = rows[0] if rows else (None, "")
        return {"expert": expert, "experts": [row[0] for row in self._lookup(_EXPERTS, (entity, number))], "created_by": made_by}

    def _recognised(self, event: CallerRecognised) -> None:
        self._live[event.call] = _Known(event.match, event.number, event.parties)
        self.of(event.call)

    def _linked(self, event: PartyLinked) -> None:
        if known := self._live.get(event.call) or self._ended.get(event.call):
            known.match, known.parties, known.card = "exact", (event.party,), None

    def _saved(self, event: RecordSaved) -> None:
        if event.entity == "party":
            self._stale(event.record)
        elif event.entity in self._open_entities:
            for known in (*self._live.values(), *self._ended.values()):
                known.card = None

    def _stale(self, party: int) -> None:
        for known in (*self._live.values(), *self._ended.values()):
            if party in known.parties:
                known.card = None

    def _over(self, event: CallEnded) -> None:
        if known := self._live.pop(event.call, None):
            self._ended[event.call] = known
            if len(self._ended) > MOST_ENDED:
                self._ended.popitem(last=False)


def build(
    lookup: Lookup, catalogue: Catalogue, open_of: Sequence[Source], match: str, number: str, parties: tuple[int, ...], since: float
) -> dict[str, Any]:  # fmt: skip
    """The card as it goes to the browser. `since`: from when calls are counted as this month's."""
    known = [about for one in parties if (about := _about(lookup, catalogue, open_of, one, since))]
    return {"match": match, "number": number, "parties": known}


def month_start(now: float, timezone: ZoneInfo) -> float:
    """When the current Jalali month began, UTC epoch seconds."""
    today = datetime.fromtimestamp(now, UTC).astimezone(timezone).date()
    day = to_jalali(today).day
    return datetime.combine(today - timedelta(days=day - 1), time(), timezone).timestamp()


def _about(lookup: Lookup, catalogue: Catalogue, open_of: Sequence[Source], party: int, since: float) -> dict[str, Any] | None:
    rows = lookup(_PARTY, (party,))
    if not rows:
        return None
    (name, prefix, kind, status, vip, priority, expert, expert_name, expert_en, note, group, group_en, group_colour, said, grade, colour, city, made_by) = rows[0]  # fmt: skip
    roles = orjson.loads(said) if isinstance(said, str) else said or []
    companies = lookup(_COMPANY, (party,))
    shown = catalogue["party"].colour_of({"colour": colour, "grade": grade})
    titles = [title for role in roles if (title := catalogue.word("role", role))]
    promised = [
        {"id": number, "kind": "follow_up", "title": title, "due_at": iso(due_at), "url": f"/parties/{party}"}
        for number, title, due_at in lookup(_OPEN, (party, OPEN_ITEMS))
    ]
    others = [item for source in open_of for item in items_of(lookup, source, party, OPEN_ITEMS)]
    return {
        "id": party,
        "name": name,
        "prefix": prefix,
        "kind": kind,
        "status": status,
        "role": roles[0] if roles else "",
        "role_title": titles[0] if titles else None,
        "roles": roles,
        "role_titles": titles,
        "company": {"id": companies[0][0], "name": companies[0][1]} if companies else None,
        "title": companies[0][2] if companies else "",
        "group": {"name": group, "name_en": group_en or group, "color": group_colour} if group else None,
        "grade": {**(catalogue.word("grade", grade) or {}), "color": catalogue["party"].colour_of({"grade": grade})} if grade else None,
        "color": shown,
        "city": city,
        "vip": bool(vip),
        "priority": priority or 0,
        "expert": expert,
        "experts": [row[0] for row in lookup(_EXPERTS, ("party", party))],
        "made_by": made_by or "",
        "expert_name": {"fa": expert_name, "en": expert_en or expert_name} if expert_name else None,
        "note": note[:200],
        "relations": _relations(lookup, catalogue, party, companies[0][0] if companies else 0),
        "cards": [
            {"kind": catalogue.word("card_kind", kind), "code": code, "discount": discount}
            for kind, code, discount in lookup(_CARDS, (party, RELATIONS))
        ],
        "money": [found for source in open_of if (found := money_of(lookup, source, party))],
        "calls_this_month": lookup(_CALLS, (party, since))[0][0],
        "communications": [_communication(row, catalogue) for row in lookup(_COMMUNICATIONS, (party, COMMUNICATIONS))],
        "open_items": sorted([*promised, *others], key=lambda item: (not item["due_at"], item["due_at"]))[:OPEN_ITEMS],
        "url": f"/parties/{party}",
    }


def _relations(lookup: Lookup, catalogue: Catalogue, party: int, company: int) -> list[dict[str, Any]]:
    """Whom the party belongs to and who belongs to it, but for the company that the card names already."""
    found = []
    for sql, back in ((_RELATIONS, False), (_RELATIONS_BACK, True)):
        for number, name, kind, title in lookup(sql, (party, RELATIONS + 1)):
            if number == company and kind == "works_at":
                continue
            said = RELATIONS_SEEN_FROM_THERE.get(kind) if back else None
            word = _both(said) if said else catalogue.word("relation_kind", kind)
            found.append({"id": number, "name": name, "kind": kind, "kind_title": word, "title": title, "url": f"/parties/{number}"})
    return found[:RELATIONS]


def _communication(row: tuple[Any, ...], catalogue: Catalogue) -> dict[str, Any]:
    number, at, subject, method, direction, status, disposition, note, user = row
    return {
        "id": number,
        "at": iso(at),
        "subject": subject,
        "method": method,
        "method_title": catalogue.word("method", method),
        "direction": direction,
        "status": status,
        "result": disposition,
        "result_title": catalogue.word("disposition", disposition),
        "note": note[:200],
        "user": user or "",
    }


def _both(sentence: str) -> dict[str, str]:
    return {language: translate(language, sentence) for language in ("fa", "en")}
