"""The administrator's page of the back-ups: what is kept, what runs, what went wrong, in both languages."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from html import unescape
from pathlib import Path

from attrs import asdict, define, field

from config.backup.keeper import Job, Outcome
from config.backup.vault import VaultBusy
from tests.config.backup.house import AT, House, quiet
from tests.web.building import COOKIE, Building, building
from web.csrf import csrf_token
from web.pages import backups as backups_page
from web.pages.backups import size


@define
class Keeper:
    """Remembers what it was asked for."""

    job: Job | None = None
    last: Outcome | None = None
    next_at: float | None = AT + 3600
    asked: list[tuple[str, ...]] = field(factory=list)

    def begin(self, kind: str, name: str = "", *more: str) -> Job:
        if self.job:
            raise VaultBusy(folder="/srv/backups")
        self.asked.append((kind, name, *more))
        return Job(kind, name, AT)

    def cancel(self) -> None:
        self.asked.append(("cancel", ""))


@define
class Journal:
    moment: float = AT
    trouble: str = ""


@define
class Room:
    site: Building
    house: House
    keeper: Keeper
    journal: Journal

    async def text(self, path: str = "/backups", language: str = "en", user: str = "admin", status: int = 200) -> str:
        browser = await self.site.logged_in(user)
        browser.cookies["language"] = language
        reply = await browser.get(path)
        assert reply.status == status, reply.text
        page = reply.text.partition('<main id="page"')[2] or reply.text
        return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page)))

    async def post(self, path: str, user: str = "admin", **typed: str):
        browser = await self.site.logged_in(user)
        return await browser.post(path, form={"csrf": csrf_token(browser.cookies[COOKIE]), **typed})


@asynccontextmanager
async def room(folder: Path, *, kept: bool = True) -> AsyncIterator[Room]:
    house, keeper, journal = House(folder), Keeper(), Journal()
    if kept:
        house.jobs.make(AT, "manual", quiet)
    async with building(folder, lambda _parts: backups_page.routes(keeper, journal, house.settings, house.jobs)) as site:
        yield Room(site, house, keeper, journal)


async def test_the_page_says_what_is_kept_and_that_it_was_restored_for_a_test(tmp_path: Path):
    async with room(tmp_path) as one:
        text = await one.text()
        assert "by hand" in text
        assert "whole" in text
        assert str(one.house.backups) in text
        assert "7 days, 4 weeks, 12 months" in text
        assert "switchboard restore latest --into" in text
        persian = await one.text(language="fa")
        assert "پشتیبان‌گیری" in persian
        assert "سالم" in persian
        assert "۷ روز، ۴ هفته، ۱۲ ماه" in persian
        await one.text(user="nader", status=403)


async def test_an_empty_vault_explains_itself(tmp_path: Path):
    async with room(tmp_path, kept=False) as one:
        assert "No back-up yet" in await one.text()


async def test_everything_is_begun_from_the_page(tmp_path: Path):
    async with room(tmp_path) as one:
        name = one.house.listed()[0].set.id
        for path, asked in (
            ("/backups", ("make", "manual")),
            (f"/backups/{name}/verify", ("verify", name)),
            (f"/backups/{name}/package", ("package", name)),
            (f"/backups/{name}/delete", ("delete", name)),
            ("/backups/stop", ("cancel", "")),
        ):
            assert (await one.post(path)).status == 303, path
            assert one.keeper.asked[-1] == asked
        assert (await one.post("/backups", user="maryam")).status == 403
        assert (await one.post("/backups/20000101T000000Z/delete")).status == 404
        assert (await one.post("/backups/..%2f..%2fetc/delete")).status == 404


async def test_a_running_job_shows_how_far_it_is_and_can_be_stopped(tmp_path: Path):
    async with room(tmp_path) as one:
        one.keeper.job = Job("make", "manual", AT, "files", 5_000_000, 20_000_000)
        text = await one.text()
        assert "Keeping new files 5.0 MB / 20.0 MB" in text
        assert "Stop" in text
        assert "Back up now" not in text
        assert "Keeping new files" in await one.text("/backups/progress")
        assert (await one.post("/backups")).status == 409
        one.keeper.job = None
        browser = await one.site.logged_in("admin")
        assert 'hx-get="/backups"' in (await browser.get("/backups/progress")).text


async def test_a_copy_is_restored_beside_what_runs(tmp_path: Path):
    """The newest moment, a moment in words, or one back-up; what cannot be is said at the form, with what was typed."""
    async with room(tmp_path) as one:
        name = one.house.listed()[0].set.id
        assert "Restore into a new place" in await one.text()
        assert (await one.post("/backups/restore", name="latest", place="copy-1")).status == 303
        assert one.keeper.asked[-1] == ("restore", "latest", "copy-1")
        await one.post("/backups/restore", name=name, place="copy-1")
        assert one.keeper.asked[-1] == ("restore", name, "copy-1")
        await one.post("/backups/restore", name="moment", moment="2026-09-01T10:00:00Z", place="copy-1")
        assert one.keeper.asked[-1] == ("restore", "latest", "copy-1", "1788256800.0")
        reply = await one.post("/backups/restore", name="moment", moment="some day", place="copy-2")
        assert reply.status == 400
        assert "some day" in reply.text
        assert 'value="copy-2"' in reply.text
        (one.house.home / "restored/taken").mkdir(parents=True)
        assert (await one.post("/backups/restore", name="latest", place="taken")).status == 409
        assert (await one.post("/backups/restore", name="latest", place="../../etc")).status == 400
        assert (await one.post("/backups/restore", name="20000101T000000", place="x")).status == 404
        assert (await one.post("/backups/restore", name="latest", place="x", user="nader")).status == 403


async def test_what_was_restored_is_counted_and_the_way_over_is_told(tmp_path: Path):
    """In the reader's language, the rows of each table beside those in use."""
    async with room(tmp_path) as one:
        copy = one.house.jobs.restore("latest", None, "copy-1", AT, quiet)
        one.house.add_party("سارا")
        one.keeper.last = Outcome("restore", "latest", AT, ok=True, result={**asdict(copy), "place": str(copy.place)})
        text = await one.text()
        assert "4 files and 2 rows in 1 tables" in text
        assert "party 2 2 2" in text
        assert f"SWITCHBOARD_HOME={copy.place}" in text
        assert "sudo systemctl start switchboard" in text
        assert "۲ ردیف" in await one.text(language="fa")
        one.keeper.job = Job("restore", "latest", AT, "database", 5_000_000, 20_000_000, more=("copy-1",))
        assert "Bringing the database back 5.0 MB / 20.0 MB" in await one.text("/backups/progress")


async def test_what_went_wrong_is_said_in_the_readers_language(tmp_path: Path):
    async with room(tmp_path) as one:
        one.keeper.last = Outcome("make", "", AT, ok=False, code="backup_disk_full", text={"en": "The disk is full.", "fa": "دیسک پر است."})
        assert "The disk is full." in await one.text()
        assert "دیسک پر است." in await one.text(language="fa")
        one.keeper.last = Outcome("make", "", AT, ok=True, result={"proof": {"ok": False, "why": "a piece is missing"}})
        assert "cannot be restored: a piece is missing" in await one.text()
        one.journal.trouble = "No space left on device"
        assert "No space left on device" in await one.text()
        (one.house.backups / "vault.json").write_text("{}")
        assert "vault.json cannot be read" in await one.text()


async def test_a_prepared_file_is_downloaded_as_an_attachment(tmp_path: Path):
    async with room(tmp_path) as one:
        name = one.house.listed()[0].set.id
        browser = await one.site.logged_in("admin")
        assert (await browser.get(f"/backups/{name}/download")).status == 404
        file = one.house.jobs.package(name, quiet)
        reply = await browser.get(f"/backups/{name}/download")
        assert reply.status == 200
        assert reply.body == file.read_bytes()
        assert f'attachment; filename="switchboard-{name}.tar"' in reply.headers["Content-Disposition"]
        assert "Download" in await one.text()


def test_sizes_are_said_as_people_say_them():
    """Three figures at most, in the reader's script."""
    assert [size(count, "en") for count in (0, 999, 5_400, 120_000_000, 2_345_678_901)] == ["0 kB", "1 kB", "5 kB", "120 MB", "2.3 GB"]
    assert size(2_345_678_901, "fa") == "۲٫۳ گیگابایت"


async def test_copies_are_listed_with_their_end_and_removed_after_a_question(tmp_path: Path):
    """A copy is as large as the installation; it says how long it stays, and what goes with it."""
    async with room(tmp_path) as one:
        assert "Restored copies" not in await one.text()
        one.house.jobs.restore("latest", None, "copy-1", AT, quiet)
        text = await one.text()
        assert "A copy is kept for 14 days and then removed by the next back-up, unless somebody works with it." in text
        assert "A removed copy cannot be brought back; the back-ups it came from stay." in text
        assert "نسخه‌های بازیابی‌شده" in await one.text(language="fa")
        assert (await one.post("/backups/copies/copy-1/delete")).status == 303
        assert one.keeper.asked[-1] == ("forget", "copy-1")
        assert (await one.post("/backups/copies/..%2fsecrets/delete")).status in {400, 404}
        assert (await one.post("/backups/copies/copy-1/delete", user="nader")).status == 403
