"""Letters: one kept with its record and on the customer's timeline, or one PDF for many, in the background, with progress and cancelling."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from attrs import frozen
from sqlalchemy import Connection, delete, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.loops import Tasks
from config.patience import patiently
from config.translations import _
from crm.access import Viewer
from crm.attachments.attachments import Attachments
from crm.entity import Entity
from crm.fields.references import Reference, References
from crm.fields.rich import plain_text, safe_html
from crm.merging.merging import Merging, Text
from crm.merging.tables import letter_job
from crm.record import Record
from crm.records import Records

MOST = 500
"""Letters of one job."""
BATCH = 20
MOST_PROBLEMS = 50
KEPT_SECONDS = 24 * 3600.0
LONGEST_NOTE = 4_000

log = logging.getLogger(__name__)


@frozen(kw_only=True)
class Sheet:
    """One letter to be printed: its subject, its text (HTML that is safe), and its language."""

    subject: str
    body: str
    language: str


Printer = Callable[[Sequence[Sheet], str], Awaitable[bytes]]
"""Letters under a title as one PDF, each on a page of its own; raises a Refusal."""


class LettersRefused(Refusal):
    """Letters that cannot be written so."""

    code = "letters_refused"
    status = 422
    sentence = _("These letters cannot be written: {reason}.")

    def text(self, language: str) -> str:
        from config.translations import translate

        return translate(language, self.sentence, reason=translate(language, self.values["reason"], most=MOST))


class NoSuchLetters(Refusal):
    """Not there any more, or somebody else's."""

    code = "no_such_letters"
    status = 404
    sentence = _("There are no such letters any more, or they are somebody else's.")


class Letters:
    """The verbs. `folder`: where the PDFs of many letters lie for a day."""

    def __init__(
        self, database: Database, clock: Clock, records: Records, merging: Merging, attachments: Attachments, printer: Printer, folder: Path
    ) -> None:
        self._database = database
        self._clock = clock
        self._records = records
        self._merging = merging
        self._attachments = attachments
        self._printer = printer
        self._folder = folder
        self._tasks = Tasks("letters")
        self._one_by_one = asyncio.Lock()
        self._cancelled: set[int] = set()

    async def stop(self) -> None:
        """Stop what is written."""
        await self._tasks.stop()

    async def settled(self) -> None:
        """Wait until nothing is written."""
        await self._tasks.settled(600)

    # ── One ──────────────────────────────────────────────────────────────────────────────────────────────────

    async def pdf(self, subject: str, body: str, language: str) -> bytes:
        """One letter as PDF."""
        return await self._printer([Sheet(subject=subject, body=safe_html(body), language=language)], subject)

    async def keep(self, entity: Entity, record_id: int, subject: str, body: str, language: str, viewer: Viewer, origin: str = "") -> int:
        """Keep a letter: its PDF with the record, and a communication on the customer's timeline; the communication's id, 0 without one.

        Who may not edit the record keeps the PDF with the communication. Raises NoSuchRecord, NoRight, DiskFull.
        """
        record = await self._records.get(entity, record_id, viewer, "print")
        made = await self.pdf(subject, body, language)
        noted = await self.note(entity, record, subject, body, viewer, origin)
        on_record = viewer.may_with(entity.name, "edit", record.values)
        place, number = (entity, record_id) if on_record or not noted else (self._records.catalogue["communication"], noted)
        name = f"{subject or record.title}.pdf"
        upload = await self._attachments.begin(name, len(made), viewer)
        size = 1024 * 1024
        for offset in range(0, len(made), size):
            await self._attachments.piece(upload, offset, made[offset : offset + size], viewer)
        await self._attachments.finish(upload, place, number, "", viewer)
        return noted

    async def note(self, entity: Entity, record: Record, subject: str, body: str, viewer: Viewer, origin: str = "") -> int:
        """Write a letter down on the timelines of the record's customers; the communication's id, 0 when the record has none."""
        communication = self._records.catalogue.entities.get("communication")
        parties = customers(entity, record)
        if communication is None or not parties:
            return 0
        values = {
            "method": "letter",
            "direction": "out",
            "subject": subject[:200],
            "parties": parties,
            "note": plain_text(body)[:LONGEST_NOTE],
        }
        return await self._records.create(communication, values, viewer, origin=origin)

    # ── Many ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def start(self, template: int, entity: Entity, ids: Sequence[int], viewer: Viewer, *, noted: bool) -> int:
        """Begin to write a letter to each of these records; the job. Raises NoRight, NoSuchTemplate, LettersRefused."""
        viewer.demand(entity.name, "print")
        known = await self._merging.template(template, entity, "letter", viewer)
        if not ids:
            raise LettersRefused(reason=_("no record is chosen"))
        if len(ids) > MOST:
            raise LettersRefused(reason=_("at most {most} at once; narrow the list"))
        row = {
            "entity": entity.name, "template_id": known.id, "title": known.title, "by": viewer.username, "at": self._clock.now(),
            "ids": list(ids), "noted": noted,
        }  # fmt: skip
        made = await self._database.write(lambda connection: connection.execute(insert(letter_job).values(row)).inserted_primary_key)
        assert made is not None
        self._tasks.start(self._run(int(made[0]), known, entity, list(ids), viewer, noted=noted), f"letters {made[0]}")
        return int(made[0])

    async def mine(self, viewer: Viewer) -> list[dict[str, Any]]:
        """One's own last jobs."""
        chosen = select(letter_job).where(letter_job.c.by == viewer.username).order_by(letter_job.c.id.desc()).limit(30)
        return [dict(row) for row in await self._database.read(lambda connection: connection.execute(chosen).mappings().all())]

    async def job(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """One's own job. Raises NoSuchLetters."""
        chosen = select(letter_job).where(letter_job.c.id == number, letter_job.c.by == viewer.username)
        row = await self._database.read(lambda connection: connection.execute(chosen).mappings().first())
        if row is None:
            raise NoSuchLetters
        return dict(row)

    async def file(self, number: int, viewer: Viewer) -> tuple[Path, str]:
        """The finished PDF and its name. Raises NoSuchLetters."""
        job = await self.job(number, viewer)
        if job["state"] != "done":
            raise NoSuchLetters
        return self._file(number), f"{job['title']}.pdf"

    async def cancel(self, number: int, viewer: Viewer) -> None:
        """Stop behind the letters being written now; nothing is kept of them."""
        if (await self.job(number, viewer))["state"] == "running":
            self._cancelled.add(number)

    async def tidy(self) -> None:
        """What a stop interrupted has failed; old files go. For the start, and now and then."""
        now, c = self._clock.now(), letter_job.c
        stopped = update(letter_job).where(c.state == "running").values(state="failed", ended_at=now)
        old = select(c.id).where(c.at < now - KEPT_SECONDS, c.state != "gone")
        await self._database.write(lambda connection: connection.execute(stopped))
        for number in await self._database.read(lambda connection: list(connection.execute(old).scalars())):
            await asyncio.to_thread(self._file(number).unlink, missing_ok=True)
        gone = update(letter_job).where(c.at < now - KEPT_SECONDS).values(state="gone")
        await self._database.write(lambda connection: connection.execute(gone))
        await self._database.write(lambda connection: connection.execute(delete(letter_job).where(c.at < now - 30 * KEPT_SECONDS)))

    async def _run(self, number: int, template: Record, entity: Entity, ids: list[int], viewer: Viewer, *, noted: bool) -> None:
        state, size = "failed", 0
        async with self._one_by_one:
            try:
                texts = await self._texts(number, template, entity, ids, viewer)
                if texts is None:
                    state = "cancelled"
                elif texts:
                    made = await self._printer(
                        [Sheet(subject=one.subject, body=one.body, language=one.language) for _id, one in texts], template.title
                    )
                    await asyncio.to_thread(self._write, number, made)
                    if noted:
                        await self._note_all(entity, texts, viewer, f"letters {number}")
                    state, size = "done", len(made)
            except Refusal as refusal:
                await self._set(number, problems=[[0, "", refusal.text("fa"), refusal.text("en")]])
            finally:
                self._cancelled.discard(number)
                ending = partial(self._set, number, state=state, size=size, ended_at=self._clock.now())
                await patiently(self._clock, f"the end of letters {number}", ending)

    async def _texts(self, number: int, template: Record, entity: Entity, ids: list[int], viewer: Viewer) -> list[tuple[int, Text]] | None:
        """The text for each record, those that are refused written down; None when it was cancelled."""
        texts: list[tuple[int, Text]] = []
        problems: list[list[Any]] = []
        for begin in range(0, len(ids), BATCH):
            if number in self._cancelled:
                return None
            some = ids[begin : begin + BATCH]
            good, bad = await self._database.read(partial(self._some, template=template, entity=entity, ids=some, viewer=viewer))
            texts += good
            problems += bad
            await self._set(number, position=begin + len(some), written=len(texts), problems=problems[:MOST_PROBLEMS])
        return None if number in self._cancelled else texts

    def _some(
        self, connection: Connection, template: Record, entity: Entity, ids: Sequence[int], viewer: Viewer
    ) -> tuple[list[tuple[int, Text]], list[list[Any]]]:  # fmt: skip
        good: list[tuple[int, Text]] = []
        bad: list[list[Any]] = []
        for record_id in ids:
            try:
                good.append((record_id, self._merging.fill(connection, template, entity, record_id, viewer)))
            except Refusal as refusal:
                bad.append([record_id, f"#{record_id}", refusal.text("fa"), refusal.text("en")])
        return good, bad

    async def _note_all(self, entity: Entity, texts: Sequence[tuple[int, Text]], viewer: Viewer, origin: str) -> None:
        for record_id, text in texts:
            try:
                record = await self._records.get(entity, record_id, viewer)
                await self.note(entity, record, text.subject, text.body, viewer, origin)
            except Refusal as refusal:
                log.info("letter to %s %s not written down: %s", entity.name, record_id, refusal)

    async def _set(self, number: int, **values: Any) -> None:
        change = update(letter_job).where(letter_job.c.id == number).values(values)
        await self._database.write(lambda connection: connection.execute(change))

    def _write(self, number: int, made: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file(number).write_bytes(made)

    def _file(self, number: int) -> Path:
        return self._folder / f"{number}.pdf"


def customers(entity: Entity, record: Record) -> list[int]:
    """The customers a record is about: itself, or the parties that it points to."""
    if entity.name == "party":
        return [record.id]
    values: Mapping[str, Any] = record.values
    for one in entity.fields:
        if isinstance(one.kind, Reference) and one.kind.refers_to() == "party" and values.get(one.name):
            value = values[one.name]
            return list(value) if isinstance(one.kind, References) else [value]
    return []
