"""Bringing in a batch of rows: records made and updated, what was refused put down, and the job's position moved, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import field, frozen
from sqlalchemy import Connection, insert, update

from config.errors import Refusal
from config.many_rows import planned_afresh
from crm.access import NoRight, Viewer
from crm.entity import Entity, Who
from crm.fields.kind import Reading
from crm.fields.rows import Rows
from crm.imports.linked import Names, create_named, find_names, names_in, unknown
from crm.imports.sheet_file import SheetFile
from crm.imports.tables import import_job, import_problem
from crm.imports.understanding import Line, Plan, Understood, first_of_each, lines_of, understood
from crm.record_draft import may_set
from crm.record_making import create_many
from crm.record_saving import change
from crm.record_steps import one as one_record

MOST_PROBLEMS = 20_000


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
            told, names = [one for one in lines if not one.empty], dict(self.names)
            with planned_afresh(connection):
                while told:
                    told = self._bring(connection, told, names)
            return names
        return self.names

    def _bring(self, connection: Connection, lines: Sequence[Line], names: dict[tuple[str, str], int | None]) -> list[Line]:
        """Bring in rows, adding to `names`; those are given back that are of a record which another of them has just made."""
        names |= self.named(connection, lines, names)
        rows, known = understood(connection, self.entity, self.plan, lines, names, self.reading, self.viewer)
        bad: list[tuple[Understood, Refusal]] = [(one, one.problem) for one in rows if one.problem]
        bad += [(one, why) for one in rows if not one.problem and isinstance(why := known.get(one.row), Refusal)]
        bad += [(one, why) for one in rows if not one.problem and one.row not in known and (why := self._not_theirs(one)) is not None]
        refused = {one.row for one, _why in bad}
        good = [one for one in rows if one.row not in refused]
        new = [one for one in good if one.row not in known and self.plan.mode != "update" and self.viewer.may(self.entity.name, "create")]
        new, again = first_of_each(self.entity, self.plan, new)
        old = [one for one in good if one.row in known and self.plan.mode != "create"]
        counts = {"created": 0, "updated": 0, "skipped": len(good) - len(new) - len(again) - len(old), "bad": 0}
        made = create_many(connection, self.entity, [one.values for one in new], self.entities, self.reading, self.who)
        for one, outcome in zip(new, made, strict=True):
            if isinstance(outcome, Refusal):
                bad.append((one, outcome))
            else:
                counts["created"] += 1
        for one in old:
            try:
                number = known[one.row]
                assert isinstance(number, int)
                counts["updated" if self._update(connection, number, one) else "skipped"] += 1
            except Refusal as error:
                bad.append((one, error))
        counts["bad"] = len(bad)
        self._note(connection, bad, counts)
        later = {one.row for one in again}
        return [line for line in lines if line.row in later]

    def named(self, connection: Connection, lines: Sequence[Line], known: Names, *, make: bool = True) -> dict[tuple[str, str], int | None]:
        """The linked records that the rows speak of and that are not `known`. `make`: those that nobody knows are made, when the plan says so."""
        wanted = unknown(names_in(self.entity, (one.naming for one in lines)), known)
        names = find_names(connection, self.entities, wanted, self.viewer)
        if make and self.plan.create_references:
            names |= create_named(connection, self.entities, wanted, names, self.reading, self.viewer, self.who)
        return names

    def previewed(self, connection: Connection, lines: Sequence[Line]) -> tuple[list[Understood], dict[int, int | Refusal]]:
        """What the rows mean, and which record each is that is there already; nothing is made."""
        names = self.named(connection, lines, {}, make=False)
        return understood(connection, self.entity, self.plan, lines, names, self.reading, self.viewer)

    def _not_theirs(self, one: Understood) -> Refusal | None:
        """Why a new record may not be as the row says: it gives it to somebody, or switches it off, without the right to do that."""
        if self.plan.mode == "update":
            return None
        try:
            may_set(self.entity, self.viewer, {}, one.values)
        except NoRight as refusal:
            return refusal
        return None

    def _update(self, connection: Connection, number: int, one: Understood) -> bool:
        """Save a row over the record it is; whether that changed anything."""
        with connection.begin_nested():
            current = one_record(connection, self.entity, number, self.viewer, "edit").values
            values = _united(self.entity, current, one.values)
            may_set(self.entity, self.viewer, current, values)
            return bool(change(connection, self.entity, number, values, None, self.entities, self.reading, self.who, "imported"))

    def _note(self, connection: Connection, bad: Sequence[tuple[Understood, Refusal]], counts: Mapping[str, int]) -> None:
        if bad:
            rows = [
                {"job_id": self.job, "row": one.row, "cells": list(one.cells), "why_fa": why.text("fa"), "why_en": why.text("en")}
                for one, why in bad
            ]
            connection.execute(insert(import_problem), rows[:MOST_PROBLEMS])
        values: dict[str, Any] = {name: import_job.c[name] + count for name, count in counts.items()}
        connection.execute(update(import_job).where(import_job.c.id == self.job).values(values))


def _united(entity: Entity, current: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the file come beside those that are there; everything else replaces."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        one = entity.field(name)
        if one and isinstance(one.kind, Rows) and current.get(name) and value:
            names = list(one.kind.derived) + [inner.name for inner in one.kind.fields if inner.read_only] or [
                inner.name for inner in one.kind.fields
            ]
            known = {tuple(row.get(key) for key in names) for row in current[name]}
            found[name] = [*current[name], *(row for row in value if tuple(row.get(key) for key in names) not in known)]
        else:
            found[name] = value
    return found
