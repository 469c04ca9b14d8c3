"""Imports from the upload to the undoing: read in a process apart, shown before they run, run in the background batch by batch.

A batch's records and the job's position are one transaction: killed in the middle, the job goes on behind the last whole batch when the
product starts again, and nothing is brought in twice. What an import changed is known by its origin in the history ("import 7").
"""

from __future__ import annotations

import asyncio
import itertools
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from attrs import frozen
from sqlalchemy import Connection, delete, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from config.places import PROJECT
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Who
from crm.imports.mapping import fingerprint, guess
from crm.imports.sheets import DAMAGED, LARGEST_FILE, TOO_LARGE, FileRefused
from crm.imports.tables import import_job, import_mapping, import_problem
from crm.imports.understanding import MODES, Plan, Understood, existing, find_names, names_in, understand
from crm.patterns import Patterns
from crm.record_making import create_many
from crm.record_saving import change, set_deleted
from crm.record_steps import one as one_record
from crm.record_tables import history
from crm.records import Records

BATCH = 100
PREVIEW = 20
READ_SECONDS = 330
MOST_PROBLEMS = 20_000
UNDO_BATCH = 50


class NoSuchImport(Refusal):
    """Not there, or somebody else's."""

    code = "no_such_import"
    status = 404
    sentence = _("There is no such import, or it is somebody else's.")


class ImportRefused(Refusal):
    """What cannot be done with an import in its present state."""

    code = "import_refused"
    status = 409
    sentence = _("This is not possible with this import now: {reason}.")


@frozen(kw_only=True)
class Preview:
    """How the first rows will be understood: each row's values and problem, and how many there are."""

    rows: tuple[Understood, ...]
    known: Mapping[int, int | Refusal]


class Imports:
    """The verbs on imports. `folder`: where the read files lie until their job is forgotten."""

    def __init__(self, database: Database, clock: Clock, records: Records, patterns: Patterns, folder: Path) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._patterns = patterns
        self._folder = folder
        self._tasks = Tasks("imports")
        self._cancelled: set[int] = set()

    async def stop(self) -> None:
        """Stop behind the present batch."""
        await self._tasks.stop()

    async def resume(self) -> None:
        """Go on with what a stop of the product interrupted."""
        chosen = select(import_job).where(import_job.c.state.in_(("running", "undoing")))
        for row in await self._database.read(lambda connection: [dict(one) for one in connection.execute(chosen).mappings()]):
            self._begin(row)

    # ── Before ───────────────────────────────────────────────────────────────────────────────────────────────

    async def take(self, entity: Entity, file: Path, name: str, viewer: Viewer) -> int:
        """Read an uploaded file; the id of its job, whose mapping is guessed. Raises NoRight, FileRefused."""
        viewer.demand(entity.name, "import")
        await asyncio.to_thread(self._prepare, file)
        row = {"entity": entity.name, "file": name[:200], "by": viewer.username, "at": self._clock.now(), "state": "reading"}
        number = await self._database.write(lambda connection: _made(connection, row))
        try:
            await _read_apart(file, self._sheet(number))
            headers, total = await asyncio.to_thread(_measured, self._sheet(number))
        except BaseException:
            await self.forget(number, viewer)
            raise
        known = await self._remembered(entity, headers)
        mapping = known["mapping"] if known else guess(entity, headers, viewer.pattern.field_level)
        options = (
            known["options"] if known else {"mode": "both", "keys": _usual_keys(entity, mapping), "empty": "keep", "references": "find"}
        )
        values = {"state": "mapping", "headers": headers, "mapping": mapping, "options": options, "total": total}
        await self._set(number, **values)
        return number

    def _prepare(self, file: Path) -> None:
        if file.stat().st_size > LARGEST_FILE:
            raise FileRefused(TOO_LARGE, most=LARGEST_FILE // 1024 // 1024)
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    async def job(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """The job; its maker's and the administrators'. Raises NoSuchImport."""
        row = await self._database.read(
            lambda connection: connection.execute(select(import_job).where(import_job.c.id == number)).mappings().first()
        )
        if row is None or (row["by"] != viewer.username and viewer.pattern.code != "administrator"):
            raise NoSuchImport
        return dict(row)

    async def of(self, entity: Entity, viewer: Viewer) -> list[dict[str, Any]]:
        """The last imports of an entity that the user may see."""
        chosen = select(import_job).where(import_job.c.entity == entity.name)
        if viewer.pattern.code != "administrator":
            chosen = chosen.where(import_job.c.by == viewer.username)
        rows = await self._database.read(
            lambda connection: connection.execute(chosen.order_by(import_job.c.id.desc()).limit(30)).mappings().all()
        )
        return [dict(row) for row in rows]

    async def plan(self, number: int, mapping: Sequence[str], options: Mapping[str, Any], viewer: Viewer) -> None:
        """Change how the file is understood."""
        job = await self.job(number, viewer)
        if job["state"] != "mapping":
            raise ImportRefused(reason=_("it has begun already"))
        if options.get("mode") not in MODES or len(mapping) != len(job["headers"]):
            raise ImportRefused(reason=_("the columns do not fit its file"))
        await self._set(number, mapping=list(mapping), options=dict(options))

    async def preview(self, number: int, viewer: Viewer) -> Preview:
        """The first rows as they will be understood."""
        job = await self.job(number, viewer)
        entity, plan = self._records.catalogue[job["entity"]], _plan(job)
        lines = await asyncio.to_thread(_lines, self._sheet(number), 0, PREVIEW)
        rows, known = await self._database.read(lambda connection: self._understood(connection, entity, plan, lines, viewer))
        return Preview(rows=tuple(rows), known=known)

    # ── Running ──────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, number: int, viewer: Viewer) -> None:
        """Begin; it runs in the background."""
        job = await self.job(number, viewer)
        viewer.demand(job["entity"], "import")
        if job["state"] not in ("mapping", "cancelled"):
            raise ImportRefused(reason=_("it has begun already"))
        remembered = {
            "entity": job["entity"],
            "headers": fingerprint(job["headers"]),
            "mapping": job["mapping"],
            "options": job["options"],
            "at": self._clock.now(),
        }
        await self._database.write(lambda connection: _remember(connection, remembered))
        await self._set(number, state="running", began_at=job["began_at"] or self._clock.now(), ended_at=None)
        self._begin({**job, "state": "running"})

    def cancel(self, number: int) -> None:
        """Stop behind the present batch; it can be started again, or undone."""
        self._cancelled.add(number)

    async def settled(self) -> None:
        """Wait until nothing runs (for tests and commands)."""
        await self._tasks.settled(3600)

    def _begin(self, job: dict[str, Any]) -> None:
        work = self._run(job) if job["state"] == "running" else self._take_back(job)
        self._tasks.start(work, f"import {job['id']}")

    async def _run(self, job: dict[str, Any]) -> None:
        number, viewer = job["id"], self._patterns.viewer(job["by"])
        state, position = "done", job["position"]
        while position < job["total"]:
            if number in self._cancelled:
                state = "cancelled"
                break
            lines = await asyncio.to_thread(_lines, self._sheet(number), position, BATCH)
            if not lines:
                break
            entity = self._records.catalogue[job["entity"]]
            await self._database.write(lambda connection, entity=entity, lines=lines: self._batch(connection, entity, job, lines, viewer))  # type: ignore[misc]  # mypy loses the defaults
            position += len(lines)
        self._cancelled.discard(number)
        await self._set(number, state=state, ended_at=self._clock.now())

    def _batch(
        self, connection: Connection, entity: Entity, job: Mapping[str, Any], lines: Sequence[tuple[int, list[Any]]], viewer: Viewer
    ) -> None:
        """Bring in some rows and move the position, in one transaction; nothing when that has been done (it was still being written when the job was stopped)."""
        here, last = import_job.c, lines[-1][0]
        claim = update(import_job).where(here.id == job["id"], here.position < last).values(position=last)
        if not connection.execute(claim).rowcount:
            return
        plan, who = _plan(job), Who(username=viewer.username, at=self._clock.now(), origin=f"import {job['id']}")
        entities, reading = self._records.catalogue.entities, self._records.reading()
        if plan.create_references:
            self._create_named(connection, entity, plan, lines, viewer, who)
        rows, known = self._understood(connection, entity, plan, lines, viewer)
        bad: list[tuple[Understood, Refusal]] = [(one, one.problem) for one in rows if one.problem]
        bad += [(one, why) for one in rows if not one.problem and isinstance(why := known.get(one.row), Refusal)]
        good = [one for one in rows if not one.problem and not isinstance(known.get(one.row), Refusal)]
        new = [one for one in good if one.row not in known and plan.mode != "update" and viewer.may(entity.name, "create")]
        old = [one for one in good if one.row in known and plan.mode != "create"]
        counts = {"created": 0, "updated": 0, "skipped": len(good) - len(new) - len(old), "bad": 0}
        for one, outcome in zip(new, create_many(connection, entity, [one.values for one in new], entities, reading, who), strict=True):
            if isinstance(outcome, Refusal):
                bad.append((one, outcome))
            else:
                counts["created"] += 1
        for one in old:
            try:
                with connection.begin_nested():
                    number = known[one.row]
                    assert isinstance(number, int)
                    current = one_record(connection, entity, number, viewer, "edit").values
                    changed = change(
                        connection, entity, number, _united(entity, current, one.values), None, entities, reading, who, "imported"
                    )
                counts["updated" if changed else "skipped"] += 1
            except Refusal as error:
                bad.append((one, error))
        counts["bad"] = len(bad)
        self._note(connection, job["id"], bad, counts, lines[-1][0])

    def _note(
        self, connection: Connection, number: int, bad: Sequence[tuple[Understood, Refusal]], counts: Mapping[str, int], last: int
    ) -> None:
        if bad:
            rows = [
                {"job_id": number, "row": one.row, "cells": list(one.cells), "why_fa": why.text("fa"), "why_en": why.text("en")}
                for one, why in bad
            ]
            connection.execute(insert(import_problem), rows[:MOST_PROBLEMS])
        values: dict[str, Any] = {name: import_job.c[name] + count for name, count in counts.items()}
        connection.execute(update(import_job).where(import_job.c.id == number).values(**values, position=last))

    def _understood(
        self, connection: Connection, entity: Entity, plan: Plan, lines: Sequence[tuple[int, list[Any]]], viewer: Viewer
    ) -> tuple[list[Understood], dict[int, int | Refusal]]:
        wanted = names_in(entity, plan, [cells for _row, cells in lines])
        names = find_names(connection, self._records.catalogue.entities, wanted, viewer)
        reading = self._records.reading()
        rows = [understand(entity, plan, row, cells, names, reading, viewer) for row, cells in lines]
        return rows, existing(connection, entity, plan, [one for one in rows if not one.problem], viewer)

    def _create_named(
        self, connection: Connection, entity: Entity, plan: Plan, lines: Sequence[tuple[int, list[Any]]], viewer: Viewer, who: Who
    ) -> None:
        """Make the linked records that nobody knows yet, by their names alone."""
        from config.persian.alphabet import sort_key

        entities = self._records.catalogue.entities
        wanted = names_in(entity, plan, [cells for _row, cells in lines])
        known = find_names(connection, entities, wanted, viewer)
        for name, texts in wanted.items():
            target = entities.get(name)
            if target is None or not viewer.may(name, "create"):
                continue
            missing = {sort_key(one): one for one in sorted(texts) if (name, sort_key(one)) not in known}
            company = {target.variant_field: "company"} if any(one.name == "company" for one in target.variants) else {}
            drafts = [{target.title_field: one, **company} for one in missing.values()]
            create_many(connection, target, drafts, entities, self._records.reading(), who)

    # ── Afterwards ───────────────────────────────────────────────────────────────────────────────────────────

    async def problems(self, number: int, viewer: Viewer, most: int = 200) -> list[dict[str, Any]]:
        """The refused rows: row, cells, why_fa, why_en."""
        await self.job(number, viewer)
        chosen = select(import_problem).where(import_problem.c.job_id == number).order_by(import_problem.c.row).limit(most)
        return [dict(row) for row in await self._database.read(lambda connection: connection.execute(chosen).mappings().all())]

    async def undo(self, number: int, viewer: Viewer) -> None:
        """Take back what the import did, in the background: made records go into the bin, changed fields get their old values where nobody changed them since."""
        job = await self.job(number, viewer)
        if job["state"] not in ("done", "cancelled"):
            raise ImportRefused(reason=_("it has not run, or has been taken back already"))
        await self._set(number, state="undoing")
        self._begin({**job, "state": "undoing"})

    async def _take_back(self, job: Mapping[str, Any]) -> None:
        number, viewer = job["id"], self._patterns.viewer(job["by"])
        origin, last = f"import {number}", 2**31 - 1
        while True:
            chosen = select(history).where(history.c.origin == origin, history.c.id < last).order_by(history.c.id.desc()).limit(UNDO_BATCH)
            rows = await self._database.read(lambda connection, chosen=chosen: [dict(row) for row in connection.execute(chosen).mappings()])  # type: ignore[misc]  # mypy loses the default
            if not rows:
                break
            await self._database.write(lambda connection, rows=rows: self._undo_rows(connection, rows, number, viewer))  # type: ignore[misc]  # as above
            last = rows[-1]["id"]
        await self._set(number, state="undone", ended_at=self._clock.now())

    def _undo_rows(self, connection: Connection, rows: Sequence[Mapping[str, Any]], number: int, viewer: Viewer) -> None:
        entities, reading = self._records.catalogue.entities, self._records.reading()
        who = Who(username=viewer.username, at=self._clock.now(), origin=f"undo of import {number}")
        for row in rows:
            entity = entities.get(row["entity"])
            if entity is None:
                continue
            try:
                with connection.begin_nested():
                    if row["act"] == "created":
                        set_deleted(connection, entity, row["record_id"], entities, who, deleted=True)
                    else:
                        values = one_record(connection, entity, row["record_id"], viewer).values
                        back = {name: pair[0] for name, pair in row["changes"].items() if values.get(name) == pair[1]}
                        change(connection, entity, row["record_id"], back, None, entities, reading, who)
            except Refusal:
                continue  # deleted or changed by somebody since: theirs counts

    async def forget(self, number: int, viewer: Viewer) -> None:
        """Remove a job and its file; records stay as they are."""
        await self.job(number, viewer)
        await self._database.write(lambda connection: connection.execute(delete(import_job).where(import_job.c.id == number)))
        await asyncio.to_thread(self._sheet(number).unlink, missing_ok=True)

    async def _remembered(self, entity: Entity, headers: Sequence[str]) -> dict[str, Any] | None:
        c = import_mapping.c
        chosen = select(import_mapping).where(c.entity == entity.name, c.headers == fingerprint(headers))
        row = await self._database.read(lambda connection: connection.execute(chosen).mappings().first())
        return dict(row) if row else None

    async def _set(self, number: int, **values: Any) -> None:
        await self._database.write(
            lambda connection: connection.execute(update(import_job).where(import_job.c.id == number).values(values))
        )

    def _sheet(self, number: int) -> Path:
        return self._folder / f"{number}.jsonl"


async def _read_apart(file: Path, out: Path) -> None:
    """Read `file` into `out` in a process of its own. Raises FileRefused."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "crm.imports.sheets", str(file), str(out), cwd=PROJECT, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )  # fmt: skip
    try:
        async with asyncio.timeout(READ_SECONDS):
            said, _errors = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    if process.returncode == 3:
        refusal = orjson.loads(said)
        raise FileRefused(refusal["reason"], **refusal["places"])
    if process.returncode:
        raise FileRefused(DAMAGED)


def _measured(sheet: Path) -> tuple[list[str], int]:
    """Headers and how many rows there are below them."""
    with sheet.open("rb") as lines:
        headers = [str(one) if one is not None else "" for one in orjson.loads(next(lines))]
        return headers, sum(1 for _line in lines)


def _lines(sheet: Path, position: int, most: int) -> list[tuple[int, list[Any]]]:
    """Some rows behind `position`, numbered from 1."""

    def rows() -> Iterator[tuple[int, list[Any]]]:
        with sheet.open("rb") as lines:
            for row, line in enumerate(itertools.islice(lines, position + 1, position + 1 + most), position + 1):
                yield row, orjson.loads(line)

    return list(rows())


def _plan(job: Mapping[str, Any]) -> Plan:
    options = job["options"]
    return Plan(
        mapping=tuple(job["mapping"]), mode=options.get("mode", "both"), keys=tuple(options.get("keys") or ()), clear=options.get("empty") == "clear",
        create_references=options.get("references") == "create",
    )  # fmt: skip


def _usual_keys(entity: Entity, mapping: Sequence[str]) -> list[str]:
    """The declared keys of one field each that the file has a column for."""
    given = {target.split(".")[0] for target in mapping if target}
    return [key[0] for key in entity.keys if len(key) == 1 and key[0].split(".")[0] in given]


def _united(entity: Entity, current: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the file come beside those that are there; everything else replaces."""
    from crm.fields.rows import Rows

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


def _made(connection: Connection, row: Mapping[str, Any]) -> int:
    made = connection.execute(insert(import_job).values(dict(row))).inserted_primary_key
    assert made is not None
    return int(made[0])


def _remember(connection: Connection, row: Mapping[str, Any]) -> None:
    c = import_mapping.c
    connection.execute(delete(import_mapping).where(c.entity == row["entity"], c.headers == row["headers"]))
    connection.execute(insert(import_mapping).values(dict(row)))
