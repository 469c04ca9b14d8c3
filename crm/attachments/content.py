"""What a file is, by its content: its name says nothing. Pictures are opened and made into thumbnails without what cameras write into them."""

from __future__ import annotations

import zipfile
from pathlib import Path

from attrs import frozen

from config.errors import Refusal
from config.translations import _

HEAD = 4096
MOST_PIXELS = 60_000_000
THUMBNAIL = (480, 480)

PICTURES = ("image/png", "image/jpeg", "image/gif", "image/webp", "image/bmp", "image/tiff")
SHOWN_INLINE = ("image/png", "image/jpeg", "image/gif", "image/webp", "application/pdf")
"""What a browser may show by itself, sandboxed; everything else is only given out to be saved."""

MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"), (0, b"\xff\xd8\xff", "image/jpeg"), (0, b"GIF8", "image/gif"), (8, b"WEBP", "image/webp"), (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"), (0, b"MM\x00*", "image/tiff"), (0, b"%PDF-", "application/pdf"), (0, b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    (8, b"WAVE", "audio/wav"), (0, b"ID3", "audio/mpeg"), (0, b"\xff\xfb", "audio/mpeg"), (0, b"OggS", "audio/ogg"), (0, b"fLaC", "audio/flac"),
    (4, b"ftyp", "video/mp4"), (0, b"\x1aE\xdf\xa3", "video/webm"), (0, b"PK\x03\x04", "application/zip"), (0, b"Rar!", "application/vnd.rar"),
    (0, b"7z\xbc\xaf", "application/x-7z-compressed"), (0, b"\x1f\x8b", "application/gzip"), (0, b"{\\rtf", "application/rtf"),
)  # fmt: skip

OFFICE = (
    ("word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
)
PROGRAMS = (b"MZ", b"\x7fELF", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"#!")


class ContentRefused(Refusal):
    """A file that is not taken for what it is."""

    code = "file_content_refused"
    status = 422
    sentence = _("This file is not taken: {reason}.")

    def __init__(self, reason: str) -> None:
        self._reason = reason
        super().__init__(field="file", reason=reason)

    def text(self, language: str) -> str:
        from config.translations import translate

        return translate(language, self.sentence, reason=translate(language, self._reason))


EMPTY = _("it is empty")
PROGRAM = _("it is a program")
NO_PICTURE = _("it is not a picture that can be opened (png, jpeg, gif, webp, bmp, tiff)")
TOO_MANY_PIXELS = _("the picture has far too many pixels")


@frozen
class Content:
    """What a file is: its media type and, for pictures, their size in pixels."""

    media: str
    width: int = 0
    height: int = 0

    @property
    def is_picture(self) -> bool:
        """Whether it can be shown as one."""
        return self.width > 0


def content_of(file: Path) -> Content:
    """What the file is. Raises ContentRefused for what is empty or a program; a picture that cannot be opened is plain bytes."""
    with file.open("rb") as source:
        head = source.read(HEAD)
    if not head:
        raise ContentRefused(EMPTY)
    if head.startswith(PROGRAMS):
        raise ContentRefused(PROGRAM)
    media = _media(file, head)
    if media not in PICTURES:
        return Content(media)
    size = _pixels(file)
    return Content(media, *size) if size else Content("application/octet-stream")


def thumbnail(file: Path, target: Path) -> bool:
    """A small picture (JPEG, or PNG when it is see-through) without metadata; whether there is one."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(file) as picture:
            picture.draft("RGB", THUMBNAIL)
            small = ImageOps.exif_transpose(picture)
            small.thumbnail(THUMBNAIL)
            clear = small.mode in ("RGBA", "LA", "P")
            plain = small.convert("RGBA" if clear else "RGB")
            plain.save(target, "PNG" if clear else "JPEG", quality=82)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError, EOFError):
        target.unlink(missing_ok=True)
        return False
    return True


def _pixels(file: Path) -> tuple[int, int] | None:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with Image.open(file) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise ContentRefused(TOO_MANY_PIXELS)
            picture.load()
            return picture.width, picture.height
    except Image.DecompressionBombError:
        raise ContentRefused(TOO_MANY_PIXELS) from None
    except (OSError, ValueError, SyntaxError, EOFError):
        return None


def _media(file: Path, head: bytes) -> str:
    for place, sign, media in MAGIC:
        if head[place : place + len(sign)] == sign:
            return _office(file) if media == "application/zip" else media
    return "text/plain" if _is_text(head) else "application/octet-stream"


def _office(file: Path) -> str:
    try:
        with zipfile.ZipFile(file) as packed:
            names = packed.namelist()[:2000]
    except (zipfile.BadZipFile, OSError, ValueError):
        return "application/zip"
    return next((media for folder, media in OFFICE if any(name.startswith(folder) for name in names)), "application/zip")


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return head.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start > len(head) - 4
    return True
