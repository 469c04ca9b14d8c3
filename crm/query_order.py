"""The order of a list, and its pages by key: as quick at the end of a million as at their beginning."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Table, and_, func, literal, or_, tuple_

from config.errors import Refusal
from config.translations import _
from crm.expression import ExpressionRefused
from crm.query_values import standard_field, value_of
from crm.query_world import Query, World


class CursorRefused(Refusal):
    """A page address that was changed by hand or belongs to another order."""

    code = "cursor_refused"
    status = 422
    sentence = _("This page address is not valid any more; open the list from its beginning.")


Order = list[tuple[ColumnElement[Any], str, bool]]
"""Each part: what is sorted by, the column or field it is, whether from its end."""


def order_of(query: Query, world: World) -> Order:
    """What is asked for, or the entity's own order; ends with the id, so that no two records stand at one place."""
    table: Table = query.entity.table
    order: Order = []
    for name, descending in query.sort or ((query.entity.sort.removeprefix("-"), query.entity.sort.startswith("-")),):
        if name in (query.entity.title_field, "sort_key"):
            order.append((table.c.sort_key, "sort_key", descending))
            continue
        one = query.entity.field(name) or standard_field(name)
        usable = one and one.kind.orders and one.kind.storage != "none" and one.level <= world.viewer.pattern.field_level
        if one is None or not usable:
            raise ExpressionRefused(place=name, expected=_("a field that lists can be sorted by"))
        place = value_of(one, table)
        nullable = one.custom or table.c[one.name].nullable
        zero: Any = 0 if one.kind.storage in ("integer", "real", "boolean") else ""
        order.append((func.coalesce(place, zero) if nullable else place, name, descending))
    order.append((table.c.id, "id", order[-1][2]))
    return order


def key_part(row: Mapping[str, Any], name: str) -> Any:
    """A row's value in the order's column `name`."""
    if name in row:
        return row[name]
    return (row["extra"] or {}).get(name)


def beyond(order: Order, key: Sequence[Any], *, back: bool) -> ColumnElement[bool]:
    """That a row comes behind (`back`: before) the place `key` in the order."""
    values = [_zero(column) if value is None else value for (column, _name, _descending), value in zip(order, key, strict=True)]
    if len({descending for _column, _name, descending in order}) == 1:
        row, limit = tuple_(*(column for column, _name, _descending in order)), tuple_(*(literal(value) for value in values))
        return row < limit if order[0][2] is not back else row > limit
    found: list[ColumnElement[bool]] = []
    for place, (column, _name, descending) in enumerate(order):
        same = [order[other][0] == values[other] for other in range(place)]
        found.append(and_(*same, column < values[place] if descending is not back else column > values[place]))
    return or_(*found)


def _zero(column: ColumnElement[Any]) -> Any:
    return 0 if column.type.python_type in (int, float, bool) else ""


def sealed(key: Sequence[Any]) -> str:
    """A place in an order as addresses have it."""
    return urlsafe_b64encode(orjson.dumps(list(key))).decode().rstrip("=")


def opened(cursor: str, length: int) -> list[Any]:
    """The place of `length` parts again. Raises CursorRefused."""
    try:
        key = orjson.loads(urlsafe_b64decode(cursor[:4000] + "=" * (-len(cursor) % 4)))
    except ValueError:
        raise CursorRefused from None
    if not isinstance(key, list) or len(key) != length or any(not isinstance(value, str | int | float | bool | None) for value in key):
        raise CursorRefused
    return key
