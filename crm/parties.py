"""Persons and companies: create, change, give a number, delete. Saved, then told (PartySaved)."""

from __future__ import annotations

from sqlalchemy import Connection, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.draft import Draft, check
from crm.numbers import Number, read_number
from crm.party_rows import add_phone, index, insert_party, rewrite_party
from crm.tables import party
from switchboard.bus import Bus
from switchboard.errors import NumberUnreadable
from switchboard.events import PartySaved


class NoSuchParty(Refusal):
    """The record was deleted or never was."""

    code = "no_such_party"
    status = 404
    sentence = _("There is no customer record {party}; it may have been deleted.")


class ChangedMeanwhile(Refusal):
    """Somebody else saved the record after this form was opened."""

    code = "changed_meanwhile"
    status = 409
    sentence = _(
        "Somebody else saved this record while you were editing it. What you typed is still here; open the record beside it and save again."
    )


class Parties:
    """The verbs on persons and companies. `country` and `city_code`: where numbers without codes belong."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, *, country: str = "IR", city_code: str = "21") -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._country = country
        self._city_code = city_code

    async def create(self, draft: Draft, user: str) -> int:
        """Save a new party; its id. Raises `DraftInvalid`."""
        numbers = check(draft, country=self._country, city_code=self._city_code)
        now = self._clock.now()
        saved = await self._database.write(lambda connection: insert_party(connection, draft, numbers, user=user, now=now))
        self._tell(saved, user)
        return saved

    async def change(self, party_id: int, draft: Draft, version: int, user: str) -> None:
        """Save `draft` over the party as it was in `version`. Raises `DraftInvalid`, `NoSuchParty`, `ChangedMeanwhile`."""
        numbers = check(draft, country=self._country, city_code=self._city_code)
        now = self._clock.now()

        def work(connection: Connection) -> None:
            _there(connection, party_id)
            if not rewrite_party(connection, party_id, draft, numbers, version=version, user=user, now=now):
                raise ChangedMeanwhile

        await self._database.write(work)
        self._tell(party_id, user)

    async def add_number(self, party_id: int, text: str, user: str) -> None:
        """Give the party one more telephone number; harmless when it has it."""
        number = self.read(text)
        now = self._clock.now()

        def work(connection: Connection) -> bool:
            _there(connection, party_id)
            return add_phone(connection, party_id, number, text.strip(), now=now)

        if await self._database.write(work):
            self._tell(party_id, user)

    async def delete(self, party_id: int, user: str, *, restore: bool = False) -> None:
        """Delete logically (not found, not recognised, all kept), or `restore`."""
        now = self._clock.now()

        def work(connection: Connection) -> None:
            _there(connection, party_id, deleted=restore)
            values = {"deleted_at": None if restore else now, "updated_at": now, "version": party.c.version + 1}
            connection.execute(update(party).where(party.c.id == party_id).values(values))
            index(connection, party_id)

        await self._database.write(work)
        self._tell(party_id, user)

    def read(self, text: str) -> Number:
        """The number that `text` means here; raises `NumberUnreadable`."""
        if number := read_number(text, country=self._country, city_code=self._city_code):
            return number
        raise NumberUnreadable(field="number", number=text[:40])

    def _tell(self, party_id: int, user: str) -> None:
        self._bus.tell(PartySaved(at=self._clock.now(), party=party_id, user=user))


def _there(connection: Connection, party_id: int, *, deleted: bool = False) -> None:
    row = connection.execute(select(party.c.deleted_at).where(party.c.id == party_id)).first()
    if row is None or (row.deleted_at is not None) != deleted:
        raise NoSuchParty(party=party_id)
