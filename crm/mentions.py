"""Telephone numbers that stand in texts («شمارهٔ همسرش ۰۹۱۲…»): an unknown caller may be whoever the text is about.

Written with every record and every note of a call; looked up when a number belongs to nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Column, Connection, ForeignKey, Index, Integer, String, Table, delete, insert

from config.database import metadata
from crm.entity import Entity
from crm.fields.references import Reference
from crm.fields.texts import LongText, RichText
from crm.folding import ascii_digits
from crm.numbers import read_number

mention = Table(
    "mention",
    metadata,
    Column("number", String, primary_key=True),
    Column("party_id", Integer, ForeignKey("party.id", ondelete="CASCADE"), primary_key=True),
    Column("entity", String, primary_key=True),
    Column("record_id", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
"""`number` in E.164 stands in a text of this record, which is about this party."""

Index("ix_mention_record", mention.c.entity, mention.c.record_id)
Index("ix_mention_party_id", mention.c.party_id)

COLUMNS = ("number", "party_id", "entity", "record_id")
MOST = 20
"""Numbers of one text that are kept."""
FEWEST_DIGITS = 8
_CANDIDATE = re.compile(r"(?<![\w.,])\+?\(?\d[\d\s()/\-]{6,24}\d(?![\w])")


def numbers_in(text: str) -> list[str]:
    """The telephone numbers of a text, comparable, each once."""
    found: dict[str, None] = {}
    for candidate in _CANDIDATE.findall(ascii_digits(text)):
        number = read_number(candidate) if sum(sign.isdigit() for sign in candidate) >= FEWEST_DIGITS else None
        if number is not None and number.tail:
            found[number.value] = None
    return list(found)[:MOST]


def write_mentions(connection: Connection, entity: str, record_id: int, text: str, parties: Iterable[int]) -> None:
    """What stands in a record's texts from now on, and whom it is about."""
    connection.execute(delete(mention).where(mention.c.entity == entity, mention.c.record_id == record_id))
    numbers = numbers_in(text) if text else []
    of_record = {"entity": entity, "record_id": record_id}
    if rows := [{"number": number, "party_id": party, **of_record} for number in numbers for party in dict.fromkeys(parties)]:
        connection.execute(insert(mention), rows)


def mentioning(entity: Entity) -> bool:
    """Whether an entity's texts are about parties."""
    return entity.name == "party" or bool(_fields(entity)[1])


def mention_all(connection: Connection, entity: Entity, record_id: int, values: Mapping[str, Any]) -> None:
    """The mentions of a record of any entity, from its values."""
    text, parties = _about(entity, record_id, values)
    write_mentions(connection, entity.name, record_id, text, parties)


def mention_rows(entity: Entity, record_id: int, values: Mapping[str, Any]) -> list[tuple[str, int, str, int]]:
    """The rows of a new record. Pure."""
    text, parties = _about(entity, record_id, values)
    return [(number, party, entity.name, record_id) for number in (numbers_in(text) if text else ()) for party in dict.fromkeys(parties)]


def _about(entity: Entity, record_id: int, values: Mapping[str, Any]) -> tuple[str, list[int]]:
    """A record's texts, and the parties it is about."""
    texts, links = _fields(entity)
    parties = [record_id] if entity.name == "party" else []
    for name in links:
        if value := values.get(name):
            parties += [value] if isinstance(value, int) else list(value)
    return "\n".join(str(values[name]) for name in texts if values.get(name)), parties


@lru_cache(maxsize=64)
def _fields(entity: Entity) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of its texts, and of what points to parties."""
    texts = tuple(one.name for one in entity.fields if isinstance(one.kind, LongText | RichText))
    return texts, tuple(one.name for one in entity.fields if isinstance(one.kind, Reference) and one.kind.entity == "party")
