"""Persons and companies by the line: made and changed with the company they work at; given a number, deleted, restored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from config.errors import Refusal
from config.persian.alphabet import sort_key
from config.translations import _
from crm.access import Viewer
from crm.flat import raw_of
from crm.numbers import Number, read_number
from crm.record import values_of
from crm.record_saving import NoSuchRecord, row_of
from crm.record_work import Work
from crm.records import Records
from crm.tables import party
from switchboard.errors import NumberUnreadable

T = TypeVar("T")


class NoSuchParty(Refusal):
    """The record was deleted or never was."""

    code = "no_such_party"
    status = 404
    sentence = _("There is no customer record {party}; it may have been deleted.")


class Parties:
    """Parties for consoles, short forms and calls. `viewer` gives a user's access by name (crm/patterns.py)."""

    def __init__(self, records: Records, viewer: Callable[[str], Viewer]) -> None:
        self._records = records
        self._viewer = viewer

    async def create(self, line: Mapping[str, Any], user: str, *, origin: str = "") -> int:
        """A new party from a line (crm/flat.py); its id. Raises RecordInvalid, NoRight."""
        return await self._records.together(lambda work: add(work, line), self._viewer(user), origin=origin)

    async def change(self, party_id: int, line: Mapping[str, Any], version: int, user: str, *, origin: str = "") -> None:
        """Save a line over the party as it was in `version`. Raises RecordInvalid, RecordChanged, NoSuchRecord, NoRight."""
        await self._records.together(lambda work: put(work, party_id, line, version), self._viewer(user), origin=origin)

    async def add_number(self, party_id: int, text: str, user: str) -> None:
        """Give the party one more telephone number; harmless when it has it."""
        self.read(text)
        await self._records.together(lambda work: add_number(work, party_id, text.strip()), self._viewer(user))

    async def delete(self, party_id: int, user: str, *, restore: bool = False) -> None:
        """Delete logically (not found, not recognised, all kept), or `restore`."""
        entity = self._records.catalogue["party"]
        verb = self._records.restore if restore else self._records.delete
        await verb(entity, party_id, self._viewer(user))

    def read(self, text: str) -> Number:
        """The number that `text` means here; raises `NumberUnreadable`."""
        reading = self._records.reading()
        if number := read_number(text, country=reading.country, city_code=reading.city_code):
            return number
        raise NumberUnreadable(field="number", number=text[:40])

    async def linking(self, user: str, work: Callable[[Work], T], *, origin: str, lane: str = "") -> T:
        """Records changed together with something else (a call that is linked), after what is still being written in the same lane."""
        return await self._records.together(work, self._viewer(user), origin=origin, lane=lane)


def add(work: Work, line: Mapping[str, Any]) -> int:
    """A new party from a line, and its company when that is new; its id."""
    employer, asked = _employer(work, line)
    return asked.create("party", raw_of(line, {}, employer, work.reading.today.isoformat()))


def put(work: Work, party_id: int, line: Mapping[str, Any], version: int | None) -> Mapping[str, Any]:
    """Save a line over a party; what changed."""
    entity = work.entities["party"]
    (known,) = values_of(work.connection, entity, [row_of(work.connection, entity, party_id)])
    employer, asked = _employer(work, line)
    return asked.change("party", party_id, raw_of(line, known, employer, work.reading.today.isoformat()), version)


def add_number(work: Work, party_id: int, text: str) -> None:
    """Give the party one more number; harmless when it has it."""
    entity = work.entities["party"]
    (known,) = values_of(work.connection, entity, [row_of(work.connection, entity, party_id)])
    work.change("party", party_id, {"channels": [*(known["channels"] or ()), {"raw": text}]})


def company_named(connection: Connection, name: str) -> int | None:
    """The company of exactly this name, however it is spelled."""
    chosen = select(party.c.id).where(party.c.kind == "company", party.c.sort_key == sort_key(name), party.c.deleted_at.is_(None))
    found: int | None = connection.execute(chosen.order_by(party.c.id).limit(1)).scalar()
    return found


def there(connection: Connection, party_id: int) -> None:
    """Raise NoSuchParty unless the party is there and not deleted."""
    if connection.execute(select(party.c.id).where(party.c.id == party_id, party.c.deleted_at.is_(None))).first() is None:
        raise NoSuchParty(party=party_id)


def _employer(work: Work, line: Mapping[str, Any]) -> tuple[int | None, Work]:
    """The company, and the work in which it may be linked: one that is typed by its whole name needs no right to choose it."""
    if line.get("employer"):
        return int(line["employer"]), work
    name = str(line.get("company") or "").strip()
    if not name or line.get("kind", "person") != "person":
        return None, work
    company = {"kind": "company", "name": name, "status": line.get("status")}
    return company_named(work.connection, name) or work.create("party", company), work.unasked()


__all__ = ["NoSuchParty", "NoSuchRecord", "Parties", "add", "add_number", "company_named", "put", "there"]
