"""Records as the API gives them, and the JSON schemas of that. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crm.access import RIGHTS, Viewer
from crm.entity import Entity
from crm.fields.field import Field
from crm.record import Record
from switchboard.moments import iso
from web.api_words import MOMENT, TEXT, WHOLE, YES_NO, maybe

MOMENTS = ("created_at", "updated_at", "deleted_at")
STANDARD = ("active", "version", "created_at", "created_by", "updated_at", "updated_by", "deleted_at")


def record_json(entity: Entity, record: Record, only: Iterable[str] = ()) -> dict[str, Any]:
    """{"id", "title", "url", "starred", standard values, and every field that the reader may see}; `only` narrows the fields."""
    wanted = set(only)
    values = record.values
    found: dict[str, Any] = {"id": record.id, "title": record.title, "url": f"{entity.address}/{record.id}", "starred": record.starred}
    for name in STANDARD:
        value = values[name]
        found[name] = (iso(value) if value else None) if name in MOMENTS else value
    for one in entity.fields:
        if one.active and one.name in values and (not wanted or one.name in wanted):
            found[one.name] = plain(one, values[one.name])
    return found


def plain(one: Field | None, value: Any) -> Any:
    """One value as the API gives it."""
    return value if one is None or value is None else one.kind.plain(value)


def record_schema(entity: Entity) -> dict[str, Any]:
    """The schema of `record_json`."""
    own = {one.name: _described(one) for one in entity.fields if one.active}
    standard = {
        "id": WHOLE, "title": TEXT, "url": TEXT, "starred": YES_NO, "active": YES_NO, "version": WHOLE, "created_at": maybe(MOMENT), "created_by": TEXT,
        "updated_at": maybe(MOMENT), "updated_by": TEXT, "deleted_at": maybe(MOMENT),
    }  # fmt: skip
    return {"type": "object", "properties": {**standard, **own}, "required": list(standard)}


def draft_schema(entity: Entity, *, new: bool) -> dict[str, Any]:
    """The schema of what makes or changes a record: any settable fields; a new one needs the required ones."""
    settable = [one for one in entity.fields if one.active and one.typed]
    properties = {one.name: maybe(one.kind.schema()) for one in settable}
    needed = [one.name for one in settable if one.required] if new else []
    return {
        "type": "object", "properties": {**properties, "active": YES_NO}, "additionalProperties": False, **({"required": needed} if needed else {}),
    }  # fmt: skip


def entity_json(entity: Entity, viewer: Viewer) -> dict[str, Any]:
    """What programs need to know of an entity: its words, fields, and what the asker may do."""
    seen = entity.of(level=viewer.pattern.field_level)
    return {
        "name": entity.name, "plural": entity.plural, "title": {language: entity.word(language) for language in ("fa", "en")},
        "title_plural": {language: entity.word(language, several=True) for language in ("fa", "en")}, "url": f"/api/v1/{entity.plural}", "page": entity.address,
        "variants": [one.name for one in entity.variants], "keys": [list(key) for key in entity.keys], "fields": [one.described() for one in seen],
        "rights": {right: viewer.level(entity.name, right) for right in RIGHTS},
    }  # fmt: skip


def _described(one: Field) -> dict[str, Any]:
    schema = maybe(one.kind.schema())
    words = " / ".join(dict.fromkeys(one.word(language) for language in ("en", "fa")))
    return {**schema, "description": words} if words else dict(schema)
