"""Trying a flow without a telephone: the real walk, with a line whose caller is a script and whose sounds are read as text.

    happenings = await simulate(flows, "1000", "1", at=clock.now(), queues=frozenset({"sales"}))

The script is words between spaces: "12" presses 1 and, ahead of the next question, 2; "-" lets the time run out; "!" hangs up.
When the script is over, nothing more is pressed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import Factory, define, frozen

from config.clock import FakeClock
from config.errors import Refusal
from config.loops import Tasks
from config.translations import _, translate
from ivr.flow import FlowSet
from ivr.node import KEYS
from ivr.sound import Sound
from ivr.walk import Walker
from switchboard.bus import Bus
from switchboard.events import StepTaken
from switchboard.telephony import Line, LineGone, WaitingRoom

SILENCE = "-"
HANGS_UP = "!"
SECONDS_PER_SOUND = 3.0


TOLD = {
    "hears": _("The caller hears: {what}"),
    "presses": _("The caller presses {what}"),
    "silence": _("The caller presses nothing for {what} seconds"),
    "hung_up": _("The caller hangs up"),
    "step": _("Step: {what}"),
    "waits": _("The caller waits in the queue {what}"),
    "static_queue": _("The caller goes to the static queue"),
    "ended": _("The call ends (cause {what})"),
}
"""Kinds of happenings, as people are told."""


class ScriptUnreadable(Refusal):
    """A word of the script is neither keys nor a pause nor a hang-up."""

    code = "script_unreadable"
    status = 422
    sentence = _("“{word}” means nothing here. Expected keys such as 12#, “-” for silence, or “!” for hanging up.")


@frozen
class Happening:
    """One line of what happened: a `kind` of `TOLD`, and what was heard, pressed or taken."""

    kind: str
    what: str

    def text(self, language: str) -> str:
        """The line for people."""
        return translate(language, TOLD[self.kind], what=self.what)


@frozen
class TextPrompts:
    """Every sound is there, and is its own text."""

    def playable(self, sound: Sound) -> str | None:
        return str(sound)

    def missing(self, sound: Sound) -> None:
        raise AssertionError(sound)


@define
class TextLine(Line):
    """A caller who does what the script says."""

    dialled: str
    script: str
    happened: list[Happening]
    clock: FakeClock
    call: str = "simulated"
    caller: str = ""
    caller_name: str = ""
    arrived_at: float = 0.0
    music_on: bool = False
    remembered: dict[str, str] = Factory(dict)
    _gone: bool = False
    _ahead: list[str] = Factory(list)
    _words: list[str] = Factory(list)

    def __attrs_post_init__(self) -> None:
        self._words = self.script.split()

    async def answer(self) -> None:
        self._here()

    async def play(self, sounds: Sequence[str], *, barge_in: bool) -> bool:
        for sound in sounds:
            self._here()
            if barge_in and self._ahead:
                return False
            self._note("hears", sound)
            self.clock.advance(SECONDS_PER_SOUND)
        return True

    async def digit(self, seconds: float) -> str | None:
        self._here()
        if not self._ahead and self._words and (word := self._words.pop(0)) != SILENCE:
            if word == HANGS_UP:
                self._note("hung_up", "")
                self._gone = True
                raise LineGone
            self._ahead.extend(word)
        if self._ahead:
            key = self._ahead.pop(0)
            self._note("presses", key)
            return key
        self._note("silence", f"{seconds:g}")
        self.clock.advance(seconds)
        return None

    def forget_digits(self) -> None:
        self._ahead.clear()

    async def music(self, on: bool) -> None:
        self._here()
        self.music_on = on

    async def remember(self, variables: Mapping[str, str]) -> None:
        self._here()
        self.remembered.update(variables)

    async def hang_up(self, cause: int = 16) -> None:
        if not self._gone:
            self._note("ended", str(cause))
        self._gone = True

    def _here(self) -> None:
        if self._gone:
            raise LineGone

    def _note(self, kind: str, text: str) -> None:
        self.happened.append(Happening(kind, text))


@frozen
class TextRoom(WaitingRoom):
    """A waiting room in which every wait ends with `outcome`."""

    names: frozenset[str]
    happened: list[Happening]
    outcome: str

    async def wait(self, call: str, queue: str, *, max_seconds: float | None) -> str:  # noqa: ARG002  # one caller, always the same
        if queue not in self.names:
            raise LookupError(queue)
        self.happened.append(Happening("waits", queue if max_seconds is None else f"{queue} (≤ {max_seconds:g} s)"))
        return self.outcome

    def queues(self) -> frozenset[str]:
        return self.names


@frozen
class OneSet:
    """Flows that never change."""

    live: FlowSet


async def simulate(
    flows: FlowSet, dialled: str, script: str = "", *, at: float, queues: frozenset[str], outcome: str = "answered"
) -> tuple[Happening, ...]:
    """What a caller of `dialled` who does what `script` says goes through, at the moment `at`.

    Every wait in a queue ends with `outcome` ("answered" | "timeout" | "gone"). Raises `ScriptUnreadable`.
    """
    for word in script.split():
        if word not in (SILENCE, HANGS_UP) and not set(word) <= set(KEYS + "ABCD"):
            raise ScriptUnreadable(word=word)
    happened: list[Happening] = []
    bus, clock, tasks = Bus(), FakeClock(at), Tasks("simulator")
    bus.listen(StepTaken, lambda step: happened.append(Happening("step", f"{step.flow}/{step.node} → {step.exit}")))

    async def static_queue(_call: str) -> None:
        happened.append(Happening("static_queue", ""))

    room = TextRoom(queues, happened, outcome)
    walker = Walker(bus, clock, OneSet(flows), TextPrompts(), room, tasks, last_resort=static_queue)
    await walker.begin(TextLine(dialled, script, happened, clock, arrived_at=at))
    await tasks.stop()
    return tuple(happened)
