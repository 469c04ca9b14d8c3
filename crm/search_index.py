"""The search tokens of every entity in one table: written with each record, found by prefix. Works for readers' and the writer's connections.

One ordinary table and index on SQLite and PostgreSQL alike: the rarest of the words drives, the others are checked on the same index.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, Select, and_, delete, func, insert, literal, or_, select, union_all

from crm.tables import search_token

Condition = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Given the column of the record's id: what else must hold (access, filters)."""

RARE_ENOUGH = 1_000
LONGEST_TOKEN = 80
"""Longer words are found by their first letters."""

_LAST = "\U0010ffff"

_token = search_token.c.token
_record = search_token.c.record_id


def write_tokens(connection: Connection, entity: str, record_id: int, tokens: Iterable[str]) -> None:
    """`tokens` are what the record is found by from now on; none: it is not found any more."""
    connection.execute(delete(search_token).where(search_token.c.entity == entity, _record == record_id))
    if kept := sorted({token[:LONGEST_TOKEN] for token in tokens}):
        connection.execute(insert(search_token), [{"entity": entity, "token": token, "record_id": record_id} for token in kept])


def matching(
    connection: Connection, entity: str, terms: Sequence[Sequence[str]], most: int, extra_where: Condition | None = None
) -> list[int]:
    """Ids of at most `most` records of `entity` that match every term: a term is the prefixes of which one must begin a token."""
    if not terms:
        return []
    ordered = rarest_first(connection, entity, terms)
    driver = union_all(*(_range(entity, prefix) for prefix in ordered[0])).subquery("driver")
    record: ColumnElement[int] = driver.c.record_id
    chosen = select(record)
    for term in ordered[1:]:
        other = search_token.alias()
        begins = or_(*(and_(other.c.token >= prefix, other.c.token < prefix + _LAST) for prefix in _cut(term)))
        chosen = chosen.where(select(literal(1)).where(other.c.entity == entity, other.c.record_id == record, begins).exists())
    if extra_where is not None:
        chosen = chosen.where(extra_where(record))
    rows = connection.execute(chosen.distinct().limit(most)).scalars()
    return list(rows)


def rarest_first(connection: Connection, entity: str, terms: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The terms, those with fewer tokens first (counted no further than is worth knowing)."""
    if len(terms) < 2:
        return list(terms)
    counts = [
        select(func.count())
        .select_from(union_all(*(_range(entity, prefix) for prefix in term)).limit(RARE_ENOUGH).subquery())
        .scalar_subquery()
        for term in terms
    ]
    found = connection.execute(select(*counts)).one()
    return [term for _count, term in sorted(zip(found, terms, strict=True), key=lambda one: one[0])]


def _range(entity: str, prefix: str) -> Select[tuple[int]]:
    prefix = prefix[:LONGEST_TOKEN]
    return select(_record).where(search_token.c.entity == entity, _token >= prefix, _token < prefix + _LAST)


def _cut(term: Sequence[str]) -> list[str]:
    return [prefix[:LONGEST_TOKEN] for prefix in term]
