"""The map of every entity with points: each record a dot that opens it; tiles of a server of one's own when the settings name one."""

from __future__ import annotations

from attrs import evolve, frozen

from config.clock import Clock
from config.database import Database
from config.translations import translate
from crm.accounts import Accounts
from crm.catalogue import Catalogue
from crm.expression import Test, both
from crm.patterns import Patterns
from crm.records import Records
from crm.views import Views
from web.permissions import WITH_ACCOUNT
from web.records.looks import above, look_by, usable
from web.records.mercator import TOWNS, around, grid, outline, placed
from web.records.places import Place
from web.records.viewing import kept_as, viewing
from web.request import Request
from web.response import Answer, page
from web.routes import Route, get

MOST = 2_000
"""Points on one map."""


@frozen
class RecordMaps:
    """The map of one entity."""

    place: Place
    views: Views

    async def show(self, request: Request) -> Answer:
        """The points of the field `by` of what the address asks for."""
        entity, viewer, language = self.place.entity, self.place.viewer(request), request.language
        seen = await viewing(self.views, entity, viewer, request)
        wanted = await usable(self.place, request, seen.given)
        look, by = look_by(entity, viewer, "map", seen.given.get("by", ""))
        query = evolve(wanted.query(), limit=MOST, after="", before="")
        query = evolve(query, where=both(query.where, Test(by.name, "filled")))
        found, more = await self.place.records.page(query, viewer, language, {by.name, "colour", *entity.coloured_by})
        points = []
        for one in found:
            latitude, longitude = (float(part) for part in one.values[by.name].split(","))
            points.append((one, *placed(latitude, longitude)))
        return page(
            "record_map.html",
            **await above(self.place, request, wanted, "map"),
            **kept_as(seen, viewer, by=by.name),
            by=by,
            fields=look.fields,
            points=points,
            extent=around([(x, y) for _one, x, y in points]),
            outline=outline(),
            grid=grid(),
            towns=[(translate(language, name), *placed(latitude, longitude)) for name, latitude, longitude in TOWNS],
            too_many=bool(more.next),
            most=MOST,
        )


def routes(
    catalogue: Catalogue, records: Records, patterns: Patterns, accounts: Accounts, timezone: str, database: Database, clock: Clock
) -> list[Route]:
    """Maps; an entity without points answers that there is nothing."""
    found: list[Route] = []
    views = Views(database, clock)
    for entity in catalogue.entities.values():
        maps = RecordMaps(Place(entity.name, catalogue, records, patterns, accounts, timezone), views)
        title = translate("en", entity.title_plural)
        found.append(get(f"{entity.address}/map", maps.show, allow=WITH_ACCOUNT, summary=f"{title}: the map"))
    return found
