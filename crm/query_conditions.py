"""Conditions in SQL: on a field, on the rows of a record, over links to other records, in a tree.

Rare values are looked up from where they stand, common ones are met in the list's own order (docs/decisions/0020).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import evolve
from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal, not_, or_, select
from sqlalchemy.sql import FromClause

from config.translations import _
from crm.entity import Entity
from crm.expression import Both, Condition, ExpressionRefused, Not, Test
from crm.fields.choices import MultiChoice
from crm.fields.field import Field
from crm.fields.references import Reference, References, User, Users
from crm.fields.rows import Rows
from crm.query_access import allowed
from crm.query_values import compare, read_typed, standard_field, value_of
from crm.query_world import World
from crm.record_links import links_of
from crm.record_tables import record_choice, record_user

LONGEST_PATH = 3


def predicate(condition: Condition, entity: Entity, world: World, table: FromClause | None = None) -> ColumnElement[bool]:
    """The condition as SQL. Raises ExpressionRefused for a field or operator that is not there, and what the field's kind refuses."""
    source = entity.table if table is None else table
    if isinstance(condition, Both):
        parts = [predicate(part, entity, world, source) for part in condition.parts]
        return and_(*parts) if condition.kind == "and" else or_(*parts)
    if isinstance(condition, Not):
        return not_(func.coalesce(predicate(condition.part, entity, world, source), false()))
    return _test(condition, condition.path.split("."), entity, world, source)


def _test(test: Test, path: Sequence[str], entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    if len(path) > LONGEST_PATH:
        raise ExpressionRefused(place=test.path, expected=_("a path of at most three fields"))
    one = _field(path[0], test, entity, world)
    if isinstance(one.kind, Rows):
        return _in_rows(test, path, one, entity, world, source)
    if len(path) > 1:
        return _over_link(test, path, one, entity, world, source)
    if test.operator not in one.kind.operators:
        raise ExpressionRefused(place=f"{test.path} {test.operator}", expected=", ".join(one.kind.operators))
    if isinstance(one.kind, References | Users):
        return _in_links(test, one, entity, world, source)
    if test.operator == "under":
        return _under(test, one, world, value_of(one, source))
    if test.operator == "has" and one.indexed and isinstance(one.kind, MultiChoice) and not one.custom:
        return _has_choice(test, one, entity, world, source)
    return compare(test, one, value_of(one, source), world)


def _field(name: str, test: Test, entity: Entity, world: World) -> Field:
    one = entity.field(name) or standard_field(name)
    if one is None or not one.active or not one.filtered or one.level > world.viewer.pattern.field_level:
        raise ExpressionRefused(place=test.path, expected=_("the name of a field"))
    return one


def _in_rows(test: Test, path: Sequence[str], one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    assert isinstance(one.kind, Rows)
    child = entity.children.get(one.name)
    if child is None:
        raise ExpressionRefused(place=test.path, expected=_("a field that can be searched"))
    rows = select(literal(1)).where(child.c[f"{entity.name}_id"] == source.c.id)
    if len(path) == 1 and test.operator in ("empty", "filled"):
        return exists(rows) if test.operator == "filled" else not_(exists(rows))
    inner = next((part for part in one.kind.fields if len(path) > 1 and part.name == path[1]), None)
    if inner is None:
        raise ExpressionRefused(place=test.path, expected=", ".join(f"{one.name}.{part.name}" for part in one.kind.fields))
    if len(path) > 2:
        return exists(rows.where(_over_link(test, path[1:], inner, entity, world, child)))
    if test.operator not in inner.kind.operators:
        raise ExpressionRefused(place=f"{test.path} {test.operator}", expected=", ".join(inner.kind.operators))
    found = (inner.indexed or isinstance(inner.kind, Reference)) and test.operator in ("=", "in", "starts")
    place = child.c[inner.name]
    holds = _under(test, inner, world, place) if test.operator == "under" else compare(test, inner, place, world)
    return _belonging(child.c[f"{entity.name}_id"], holds, source, world, counted=found)


def _over_link(test: Test, path: Sequence[str], one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    target = world.entities.get(one.kind.refers_to())
    if target is None:
        raise ExpressionRefused(place=test.path, expected=_("the name of a field"))
    other = target.table.alias()
    inner = and_(allowed(target, world.viewer, "view", other), other.c.deleted_at.is_(None), _test(test, path[1:], target, world, other))
    if isinstance(one.kind, References):
        links, place = _links(entity, one, source)
        return exists(links.where(place == other.c.id, inner))
    return exists(select(literal(1)).where(other.c.id == value_of(one, source), inner))


def _links(entity: Entity, one: Field, source: FromClause) -> tuple[Select[Any], ColumnElement[Any]]:
    links = links_of(entity, one)
    return select(literal(1)).where(links.only, links.record == source.c.id), links.target


def _in_links(test: Test, one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    if isinstance(one.kind, Users):
        owner: ColumnElement[Any] = record_user.c.record_id
        place: ColumnElement[Any] = record_user.c.username
        only: ColumnElement[bool] = and_(record_user.c.entity == entity.name, record_user.c.field == one.name)
    else:
        links = links_of(entity, one)
        owner, place, only = links.record, links.target, links.only
    if test.operator in ("empty", "filled"):
        there = _belonging(owner, only, source, world, counted=False)
        return there if test.operator == "filled" else not_(there)
    if test.operator == "under":
        return _belonging(owner, and_(only, _under(test, one, world, place)), source, world)
    single = evolve(one, kind=User() if isinstance(one.kind, Users) else Reference(entity=one.kind.refers_to()))
    return _belonging(owner, and_(only, place == read_typed(test.value, single, world)), source, world)


def _has_choice(test: Test, one: Field, entity: Entity, world: World, source: FromClause) -> ColumnElement[bool]:
    c = record_choice.c
    only = and_(c.entity == entity.name, c.field == one.name, c.code.in_(read_typed(test.value, one, world) or [""]))
    return _belonging(c.record_id, only, source, world)


def _belonging(
    owner: ColumnElement[Any], only: ColumnElement[bool], source: FromClause, world: World, *, counted: bool = True
) -> ColumnElement[bool]:  # fmt: skip
    """Records that own a row for which `only` holds.

    The databases do not know how common a value is, so it is counted first, up to `world.rare`: records with a rare one are looked up from the
    rows (a list of a million is not searched for them), those with a common one are met soon enough in the list's own order.
    """
    if counted and world.connection is not None:
        some = select(owner).where(only).limit(world.rare + 1).subquery()
        if world.connection.execute(select(func.count()).select_from(some)).scalar_one() <= world.rare:
            return source.c.id.in_(select(owner).where(only))
    return exists(select(literal(1)).where(owner == source.c.id, only))


def _under(test: Test, one: Field, world: World, place: ColumnElement[Any]) -> ColumnElement[bool]:
    """In the branch of a tree: the record itself or any below it."""
    target = world.entities.get(one.kind.refers_to())
    number = Reference(entity=one.kind.refers_to()).read(test.value, world.reading)
    if target is None or "path" not in target.table.c:
        return place == number
    top, below = target.table.alias(), target.table.alias()
    branch = select(below.c.id).where(top.c.id == number, below.c.path.startswith(top.c.path))
    if world.viewer.level(target.name) == "all":
        return place.in_(branch)
    return or_(
        place == number, place.in_(branch.where(allowed(target, world.viewer, "view", top)))
    )  # what hangs below a hidden one is not told
