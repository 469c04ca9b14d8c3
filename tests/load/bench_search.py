"""Search as one types among 1,000,000 persons, 60,000 companies and 1,500,000 numbers, in Persian, on SQLite and PostgreSQL.

What is measured is what the box asks for: matching, the best of what matches, and the lines of the hits (`Search.everywhere`), from the call to its
answer. People type the beginning of a first or last name (from two letters on), beginnings of both in either order, a name and its company, or
a number from its start or end; names are as common as they are. "apart" are beginnings of two persons' names, which few or none have together;
"own" is somebody who may see one record in a thousand. The bare number is one prepared SELECT of the first rows in the range of a typed word.
"work" is the processor's time that our process spent: on SQLite all there is to do. Where other programs keep the machine busy it is run as
`chrt -f 3 make bench`, so that their turns do not count; indexes are warm, as they are on a server in use.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Mapping
from typing import Any

from config.database import Database
from config.loops import LOOP
from crm.access import EVERYTHING, Pattern, Viewer
from crm.search import Search
from crm.search_tokens import searched
from tests.load.million import Size, number_of
from tests.load.million_kept import postgresql_million, sqlite_million
from tests.load.persian_names import company_names, first_names, last_names, weights

SEED = 14
EACH = 250
WARM_UP = 4
SIZE = Size()
ALL = Viewer(username="maryam", pattern=EVERYTHING)
OWN = Viewer(username="parisa", pattern=Pattern(code="own", rights={"*": {"*": "own"}}))
BARE = "SELECT record_id FROM search_token WHERE entity = ? AND token >= ? AND token < ? LIMIT 60"


class Typist:
    """What people type, by kind; the same in every run."""

    def __init__(self, size: Size) -> None:
        self._size = size
        self._chance = random.Random(SEED)
        self._names = [(names, weights(len(names), steepness)) for names, steepness in ((first_names(), 0.85), (last_names(), 0.75))]
        self._firms = company_names()

    def kinds(self) -> Mapping[str, Callable[[], str]]:
        """How each kind of search is typed."""
        return {
            "one_word": self._one,
            "two_words": self._two,
            "with_company": self._with_company,
            "apart": self._apart,
            "number": self._number,
        }

    def _person(self) -> list[str]:
        return [self._chance.choices(names, cum_weights=common)[0].replace("\u200c", " ").split()[0] for names, common in self._names]

    def _begun(self, word: str) -> str:
        return word[: self._chance.randint(2, max(2, len(word)))]

    def _one(self) -> str:
        return self._begun(self._chance.choice(self._person()))

    def _two(self) -> str:
        words = [self._begun(word) for word in self._person()]
        self._chance.shuffle(words)
        return " ".join(words)

    def _with_company(self) -> str:
        return f"{self._begun(self._person()[1])} {self._begun(self._chance.choice(self._firms).split()[-1])}"

    def _apart(self) -> str:
        return " ".join(self._begun(self._chance.choice(names).split()[0]) for names, _common in self._names)

    def _number(self) -> str:
        digits = "0" + number_of(self._chance.randrange(self._size.numbers))[3:]
        length = self._chance.randint(4, 9)
        return digits[:length] if self._chance.random() < 0.5 else digits[-length:]


def percentile(values: list[float], share: float) -> float:
    """Milliseconds below which `share` of the values lie."""
    return sorted(values)[int(len(values) * share)]


async def timed(search: Search, typed: str, viewer: Viewer) -> tuple[float, float, bool]:
    """Milliseconds until the answer, milliseconds that this process worked for it, and whether something was found."""
    began, worked = time.perf_counter(), time.process_time()
    groups = await search.everywhere(typed, viewer, most=9)
    return (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000, bool(groups)


async def measure(database: Database, size: Size) -> dict[str, Any]:
    """One database: every kind of search, in turns so that no kind has the quiet moments for itself."""
    search, typist = Search(database), Typist(size)
    kinds = typist.kinds()
    times: dict[str, list[float]] = {name: [] for name in (*kinds, "own", "bare")}
    works: dict[str, list[float]] = {name: [] for name in kinds}
    found = 0
    for make in kinds.values():
        for _time in range(WARM_UP):
            await timed(search, make(), ALL)
    for _round in range(EACH):
        for name, make in kinds.items():
            words = make()
            taken, worked, some = await timed(search, words, ALL)
            times[name].append(taken)
            works[name].append(worked)
            found += some
            if name == "two_words":
                times["own"].append((await timed(search, words, OWN))[0])
                prefix = searched(words)[0][0]
                began = time.perf_counter()
                database.lookup(BARE, ("party", prefix, prefix + "\U0010ffff"))
                times["bare"].append((time.perf_counter() - began) * 1000)
    result: dict[str, Any] = {"found_share": found / (EACH * len(kinds))}
    for name, values in times.items():
        result |= {f"{name}_ms_p50": percentile(values, 0.5), f"{name}_ms_p95": percentile(values, 0.95)}
    return result | {f"{name}_work_ms_p95": percentile(values, 0.95) for name, values in works.items()}


async def run(size: Size = SIZE) -> dict[str, Any]:
    """Both databases, one after the other."""
    result: dict[str, Any] = {"persons": size.persons, "companies": size.companies, "numbers": size.numbers}
    database = await Database.open(f"sqlite:///{await sqlite_million(size)}")
    try:
        result |= {f"sqlite_{name}": value for name, value in (await measure(database, size)).items()}
    finally:
        await database.close()
    async with postgresql_million(size) as url:
        database = await Database.open(url)
        try:
            result |= {f"postgresql_{name}": value for name, value in (await measure(database, size)).items()}
        finally:
            await database.close()
    return result


def main(size: Size = SIZE) -> dict[str, Any]:
    """The result for `make bench`."""
    return LOOP.run_until_complete(asyncio.wait_for(run(size), 3600))


if __name__ == "__main__":
    print(main())  # noqa: T201  a program for people
