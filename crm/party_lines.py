"""What a line of a list shows of each customer: name, company and post, main number, group. Works for a reader's connection."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, select

from crm.access import Viewer
from crm.entities.records.party import PARTY
from crm.entities.records.party_group import PARTY_GROUP
from crm.entities.records.party_parts import TELEPHONES
from crm.entities.records.party_rules import holds
from crm.linked_names import seen
from crm.tables import channel, party, party_group, relation


def details(connection: Connection, parties: Sequence[int], viewer: Viewer) -> list[dict[str, Any]]:
    """Of each party: id, kind, name, prefix, code, vip, priority, sort_key, city, number, url, group, company, title. In no order.

    Company and group that `viewer` may not see are left out.
    """
    if not parties:
        return []
    columns = [
        party.c[name] for name in ("id", "kind", "name", "prefix", "code", "vip", "priority", "sort_key", "city", "colour", "group_id")
    ]
    group = (party_group.c.name.label("group"), party_group.c.name_en.label("group_en"), party_group.c.colour.label("group_colour"))
    chosen = select(*columns, *group).outerjoin(party_group, party_group.c.id == party.c.group_id).where(party.c.id.in_(parties))
    numbers = _main_numbers(connection, parties)
    employers = _employers(connection, parties, viewer)
    rows = connection.execute(chosen).mappings().all()
    groups = seen(connection, PARTY_GROUP, {row["group_id"] for row in rows if row["group_id"]}, viewer)
    found = []
    for row in rows:
        employer = employers.get(row["id"])
        group_name = row["group"] if row["group_id"] in groups else None
        found.append(
            {
                **{name: row[name] for name in ("id", "kind", "name", "prefix", "code", "sort_key", "city", "colour")},
                "vip": bool(row["vip"]),
                "priority": row["priority"] or 0,
                "number": numbers.get(row["id"], ""),
                "url": f"/parties/{row['id']}",
                "group": {"name": group_name, "name_en": row["group_en"] or group_name, "color": row["group_colour"]}
                if group_name
                else None,
                "company": {"id": employer[0], "name": employer[1]} if employer else None,
                "title": employer[2] if employer else "",
            }
        )
    return found


def _main_numbers(connection: Connection, parties: Sequence[int]) -> dict[int, str]:
    c = channel.c
    chosen = select(c.party_id, c.number).where(c.party_id.in_(parties), c.kind.in_(TELEPHONES)).order_by(c.position.desc(), c.id.desc())
    return {row.party_id: row.number for row in connection.execute(chosen)}


def _employers(connection: Connection, parties: Sequence[int], viewer: Viewer) -> dict[int, tuple[int, str, str]]:
    chosen = (
        select(relation.c.party_id, party.c.id, party.c.name, relation.c.title)
        .join(party, party.c.id == relation.c.other)
        .where(relation.c.party_id.in_(parties), relation.c.kind == "works_at", holds(relation))
    )
    rows = connection.execute(chosen.order_by(relation.c.position.desc(), relation.c.id)).all()
    known = seen(connection, PARTY, {row.id for row in rows}, viewer)
    return {row.party_id: (row.id, row.name, row.title) for row in rows if row.id in known}
