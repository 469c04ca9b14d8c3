"""Fields of the administrators' own: made, changed, moved and switched off while everything runs; their values lie in the records' JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, func, insert, literal_column, select, text, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from config.translations import _
from crm.catalogue import Catalogue, declared, field_of
from crm.entity import Entity
from crm.fields.field import Field
from crm.fields.kind import Reading, Showing
from crm.own_field import MOST_FIELDS, RESERVED, OwnFieldWrong, checked
from crm.record_draft import RecordInvalid
from crm.record_saving import index
from crm.record_tables import custom_field, history
from crm.sql_words import custom_value
from switchboard.bus import Bus
from switchboard.events import CatalogueChanged

KEPT = ("entity", "name", "kind", "options", "label_fa", "label_en", "help", "section", "position", "flags", "active")
EMPTY: Mapping[str, Any] = {"options": {}, "label_fa": "", "label_en": "", "help": "", "section": "", "flags": {}, "active": True}
MOST_CONVERTED = 10_000
"""Values that are made into another kind while people wait."""
BATCH = 200


class NoSuchField(Refusal):
    """No field of one's own has this number."""

    code = "no_such_field"
    status = 404
    sentence = _("There is no such field.")


class KindKept(Refusal):
    """A field's kind cannot become another because of the values it has."""

    code = "kind_kept"
    status = 409
    sentence = _("{count} records have a value in this field, and “{value}” cannot be of the new kind. Make a new field instead.")


class OwnFields:
    """The verbs. Whoever has the catalogue sees the change at once; `CatalogueChanged` tells the others."""

    def __init__(self, database: Database, bus: Bus, clock: Clock, catalogue: Catalogue) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._catalogue = catalogue
        self._tasks = Tasks("own fields")

    async def stop(self) -> None:
        """Stop writing search tokens anew."""
        await self._tasks.stop()

    async def settled(self) -> None:
        """Wait until the search tokens are written."""
        await self._tasks.settled()

    async def of(self, entity: str) -> list[dict[str, Any]]:
        """The rows of an entity's own fields in order, inactive ones too."""
        sql = select(custom_field).where(custom_field.c.entity == entity).order_by(custom_field.c.position, custom_field.c.id)
        return await self._database.read(lambda connection: [dict(row) for row in connection.execute(sql).mappings()])

    async def get(self, number: int) -> dict[str, Any]:
        """One row. Raises NoSuchField."""
        return await self._database.read(lambda connection: _row(connection, number))

    async def add(self, row: Mapping[str, Any], username: str) -> int:
        """A new field; its number. Raises RecordInvalid with the problems of its parts."""
        entity = self._entity(row.get("entity", ""))
        given = {**EMPTY, "position": 0, **{name: value for name, value in row.items() if name in KEPT}}

        def work(connection: Connection) -> int:
            whole = dict(given)
            taken = _names(connection, entity.name)
            if len(taken) >= MOST_FIELDS:
                raise RecordInvalid(
                    {"name": OwnFieldWrong(field="name", why=_("This kind of record has as many fields of your own as it can."))}
                )
            whole["name"] = whole.get("name") or _free_name(whole["label_en"], {*taken, *entity.by_name, *entity.table.c.keys(), *RESERVED})
            field = checked(whole, entity, self._catalogue.entities, self._catalogue.lists, taken)
            last = connection.execute(select(func.max(custom_field.c.position)).where(custom_field.c.entity == entity.name)).scalar()
            whole["position"] = (last or 0) + 1
            now = self._clock.now()
            made = connection.execute(insert(custom_field).values(created_at=now, created_by=username, **whole)).inserted_primary_key
            assert made is not None
            _note(connection, int(made[0]), "created", {name: [None, whole[name]] for name in KEPT}, username, now)
            _keep_index(connection, entity, field)
            return int(made[0])

        number = await self._database.write(work)
        await self._changed(entity, username, reindex=False)
        return number

    async def change(self, number: int, row: Mapping[str, Any], username: str) -> None:
        """Change a field. Its code stays; its kind may change when every value can be of the new one. Raises RecordInvalid, NoSuchField, KindKept."""

        def work(connection: Connection) -> tuple[Entity, bool]:
            old = _row(connection, number)
            entity = self._entity(old["entity"])
            whole = {**{name: old[name] for name in KEPT}, **{name: value for name, value in row.items() if name in KEPT}}
            whole |= {"entity": old["entity"], "name": old["name"]}
            field = checked(whole, entity, self._catalogue.entities, self._catalogue.lists, _names(connection, entity.name) - {old["name"]})
            before = field_of(old)
            if before.kind.code != field.kind.code:
                _convert(connection, entity, before, field)
            connection.execute(update(custom_field).where(custom_field.c.id == number).values(whole))
            _note(
                connection,
                number,
                "changed",
                {name: [old[name], whole[name]] for name in KEPT if old[name] != whole[name]},
                username,
                self._clock.now(),
            )
            _keep_index(connection, entity, field)
            turned = (before.searched, before.active, before.kind) != (field.searched, field.active, field.kind)
            return entity, turned and (before.searched or field.searched)

        entity, reindex = await self._database.write(work)
        await self._changed(entity, username, reindex=reindex)

    async def move(self, number: int, username: str, *, up: bool) -> None:
        """One place up or down among the own fields of its entity."""

        def work(connection: Connection) -> Entity:
            row = _row(connection, number)
            sql = (
                select(custom_field.c.id).where(custom_field.c.entity == row["entity"]).order_by(custom_field.c.position, custom_field.c.id)
            )
            order = list(connection.execute(sql).scalars())
            place = order.index(number)
            order.insert(max(place - 1, 0) if up else place + 1, order.pop(place))
            for position, one in enumerate(order, 1):
                connection.execute(update(custom_field).where(custom_field.c.id == one).values(position=position))
            return self._entity(row["entity"])

        await self._changed(await self._database.write(work), username, reindex=False)

    async def values_of(self, number: int) -> int:
        """How many records have a value in the field."""

        def work(connection: Connection) -> int:
            row = _row(connection, number)
            table = self._entity(row["entity"]).table
            place = custom_value(table.c.extra, field_of(row))
            return int(connection.execute(select(func.count()).select_from(table).where(place.is_not(None))).scalar_one())

        return await self._database.read(work)

    def _entity(self, name: str) -> Entity:
        if name not in self._catalogue.entities:
            raise NoSuchField
        return self._catalogue[name]

    async def _changed(self, entity: Entity, username: str, *, reindex: bool) -> None:
        await self._catalogue.load()
        self._bus.tell(CatalogueChanged(at=self._clock.now(), entity=entity.name, user=username))
        if reindex:
            self._tasks.start(self._reindex(entity.name), f"search tokens of {entity.name}")

    async def _reindex(self, name: str) -> None:
        """Write the search tokens of all records anew, a few at a time so that others get their turn."""
        after = 0
        while True:
            entity = self._catalogue[name]

            def work(connection: Connection, entity: Entity = entity, after: int = after) -> list[int]:
                found = list(
                    connection.execute(
                        select(entity.table.c.id).where(entity.table.c.id > after).order_by(entity.table.c.id).limit(BATCH)
                    ).scalars()
                )
                for number in found:
                    index(connection, entity, number, self._catalogue.entities)
                return found

            found = await self._database.write(work)
            if len(found) < BATCH:
                return
            after = found[-1]


def _row(connection: Connection, number: int) -> dict[str, Any]:
    row = connection.execute(select(custom_field).where(custom_field.c.id == number)).mappings().first()
    if row is None:
        raise NoSuchField
    return dict(row)


def _names(connection: Connection, entity: str) -> set[str]:
    return set(connection.execute(select(custom_field.c.name).where(custom_field.c.entity == entity)).scalars())


def _free_name(label: str, taken: set[str]) -> str:
    """A code made from an English label, or own_1, own_2 and so on."""
    import re

    base = re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")[:30]
    if not re.fullmatch(r"[a-z][a-z0-9_]*", base) or base in taken:
        base = next(f"own_{n}" for n in range(1, MOST_FIELDS * 2) if f"own_{n}" not in taken)
    return base


def _note(connection: Connection, number: int, act: str, changes: Mapping[str, Any], username: str, at: float) -> None:
    connection.execute(
        insert(history).values(
            at=at, username=username, origin="web", entity="custom_field", record_id=number, act=act, changes=dict(changes)
        )
    )


def make_indexes(connection: Connection) -> None:
    """Every index over a field of one's own, in a database that got its rows from another one."""
    entities = {one.name: one for one in declared()}
    for row in connection.execute(select(custom_field)).mappings().all():
        if row["entity"] in entities:
            _keep_index(connection, entities[row["entity"]], field_of(dict(row)))


def _keep_index(connection: Connection, entity: Entity, field: Field) -> None:
    """Make or drop the index over the field's place in the JSON, as its flag says."""
    name = f"ix_own_{entity.name}_{field.name}"[:60]
    if not field.indexed or not field.active:
        connection.execute(text(f"DROP INDEX IF EXISTS {name}"))
        return
    place = custom_value(literal_column("extra"), field).compile(dialect=connection.dialect)
    connection.execute(text(f"CREATE INDEX IF NOT EXISTS {name} ON {entity.table.name} (({str(place).replace(':', chr(92) + ':')}), id)"))


def _convert(connection: Connection, entity: Entity, old: Field, new: Field) -> None:
    """Make the values of a field into those of its new kind; all or, with KindKept, none."""
    table = entity.table
    place = custom_value(table.c.extra, old)
    rows = connection.execute(select(table.c.id, table.c.extra).where(place.is_not(None)).limit(MOST_CONVERTED + 1)).all()
    reading, showing = Reading(), Showing()
    made: list[tuple[int, dict[str, Any]]] = []
    for row in rows:
        value = row.extra.get(old.name)
        try:
            same = new.kind.read(value, reading)
        except Refusal:
            try:
                same = new.kind.read(old.kind.typed(value, showing), reading)
            except Refusal:
                raise KindKept(field="kind", count=len(rows), value=str(value)[:60]) from None
        if len(rows) > MOST_CONVERTED and same != value:
            raise KindKept(field="kind", count=f"{MOST_CONVERTED}+", value=str(value)[:60])
        if same != value:
            made.append((row.id, {**row.extra, old.name: same}))
    if len(rows) > MOST_CONVERTED:
        raise KindKept(field="kind", count=f"{MOST_CONVERTED}+", value="…")
    for number, extra in made:
        connection.execute(update(table).where(table.c.id == number).values(extra=extra))
