"""What is open for a customer, by declaration: an entity says which of its records count, and the card and the customer's page show them.

TASK = declare(name="task", …, open_items=OpenItems(customer="party", state="state", open=("new", "doing"), due="due"))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import frozen
from sqlalchemy import ColumnElement, Connection, func, literal, select, text

from config.translations import LANGUAGES, translate
from crm.access import Viewer
from switchboard.moments import iso

Lookup = Callable[[str, tuple[object, ...]], list[tuple[Any, ...]]]


@frozen(kw_only=True)
class OpenItems:
    """Of an entity: the field that is the customer, the field and codes that mean open (none: always), when it is due, and what is owed."""

    customer: str
    state: str = ""
    open: tuple[str, ...] = ()
    due: str = ""
    amount: str = ""


@frozen(kw_only=True)
class Source:
    """An entity with open items, and the statements that look them up."""

    entity: str
    title: Mapping[str, str]
    """The plural, by language."""
    address: str
    items: str
    money: str = ""
    items_level: int = 0
    """The level of fields that a user needs for the items, and for the sum."""
    money_level: int = 0


def sources(entities: Iterable[Any]) -> tuple[Source, ...]:
    """Every entity that declares open items."""
    return tuple(_source(one, one.open_items) for one in entities if one.open_items)


def _source(entity: Any, said: OpenItems) -> Source:
    columns = entity.table.c
    for name in (said.customer, said.state, said.due, said.amount, entity.title_field):
        assert not name or name in columns, f"{entity.name}.{name} is no column"
    codes = ", ".join(f"'{code}'" for code in said.open)
    where = f'FROM {entity.table.name} WHERE "{said.customer}" = ? AND deleted_at IS NULL'
    where += f' AND "{said.state}" IN ({codes})' if said.state else ""
    due = f'"{said.due}"' if said.due else "NULL"
    order = f"CASE WHEN {due} {_is_nothing(entity, said)} THEN 1 ELSE 0 END, {due}, id" if said.due else "id"
    return Source(
        entity=entity.name,
        title={language: translate(language, entity.title_plural) for language in LANGUAGES},
        address=entity.address,
        items=f'SELECT id, "{entity.title_field}", {due} {where} ORDER BY {order} LIMIT ?',
        money=f'SELECT count(*), COALESCE(sum("{said.amount}"), 0) {where}' if said.amount else "",
        items_level=_level(entity, said.customer, entity.title_field, said.due),
        money_level=_level(entity, said.customer, said.amount),
    )


def _level(entity: Any, *names: str) -> int:
    """The highest level of these fields."""
    return max(int(one.level) for name in names if (one := entity.by_name.get(name)))


def _is_nothing(entity: Any, said: OpenItems) -> str:
    """How SQL says that nobody said when it is due: days are texts, moments are numbers."""
    return "IS NULL" if entity.by_name[said.due].kind.storage == "real" else "= ''"


def items_of(lookup: Lookup, source: Source, party: int, most: int) -> list[dict[str, Any]]:
    """The first open items: id, kind (the entity), title, due_at (ISO, "" for none), url."""
    rows = lookup(source.items, (party, most))
    return [
        {"id": number, "kind": source.entity, "title": title or f"#{number}", "due_at": _moment(due), "url": f"{source.address}/{number}"}
        for number, title, due in rows
    ]


def money_of(lookup: Lookup, source: Source, party: int) -> dict[str, Any] | None:
    """What is open in Rial: entity, title (by language), count, rial; None when nothing is."""
    if not source.money:
        return None
    count, rial = lookup(source.money, (party,))[0]
    return {"entity": source.entity, "title": source.title, "count": count, "rial": int(rial)} if count else None


def _moment(due: Any) -> str:
    return "" if due in (None, "") else iso(due) if isinstance(due, float | int) else str(due)


@frozen(kw_only=True)
class Open:
    """What is open of one entity for one customer, as a page shows it. `rial`: what is owed; None when nothing is, or the reader may not know."""

    entity: Any
    items: tuple[tuple[int, str, Any], ...]
    """(id, title, when it is due), the most urgent first."""
    count: int
    rial: int | None
    due: Any
    """The kind of the field that says when; None when there is none that the reader may see."""


def open_for(
    connection: Connection, entities: Iterable[Any], party: int, viewer: Viewer, may_see: Callable[[Any, Viewer], ColumnElement[bool]], most: int
) -> list[Open]:  # fmt: skip
    """What is open for a customer, of the records that `viewer` may see. `may_see`: crm/query.py `allowed`."""
    return [
        found
        for entity in entities
        if entity.open_items
        and viewer.may(entity.name, "view")
        and (found := _open(connection, entity, party, viewer, may_see, most)).count
    ]


def _open(
    connection: Connection, entity: Any, party: int, viewer: Viewer, may_see: Callable[[Any, Viewer], ColumnElement[bool]], most: int
) -> Open:
    said, c = entity.open_items, entity.table.c
    known = {one.name for one in entity.of(level=viewer.pattern.field_level)}
    if said.customer not in known:
        return Open(entity=entity, items=(), count=0, rial=None, due=None)
    condition = [c[said.customer] == party, c.deleted_at.is_(None), may_see(entity, viewer)]
    condition += [c[said.state].in_(said.open)] if said.state else []
    due = c[said.due] if said.due in known else literal(None)
    undated = [text(f'CASE WHEN "{said.due}" {_is_nothing(entity, said)} THEN 1 ELSE 0 END'), due] if said.due in known else []
    title = c[entity.title_field] if entity.title_field in known else literal("")
    owed = func.coalesce(func.sum(c[said.amount]), 0) if said.amount in known else literal(0)
    count, rial = connection.execute(select(func.count(), owed).where(*condition).select_from(entity.table)).one()
    rows = connection.execute(select(c.id, title, due).where(*condition).order_by(*undated, c.id).limit(most)) if count else ()
    return Open(
        entity=entity, items=tuple((number, name or f"#{number}", when) for number, name, when in rows), count=count,
        rial=int(rial) or None, due=entity.by_name[said.due].kind if said.due in known else None,
    )  # fmt: skip
