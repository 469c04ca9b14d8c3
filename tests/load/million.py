"""A million believable persons with 1,500,000 numbers and 5,000,000 timeline rows, for SQLite and PostgreSQL; made once, kept until the maker changes.

`await sqlite_million()` gives the file. Rows are values of a seeded generator: the same everywhere. Persons are 1…PERSONS, companies follow.
The first `BUSY` persons have `BUSY_ENTRIES` timeline rows each.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from functools import lru_cache

from attrs import frozen
from sqlalchemy import Table

from crm.demo_people import AGENTS
from crm.demo_words import CITIES, POSTS, SUBJECTS, City
from crm.folding import sort_key
from crm.record_tables import record_link
from crm.search_index import token_rows
from crm.search_tokens import favoured, number_tokens, text_tokens
from crm.tables import address, channel, communication, communication_party, party, party_group, relation, search_token
from tests.load.persian_names import company_names, first_names, last_names, weights

SEED = 1404
NOW = 1_790_000_000.0
DAY = 86_400.0
BUSY, BUSY_ENTRIES = 20, 5_000
EMPLOYED = 0.4
WITH_COMPANY = 0.25
"""Share of the communications that stand on the company's timeline as well."""

Row = tuple[object, ...]
_BY_WEIGHT = tuple(place for place in CITIES for _time in range(place.weight))


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
            ("id", "kind", "code", "name", "first_name", "last_name", "sort_key", "status", "group_id", "vip", "priority", "expert", "city",
             "created_at", "created_by", "updated_at"),
            self._parties(),
        )  # fmt: skip
        everybody = range(1, self.size.persons + self.size.companies + 1)
        links = (("party", number, "groups", group(number), "party_group", 0) for number in everybody)
        yield Batch(record_link, ("entity", "record_id", "field", "target_id", "target", "position"), links)
        yield Batch(channel, ("party_id", "position", "kind", "raw", "number", "tail", "label", "main"), self._channels())
        homes = (
            (number, "home", city(number).province, city(number).name, city(number).streets[0])
            for number in everybody
            if has_address(number)
        )
        yield Batch(address, ("party_id", "kind", "province", "city", "street"), homes)
        yield Batch(relation, ("party_id", "other", "kind", "title", "since"), self._relations())
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
            "created_by",
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
            name, made = self.name(number), NOW - chance.random() * 1_000 * DAY
            first, last = (self._first[number - 1], self._last[number - 1]) if person else ("", "")
            yield (
                number, "person" if person else "company", str(1000 + number), name, first, last, key(f"{last} {first}" if person else name),
                chance.choice(("customer", "customer", "prospect", "former")), group(number), vip(number), priority(number), expert(number),
                city(number).name if has_address(number) else "", made, "maryam", made,
            )  # fmt: skip

    def _channels(self) -> Iterator[Row]:
        for place, value in enumerate(self._numbers):
            number, position = self._owner(place)
            kind = "mobile" if value.startswith("+989") else "phone"
            yield number, position, kind, f"0{value[3:]}", value, value[-8:], "" if kind == "mobile" else "work", position == 0

    def _owner(self, place: int) -> tuple[int, int]:
        everybody = self.size.persons + self.size.companies
        return 1 + place % everybody, place // everybody

    def _relations(self) -> Iterator[Row]:
        for place, firm in enumerate(self._employer):
            if firm >= 0:
                yield place + 1, self.size.persons + 1 + firm, "works_at", POSTS[place % len(POSTS)], "2026-01-20"

    def _communications(self) -> Iterator[Row]:
        chance = random.Random(SEED + 2)
        for number, (_who, _firm, at) in enumerate(self._past(), 1):
            inward = chance.random() < 0.7
            yield (
                number, at, subject(number), "call", "in" if inward else "out", AGENTS[number % 3],
                self._numbers[number % len(self._numbers)], f"{NOW:.0f}.{number}", chance.choice(("sales", "support")), "answered", chance.randrange(600), AGENTS[number % 3],
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
            if has_address(number):
                found |= text(city(number).name)
            for value in numbers.pop(number, ()):
                found |= number_tokens(value)
            if vip(number) or priority(number):
                found |= favoured(text(self.name(number)))
            yield from token_rows("party", number, found, {expert(number) or "maryam"})
        for number, _past in enumerate(self._past(), 1):
            yield from token_rows("communication", number, text(subject(number)), {AGENTS[number % 3]})


def subject(number: int) -> str:
    """What a communication is about."""
    return SUBJECTS[number * 31 % len(SUBJECTS)][0]


def group(number: int) -> int:
    """One of eight."""
    return 1 + number * 7 % 8


def has_address(number: int) -> bool:
    """Three of five have one."""
    return number % 5 < 3


def city(number: int) -> City:
    """Where the party lives; large cities have more."""
    return _BY_WEIGHT[number * 2654435761 % 4294967296 * len(_BY_WEIGHT) >> 32]


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
