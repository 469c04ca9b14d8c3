"""Files on records: sent in pieces, known by content, seen by who sees the record, removed and taken back; what is none is refused."""

from __future__ import annotations

import io
import struct
import zlib

import pytest
from PIL import Image

from crm.access import NoRight
from crm.attachments import attachments as module
from crm.attachments.attachments import Attachments, FileTooLarge, NoSuchFile, NoSuchUpload, PieceRefused, plain_name
from crm.attachments.content import ContentRefused, content_of
from tests.crm.toys import EVERYBODY, ToyOffice, viewer


def picture(width=900, height=600, kind="JPEG"):
    out = io.BytesIO()
    made = Image.new("RGB", (width, height), "teal")
    exif = made.getexif()
    exif[0x010F] = "Camera with GPS"
    made.save(out, kind, exif=exif) if kind == "JPEG" else made.save(out, kind)
    return out.getvalue()


class FileOffice(ToyOffice):
    def begin(self, folder, **more):
        self.files = Attachments(self.database, self.clock, self.catalogue, folder / "files", **more)
        return self.files

    async def send(self, name, data, record, who=EVERYBODY, field="", piece=1000):
        number = await self.files.begin(name, len(data), who)
        for start in range(0, len(data), piece):
            await self.files.piece(number, start, data[start : start + piece], who)
        return await self.files.finish(number, self.toy, record, field, who)


async def test_a_file_is_sent_in_pieces_and_goes_on_after_a_break(tmp_path):
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    toy = await office.make()
    number = await files.begin("note.txt", 10, EVERYBODY)
    assert await files.piece(number, 0, b"hello", EVERYBODY) == 5
    with pytest.raises(PieceRefused):
        await files.finish(number, office.toy, toy, "", EVERYBODY)
    with pytest.raises(PieceRefused):
        await files.piece(number, 3, b"lo", EVERYBODY)
    assert await files.received(number, EVERYBODY) == 5
    with pytest.raises(NoSuchUpload):
        await files.piece(number, 5, b"x", viewer("ali"))
    with pytest.raises(FileTooLarge):
        await files.piece(number, 5, b"too much", EVERYBODY)
    await files.piece(number, 5, b"world", EVERYBODY)
    made = await files.finish(number, office.toy, toy, "", EVERYBODY)
    assert (made["media"], files.path(made).read_bytes()) == ("text/plain", b"helloworld")
    assert files.path(made).stat().st_mode & 0o077 == 0
    assert [one["name"] for one in await files.of(office.toy, toy, EVERYBODY)] == ["note.txt"]
    await office.close()


async def test_pictures_have_thumbnails_without_what_the_camera_wrote(tmp_path):
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    toy = await office.make()
    made = await office.send("me.jpg", picture(), toy)
    assert (made["media"], made["width"], made["height"]) == ("image/jpeg", 900, 600)
    with Image.open(files.small(made)) as small:
        assert small.size == (480, 320)
        assert not small.getexif()
    again = await office.send("copy.jpg", picture(), toy)
    assert files.path(again) == files.path(made)
    await office.close()


async def test_what_is_not_what_it_says_is_known_by_its_content(tmp_path):
    """A program is refused; a picture that is none is no picture; SVG and HTML are plain text."""
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    toy = await office.make()
    for data in (b"", b"MZ\x90\x00program", b"\x7fELF\x02", b"#!/bin/sh\n"):
        with pytest.raises(ContentRefused):
            await office.send("x.jpg", data, toy)
    assert (await office.send("cat.png", b"\x89PNG\r\n\x1a\nnot really", toy))["media"] == "application/octet-stream"
    assert (await office.send("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", toy))["media"] == "text/plain"
    assert (await office.send("x.html", b"<html><script>1</script>", toy))["media"] == "text/plain"
    head = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    )
    with pytest.raises(ContentRefused):
        await office.send("bomb.png", bomb, toy)
    file = tmp_path / "polyglot"
    file.write_bytes(picture(kind="GIF") + b"<script>alert(1)</script>")
    assert content_of(file).media == "image/gif"
    assert files
    await office.close()


async def test_who_may_not_see_the_record_sees_no_file_of_it(tmp_path):
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    toy = await office.make()
    made = await office.send("a.txt", b"secret", toy)
    low = viewer("ali", "own")
    with pytest.raises(NoSuchFile):
        await files.find(made["id"], low)
    with pytest.raises(NoRight):
        await office.send("b.txt", b"x", toy, who=viewer("ali", "all", edit="none"))
    assert (await files.find(made["id"], viewer("ali")))["name"] == "a.txt"
    await files.set_deleted(made["id"], EVERYBODY, deleted=True)
    assert await files.of(office.toy, toy, EVERYBODY) == []
    await files.set_deleted(made["id"], EVERYBODY, deleted=False)
    assert len(await files.of(office.toy, toy, EVERYBODY)) == 1
    loose = await office.send("c.txt", b"for a new record", 0)
    with pytest.raises(NoSuchFile):
        await files.find(loose["id"], viewer("ali"))
    await office.close()


async def test_files_of_confidential_fields_are_as_hidden_as_the_fields(tmp_path):
    """Neither listed nor given out nor put there by who may not see the field."""
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    toy = await office.make()
    plain = await office.send("a.txt", b"x", toy)
    secret = await office.send("salary.txt", b"y", toy, who=viewer("boss", field_level=1), field="cost")
    low = viewer("ali", field_level=0)
    assert [one["id"] for one in await files.of(office.toy, toy, low)] == [plain["id"]]
    assert len(await files.of(office.toy, toy, viewer("boss", field_level=1))) == 2
    with pytest.raises(NoSuchFile):
        await files.find(secret["id"], low)
    with pytest.raises(NoSuchFile):
        await office.send("b.txt", b"z", toy, who=low, field="cost")
    await office.close()


async def test_uploads_that_are_given_up_leave_nothing_on_the_disk(tmp_path):
    """Whoever begins and never finishes fills no disk: beyond a few, the oldest goes with its bytes."""
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    for _number in range(module.MOST_UPLOADS + 5):
        office.clock.advance(1)
        await files.piece(await files.begin("a.bin", 100, EVERYBODY), 0, b"x" * 50, EVERYBODY)
    assert len(list((tmp_path / "files" / "parts").iterdir())) == module.MOST_UPLOADS
    await office.close()


async def test_what_no_record_has_is_swept_away_and_what_one_has_is_kept(tmp_path):
    office = await FileOffice.open(tmp_path)
    files = office.begin(tmp_path)
    toy = await office.make()
    kept, twin = await office.send("a.txt", b"same", toy), await office.send("b.txt", b"same", 0)
    loose = await office.send("c.txt", b"loose", 0)
    office.clock.advance(2 * module.LOOSE_SECONDS)
    assert await files.sweep() == 1
    assert files.path(kept).exists()
    assert not files.path(loose).exists()
    assert twin["sha256"] == kept["sha256"]
    await office.close()


def test_names_are_for_people_and_never_paths():
    """Folders, direction overrides, reserved signs and absurd lengths go; what people read stays."""
    cases = {
        "../../etc/passwd": "passwd", "C:\\a\\گزارش.pdf": "گزارش.pdf", "photo\u202egpj.exe": "photogpj.exe", "a\x00b\n.txt": "ab.txt", "...": "file", "": "file",
        "con<>:|?*.txt": "con.txt", "x" * 400 + ".xlsx": "x" * 175 + ".xlsx",
    }  # fmt: skip
    assert {name: plain_name(name) for name in cases} == cases
