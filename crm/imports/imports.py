"""Imports from the upload to the undoing: read in a process apart, shown before they run, run in the background batch by batch.

A batch's records and the job's position are one transaction: killed in the middle, the job goes on behind the last whole batch when the
product starts again, and nothing is brought in twice. What an import changed is known by its origin in the history ("import 7").
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve
from sqlalchemy import Connection, delete, func, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from config.patience import patiently
from config.statistics import Growth, look_at
from config.translations import _
from crm.access import Viewer
from crm.entity import Entity, Who
from crm.imports.bringing import Bringing, Trial
from crm.imports.linked import MOST_REMEMBERED, Names
from crm.imports.mapping import fingerprint, guess
from crm.imports.reader import Reader
from crm.imports.sheet_file import SheetFile
from crm.imports.sheets import LARGEST_FILE, TOO_LARGE, FileRefused
from crm.imports.tables import import_job, import_mapping, import_problem
from crm.imports.taking_back import done_before, origin_of, take_back
from crm.imports.understanding import MODES, Line, Plan
from crm.patterns import Patterns
from crm.record_tables import history
from crm.records import Records
from crm.tables import search_token

BATCH = 500
"""Rows in one transaction: whatever else is to be saved waits no longer than one of these takes."""
PREVIEW = 20
SHARED = (search_token, history)
"""Tables of all entities that grow with each."""


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
            await self._sheet(number).made_from(file)
            headers, total = await asyncio.to_thread(self._sheet(number).measured)
        except BaseException:
            await self.forget(number, viewer)
            raise
        known = await self._remembered(entity, headers)
        if known:
            mapping, options = known["mapping"], known["options"]
        else:
            mapping, variant = await asyncio.to_thread(guess, entity, headers, viewer.pattern.field_level)
            options = {"mode": "both", "keys": _usual_keys(entity, mapping), "empty": "keep", "references": "find", "variant": variant}
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
        sorts = {one.name for one in self._records.catalogue[job["entity"]].variants}
        if (options.get("variant") or "") not in {"", *sorts}:
            raise ImportRefused(reason=_("there is no such sort of record"))
        await self._set(number, mapping=list(mapping), options=dict(options))

    async def preview(self, number: int, viewer: Viewer) -> Trial:
        """What would become of the first rows."""
        job = await self.job(number, viewer)
        bringing = self._bringing(job, viewer)
        lines = await asyncio.to_thread(bringing.lines, self._sheet(number), 0, PREVIEW)
        return await self._database.write(partial(bringing.tried, lines=lines))

    # ── Running ──────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, number: int, viewer: Viewer) -> None:
        """Begin; it runs in the background."""
        job = await self.job(number, viewer)
        viewer.demand(job["entity"], "import")
        if job["state"] not in ("mapping", "cancelled", "failed"):
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
        self._tasks.start(self._watched(work, job["id"]), f"import {job['id']}")

    async def _watched(self, work: Coroutine[Any, Any, None], number: int) -> None:
        """A fault does not leave the job running for ever: it is marked, and can be gone on with or taken back; the log has the fault."""
        try:
            await work
        except Exception:
            await self._ended(number, "failed")
            raise

    async def _ended(self, number: int, state: str) -> None:
        now = self._clock.now()
        await patiently(self._clock, f"the end of import {number}", lambda: self._set(number, state=state, ended_at=now))

    async def _run(self, job: dict[str, Any]) -> None:
        """Batch after batch; while one is written the next is read."""
        reader = Reader(self._sheet(job["id"]))
        try:
            state = await self._bring_all(job, reader)
        finally:
            await asyncio.to_thread(reader.end)
        self._cancelled.discard(job["id"])
        await self._ended(job["id"], state)

    async def _bring_all(self, job: dict[str, Any], reader: Reader) -> str:
        """The state in which that ends."""
        entity = self._records.catalogue[job["entity"]]
        growth = Growth(
            await self._database.read(lambda connection: connection.execute(select(func.count()).select_from(entity.table)).scalar_one())
        )
        names: Names = {}
        bringing, lines = await self._ahead(job, reader, job["position"])
        while lines:
            if job["id"] in self._cancelled or not bringing.viewer.may(entity.name, "import"):
                return "cancelled"
            batch = partial(evolve(bringing, names=names).batch, lines=lines)
            writing = patiently(self._clock, f"import {job['id']}", partial(self._database.write, batch))
            come = len(lines)
            found, (bringing, lines) = await asyncio.gather(writing, self._ahead(job, reader, lines[-1].row))
            names = found if len(found) < MOST_REMEMBERED else {}
            if growth.grown(come):
                await self._database.write(partial(look_at, tables=(entity.table, *entity.children.values(), *SHARED)))
        return "done"

    async def _ahead(self, job: Mapping[str, Any], reader: Reader, position: int) -> tuple[Bringing, list[Line]]:
        bringing = self._bringing(job, self._patterns.viewer(job["by"]))  # as they may by now: who leaves brings nothing more
        return bringing, await asyncio.to_thread(reader.lines, bringing, position, BATCH)

    def _bringing(self, job: Mapping[str, Any], viewer: Viewer) -> Bringing:
        """The job with the world as it is now: fields and lists may change while it runs."""
        catalogue = self._records.catalogue
        return Bringing(
            job=job["id"], entity=catalogue[job["entity"]], plan=Plan.of(job), viewer=viewer, entities=catalogue.entities,
            reading=self._records.reading(), who=Who(username=viewer.username, at=self._clock.now(), origin=origin_of(job["id"]), viewer=viewer),
        )  # fmt: skip

    # ── Afterwards ───────────────────────────────────────────────────────────────────────────────────────────

    async def problems(self, number: int, viewer: Viewer, most: int = 200) -> list[dict[str, Any]]:
        """The refused rows: row, cells, why_fa, why_en."""
        await self.job(number, viewer)
        chosen = select(import_problem).where(import_problem.c.job_id == number).order_by(import_problem.c.row).limit(most)
        return [dict(row) for row in await self._database.read(lambda connection: connection.execute(chosen).mappings().all())]

    async def undo(self, number: int, viewer: Viewer) -> None:
        """Take back what the import did, in the background: made records go into the bin, changed fields get their old values where nobody changed them since."""
        job = await self.job(number, viewer)
        if job["state"] not in ("done", "cancelled", "failed"):
            raise ImportRefused(reason=_("it has not run, or has been taken back already"))
        undoing = {"state": "undoing", "taken_back": 0, "undone_by": viewer.username}
        await self._set(number, **undoing)
        self._begin({**job, **undoing})

    async def _take_back(self, job: Mapping[str, Any]) -> None:
        number, viewer, last = job["id"], self._patterns.viewer(job["undone_by"] or job["by"]), 2**31 - 1
        await self._set(number, taken_back=0)  # from the newest on again, also where a stop of the product came in between
        while rows := await self._database.read(partial(done_before, job=number, last=last)):
            who = Who(username=viewer.username, at=self._clock.now(), origin=f"undo of import {number}")
            entities, reading = self._records.catalogue.entities, self._records.reading()
            batch = partial(take_back, job=number, rows=rows, viewer=viewer, entities=entities, reading=reading, who=who)
            await patiently(self._clock, f"undo of import {number}", partial(self._database.write, batch))
            last = rows[-1]["id"]
        await self._ended(number, "undone")

    async def forget(self, number: int, viewer: Viewer) -> None:
        """Remove a job and its file; records stay as they are."""
        await self.job(number, viewer)
        await self._database.write(lambda connection: connection.execute(delete(import_job).where(import_job.c.id == number)))
        await asyncio.to_thread(self._sheet(number).file.unlink, missing_ok=True)

    async def _remembered(self, entity: Entity, headers: Sequence[str]) -> dict[str, Any] | None:
        c = import_mapping.c
        chosen = select(import_mapping).where(c.entity == entity.name, c.headers == fingerprint(headers))
        row = await self._database.read(lambda connection: connection.execute(chosen).mappings().first())
        return dict(row) if row else None

    async def _set(self, number: int, **values: Any) -> None:
        await self._database.write(
            lambda connection: connection.execute(update(import_job).where(import_job.c.id == number).values(values))
        )

    def _sheet(self, number: int) -> SheetFile:
        return SheetFile(self._folder / f"{number}.jsonl")


def _usual_keys(entity: Entity, mapping: Sequence[str]) -> list[str]:
    """The declared keys of one field each that the file has a column for."""
    given = {target.split(".")[0] for target in mapping if target}
    return [key[0] for key in entity.keys if len(key) == 1 and key[0].split(".")[0] in given]


def _made(connection: Connection, row: Mapping[str, Any]) -> int:
    made = connection.execute(insert(import_job).values(dict(row))).inserted_primary_key
    assert made is not None
    return int(made[0])


def _remember(connection: Connection, row: Mapping[str, Any]) -> None:
    c = import_mapping.c
    connection.execute(delete(import_mapping).where(c.entity == row["entity"], c.headers == row["headers"]))
    connection.execute(insert(import_mapping).values(dict(row)))
