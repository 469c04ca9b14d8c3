"""Fields that are files: their attachment must be the record's own, or a fresh one of the same user, which the record then takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from config.errors import Refusal
from config.translations import _
from crm.attachments.tables import attachment
from crm.entity import Entity, Who
from crm.fields.field import Field
from crm.fields.files import Picture
from crm.record_shape import shape_of


class FileGone(Refusal):
    """A file that is not there, or belongs to another record."""

    code = "file_gone"
    status = 422
    sentence = _("The chosen file is not there any more; send it again.")


def lost(
    connection: Connection, entity: Entity, wholes: Sequence[Mapping[str, Any] | None], who: Who
) -> Iterator[tuple[int, str, FileGone]]:
    """Of new records the files they cannot have: (which of them, the field, why). A file that two of them name is the first one's."""
    taken: set[Any] = set()
    for place, whole in enumerate(wholes):
        for one in shape_of(entity).files:
            if whole is None or (value := whole.get(one.name)) is None:
                continue
            if value in taken or not _may_have(connection, entity, 0, one, value, who):
                yield place, one.name, FileGone(field=one.name)
            taken.add(value)


def _may_have(connection: Connection, entity: Entity, record_id: int, one: Field, value: int, who: Who) -> bool:
    row = connection.execute(select(attachment).where(attachment.c.id == value)).mappings().first()
    if row is None or row["entity"] != entity.name or (isinstance(one.kind, Picture) and not row["width"]):
        return False
    return bool(row["record_id"] == record_id if row["record_id"] else row["by"] == who.username)


def claim(connection: Connection, entity: Entity, record_id: int, whole: Mapping[str, Any], old: Mapping[str, Any], who: Who) -> None:
    """Let the record have the files of its fields. Raises FileGone with the field."""
    for one in shape_of(entity).files:
        value = whole.get(one.name)
        if value is None or value == old.get(one.name):
            continue
        if not _may_have(connection, entity, record_id, one, value, who):
            raise FileGone(field=one.name)
        connection.execute(update(attachment).where(attachment.c.id == value).values(record_id=record_id, field=one.name, deleted_at=None))
