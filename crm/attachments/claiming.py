"""Fields that are files: their attachment must be the record's own, or a fresh one of the same user, which the record then takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from config.errors import Refusal
from config.translations import _
from crm.attachments.tables import attachment
from crm.entity import Entity, Who
from crm.fields.files import Picture
from crm.record_shape import shape_of


class FileGone(Refusal):
    """A file that is not there, or belongs to another record."""

    code = "file_gone"
    status = 422
    sentence = _("The chosen file is not there any more; send it again.")


def claim(connection: Connection, entity: Entity, record_id: int, whole: Mapping[str, Any], old: Mapping[str, Any], who: Who) -> None:
    """Let the record have the files of its fields. Raises FileGone with the field."""
    for one in shape_of(entity).files:
        value = whole.get(one.name)
        if value is None or value == old.get(one.name):
            continue
        row = connection.execute(select(attachment).where(attachment.c.id == value)).mappings().first()
        mine = (
            row is not None
            and row["entity"] == entity.name
            and (row["record_id"] == record_id or (not row["record_id"] and row["by"] == who.username))
        )
        if row is None or not mine or (isinstance(one.kind, Picture) and not row["width"]):
            raise FileGone(field=one.name)
        connection.execute(update(attachment).where(attachment.c.id == value).values(record_id=record_id, field=one.name, deleted_at=None))
