"""Files go to a record in pieces and come back as attachments that run nothing; who may not see the record gets none."""

from __future__ import annotations

from contextlib import asynccontextmanager

from crm.attachments.attachments import Attachments
from tests.crm.attachments.test_attachments import picture
from tests.web.building import COOKIE
from tests.web.record_office import office
from web.csrf import csrf_token
from web.pages import files as file_pages
from web.routes import ask


@asynccontextmanager
async def filing(folder):
    class Module:
        """The pages of files with their service."""

        __name__ = "files"

        @staticmethod
        def routes(database, clock, catalogue, patterns, records):
            attachments = Attachments(database, clock, catalogue, folder / "files")
            return ask(file_pages, {"attachments": attachments, "catalogue": catalogue, "patterns": patterns, "records": records})

    async with office(folder, Module) as it:
        yield it


async def send(it, user, name, data, record, field="", token=True):
    browser = await it.site.logged_in(user)
    headers = {"X-CSRF-Token": csrf_token(browser.cookies[COOKIE])} if token else {}
    begun = await browser.post("/files/uploads", json={"name": name, "size": len(data)}, headers=headers)
    if begun.status != 201:
        return begun
    number = begun.json()["id"]
    for start in range(0, len(data), 100_000):
        piece = data[start : start + 100_000]
        await browser.post(
            f"/files/uploads/{number}/piece?offset={start}", body=piece, headers={**headers, "Content-Type": "application/octet-stream"}
        )
    return await browser.post(f"/files/uploads/{number}/finish", json={"entity": "toy", "record": record, "field": field}, headers=headers)


async def test_a_picture_is_sent_listed_shown_removed_and_put_back(tmp_path):
    async with filing(tmp_path) as it:
        toy = await it.make()
        made = await send(it, "reza", "../عکس\u202e.jpg", picture(), toy)
        assert (made.status, made.json()["name"]) == (201, "عکس.jpg")
        panel = (await it.get("reza", f"/files/of/toy/{toy}")).text
        assert 'src="/files/1/small"' in panel
        saved = await it.get("reza", "/files/1")
        assert saved.body == picture()
        assert saved.headers["Content-Disposition"].startswith("attachment")
        assert saved.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in saved.headers["Content-Security-Policy"]
        assert (await it.get("reza", "/files/1/small")).headers["Content-Type"] == "image/jpeg"
        assert (await it.post("reza", "/files/1/remove", {})).status == 303
        assert "/files/1/small" not in (await it.get("reza", f"/files/of/toy/{toy}")).text
        assert (await it.post("reza", "/files/1/restore", {})).status == 303
        assert "/files/1/small" in (await it.get("reza", f"/files/of/toy/{toy}")).text


async def test_scripts_are_never_shown_and_strangers_get_nothing(tmp_path):
    async with filing(tmp_path) as it:
        toy = await it.make()
        await send(it, "reza", "x.html", b"<script>alert(1)</script>", toy)
        assert (await it.get("reza", "/files/1/show")).status == 404
        assert (await it.get("reza", "/files/1")).headers["Content-Type"] == "application/octet-stream"
        for path in ("/files/1", "/files/1/show", "/files/1/small", f"/files/of/toy/{toy}"):
            assert (await it.get("client", path)).status in (403, 404), path
        assert (await send(it, "client", "x.txt", b"x", toy)).status in (403, 404)
        assert (await send(it, "reza", "x.txt", b"x", toy, token=False)).status == 403
        assert (await send(it, "reza", "x.exe", b"MZ", toy)).json()["error"]["code"] == "file_content_refused"
        assert (await send(it, "reza", "big", b"", toy)).status == 422
