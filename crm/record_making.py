"""New records, one or a batch: the same checks and the same rows, written with a few statements for all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Insert, Table, bindparam, insert, select, update
from sqlalchemy.sql.dml import ReturningInsert

from config.errors import Refusal
from crm.access import SYSTEM
from crm.attachments.claiming import claim
from crm.entity import Entity, Values, Who
from crm.fields.choices import MultiChoice
from crm.fields.field import Field
from crm.fields.kind import Reading, Showing
from crm.fields.references import AnyReference, Parent, Reference, References, User, Users
from crm.fields.rows import Rows
from crm.linked_names import titles
from crm.mentions import mention_all, mentioning
from crm.record import stored
from crm.record_draft import RecordInvalid, check
from crm.record_links import write_links
from crm.record_saving import ReferenceGone, Taken, row_for, write_path
from crm.record_tables import history, record_choice, record_user
from crm.search_index import token_rows
from crm.tables import account, search_token

LOOKED_UP_AT_ONCE = 500
TOKEN_COLUMNS = ("entity", "token", "record_id", "words")


def create(connection: Connection, entity: Entity, values: Values, entities: Mapping[str, Entity], reading: Reading, who: Who) -> int:
    """A new record; its id. `values` are read already (crm/record_draft.py). Raises RecordInvalid, Taken and what `prepare` refuses."""
    (made,) = create_many(connection, entity, [values], entities, reading, who)
    if isinstance(made, Refusal):
        raise made
    return made


def create_many(
    connection: Connection, entity: Entity, many: Sequence[Values], entities: Mapping[str, Entity], reading: Reading, who: Who
) -> list[int | Refusal]:
    """New records; each one's id, or why it was refused (then nothing of it is written)."""
    outcomes: list[int | Refusal] = []
    wholes: list[Values | None] = []
    for values in many:
        whole: Values = {one.name: None for one in entity.fields} | {"active": True, "created_by": who.username} | values
        try:
            if entity.prepare:
                entity.prepare(whole, {}, reading)
            check(entity, whole, reading)
            wholes.append(whole)
            outcomes.append(0)
        except RecordInvalid as error:
            wholes.append(None)
            outcomes.append(error)
        except Refusal as error:
            wholes.append(None)
            outcomes.append(RecordInvalid({error.field or entity.title_field: error}))
    for place, problem in _problems(connection, entity, wholes, entities).items():
        outcomes[place], wholes[place] = RecordInvalid(problem), None
    good = [(place, whole) for place, whole in enumerate(wholes) if whole is not None]
    for (place, _whole), number in zip(good, _write(connection, entity, [whole for _place, whole in good], entities, who), strict=True):
        outcomes[place] = number
    return outcomes


# ── Checks against what is there ─────────────────────────────────────────────────────────────────────────────


def _problems(
    connection: Connection, entity: Entity, wholes: Sequence[Values | None], entities: Mapping[str, Entity]
) -> dict[int, dict[str, Refusal]]:
    """What is wrong with which of them: a value that is taken, a link to what is not there."""
    problems: dict[int, dict[str, Refusal]] = {}
    for one in entity.fields:
        if one.unique and not one.custom:
            for place, refusal in _taken(connection, entity, one, wholes).items():
                problems.setdefault(place, {})[one.name] = refusal
    for target, wanted in _pointed(entity, wholes).items():
        gone = set(wanted) - _there(connection, target, list(wanted), entities)
        for missing in gone:
            for place, path in wanted[missing]:
                problems.setdefault(place, {})[path] = ReferenceGone(field=path, record=missing)
    return problems


def _taken(connection: Connection, entity: Entity, one: Field, wholes: Sequence[Values | None]) -> dict[int, Refusal]:
    found: dict[int, Refusal] = {}
    column = entity.table.c[one.name]
    values = {whole[one.name] for whole in wholes if whole and whole.get(one.name) is not None}
    known: dict[Any, Any] = {}
    for some in _cut(list(values)):
        known.update({row[0]: row[1] for row in connection.execute(select(column, entity.table.c.id).where(column.in_(some)))})
    for place, whole in enumerate(wholes):
        value = whole.get(one.name) if whole else None
        if value is None:
            continue
        if value in known:
            found[place] = Taken(field=one.name, value=str(value)[:60], other=known[value])
        known.setdefault(value, "–")
    return found


Pointed = dict[str, dict[Any, list[tuple[int, str]]]]


def _pointed(entity: Entity, wholes: Sequence[Values | None]) -> Pointed:
    """What they point to: {entity or "user": {id: [(which of them, the field's path)]}}."""
    found: Pointed = {}

    def note(target: str, value: Any, place: int, path: str) -> None:
        found.setdefault(target, {}).setdefault(value, []).append((place, path))

    for one in entity.fields:
        for place, whole in enumerate(wholes):
            value = whole.get(one.name) if whole else None
            if value is None:
                continue
            if isinstance(one.kind, Rows):
                for number, row in enumerate(value):
                    for inner in one.kind.fields:
                        if isinstance(inner.kind, Reference | User) and row.get(inner.name) is not None:
                            note(_target(inner), row[inner.name], place, f"{one.name}.{number}.{inner.name}")
            elif isinstance(one.kind, Reference | User):
                for each in value if isinstance(value, list) else [value]:
                    note(_target(one), each, place, one.name)
            elif isinstance(one.kind, AnyReference):
                target, _sign, number_text = value.partition(":")
                note(target, int(number_text), place, one.name)
    return found


def _target(one: Field) -> str:
    return "user" if isinstance(one.kind, User) else one.kind.refers_to()


def _there(connection: Connection, target: str, wanted: Sequence[Any], entities: Mapping[str, Entity]) -> set[Any]:
    if target != "user" and target not in entities:
        return set()
    column = account.c.username if target == "user" else entities[target].table.c.id
    return {value for some in _cut(wanted) for value in connection.execute(select(column).where(column.in_(some))).scalars()}


def _cut(values: Sequence[Any]) -> list[Sequence[Any]]:
    return [values[start : start + LOOKED_UP_AT_ONCE] for start in range(0, len(values), LOOKED_UP_AT_ONCE)]


# ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────────


def _write(connection: Connection, entity: Entity, wholes: Sequence[Values], entities: Mapping[str, Entity], who: Who) -> list[int]:
    if not wholes:
        return []
    by = {"created_at": who.at, "created_by": who.username, "updated_at": who.at, "updated_by": who.username}
    rows = [{**row_for(entity, whole, {}), **by} for whole in wholes]
    numbers = [int(number) for number in connection.execute(_inserting(entity.table), rows).scalars()]
    _write_children(connection, entity, wholes, numbers)
    _write_lists(connection, entity, wholes, numbers)
    _write_paths(connection, entity, wholes, numbers)
    for number, whole in zip(numbers, wholes, strict=True):
        claim(connection, entity, number, whole, {}, who)
    _follow(connection, entity, wholes, numbers, who)
    _write_tokens(connection, entity, wholes, numbers, entities, who)
    if mentioning(entity):
        for number, whole in zip(numbers, wholes, strict=True):
            mention_all(connection, entity, number, whole, new=True)
    given = [
        {name: [None, value] for name, value in whole.items() if value not in (None, False) and name in entity.by_name} for whole in wholes
    ]
    notes = [
        {
            "at": who.at, "username": who.username, "origin": who.origin, "entity": entity.name, "record_id": number, "act": "created", "version": 1,
            "changes": changes,
        }
        for number, changes in zip(numbers, given, strict=True)
    ]  # fmt: skip
    connection.execute(_plain_insert(history), notes)
    return numbers


@cache
def _inserting(table: Table) -> ReturningInsert[tuple[Any]]:
    """INSERT … RETURNING id, in the order of the rows; made once, so that it is compiled once."""
    return insert(table).returning(table.c.id, sort_by_parameter_order=True)


@cache
def _plain_insert(table: Table) -> Insert:
    return insert(table)


def _write_children(connection: Connection, entity: Entity, wholes: Sequence[Values], numbers: Sequence[int]) -> None:
    for name, child in entity.children.items():
        kind = entity.by_name[name].kind
        assert isinstance(kind, Rows)
        owner = f"{entity.name}_id"
        rows = [
            {
                **{one.name: stored(one, row.get(one.name)) for one in kind.fields if one.name in child.c},
                **{derived: row.get(derived) for derived in kind.derived},
                "position": place,
                owner: number,
            }
            for number, whole in zip(numbers, wholes, strict=True)
            for place, row in enumerate(whole.get(name) or ())
        ]
        if rows:
            connection.execute(_plain_insert(child), rows)


def _write_lists(connection: Connection, entity: Entity, wholes: Sequence[Values], numbers: Sequence[int]) -> None:
    users: list[dict[str, Any]] = []
    choices: list[dict[str, Any]] = []
    for number, whole in zip(numbers, wholes, strict=True):
        for one in entity.fields:
            value = whole.get(one.name)
            if one.custom or not value:
                continue
            key = {"entity": entity.name, "record_id": number, "field": one.name}
            if isinstance(one.kind, References):
                write_links(connection, entity, number, one, whole)
            elif isinstance(one.kind, Users):
                users += [{**key, "username": name, "position": place} for place, name in enumerate(value)]
            elif isinstance(one.kind, MultiChoice) and one.indexed:
                choices += [{**key, "code": code} for code in value]
    if users:
        connection.execute(_plain_insert(record_user), users)
    if choices:
        connection.execute(_plain_insert(record_choice), choices)


def _write_paths(connection: Connection, entity: Entity, wholes: Sequence[Values], numbers: Sequence[int]) -> None:
    if "path" not in entity.table.c:
        return
    parent = next((one.name for one in entity.fields if isinstance(one.kind, Parent)), "")
    for number, whole in zip(numbers, wholes, strict=True):
        write_path(connection, entity.table, number, whole.get(parent))


def _follow(connection: Connection, entity: Entity, wholes: Sequence[Values], numbers: Sequence[int], who: Who) -> None:
    """What follows from the new ids (a code) goes into the rows and into the values."""
    if not entity.follow:
        return
    changes: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for number, whole in zip(numbers, wholes, strict=True):
        if more := entity.follow(connection, number, {}, whole, who):
            whole.update(more)
            changes.setdefault(tuple(sorted(more)), []).append({"_id": number, **{f"_{name}": value for name, value in more.items()}})
    for names, rows in changes.items():
        connection.execute(_updating(entity.table, names), rows)


@cache
def _updating(table: Table, names: tuple[str, ...]) -> Any:
    return update(table).where(table.c.id == bindparam("_id")).values({name: bindparam(f"_{name}") for name in names})


def _write_tokens(
    connection: Connection, entity: Entity, wholes: Sequence[Values], numbers: Sequence[int], entities: Mapping[str, Entity], who: Who
) -> None:
    searched = entity.searched
    showing = Showing(language="fa", titles=titles(connection, entities, searched, wholes, SYSTEM))
    rows: list[dict[str, Any]] = []
    for number, whole in zip(numbers, wholes, strict=True):
        found: set[str] = set()
        for one in searched:
            if whole.get(one.name) is not None:
                found |= one.kind.tokens(whole[one.name], showing)
        if entity.more_tokens:
            found |= entity.more_tokens(whole, showing.titles)
        owners = {*filter(None, (whole.get("expert"),)), *(whole.get("experts") or ())} or {who.username}
        rows += [dict(zip(TOKEN_COLUMNS, row, strict=True)) for row in token_rows(entity.name, number, found, owners)]
    if rows:
        connection.execute(_plain_insert(search_token), rows)
