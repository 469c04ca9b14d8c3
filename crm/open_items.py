"""What is open for a customer, by declaration: an entity says which of its records count, and the card and the customer's page show them.

TASK = declare(name="task", …, open_items=OpenItems(customer="party", state="state", open=("new", "doing"), due="due"))
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

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
    title: str
    """English source of the plural."""
    address: str
    items: str
    money: str = ""


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
    order = f"{due} IS NULL, {due}" if said.due else "id"
    return Source(
        entity=entity.name,
        title=entity.title_plural,
        address=entity.address,
        items=f'SELECT id, "{entity.title_field}", {due} {where} ORDER BY {order} LIMIT ?',
        money=f'SELECT count(*), COALESCE(sum("{said.amount}"), 0) {where}' if said.amount else "",
    )


def items_of(lookup: Lookup, source: Source, party: int, most: int) -> list[dict[str, Any]]:
    """The first open items: id, kind (the entity), title, due_at (ISO, "" for none), url."""
    rows = lookup(source.items, (party, most))
    return [
        {"id": number, "kind": source.entity, "title": title or f"#{number}", "due_at": _moment(due), "url": f"{source.address}/{number}"}
        for number, title, due in rows
    ]


def money_of(lookup: Lookup, source: Source, party: int) -> dict[str, Any] | None:
    """What is open in Rial: entity, title, count, rial; None when nothing is."""
    if not source.money:
        return None
    count, rial = lookup(source.money, (party,))[0]
    return {"entity": source.entity, "title": source.title, "count": count, "rial": int(rial)} if count else None


def _moment(due: Any) -> str:
    return "" if due in (None, "") else iso(due) if isinstance(due, float | int) else str(due)
