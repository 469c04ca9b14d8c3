"""Which field of an entity has telephone numbers: what its phone book shows. Pure."""

from __future__ import annotations

from crm.entity import Entity
from crm.fields.contact import ContactPoint, Phone
from crm.fields.field import Field
from crm.fields.rows import Rows


def numbers_of(entity: Entity, level: int) -> Field | None:
    """The field with telephone numbers: rows that have one, or a number of its own; None when there is none that `level` may see."""
    for one in entity.of(level=level):
        if isinstance(one.kind, Phone) or (isinstance(one.kind, Rows) and number_in(one.kind)):
            return one
    return None


def number_in(kind: Rows) -> Field | None:
    """The field of rows that is a number to reach somebody by."""
    return next((one for one in kind.fields if isinstance(one.kind, ContactPoint | Phone)), None)
