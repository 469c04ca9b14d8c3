"""Values in SQL: where a field's value lies, and how a typed one is compared with it."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, and_, false, func, not_
from sqlalchemy.sql import FromClause

from config.persian.calendar import JALALI
from config.persian.dates import read_date
from config.translations import _
from crm.alarms.reckoning import first_days
from crm.expression import Test, yearly_day
from crm.fields.dates import Moment
from crm.fields.field import Field
from crm.fields.kind import Reading
from crm.fields.numbers import Number, YesNo
from crm.fields.references import User
from crm.folding import fold
from crm.query_world import World
from crm.sql_words import custom_value, folded

_RELATIVE = re.compile(r"@(today|now)(?:([+-])(\d{1,5}))?")
STANDARD_PLACES = ("id", "created_at", "created_by", "updated_at", "updated_by", "deleted_at", "active", "version")


def standard_field(name: str) -> Field | None:
    """A field that every entity has beside its own: id, active, and who made and changed it when."""
    kinds = {"id": Number(), "version": Number(), "active": YesNo(), "created_by": User(), "updated_by": User()}
    labels = {
        "id": _("Id"), "version": _("Version"), "active": _("Active"), "created_by": _("Made by"), "updated_by": _("Changed by"),
        "created_at": _("Made"), "updated_at": _("Changed"), "deleted_at": _("Deleted"),
    }  # fmt: skip
    if name not in STANDARD_PLACES:
        return None
    return Field(name=name, kind=kinds.get(name, Moment()), label=labels[name], read_only=True)


def value_of(one: Field, source: FromClause) -> ColumnElement[Any]:
    """The SQL expression of a field's value: its column, or its place among the fields of the administrators' own."""
    return custom_value(source.c.extra, one) if one.custom else source.c[one.name]


def compare(test: Test, one: Field, place: ColumnElement[Any], world: World) -> ColumnElement[bool]:
    """The test of a value that lies in `place`."""
    op, text = test.operator, one.kind.storage in ("string", "text")
    if op in ("empty", "filled"):
        there = and_(place.is_not(None), place != "") if text else place.is_not(None)
        return there if op == "filled" else not_(there)
    if op in ("like", "starts"):
        words = fold(str(test.value or ""))[:200]
        return folded(place).contains(words, autoescape=True) if op == "like" else folded(place).startswith(words, autoescape=True)
    if op == "has":
        return folded(place).contains(orjson.dumps(read_typed(test.value, one, world)).decode().strip("[]"), autoescape=True)
    if op == "in":
        return place.in_([read_typed(value, one, world) for value in test.value][:500])
    if op == "yearly":
        raw, calendar = yearly_day(test.value)
        day = str(read_typed(raw, one, world) or world.reading.today.isoformat())
        return place.in_([day, *first_days(date.fromisoformat(day), calendar or one.yearly or JALALI)])
    if op == "between":
        low, high = (_bounds(value, one, world) for value in test.value)
        return and_(place >= low[0], place <= high[1], place != "") if text else and_(place >= low[0], place <= high[1])
    low_value, high_value = _bounds(test.value, one, world)
    if op in ("=", "!="):
        same = place == low_value if low_value == high_value else and_(place >= low_value, place <= high_value)
        if low_value is None:
            return compare(Test(test.path, "empty" if op == "=" else "filled"), one, place, world)
        return same if op == "=" else not_(func.coalesce(same, false()))
    compared = {"<": place < low_value, "<=": place <= high_value, ">": place > high_value, ">=": place >= low_value}[op]
    return and_(compared, place != "") if text else compared


def _bounds(raw: Any, one: Field, world: World) -> tuple[Any, Any]:
    """The first and last value that is meant: a day given for a moment is all of that day."""
    value = read_typed(raw, one, world)
    if one.kind.code == "moment" and isinstance(raw, str) and value is not None and _is_day(raw, world.reading):
        return value, value + 86_399.999
    return value, value


def _is_day(raw: str, reading: Reading) -> bool:
    return raw.startswith("@today") or read_date(raw, reading.today, reading.language) is not None


def read_typed(raw: Any, one: Field, world: World) -> Any:
    """The value that is meant: as its kind reads it, "@me", "@today-7", "@now+1"."""
    if raw == "@me":
        return world.viewer.username
    if isinstance(raw, str) and (relative := _RELATIVE.fullmatch(raw)):
        name, sign, days = relative.groups()
        if name == "now":
            return world.now + (int(days or 0) * 86_400) * (-1 if sign == "-" else 1)
        raw = (world.reading.today + timedelta(days=int(days or 0) * (-1 if sign == "-" else 1))).isoformat()
    return one.kind.read(raw, world.reading)
