"""The search for duplicates among all records of an entity: one GROUP BY for each rule, in the background, with progress; cancelled between rules."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, and_, func, insert, select, update

from config.clock import Clock
from config.database import Database
from config.loops import Tasks
from config.patience import patiently
from crm.catalogue import Catalogue
from crm.duplicates.rules import Rule, compared, rules_of
from crm.duplicates.tables import duplicate_group, duplicate_run, not_duplicate
from crm.entity import Entity

MOST_GROUPS = 20_000
"""For each rule; a rule that finds more is no rule."""
MOST_IN_GROUP = 20
CHUNK = 500

Group = tuple[str, tuple[int, ...]]


class DuplicateSearch:
    """Runs the search, one at a time for each entity."""

    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._tasks = Tasks("duplicate search")
        self._cancelled: set[int] = set()

    async def stop(self) -> None:
        """Cancel what runs."""
        await self._tasks.stop()

    async def start(self, name: str, username: str) -> int:
        """Begin a run over entity `name`; its id. A run that is going on is given back instead of a second one."""
        entity = self._catalogue[name]
        now = self._clock.now()
        number, new = await self._database.write(lambda connection: _begin(connection, name, username, now, len(rules_of(entity))))
        if new:
            self._tasks.start(self._run(number, entity), f"duplicates of {name}")
        return number

    async def settle_old(self) -> None:
        """Runs that a stop of the product cut off are marked failed; for the start."""
        change = update(duplicate_run).where(duplicate_run.c.state == "running").values(state="failed", ended_at=self._clock.now())
        await self._database.write(lambda connection: connection.execute(change))

    def cancel(self, run: int) -> None:
        """Stop after the rule that is being searched."""
        self._cancelled.add(run)

    async def _run(self, number: int, entity: Entity) -> None:
        state = "failed"
        try:
            apart = await self._database.read(lambda connection: _apart(connection, entity.name))
            for rule in rules_of(entity):
                if number in self._cancelled:
                    break
                found = await self._database.read(partial(groups, entity=entity, rule=rule))
                await self._keep(number, rule, [one for one in found if not _settled(one[1], apart)])
            state = "cancelled" if number in self._cancelled else "done"
        finally:
            self._cancelled.discard(number)
            now = self._clock.now()
            ending = update(duplicate_run).where(duplicate_run.c.id == number).values(state=state, ended_at=now)
            told = partial(self._database.write, lambda connection: connection.execute(ending))
            await patiently(self._clock, f"the end of duplicate search {number}", told)

    async def _keep(self, number: int, rule: Rule, found: list[Group]) -> None:
        for place in range(0, len(found), CHUNK):
            rows = [
                {"run_id": number, "reason": rule.name, "value": value[:200], "records": list(ids)}
                for value, ids in found[place : place + CHUNK]
            ]
            await self._database.write(partial(_put_down, rows=rows))
        step = update(duplicate_run).where(duplicate_run.c.id == number)
        step = step.values(done=duplicate_run.c.done + 1, found=duplicate_run.c.found + len(found))
        await self._database.write(lambda connection: connection.execute(step))


def _put_down(connection: Connection, rows: list[dict[str, Any]]) -> None:
    connection.execute(insert(duplicate_group), rows)


def groups(connection: Connection, entity: Entity, rule: Rule) -> list[Group]:
    """Groups of records that agree under a rule: (the value, ids), the largest first."""
    chosen, places = compared(rule, entity, all_of_them=True)
    if entity.variant_field:  # a person and the company they work at share a telephone without being the same
        places = [*places, entity.table.c[entity.variant_field]]
    inner = chosen.add_columns(*(place.label(f"part{number}") for number, place in enumerate(places))).distinct().subquery()
    parts = [inner.c[f"part{number}"] for number in range(len(places))]
    counted = func.count().label("count")
    several = select(*parts, counted).group_by(*parts).having(counted > 1).order_by(counted.desc(), *parts).limit(MOST_GROUPS).subquery()
    on = [inner.c[name] == several.c[name] for name in (f"part{number}" for number in range(len(places)))]
    sql = select(inner.c.id, *parts).select_from(inner.join(several, and_(*on))).order_by(*parts, inner.c.id)
    found: dict[tuple[Any, ...], list[int]] = {}
    for row in connection.execute(sql):
        ids = found.setdefault(tuple(row[1:]), [])
        if len(ids) < MOST_IN_GROUP:
            ids.append(row[0])
    shown = len(rule.parts)
    return sorted(
        ((" | ".join(str(one) for one in value[:shown]), tuple(ids)) for value, ids in found.items()), key=lambda group: -len(group[1])
    )


def _begin(connection: Connection, name: str, username: str, now: float, steps: int) -> tuple[int, bool]:
    running = select(duplicate_run.c.id).where(duplicate_run.c.entity == name, duplicate_run.c.state == "running")
    if (number := connection.execute(running).scalar()) is not None:
        return int(number), False
    made = connection.execute(insert(duplicate_run).values(entity=name, by=username, started_at=now, steps=steps)).inserted_primary_key
    assert made is not None
    return int(made[0]), True


def _apart(connection: Connection, name: str) -> set[tuple[int, int]]:
    rows = connection.execute(select(not_duplicate.c.first_id, not_duplicate.c.second_id).where(not_duplicate.c.entity == name))
    return {(row[0], row[1]) for row in rows}


def _settled(ids: Iterable[int], apart: set[tuple[int, int]]) -> bool:
    return bool(apart) and all(pair in apart for pair in combinations(sorted(ids), 2))
