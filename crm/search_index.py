"""The search tokens of every entity in one table: written with each record, found by prefix. Works for readers' and the writer's connections.

One ordinary table on SQLite and PostgreSQL alike. The rarest of the words drives; the row that is found carries the record's other words, so
that these are checked where one reads anyway and not by a look-up each.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    TextClause,
    and_,
    case,
    delete,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
)

from config.many_rows import insert_rows
from crm.search_tokens import FAVOURED, OWNER, carried, is_word, owner_tokens
from crm.search_typed import terms_typed
from crm.tables import search_token

Condition = Callable[[ColumnElement[int]], ColumnElement[bool]]
"""Given the column of the record's id: what else must hold (access, filters)."""

COLUMNS = ("entity", "token", "record_id", "words")
LONGEST_TOKEN = 40
"""Longer words are found by their first letters."""
COUNTED: tuple[int, ...] = (500, 6_000)
"""How far the rows of each word are counted to find the rarest: first a little, then, while all are above, further."""
COMMON = 20_000
"""Of words that are all common, matches are expected among so many rows of one; only when they are not, all is counted and read."""
COUNTED_FURTHER = (20_000,)
SEEN_TWICE = 1.5
"""A record may stand in a range with two of its words («محمد محمدی»), so more rows are read than records wanted."""

FEW_OWNERS = 9
"""The records of so many users may drive a search, when they are fewer than those with its words."""

MOST_WORDS = 6
LONGEST_TYPED = 200

Terms = Sequence[Sequence[str]]
"""For each thing typed the prefixes of which one must begin a token (`terms_typed`)."""

_LAST = "\U0010ffff"


def write_tokens(connection: Connection, entity: str, record_id: int, tokens: Iterable[str], owners: Iterable[str] | None = None) -> None:
    """`tokens` are what the record is found by from now on; none: it is not found any more.

    `owners`: the usernames whose own record it is; None when the caller does not know, then each search asks its `extra_where`.
    """
    connection.execute(delete(search_token).where(search_token.c.entity == entity, search_token.c.record_id == record_id))
    if rows := token_rows(entity, record_id, tokens, owners):
        insert_rows(connection, search_token, COLUMNS, rows)


def token_rows(entity: str, record_id: int, tokens: Iterable[str], owners: Iterable[str] | None = None) -> list[tuple[str, str, int, str]]:
    """The rows of one record: entity, token, record_id, words. Pure."""
    kept = sorted({token[:LONGEST_TOKEN] for token in tokens})
    if not kept:
        return []
    words = carried(kept, owners)
    rows = [(entity, token, record_id, words if words and is_word(token) else "") for token in kept]
    return rows + [(entity, token, record_id, words) for token in sorted(owner_tokens(owners))]


def terms_of(typed: str) -> Terms:
    """What must be found, for what was typed; never more than is reasonable."""
    return terms_typed(typed[:LONGEST_TYPED])[:MOST_WORDS]


def matching(
    connection: Connection,
    entity: str,
    terms: Terms,
    most: int,
    extra_where: Condition | None = None,
    *,
    owners: Collection[str] | None = None,
    favourites: bool = False,
) -> list[int]:
    """Ids of at most `most` records of `entity` that match every term: a term is the prefixes of which one must begin a token.

    `extra_where` is asked for the column of the record's id and gives what else must hold, such as what the user may see. `owners`: one of these
    users must be an owner; it only spares asking `extra_where` about records of others. `favourites`: only records with favoured words.
    """
    cut = [[prefix[:LONGEST_TOKEN] for prefix in term] for term in terms]
    drivers = list(enumerate(cut))
    if owners is not None and len(owners) <= FEW_OWNERS:
        drivers.append((len(cut), sorted(owner_tokens(owners) | owner_tokens(None))))
    if favourites:
        drivers = [(place, [FAVOURED + prefix for prefix in term]) for place, term in drivers if all(map(is_word, term))]
    if not drivers:
        return []

    def among(place: int, rows: Select[int, str]) -> list[int]:
        driver = rows.subquery("driver")
        conditions = [_begins(connection, driver, entity, term) for term in cut[:place] + cut[place + 1 :]]
        if owners is not None and place < len(cut):
            conditions.append(_owned(connection, driver, owners))
        if extra_where is not None:
            conditions.append(extra_where(driver.c.record_id))
        return _first(connection, select(driver.c.record_id).where(*conditions), most)

    place, first, common = rarest(connection, entity, drivers)
    if common:
        found = among(place, _rows(entity, first).limit(COMMON))
        if len(found) == most:
            return found
        place, first, _common = rarest(connection, entity, drivers, COUNTED_FURTHER)
    return among(place, _rows(entity, first))


def having(connection: Connection, entity: str, terms: Terms, record: ColumnElement[int], rare: int) -> ColumnElement[bool]:
    """That the record `record` matches every term, for lists with an order of their own.

    Records are looked up from the rarest of the words; one word that is common is looked up for each record of the list, where enough of them
    have it: more than `rare` (docs/decisions/0020).
    """
    cut = [[prefix[:LONGEST_TOKEN] for prefix in term] for term in terms]
    if len(cut) == 1:
        (found,) = connection.execute(*_counting(entity, cut, rare)).one()
        if found >= rare:
            return _looked_up(entity, cut[0], record)
    place, first, _common = rarest(connection, entity, list(enumerate(cut)), (*COUNTED, *COUNTED_FURTHER))
    driver = _rows(entity, first).subquery("driver")
    others = [_begins(connection, driver, entity, term) for term in cut[:place] + cut[place + 1 :]]
    return record.in_(select(driver.c.record_id).where(*others))


def rarest(
    connection: Connection, entity: str, terms: Sequence[tuple[int, Sequence[str]]], limits: Sequence[int] = COUNTED
) -> tuple[int, Sequence[str], bool]:
    """Of numbered terms the one with the fewest rows, and whether even that has more than was counted; of equally common ones the longest."""
    if len(terms) == 1:
        return (*terms[0], False)
    counts: Sequence[int] = ()
    most = 0
    for most in limits:
        counts = connection.execute(*_counting(entity, [term for _place, term in terms], most)).one()
        if min(counts) < most:
            break
    fewest, (place, term) = min(zip(counts, terms, strict=True), key=lambda one: (one[0], -max(map(len, one[1][1]))))
    return place, term, fewest >= most


def _counting(entity: str, terms: Sequence[Sequence[str]], most: int) -> tuple[TextClause, dict[str, object]]:
    """How many rows each term has, as far as `most`. Written as text, because building it of parts takes longer than counting."""
    values: dict[str, object] = {"entity": entity, "most": most}
    columns = []
    for row, term in enumerate(terms):
        ranges = []
        for column, prefix in enumerate(term):
            name = f"{row}_{column}"
            values[f"a{name}"], values[f"z{name}"] = prefix, prefix + _LAST
            ranges.append(f"SELECT 1 FROM search_token WHERE entity = :entity AND token >= :a{name} AND token < :z{name}")  # noqa: S608  names of our own
        columns.append(f"(SELECT count(*) FROM ({' UNION ALL '.join(ranges)} LIMIT :most) AS counted{row})")  # noqa: S608  as above
    return text(f"SELECT {', '.join(columns)}"), values


def _first(connection: Connection, chosen: Select[int], most: int) -> list[int]:
    wanted = int(most * SEEN_TWICE)
    while True:
        rows: Sequence[int] = connection.execute(chosen.limit(wanted)).scalars().all()
        found = list(dict.fromkeys(rows))
        if len(found) >= most or len(rows) < wanted:
            return found[:most]
        wanted *= 8


def _begins(connection: Connection, driver: FromClause, entity: str, term: Sequence[str]) -> ColumnElement[bool]:
    """Whether the record of a driver's row has a token that begins so: by the words the row carries, else by a look-up."""
    looked_up = _looked_up(entity, term, driver.c.record_id)
    if not all(map(is_word, term)):
        return looked_up
    place = _place(connection)
    inside = or_(*(place(driver.c.words, f" {prefix}") > 0 for prefix in term))
    return case((driver.c.words != "", inside), else_=looked_up)


def _looked_up(entity: str, term: Sequence[str], record: ColumnElement[int]) -> ColumnElement[bool]:
    other = search_token.alias()
    ranges = or_(*(and_(other.c.token >= prefix, other.c.token < prefix + _LAST) for prefix in term))
    there = select(literal(1)).where(other.c.entity == entity, other.c.record_id == record, ranges).limit(1)
    return there.scalar_subquery().is_not(None)  # not EXISTS, for which PostgreSQL reads all that match once and keeps them in a hash


def _owned(connection: Connection, driver: FromClause, owners: Collection[str]) -> ColumnElement[bool]:
    place = _place(connection)
    unknown = place(driver.c.words, f" {OWNER}") == 0
    return or_(unknown, *(place(driver.c.words, f" {OWNER}{owner} ") > 0 for owner in sorted(owners)))


def _place(connection: Connection) -> Callable[[ColumnElement[str], str], ColumnElement[int]]:
    """Where in a text another begins, from 1 on, 0 when nowhere; the two databases call it differently."""
    return func.instr if connection.dialect.name == "sqlite" else func.strpos


def _rows(entity: str, term: Sequence[str]) -> Select[int, str]:
    """All rows whose token begins with one of the prefixes: record_id, words."""
    token = search_token.c.token
    each = [
        select(search_token.c.record_id, search_token.c.words).where(
            search_token.c.entity == entity, token >= prefix, token < prefix + _LAST
        )
        for prefix in term
    ]
    if len(each) == 1:
        return each[0]
    together = union_all(*each).subquery()
    return select(together.c.record_id, together.c.words)
