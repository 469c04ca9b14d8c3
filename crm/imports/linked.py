"""The records that the rows of a file name: found by their names, made when nobody knows them, and put in as ids. Works for the database's threads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set as AbstractSet
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, or_, select

from config.among import among
from config.errors import Refusal
from config.persian.alphabet import sort_key
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Who
from crm.fields.kind import Reading
from crm.fields.references import References, Users
from crm.query import allowed
from crm.record_draft import RecordInvalid
from crm.record_making import create_many
from crm.record_shape import shape_of
from crm.tables import account

MOST_REMEMBERED = 20_000
MOST_WORDS = 8
USER = "user"
SEVERAL = (References, Users)
Names = Mapping[tuple[str, str], int | str | None]
"""By (entity or "user", folded name): the id of the record, the user name; None when several have the name."""

_folded = lru_cache(maxsize=MOST_REMEMBERED)(sort_key)
"""Files name the same records again and again."""


class NameUnknown(Refusal):
    """A linked record that nobody knows by this name."""

    code = "import_name_unknown"
    status = 422
    sentence = _("There is no record “{name}” to link to.")


class NameOfSeveral(Refusal):
    """A linked record whose name others have as well."""

    code = "import_name_of_several"
    status = 422
    sentence = _("Several records are called “{name}”; write the number or code of the one that is meant.")


@lru_cache(maxsize=64)
def naming(entity: Entity) -> frozenset[str]:
    """The fields whose values name other records."""
    shape = shape_of(entity)
    rows = (one.field.name for one in shape.rows if any(target != USER for _name, target in one.pointing))
    return frozenset((*(one.name for one, _target in shape.pointing), *rows))


def names_in(entity: Entity, raws: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    """The names of linked records that these raw values speak of, by entity; what is a number is an id."""
    wanted: dict[str, set[str]] = {}
    shape = shape_of(entity)

    def note(target: str, text: Any) -> None:
        if text not in (None, "") and not _is_id(text):
            wanted.setdefault(target, set()).add(str(text).strip())

    for raw in raws:
        for one, target in shape.pointing:
            if (value := raw.get(one.name)) is not None:
                for name in _several(value) if isinstance(one.kind, SEVERAL) else (value,):
                    note(target, name)
        for rows in shape.rows:
            for line in raw.get(rows.field.name) or () if rows.pointing else ():
                for name, target in rows.pointing:
                    if target != USER:
                        note(target, line.get(name))
    return wanted


def unknown(wanted: Mapping[str, AbstractSet[str]], known: Names) -> dict[str, set[str]]:
    """Those of the names that `known` has no one record for."""
    return {entity: {text for text in texts if known.get((entity, _folded(text))) is None} for entity, texts in wanted.items()}


def find_names(
    connection: Connection, entities: Mapping[str, Entity], wanted: Mapping[str, AbstractSet[str]], viewer: Viewer
) -> dict[tuple[str, str], int | str | None]:
    """The ids of records by their exact name or code, however it is spelled; None for a name that several have."""
    found: dict[tuple[str, str], int | str | None] = dict(_users(connection, wanted.get(USER, frozenset())))
    for name, texts in wanted.items():
        entity = entities.get(name)
        if entity is None or not texts:
            continue
        table, keys = entity.table.c, {_folded(one) for one in texts}
        codes = [among(table.code, texts)] if "code" in table else []
        chosen = select(table.id, table.sort_key, table[entity.title_field], *([table.code] if codes else []))
        chosen = chosen.where(
            or_(among(table.sort_key, keys.union(*map(_turned, texts))), *codes),
            table.deleted_at.is_(None),
            allowed(entity, viewer, "choose"),
        )
        by_sorting: dict[str, set[int]] = {}
        by_title: dict[str, set[int]] = {}
        by_code: dict[str, set[int]] = {}
        for row in connection.execute(chosen):
            by_sorting.setdefault(row[1], set()).add(row[0])
            by_title.setdefault(_folded(row[2] or ""), set()).add(row[0])
            if codes and row[3] in texts:
                by_code.setdefault(_folded(row[3]), set()).add(row[0])
        for key in keys:
            of_name = by_title.get(key) or by_sorting.get(key) or set()
            if numbers := of_name | by_code.get(key, set()):
                found[name, key] = next(iter(numbers)) if len(numbers) == 1 else None
    return found


def _users(connection: Connection, texts: AbstractSet[str]) -> dict[tuple[str, str], str | None]:
    """The users who are called so: by user name, or by their name in either language."""
    keys, found = {_folded(one) for one in texts}, dict[tuple[str, str], str | None]()
    rows = connection.execute(select(account.c.username, account.c.name, account.c.name_en)).all() if keys else ()
    for key, username in {(_folded(text), row[0]) for row in rows for text in row[1:] if text}:
        if key in keys:
            found[USER, key] = None if (USER, key) in found else username
    return found | {(USER, _folded(row[0])): row[0] for row in rows if _folded(row[0]) in keys}


@lru_cache(maxsize=MOST_REMEMBERED)
def _turned(name: str) -> frozenset[str]:
    """What a name may be sorted by: people say the first name first, and are sorted by the last."""
    words = name.split()
    return frozenset(_folded(" ".join((*words[place:], *words[:place]))) for place in range(1, min(len(words), MOST_WORDS)))


def create_named(
    connection: Connection, entities: Mapping[str, Entity], wanted: Mapping[str, AbstractSet[str]], known: Names, reading: Reading, viewer: Viewer, who: Who
) -> dict[tuple[str, str], int | str | None]:  # fmt: skip
    """Make the linked records that nobody knows yet, by their names alone; where they are found now."""
    made: dict[str, set[str]] = {}
    for name, texts in wanted.items():
        target = entities.get(name)
        if target is None or not viewer.may(name, "create"):
            continue
        missing = {key: one for one in sorted(texts) if (name, key := _folded(one)) not in known}
        if missing:
            company = {target.variant_field: "company"} if any(one.name == "company" for one in target.variants) else {}
            create_many(connection, target, [{target.title_field: one, **company} for one in missing.values()], entities, reading, who)
            made[name] = set(missing.values())
    return find_names(connection, entities, made, viewer)


def linked(entity: Entity, raw: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """Raw values with ids in place of names. Raises RecordInvalid with NameUnknown and NameOfSeveral."""
    problems: dict[str, Refusal] = {}

    def number(target: str, text: Any, path: str) -> Any:
        if text in (None, "") or _is_id(text):
            return text
        key = (target, _folded(str(text).strip()))
        found = names.get(key)
        if found is None and target == USER and key not in names:
            return text
        if found is None:
            problems[path] = (NameOfSeveral if key in names else NameUnknown)(name=str(text)[:60])
        return found

    found, shape = dict(raw), shape_of(entity)
    for one, target in shape.pointing:
        if (value := raw.get(one.name)) is not None:
            name = one.name
            found[name] = (
                [number(target, text, name) for text in _several(value)] if isinstance(one.kind, SEVERAL) else number(target, value, name)
            )
    for rows in shape.rows:
        lines: Sequence[Mapping[str, Any]] = raw.get(rows.field.name) or ()
        if rows.pointing and lines:
            outer = rows.field.name
            found[outer] = [
                {
                    **line,
                    **{name: number(target, line.get(name), f"{outer}.{place}.{name}") for name, target in rows.pointing if target != USER},
                }
                for place, line in enumerate(lines)
            ]
    if problems:
        raise RecordInvalid(problems)
    return found


def _several(value: Any) -> list[str]:
    return [part.strip() for part in str(value).replace("،", ",").replace("؛", ",").replace(";", ",").split(",") if part.strip()]


def _is_id(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 12
    )
