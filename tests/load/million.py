"""A million believable persons with 1,500,000 numbers and 5,000,000 timeline rows, for SQLite and PostgreSQL; made once, kept until maker or tables change.

`await sqlite_million()` gives the file. Rows are values of a seeded generator: the same everywhere. Persons are 1…PERSONS, companies follow.
The first `BUSY` persons have `BUSY_ENTRIES` timeline rows each.
"""

from __future__ import annotations

import hashlib
import random
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import psycopg
from attrs import frozen
from sqlalchemy import Table
from sqlalchemy.schema import CreateIndex, CreateTable

from config.database import Database
from crm import search_index, search_tokens
from crm.demo_words import CITIES, POSTS, SUBJECTS
from crm.folding import fold, sort_key
from crm.search_index import token_rows
from crm.search_tokens import favoured, number_tokens, text_tokens
from crm.tables import communication, communication_party, party, party_group, party_phone, relation, search_token
from tests.load import persian_names
from tests.load.persian_names import company_names, first_names, last_names, weights

SEED = 1404
NOW = 1_790_000_000.0
DAY = 86_400.0
BUSY, BUSY_ENTRIES = 20, 5_000
EMPLOYED = 0.4
WITH_COMPANY = 0.25
"""Share of the communications that stand on the company's timeline as well."""

TABLES = (party_group, party, party_phone, relation, communication, communication_party, search_token)
Row = tuple[object, ...]


@frozen
class Size:
    """How much is made."""

    persons: int = 1_000_000
    companies: int = 60_000
    numbers: int = 1_500_000
    timeline: int = 5_000_000

    def smaller(self, by: int) -> Size:
        """The same shape, `by` times smaller."""
        return Size(self.persons // by, self.companies // by, self.numbers // by, self.timeline // by)


@frozen
class Batch:
    """Rows for one table."""

    table: Table
    columns: tuple[str, ...]
    rows: Iterable[Row]


class Maker:
    """Everything, table by table, in an order that foreign keys allow."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self._chance = random.Random(SEED)
        firsts, lasts, self._firms = first_names(), last_names(), company_names()
        count = size.persons
        self._first = self._chance.choices(firsts, cum_weights=weights(len(firsts), 0.85), k=count)
        self._last = self._chance.choices(lasts, cum_weights=weights(len(lasts), 0.75), k=count)
        self._employer = [self._chance.randrange(size.companies) if self._chance.random() < EMPLOYED else -1 for _ in range(count)]
        self._numbers = [number_of(place) for place in range(size.numbers)]

    def batches(self) -> Iterator[Batch]:
        """Group by group; the search tokens come last."""
        yield Batch(
            party_group,
            ("id", "name", "name_en", "colour", "position"),
            [(n, f"گروه {n}", f"Group {n}", "#2f6f4f", n) for n in range(1, 9)],
        )
        yield Batch(
            party,
            ("id", "kind", "code", "name", "first_name", "last_name", "sort_key", "status", "group_id", "vip", "priority", "expert", "city", "province",
             "created_at", "created_by", "updated_at"),
            self._parties(),
        )  # fmt: skip
        yield Batch(party_phone, ("party_id", "kind", "raw", "number", "tail", "label", "position"), self._phones())
        yield Batch(relation, ("from_id", "to_id", "kind", "title", "since"), self._relations())
        columns = (
            "id",
            "at",
            "subject",
            "method",
            "direction",
            "user",
            "number",
            "call",
            "queue",
            "status",
            "seconds",
            "note",
            "created_at",
            "updated_at",
        )
        yield Batch(communication, columns, self._communications())
        yield Batch(communication_party, ("party_id", "at", "communication_id"), self._timelines())
        yield Batch(search_token, ("entity", "token", "record_id", "words"), self._tokens())

    def name(self, number: int) -> str:
        """The name of the party with this id."""
        if number <= self.size.persons:
            return f"{self._first[number - 1]} {self._last[number - 1]}"
        return self._firm(number - self.size.persons - 1)

    def _firm(self, place: int) -> str:
        return self._firms[place % len(self._firms)]

    def _parties(self) -> Iterator[Row]:
        chance = random.Random(SEED + 1)
        key = lru_cache(200_000)(sort_key)
        for number in range(1, self.size.persons + self.size.companies + 1):
            person = number <= self.size.persons
            name, city, made = self.name(number), chance.choice(CITIES), NOW - chance.random() * 1_000 * DAY
            first, last = (self._first[number - 1], self._last[number - 1]) if person else ("", "")
            yield (
                number, "person" if person else "company", str(1000 + number), name, first, last, key(f"{last} {first}" if person else name),
                chance.choice(("customer", "customer", "prospect", "former")), chance.randrange(1, 9), vip(number), priority(number), expert(number),
                city.name, city.province, made, "maryam", made,
            )  # fmt: skip

    def _phones(self) -> Iterator[Row]:
        for place, value in enumerate(self._numbers):
            number, position = self._owner(place)
            kind = "mobile" if value.startswith("+989") else "phone"
            yield number, kind, f"0{value[3:]}", value, value[-8:], "mobile" if kind == "mobile" else "work", position

    def _owner(self, place: int) -> tuple[int, int]:
        everybody = self.size.persons + self.size.companies
        return 1 + place % everybody, place // everybody

    def _relations(self) -> Iterator[Row]:
        for place, firm in enumerate(self._employer):
            if firm >= 0:
                yield place + 1, self.size.persons + 1 + firm, "works_at", POSTS[place % len(POSTS)], NOW - 300 * DAY

    def _communications(self) -> Iterator[Row]:
        chance = random.Random(SEED + 2)
        subjects = [one[0] for one in SUBJECTS]
        for number, (_who, _firm, at) in enumerate(self._past(), 1):
            inward = chance.random() < 0.7
            yield (
                number, at, chance.choice(subjects), "call", "in" if inward else "out", chance.choice(("maryam", "reza", "sara")),
                self._numbers[number % len(self._numbers)], f"{NOW:.0f}.{number}", chance.choice(("sales", "support")), "answered", chance.random() * 600,
                "قرار شد فردا دوباره تماس بگیریم." if chance.random() < 0.2 else "", at, at,
            )  # fmt: skip

    def _timelines(self) -> Iterator[Row]:
        for number, (who, firm, at) in enumerate(self._past(), 1):
            yield who, at, number
            if firm:
                yield firm, at, number

    def _past(self) -> Iterator[tuple[int, int, float]]:
        """Who, at which company ("0": it stands only on the person's timeline), when; as many as fill the timelines."""
        chance = random.Random(SEED + 3)
        rows, number, busy = 0, 0, min(BUSY, self.size.persons) * BUSY_ENTRIES
        busy = busy if busy < self.size.timeline // 4 else 0
        while rows < self.size.timeline:
            who = 1 + number % BUSY if number < busy else 1 + chance.randrange(self.size.persons)
            employer = self._employer[who - 1]
            firm = self.size.persons + 1 + employer if employer >= 0 and number >= busy and chance.random() < WITH_COMPANY / EMPLOYED else 0
            if rows + 2 > self.size.timeline:
                firm = 0
            yield who, firm, NOW - chance.random() * 900 * DAY
            rows += 2 if firm else 1
            number += 1

    def _tokens(self) -> Iterator[Row]:
        text = lru_cache(200_000)(lambda name: frozenset(text_tokens(name)))
        numbers: dict[int, list[str]] = {}
        for place, value in enumerate(self._numbers):
            numbers.setdefault(self._owner(place)[0], []).append(value)
        for number in range(1, self.size.persons + self.size.companies + 1):
            found = set(text(self.name(number)) | {str(1000 + number)})
            if number <= self.size.persons and self._employer[number - 1] >= 0:
                found |= text(self._firm(self._employer[number - 1]))
            for value in numbers.pop(number, ()):
                found |= number_tokens(value)
            if vip(number) or priority(number):
                found |= favoured(text(self.name(number)))
            yield from token_rows("party", number, found, {expert(number) or "maryam"})


def vip(number: int) -> bool:
    """Every fiftieth."""
    return number % 50 == 0


def priority(number: int) -> int:
    """A few are to be served first."""
    return 5 if number % 40 == 7 else 0


def expert(number: int) -> str | None:
    """One of three has many customers, parisa one in a thousand; a quarter has no expert."""
    return "parisa" if number % 1000 == 1 else ("maryam", "reza", "sara", None)[number % 4]


def number_of(place: int) -> str:
    """The `place`-th number, no two alike: two of three are mobiles, the others Tehran's landlines."""
    if place % 3 == 2:
        return f"+9821{(2 + place % 7) * 10**7 + place * 3_874_201 % 10**7:08d}"
    return f"+989{place * 387420489 % 10**9:09d}"


def fingerprint(size: Size) -> str:
    """Changes when the maker, what it uses or a table changes."""
    digest = hashlib.sha256(repr(size).encode())
    for module in (persian_names, search_index, search_tokens, sys.modules[fold.__module__]):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    for table in TABLES:
        digest.update(str(CreateTable(table)).encode())
        digest.update("".join(sorted(str(CreateIndex(index)) for index in table.indexes)).encode())
    return digest.hexdigest()[:12]


def folder(size: Size) -> Path:
    """Where this size is kept."""
    return Path(tempfile.gettempdir()) / f"switchboard-million-{size.persons}-{fingerprint(size)}"


async def sqlite_million(size: Size | None = None, say: Callable[[str], object] = print) -> Path:
    """The SQLite file, made when it is not there."""
    size = size or Size()
    home = folder(size)
    made = home / "switchboard.sqlite3"
    if not made.exists():
        (making := home / "making").mkdir(parents=True, exist_ok=True)
        file = making / "switchboard.sqlite3"
        file.unlink(missing_ok=True)
        await (await Database.open(f"sqlite:///{file}")).close()
        fill_sqlite(file, Maker(size), say)
        file.rename(made)
    return made


def fill_sqlite(file: Path, maker: Maker, say: Callable[[str], object]) -> None:
    """Rows in, then indexes."""
    driver = sqlite3.connect(file, isolation_level=None)
    driver.executescript(
        "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-400000; PRAGMA temp_store=FILE; PRAGMA foreign_keys=OFF"
    )
    kept = [(name, sql) for name, sql in driver.execute("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")]
    for name, _sql in kept:
        driver.execute(f'DROP INDEX "{name}"')
    for batch in maker.batches():
        began = time.monotonic()
        driver.execute("BEGIN")
        _insert(driver, batch)
        driver.execute("COMMIT")
        say(f"{batch.table.name}: {time.monotonic() - began:.0f} s")
    for _name, sql in kept:
        driver.execute(sql)
    driver.executescript("ANALYZE; PRAGMA journal_mode=WAL")
    driver.close()


def _insert(driver: sqlite3.Connection, batch: Batch) -> None:
    columns = ", ".join(f'"{one}"' for one in batch.columns)
    places = ", ".join("?" * len(batch.columns))
    if _keyed(batch):  # rows live in the key's order: sorted first, each page is written once
        driver.execute(f"CREATE TEMP TABLE unsorted ({columns})")
        driver.executemany(f"INSERT INTO unsorted VALUES ({places})", batch.rows)
        driver.execute(f"INSERT INTO {batch.table.name} ({columns}) SELECT * FROM unsorted ORDER BY {columns}")
        driver.execute("DROP TABLE unsorted")
    else:
        driver.executemany(f"INSERT INTO {batch.table.name} ({columns}) VALUES ({places})", batch.rows)


def _keyed(batch: Batch) -> bool:
    key = tuple(batch.table.primary_key.c.keys())
    return batch.columns[: len(key)] == key and len(key) > 1


def fill_postgresql(connection: psycopg.Connection[Any], maker: Maker, say: Callable[[str], object]) -> None:
    """COPY into the empty tables of an open autocommit connection of the database's master, then keys and indexes."""
    connection.execute("SET session_replication_role = replica")  # foreign keys hold by the maker's making
    connection.execute("SET maintenance_work_mem = '512MB'")
    for batch in maker.batches():
        began, name = time.monotonic(), batch.table.name
        later = connection.execute(_INDEXES, (name, _keyed(batch))).fetchall()
        for drop, _make in later:
            connection.execute(drop)
        columns = ", ".join(f'"{one}"' for one in batch.columns)
        with connection.transaction(), connection.cursor() as cursor, cursor.copy(f"COPY {name} ({columns}) FROM STDIN") as copy:
            for row in batch.rows:
                copy.write_row(row)
        for _drop, make in later:
            connection.execute(make)
        if "id" in batch.table.c:
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), (SELECT max(id) FROM {name}))")
        say(f"{name}: {time.monotonic() - began:.0f} s")
    connection.execute("VACUUM ANALYZE")
    connection.execute("SET session_replication_role = DEFAULT")


_INDEXES = """
SELECT CASE WHEN c.conname IS NULL THEN format('DROP INDEX %%I', i.relname) ELSE format('ALTER TABLE %%I DROP CONSTRAINT %%I', t.relname, c.conname) END,
       CASE WHEN c.conname IS NULL THEN pg_get_indexdef(i.oid)
            ELSE format('ALTER TABLE %%I ADD CONSTRAINT %%I %%s', t.relname, c.conname, pg_get_constraintdef(c.oid)) END
  FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid LEFT JOIN pg_constraint c ON c.conindid = i.oid AND c.contype IN ('p', 'u')
 WHERE t.relname = %s AND (c.contype IS DISTINCT FROM 'p' OR %s)
"""
"""How the indexes of a table are dropped and made again; the primary key only where nothing points to it."""


def rows_of(maker: Maker, table: Table) -> Sequence[Row]:
    """All rows of one table, for tests."""
    return [row for batch in maker.batches() if batch.table is table for row in batch.rows]
