"""Exports from the wish to the download: written in the background page by page, with progress, kept for a while for whoever asked."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from attrs import evolve
from sqlalchemy import JSON, Column, Connection, Float, Index, Integer, String, Table, delete, insert, select, text, update

from config.clock import Clock
from config.database import Database, metadata
from config.errors import Refusal
from config.loops import Tasks
from config.patience import patiently
from config.places import PROJECT
from config.translations import _
from crm.access import Viewer
from crm.exports.formats import FORMATS, Html, Pdf, Writer
from crm.exports.table import Layout, layout
from crm.fields.field import Field
from crm.fields.kind import Showing
from crm.linked_names import Names, titles
from crm.query import Query, page
from crm.record import Record, looked_at, records
from crm.records import Records

export_job = Table(
    "export_job",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("entity", String, nullable=False),
    Column("by", String, nullable=False),
    Column("at", Float, nullable=False),
    Column("format", String, nullable=False),
    Column("columns", JSON, nullable=False, server_default=text("'[]'")),
    Column("title", String, nullable=False, server_default=""),
    Column("state", String, nullable=False, server_default="running"),
    Column("total", Integer, nullable=False, server_default="0"),
    Column("position", Integer, nullable=False, server_default="0"),
    Column("size", Integer, nullable=False, server_default="0"),
    Column("ended_at", Float),
)
"""`state`: running | done | cancelled | failed | gone (its file has been removed)."""

Index("ix_export_job_by", export_job.c.by, export_job.c.id)

PAGE = 500
KEPT_SECONDS = 24 * 3600.0
MOST_AT_ONCE = 2
PRINT_SECONDS = 300


class NoSuchExport(Refusal):
    """Not there, or somebody else's."""

    code = "no_such_export"
    status = 404
    sentence = _("There is no such export any more, or it is somebody else's.")


class ExportRefused(Refusal):
    """A format that is none, or that does not take so many rows."""

    code = "export_refused"
    status = 422
    sentence = _("This cannot be exported so: {reason}.")


class Exports:
    """The verbs on exports. `folder`: where the files lie."""

    def __init__(self, database: Database, clock: Clock, records: Records, folder: Path, timezone: str = "Asia/Tehran") -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._folder = folder
        self._timezone = timezone
        self._tasks = Tasks("exports")
        self._gate = asyncio.Semaphore(MOST_AT_ONCE)
        self._cancelled: set[int] = set()

    async def stop(self) -> None:
        """Stop what is written."""
        await self._tasks.stop()

    async def tidy(self) -> None:
        """Exports that a stop interrupted have failed; old files go. For the start, and now and then."""
        now = self._clock.now()
        stopped = update(export_job).where(export_job.c.state == "running").values(state="failed", ended_at=now)
        old = select(export_job.c.id, export_job.c.format).where(export_job.c.at < now - KEPT_SECONDS, export_job.c.state != "gone")
        await self._database.write(lambda connection: connection.execute(stopped))
        rows = await self._database.read(lambda connection: [tuple(row) for row in connection.execute(old)])
        for number, form in rows:
            await asyncio.to_thread(self._file(number, form).unlink, missing_ok=True)
        await self._database.write(
            lambda connection: connection.execute(update(export_job).where(export_job.c.at < now - KEPT_SECONDS).values(state="gone"))
        )
        await self._database.write(
            lambda connection: connection.execute(delete(export_job).where(export_job.c.at < now - 30 * KEPT_SECONDS))
        )

    async def start(self, query: Query, fields: Sequence[Field], form: str, viewer: Viewer, *, language: str, title: str) -> int:
        """Begin to write the list `query` as a file; the id of the job. Raises NoRight, ExportRefused."""
        entity = query.entity
        viewer.demand(entity.name, "export")
        if form not in FORMATS or (form == "vcf" and entity.name != "party"):
            raise ExportRefused(reason=_("there is no such format here"))
        wanted = evolve(query, right="export", after="", before="", offset=0, limit=PAGE)
        total = await self._records.count(wanted, viewer, language)
        if (most := FORMATS[form].most) and total > most:
            raise ExportRefused(reason=_("a document of more than {most} rows; take xlsx or csv").format(most=most))
        seen = {one.name for one in entity.of(level=viewer.pattern.field_level)}
        columns = [one for one in fields if one.name in seen or entity.field(one.name) is None]
        row = {
            "entity": entity.name, "by": viewer.username, "at": self._clock.now(), "format": form, "columns": [one.name for one in columns],
            "title": title[:200], "total": total,
        }  # fmt: skip
        number = await self._database.write(lambda connection: _made(connection, row))
        plan = layout(entity, columns, language, title)
        self._tasks.start(self._run(number, wanted, plan, form, viewer), f"export {number}")
        return number

    async def job(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """One's own export."""
        chosen = select(export_job).where(export_job.c.id == number, export_job.c.by == viewer.username)
        row = await self._database.read(lambda connection: connection.execute(chosen).mappings().first())
        if row is None:
            raise NoSuchExport
        return dict(row)

    async def mine(self, viewer: Viewer) -> list[dict[str, Any]]:
        """One's own last exports."""
        chosen = select(export_job).where(export_job.c.by == viewer.username).order_by(export_job.c.id.desc()).limit(30)
        return [dict(row) for row in await self._database.read(lambda connection: connection.execute(chosen).mappings().all())]

    async def file(self, number: int, viewer: Viewer) -> tuple[Path, str, str]:
        """The finished file, its media type, and the name it is downloaded under."""
        job = await self.job(number, viewer)
        if job["state"] != "done":
            raise NoSuchExport
        form = FORMATS[job["format"]]
        return self._file(number, job["format"]), form.media, f"{job['title'] or job['entity']}.{form.ending}"

    def cancel(self, number: int) -> None:
        """Stop behind the present page."""
        self._cancelled.add(number)

    async def settled(self) -> None:
        """Wait until nothing is written."""
        await self._tasks.settled(3600)

    async def _run(self, number: int, query: Query, plan: Layout, form: str, viewer: Viewer) -> None:
        state, size, file = "failed", 0, self._file(number, form)
        async with self._gate:
            try:
                if await self._write(number, query, plan, form, viewer):
                    state, size = "done", (await asyncio.to_thread(file.stat)).st_size
                else:
                    state = "cancelled"
            finally:
                self._cancelled.discard(number)
                if state != "done":
                    await asyncio.to_thread(file.unlink, missing_ok=True)
                ending = partial(self._set, number, state=state, size=size, ended_at=self._clock.now())
                await patiently(self._clock, f"the end of export {number}", ending)

    async def _write(self, number: int, query: Query, plan: Layout, form: str, viewer: Viewer) -> bool:
        """Write the whole file; whether it came to its end."""
        writer = await asyncio.to_thread(self._open, number, form, plan)
        try:
            return await self._fill(writer, number, query, plan, form, viewer)
        except BaseException:
            with suppress(Exception):  # it cannot be finished; its file is to be let go of all the same, and the first fault is told
                await asyncio.to_thread(writer.close)
            raise

    async def _fill(self, writer: Writer, number: int, query: Query, plan: Layout, form: str, viewer: Viewer) -> bool:
        world, only = self._records.world(viewer, plan.language), self._wanted(plan, form)
        entities = self._records.catalogue.entities
        showing = Showing(language=plan.language, timezone=self._timezone)
        fields = [one.field for one in plan.columns] if form != "vcf" else [one for one in query.entity.fields if one.name in only]

        read = looked_at(query.entity, viewer, only)

        def some(connection: Connection, query: Query) -> tuple[list[Record], Names, str]:
            found = page(connection, query, world, read)
            rows = records(connection, query.entity, found.rows, viewer, only)
            return rows, titles(connection, entities, fields, [one.values for one in rows], viewer), found.next

        position = 0
        rows, named, after = await self._database.read(partial(some, query=query))
        more = True
        while more:
            writing = asyncio.to_thread(writer.add, rows, evolve(showing, titles=named))
            position += len(rows)
            if more := bool(after):  # while some are written the next are read
                _none, (rows, named, after) = await asyncio.gather(
                    writing, self._database.read(partial(some, query=evolve(query, after=after)))
                )
            else:
                await writing
            await self._set(number, position=position)
            if number in self._cancelled:
                await asyncio.to_thread(writer.close)
                return False
        if isinstance(writer, Pdf):
            Html.close(writer)
            await _print(self._file(number, form))
        else:
            await asyncio.to_thread(writer.close)
        return True

    def _open(self, number: int, form: str, plan: Layout) -> Writer:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return FORMATS[form].writer(self._file(number, form), plan)

    @staticmethod
    def _wanted(plan: Layout, form: str) -> set[str]:
        contact = {"first_name", "last_name", "channels", "addresses", "relations", "birth", "note"} if form == "vcf" else set()
        return {one.field.name for one in plan.columns} | contact

    async def _set(self, number: int, **values: Any) -> None:
        await self._database.write(
            lambda connection: connection.execute(update(export_job).where(export_job.c.id == number).values(values))
        )

    def _file(self, number: int, form: str) -> Path:
        return self._folder / f"{number}.{FORMATS[form].ending}"


async def _print(pdf: Path) -> None:
    """The HTML beside `pdf` as PDF, in a process of its own."""
    page_file = pdf.with_suffix(".html")
    code = "import sys; from pathlib import Path; from config.paper import limit; from crm.exports.formats import print_pdf; limit(); print_pdf(Path(sys.argv[1]), Path(sys.argv[2]))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, str(page_file), str(pdf), cwd=PROJECT, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        async with asyncio.timeout(PRINT_SECONDS):
            _out, errors = await process.communicate()
    except BaseException:
        if process.returncode is None:
            process.kill()
            await process.wait()
        raise
    finally:
        await asyncio.to_thread(page_file.unlink, missing_ok=True)
    if process.returncode:
        raise ExportRefused(reason=errors.decode("utf-8", "replace")[-200:])


def _made(connection: Connection, row: Mapping[str, Any]) -> int:
    made = connection.execute(insert(export_job).values(dict(row))).inserted_primary_key
    assert made is not None
    return int(made[0])
