"""Rows of a record in one cell, as lists and exports write them: a line for each, its parts between dashes (crm/fields/rows.py `in_short`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from config.errors import Refusal
from crm.fields.choices import Choice
from crm.fields.field import Field
from crm.fields.rows import Rows

BETWEEN = " – "


def unpacked(kind: Rows, cell: Any) -> list[dict[str, Any]]:
    """The rows that a cell tells, as raw values. A part that is one of a field's choices is that field's; the others come in their order."""
    if not isinstance(cell, str):
        return [{kind.main: cell}]
    by_name = {one.name: one for one in kind.fields}
    told = [by_name[kind.main if by_name[name].read_only else name] for name in kind.brief]
    return [_row(told, line.split(BETWEEN)) for line in map(str.strip, cell.split("\n")) if line]


def _row(told: Sequence[Field], parts: Sequence[str]) -> dict[str, Any]:
    left, row, last = list(told), dict[str, Any](), ""
    for part in parts:
        one = next((one for one in left if _chosen(one, part)), None) or next(
            (one for one in left if not isinstance(one.kind, Choice)), None
        )
        if one is None:
            row[last] = f"{row[last]}{BETWEEN}{part}"
            continue
        left.remove(one)
        row[last := one.name] = part
    return row


def _chosen(one: Field, part: str) -> bool:
    if not isinstance(one.kind, Choice):
        return False
    try:
        one.kind.find(part)
    except Refusal:
        return False
    return True
