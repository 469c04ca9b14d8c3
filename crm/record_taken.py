"""Values that must be there once only, and the records that have them already."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, select

from config.among import among
from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity
from crm.fields.field import Field
from crm.query_access import allowed

UNSEEN = 0
"""In place of the id of a record that the asker may not see, or that is only being made."""


class Taken(Refusal):
    """A value that must be there once only is another record's."""

    code = "value_taken"
    status = 409
    sentence = _("“{value}” is already the value of this field in another record ({other}).")


class TakenUnseen(Taken):
    """The other record is not named."""

    sentence = _("“{value}” is already the value of this field in another record.")


def having(
    connection: Connection, entity: Entity, one: Field, values: Collection[Any], viewer: Viewer | None, but: int = 0
) -> dict[Any, int]:
    """By value the record that has it, `but` for one, or UNSEEN."""
    if not values:
        return {}
    table = entity.table
    seen = [allowed(entity, viewer, "view").label("seen")] if viewer else []
    chosen = select(table.c[one.name], table.c.id, *seen).where(among(table.c[one.name], values), table.c.id != but)
    return {value: number if all(sees) else UNSEEN for value, number, *sees in connection.execute(chosen)}


def taken(one: Field, value: Any, other: int) -> Taken:
    """The refusal of a value that `other` has."""
    told = {"field": one.name, "value": str(value)[:60]}
    return TakenUnseen(**told) if other == UNSEEN else Taken(**told, other=other)
