"""The shelf of prompts: every sound built once for the telephone, kept by the hash of what it was made from.

A sound is three files side by side, 8 kHz mono at one loudness: .wav, and .ulaw and .alaw so that Asterisk plays it without
transcoding. They are readable by every account, since Asterisk runs under its own.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from config.clock import Clock
from config.loops import Tasks
from config.programs import ProgramFailed, ProgramMissing
from config.translations import _
from ivr.problem import Sentence, say
from ivr.sound import Sound, Spoken
from ivr.speech import Engine
from ivr.telephone_audio import ENDINGS, RECIPE, SoundUnusable, for_telephone
from switchboard.bus import Bus
from switchboard.events import AlarmCleared, AlarmRaised

PARALLEL = 2
"""How many sounds are built at a time: building gives way to calls."""

KEPT_SECONDS = 30 * 86400.0
"""A sound that no flow uses any more stays this long: running calls and a flow that is taken back find it."""

MEND_AGAIN_SECONDS = 60.0
"""A missing sound that could not be built is tried again after so long, when a caller needs it."""

log = logging.getLogger(__name__)


class Prompts:
    """Sounds by what they are made of, in `folder`; spoken by `engine`."""

    def __init__(self, folder: Path, engine: Engine, bus: Bus, clock: Clock, tasks: Tasks) -> None:
        self._folder = folder
        self._engine = engine
        self._bus = bus
        self._clock = clock
        self._tasks = tasks
        self._missing: dict[Sound, float] = {}
        self._slots = asyncio.Semaphore(PARALLEL)
        self._building: dict[str, asyncio.Lock] = {}

    def stem(self, sound: Sound) -> Path:
        """The path of `sound` without extension, built or not."""
        if isinstance(sound, Spoken):
            made_of = f"{RECIPE}\0{self._engine.signature}\0{sound.language}\0{sound.text}"
        else:
            made_of = f"{RECIPE}\0recorded\0{sound.digest}"
        key = hashlib.sha256(made_of.encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return self._folder / key[:2] / key

    def playable(self, sound: Sound) -> str | None:
        """What `Line.play` is given for `sound`; None when it is not built. A look at the disk's directory, microseconds."""
        stem = self.stem(sound)
        return str(stem) if stem.with_suffix(".wav").exists() else None

    def missing(self, sound: Sound) -> None:
        """A caller should have heard `sound`, and it is not there or cannot be played: tell the administrator, and build it for the next one."""
        now = self._clock.now()
        if now < self._missing.get(sound, 0.0) + MEND_AGAIN_SECONDS:
            return
        log.error("the prompt %r is missing at %s", str(sound), self.stem(sound))
        if not self._missing:
            sentence = _("A prompt is missing, so callers hear an apology in its place. It is being made again.")
            self._bus.tell(AlarmRaised(at=now, code="prompt_missing", sentence=sentence))
        self._missing[sound] = now
        self._tasks.start(self._mend(sound), name="mending a prompt")

    async def _mend(self, sound: Sound) -> None:
        await asyncio.to_thread(self.stem(sound).with_suffix(".wav").unlink, missing_ok=True)  # it may be there, but broken
        if await self._build(sound) is None:
            self._missing.pop(sound, None)
            if not self._missing:
                self._bus.tell(AlarmCleared(at=self._clock.now(), code="prompt_missing"))

    async def build(self, sounds: Iterable[Sound]) -> dict[Sound, Sentence]:
        """Build what is not there yet. Returns what is wrong with those that could not be built."""
        missing = [sound for sound in dict.fromkeys(sounds) if not self._complete(sound)]
        troubles = await asyncio.gather(*map(self._build, missing))
        return {sound: trouble for sound, trouble in zip(missing, troubles, strict=True) if trouble}

    def _complete(self, sound: Sound) -> bool:
        stem = self.stem(sound)
        return all(stem.with_suffix(ending).exists() for ending in ENDINGS)

    async def _build(self, sound: Sound) -> Sentence | None:
        stem = self.stem(sound)
        async with self._building.setdefault(stem.name, asyncio.Lock()), self._slots:
            try:
                if not self._complete(sound):
                    await self._make(sound, stem)
            except SoundUnusable as unusable:
                return unusable.why
            except ProgramMissing as missing:
                return say(_("The program {program} is not installed, so it could not be made."), program=missing)
            except (ProgramFailed, OSError) as error:
                log.warning("the prompt %r could not be built: %s", str(sound), error)
                return say(_("It could not be made ready for the telephone: {why}"), why=str(error).splitlines()[-1])
            finally:
                self._building.pop(stem.name, None)
        return None

    async def _make(self, sound: Sound, stem: Path) -> None:
        workshop = await asyncio.to_thread(self._workshop, stem)
        try:
            if isinstance(sound, Spoken):
                source = workshop / "spoken.wav"
                await self._engine.speak(sound.text, sound.language, source)
            else:
                source = sound.file
            await for_telephone(source, workshop / stem.name)
            await asyncio.to_thread(_shelve, workshop, stem)
        finally:
            await asyncio.to_thread(shutil.rmtree, workshop, ignore_errors=True)

    def _workshop(self, stem: Path) -> Path:
        """A folder on the same disk for half-made files."""
        for folder in (self._folder, stem.parent):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)
        return Path(tempfile.mkdtemp(prefix=".making-", dir=self._folder))

    async def sweep(self, used: Iterable[Sound]) -> int:
        """Remove what no sound of `used` is and nobody touched for `KEPT_SECONDS`. Returns how many files went."""
        keep = frozenset(self.stem(sound).name for sound in used)
        return await asyncio.to_thread(_sweep, self._folder, keep, self._clock.now() - KEPT_SECONDS)


def _shelve(workshop: Path, stem: Path) -> None:
    """Put the finished files in their place, the .wav last: where it is, the others are."""
    for ending in ENDINGS:
        made = (workshop / stem.name).with_suffix(ending)
        made.chmod(0o644)
        made.replace(stem.with_suffix(ending))


def _sweep(folder: Path, keep: frozenset[str], before: float) -> int:
    gone = 0
    for file in folder.glob("??/*"):
        with contextlib.suppress(FileNotFoundError):
            if file.stem not in keep and file.stat().st_mtime < before:
                file.unlink()
                gone += 1
    for half_made in folder.glob(".making-*"):
        with contextlib.suppress(FileNotFoundError):
            if half_made.stat().st_mtime < before:
                shutil.rmtree(half_made, ignore_errors=True)
    return gone
