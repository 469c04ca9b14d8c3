"""Which of an entity's pages are the generic ones, and what every generic page needs: the services, and the words of the reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from attrs import frozen

from crm.access import Viewer
from crm.accounts import STAFF, Accounts
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.patterns import Patterns
from crm.record import Record
from crm.records import Records
from web.request import Request

BY_HAND: Mapping[str, frozenset[str]] = {
    "party": frozenset({"show"}),
}
"""The pages that an entity has of its own; it has all others from here."""


def generic(entities: Iterable[Entity], page: str) -> list[Entity]:
    """The entities whose `page` ("new", "edit", "show", "history", "star", …) is the generic one."""
    return [one for one in entities if page not in BY_HAND.get(one.name, ())]


@frozen
class Place:
    """The pages of one entity: where they stand, and what they use. Fields and lists may change at any time, so the entity is asked for anew."""

    name: str
    catalogue: Catalogue
    records: Records
    patterns: Patterns
    accounts: Accounts
    timezone: str

    @property
    def entity(self) -> Entity:
        """The entity as it is now."""
        return self.catalogue[self.name]

    def viewer(self, request: Request) -> Viewer:
        """Who asks."""
        return self.patterns.viewer(request.user.username)

    async def showing(self, request: Request, values: Iterable[Mapping[str, Any]] = (), fields: Iterable[Field] | None = None) -> Showing:
        """For whom values are shown, with the names of everything that `values` point to."""
        entity = self.entity
        found = [Record(entity=entity.name, id=0, title="", values=dict(one)) for one in values]
        titles = await self.records.titles(entity, found, self.viewer(request)) if found else {}
        return Showing(language=request.language, timezone=self.timezone, titles=titles)

    def users(self, language: str) -> list[tuple[str, str]]:
        """The users there are to choose from: staff, not the customers who have a log-in."""
        return [(one.username, one.shown(language)) for one in self.accounts.all() if one.active and one.role in STAFF]

    def linkable(self, viewer: Viewer, language: str) -> list[tuple[str, str]]:
        """The entities whose records the user may choose."""
        return [(one.name, one.word(language)) for one in self.catalogue.entities.values() if viewer.may(one.name, "choose")]

    def targets(self, viewer: Viewer, language: str) -> dict[str, dict[str, object]]:
        """What links need of the entities they may point to: address, word, and whether the user may make one."""
        return {
            one.name: {"address": one.address, "word": one.word(language), "make": viewer.may(one.name, "create")}
            for one in self.catalogue.entities.values()
            if viewer.may(one.name, "view")
        }


def origin(request: Request) -> str:
    """From where a change on a page comes, for the history."""
    return f"web {request.address}"
