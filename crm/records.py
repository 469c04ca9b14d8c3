"""Records of every entity: the verbs. Access is checked here, on the record as it is; saved, then told (RecordSaved)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from attrs import evolve
from sqlalchemy import Connection, delete, insert, select

from config.clock import Clock
from config.database import Database
from crm import record_saving as saving
from crm.access import NoRight, Viewer
from crm.catalogue import Catalogue
from crm.entity import Entity, Values, Who
from crm.fields.kind import Reading
from crm.query import Page, Query, World, allowed, chosen, count, page
from crm.record import Record, records, titles, values_of
from crm.record_draft import may_set, read
from crm.record_saving import NoSuchRecord
from crm.record_tables import history, record_star
from switchboard.bus import Bus
from switchboard.events import RecordSaved

HISTORY_PAGE = 100


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

    async def page(self, query: Query, viewer: Viewer, language: str = "fa") -> tuple[list[Record], Page]:
        """One page of records."""
        viewer.demand(query.entity.name, query.right)
        world = self.world(viewer, language)

        def work(connection: Connection) -> tuple[list[Record], Page]:
            found = page(connection, query, world)
            return records(connection, query.entity, found.rows, viewer), found

        return await self._database.read(work)

    async def count(self, query: Query, viewer: Viewer, language: str = "fa") -> int:
        """How many there are, up to ten thousand and one."""
        world = self.world(viewer, language)
        return await self._database.read(lambda connection: count(connection, query, world))

    async def get(self, entity: Entity, record_id: int, viewer: Viewer, right: str = "view") -> Record:
        """One record, also from the bin. Raises NoSuchRecord when it is not there or may not be seen, NoRight for another right."""
        return await self._database.read(lambda connection: one(connection, entity, record_id, viewer, right))

    async def titles(self, entity: Entity, found: Sequence[Record]) -> dict[tuple[str, object], str]:
        """The names of what these records point to."""
        entities = self.catalogue.entities
        return await self._database.read(
            lambda connection: titles(connection, entities, entity.fields, [record.values for record in found])
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
        reading = self.reading(language)
        values = read(entity, raw, reading, viewer, strict=strict)
        may_set(entity, viewer, {}, values)
        who = self._who(viewer, origin)
        number = await self._database.write(
            lambda connection: saving.create(connection, entity, values, self.catalogue.entities, reading, who)
        )
        self._tell(entity, number, "created", who, tuple(values))
        return number

    async def change(
        self, entity: Entity, record_id: int, raw: Mapping[str, Any], viewer: Viewer, *, version: int | None = None, origin: str = "", language: str = "fa",
        strict: bool = False,
    ) -> dict[str, list[Any]]:  # fmt: skip
        """Save typed values over a record; what changed. Raises NoSuchRecord, NoRight, RecordInvalid, RecordChanged."""
        reading = self.reading(language)
        values = read(entity, raw, reading, viewer, strict=strict)
        if "active" in raw:
            values["active"] = str(raw["active"]).lower() in ("1", "true", "on", "yes")
        return await self.put(entity, record_id, values, viewer, version=version, origin=origin)

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
    ) -> dict[str, list[Any]]:
        """As `change`, with values that are read already."""
        who, reading = self._who(viewer, origin), self.reading()

        def work(connection: Connection) -> dict[str, list[Any]]:
            old = one(connection, entity, record_id, viewer, "view").values
            beyond = {"active", "expert", "experts"}
            if set(values) - beyond or not values:
                one(connection, entity, record_id, viewer, "edit")
            may_set(entity, viewer, old, values)
            return saving.change(connection, entity, record_id, values, version, self.catalogue.entities, reading, who, act)

        changed = await self._database.write(work)
        if changed:
            self._tell(entity, record_id, act, who, tuple(changed))
        return changed

    async def delete(self, entity: Entity, record_id: int, viewer: Viewer, *, origin: str = "") -> None:
        """Into the bin."""
        await self._do(
            entity,
            record_id,
            viewer,
            "delete",
            origin,
            lambda connection, who: saving.set_deleted(connection, entity, record_id, self.catalogue.entities, who, deleted=True),
            "deleted",
        )

    async def restore(self, entity: Entity, record_id: int, viewer: Viewer, *, origin: str = "") -> None:
        """Out of the bin."""
        await self._do(
            entity,
            record_id,
            viewer,
            "delete",
            origin,
            lambda connection, who: saving.set_deleted(connection, entity, record_id, self.catalogue.entities, who, deleted=False),
            "restored",
        )

    async def purge(self, entity: Entity, record_id: int, viewer: Viewer, *, origin: str = "") -> None:
        """Delete for ever what lies in the bin."""
        await self._do(
            entity, record_id, viewer, "purge", origin, lambda connection, who: saving.purge(connection, entity, record_id, who), "purged"
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
    ) -> dict[str, list[Any]]:
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

    async def _do(
        self, entity: Entity, record_id: int, viewer: Viewer, right: str, origin: str, work: Callable[[Connection, Who], None], act: str
    ) -> None:
        who = self._who(viewer, origin)

        def whole(connection: Connection) -> None:
            one(connection, entity, record_id, viewer, right)
            work(connection, who)

        await self._database.write(whole)
        self._tell(entity, record_id, act, who, ())

    def _who(self, viewer: Viewer, origin: str) -> Who:
        return Who(username=viewer.username, at=self._clock.now(), origin=origin)

    def _tell(self, entity: Entity, number: int, act: str, who: Who, fields: tuple[str, ...]) -> None:
        self._bus.tell(
            RecordSaved(at=who.at, entity=entity.name, record=number, act=act, user=who.username, origin=who.origin, fields=fields)
        )


def one(connection: Connection, entity: Entity, record_id: int, viewer: Viewer, right: str = "view") -> Record:
    """One record for `right`. What may not be seen is not there; what may be seen but not done is refused."""
    table = entity.table
    row = connection.execute(select(table).where(table.c.id == record_id, allowed(entity, viewer, "view"))).mappings().first()
    if row is None:
        raise NoSuchRecord(record=record_id)
    (found,) = records(connection, entity, [dict(row)], viewer)
    if right != "view":
        (whole,) = values_of(connection, entity, [dict(row)], [field for field in entity.fields if field.name == "experts"])
        if not viewer.may_with(entity.name, right, {**whole, "expert": row["expert"], "created_by": row["created_by"]}):
            raise NoRight(right)
    return found


__all__ = ["Query", "Record", "Records", "chosen", "one"]
