"""The call flows that serve now: loaded, checked as a whole, made ready, and only then taken over.

A set with anything wrong is refused with the full list of problems while the one before keeps serving; the last good set is
kept on disk, so that a restart with a broken file serves it too. A call goes on with the set that it began with.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from config.clock import Clock, Timer
from config.errors import Refusal
from config.loops import Tasks
from config.translations import _, translate
from ivr.flow import FlowSet
from ivr.flow_text import Loaded, read_flows
from ivr.folder import Fingerprint, FolderRead, copy_folder, fingerprint, load_flows, read_folder
from ivr.library import library
from ivr.problem import Problem
from ivr.prompts import Prompts
from ivr.reading import Surroundings
from ivr.sound import Sound
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised, FlowsLoaded

LOOK_SECONDS = 2.0
"""How often the folder is looked at. A change is taken up when two looks saw the same: no half-written file."""

log = logging.getLogger(__name__)


class FlowsRefused(Refusal):
    """The flows have problems; those before keep serving. `problems` is the full list."""

    code = "flows_refused"
    status = 422
    sentence = _("The call flows were not taken over; those before keep serving. Problems: {count}. The first: {first}")

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__(count=len(problems))

    def text(self, language: str) -> str:
        """The sentence with the first problem, in `language`."""
        return translate(language, self.sentence, count=len(self.problems), first=self.problems[0].text(language))


class Flows:
    """The live set (`live`), and what is wrong with the files if anything is (`problems`).

    `folder` holds the .yaml files and `prompts/`; `kept` is where the last good set is kept; `queues` gives the names of
    the queues there are.
    """

    def __init__(
        self,
        folder: Path,
        kept: Path,
        prompts: Prompts,
        queues: Callable[[], frozenset[str]],
        bus: Bus,
        clock: Clock,
        tasks: Tasks,
    ) -> None:
        self.live = FlowSet(library=library({}))
        self.problems: tuple[Problem, ...] = ()
        self._folder = folder
        self._kept = kept
        self._prompts = prompts
        self._queues = queues
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._one_at_a_time = asyncio.Lock()
        self._taken_up: Fingerprint = ()
        self._seen: Fingerprint = ()
        self._next_look: Timer | None = None
        self._alarmed = False

    async def start(self) -> None:
        """Load the flows, the last good ones when the files have problems, and begin to watch the folder."""
        await self.reload()
        if not self.live.flows:
            await self._serve_kept()
        await self._prompts.sweep(self._sounds(self.live))
        self._look_later()

    def stop(self) -> None:
        """Watch no more."""
        if self._next_look:
            self._next_look.cancel()
            self._next_look = None

    async def reload(self) -> tuple[Problem, ...]:
        """Take over what the folder holds now. Returns the problems; with any, the set before keeps serving."""
        async with self._one_at_a_time:
            self._taken_up = self._seen = await asyncio.to_thread(fingerprint, self._folder)
            found = await asyncio.to_thread(read_folder, self._folder)
            loaded = await asyncio.to_thread(self._read, found)
            self.problems = loaded.problems or await self._make_ready(loaded.flows)
            if self.problems:
                self._refused()
            else:
                await self._take_over(loaded.flows, found)
            return self.problems

    def _read(self, found: FolderRead) -> Loaded:
        around = Surroundings(self._queues(), frozenset(), found.recordings, library(found.recordings))
        loaded = read_flows(found.texts, around)
        return Loaded(loaded.flows, (*found.problems, *loaded.problems))

    async def _make_ready(self, flows: FlowSet) -> tuple[Problem, ...]:
        """Build every sound of `flows`; what cannot be built is a problem where it is used."""
        troubles = await self._prompts.build(self._sounds(flows))
        placed = [
            Problem("prompt_broken", one.file, one.line, one.node, troubles[one.sound]) for one in flows.sounds if one.sound in troubles
        ]
        elsewhere = [
            Problem("prompt_broken", str(sound), 0, "", why)
            for sound, why in troubles.items()
            if all(one.sound != sound for one in flows.sounds)
        ]
        return (*placed, *elsewhere)

    @staticmethod
    def _sounds(flows: FlowSet) -> list[Sound]:
        return [*(one.sound for one in flows.sounds), *(sound for prompt in flows.library.values() for sound in prompt.sounds())]

    async def _take_over(self, flows: FlowSet, found: FolderRead) -> None:
        if flows.version != self.live.version:
            try:
                await asyncio.to_thread(copy_folder, found, self._folder, self._kept)
            except OSError:
                log.exception("the call flows serve, but could not be kept for a restart")
            self._serve(flows)
        if self._alarmed:
            self._alarmed = False
            self._bus.tell(AlarmCleared(at=self._clock.now(), code="flows_refused"))

    def _serve(self, flows: FlowSet) -> None:
        self.live = flows
        log.info("%d call flows are live, version %s", len(flows.flows), flows.version)
        self._bus.tell(FlowsLoaded(at=self._clock.now(), version=flows.version))

    def _refused(self) -> None:
        for problem in self.problems:
            log.warning("call flow refused: %s", problem.text("en"))
        if not self._alarmed:
            self._alarmed = True
            sentence = _("A changed call flow has problems and was not taken over; the flows before keep serving.")
            self._bus.tell(AlarmRaised(at=self._clock.now(), code="flows_refused", sentence=sentence))

    async def _serve_kept(self) -> None:
        """Serve the last good set, whatever has become of the files."""
        loaded = await asyncio.to_thread(load_flows, self._kept)
        if loaded.problems or await self._make_ready(loaded.flows):
            log.error("there is no good set of call flows; callers go to the static queue")
            await self._prompts.build(self._sounds(self.live))
            return
        self._serve(loaded.flows)

    # ── Watching the folder ──────────────────────────────────────────────────────────────────────────────────────

    def _look_later(self) -> None:
        self._next_look = self._clock.call_later(LOOK_SECONDS, self._look_now)

    def _look_now(self) -> None:
        self._tasks.start(self._look(), name="watching the flows")

    async def _look(self) -> None:
        try:
            seen = await asyncio.to_thread(fingerprint, self._folder)
            settled = seen == self._seen
            self._seen = seen
            if settled and seen != self._taken_up:
                await self.reload()
        finally:
            if self._next_look:
                self._look_later()
