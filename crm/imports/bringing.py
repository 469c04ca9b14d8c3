"""Bringing in a batch of rows: records made and updated, what was refused put down, and the job's position moved, in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from attrs import evolve, field, frozen
from sqlalchemy import Connection, insert, update

from config.errors import Refusal
from config.many_rows import planned_afresh
from crm.access import NoRight, Viewer
from crm.entity import Entity, Values, Who
from crm.fields.kind import Reading
from crm.fields.rows import Rows
from crm.imports.linked import Names, create_named, find_names, names_in, unknown
from crm.imports.row_invalid import placed
from crm.imports.sheet_file import SheetFile
from crm.imports.tables import import_job, import_problem
from crm.imports.understanding import Line, Plan, Understood, first_of_each, lines_of, understood
from crm.linked_names import Names as Titles, titles
from crm.record_draft import may_set
from crm.record_making import create_many
from crm.record_saving import change
from crm.record_steps import one as one_record

MOST_PROBLEMS = 20_000
Found = dict[tuple[str, str], int | str | None]


@frozen(kw_only=True)
class Come:
    """What became of a row, and of which record (None: of none, or of one that was made on trial)."""

    row: Understood
    outcome: Literal["created", "updated", "skipped"] | Refusal
    record: int | None = None


@frozen(kw_only=True)
class Trial:
    """What would become of rows. `titles`: what the records are called that they point to, those included that would be made."""

    come: tuple[Come, ...]
    titles: Titles


@frozen(kw_only=True)
class Bringing:
    """A job that is under way: whose it is, what its rows mean, and the world as it is now."""

    job: int
    entity: Entity
    plan: Plan
    viewer: Viewer
    entities: Mapping[str, Entity]
    reading: Reading
    who: Who
    names: Names = field(factory=dict)
    """Linked records that batches before this one have found or made; one that goes meanwhile is noticed when something is to point to it."""

    def lines(self, sheet: SheetFile, position: int, most: int) -> list[Line]:
        """Some rows behind `position`, read as far as that needs no database."""
        return lines_of(self.entity, self.plan, sheet.rows(position, most), self.reading, self.viewer)

    def batch(self, connection: Connection, lines: Sequence[Line]) -> Names:
        """Bring in some rows; nothing when that has been done (they were still being written when the job was stopped). What it found and made, as `names`."""
        here, last = import_job.c, lines[-1].row
        claim = update(import_job).where(here.id == self.job, here.position < last).values(position=last)
        if connection.execute(claim).rowcount:
            names = dict(self.names)
            self._note(connection, self._all(connection, lines, names))
            return names
        return self.names

    def tried(self, connection: Connection, lines: Sequence[Line]) -> Trial:
        """What would become of the rows, in their order: they are brought in, and that is taken back before anybody sees it."""
        trial = connection.begin_nested()
        try:
            come = sorted(self._all(connection, lines, dict(self.names)), key=lambda one: one.row.row)
            called = titles(connection, self.entities, self.entity.fields, [one.row.values for one in come], self.viewer)
        finally:
            trial.rollback()
        made = {one.record for one in come if one.outcome == "created"}
        return Trial(come=tuple(evolve(one, record=None) if one.record in made else one for one in come), titles=called)

    def _all(self, connection: Connection, lines: Sequence[Line], names: Found) -> list[Come]:
        told, come = [one for one in lines if not one.empty], []
        with planned_afresh(connection):
            while told:
                told, more = self._bring(connection, told, names)
                come += more
        return come

    def _bring(self, connection: Connection, lines: Sequence[Line], names: Found) -> tuple[list[Line], list[Come]]:
        """Bring in rows, adding to `names`; those are given back that are of a record which another of them has just made."""
        names |= self._named(connection, lines, names)
        rows, known = understood(connection, self.entity, self.plan, lines, names, self.reading, self.viewer)
        come = {one.row: Come(row=one, outcome=why) for one in rows if (why := self._refused(one, known.get(one.row))) is not None}
        good = [one for one in rows if one.row not in come]
        makes = self.plan.mode != "update" and self.viewer.may(self.entity.name, "create")
        first, again = first_of_each(self.entity, self.plan, [one for one in good if makes and one.row not in known])
        made = create_many(connection, self.entity, [self._made_of(one) for one in first], self.entities, self.reading, self.who)
        for one, what in zip(first, made, strict=True):
            come[one.row] = Come(row=one, outcome=what) if isinstance(what, Refusal) else Come(row=one, outcome="created", record=what)
        later = {one.row for one in again}
        for one in good:
            if one.row not in come and one.row not in later:
                come[one.row] = self._saved(connection, known.get(one.row), one)
        told = [evolve(one, outcome=placed(self.entity, one.outcome)) if isinstance(one.outcome, Refusal) else one for one in come.values()]
        return [line for line in lines if line.row in later], told

    def _refused(self, one: Understood, record: int | Refusal | None) -> Refusal | None:
        if one.problem is not None:
            return one.problem
        if isinstance(record, Refusal):
            return record
        return self._not_theirs(one) if record is None else None

    def _made_of(self, one: Understood) -> Values:
        """What a new record gets: where no column says what sort it is, it is of the sort that the plan says."""
        return {self.entity.variant_field: self.plan.variant, **one.values} if self.plan.variant else one.values

    def _named(self, connection: Connection, lines: Sequence[Line], known: Names) -> Found:
        """The linked records that the rows speak of and that are not `known`; those that nobody knows are made, when the plan says so and their row is good."""
        wanted = unknown(names_in(self.entity, (one.naming for one in lines)), known)
        names = find_names(connection, self.entities, wanted, self.viewer)
        if self.plan.create_references:
            if any(one.problems for one in lines):
                wanted = unknown(names_in(self.entity, (one.naming for one in lines if not one.problems)), known)
            names |= create_named(connection, self.entities, wanted, names, self.reading, self.viewer, self.who)
        return names

    def _not_theirs(self, one: Understood) -> Refusal | None:
        """Why a new record may not be as the row says: it gives it to somebody, or switches it off, without the right to do that."""
        if self.plan.mode == "update":
            return None
        try:
            may_set(self.entity, self.viewer, {}, one.values)
        except NoRight as refusal:
            return refusal
        return None

    def _saved(self, connection: Connection, record: int | Refusal | None, one: Understood) -> Come:
        """Save a row over the record it is, when the plan says so."""
        if not isinstance(record, int) or self.plan.mode == "create":
            return Come(row=one, outcome="skipped")
        try:
            with connection.begin_nested():
                current = one_record(connection, self.entity, record, self.viewer, "edit").values
                values = _united(self.entity, current, one.values)
                may_set(self.entity, self.viewer, current, values)
                changed = change(connection, self.entity, record, values, None, self.entities, self.reading, self.who, "imported")
                return Come(row=one, outcome="updated" if changed else "skipped", record=record)
        except Refusal as error:
            return Come(row=one, outcome=error, record=record)

    def _note(self, connection: Connection, come: Sequence[Come]) -> None:
        counts = Counter("bad" if isinstance(one.outcome, Refusal) else one.outcome for one in come)
        rows = [
            {"job_id": self.job, "row": one.row.row, "cells": list(one.row.cells), "why_fa": why.text("fa"), "why_en": why.text("en")}
            for one in come
            if isinstance(why := one.outcome, Refusal)
        ]
        if rows:
            connection.execute(insert(import_problem), rows[:MOST_PROBLEMS])
        values: dict[str, Any] = {name: import_job.c[name] + count for name, count in counts.items()}
        connection.execute(update(import_job).where(import_job.c.id == self.job).values(values))


def _united(entity: Entity, current: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the file come beside those that are there, when they say something new; everything else replaces."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        one = entity.field(name)
        if not one or not isinstance(one.kind, Rows) or not current.get(name):
            found[name] = value
        elif value:
            names = list(one.kind.derived) + [inner.name for inner in one.kind.fields if inner.read_only] or [
                inner.name for inner in one.kind.fields
            ]
            known = {tuple(row.get(key) for key in names) for row in current[name]}
            new = [row for row in value if tuple(row.get(key) for key in names) not in known and not _said(row, current[name])]
            found[name] = [*current[name], *new]
    return found


def _said(row: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of the rows says all that this one does: an address of a city, when there is one in that city."""
    return any(all(value is None or old.get(name) == value for name, value in row.items()) for old in rows)
