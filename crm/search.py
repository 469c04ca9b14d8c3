"""Search as you type over everything: each word typed is the beginning of one of a record's words, what the user may not see is not found."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import evolve, frozen
from sqlalchemy import Connection, select, text

from config.database import Database
from crm.access import SYSTEM, Viewer
from crm.catalogue import Catalogue, declared
from crm.entity import Entity
from crm.fields.kind import Showing
from crm.linked_names import titles
from crm.party_lines import details
from crm.record import values_of
from crm.search_index import Terms, matching, terms_of
from crm.search_names import not_by_hidden_names
from crm.search_reach import of_kind, owners_of, together, visible
from crm.search_typed import nearness
from crm.tables import party

CANDIDATES = 40
"""Matches looked at before the best are shown."""
FAVOURED = 15
"""Of these so many are VIPs and others with priority, when there are so many."""
MOST_DETAILS = 3
NO_PERSON: Mapping[str, Any] = {"vip": False, "company": None, "title": "", "city": "", "number": ""}
"""What hits of customers have besides."""

_HAS = "(SELECT 1 FROM search_token AS t WHERE t.entity = e.name AND t.token >= :a{place} AND t.token < :z{place} LIMIT 1)"

Hit = dict[str, Any]


@frozen(kw_only=True)
class Group:
    """What was found of one entity, best first. `title`: the English source of its plural. `total`: how many match, `more`: at least so many."""

    entity: str
    title: str
    icon: str
    address: str
    hits: list[Hit]
    total: int
    more: bool


class Search:
    """Finds records for what somebody is typing."""

    def __init__(self, database: Database, catalogue: Catalogue | None = None, *, timezone: str = "Asia/Tehran") -> None:
        self._database = database
        self._catalogue = catalogue
        self._timezone = timezone

    async def find(self, typed: str, *, most: int = 12, kind: str = "", viewer: Viewer = SYSTEM) -> list[Hit]:
        """At most `most` parties, best first: id, kind, name, prefix, code, vip, priority, city, group, number, company, title, url.

        `kind` "person" or "company" narrows. Nothing typed finds nothing.
        """
        terms = terms_of(typed)
        if not terms:
            return []
        group = await self._database.read(
            lambda connection: _parties(connection, terms, typed, most, viewer, self._entities["party"], kind)
        )
        return group.hits

    async def everywhere(self, typed: str, viewer: Viewer, *, language: str = "fa", most: int = 5, entity: str = "") -> list[Group]:
        """What is found of each entity that the user may see, customers first; at most `most` hits of each, of `entity` alone when it is named.

        Hits have entity, id, name, url, icon, colour, detail (a line of its other values); those of customers what `find` gives as well.
        """
        terms = terms_of(typed)
        if not terms:
            return []
        showing = Showing(language=language, timezone=self._timezone)
        wanted = {name: one for name, one in self._entities.items() if not entity or name == entity}
        return await self._database.read(lambda connection: _everywhere(connection, wanted, terms, typed, viewer, showing, most))

    @property
    def _entities(self) -> Mapping[str, Entity]:
        return self._catalogue.entities if self._catalogue else {one.name: one for one in declared()}


def _everywhere(
    connection: Connection, entities: Mapping[str, Entity], terms: Terms, typed: str, viewer: Viewer, showing: Showing, most: int
) -> list[Group]:  # fmt: skip
    found = []
    for name in _with_words(connection, [one for one in entities if viewer.may(one, "view")], terms):
        if name == "party":
            group = _parties(connection, terms, typed, most, viewer, entities[name])
        else:
            group = _records(connection, entities, entities[name], terms, typed, viewer, showing, most)
        if group.hits:
            found.append(group)
    return sorted(found, key=lambda group: (group.entity != "party", group.entity))


def _with_words(connection: Connection, names: Iterable[str], terms: Terms) -> list[str]:
    """The entities that have each of the words at all: one question for forty entities."""
    values: dict[str, str] = {}
    ordered = sorted(names)
    if not ordered:
        return []
    for place, name in enumerate(ordered):
        values[f"e{place}"] = name
    parts = []
    for row, term in enumerate(terms):
        for column, prefix in enumerate(term):
            values[f"a{row}_{column}"], values[f"z{row}_{column}"] = prefix, f"{prefix}\U0010ffff"
        parts.append(f"coalesce({', '.join(_HAS.format(place=f'{row}_{column}') for column in range(len(term)))}, 0) = 1")
    listed = " UNION ALL ".join(f"SELECT CAST(:e{place} AS VARCHAR) AS name" for place in range(len(ordered)))
    sql = f"SELECT e.name FROM ({listed}) AS e WHERE {' AND '.join(parts)}"  # noqa: S608  built from constants, values are bound
    return list(connection.execute(text(sql), values).scalars())


def _parties(connection: Connection, terms: Terms, typed: str, most: int, viewer: Viewer, entity: Entity, kind: str = "") -> Group:
    extra = together(visible(entity, viewer), of_kind(kind), not_by_hidden_names(entity, viewer, terms))
    owners = owners_of(viewer, "party")
    ids = matching(connection, "party", terms, CANDIDATES, extra, owners=owners)
    more = len(ids) >= CANDIDATES
    total = len(ids)
    if more:
        ids = [*ids, *matching(connection, "party", terms, FAVOURED, extra, owners=owners, favourites=True)]
    rows = connection.execute(
        select(party.c.id, party.c.name, party.c.vip, party.c.priority, party.c.sort_key).where(party.c.id.in_(ids))
    ).all()
    best = sorted(rows, key=lambda row: (nearness(row.name, typed), not row.vip, -(row.priority or 0), row.sort_key, row.id))[:most]
    place = {row.id: order for order, row in enumerate(best)}
    hits = sorted(details(connection, list(place), viewer), key=lambda hit: place[hit["id"]])
    for hit in hits:
        hit.pop("sort_key")
        hit.update(
            entity="party",
            icon="company" if hit["kind"] == "company" else "person",
            colour=(hit["group"] or {}).get("color", ""),
            detail="",
        )
    return Group(
        entity="party", title=entity.title_plural, icon="people", address=entity.address, hits=hits, total=total, more=more
    )  # fmt: skip


def _records(
    connection: Connection, entities: Mapping[str, Entity], entity: Entity, terms: Terms, typed: str, viewer: Viewer, showing: Showing, most: int
) -> Group:  # fmt: skip
    extra = together(visible(entity, viewer), not_by_hidden_names(entity, viewer, terms))
    ids = matching(connection, entity.name, terms, CANDIDATES, extra, owners=owners_of(viewer, entity.name))
    rows: Sequence[Mapping[str, Any]] = [
        dict(row) for row in connection.execute(select(entity.table).where(entity.table.c.id.in_(ids))).mappings()
    ]
    best = sorted(rows, key=lambda row: (nearness(str(row[entity.title_field] or ""), typed), row["sort_key"], row["id"]))[:most]
    hits = [
        {
            "entity": entity.name, "id": row["id"], "name": str(row[entity.title_field] or f"#{row['id']}"), "url": f"{entity.address}/{row['id']}",
            "icon": row["icon"] or entity.icon, "colour": row["colour"], "detail": detail, **NO_PERSON,
        }
        for row, detail in zip(best, _lines(connection, entities, entity, best, viewer, showing), strict=True)
    ]  # fmt: skip
    return Group(
        entity=entity.name, title=entity.title_plural, icon=entity.icon, address=entity.address, hits=hits, total=len(ids), more=len(ids) >= CANDIDATES
    )  # fmt: skip


def _lines(
    connection: Connection, entities: Mapping[str, Entity], entity: Entity, rows: Sequence[Mapping[str, Any]], viewer: Viewer, showing: Showing
) -> list[str]:  # fmt: skip
    """A line for each row: the first values that its card shows, else its list."""
    seen = [one for one in entity.of(level=viewer.pattern.field_level) if one.name not in (entity.title_field, "expert")]
    wanted = ([one for one in seen if one.carded] or [one for one in seen if one.listed])[:MOST_DETAILS]
    values = values_of(connection, entity, rows, wanted)
    named = evolve(showing, titles=titles(connection, entities, wanted, values, viewer))
    return [
        " · ".join(shown for one in wanted if (shown := one.kind.show(each[one.name], named) if each[one.name] is not None else ""))
        for each in values
    ]
