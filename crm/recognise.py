"""Who is calling: the number looked up among all numbers, in microseconds, in the turn in which the call arrives.

Exact number first, then the last 8 digits as "maybe", then whoever a text with this number is about, as "maybe". An agent's own call (click-to-dial) recognises the number it dials.
"""

from __future__ import annotations

import logging

from attrs import frozen

from config.database import Database
from config.errors import Refusal
from crm.mentions import mention
from crm.numbers import is_withheld, read_number
from switchboard.bus import Bus
from switchboard.call import Calls
from switchboard.events import CallAdopted, CallArrived, CallerRecognised

log = logging.getLogger(__name__)

MOST = 9
"""Matches kept, as many as there are keys to choose by."""
VIP_PRIORITY = 10
"""What being a VIP adds to a customer's own priority."""

_SELECT = """
SELECT p.id, p.priority, p.vip, n.extension FROM channel AS n JOIN party AS p ON p.id = n.party_id
 WHERE n.{column} = ? AND p.deleted_at IS NULL LIMIT 50
"""
EXACT = _SELECT.format(column="number")
TAIL = _SELECT.format(column="tail")
MENTIONED = f"""
SELECT DISTINCT m.party_id FROM {mention.name} AS m JOIN party AS p ON p.id = m.party_id WHERE m.number = ? AND p.deleted_at IS NULL LIMIT 50
"""  # noqa: S608  our own table's name


@frozen
class Recognition:
    """Who a number belongs to. `match`: "exact" | "maybe" | "none" | "withheld"; `parties` best first; `number` comparable, "" when unreadable."""

    match: str
    parties: tuple[int, ...] = ()
    number: str = ""
    priority: int = 0


class Recogniser:
    """Listens for calls and tells CallerRecognised at once. `country` and `city_code`: where numbers without codes belong."""

    def __init__(self, database: Database, bus: Bus, calls: Calls, *, country: str = "IR", city_code: str = "21") -> None:
        self._lookup = database.lookup
        self._bus = bus
        self._calls = calls
        self._country = country
        self._city_code = city_code
        bus.listen(CallArrived, self._arrived)
        bus.listen(CallAdopted, self._adopted)

    def recognise(self, text: str) -> Recognition:
        """Who the number `text`, as the network gave it, belongs to."""
        number = read_number(text, country=self._country, city_code=self._city_code)
        if number is None:
            return Recognition("withheld" if is_withheld(text) else "none")
        value = number.value
        if rows := self._lookup(EXACT, (value,)):
            if len(rows) == 1:
                party, priority, vip, _extension = rows[0]
                return Recognition("exact", (party,), value, priority + VIP_PRIORITY if vip else priority)
            best = sorted((-(priority + VIP_PRIORITY * vip), extension != "", party) for party, priority, vip, extension in rows)
            parties = tuple(dict.fromkeys(party for _rank, _behind_extension, party in best))
            return Recognition("exact", parties[:MOST], value, -best[0][0])
        if (tail := number.tail) and (rows := self._lookup(TAIL, (tail,))):
            return Recognition("maybe", tuple(sorted({row[0] for row in rows})[:MOST]), value)
        if rows := self._lookup(MENTIONED, (value,)):
            return Recognition("maybe", tuple(sorted(row[0] for row in rows)[:MOST]), value)
        return Recognition("none", (), value)

    def _arrived(self, event: CallArrived) -> None:
        self._tell(event.call, event.direction, event.caller, event.dialled, event.at)

    def _adopted(self, event: CallAdopted) -> None:
        live = self._calls.get(event.call)
        if live is not None and not live.match:
            self._tell(event.call, live.direction, live.caller, live.dialled, event.at)

    def _tell(self, call: str, direction: str, caller: str, dialled: str, at: float) -> None:
        if direction == "internal":
            return
        try:
            known = self.recognise(dialled if direction == "outbound" else caller)
        except Refusal:
            log.exception("the caller of %s could not be looked up", call)
            known = Recognition("none")
        self._bus.tell(
            CallerRecognised(at=at, call=call, match=known.match, parties=known.parties, number=known.number, priority=known.priority)
        )
