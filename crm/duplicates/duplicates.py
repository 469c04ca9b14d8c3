"""Duplicates as pages, API and other parts use them: similar records, settling groups, merging and undoing; saved, then told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from crm.access import Viewer
from crm.duplicates import merging
from crm.duplicates.similar import Similar, similar
from crm.duplicates.tables import duplicate_group, duplicate_run, merge, not_duplicate
from crm.entity import Entity, Who
from crm.record_draft import read
from crm.records import Records
from switchboard.bus import Bus
from switchboard.events import RecordSaved

GROUPS_PER_PAGE = 50


class Duplicates:
    """The verbs on records that are the same."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, records: Records) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._records = records

    async def similar(
        self, entity: Entity, raw: Mapping[str, Any], viewer: Viewer, record_id: int = 0, language: str = "fa"
    ) -> list[Similar]:
        """Records that typed values may mean; wrong values are left out of the question."""
        values: dict[str, Any] = {}
        for name, value in raw.items():
            try:
                values.update(read(entity, {name: value}, self._records.reading(language), viewer))
            except Refusal:
                continue
        if entity.prepare:
            try:
                entity.prepare(values, {}, self._records.reading(language))
            except Refusal:
                return []
        return await self._database.read(lambda connection: similar(connection, entity, values, viewer, record_id))

    async def merge(
        self,
        entity: Entity,
        master: int,
        others: Sequence[int],
        chosen: Mapping[str, str],
        viewer: Viewer,
        *,
        versions: Mapping[int, int] | None = None,
    ) -> list[int]:
        """Merge all of `others` into `master`, all or none; the ids of the merges.

        `chosen` {field: "master" | "other" | the id of the record whose value is taken}; fields that the user may not see are not chosen.
        `versions` {id: version}: what the user has seen of each.
        """
        who, reading, entities, known = self._who(viewer), self._records.reading(), self._records.catalogue.entities, versions or {}
        seen = {field.name for field in entity.of(level=viewer.pattern.field_level)}

        def work(connection: Connection) -> list[int]:
            merging.forget_old(connection, who.at)
            found = []
            for place, other in enumerate(others):
                pair = (known.get(master) if not place else None, known.get(other))
                mine = {name: "other" if whose in ("other", str(other)) else "master" for name, whose in chosen.items() if name in seen}
                found.append(merging.merge_into(connection, entity, entities, master, other, mine, viewer, reading, who, pair))
            connection.execute(_settling(connection, entity.name, {master, *others}))
            return found

        made = await self._database.write(work)
        self._tell(entity, master, "merged", who)
        for other in others:
            self._tell(entity, other, "deleted", who)
        return made

    async def undo(self, entity: Entity, merge_id: int, viewer: Viewer) -> tuple[int, int]:
        """Make two of one again; (master, other)."""
        who, reading, entities = self._who(viewer), self._records.reading(), self._records.catalogue.entities
        master, other = await self._database.write(
            lambda connection: merging.undo(connection, entity, entities, merge_id, viewer, reading, who)
        )
        self._tell(entity, master, "unmerged", who)
        self._tell(entity, other, "restored", who)
        return master, other

    async def not_the_same(self, entity: Entity, ids: Sequence[int], viewer: Viewer) -> None:
        """Remember that none of these is another of them."""
        viewer.demand(entity.name, "edit")
        now = self._clock.now()

        def work(connection: Connection) -> None:
            for first, second in combinations(sorted(set(ids)), 2):
                c = not_duplicate.c
                connection.execute(delete(not_duplicate).where(c.entity == entity.name, c.first_id == first, c.second_id == second))
                connection.execute(
                    insert(not_duplicate).values(entity=entity.name, first_id=first, second_id=second, by=viewer.username, at=now)
                )
            connection.execute(_settling(connection, entity.name, set(ids)))

        await self._database.write(work)

    async def led_to(self, entity: Entity, record_id: int) -> int:
        """The record this one went into; 0 when it did not."""
        return await self._database.read(lambda connection: merging.led_to(connection, entity.name, record_id))

    async def merges_of(self, entity: Entity, record_id: int) -> list[dict[str, Any]]:
        """What went into this record, the newest first: id, other_id, at, by, undone_at, `undoable`."""
        columns = (merge.c.id, merge.c.other_id, merge.c.at, merge.c.by, merge.c.undone_at)
        chosen = (
            select(*columns).where(merge.c.entity == entity.name, merge.c.master_id == record_id).order_by(merge.c.id.desc()).limit(100)
        )
        rows = await self._database.read(lambda connection: connection.execute(chosen).mappings().all())
        youngest = self._clock.now() - merging.UNDO_SECONDS
        return [{**row, "undoable": row["undone_at"] is None and row["at"] > youngest} for row in rows]

    async def runs(self, entity: Entity) -> list[dict[str, Any]]:
        """The last searches, the newest first."""
        chosen = select(duplicate_run).where(duplicate_run.c.entity == entity.name).order_by(duplicate_run.c.id.desc()).limit(10)
        rows = await self._database.read(lambda connection: connection.execute(chosen).mappings().all())
        return [dict(row) for row in rows]

    async def groups(self, run: int, after: int = 0) -> list[dict[str, Any]]:
        """Groups of a run that nobody has settled: id, reason, value, records."""
        c = duplicate_group.c
        chosen = select(duplicate_group).where(c.run_id == run, c.settled.is_(False), c.id > after).order_by(c.id).limit(GROUPS_PER_PAGE)
        rows = await self._database.read(lambda connection: connection.execute(chosen).mappings().all())
        return [dict(row) for row in rows]

    async def standing(self, run: int) -> dict[str, Any] | None:
        """One search: its entity, state, done of steps, found."""
        chosen = select(duplicate_run).where(duplicate_run.c.id == run)
        row = await self._database.read(lambda connection: connection.execute(chosen).mappings().first())
        return dict(row) if row else None

    def _who(self, viewer: Viewer) -> Who:
        return Who(username=viewer.username, at=self._clock.now(), origin="merge")

    def _tell(self, entity: Entity, number: int, act: str, who: Who) -> None:
        self._bus.tell(RecordSaved(at=who.at, entity=entity.name, record=number, act=act, user=who.username, origin=who.origin))


def _settling(connection: Connection, name: str, ids: set[int]) -> Any:
    """The statement that settles the groups of the last run that hold only these records."""
    last = select(duplicate_run.c.id).where(duplicate_run.c.entity == name).order_by(duplicate_run.c.id.desc()).limit(1)
    run = connection.execute(last).scalar()
    rows = connection.execute(
        select(duplicate_group.c.id, duplicate_group.c.records).where(duplicate_group.c.run_id == run, duplicate_group.c.settled.is_(False))
    )
    mine = [row.id for row in rows if len(set(row.records) & ids) > 1 and set(row.records) <= ids]
    return update(duplicate_group).where(duplicate_group.c.id.in_(mine)).values(settled=True)
