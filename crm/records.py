"""Records of every entity: the verbs. Access is checked here, on the record as it is; saved, then told (RecordSaved)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from attrs import evolve, frozen
from sqlalchemy import Connection, delete, insert, select

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from crm.access import Viewer
from crm.catalogue import Catalogue
from crm.entity import Entity, Values, Who
from crm.fields.kind import Reading
from crm.fields.numbers import YesNo
from crm.linked_names import Names, titles
from crm.query import Page, Query, World, chosen, count, ids, neighbours, page
from crm.record import Record, looked_at, records
from crm.record_draft import read
from crm.record_saving import NoSuchRecord
from crm.record_steps import Done, Step, carry_out, one
from crm.record_tables import history, record_star
from crm.record_work import Work
from switchboard.bus import Bus
from switchboard.events import RecordSaved

HISTORY_PAGE = 100
MOST_CHOICES = 100
"""Records of a link that a list offers to narrow by; beyond, the filter builder finds them by name."""
T = TypeVar("T")


@frozen
class Listing:
    """A page of a list: its records, where its neighbours begin, how many there are in all (COUNTED + 1: more), the names of what they point to.

    `choices`: by entity the ids and names of all records that the viewer may see, in order; none when there are more than MOST_CHOICES.
    """

    rows: list[Record]
    neighbours: Page
    total: int
    names: Names
    choices: Mapping[str, list[tuple[int, str]]]


class Records:
    """The verbs on records of any entity, for a user (`viewer`). `origin` says from where a change comes ("web 10.0.0.7", "api key 3", "import 12")."""

    def __init__(
        self,
        database: Database,
        bus: Bus,
        clock: Clock,
        catalogue: Catalogue,
        *,
        country: str = "IR",
        city_code: str = "21",
        timezone: str = "Asia/Tehran",
    ) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self.catalogue = catalogue
        self._place = Reading(country=country, city_code=city_code)
        self._zone = ZoneInfo(timezone)

    def reading(self, language: str = "fa") -> Reading:
        """How typed values are understood now."""
        return evolve(self._place, language=language, now=datetime.fromtimestamp(self._clock.now(), self._zone))

    def world(self, viewer: Viewer, language: str = "fa") -> World:
        """What queries of this user are asked in."""
        return World(viewer=viewer, entities=self.catalogue.entities, reading=self.reading(language), now=self._clock.now())

    # ── Reading ──────────────────────────────────────────────────────────────────────────────────────────────

    async def page(
        self, query: Query, viewer: Viewer, language: str = "fa", only: Collection[str] | None = None
    ) -> tuple[list[Record], Page]:
        """One page of records. `only`: the fields that will be looked at, when not all."""
        viewer.demand(query.entity.name, query.right)
        world = self.world(viewer, language)

        def work(connection: Connection) -> tuple[list[Record], Page]:
            found = page(connection, query, world, None if only is None else looked_at(query.entity, viewer, only))
            return records(connection, query.entity, found.rows, viewer, only), found

        return await self._database.read(work)

    async def listing(
        self, query: Query, viewer: Viewer, language: str, only: Collection[str], linked: Iterable[Entity] = ()
    ) -> Listing:  # fmt: skip
        """One page of records with all that its list shows, read at one moment. `linked`: entities all of whose records are to be chosen from."""
        viewer.demand(query.entity.name, query.right)
        world, entities = self.world(viewer, language), self.catalogue.entities

        def work(connection: Connection) -> Listing:
            fields = looked_at(query.entity, viewer, only)
            found = page(connection, query, world, fields)
            rows = records(connection, query.entity, found.rows, viewer, only)
            names = titles(connection, entities, fields, [one.values for one in rows], viewer)
            total = count(connection, query, world) if found.next or found.previous else len(rows)
            return Listing(rows, found, total, names, {one.name: _choices(connection, one, world) for one in linked})

        return await self._database.read(work)

    async def count(self, query: Query, viewer: Viewer, language: str = "fa") -> int:
        """How many there are, up to ten thousand and one."""
        world = self.world(viewer, language)
        return await self._database.read(lambda connection: count(connection, query, world))

    async def neighbours(self, query: Query, record_id: int, viewer: Viewer, language: str = "fa") -> tuple[int | None, int | None]:
        """The records before and behind one in a list."""
        world = self.world(viewer, language)
        return await self._database.read(lambda connection: neighbours(connection, query, world, record_id))

    async def ids(self, query: Query, viewer: Viewer, most: int, language: str = "fa") -> list[int]:
        """The ids of the first `most` records, in order."""
        world = self.world(viewer, language)
        return await self._database.read(lambda connection: ids(connection, query, world, most))

    async def get(self, entity: Entity, record_id: int, viewer: Viewer, right: str = "view") -> Record:
        """One record, also from the bin. Raises NoSuchRecord when it is not there or may not be seen, NoRight for another right."""
        return await self._database.read(lambda connection: one(connection, entity, record_id, viewer, right))

    async def titles(self, entity: Entity, found: Sequence[Record], viewer: Viewer) -> Names:
        """The names of what these records point to, as `viewer` may know them."""
        entities = self.catalogue.entities
        return await self._database.read(
            lambda connection: titles(connection, entities, entity.fields, [record.values for record in found], viewer)
        )

    async def history(self, entity: Entity, record_id: int, viewer: Viewer, before: int = 0) -> list[dict[str, Any]]:
        """The changes of a record, newest first, without the fields the user may not see: id, at, username, origin, act, version, changes."""

        def work(connection: Connection) -> list[dict[str, Any]]:
            one(connection, entity, record_id, viewer)
            sql = select(history).where(history.c.entity == entity.name, history.c.record_id == record_id)
            if before:
                sql = sql.where(history.c.id < before)
            return [dict(row) for row in connection.execute(sql.order_by(history.c.id.desc()).limit(HISTORY_PAGE)).mappings()]

        hidden = {field.name for field in entity.fields if field.level > viewer.pattern.field_level}
        found = await self._database.read(work)
        return [{**row, "changes": {name: pair for name, pair in row["changes"].items() if name not in hidden}} for row in found]

    # ── Writing ──────────────────────────────────────────────────────────────────────────────────────────────

    async def create(
        self, entity: Entity, raw: Mapping[str, Any], viewer: Viewer, *, origin: str = "", language: str = "fa", strict: bool = False
    ) -> int:
        """A new record of typed values; its id. Raises NoRight, RecordInvalid."""
        viewer.demand(entity.name, "create")
        values = read(entity, raw, self.reading(language), viewer, strict=strict)
        return (await self.do(Step(entity=entity, do="create", values=values), viewer, origin=origin)).record_id

    async def change(
        self, entity: Entity, record_id: int, raw: Mapping[str, Any], viewer: Viewer, *, version: int | None = None, origin: str = "", language: str = "fa",
        strict: bool = False,
    ) -> Mapping[str, Any]:  # fmt: skip
        """Save typed values over a record; what changed {field: [old, new]}. Raises NoSuchRecord, NoRight, RecordInvalid, RecordChanged."""
        values = self.read(entity, raw, viewer, language=language, strict=strict)
        return await self.put(entity, record_id, values, viewer, version=version, origin=origin)

    def read(self, entity: Entity, raw: Mapping[str, Any], viewer: Viewer, *, language: str = "fa", strict: bool = False) -> Values:
        """Typed values as a change takes them. Raises RecordInvalid."""
        values = read(entity, raw, self.reading(language), viewer, strict=strict)
        if "active" in raw:
            values["active"] = YesNo().read(raw["active"], self.reading(language))
        return values

    async def put(
        self,
        entity: Entity,
        record_id: int,
        values: Values,
        viewer: Viewer,
        *,
        version: int | None = None,
        origin: str = "",
        act: str = "changed",
    ) -> Mapping[str, Any]:
        """As `change`, with values that are read already."""
        step = Step(entity=entity, do="change", record_id=record_id, values=values, version=version, act=act)
        return (await self.do(step, viewer, origin=origin)).changes

    async def delete(self, entity: Entity, record_id: int, viewer: Viewer, *, origin: str = "") -> None:
        """Into the bin."""
        await self.do(Step(entity=entity, do="delete", record_id=record_id), viewer, origin=origin)

    async def restore(self, entity: Entity, record_id: int, viewer: Viewer, *, origin: str = "") -> None:
        """Out of the bin."""
        await self.do(Step(entity=entity, do="restore", record_id=record_id), viewer, origin=origin)

    async def purge(self, entity: Entity, record_id: int, viewer: Viewer, *, origin: str = "") -> None:
        """Delete for ever what lies in the bin."""
        await self.do(Step(entity=entity, do="purge", record_id=record_id), viewer, origin=origin)

    async def do(self, step: Step, viewer: Viewer, *, origin: str = "") -> Done:
        """One step, saved, then told."""
        (done,) = await self.many([step], viewer, origin=origin, atomic=True)
        assert isinstance(done, Done)
        return done

    async def many(self, steps: Sequence[Step], viewer: Viewer, *, origin: str = "", atomic: bool = False) -> list[Done | Refusal]:
        """Several steps in one transaction; each one's outcome, in order.

        `atomic`: all or none, the first refusal is raised. Else each stands for itself, and a refused one leaves the others alone.
        """
        who, reading, entities = (
            Who(username=viewer.username, at=self._clock.now(), origin=origin, viewer=viewer),
            self.reading(),
            self.catalogue.entities,
        )

        def work(connection: Connection) -> list[Done | Refusal]:
            found: list[Done | Refusal] = []
            for step in steps:
                if atomic:
                    found.append(carry_out(connection, step, viewer, entities, reading, who))
                    continue
                try:
                    with connection.begin_nested():
                        found.append(carry_out(connection, step, viewer, entities, reading, who))
                except Refusal as error:
                    found.append(error)
            return found

        outcomes = await self._database.write(work)
        self._tell([done for done in outcomes if isinstance(done, Done)], who)
        return outcomes

    async def together(self, work: Callable[[Work], T], viewer: Viewer, *, origin: str = "", language: str = "fa", lane: str = "") -> T:
        """Steps that build on each other, in one transaction, all or none; gives what `work` gives. `lane`: what is to stay in order."""
        who, reading, entities = (
            Who(username=viewer.username, at=self._clock.now(), origin=origin, viewer=viewer),
            self.reading(language),
            self.catalogue.entities,
        )

        def whole(connection: Connection) -> tuple[T, list[Done]]:
            doing = Work(connection=connection, entities=entities, viewer=viewer, reading=reading, who=who)
            return work(doing), doing.done

        given, done = await self._database.write(whole, lane=lane)
        self._tell(done, who)
        return given

    def _tell(self, outcomes: Sequence[Done], who: Who) -> None:
        for done in outcomes:
            if done.act:
                self._bus.tell(
                    RecordSaved(
                        at=who.at,
                        entity=done.entity.name,
                        record=done.record_id,
                        act=done.act,
                        user=who.username,
                        origin=who.origin,
                        fields=tuple(done.changes),
                    )
                )

    async def star(self, entity: Entity, record_id: int, viewer: Viewer, *, on: bool) -> None:
        """Star a record for oneself, or take the star away."""
        now = self._clock.now()

        def work(connection: Connection) -> None:
            one(connection, entity, record_id, viewer, "star")
            key = {"username": viewer.username, "entity": entity.name, "record_id": record_id}
            connection.execute(delete(record_star).where(*(record_star.c[name] == value for name, value in key.items())))
            if on:
                connection.execute(insert(record_star).values(at=now, **key))

        await self._database.write(work)

    async def put_back(
        self, entity: Entity, record_id: int, change_id: int, names: Sequence[str], viewer: Viewer, *, origin: str = ""
    ) -> Mapping[str, Any]:
        """Give fields the values they had before the change `change_id` of the history. Raises NoSuchRecord when there is no such change."""

        def work(connection: Connection) -> Mapping[str, Any] | None:
            sql = select(history.c.changes).where(
                history.c.id == change_id, history.c.entity == entity.name, history.c.record_id == record_id
            )
            return connection.execute(sql).scalar()

        changes = await self._database.read(work)
        settable = {field.name for field in entity.of(level=viewer.pattern.field_level) if field.typed}
        values = {name: pair[0] for name, pair in (changes or {}).items() if name in settable and (not names or name in names)}
        if not values:
            raise NoSuchRecord(record=change_id)
        return await self.put(entity, record_id, values, viewer, origin=origin)


def _choices(connection: Connection, entity: Entity, world: World) -> list[tuple[int, str]]:
    found = page(connection, Query(entity=entity, limit=MOST_CHOICES), world, ())
    return [] if found.next else [(row["id"], str(row[entity.title_field] or f"#{row['id']}")) for row in found.rows]


__all__ = ["Query", "Record", "Records", "Step", "chosen", "one"]
