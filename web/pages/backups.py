"""Back-ups for the administrator: which there are, whether they can be restored, and making, verifying, restoring, downloading and deleting them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from zoneinfo import ZoneInfo

from attrs import frozen

from config.backup.copies import RESTORED, Kept, kept_copies
from config.backup.jobs import Jobs
from config.backup.keeper import Job, Outcome
from config.backup.moments import moment
from config.backup.new_place import PlaceTaken, checked
from config.backup.ranges import Range, ranges
from config.backup.sets import Listed, NoSuchBackup, is_id, listed
from config.backup.vault import ABOUT, DOWNLOADS, SETS
from config.database_address import is_server
from config.errors import Refusal
from config.persian.digits import in_script
from config.settings import Settings
from config.translations import _, translate
from web.errors import NothingHere
from web.permissions import ADMINISTRATORS
from web.request import Request
from web.response import Answer, File, page, redirect
from web.routes import Route, get, post

ENDINGS = {".tar": "application/x-tar", ".sealed": "application/octet-stream"}
UNITS = (_("{n} kB"), _("{n} MB"), _("{n} GB"), _("{n} TB"))
STEP = 1000
AT_A_MOMENT = "moment"
"""In the form, instead of a back-up's name."""


class Keeper(Protocol):
    """Who makes the back-ups (config/backup/keeper.py)."""

    job: Job | None
    last: Outcome | None
    next_at: float | None

    def begin(self, kind: str, name: str = "", *more: str) -> Job:
        """Start a job; raises `VaultBusy`."""

    def cancel(self) -> None:
        """End the running job."""


class Journal(Protocol):
    """What keeps the moments between the back-ups (config/backup/journal.py)."""

    moment: float
    trouble: str


@frozen
class Seen:
    """What is kept, as of one look. `refusal`: why it cannot be seen."""

    rows: tuple[Listed, ...] = ()
    ranges: tuple[Range, ...] = ()
    downloads: frozenset[str] = frozenset()
    copies: tuple[Kept, ...] = ()
    refusal: Refusal | None = None


@frozen
class BackupPages:
    """The addresses below /backups."""

    keeper: Keeper
    journal: Journal | None
    jobs: Jobs
    settings: Settings

    async def list(self, request: Request) -> Answer:
        """What is kept, what runs, and what the settings say."""
        return await self._shown(request)

    async def _shown(self, request: Request, typed: Mapping[str, str] | None = None, refused: Refusal | None = None) -> Answer:
        seen = await asyncio.to_thread(self._look)
        return page(
            "backups.html", seen=seen, job=self.keeper.job, last=self.keeper.last, next_at=self.keeper.next_at, wishes=self.settings.backup,
            folder=self.settings.backups, journal=self.journal, size=size, name_of=self.jobs.download_name, restored=self.settings.home / RESTORED,
            server=is_server(self.settings.database_url), typed=typed or {"place": self._new_name(request.at)}, refused=refused,
            status=refused.status if refused else 200,
        )  # fmt: skip

    async def progress(self, request: Request) -> Answer:
        """How far the running job is; asked again and again while there is one."""
        return page("backup_progress.html", job=self.keeper.job, size=size)

    async def make(self, request: Request) -> Answer:
        """Make a back-up now."""
        self.keeper.begin("make", "manual")
        return self._back(request)

    async def stop(self, request: Request) -> Answer:
        """End the running job."""
        self.keeper.cancel()
        return self._back(request)

    async def verify(self, request: Request, name: str) -> Answer:
        """Restore a back-up for a test."""
        return self._begin(request, "verify", name)

    async def restore(self, request: Request) -> Answer:
        """Restore a back-up, or a moment between two, into a new place beside what runs."""
        typed = request.form()
        name, moment_ = typed.get("name", "latest"), ""
        try:
            place = checked(typed.get("place", "").strip())
            if name == AT_A_MOMENT:
                name, moment_ = "latest", str(moment(typed.get("moment", ""), self.settings.site.timezone, request.at))
            elif name != "latest" and not is_id(name):
                raise NoSuchBackup(name=name[:40], folder=self.settings.backups, known="—")
            if await asyncio.to_thread((self.settings.home / RESTORED / place).exists):
                raise PlaceTaken(place=self.settings.home / RESTORED / place)
        except Refusal as refusal:
            return await self._shown(request, typed, refusal)
        self.keeper.begin("restore", name, place, *([moment_] if moment_ else []))
        return self._back(request)

    def _new_name(self, now: float) -> str:
        """A name for the new place that is not taken yet."""
        return f"copy-{datetime.fromtimestamp(now, ZoneInfo(self.settings.site.timezone)):%Y%m%d-%H%M}"

    async def package(self, request: Request, name: str) -> Answer:
        """Prepare a back-up as one file."""
        return self._begin(request, "package", name)

    async def delete(self, request: Request, name: str) -> Answer:
        """Delete a back-up; there is no way back."""
        return self._begin(request, "delete", name)

    async def download(self, request: Request, name: str) -> Answer:
        """The prepared file."""
        if not is_id(name):
            raise NothingHere
        file = self.settings.backups / DOWNLOADS / self.jobs.download_name(name)
        if not await asyncio.to_thread(file.is_file):
            raise NothingHere
        return File(file, ENDINGS[file.suffix], name=file.name)

    async def forget(self, request: Request, name: str) -> Answer:
        """Remove a copy that was restored beside what runs; there is no way back."""
        self.keeper.begin("forget", checked(name))
        return self._back(request)

    def _begin(self, request: Request, kind: str, name: str) -> Answer:
        if not is_id(name) or not (self.settings.backups / SETS / name).exists():
            raise NoSuchBackup(name=name[:40], folder=self.settings.backups, known="—")
        self.keeper.begin(kind, name)
        return self._back(request)

    @staticmethod
    def _back(request: Request) -> Answer:
        return redirect("/backups", htmx=request.htmx)

    def _look(self) -> Seen:
        if not (self.settings.backups / ABOUT).exists():
            return Seen()
        try:
            vault = self.jobs.vault()
            rows = listed(vault)
            return Seen(
                tuple(rows),
                tuple(ranges(vault, (one.set for one in rows))),
                frozenset(vault.names(DOWNLOADS)),
                tuple(kept_copies(self.settings.home)),
            )
        except Refusal as refusal:
            return Seen(refusal=refusal)
        except OSError as error:
            return Seen(refusal=FolderUnreadable(folder=self.settings.backups, why=error.strerror or error))


class FolderUnreadable(Refusal):
    """The folder cannot be looked into."""

    code = "backup_folder_unreadable"
    status = 500
    sentence = _("The folder {folder} cannot be read: {why}.")


def size(count: int, language: str) -> str:
    """Bytes for people: "2.4 MB", «۲٫۴ مگابایت»."""
    value, place = count / STEP, 0
    while value >= STEP and place < len(UNITS) - 1:
        value, place = value / STEP, place + 1
    shown = f"{value:.0f}" if value >= 100 or place == 0 else f"{value:.1f}"
    return translate(language, UNITS[place], n=in_script(shown.replace(".", "٫") if language == "fa" else shown, language))


def routes(keeper: Keeper, journal: Journal | None, settings: Settings, backup_jobs: Jobs) -> list[Route]:
    """The pages of the back-ups."""
    pages = BackupPages(keeper, journal, backup_jobs, settings)
    allow = ADMINISTRATORS
    return [
        get("/backups", pages.list, allow=allow, summary="Back-ups: what is kept, what runs, what the settings say"),
        get("/backups/progress", pages.progress, allow=allow, summary="How far the running back-up is"),
        post("/backups", pages.make, allow=allow, summary="Make a back-up now"),
        post("/backups/restore", pages.restore, allow=allow, summary="Restore a back-up or a moment into a new place, beside what runs"),
        post("/backups/stop", pages.stop, allow=allow, summary="Stop the running back-up"),
        post("/backups/<name>/verify", pages.verify, allow=allow, summary="Restore a back-up for a test"),
        post("/backups/<name>/package", pages.package, allow=allow, summary="Prepare a back-up as one file"),
        post("/backups/copies/<name>/delete", pages.forget, allow=allow, summary="Remove a copy that was restored beside what runs"),
        post("/backups/<name>/delete", pages.delete, allow=allow, summary="Delete a back-up"),
        get("/backups/<name>/download", pages.download, allow=allow, summary="The prepared file of a back-up", kind="file"),
    ]
