"""Membership, discount and purchase cards: swipe or scan one, and the customer is there with the discount."""

from __future__ import annotations

from attrs import frozen
from sqlalchemy import Connection, select

from crm.access import Viewer
from crm.entity import Entity
from crm.query import allowed


@frozen(kw_only=True)
class Found:
    """A card: whose it is, its kind, the discount in percent, and whether it is valid today."""

    party: int
    kind: str
    code: str
    discount: float | None
    valid: bool


def find_card(connection: Connection, code: str, viewer: Viewer, entity: Entity, today: str) -> list[Found]:
    """The cards of this code whose owners `viewer` may see; the valid ones when there are any. `entity`: the party; `today`: the office's day (ISO)."""
    card, party = entity.children["cards"], entity.table
    chosen = select(card).join(party, party.c.id == card.c.party_id)
    rows = connection.execute(chosen.where(card.c.code == code, party.c.deleted_at.is_(None), allowed(entity, viewer))).mappings()
    found = [
        Found(
            party=row["party_id"], kind=row["kind"], code=code, discount=row["discount"],
            valid=(row["since"] or "") <= today <= (row["until"] or "9999"),
        )
        for row in rows
    ]  # fmt: skip
    valid = [one for one in found if one.valid]
    return valid or found
