"""The phone book and the record page: lists of parties, one party with all that hangs on it, and the groups."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, Select, func, select

from config.database import Database
from crm.access import SYSTEM, Viewer
from crm.entities.records.party import PARTY
from crm.entities.records.party_group import PARTY_GROUP
from crm.entities.records.party_parts import TELEPHONES
from crm.entities.records.party_rules import holds
from crm.linked_names import seen
from crm.party_lines import details
from crm.query import allowed
from crm.record_tables import record_choice, record_link
from crm.search_index import matching, terms_of
from crm.search_names import not_by_hidden_names
from crm.search_reach import of_kind, together
from crm.tables import address, channel, party, party_group, relation

MOST_PER_PAGE = 200
MOST_FOUND = 2_000
"""A search that matches more shows the first of these; nobody pages through more."""
NUMBERS_IN_LIST = 4
UNSEEN = {"id": 0, "name": "", "sort_key": "", "number": "", "hidden": True}
"""What is not said of a related party that may not be seen."""


@frozen(kw_only=True)
class Listing:
    """One page of parties. `items` as `crm.search.details` gives them, with `numbers` ([{"number", "label", "kind", "extension"}])."""

    items: list[dict[str, Any]]
    total: int
    page: int
    per: int

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(-(-self.total // self.per), 1)


class Directory:
    """Reads parties for pages and the API."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def listing(
        self,
        *,
        q: str = "",
        kind: str = "",
        group: int = 0,
        role: str = "",
        expert: str = "",
        page: int = 1,
        per: int = 50,
        viewer: Viewer = SYSTEM,
    ) -> Listing:
        """The parties that `viewer` may see, in the order of the Persian alphabet; those that match `q`, of one kind, group, role, expert."""
        terms = terms_of(q)
        per, page = min(max(per, 1), MOST_PER_PAGE), max(page, 1)
        return await self._database.read(
            lambda connection: _listing(connection, terms, bool(q.strip()), (kind, group, role, expert), page, per, viewer)
        )

    async def get(self, party_id: int, viewer: Viewer = SYSTEM) -> dict[str, Any] | None:
        """Everything about one party, also a deleted one: its columns, `group`, `roles`, `phones`, `works_at`, `people`, `family`; None when it never was.

        Of related parties that `viewer` may not see it says how, not who (id 0, no name, `hidden`).
        """
        return await self._database.read(lambda connection: record(connection, party_id, viewer))

    async def groups(self) -> list[dict[str, Any]]:
        """Every group: id, name, name_en, colour, parent, path."""
        chosen = select(party_group).where(party_group.c.deleted_at.is_(None)).order_by(party_group.c.position, party_group.c.id)
        rows = await self._database.read(lambda connection: connection.execute(chosen).mappings().all())
        return [dict(row) for row in rows]


def _listing(
    connection: Connection,
    terms: Sequence[Sequence[str]],
    searching: bool,
    wanted: tuple[str, int, str, str],
    page: int,
    per: int,
    viewer: Viewer,
) -> Listing:
    kind, group, role, expert = wanted
    chosen: Select[Any] = select(party.c.id).where(party.c.deleted_at.is_(None), allowed(PARTY, viewer))
    if searching:
        chosen = chosen.where(
            party.c.id.in_(
                matching(connection, "party", terms, MOST_FOUND, together(of_kind(kind), not_by_hidden_names(PARTY, viewer, terms)))
                if terms
                else []
            )
        )
    if kind:
        chosen = chosen.where(party.c.kind == kind)
    if group:
        chosen = chosen.where(_in_branch(group))
    if role:
        c = record_choice.c
        chosen = chosen.where(
            select(c.code).where(c.entity == "party", c.record_id == party.c.id, c.field == "roles", c.code == role).exists()
        )
    if expert:
        chosen = chosen.where(party.c.expert == expert)
    total = connection.execute(select(func.count()).select_from(chosen.subquery())).scalar_one()
    ordered = chosen.order_by(party.c.sort_key, party.c.id).limit(per).offset((page - 1) * per)
    ids = list(connection.execute(ordered).scalars())
    return Listing(items=_with_numbers(connection, ids, viewer), total=total, page=page, per=per)


def _in_branch(group: int) -> ColumnElement[bool]:
    """Whether a party is in a group or in any below it."""
    top, below, c = party_group.alias(), party_group.alias(), record_link.c
    branch = select(below.c.id).where(top.c.id == group, below.c.path.startswith(top.c.path))
    links = select(c.target_id).where(c.entity == "party", c.record_id == party.c.id, c.field == "groups", c.target_id.in_(branch))
    return links.exists()


def _with_numbers(connection: Connection, ids: list[int], viewer: Viewer) -> list[dict[str, Any]]:
    found = {one["id"]: {**one, "numbers": []} for one in details(connection, ids, viewer)}
    c = channel.c
    chosen = select(c.party_id, c.number, c.label, c.kind, c.extension).where(c.party_id.in_(ids), c.kind.in_(TELEPHONES))
    for row in connection.execute(chosen.order_by(c.position)):
        numbers = found[row.party_id]["numbers"]
        if len(numbers) < NUMBERS_IN_LIST:
            numbers.append({"number": row.number, "label": row.label, "kind": row.kind, "extension": row.extension})
    items = [found[one] for one in ids]
    for item in items:
        item.pop("sort_key")
    return items


def record(connection: Connection, party_id: int, viewer: Viewer = SYSTEM) -> dict[str, Any] | None:
    """One party with all that hangs on it, for a reader's connection."""
    row = connection.execute(select(party).where(party.c.id == party_id)).mappings().first()
    if row is None:
        return None
    group = connection.execute(select(party_group).where(party_group.c.id == row["group_id"])).mappings().first()
    c = channel.c
    channels = [
        dict(one) for one in connection.execute(select(channel).where(c.party_id == party_id).order_by(c.position, c.id)).mappings()
    ]
    places = connection.execute(select(address).where(address.c.party_id == party_id).order_by(address.c.position)).mappings().all()
    ties = _ties(connection, party_id, viewer)
    place = places[0] if places else {"province": "", "city": "", "street": "", "postcode": ""}
    return {
        **row,
        "group": dict(group) if group and seen(connection, PARTY_GROUP, [group["id"]], viewer) else None,
        "channels": channels,
        "phones": [one for one in channels if one["kind"] in TELEPHONES],
        "email": next((one["number"] for one in channels if one["kind"] == "email"), ""),
        "website": next((one["number"] for one in channels if one["kind"] == "web"), ""),
        "province": place["province"],
        "city": place["city"],
        "address": place["street"],
        "postal_code": place["postcode"],
        "roles": row["roles"] or [],
        "works_at": [one for one in ties if one["kind"] == "works_at" and one["from"]],
        "people": [one for one in ties if one["kind"] == "works_at" and not one["from"]],
        "family": [one for one in ties if one["kind"] != "works_at"],
    }


def line_of(known: dict[str, Any]) -> dict[str, Any]:
    """A record as one line (crm/flat.py), to be changed in the short form."""
    plain = ("kind", "name", "prefix", "first_name", "last_name", "status", "vip", "priority", "activity", "province", "city", "address", "postal_code",
             "national_id", "company_id", "note", "roles")  # fmt: skip
    job = next((one for one in known["works_at"] if not one["over"]), None)
    return {
        **{name: known[name] for name in plain},
        "group": known["group_id"],
        "expert": known["expert"] or "",
        "phones": [{"raw": one["raw"], "label": one["label"], "kind": one["kind"]} for one in known["channels"]],
        "employer": job["id"] if job else None,
        "company": job["name"] if job else "",
        "title": job["title"] if job else "",
    }


def _ties(connection: Connection, party_id: int, viewer: Viewer) -> list[dict[str, Any]]:
    """The relations of a party, the present ones first: id, name, kind, title, since, until, over, `from` (it was said of this one), number."""
    c = channel.c
    number = select(c.number).where(c.party_id == party.c.id, c.kind.in_(TELEPHONES)).order_by(c.position).limit(1).scalar_subquery()
    found: list[dict[str, Any]] = []
    for mine, other in ((relation.c.party_id, relation.c.other), (relation.c.other, relation.c.party_id)):
        columns = (party.c.id, party.c.name, party.c.sort_key, relation.c.kind, relation.c.title, relation.c.since, relation.c.until)
        chosen = select(*columns, (~holds(relation)).label("over"), number.label("number")).join(party, party.c.id == other)
        rows = connection.execute(
            chosen.where(mine == party_id, party.c.deleted_at.is_(None)).order_by(party.c.sort_key).limit(200)
        ).mappings()
        found += [{**row, "over": bool(row["over"]), "from": mine is relation.c.party_id} for row in rows]
    known = seen(connection, PARTY, {one["id"] for one in found}, viewer)
    told = [one if one["id"] in known else {**one, **UNSEEN} for one in found]
    return sorted(told, key=lambda one: (one["over"], one["sort_key"]))
