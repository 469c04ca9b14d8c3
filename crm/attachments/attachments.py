"""The verbs on attachments: send in pieces (a broken connection goes on where it was), attach, list, open, remove, take back.

A file is kept once under the hash of its content, however many records have it. Who may see the record may open its files; who may edit it
may add and remove them.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from config.clock import Clock
from config.database import Database
from config.errors import Refusal
from config.translations import _
from crm.access import NoRight, Viewer
from crm.attachments.content import NO_PICTURE, Content, ContentRefused, content_of, thumbnail
from crm.attachments.tables import attachment, upload
from crm.catalogue import Catalogue
from crm.entity import Entity
from crm.fields.files import Picture
from crm.record_saving import NoSuchRecord
from crm.record_steps import one as one_record

LARGEST = 500 * 1024 * 1024
LARGEST_PIECE = 4 * 1024 * 1024
MOST_ON_RECORD = 500
MOST_UPLOADS = 20
"""Unfinished ones of a user."""
UPLOAD_SECONDS = 24 * 3600.0
LOOSE_SECONDS = 24 * 3600.0
"""How long a file that no record has taken is kept."""
LEAST_FREE = 500 * 1024 * 1024
LONGEST_NAME = 180
_UNSEEN = re.compile('[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff/\\\\:*?"<>|]')


class FileTooLarge(Refusal):
    """More than is taken."""

    code = "file_too_large"
    status = 413
    sentence = _("A file has at most {most} megabytes.")


class DiskFull(Refusal):
    """No room."""

    code = "disk_full"
    status = 507
    sentence = _("There is too little room on the disk; nothing was kept. Tell your administrator.")


class NoSuchUpload(Refusal):
    """Finished, too old, or somebody else's."""

    code = "no_such_upload"
    status = 404
    sentence = _("This upload is over or was never begun. Send the file again.")


class PieceRefused(Refusal):
    """A piece that does not follow what is there."""

    code = "piece_refused"
    status = 409
    sentence = _("The next piece must begin at byte {received}.")


class NoSuchFile(Refusal):
    """Removed, never there, or not to be seen."""

    code = "no_such_file"
    status = 404
    sentence = _("There is no such file, or you may not see its record.")


class TooManyFiles(Refusal):
    """More than a record has."""

    code = "too_many_files"
    status = 422
    sentence = _("At most {most} files fit on one record.")


class Attachments:
    """Files on records. `folder`: where they lie."""

    def __init__(self, database: Database, clock: Clock, catalogue: Catalogue, folder: Path, *, largest: int = LARGEST) -> None:
        self._database = database
        self._clock = clock
        self._catalogue = catalogue
        self._folder = folder
        self._largest = largest

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────

    async def begin(self, name: str, size: int, viewer: Viewer) -> str:
        """Begin to send a file of `size` bytes; the id of the upload. Raises FileTooLarge, DiskFull, ContentRefused."""
        if size > self._largest:
            raise FileTooLarge(most=self._largest // 1024 // 1024)
        await asyncio.to_thread(self._room, size)
        number, now = secrets.token_hex(16), self._clock.now()

        def work(connection: Connection) -> list[str]:
            mine = select(upload.c.id).where(upload.c.username == viewer.username).order_by(upload.c.at.desc()).offset(MOST_UPLOADS - 1)
            given_up = list(connection.execute(mine).scalars())
            connection.execute(delete(upload).where(upload.c.id.in_(given_up)))
            connection.execute(insert(upload).values(id=number, username=viewer.username, name=plain_name(name), size=size, at=now))
            return given_up

        for old in await self._database.write(work):
            await asyncio.to_thread(self._part(old).unlink, missing_ok=True)
        return number

    async def received(self, number: str, viewer: Viewer) -> int:
        """How many bytes have come; where a broken upload goes on."""
        return int((await self._upload(number, viewer))["received"])

    async def piece(self, number: str, offset: int, data: bytes, viewer: Viewer) -> int:
        """Take the next bytes; how many there are now. Raises PieceRefused, FileTooLarge, DiskFull."""
        row = await self._upload(number, viewer)
        if offset != row["received"]:
            raise PieceRefused(received=row["received"])
        total = offset + len(data)
        if total > row["size"] or len(data) > LARGEST_PIECE:
            raise FileTooLarge(most=row["size"] // 1024 // 1024)
        await asyncio.to_thread(self._append, number, offset, data)
        await self._database.write(
            lambda connection: connection.execute(update(upload).where(upload.c.id == number).values(received=total))
        )
        return total

    async def finish(self, number: str, entity: Entity, record_id: int, field: str, viewer: Viewer) -> dict[str, Any]:
        """Attach what was sent to a record (0: one that is not saved yet); the attachment. Raises NoRight, ContentRefused, PieceRefused."""
        row = await self._upload(number, viewer)
        if row["received"] != row["size"]:
            raise PieceRefused(received=row["received"])
        await self._may_edit(entity, record_id, viewer)
        part = self._part(number)
        content, sha = await asyncio.to_thread(self._examined, part)
        declared = entity.field(field) if field else None
        if declared is not None and declared.level > viewer.pattern.field_level:
            raise NoSuchFile
        if declared is not None and isinstance(declared.kind, Picture) and not content.is_picture:
            raise ContentRefused(NO_PICTURE)
        await asyncio.to_thread(self._shelve, part, sha, content)
        values = {
            "entity": entity.name, "record_id": record_id, "field": field, "name": row["name"], "media": content.media, "size": row["size"], "sha256": sha,
            "width": content.width, "height": content.height, "by": viewer.username, "at": self._clock.now(),
        }  # fmt: skip

        def work(connection: Connection) -> int:
            there = select(func.count()).select_from(attachment)
            there = there.where(attachment.c.entity == entity.name, attachment.c.record_id == record_id, attachment.c.deleted_at.is_(None))
            if record_id and connection.execute(there).scalar_one() >= MOST_ON_RECORD:
                raise TooManyFiles(most=MOST_ON_RECORD)
            connection.execute(delete(upload).where(upload.c.id == number))
            made = connection.execute(insert(attachment).values(values)).inserted_primary_key
            assert made is not None
            return int(made[0])

        return {**values, "id": await self._database.write(work), "deleted_at": None}

    # ── On records ───────────────────────────────────────────────────────────────────────────────────────────

    async def of(self, entity: Entity, record_id: int, viewer: Viewer) -> list[dict[str, Any]]:
        """A record's files, the newest first. Raises NoSuchRecord."""

        def work(connection: Connection) -> list[dict[str, Any]]:
            one_record(connection, entity, record_id, viewer)
            c = attachment.c
            chosen = (
                select(attachment).where(c.entity == entity.name, c.record_id == record_id, c.deleted_at.is_(None)).order_by(c.id.desc())
            )
            return [dict(row) for row in connection.execute(chosen).mappings()]

        return [row for row in await self._database.read(work) if not self._hidden(entity, row, viewer)]

    async def find(self, number: int, viewer: Viewer) -> dict[str, Any]:
        """One attachment, when its record may be seen. Raises NoSuchFile."""
        row = await self._database.read(
            lambda connection: connection.execute(select(attachment).where(attachment.c.id == number)).mappings().first()
        )
        entity = self._catalogue.entities.get(row["entity"]) if row else None
        if row is None or entity is None:
            raise NoSuchFile
        if not row["record_id"]:
            if row["by"] != viewer.username:
                raise NoSuchFile
            return dict(row)
        if self._hidden(entity, dict(row), viewer):
            raise NoSuchFile
        try:
            await self._database.read(lambda connection: one_record(connection, entity, row["record_id"], viewer))
        except (NoSuchRecord, NoRight):
            raise NoSuchFile from None
        return dict(row)

    @staticmethod
    def _hidden(entity: Entity, row: Mapping[str, Any], viewer: Viewer) -> bool:
        """Whether a file stands in a field that the user may not see."""
        one = entity.field(row["field"]) if row["field"] else None
        return one is not None and one.level > viewer.pattern.field_level

    def path(self, row: Mapping[str, Any]) -> Path:
        """Where its content lies."""
        sha = str(row["sha256"])
        return self._folder / sha[:2] / sha

    def small(self, row: Mapping[str, Any]) -> Path:
        """Where its thumbnail lies, when it is a picture."""
        sha = str(row["sha256"])
        return self._folder / "small" / sha[:2] / sha

    async def set_deleted(self, number: int, viewer: Viewer, *, deleted: bool) -> dict[str, Any]:
        """Take it off its record, or put it back."""
        row = await self.find(number, viewer)
        await self._may_edit(self._catalogue[row["entity"]], row["record_id"], viewer)
        change = update(attachment).where(attachment.c.id == number).values(deleted_at=self._clock.now() if deleted else None)
        await self._database.write(lambda connection: connection.execute(change))
        return row

    async def sweep(self) -> int:
        """Remove what no record has any more: old uploads, files for records that were never saved, removed ones after thirty days; how many files."""
        now = self._clock.now()

        def work(connection: Connection) -> tuple[list[str], list[str]]:
            c = attachment.c
            old = list(connection.execute(select(upload.c.id).where(upload.c.at < now - UPLOAD_SECONDS)).scalars())
            connection.execute(delete(upload).where(upload.c.at < now - UPLOAD_SECONDS))
            gone = (c.deleted_at < now - 30 * LOOSE_SECONDS) | ((c.record_id == 0) & (c.at < now - LOOSE_SECONDS))
            hashes = set(connection.execute(select(c.sha256).where(gone)).scalars())
            connection.execute(delete(attachment).where(gone))
            still = set(connection.execute(select(c.sha256).where(c.sha256.in_(hashes))).scalars())
            return old, sorted(hashes - still)

        uploads, hashes = await self._database.write(work)
        for number in uploads:
            await asyncio.to_thread(self._part(number).unlink, missing_ok=True)
        for sha in hashes:
            await asyncio.to_thread(self.path({"sha256": sha}).unlink, missing_ok=True)
            await asyncio.to_thread(self.small({"sha256": sha}).unlink, missing_ok=True)
        return len(hashes)

    # ── Files ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _may_edit(self, entity: Entity, record_id: int, viewer: Viewer) -> None:
        if not record_id:
            viewer.demand(entity.name, "create")
            return
        await self._database.read(lambda connection: one_record(connection, entity, record_id, viewer, "edit"))

    async def _upload(self, number: str, viewer: Viewer) -> Mapping[str, Any]:
        chosen = select(upload).where(upload.c.id == number, upload.c.username == viewer.username)
        row = await self._database.read(lambda connection: connection.execute(chosen).mappings().first())
        if row is None:
            raise NoSuchUpload
        return dict(row)

    def _part(self, number: str) -> Path:
        return self._folder / "parts" / number

    def _room(self, size: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if shutil.disk_usage(self._folder).free < size + LEAST_FREE:
            raise DiskFull

    def _append(self, number: str, offset: int, data: bytes) -> None:
        part = self._part(number)
        part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "r+b") as out:
                out.truncate(offset)
                out.seek(offset)
                out.write(data)
        except OSError:
            raise DiskFull from None

    @staticmethod
    def _examined(part: Path) -> tuple[Content, str]:
        if not part.exists():
            raise ContentRefused(_("it is empty"))
        digest = hashlib.sha256()
        with part.open("rb") as source:
            while some := source.read(1024 * 1024):
                digest.update(some)
        return content_of(part), digest.hexdigest()

    def _shelve(self, part: Path, sha: str, content: Content) -> None:
        target = self.path({"sha256": sha})
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if target.exists():
            part.unlink()
        else:
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(target)
        if content.is_picture:
            small = self.small({"sha256": sha})
            small.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            thumbnail(target, small)


def plain_name(name: str) -> str:
    """A name that people are shown and that a file of theirs may have: no folders, no unseen characters, no reserved signs, not too long."""
    last = name.replace("\\", "/").rpartition("/")[2]
    text = " ".join(_UNSEEN.sub("", last).split()).strip(". ")
    stem, dot, ending = text.rpartition(".")
    if dot and len(ending) <= 10:
        return f"{(stem[: LONGEST_NAME - len(ending) - 1] or 'file')}.{ending}"
    return text[:LONGEST_NAME] or "file"
