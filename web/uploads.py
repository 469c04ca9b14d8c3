"""Files that forms send (multipart/form-data, RFC 7578): out of the request into a file of their own, within the route's limit."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from attrs import frozen
from multipart import MultipartError, MultipartParser, parse_options_header

from config.errors import Refusal
from config.translations import _
from web.errors import BodyUnreadable, ContentTypeRefused
from web.request import Request

MULTIPART = "multipart/form-data"
LONGEST_NAME = 200


class NoFile(Refusal):
    """A form that was sent without its file."""

    code = "no_file"
    status = 422
    sentence = _("Choose a file first.")


@frozen
class Upload:
    """A file that was sent: where it lies for as long as the request is worked on, and the name its sender gave it (for people only)."""

    path: Path
    name: str


@asynccontextmanager
async def uploaded(request: Request, field: str = "file") -> AsyncIterator[Upload]:
    """The file of a form's field. Raises NoFile, ContentTypeRefused, BodyUnreadable."""
    if request.content_type != MULTIPART:
        raise ContentTypeRefused(expected=MULTIPART, found=request.content_type or "?")
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="upload-"))
    try:
        name = await asyncio.to_thread(_save, request, field, folder / "file")
        if not name:
            raise NoFile(field=field)
        yield Upload(folder / "file", plain_name(name))
    finally:
        await asyncio.to_thread(_remove, folder)


def plain_name(name: str) -> str:
    """A file's name without folders and without characters that are not seen: what people are shown, never a path of ours."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in last if letter.isprintable()).strip(". ")[:LONGEST_NAME] or "file"


def _save(request: Request, field: str, target: Path) -> str:
    """Write the field's file to `target`; its name, "" when there is none."""
    if request.content is None:
        return ""
    _kind, options = parse_options_header(request.header("Content-Type"))
    request.content.seek(0)
    try:
        parser = MultipartParser(request.content, options.get("boundary", ""), part_limit=20)
        name = ""
        for part in parser:
            if part.name == field and part.filename and not name:
                part.save_as(str(target))
                name = part.filename
            part.close()
        return name
    except (MultipartError, ValueError):
        raise BodyUnreadable(expected=_("a form")) from None


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
