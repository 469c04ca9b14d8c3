"""Several steps on records that build on each other, in one transaction: a person together with the company they work at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen
from sqlalchemy import Connection

from config.errors import Refusal
from config.many_rows import planned_afresh
from crm.access import SYSTEM, Viewer
from crm.entity import Entity, Values, Who
from crm.fields.kind import Reading
from crm.record_draft import read
from crm.record_making import create, create_many
from crm.record_saving import change
from crm.record_steps import Done, Step, carry_out


@frozen(kw_only=True)
class Work:
    """What a user does in one transaction; `done` grows step by step. Made by `Records.together`."""

    connection: Connection
    entities: Mapping[str, Entity]
    viewer: Viewer
    reading: Reading
    who: Who
    done: list[Done] = field(factory=list)

    def create(self, entity: str, raw: Mapping[str, Any]) -> int:
        """A new record of typed values; its id. Raises NoRight, RecordInvalid."""
        declared = self.entities[entity]
        values = read(declared, raw, self.reading, self.viewer)
        return self._do(Step(entity=declared, do="create", values=values)).record_id

    def create_many(self, entity: str, many: Sequence[Mapping[str, Any]]) -> list[int]:
        """New records of typed values, with a few statements for all; their ids. Raises as `create`; then none is to be kept."""
        declared = self.entities[entity]
        self.viewer.demand(entity, "create")
        values = [read(declared, raw, self.reading, self.viewer) for raw in many]
        with planned_afresh(self.connection):
            made = create_many(self.connection, declared, values, self.entities, self.reading, self.who)
        for one in made:
            if isinstance(one, Refusal):
                raise one
        numbers = [one for one in made if isinstance(one, int)]
        self.done.extend(Done(entity=declared, record_id=number, act="created", changes={}) for number in numbers)
        return numbers

    def change(self, entity: str, record_id: int, raw: Mapping[str, Any], version: int | None = None) -> Mapping[str, Any]:
        """Save typed values over a record; what changed. Raises NoSuchRecord, NoRight, RecordInvalid, RecordChanged."""
        declared = self.entities[entity]
        values = read(declared, raw, self.reading, self.viewer)
        return self._do(Step(entity=declared, do="change", record_id=record_id, values=values, version=version)).changes

    def make(self, entity: str, values: Values) -> int:
        """A new record that the product makes by itself (the log of a call): of values that are read, whatever the user's rights; its id."""
        declared = self.entities[entity]
        made = create(self.connection, declared, values, self.entities, self.reading, evolve(self.who, viewer=None))
        self.done.append(
            Done(entity=declared, record_id=made, act="created", changes={name: [None, value] for name, value in values.items()})
        )
        return made

    def put(self, entity: str, record_id: int, values: Values) -> Mapping[str, Any]:
        """Save over a record what the product knows by itself, or what a user may say whatever their rights (about their own call); what changed."""
        declared = self.entities[entity]
        changes = change(self.connection, declared, record_id, values, None, self.entities, self.reading, evolve(self.who, viewer=None))
        self.done.append(Done(entity=declared, record_id=record_id, act="changed" if changes else "", changes=changes))
        return changes

    def unasked(self) -> Work:
        """The same work, in which links that follow from others (the company of a person) are not asked about; rights are."""
        return evolve(self, who=evolve(self.who, viewer=None))

    def typed(self, entity: str, raw: Mapping[str, Any]) -> Values:
        """Typed values as `make` and `put` take them. Raises RecordInvalid."""
        return read(self.entities[entity], raw, self.reading, SYSTEM)

    def _do(self, step: Step) -> Done:
        made = carry_out(self.connection, step, self.viewer, self.entities, self.reading, self.who)
        self.done.append(made)
        return made
