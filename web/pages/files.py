"""Files of records: sent in pieces by the page's script, listed on the record, given out as attachments, pictures and PDF shown in a sandbox."""

from __future__ import annotations

from typing import Any

from attrs import frozen

from crm.attachments.attachments import LARGEST, LARGEST_PIECE, Attachments, NoSuchFile
from crm.attachments.content import SHOWN_INLINE
from crm.catalogue import Catalogue
from crm.patterns import Patterns
from crm.records import Records
from web.errors import NothingHere
from web.permissions import WITH_ACCOUNT
from web.request import Request
from web.response import Answer, File, json, page, redirect
from web.routes import Route, get, post
from web.shapes import read, text, whole

SAFE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Content-Security-Policy", "sandbox; default-src 'none'; img-src 'self'; style-src 'unsafe-inline'"),
)
BEGIN = {"name": text(400), "size": whole(0, 2**40)}
FINISH = {"entity": text(60), "record": whole(0, 2**53), "field": text(80, need=False)}


@frozen
class FilePages:
    """The addresses of files."""

    attachments: Attachments
    catalogue: Catalogue
    patterns: Patterns
    records: Records

    async def begin(self, request: Request) -> Answer:
        """Begin to send a file: {"name", "size"} → {"id", "piece"}."""
        given = read(BEGIN, request.json(), strict=False)
        number = await self.attachments.begin(given["name"], given["size"], self._viewer(request))
        return json({"id": number, "piece": LARGEST_PIECE}, status=201)

    async def piece(self, request: Request, upload: str) -> Answer:
        """The next bytes, as the body; ?offset= says where they begin."""
        offset = request.whole("offset", 0, low=0, high=LARGEST)
        return json({"received": await self.attachments.piece(upload, offset, request.body(), self._viewer(request))})

    async def received(self, request: Request, upload: str) -> Answer:
        """How much has come, so that a broken upload goes on there."""
        return json({"received": await self.attachments.received(upload, self._viewer(request))})

    async def finish(self, request: Request, upload: str) -> Answer:
        """Attach it: {"entity", "record", "field"?} → the attachment."""
        given = read(FINISH, request.json(), strict=False)
        if given["entity"] not in self.catalogue.entities:
            raise NothingHere
        row = await self.attachments.finish(upload, self.catalogue[given["entity"]], given["record"], given["field"], self._viewer(request))
        return json(_value(row), status=201)

    async def of(self, request: Request, entity: str, record: int) -> Answer:
        """The panel of a record's files."""
        if entity not in self.catalogue.entities:
            raise NothingHere
        viewer, declared = self._viewer(request), self.catalogue[entity]
        rows = await self.attachments.of(declared, record, viewer)
        known = await self.records.get(declared, record, viewer)
        edits = viewer.may_with(entity, "edit", known.values) and not known.deleted
        removed = request.whole("removed", 0, low=0, high=2**53)
        return page(
            "record_files.html", entity=declared, record=record, rows=[{**row, **_value(row)} for row in rows], edits=edits, removed=removed
        )

    async def download(self, request: Request, file: int) -> Answer:
        """The file, to be saved."""
        row = await self.attachments.find(file, self._viewer(request))
        return File(self.attachments.path(row), "application/octet-stream", row["name"], headers=SAFE)

    async def show(self, request: Request, file: int) -> Answer:
        """A picture or PDF as the browser shows it, without any right to do anything."""
        row = await self.attachments.find(file, self._viewer(request))
        if row["media"] not in SHOWN_INLINE:
            raise NoSuchFile
        safe = (
            SAFE
            if row["media"] != "application/pdf"
            else (SAFE[0], ("Content-Security-Policy", "default-src 'none'; object-src 'self'; plugin-types application/pdf"))
        )
        return File(self.attachments.path(row), row["media"], headers=(*safe, ("Content-Disposition", "inline")))

    async def small(self, request: Request, file: int) -> Answer:
        """A picture's thumbnail."""
        row = await self.attachments.find(file, self._viewer(request))
        path = self.attachments.small(row)
        if not row["width"]:
            raise NoSuchFile
        return File(
            path,
            "image/png" if row["media"] in ("image/png", "image/gif", "image/webp") else "image/jpeg",
            headers=(*SAFE, ("Cache-Control", "private, max-age=86400")),
        )

    async def remove(self, request: Request, file: int) -> Answer:
        """Take it off its record; the panel offers to take it back."""
        row = await self.attachments.set_deleted(file, self._viewer(request), deleted=True)
        return redirect(f"/files/of/{row['entity']}/{row['record_id']}?removed={file}")

    async def restore(self, request: Request, file: int) -> Answer:
        """Put it back."""
        row = await self.attachments.set_deleted(file, self._viewer(request), deleted=False)
        return redirect(f"/files/of/{row['entity']}/{row['record_id']}")

    def _viewer(self, request: Request) -> Any:
        return self.patterns.viewer(request.user.username)


def _value(row: dict[str, Any]) -> dict[str, Any]:
    small = f"/files/{row['id']}/small" if row["width"] else ""
    shown = f"/files/{row['id']}/show" if row["media"] in SHOWN_INLINE else ""
    return {
        "id": row["id"],
        "name": row["name"],
        "media": row["media"],
        "size": row["size"],
        "url": f"/files/{row['id']}",
        "small": small,
        "shown": shown,
    }


def routes(attachments: Attachments, catalogue: Catalogue, patterns: Patterns, records: Records) -> list[Route]:
    """Files of records."""
    pages = FilePages(attachments, catalogue, patterns, records)
    return [
        post("/files/uploads", pages.begin, allow=WITH_ACCOUNT, summary="Begin to send a file"),
        get("/files/uploads/<upload>", pages.received, allow=WITH_ACCOUNT, summary="How much of a file has come"),
        post(
            "/files/uploads/<upload>/piece", pages.piece, allow=WITH_ACCOUNT, summary="The next bytes of a file", body_limit=LARGEST_PIECE
        ),
        post("/files/uploads/<upload>/finish", pages.finish, allow=WITH_ACCOUNT, summary="Attach a file that was sent"),
        get("/files/of/<entity>/<int:record>", pages.of, allow=WITH_ACCOUNT, summary="The files of a record"),
        get("/files/<int:file>", pages.download, allow=WITH_ACCOUNT, summary="A file, to be saved", kind="file"),
        get("/files/<int:file>/show", pages.show, allow=WITH_ACCOUNT, summary="A picture or PDF, to be looked at", kind="file"),
        get("/files/<int:file>/small", pages.small, allow=WITH_ACCOUNT, summary="The thumbnail of a picture", kind="file"),
        post("/files/<int:file>/remove", pages.remove, allow=WITH_ACCOUNT, summary="Take a file off its record"),
        post("/files/<int:file>/restore", pages.restore, allow=WITH_ACCOUNT, summary="Put a file back"),
    ]
