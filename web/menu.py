"""The navigation: by area the entities whose records the user may see, and the saved views that are pinned for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from attrs import frozen

from config.database import Database
from config.translations import _, translate
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.patterns import Patterns
from crm.views import pinned

FIRST = ("party", "communication")
"""What stands first in its area, in this order."""
AREAS: Mapping[str, str] = {
    "records": _("Customer records"), "work": _("Tasks and calendar"), "sales": _("Sales"), "marketing": _("Marketing"), "service": _("After-sales service"),
    "projects": _("Projects"), "staff": _("Personnel"), "texts": _("Texts"),
}  # fmt: skip
"""The areas in their order, and their words; shown are those with an entity in them. An area that is not here comes last, under its own name."""

LOOKS: Mapping[str, str] = {"board": "board", "calendar": "calendar"}
"""The icons of pinned views that are no lists."""


def in_order(entities: Iterable[Entity]) -> list[Entity]:
    """Entities as the menu has them: by area, and within it those first that people use most."""
    areas, first = list(AREAS), {name: place for place, name in enumerate(FIRST)}
    return sorted(entities, key=lambda one: (areas.index(one.area) if one.area in AREAS else len(areas), first.get(one.name, len(first))))


@frozen
class Menu:
    """The entries of the menu: [(area, [(address, icon, word)])]; pinned views: [(address, icon, name)]."""

    catalogue: Catalogue
    patterns: Patterns
    database: Database | None = None

    def of(self, username: str, language: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
        """What this user has in the menu."""
        viewer = self.patterns.viewer(username)
        found: dict[str, list[tuple[str, str, str]]] = {}
        for one in in_order(self.catalogue.entities.values()):
            if one.in_menu and viewer.may(one.name, "view"):
                icon = "people" if one.name == "party" else one.icon
                found.setdefault(one.area, []).append((one.address, icon, one.word(language, several=True)))
        return [(translate(language, AREAS.get(area, area)), entries) for area, entries in found.items()]

    def pinned(self, username: str) -> list[tuple[str, str, str]]:
        """The views that are pinned for this user, of what they may see."""
        if self.database is None:
            return []
        viewer, entities = self.patterns.viewer(username), self.catalogue.entities
        return [
            (f"{entities[entity].address}{'' if look == 'list' else '/' + look}?view={number}", LOOKS.get(look, "pin"), name)
            for number, entity, name, look in pinned(self.database, viewer)
            if entity in entities and viewer.may(entity, "view")
        ]
