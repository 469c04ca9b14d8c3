"""The pinned views of the menu."""

from __future__ import annotations

from attrs import frozen

from config.clock import Clock
from config.database import Database
from crm.catalogue import Catalogue
from crm.patterns import Patterns
from crm.views import Views
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get


@frozen
class PinnedViews:
    """What the menu asks for once the frame is there."""

    views: Views
    catalogue: Catalogue
    patterns: Patterns

    async def show(self, request: Request) -> Answer:
        """The views that are pinned for the user, of what they may see."""
        viewer = self.patterns.viewer(request.user.username)
        entities = self.catalogue.entities
        found = [one for one in await self.views.pinned(viewer) if one.entity in entities and viewer.may(one.entity, "view")]
        looks = {"list": ""}
        return page("pinned_views.html", views=[(one, entities[one.entity].address + looks.get(one.kind, f"/{one.kind}")) for one in found])


def routes(catalogue: Catalogue, patterns: Patterns, database: Database, clock: Clock) -> list[Route]:
    """The fragment of the menu."""
    pinned = PinnedViews(Views(database, clock), catalogue, patterns)
    return [get("/views/pinned", pinned.show, allow=WITH_ACCOUNT, summary="The views in the menu")]
