"""Looks after the back-ups of a running installation: by schedule and when asked, one job at a time, each in a process of its own."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from attrs import define, field, frozen

from config.backup.schedule import next_due
from config.backup.sets import id_of, is_id
from config.backup.vault import SETS, VaultBusy
from config.clock import Clock, Timer
from config.loops import Tasks
from config.places import PROJECT
from config.settings import Settings
from config.translations import _, translate

log = logging.getLogger(__name__)

SETTLE_SECONDS = 60.0
DEMO_SETTLE_SECONDS = 600.0
"""A back-up that the journal needs is made so long after the start, when everything has come to rest."""

TRY_AGAIN_SECONDS = 900.0
BUSY_SECONDS = 7.0
"""So long is waited for another job. No part of the five minutes after which new files follow: what met them once would meet them each time."""
MISSED_SECONDS = 26 * 3600.0
"""A newest back-up that is older than this at the start means that one was missed."""

MOST_TRIES = 8
KILL_SECONDS = 30.0
LONGEST_LINE = 4 * 1024 * 1024
DIED = _("The process that made the back-up ended unexpectedly; the log says more.")


@define
class Job:
    """A job that runs. `done` of `total` bytes; `total` 0: not known yet."""

    kind: str
    name: str
    started_at: float
    phase: str = ""
    done: int = 0
    total: int = 0
    more: tuple[str, ...] = ()
    stopping: bool = False
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)


@frozen
class Outcome:
    """How a job ended. `text`: why it failed, by language; `proof_failed`: it was made, but the test restore found it damaged."""

    kind: str
    name: str
    at: float
    ok: bool
    code: str = ""
    text: Mapping[str, str] = {}
    result: Mapping[str, Any] = {}

    @property
    def proof_failed(self) -> bool:
        """Whether the test restore found something."""
        return not (self.result.get("proof") or {"ok": True})["ok"]

    def why(self, language: str) -> str:
        """Why it failed, in `language`."""
        return self.text.get(language, "") or str((self.result.get("proof") or {}).get("why", ""))


class Keeper:
    """The schedule and the one running job. `alarm(failed)` hears when scheduled back-ups get into trouble, and when they are out of it."""

    def __init__(
        self, settings: Settings, clock: Clock, environ: Mapping[str, str], alarm: Callable[[bool], None] = lambda _failed: None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._environ = dict(environ)
        self._alarm = alarm
        self._tasks = Tasks("back-ups")
        self._timers: dict[str, Timer] = {}
        self._tries = 0
        self._alarmed = False
        self.job: Job | None = None
        self.last: Outcome | None = None
        self.next_at: float | None = None
        """When the next scheduled back-up is due."""

    def start(self) -> None:
        """Follow the schedule."""
        self._plan()
        if self._settings.backup.hours:
            self._later("missed", self._settle_seconds, self._missed)
        if self._settings.backup.files_minutes:
            self._later("files", self._settings.backup.files_minutes * 60.0, self._files_due)

    async def stop(self) -> None:
        """End the running job and follow no schedule."""
        for timer in self._timers.values():
            timer.cancel()
        self.cancel()
        await self._tasks.stop()

    def stream_begun(self, _stream: str) -> None:
        """The journal has begun anew: it needs a back-up to lead on from."""
        self._later("journal", self._settle_seconds, self._journal_due)

    def begin(self, kind: str, name: str = "", *more: str) -> Job:
        """Start a job: "make", "verify", "delete", "package", "restore" or "add"; raises `VaultBusy` while another one runs."""
        if self.job is not None:
            raise VaultBusy(folder=self._settings.backups)
        job = self.job = Job(kind, name, self._clock.now(), more=more)
        self._tasks.start(self._run(job), f"{kind} {name}".strip())
        return job

    def cancel(self) -> None:
        """Ask the running job to end; harmless when there is none."""
        if self.job is not None:
            self.job.stopping = True
            if self.job.process is not None and self.job.process.returncode is None:
                self.job.process.terminate()

    async def settled(self, seconds: float) -> None:
        """Wait, for a while, until the running job has ended."""
        await self._tasks.settled(seconds)

    async def _run(self, job: Job) -> Outcome:
        outcome = Outcome(
            job.kind, job.name, self._clock.now(), ok=False, text={language: translate(language, DIED) for language in ("fa", "en")}
        )
        try:
            answer = await self._work(job)
            refusal = answer.get("refusal") or {}
            if answer:
                outcome = Outcome(
                    job.kind, job.name, self._clock.now(), "result" in answer, refusal.get("code", ""), refusal.get("text", {}), answer.get("result") or {}
                )  # fmt: skip
        finally:
            self.job = None
            if job.kind != "add" or not outcome.ok:
                self.last = outcome
        if not outcome.ok or outcome.proof_failed:
            log.warning("back-ups: %s %s: %s", job.kind, job.name, outcome.why("en"))
        return outcome

    async def _work(self, job: Job) -> dict[str, Any]:
        command = [sys.executable, "-m", "config.backup.work", job.kind, *([job.name] if job.name else []), *job.more]
        process = job.process = await asyncio.create_subprocess_exec(
            *command, cwd=PROJECT, env=self._environ, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, limit=LONGEST_LINE
        )
        if job.stopping:
            process.terminate()
        answer: dict[str, Any] = {}
        try:
            assert process.stdout is not None
            async for line in process.stdout:
                said = json.loads(line)
                if "phase" in said:
                    job.phase, job.done, job.total = said["phase"], said["done"], said["total"]
                else:
                    answer = said
            await process.wait()
        finally:
            if process.returncode is None:
                await self._end(process)
        return answer

    @staticmethod
    async def _end(process: asyncio.subprocess.Process) -> None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), KILL_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()

    def _plan(self) -> None:
        self.next_at = next_due(self._settings.backup.hours, self._clock.now(), ZoneInfo(self._settings.site.timezone))
        if self.next_at is not None:
            self._later("schedule", self.next_at - self._clock.now(), self._scheduled)

    @property
    def _settle_seconds(self) -> float:
        return DEMO_SETTLE_SECONDS if self._settings.demo else SETTLE_SECONDS

    def _missed(self) -> None:
        """The machine was off when a back-up was due, or there is none at all."""
        self._tasks.start(self._catch_up(), "catch up")

    async def _catch_up(self) -> None:
        folder = self._settings.backups / SETS
        ids = await asyncio.to_thread(lambda: sorted(one.name for one in folder.iterdir() if is_id(one.name)) if folder.is_dir() else [])
        if self.job is None and "journal" not in self._timers and (not ids or ids[-1] < id_of(self._clock.now() - MISSED_SECONDS)):
            self._scheduled()

    def _scheduled(self) -> None:
        self._plan()
        self._tries = MOST_TRIES
        self._by_itself("schedule")

    def _journal_due(self) -> None:
        self._tries = MOST_TRIES
        self._by_itself("journal")

    def _by_itself(self, reason: str) -> None:
        """Make a back-up that nobody asked for; when it fails, again after a while, a few times. While another job runs it waits, and that is no try."""
        if self.job is not None:
            self._later("again", BUSY_SECONDS, lambda: self._by_itself(reason))
            return
        self._tries -= 1
        job = self.job = Job("make", reason, self._clock.now())
        self._tasks.start(self._told_alarm(job), f"make {reason}")

    async def _told_alarm(self, job: Job) -> None:
        outcome = await self._run(job)
        failed = not outcome.ok or outcome.proof_failed
        if failed != self._alarmed:
            self._alarmed = failed
            self._alarm(failed)
        if failed and self._tries > 0 and not job.stopping:
            self._later("again", TRY_AGAIN_SECONDS, lambda: self._by_itself(job.name))

    def _files_due(self) -> None:
        self._later("files", self._settings.backup.files_minutes * 60.0, self._files_due)
        if self.job is None and (self._settings.backups / "sets").is_dir():
            self.begin("add")

    def _later(self, name: str, seconds: float, call: Callable[[], None]) -> None:
        if name in self._timers:
            self._timers[name].cancel()
        self._timers[name] = self._clock.call_later(seconds, call)
