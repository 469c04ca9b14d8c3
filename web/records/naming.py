"""Links that were typed by name: what stands in the search box of a link is looked up when no record was picked from the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from config.errors import Refusal
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.references import AnyReference, Reference, References
from crm.fields.rows import Rows
from crm.folding import fold
from crm.query import Query
from crm.records import Records

MOST_TRIED = 20


class NotOneRecord(Refusal):
    """A name that belongs to no record, or to several."""

    code = "not_one_record"
    status = 422
    sentence = _("“{name}” is not exactly one record; choose it from the list.")


async def named(
    records: Records, entities: Mapping[str, Entity], viewer: Viewer, fields: Iterable[Field], raw: Mapping[str, Any], beside: Mapping[str, str]
) -> tuple[dict[str, Any], dict[str, Refusal]]:  # fmt: skip
    """The raw values with typed names made into ids, and which names are not one record's, by path ("phones.0.owner")."""
    found, problems = dict(raw), dict[str, Refusal]()

    async def one(field: Field, name: str, value: Any) -> Any:
        text, was = beside.get(f"{name}:text", "").strip(), beside.get(f"{name}:was", "").strip()
        several = isinstance(field.kind, References)
        if text == was and not several:
            return value
        if not text:
            return value if several else None
        entity = entities.get(beside.get(f"{name}:entity", "") if isinstance(field.kind, AnyReference) else field.kind.refers_to())
        number = await _only(records, entity, viewer, text) if entity else None
        if number is None or entity is None:
            problems[name] = NotOneRecord(field=name, name=text[:60])
            return value
        if several:
            return [*(value or []), str(number)]
        return f"{entity.name}:{number}" if isinstance(field.kind, AnyReference) else str(number)

    for field in fields:
        if isinstance(field.kind, Rows):
            for place, row in enumerate(found.get(field.name) or []):
                for inner in field.kind.fields:
                    if _links(inner):
                        row[inner.name] = await one(inner, f"{field.name}.{place}.{inner.name}", row.get(inner.name))
        elif field.name in found and _links(field):
            found[field.name] = await one(field, field.name, found[field.name])
    return found, problems


def _links(field: Field) -> bool:
    return isinstance(field.kind, Reference | AnyReference)


async def _only(records: Records, entity: Entity, viewer: Viewer, text: str) -> int | None:
    if not viewer.may(entity.name, "choose"):
        return None
    listed, _page = await records.page(Query(entity=entity, q=text[:200], right="choose", limit=MOST_TRIED), viewer)
    same = [one for one in listed if fold(one.title) == fold(text)]
    return same[0].id if len(same) == 1 else None
